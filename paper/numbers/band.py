"""The acceptance at which a radius balances that is fed with single accepts and rejects, for three pairs of factors."""

import xarray as xr
from sympy import Rational

from deltamu import symbols as sym
from deltamu.equilibria import BALANCED_ACCEPTANCE
from deltamu.model.formula import Formula
from deltamu.simulation.evaluate import evaluate

USES = ("alpha", "beta")
QUARTER = Rational(1, 4)


def data():
    pairs = {
        "default": BALANCED_ACCEPTANCE.expr,
        "alpha_from_beta": BALANCED_ACCEPTANCE.expr.subs(sym.alpha, sym.beta**-QUARTER),
        "beta_from_alpha": BALANCED_ACCEPTANCE.expr.subs(sym.beta, sym.alpha**-QUARTER),
    }
    balances = {name: evaluate(Formula(BALANCED_ACCEPTANCE.symbol, expr)) for name, expr in pairs.items()}
    return xr.concat([ds.reset_coords(drop=True) for ds in balances.values()],
                     xr.DataArray(list(pairs), dims="pair", name="pair"), combine_attrs="drop")  # fmt: skip


def numbers(ds):
    places = {"default": 3, "alpha_from_beta": 1, "beta_from_alpha": 1}
    balance = ds[BALANCED_ACCEPTANCE.name]
    return {f"balance_{pair}": f"{float(balance.sel(pair=pair)):.{digits}f}" for pair, digits in places.items()}
