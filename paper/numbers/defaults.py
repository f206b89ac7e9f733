"""The defaults that the prose names, the candidates of a move, and the published trust region's moves to its largest
radius."""

import numpy as np
import xarray as xr

from deltamu.model.settings import Settings
from deltamu.simulation.evaluate import evaluate
from deltamu.simulation.simulate import simulate

USES = ("gain", "acceptance", "K_prime", "K_eff")
NAMED = ("delta0", "delta_max", "A_lo", "A_hi", "target", "r", "alpha", "beta", "mu0", "K", "N", "gamma", "K_r")


def data():
    settings = Settings()
    values = {f"default_{name}": float(settings[name]) for name in NAMED}
    values |= {f"default_{name}": float(evaluate(name)[name]) for name in ("K_prime", "K_eff")}
    at_largest = simulate(keep=["delta_t"])["delta_t"].to_numpy() >= float(settings["delta_max"])
    expansions = float(np.argmax(at_largest)) if at_largest.any() else np.inf
    return xr.Dataset(values | {"default_expansions": expansions}).expand_dims("settings")


def numbers(ds):
    text = {name: f"{float(ds[name].item()):g}" for name in map(str, ds.data_vars)}
    return text | {"default_ratio": f"{float((ds['default_delta_max'] / ds['default_delta0']).item()):g}"}
