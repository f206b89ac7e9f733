"""Lanes: the numba engine and its C reading compute what NumPy computes, in bits that no chunking changes."""

import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import sympy
import xarray as xr
from c_engine import COMPILER, EXACT, CRun
from engine_runs import GREEDY, TRAJECTORIES, assert_the_same, everywhere, follow, recorded, run_of
from mpmath import mp

import deltamu as dm
from deltamu import symbols as sym
from deltamu.codegen import engines
from deltamu.codegen import numba_engine as lanes
from deltamu.codegen.numba_engine import compile_run
from deltamu.codegen.numba_engine.layout import LANES
from deltamu.codegen.numba_engine.lower import Lines
from deltamu.codegen.protocol import Ran
from deltamu.errors import InputError
from deltamu.model.special import numba_kernels as kernels
from deltamu.model.special import numpy_kernels
from deltamu.model.special.tables import MOMENTS
from deltamu.simulation import simulate as simulation

numba = pytest.importorskip("numba", reason="numba is not installed")

POLICIES = (dm.TRUST_REGION, dm.PLANNER, GREEDY)
MODELS = (dm.PUBLISHED, dm.GATED)
WHICH = [
    pytest.param(policy, model, id=f"{policy.name}-{model.name}",
                 marks=() if policy is dm.TRUST_REGION else pytest.mark.long)
    for policy in POLICIES for model in MODELS
]  # fmt: skip
EACH = pytest.mark.parametrize(("policy", "model"), WHICH)
EACH_AS_RUN = pytest.mark.parametrize(("policy", "model"), [
    pytest.param(policy, model, id=f"{policy.name}-{model.name}", marks=marks)
    for policy in POLICIES for model in MODELS
    for marks in [() if (policy, model) == (dm.TRUST_REGION, dm.PUBLISHED) else pytest.mark.long]
])  # fmt: skip


# --- kernels ---------------------------------------------------------------------------------------------------------


def kernel(name):
    """A kernel as a function of an array, compiled as in a run."""
    lines = Lines()
    value = getattr(kernels, name)(lines, "x")
    body = ["x = xs[i]", *lines.text, f"out[i] = {value}"]
    text = ["def f(xs, out):", "    for i in range(xs.size):", *(f"        {line}" for line in body)]
    space = {"np": np, "sqrt": math.sqrt, "inf": math.inf}
    exec("from deltamu.codegen.numba_engine.intrinsics import select\n" + "\n".join(text), space)
    compiled = numba.njit(error_model="numpy", fastmath={"contract"})(space["f"])

    def call(xs):
        out = np.empty_like(xs)
        compiled(xs, out)
        return out

    return call


def around(rng, *parts):
    return np.concatenate([*parts, rng.normal(0, 1, 500)])


RNG = np.random.default_rng(3)
MPMATH = {
    "exp": (mp.exp, around(RNG, RNG.uniform(-708, 709.7, 1000), [0.0, 1e-300, 709.78])),
    "expm1": (mp.expm1, around(RNG, RNG.uniform(-90, 700, 800), 10 ** RNG.uniform(-300, 0, 300), [-1e-20])),
    "log": (mp.log, np.concatenate([10 ** RNG.uniform(-307, 308, 800), RNG.uniform(0.5, 2, 800), [5e-324, 1e-310, 1]])),
    "normal_pdf": (mp.npdf, around(RNG, RNG.uniform(-37, 37, 500))),
    "normal_cdf": (mp.ncdf, around(RNG, RNG.uniform(-37, 8, 500))),
    "expected_positive_part": (lambda x: x * mp.ncdf(x) + mp.npdf(x), around(RNG, RNG.uniform(-36, 36, 300))),
}


@pytest.mark.parametrize("name", MPMATH)
def test_kernels_against_mpmath(name):
    exact, xs = MPMATH[name]
    with mp.workdps(340 if name == "expected_positive_part" else 40):
        want = np.array([float(exact(mp.mpf(x))) for x in xs])
    got = kernel(name)(xs)
    assert np.max(np.abs(got - want) / np.abs(np.where(want == 0, 1, want))) < 1e-15


@pytest.mark.parametrize("name", ["normal_quantile", *(pytest.param(n, marks=pytest.mark.long) for n in MOMENTS)])
def test_kernels_against_numpy(name):
    xs = np.concatenate([RNG.uniform(0, 1, 900), 10 ** RNG.uniform(-307, 0, 900), [0.0, 0.5, 1.0]])
    if name in MOMENTS:
        xs = np.concatenate([1 + xs, np.exp(RNG.uniform(0, 300, 900)), [1.0, np.inf]])
    want, got = getattr(numpy_kernels, name)(xs), kernel(name)(xs)
    same = got == want
    assert same[np.isinf(want)].all()
    assert np.max(np.abs(got[~same] / want[~same] - 1)) < 2e-15


@pytest.mark.parametrize(("name", "at", "want"), [
    ("exp", [-np.inf, -800, 800, np.inf], [0, 0, np.inf, np.inf]),
    ("expm1", [-800, 0, 800], [-1, 0, np.inf]),
    ("log", [0, np.inf, 1], [-np.inf, np.inf, 0]),
    ("normal_cdf", [-np.inf, 0, np.inf], [0, 0.5, 1]),
    ("normal_pdf", [-np.inf, np.inf], [0, 0]),
    ("expected_positive_part", [-np.inf, np.inf], [0, np.inf]),
])  # fmt: skip
def test_ends_of_kernels(name, at, want):
    np.testing.assert_array_equal(kernel(name)(np.array(at, dtype=float)), want)


def test_what_has_no_form_for_lanes_is_named():
    with pytest.raises(InputError, match="besselj"):
        Lines().value(sympy.besselj(0, sym.mu))


# --- agreement -------------------------------------------------------------------------------------------------------


@EACH
def test_engines_agree_on_the_whole_domain(policy, model):
    move = dm.one_move(policy, model)
    size = 100_000
    values = everywhere(move, size)
    assert_the_same(run_of("numba", move, values, size, 1), run_of("numpy", move, values, size, 1), values)


@pytest.mark.skipif(COMPILER is None, reason="gcc is not installed")
@EACH
def test_c_agrees_on_the_whole_domain(policy, model, tmp_path):
    move = dm.one_move(policy, model)
    size = 20_000
    values = everywhere(move, size)
    out, record = CRun(move, recorded(move), tmp_path, EXACT)(values, size, 1, record=True)
    made = np.where(out["still waiting"] == 1, np.inf, out["moves made"])
    ran = Ran({}, {}, made, {name.removesuffix(" crossing"): v for name, v in out.items() if "crossing" in name})
    assert_the_same((ran, record), run_of("numpy", move, values, size, 1), values)


def sweep(size):
    rng = np.random.default_rng(4)
    ranges = {"mu0": (2, 40), "H": (0, 1), "delta0": (0.01, 2), "gamma": (0, 1)}
    points = {name: xr.DataArray(rng.uniform(*ends, size), dims="point") for name, ends in ranges.items()}
    return points | {"N": xr.DataArray(rng.integers(0, 9, size).astype(float), dims="point")}


@EACH_AS_RUN
def test_runs_agree(policy, model):
    points = sweep(500)
    for keep in ("all", "final"):
        how = {"policy": policy, "model": model, "moves": 80, "keep": keep}
        got, want = dm.simulate(**how, engine="numba", **points), dm.simulate(**how, **points)
        xr.testing.assert_allclose(got.drop_vars("status"), want.drop_vars("status"), rtol=1e-10, atol=1e-10)
        assert (got.status == want.status).all()


@EACH_AS_RUN
def test_bits_do_not_depend_on_company_threads_or_blocks(policy, model, monkeypatch):
    points = sweep(3 * LANES + 5)
    how = {"policy": policy, "model": model, "moves": 30, "keep": "final", "engine": "numba"}
    whole = dm.simulate(**how, **points)
    few = dm.simulate(**how, **{name: values[70:73] for name, values in points.items()})
    xr.testing.assert_equal(few, whole.isel(point=slice(70, 73)))
    monkeypatch.setattr(lanes.arrays, "SHARE", 1)
    monkeypatch.setattr(lanes.arrays, "cores", lambda: 3)
    xr.testing.assert_identical(dm.simulate(**how, **points), whole)
    monkeypatch.setattr(simulation, "BLOCK", 50)
    xr.testing.assert_identical(dm.simulate(**how, **points), whole)


@pytest.mark.long
@TRAJECTORIES
def test_reference_trajectories(case):
    follow(case, "numba")


def test_final_is_the_last_move_of_all():
    points = sweep(100)
    last = dm.simulate(engine="numba", moves=40, **points).isel(move=-1)
    xr.testing.assert_identical(dm.simulate(engine="numba", moves=40, keep="final", **points), last)


def test_a_point_has_the_same_bits_in_a_sweep_that_only_looks():
    """The published path depends neither on r nor on the target: nothing is shared that would have other bits."""
    looking = dm.simulate(engine="numba", moves=60, r=[0.3, 0.8], target=[0.2, 0.5, 0.95])
    for r in (0.3, 0.8):
        alone = dm.simulate(engine="numba", moves=60, r=r, target=0.5)
        xr.testing.assert_identical(
            looking.sel(r=r, target=0.5).drop_attrs(), alone.assign_coords(r=r, target=0.5).drop_attrs()
        )


# --- generated modules -----------------------------------------------------------------------------------------------


def test_without_numba_the_extra_is_named(monkeypatch):
    monkeypatch.setattr(engines, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"deltamu\[fast\]"):
        dm.simulate(engine="numba")


def test_the_source_has_no_powers_and_calls_no_function_of_the_mathematics():
    run = compile_run(dm.one_move(dm.TRUST_REGION, dm.PUBLISHED), ())
    base = {s.name: float(s.default) for s in sym.PARAMETERS if s.default is not None}
    run(base, 1, 1, {})
    assert not any(name in run.source for name in ("exp(", "erf", "**"))


def test_the_source_is_the_same_in_every_session():
    """Else what was compiled would not be found again: the order of a set differs from session to session."""
    code = (
        "import deltamu as dm; from deltamu import symbols as sym; from deltamu.codegen.engines import compile_run; "
        "print(compile_run('numba', dm.one_move(dm.PLANNER, dm.GATED), (sym.mu, sym.gain, sym.H)).source)"
    )
    how = {"capture_output": True, "text": True}
    made = {
        subprocess.run(
            [sys.executable, "-c", code], env=os.environ | {"PYTHONHASHSEED": seed}, check=True, **how
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(made) == 1 and made.pop()


def simulated(folder):
    code = (
        "import numpy as np, deltamu as dm; grid = np.linspace(0, 1, 40); "
        "d = dm.simulate(engine='numba', model='gated', moves=20, keep='final', H=grid, rho=grid, r=[0.3, 0.8]); "
        "print(d.mu_next.values.tobytes().hex())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"DELTAMU_CACHE": str(folder)}, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    return done.stdout


@pytest.mark.long
def test_machine_code_is_kept_and_bad_files_are_made_anew(tmp_path):
    first = simulated(tmp_path)
    folder = tmp_path / "lanes"
    made = {path: path.stat().st_mtime_ns for path in folder.rglob("*.nbc")}
    assert made
    assert simulated(tmp_path) == first
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*.nbc")} == made
    (source,) = folder.glob("*.py")
    source.write_text("raise SystemExit('foreign')")
    assert simulated(tmp_path) == first
    assert simulated(Path("/dev/null/nowhere")) == first
    for path in folder.rglob("*.nb?"):
        path.write_bytes(b"broken")
    assert simulated(tmp_path) == first
