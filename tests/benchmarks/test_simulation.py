"""The default engine against plain lambdify, with and without common subexpressions, and a Python loop."""

import numpy as np
import pytest
import xarray as xr
from plain_runs import compile_move
from sympy import lambdify

import deltamu as dm
from benchmarks.peers import by_python
from benchmarks.timing import processor_seconds
from deltamu import symbols as sym
from deltamu.model.special import numpy_kernels as kernels

POINTS, MOVES = 20_000, 150
PLAIN = 3  # times of ours that lambdify(cse=True) takes at least, noise included; 4 on a quiet machine


@pytest.fixture(scope="module")
def points():
    rng = np.random.default_rng(1)
    return {"mu0": rng.uniform(2, 40, POINTS), "H": rng.uniform(0, 1, POINTS), "delta0": rng.uniform(0.01, 2, POINTS)}


def final(points, model="published", policy="trust-region"):
    swept = {name: xr.DataArray(values, dims="point") for name, values in points.items()}
    return dm.simulate(policy=policy, model=model, moves=MOVES, keep="final", progress=False, **swept)


@pytest.mark.parametrize("policy", ["vibe", "planner", "trust-region"])
@pytest.mark.parametrize("model", ["published", "gated"])
def test_simulate(benchmark, points, model, policy):
    benchmark.extra_info["moves"] = POINTS * MOVES
    assert benchmark(final, points, model, policy).sizes == {"point": POINTS}


def move_by_move(step, move, points):
    """Run a function of the values by name that returns the state after a move."""
    # arrays all: plain lambdify puts conditions into one array, which takes no numbers next to arrays
    constants = {symbol.name: np.full(POINTS, float(symbol.default)) for symbol in sym.PARAMETERS}

    def run():
        given = constants | points
        state = {s.name: np.full(POINTS, compile_move(move).start(given)[f"{s}_start"]) for s in move.state}
        with np.errstate(all="ignore"):
            for t in range(MOVES):
                state = step(given | state | {"t": np.full(POINTS, float(t))})
        return state["mu"]

    return run


def formula_by_formula(move):
    """Each formula of the move by SymPy's own lambdify, one call a formula."""
    formulas = move.model.program(move.after)
    names = {formula.name: sorted(map(str, formula.expr.free_symbols)) for formula in formulas}
    calls = {f.name: lambdify(names[f.name], f.expr, [vars(kernels), "numpy"]) for f in formulas}

    def step(values):
        for name, call in calls.items():
            values[name] = call(*(values[argument] for argument in names[name]))
        return {s.name: values[new.name] for s, new in zip(move.state, move.after, strict=True)}

    return step


def whole_map(move):
    """The state after a move in closed form, by lambdify with a search for common subexpressions.

    What depends on K_eff alone is a function of its own, as nobody would write it out.  SymPy writes a choice inside a
    condition as a selection among numbers, which NumPy does not take for a condition.
    """
    given = {symbol for symbol in (sym.selection_intensity, sym.selection_variance) if symbol in move.model}

    def closed(expr, known=frozenset()):
        for formula in reversed(move.model.program([expr], given=known)):
            expr = expr.xreplace({formula.symbol: formula.expr})
        return expr

    def select(conditions, values, default):
        return np.select([np.asarray(one, dtype=bool) for one in np.broadcast_arrays(*conditions)], values, default)

    modules = [{"select": select}, vars(kernels), "numpy"]
    before = [closed(symbol) for symbol in given]
    after = [closed(symbol, given) for symbol in move.after]
    inputs = [sorted({s for expr in exprs for s in expr.free_symbols}, key=str) for exprs in (before, after)]
    functions = [lambdify(i, e, modules, cse=True) for i, e in zip(inputs, (before, after), strict=True)]
    fixed = not set(inputs[0]) & {*move.state}
    kept = {}

    def step(values):
        if not (fixed and kept.get("H") is values["H"]):
            found = functions[0](*(values[s.name] for s in inputs[0]))
            kept.update(zip((s.name for s in given), found, strict=True), H=values["H"])
        values |= {s.name: kept[s.name] for s in given}
        results = functions[1](*(values[s.name] for s in inputs[1]))
        return {s.name: value for s, value in zip(move.state, results, strict=True)}

    return step


@pytest.mark.measured
@pytest.mark.parametrize("policy", ["vibe", "planner", "trust-region"])
@pytest.mark.parametrize("model", ["published", "gated"])
def test_the_ladder(benchmark, points, model, policy):
    """Processor time of a move, and of how many of ours the plain ones take; the target is 4 for the published map."""
    move = dm.one_move(dm.POLICIES[policy], dm.MODELS[model])
    ours = processor_seconds(lambda: final(points, model, policy))
    want = final(points, model, policy).mu_next
    for name, make in (("formula by formula", formula_by_formula), ("whole map, cse=True", whole_map)):
        run = move_by_move(make(move), move, points)
        np.testing.assert_allclose(run(), want, rtol=1e-8, atol=1e-10)
        ratio = processor_seconds(run) / ours
        benchmark.extra_info[f"{name} / ours"] = round(ratio, 2)
        print(f"{model}, {policy}: {name} takes {ratio:.2f} of ours")
        if name.startswith("whole") and model == "published":
            assert ratio > PLAIN
    benchmark.extra_info["ns a move"] = round(ours / POINTS / MOVES * 1e9, 2)
    print(f"{model}, {policy}: {ours / POINTS / MOVES * 1e9:.2f} ns a move")
    benchmark(final, points, model, policy)


@pytest.mark.parametrize("model", ["published", "gated"])
def test_python_loop(benchmark, points, model):
    """One hundredth of the points, one at a time."""
    few = {name: values[: POINTS // 100] for name, values in points.items()}
    run = by_python({symbol.name: float(symbol.default) for symbol in sym.PARAMETERS} | few, model, MOVES)
    benchmark.extra_info["ns a move"] = round(processor_seconds(run) / len(few["mu0"]) / MOVES * 1e9)
    np.testing.assert_allclose(benchmark(run), final(few, model).mu_next, rtol=1e-9)
