"""What a varying radius can be worth at most: the best fixed radius and the trust region over the best radii."""

import numpy as np
import xarray as xr

from deltamu.design import optimality_gap

USES = ("gain", "acceptance")
GRID = {"overreach": [0.0, 0.5, 1.0, 2.0, 4.0], "mu0": [6.0, 12.0, 25.0], "r": [0.6, 0.8, 0.9, 1.0]}
STRONG = 2.0  # overreach from which on no fixed radius may arrive
SHARES = {"most": 0.9, "nearly": 0.99}  # of what any radii can remove in the moves given


def data():
    along = xr.DataArray(list(SHARES), dims="level_name", name="level_name")
    each = [optimality_gap(policy="trust-region", model="gated", share=share, **GRID)[["gap", "gap_fixed", "greedy"]]
            for share in SHARES.values()]  # fmt: skip
    return xr.concat(each, dim=along, combine_attrs="drop")


def numbers(ds):
    text = {"feedback_cases": str(ds["gap"].isel(level_name=0).size)}
    text |= {"feedback_most_overreach": f"{max(GRID['overreach']):g}", "feedback_strong_overreach": f"{STRONG:g}"}
    for name, share in SHARES.items():
        text[f"feedback_{name}_share"] = f"{100 * share:g}"
        for rule, variable in (("fixed", "gap_fixed"), ("trust", "gap")):
            found = ds[variable].sel(level_name=name)
            text |= {
                f"feedback_{name}_{rule}_median": f"{float(found.median()):.2f}",
                f"feedback_{name}_{rule}_worst": f"{float(found.where(np.isfinite(found)).max()):.2f}",
                f"feedback_{name}_{rule}_never": str(int(np.isinf(found).sum())),
            }
    return text


def shows(ds):
    without = ds["gap_fixed"].sel(overreach=0)
    most = ds["gap_fixed"].sel(level_name="most")
    return {
        "a fixed radius always gets most of the way": bool(np.isfinite(most).all()),
        "no fixed radius does for the last of it, with strong overreach only": bool(
            (np.isinf(ds["gap_fixed"].sel(level_name="nearly")).any(["mu0", "r"]) == (ds["overreach"] >= STRONG)).all()
        ),
        "the trust region mostly loses to the best fixed radius": bool(
            (ds["gap"] > ds["gap_fixed"]).sel(level_name="most").mean() > 0.5
        ),
        "without overreach the best fixed radius is optimal": bool((without < 1 + 1e-6).all()),
        "taking the best radius of each move is optimal in all cases": bool(ds["greedy"].all()),
    }
