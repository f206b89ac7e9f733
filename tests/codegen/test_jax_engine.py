"""Runs in JAX: the numbers of NumPy, and derivatives that agree with those of the formulas."""

from itertools import product

import numpy as np
import pytest
import sympy
import xarray as xr
from engine_runs import GREEDY, TRAJECTORIES, assert_the_same, everywhere, follow, run_of
from own_policies import PATIENT
from sympy import Piecewise

import deltamu as dm
from deltamu import symbols as sym
from deltamu.codegen import engines
from deltamu.errors import InputError
from deltamu.model.special import numpy_kernels
from deltamu.model.special.tables import MOMENTS

jax = pytest.importorskip("jax", reason="jax is not installed")
jax_engine = pytest.importorskip("deltamu.codegen.jax_engine")
kernels = pytest.importorskip("deltamu.model.special.jax_kernels")

OWN = dm.PUBLISHED.replace(dm.Formula(sym.cost, sym.K * (1 + sym.N) + sympy.Abs(sym.mu - 3)), name="own")
WHICH = [(dm.TRUST_REGION, dm.PUBLISHED), (dm.PLANNER, dm.GATED), (GREEDY, dm.GATED), (dm.VIBE, dm.PUBLISHED),
         (dm.TRUST_REGION, dm.GATED), (dm.PLANNER, dm.PUBLISHED), (GREEDY, dm.PUBLISHED)]  # fmt: skip
EACH = pytest.mark.parametrize(("policy", "model"), [
    pytest.param(*which, id="-".join(part.name for part in which), marks=() if n < 2 else pytest.mark.long)
    for n, which in enumerate(WHICH)
])  # fmt: skip


@EACH
def test_jax_agrees_on_the_whole_domain(policy, model):
    move = dm.one_move(policy, model)
    values = everywhere(move, 20_000)
    assert_the_same(run_of("jax", move, values, 20_000, 1), run_of("numpy", move, values, 20_000, 1), values)


@EACH
def test_runs_agree_and_have_the_same_labels(policy, model):
    how = {
        "policy": policy,
        "model": model,
        "moves": 40,
        "N": [0, 1, 4],
        "mu0": [0.0, 0.2, 5.0, 30.0],
        "H": [0, 0.5, 1],
    }
    for keep in ("all", "final"):
        got, want = dm.simulate(**how, keep=keep, engine="jax"), dm.simulate(**how, keep=keep)
        xr.testing.assert_allclose(got.drop_vars("status"), want.drop_vars("status"), rtol=1e-10, atol=1e-10)
        assert (got.status == want.status).all()
        assert {n: v.attrs for n, v in got.variables.items()} == {n: v.attrs for n, v in want.variables.items()}


def test_a_policy_and_a_model_of_ones_own():
    how = {"policy": PATIENT, "model": OWN, "moves": 30, "patience": [0.2, 0.9], "target": [0.3, 0.9],
           "keep": ["average_t", "cost", "mu", "rho_eff"]}  # fmt: skip
    got, want = dm.simulate(**how, engine="jax"), dm.simulate(**how)
    xr.testing.assert_allclose(got.drop_vars("status"), want.drop_vars("status"), rtol=1e-12)
    assert (got.status == want.status).all()


def test_a_single_run_of_one_move():
    got, want = dm.simulate(moves=1, engine="jax"), dm.simulate(moves=1)
    xr.testing.assert_allclose(got.drop_vars("status"), want.drop_vars("status"), rtol=1e-12)


@pytest.mark.long
@TRAJECTORIES
def test_reference_trajectories(case):
    follow(case, "jax")


# --- special functions -----------------------------------------------------------------------------------------------


def places(name):
    rng = np.random.default_rng(6)
    if name in MOMENTS:
        return np.concatenate([1 + 10 ** rng.uniform(-16, 3, 500), np.exp(rng.uniform(0, 300, 300)), [1, np.inf, 0.5]])
    if name == "normal_quantile":
        return np.concatenate([rng.uniform(0, 1, 500), 10 ** rng.uniform(-300, 0, 500), [0, 0.5, 1]])
    return np.concatenate([rng.uniform(-36, 36, 1000), [0, -np.inf, np.inf]])


@pytest.mark.parametrize("name", numpy_kernels.__all__)
def test_kernels(name):
    xs = places(name)
    with jax_engine.in_doubles(True):
        got = np.array(jax.jit(getattr(kernels, name))(xs))
    np.testing.assert_allclose(got, getattr(numpy_kernels, name)(xs), rtol=2e-15, atol=1e-307)


@pytest.mark.parametrize("name", [name for name in numpy_kernels.__all__ if not name.endswith("d2")])
def test_derivatives_of_kernels_are_those_of_the_symbols(name):
    x = sympy.Symbol("x", real=True)
    function = getattr(dm.special, name)
    slope = sympy.lambdify(x, function(x).diff(x), [{n: getattr(numpy_kernels, n) for n in numpy_kernels.__all__}])
    xs = places(name)[:-3]
    with jax_engine.in_doubles(True):
        got = np.array(jax.jit(jax.vmap(jax.grad(getattr(kernels, name))))(xs))
    want = slope(xs)
    ordinary = np.abs(want) > 1e-290
    steep = 1e-12 if name == "normal_quantile" else 1e-14  # of 1/phi(x), at an x of many digits
    np.testing.assert_allclose(got[ordinary], want[ordinary], rtol=steep)


# --- differentiation -------------------------------------------------------------------------------------------------

QUICK = (("defaults", dm.PUBLISHED), ("planner-spec", dm.GATED))
PRESETS = [
    pytest.param(*which, id=f"{which[0]}-{which[1].name}", marks=() if which in QUICK else pytest.mark.long)
    for which in product(("defaults", "principal-tr", "planner-spec"), (dm.PUBLISHED, dm.GATED))
]


@pytest.mark.parametrize(("preset", "model"), PRESETS)
def test_gradients_are_the_tangents(preset, model):
    settings = dm.Settings() if preset == "defaults" else dm.PRESETS[preset]
    move = dm.one_move(settings.policy, model)
    run = engines.compile_run("jax", move, ())
    names = sorted(str(s) for s in move.controls if not s.whole and s != sym.target)
    with jax_engine.in_doubles(True):
        at = {name: float(settings[name]) for name in names}
        slopes = jax.grad(lambda given: run.function({**settings, **given}, 40)["after"]["mu"])(at)
    want = dm.tangents(settings, model=model, moves=40).final_mu_tangent
    for name in names:
        np.testing.assert_allclose(slopes[name], want.sel(wrt=name), rtol=1e-9, atol=1e-12, err_msg=name)


def test_what_is_not_taken_has_no_derivative():
    """With no reviewers the accuracy is 0, though the case that is not taken divides by their number."""
    run = engines.compile_run("jax", dm.one_move(dm.TRUST_REGION, dm.PUBLISHED), ())

    def final(a1, s0):
        return run.function({**dm.Settings(), "N": 0.0, "a1": a1, "s0": s0}, 5)["after"]["mu"]

    with jax_engine.in_doubles(True):
        slopes = jax.grad(final, (0, 1))(0.9, 0.4)
    want = dm.tangents(moves=5, N=0).final_mu_tangent.sel(wrt=["a1", "s0"])
    np.testing.assert_allclose(slopes, want, rtol=1e-10)


def test_many_runs_by_vmap_are_those_of_one_call():
    run = engines.compile_run("jax", dm.one_move(dm.TRUST_REGION, dm.GATED), ())
    H = np.linspace(0, 1, 7)
    with jax_engine.in_doubles(True):
        one_by_one = jax.vmap(lambda h: run.function({**dm.Settings(), "H": h}, 20)["after"]["mu"])(H)
    want = run({**dm.Settings(), "H": H}, 7, 20, {}).after["mu"]
    np.testing.assert_allclose(one_by_one, want, rtol=1e-13)


def test_nothing_global_changes_and_a_program_is_compiled_once():
    before = jax.config.read("jax_enable_x64")
    run = engines.compile_run("jax", dm.one_move(dm.VIBE, dm.PUBLISHED), ())
    values = {**dm.Settings()}
    count = jax_engine.compiled._cache_size()
    for a1 in (0.5, 0.7, 0.9):
        run(values | {"a1": a1}, 1, 3, {})
    assert jax_engine.compiled._cache_size() == count + 1
    assert run is engines.compile_run("jax", dm.one_move(dm.VIBE, dm.PUBLISHED), ())
    assert jax.config.read("jax_enable_x64") == before


def test_what_has_no_form_is_named():
    model = dm.PUBLISHED.replace(dm.Formula(sym.gain, sympy.besselj(0, sym.mu)), name="bessel")
    with pytest.raises(InputError, match="besselj has no form in JAX"):
        dm.simulate(model=model, moves=1, engine="jax")


def test_without_jax_the_extra_is_named(monkeypatch):
    monkeypatch.setattr(engines, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"deltamu\[jax\]"):
        dm.simulate(engine="jax")


@pytest.mark.parametrize("choice", [Piecewise((0, sympy.Eq(sym.mu, 0)), (sympy.sin(sym.mu) / sym.mu, True)),
                                    sympy.Max(sympy.sqrt(sym.mu), 0.1), sympy.Abs(sym.mu) ** 1.5], ids=str)  # fmt: skip
def test_derivatives_of_ones_own_formulas_are_finite(choice):
    with jax_engine.in_doubles(True):
        for at in (0.5, 0.0) if choice.is_Piecewise else (0.5,):
            assert np.isfinite(jax.grad(lambda mu: jax_engine.value(choice, {"mu": mu}) * 1.0)(at))


@pytest.mark.parametrize("function", [sympy.erf, sympy.tanh, sympy.floor, sympy.sign, sympy.gamma, sympy.atan], ids=str)
def test_functions_of_sympy(function):
    with jax_engine.in_doubles(True):
        got = [float(jax_engine.value(function(sym.mu), {"mu": at})) for at in (0.3, 2.5)]
    np.testing.assert_allclose(got, [float(function(at)) for at in (0.3, 2.5)], rtol=1e-14)
