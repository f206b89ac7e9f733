"""The compiled path against plain lambdify and a Python loop: 20,000 points x 50 moves, published trust region."""

import math

import numpy as np
import pytest
import xarray as xr
from sympy import lambdify

import deltamu as dm
from deltamu import symbols as sym
from deltamu.special import kernels

POINTS, MOVES = 20_000, 50
MOVE = dm.one_move(dm.TRUST_REGION, dm.PUBLISHED)


@pytest.fixture(scope="module")
def points():
    rng = np.random.default_rng(1)
    return {"mu0": rng.uniform(2, 40, POINTS), "H": rng.uniform(0, 1, POINTS), "delta0": rng.uniform(0.01, 2, POINTS)}


def final(points, model="published"):
    swept = {name: xr.DataArray(values, dims="point") for name, values in points.items()}
    return dm.simulate(model=model, moves=MOVES, keep="final", **swept)


@pytest.mark.parametrize("model", ["published", "gated"])
def test_simulate(benchmark, points, model):
    benchmark.extra_info["moves"] = POINTS * MOVES
    assert benchmark(final, points, model).sizes == {"point": POINTS}


def test_plain_lambdify(benchmark, points):
    """Each formula of the move by SymPy's own lambdify, one call a formula."""
    formulas = MOVE.model.program(MOVE.after)
    names = {formula.name: sorted(map(str, formula.expr.free_symbols)) for formula in formulas}
    calls = {f.name: lambdify(names[f.name], f.expr, [vars(kernels), "numpy"]) for f in formulas}
    constants = {symbol.name: np.float64(symbol.default) for symbol in sym.PARAMETERS}

    def run():
        values = constants | {"H": points["H"], "mu": points["mu0"], "delta": points["delta0"]}
        with np.errstate(all="ignore"):
            for _ in range(MOVES):
                for name, call in calls.items():
                    values[name] = call(*(values[argument] for argument in names[name]))
                values |= {"mu": values["mu_next"], "delta": values["delta_next"]}
        return values["mu"]

    benchmark.extra_info["moves"] = POINTS * MOVES
    np.testing.assert_allclose(benchmark(run), final(points).mu_next, rtol=1e-9)


def test_python_loop(benchmark, points):
    """One hundredth of the points, one at a time."""
    c = {symbol.name: float(symbol.default) for symbol in sym.PARAMETERS}
    few = {name: values[: POINTS // 100] for name, values in points.items()}

    def run():
        ends = []
        for mu, H, delta in zip(few["mu0"], few["H"], few["delta0"], strict=True):
            rho_eff = 1 - (1 - c["rho"]) * (1 - H)
            n_eff = c["N"] / (1 + (c["N"] - 1) * c["gamma"])
            k_eff = 1 + (c["K"] + c["N"] * c["K_r"] - 1) * (1 - c["tau"] * H)
            z = float(kernels.normal_quantile(1 - 1 / k_eff))
            for _ in range(MOVES):
                m = mu / (mu + c["b"])
                spread = c["s0"] * (1 - c["kappa1"] * H) * delta * math.sqrt(m)
                noise = math.sqrt(spread**2 + c["sigma_r"] ** 2 / n_eff)
                mean = c["a1"] * rho_eff * delta * m - c["a2"] * (1 - c["kappa2"] * H) * delta
                gain = max(mean + spread**2 / noise * z, 0.0)
                accepted = 1 / (1 + math.exp(-gain / noise))
                mu = max(mu - gain, 0.0)
                factor = c["alpha"] if accepted > c["A_hi"] else c["beta"] if accepted < c["A_lo"] else 1.0
                delta = min(max(delta * factor, c["delta_min"]), c["delta_max"])
            ends.append(mu)
        return ends

    benchmark.extra_info["moves"] = len(few["mu0"]) * MOVES
    np.testing.assert_allclose(benchmark(run), final(few).mu_next, rtol=1e-9)
