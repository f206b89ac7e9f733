"""The explorer's numbers are those of the library."""

import math
import random

import numpy as np
import pytest
from explorer_in_a_browser import MODELS, POLICIES, X, random_settings, values_of

import deltamu as dm

RUNS = f"""(jobs) => {{
  const x = {X}, text = (value) => Number.isFinite(value) ? value : String(value);
  return jobs.map(([policy, model, values]) => {{
    const run = x.engine.run(x.engine.engineOf(policy, model), x.engine.filled(values));
    const rows = Object.fromEntries(Object.entries(run.rows).map(([name, row]) => [name, Array.from(row, text)]));
    return {{ rows, status: run.status, moves_to_target: text(run.moves_to_target),
      moves_to_target_interpolated: text(run.moves_to_target_interpolated) }};
  }});
}}"""


def assert_runs_agree(page, jobs):
    """Every recorded number of every run, to 1e-10 of itself, or of the terms that cancel in it."""
    got = page(RUNS, [[policy, model, values_of(settings)] for policy, model, settings in jobs])
    for (policy, model, settings), run in zip(jobs, got, strict=True):
        names = (*(name for name in run["rows"]),)
        ds = dm.simulate(settings, policy=policy, model=model, keep=names)
        what = f"{policy}, {model}, {dict(settings.given)}"
        for name in names:
            want, have = ds[name].to_numpy(), np.array([float(v) for v in run["rows"][name]])
            scale = 0.0
            if name in ("expected_improvement", "gain", "efficiency", "mu_next", "mu"):
                benefit = settings["a1"] * ds.mu / (ds.mu + settings["b"]) + settings["a2"] * (1 + settings["s0"])
                scale = (benefit * ds.delta_t * (1 + settings["overreach"] * ds.delta_t)).to_numpy()
            assert np.all(np.abs(have - want) <= 1e-10 * np.maximum(np.abs(want), scale) + 1e-300), (name, what)
        assert run["status"] == ds.status.item(), what
        assert float(run["moves_to_target"]) == float(ds.moves_to_target), what
        interpolated = float(ds.moves_to_target_interpolated)
        assert float(run["moves_to_target_interpolated"]) == pytest.approx(interpolated, rel=1e-10), what


def test_presets_and_scenarios_are_those_of_simulate(page):
    jobs = [(p.policy.name, model, p) for p in dm.PRESETS.values() for model in MODELS]
    jobs += [(policy, model, dm.Settings(policy)) for policy in POLICIES for model in MODELS]
    jobs += [
        (policy, model, dm.Settings(policy, **scenario))
        for scenario in dm.SCENARIOS.values()
        for policy in POLICIES
        for model in MODELS
    ]
    assert_runs_agree(page, jobs)


def test_random_settings_are_those_of_simulate(page):
    assert_runs_agree(page, [(s.policy.name, MODELS[i % 2], s) for i, s in enumerate(random_settings(40, 1))])


@pytest.mark.long
def test_more_random_settings_are_those_of_simulate(page):
    jobs = [(policy, model, s) for s in random_settings(30, 2) for policy in POLICIES for model in MODELS]
    for start in range(0, len(jobs), 120):
        assert_runs_agree(page, jobs[start : start + 120])


FORMULAS = f"""(jobs) => {{
  const x = {X}, text = (value) => Number.isFinite(value) ? value : String(value);
  return jobs.map(([policy, model, values, state]) => {{
    const e = x.engine.engineOf(policy, model), v = x.engine.filled(values);
    e.before(v);
    for (const [name, value] of Object.entries(state)) v[x.engine.SLOT[name]] = value;
    e.step(v);
    const step = Object.fromEntries(["expected_improvement", "gain", "acceptance", "efficiency", "cost", "mu_next"].map((n) => [n, text(v[x.engine.SLOT[n]])]));
    e.report(v);
    for (const n of ["pass_probability", "false_pass_probability", "reliability"]) step[n] = text(v[x.engine.SLOT[n]]);
    return step;
  }});
}}"""  # noqa: E501


def test_formulas_are_those_of_evaluate(page):
    draw, jobs = random.Random(3), []
    for settings in random_settings(60, 4):
        state = {"mu": 10 ** draw.uniform(-3, 2), "delta": 10 ** draw.uniform(-2, 0.3), "t": 0}
        jobs += [("vibe", model, settings, state) for model in MODELS]
    got = page(FORMULAS, [[policy, model, values_of(s), state] for policy, model, s, state in jobs])
    for (_, model, settings, state), found in zip(jobs, got, strict=True):
        point = {"mu": state["mu"], "delta": state["delta"]}
        ds = dm.evaluate(list(found), settings, model=model, **point)
        benefit = settings["a1"] * state["mu"] / (state["mu"] + settings["b"]) + settings["a2"] + settings["s0"]
        scale = benefit * state["delta"] * (1 + settings["overreach"] * state["delta"])
        for name, value in found.items():
            terms = scale if name in ("expected_improvement", "gain") else 0.0
            if name == "efficiency":
                terms = scale / float(ds.cost)
            elif name == "acceptance":  # its margin is a quotient of terms that cancel
                terms = 1e3 * float(ds.acceptance)
            want = float(ds[name])
            assert abs(float(value) - want) <= 1e-12 * max(abs(want), terms), (name, model, dict(settings.given), state)


@pytest.mark.long
def test_stops_of_the_grids_are_those_of_simulate(page):
    """Speed and quality, false-pass map and reviewers: paths that are shared or cut short give the same stops."""
    for policy, model, preset in (
        ("trust-region", "published", "principal-tr"),
        ("planner", "published", "planner-spec"),
        ("planner", "gated", "planner-spec"),
        ("vibe", "gated", None),
    ):
        settings = (dm.PRESETS[preset] if preset else dm.Settings()).replace(policy=policy, target=0.6)
        got = page(
            f"""([policy, model, values]) => {{
              const x = {X}.engine, e = x.engineOf(policy, model), base = x.filled(values);
              return [x.heatmap(e, base, [0.3, 0.6, 1], [0.1, 0.5, 0.9]), x.frontier(base, model, [policy], [1, 4], [0, 2]).found[policy],
                x.reviewers(e, base, [0, 3, 8], [0, 0.9])].map((found) => JSON.parse(JSON.stringify(found, (k, v) => v === Infinity ? "inf" : v)));
            }}""",  # noqa: E501
            [policy, model, values_of(settings)],
        )
        heat, frontier, reviewers = got
        for i, H in enumerate((0.1, 0.5, 0.9)):
            for j, r in enumerate((0.3, 0.6, 1.0)):
                assert heat[i][j] == pytest.approx(at_stop(settings.replace(H=H, r=r), model)[1], rel=1e-10, abs=1e-14)
        for p, (K, N) in enumerate((K, N) for K in (1, 4) for N in (0, 2)):
            moves, _, hidden, *_ = at_stop(settings.replace(K=K, N=N), model)
            assert float(frontier["moves"][p]) == moves
            assert frontier["hidden"][p] == pytest.approx(hidden, rel=1e-10, abs=1e-14)
        for curve in reviewers:
            for N, n, settled, removed in zip(
                (0, 3, 8), *(curve[k] for k in ("moves", "settled", "per_call")), strict=True
            ):
                moves, _, _, rest, per_call = at_stop(settings.replace(N=N, gamma=curve["gamma"]), model)
                assert (float(n), settled) == (moves, rest)
                assert removed == pytest.approx(per_call, rel=1e-9, abs=1e-12)


def at_stop(settings, model):
    """Moves, false pass and hidden defects at the stop; moves until then or until the run settles, and what they are
    worth: defect mass removed per model call."""
    ds = dm.simulate(settings, model=model, keep="all")
    moves = float(ds.moves_to_target)
    last = int(min(moves, ds.sizes["move"])) - 1
    if moves == 0:
        r = float(ds.r_t[0])
        return 0.0, 1 - math.exp(-(1 - r) * settings["mu0"]), (1 - r) * settings["mu0"], 0, 0.0
    mu, r = float(ds.mu_next[last]), float(ds.r_t[last])
    states = [float(ds.mu[0]), *ds.mu_next.values.tolist()]
    far = [n for n, state in enumerate(states) if state > 1.05 * states[-1]]
    settled = int(moves) if math.isfinite(moves) else max(far) + 1
    calls = float(dm.evaluate("cost", settings, model=model).cost) * settled
    return moves, float(ds.false_pass_probability[last]), (1 - r) * mu, settled, (states[0] - states[settled]) / calls


def test_floors_are_those_of_the_equilibria(page):
    for preset, settings in dm.PRESETS.items():
        floor = page(REACH, [[settings.policy.name, "published", values_of(settings), 1000]])[0]["floor"]
        assert floor == pytest.approx(float(dm.reachable(settings, moves=150).floor), rel=1e-8), preset
    for model in MODELS:
        values = values_of(dm.Settings("vibe", decay=1))
        floor = page(REACH, [["vibe", model, values, 1000]])[0]["floor"]
        assert floor == pytest.approx(float(dm.defect_floor(delta=0.2, model=model)), rel=1e-10)


REACH = f"""(jobs) => jobs.map(([policy, model, values, most]) => {{
  const x = {X}.engine, e = x.engineOf(policy, model), base = x.filled(values);
  const found = x.reach(e, base, x.run(e, base), most);
  return {{ ...found, moves: Number.isFinite(found.moves) ? found.moves : null, floor: Math.min(found.floor, 1e300) }};
}})"""

SLOW = (
    ("vibe", {"delta0": 0.01, "decay": 1, "target": 0.5}),
    ("trust-region", {"delta0": 0.01, "delta_max": 0.01, "mu0": 40, "target": 0.5}),
    ("planner", {"dH": 0, "dr": 0, "T_plan": 60, "decay": 0.9, "delta0": 0.05, "target": 0.5}),
    ("vibe", {"delta0": 0.1, "decay": 0.999}), ("trust-region", {}), ("vibe", {"K": 1, "N": 1, "decay": 1}),
    ("vibe", {"decay": 0.99, "overreach": 4, "delta0": 2}), ("planner", {"rho": 0.05, "H": 0.02, "s0": 0}),
)  # fmt: skip


@pytest.mark.parametrize("model", ["published", pytest.param("gated", marks=pytest.mark.long)])
def test_out_of_reach_is_what_no_run_reaches(page, model):
    """Slow runs are waited for, and what is possible at most where a target is out of reach is never exceeded."""
    jobs = [(policy, dm.Settings(policy, **controls)) for policy, controls in SLOW]
    jobs += [(s.policy.name, s) for s in random_settings(12, 21)]
    found = page(REACH, [[policy, model, values_of(s), 20_000] for policy, s in jobs])
    for (policy, settings), got in zip(jobs, found, strict=True):
        moves = max(got["moves"], 1) if got["moves"] is not None else 4000 if got["why"] else 20_000
        ds = dm.simulate(settings, policy=policy, model=model, moves=moves, keep=("pass_probability",))
        assert float(ds.moves_to_target) == (math.inf if got["moves"] is None else got["moves"]), (policy, settings)
        if got["why"]:
            best = float(ds.pass_probability.max())
            assert best <= got["best"] * (1 + 1e-9) and got["best"] < settings["target"], (policy, settings)
    assert {"floor", "travel"} <= {got["why"] for got in found}


def test_elasticities_are_the_exact_tangents(page):
    for settings, model in (
        (dm.Settings("trust-region", target=0.6), "published"),
        (dm.Settings("vibe", decay=1.0, target=0.8), "gated"),
        (dm.PRESETS["noob-vibe"], "published"),
        (dm.PRESETS["planner-spec"], "published"),
        (dm.PRESETS["planner-spec"].replace(target=0.5, decay=1), "gated"),
        (dm.PRESETS["principal-tr"], "gated"),
    ):
        found = page(
            f"""([policy, model, values]) => {{
            const x = {X}.engine, e = x.engineOf(policy, model), base = x.filled(values);
            return x.elasticities(e, base, x.run(e, base)); }}""",
            [settings.policy.name, model, values_of(settings)],
        )
        ds = dm.tangents(settings, model=model, keep="outcomes")
        name = "moves_to_target_interpolated" if found["outcome"].startswith("moves") else "final_mu"
        assert len(found["bars"]) > 10
        for bar in found["bars"]:
            want = float(ds[f"{name}_tangent"].sel(wrt=bar["name"])) * settings[bar["name"]] / float(ds[name])
            assert bar["elasticity"] == pytest.approx(want, rel=1e-8, abs=1e-12), (bar, model)


def test_stochastic_runs_follow_the_ensemble(page):
    settings = dm.Settings("vibe", decay=1.0, target=0.8)
    fan = page(
        f"""([values]) => {{
        const x = {X}.engine, found = x.fan(x.engineOf("vibe", "gated"), x.filled(values), 4000, 7);
        return [Array.from(found.mean), Array.from(found.survival), Array.from(found.accepted)]; }}""",
        [values_of(settings)],
    )
    ds = dm.ensemble(settings, runs=4000, seed=5, model="gated")
    error = ds.mu_next.std("run").to_numpy() * math.sqrt(2 / 4000)
    assert np.all(np.abs(np.array(fan[0])[1:] - ds.mu_next.mean("run").to_numpy()) <= 5.5 * error + 1e-12)
    left = np.array([float((ds.moves_to_target > n).mean()) for n in range(151)])
    assert np.all(np.abs(np.array(fan[1]) - left) <= 5.5 * math.sqrt(0.25 * 2 / 4000))
    assert np.all(np.abs(np.array(fan[2]) - ds.accepted.mean("run").to_numpy()) <= 5.5 * math.sqrt(0.25 * 2 / 4000))


# --- controls ---------------------------------------------------------------------------------------------------------
