"""The default engine: rewritten formulas in buffers that are used again; the numbers are those of the formulas."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from plain_runs import plain_run
from sympy import Max, Min, Piecewise, Rational, exp

import deltamu as dm
from deltamu import symbols as sym
from deltamu.codegen import engines
from deltamu.codegen.compile import compile_program, compile_source
from deltamu.codegen.numpy_engine import compile_run
from deltamu.codegen.numpy_engine.emit import BUFFERED, KERNELS, emit
from deltamu.codegen.passes.plan import planned
from deltamu.codegen.program import Program
from deltamu.model.formula import Formula
from deltamu.model.special import numpy_kernels as kernels

POLICIES = list(dm.POLICIES)
MODELS = list(dm.MODELS)
RANGES = {
    "H": (0, 1), "rho": (0, 1), "r": (0, 1), "delta0": (0.01, 2), "gamma": (0, 1), "mu0": (0, 40),
    "target": (0.3, 0.99), "overreach": (0, 4), "b": (0.5, 8), "decay": (0.9, 1),
}  # fmt: skip


def random_points(size, seed, edges=0.0):
    """Points of the domain; a share of their coordinates lies at an edge of it."""
    rng = np.random.default_rng(seed)
    points = {name: rng.uniform(*ends, size) for name, ends in RANGES.items()}
    points |= {"K": rng.integers(1, 13, size), "N": rng.integers(0, 9, size), "T_plan": rng.integers(0, 9, size)}
    points["A_lo"] = rng.uniform(0, 0.6, size)
    points["A_hi"] = points["A_lo"] + rng.uniform(0, 1, size) * (1 - points["A_lo"])
    points |= {"sigma_r": np.full(size, 0.35), "s0": np.full(size, 0.4), "a1": np.full(size, 0.9)}
    at_edge = {"H": 1.0, "r": 0.0, "gamma": 1.0, "mu0": 0.0, "overreach": 0.0, "K": 1, "N": 0, "sigma_r": 0.0,
               "s0": 0.0, "a1": 0.0, "A_lo": 0.0, "A_hi": 1.0}  # fmt: skip
    for name, edge in at_edge.items():
        points[name] = np.where(rng.uniform(size=size) < edges, edge, points[name])
    return points


def swept(points):
    return {name: xr.DataArray(values, dims="point") for name, values in points.items()}


# --- registers -------------------------------------------------------------------------------------------------------

A, B = (sym.quantity(name, name, meaning="input", domain=sym.REAL) for name in ("first", "second"))
INPUTS = {"first": np.array([0.5, -1.0, 2.0]), "second": np.array([1.5, 0.25, -0.75])}


@st.composite
def straight_line_programs(draw):
    """Programs of sums, products, extrema and choices, each line in what is computed before it."""
    known, lines = [A, B], []
    for index in range(draw(st.integers(1, 7))):
        one, two, three, four = (draw(st.sampled_from(known)) for _ in range(4))
        number = draw(st.sampled_from([Rational(1, 2), -2]))
        rights = [one + two, one - number, number * one * two, Max(one, two), Min(one, number), one**2, -one]
        rights += [
            Piecewise((number, one > two), (three, True)),
            Piecewise((one, two > 0), (number, three > 0), (four, True)),
        ]
        rights += [Piecewise((three, one < number), (four * two, True))]
        right = draw(st.sampled_from(rights))
        symbol = sym.quantity(f"v{index}", f"v{index}", meaning="line", domain=sym.REAL)
        lines.append(Formula(symbol, right))
        known.append(symbol)
    asked = draw(st.lists(st.sampled_from(known), min_size=1, max_size=4, unique=True))
    return Program("move", (A, B), tuple(lines), tuple(asked))


@given(straight_line_programs())
def test_no_value_is_overwritten_before_its_last_use(program):
    emitted = emit(program)
    function = compile_source(emitted.source, "move", BUFFERED)
    outputs = [np.full(3, np.nan) for _ in emitted.outputs]
    buffers = [np.full(3, np.nan) for _ in range(emitted.numbers)]
    buffers += [np.zeros(3, dtype=bool) for _ in range(emitted.truths)]
    values = {name: array.copy() for name, array in INPUTS.items()}
    function(*(values[name] for name in emitted.inputs), *outputs, *buffers)
    want = compile_program(program)(INPUTS)
    for name, got in zip(emitted.outputs, outputs, strict=True):
        np.testing.assert_allclose(got, np.broadcast_to(want[name], 3), rtol=1e-15, err_msg=emitted.source)
    for name, array in INPUTS.items():
        np.testing.assert_array_equal(values[name], array)


def test_few_arrays_are_enough():
    emitted, _ = compile_run(dm.one_move(dm.TRUST_REGION, dm.PUBLISHED), ()).loops[False]
    assert emitted.numbers <= 5
    assert emitted.truths <= 2


@pytest.mark.parametrize("name", KERNELS)
def test_a_kernel_may_write_over_any_of_its_arguments(name):
    """Else its result would need an array of its own."""
    x = np.concatenate([np.linspace(-45, 45, 9001), [np.inf, -np.inf]])
    decay = np.exp(-x * x / 2)
    tail = kernels.normal_tail(x, decay, np.empty_like(x))
    arguments = {"normal_tail": (x, decay), "normal_cdf_of": (x, tail), "expected_positive_part_of": (x, decay, tail)}
    given_arguments = arguments.get(name, (np.tanh(np.abs(x)),))
    with np.errstate(all="ignore"):
        want = getattr(kernels, name)(*given_arguments, out=np.empty_like(x))
        for place in range(len(given_arguments)):
            copies = [values.copy() for values in given_arguments]
            np.testing.assert_array_equal(getattr(kernels, name)(*copies, out=copies[place]), want)


def test_the_parts_of_the_normal_law_are_accurate():
    x = np.concatenate([np.linspace(-36, 36, 2001), [0.0]])
    for name, steps in kernels.IN_PARTS.items():
        known = {"x": x}
        for function, arguments in steps:
            operands = [known[one] if isinstance(one, str) else one for one in arguments]
            result = known[function] = BUFFERED[function](*operands, out=np.empty_like(x))
        want = getattr(kernels, name)(x)
        assert (np.abs(result - want) <= 1e-15 * (2 + x**2) * want).all(), name


# --- rewriting -------------------------------------------------------------------------------------------------------


def test_no_exponential_is_left_where_a_comparison_can_be_solved():
    source = compile_run(dm.one_move(dm.TRUST_REGION, dm.PUBLISHED), ()).source
    move = source[source.index("def move(") : source.index("def recorded_move(")]
    always = [line for line in move.splitlines()[1:] if line.startswith("    ") and not line.startswith("     ")]
    assert not [line for line in always if "exp(" in line]
    assert len([line for line in always if "sqrt(" in line]) == 1
    assert len(always) < 35


def test_the_solved_comparison_follows_the_formula():
    steeper = dm.PUBLISHED.replace(
        dm.Formula(sym.acceptance, 1 / (2 + exp(-3 * sym.gain / (sym.sigma_Delta + sym.b)))), name="steeper"
    )
    source = compile_run(dm.one_move(dm.TRUST_REGION, steeper), ()).source
    assert " exp(" not in source[source.index("def move(") : source.index("def recorded_move(")]
    points = random_points(300, 3) | {"A_lo": np.full(300, 0.34), "A_hi": np.full(300, 0.4)}
    rows, reached = plain_run(dm.TRUST_REGION, steeper, points, 20)
    ds = dm.simulate(policy=dm.TRUST_REGION, model=steeper, moves=20, **swept(points))
    np.testing.assert_allclose(ds.delta_t.values.T, rows["delta_t"], rtol=1e-12)
    np.testing.assert_array_equal(ds.moves_to_target, reached)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("edges", [0.0, 0.3])
def test_runs_are_those_of_the_formulas_as_written(policy, model, edges):
    points = random_points(2000, 20261124, edges)
    rows, reached = plain_run(dm.POLICIES[policy], dm.MODELS[model], points, 30)
    ds = dm.simulate(policy=policy, model=model, moves=30, **swept(points))
    for name, want in rows.items():
        got = ds[name].values.T
        scale = np.maximum(np.abs(want), np.abs(rows["mu"]) * 1e-3 + 1e-3)
        assert (np.abs(got - want) <= 1e-11 * scale).all(), name
    np.testing.assert_array_equal(ds.moves_to_target, reached)


@pytest.mark.parametrize("every", [6, pytest.param(1, marks=pytest.mark.long)])
@pytest.mark.parametrize("model", dm.MODELS.values(), ids=lambda model: model.name)
def test_perturbing_any_formula_reaches_the_engine(model, every):
    points = random_points(50, 5)
    for formula in list(model)[every // 6 :: every]:
        perturbed = model.replace(dm.Formula(formula.symbol, formula.printed * 99 / 100), name="perturbed")
        rows, reached = plain_run(dm.TRUST_REGION, perturbed, points, 4)
        ds = dm.simulate(policy="trust-region", model=perturbed, moves=4, **swept(points))
        for name, want in rows.items():
            np.testing.assert_allclose(ds[name].values.T, want, rtol=1e-9, atol=1e-11, err_msg=formula.name)
        np.testing.assert_array_equal(ds.moves_to_target, reached)


def test_a_policy_of_the_user_with_time_in_it():
    wave = dm.Policy("wave", {sym.delta: sym.delta0}, {sym.delta: sym.delta0 * (1 + 1 / (2 + sym.t))})
    points = random_points(40, 6)
    rows, _ = plain_run(wave, dm.GATED, points, 12)
    ds = dm.simulate(policy=wave, model="gated", moves=12, **swept(points))
    np.testing.assert_allclose(ds.delta_t.values.T, rows["delta_t"], rtol=1e-14)
    np.testing.assert_allclose(ds.mu_next.values.T, rows["mu_next"], rtol=1e-11, atol=1e-13)


# --- memory -----------------------------------------------------------------------------------------------------------


@pytest.mark.long
@pytest.mark.parametrize("model", MODELS)
def test_a_million_points_need_little_memory(model):
    import tracemalloc

    points = swept({name: values for name, values in random_points(10**6, 8).items() if name in ("H", "mu0", "delta0")})
    dm.simulate(model=model, moves=2, keep="final", H=[0.1, 0.2])
    tracemalloc.start()
    try:
        base = tracemalloc.get_traced_memory()[0]
        ds = dm.simulate(policy="trust-region", model=model, moves=3, keep=["mu_next"], progress=False, **points)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    results = sum(ds[name].nbytes for name in ds)
    assert peak - base - results <= 20 * 2**20


# --- engines ---------------------------------------------------------------------------------------------------------


def test_engines_are_named():
    with pytest.raises(dm.InputError, match="unknown engine 'numpi': did you mean numpy"):
        dm.simulate(engine="numpi")
    with pytest.raises(dm.InputError, match="engine = 3 is of type int: allowed is a text"):
        dm.simulate(engine=3)
    xr.testing.assert_identical(dm.simulate(engine="auto", moves=9), dm.simulate(engine="numpy", moves=9))


def test_an_engine_that_is_not_installed_names_the_extra(monkeypatch):
    monkeypatch.setattr(engines, "find_spec", lambda name: None)
    with pytest.raises(dm.InputError, match=r"engine = 'numba' needs numba.*deltamu\[fast\]"):
        dm.simulate(engine="numba", moves=2)


@pytest.mark.parametrize("lean", [True, False])
@pytest.mark.parametrize("model", [dm.PUBLISHED, dm.GATED], ids=lambda model: model.name)
def test_the_plan_of_a_planner_settles(model, lean):
    plan = planned(dm.one_move(dm.PLANNER, model), [], lean=lean)
    assert [symbol.name for symbol in plan.scheduled] == ["H", "r"]
    assert not plan.endless
    assert plan.conditions
