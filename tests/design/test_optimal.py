"""What any radii can reach: the optimal feedback against every policy, random radii, and exhaustive propagation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import deltamu as dm
from deltamu import symbols as sym
from deltamu.equilibria.sections import Section
from deltamu.model.stochastic import stochastic

MODELS = ("published", "gated")
STEEP = {"delta_max": 4.0, "H": 0.0, "gamma": 0.0, "N": 8, "K": 12}


def run_with(radii, policy="trust-region", model="published", **controls):
    """The masses of a run whose radii are given, everything else as the policy has it."""
    ds = dm.simulate(policy=policy, model=model, moves=len(radii), **controls)
    values = dict(dm.Settings(policy, **controls))
    after = Section(dm.MODELS[model], (sym.mu_next,), (sym.mu, sym.delta, sym.H, sym.r), values)
    mu = [values["mu0"]]
    for radius, H, r in zip(radii, ds.H_t.values, ds.r_t.values, strict=True):
        mu.append(float(after(mu=mu[-1], delta=radius, H=H, r=r)["mu_next"]))
    return np.array(mu)


def bounded(preset, policy, model, c, moves):
    given = {"policy": policy, "model": model, "target": [0.2, 0.4, 0.6], "overreach": c, "moves": moves}
    best, run = dm.optimal_policy(preset, **given), dm.simulate(preset, **given)
    assert (best.moves_to_target <= run.moves_to_target).all()
    assert (best.moves_to_target_interpolated <= run.moves_to_target_interpolated + 1e-12).all()
    assert (best.least_mass <= run.mu_next + 1e-12).all()
    return best


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("preset", list(dm.PRESETS))
def test_no_policy_is_faster(model, preset):
    reached = [bounded(preset, policy, model, 0.3, 60).status == "reached" for policy in dm.POLICIES]
    assert any(some.any() for some in reached)


@pytest.mark.long
@pytest.mark.parametrize("model", MODELS)
def test_no_policy_is_faster_in_any_scenario(model):
    for c in (0.0, 1.0, 3.0):
        for scenario in dm.SCENARIOS.values():
            values = {name: value for name, value in scenario.items() if name != "target"}
            for policy in dm.POLICIES:
                bounded(dm.Settings(policy, **values), policy, model, c, 100)


@settings(max_examples=settings.default.max_examples // 3)  # a run and its optimum each
@given(
    radii=st.lists(st.floats(0.01, 1), min_size=12, max_size=12), policy=st.sampled_from(list(dm.POLICIES)),
    model=st.sampled_from(MODELS), c=st.sampled_from([0.0, 0.5, 2.0]), mu0=st.floats(0.5, 30), K=st.integers(1, 12),
)  # fmt: skip
def test_no_radii_leave_less(radii, policy, model, c, mu0, K):
    given_controls = {"overreach": c, "mu0": mu0, "K": K}
    mu = run_with(radii, policy, model, **given_controls)
    best = dm.optimal_policy(policy=policy, model=model, moves=12, **given_controls)
    assert (best.least_mass.values <= mu[1:] + 1e-12 * (1 + mu0)).all()


@pytest.mark.parametrize("policy", list(dm.POLICIES))
@pytest.mark.parametrize("model", MODELS)
def test_the_optimal_run_is_a_run(policy, model):
    ds = dm.optimal_policy(policy=policy, model=model, target=0.4, overreach=0.5, moves=50)
    mu = run_with(ds.delta_t.values, policy, model, target=0.4, overreach=0.5)
    np.testing.assert_allclose(ds.mu_next, mu[1:], rtol=1e-12)
    np.testing.assert_allclose(ds.mu, mu[:-1], rtol=1e-12)
    n = int(ds.moves_to_target)
    passes = np.exp(-ds.r_t.values * mu[1:]) >= 0.4
    assert passes.argmax() + 1 == n
    goal = -np.log(0.4) / float(ds.r_t[n - 1])
    assert float(ds.moves_to_target_interpolated) == pytest.approx(n - 1 + (mu[n - 1] - goal) / (mu[n - 1] - mu[n]))
    cost = dm.evaluate("cost").cost
    assert float(ds.cost_to_target) == n * float(cost)
    assert ds.greedy and ds.status == "reached"


def test_without_overreach_it_is_the_largest_radius_held():
    best = dm.optimal_policy(target=0.6)
    fixed = dm.simulate(policy="vibe", decay=1, delta0=1, target=0.6)
    assert (best.delta_t == 1).all()
    np.testing.assert_allclose(best.mu_next, fixed.mu_next, rtol=1e-14)
    assert float(best.moves_to_target_interpolated) == pytest.approx(
        float(fixed.moves_to_target_interpolated), rel=1e-12
    )


# --- where greed is not optimal ---------------------------------------------------------------------------------------


def test_patience_arrives_where_greed_strands():
    ds = dm.optimal_policy(level=0.05, moves=40, **STEEP)
    assert float(ds.moves_to_target) == 5 and not ds.greedy and ds.status == "reached"
    greedy = 12.0
    for _ in range(60):
        greedy = max(greedy - float(dm.best_radius(mu=greedy, **STEEP).best_gain), 0.0)
    assert greedy > 0.05
    mu = run_with(ds.delta_t.values[:5], **STEEP)
    assert mu[4] > 0.05 >= mu[5]
    np.testing.assert_allclose(mu[1:], ds.mu_next[:5], atol=1e-12)


def test_the_interval_is_what_a_population_of_radii_fills():
    """Forward propagation of many states by many radii, one kept a bin: what is attainable, seen from inside."""
    ds = dm.optimal_policy(level=0.05, moves=6, **STEEP)
    after = Section(dm.PUBLISHED, (sym.mu_next,), (sym.mu, sym.delta), {**dm.Settings(), **STEEP})
    mu, radii = np.array([12.0]), np.geomspace(0.01, 4, 1500)
    for n in range(6):
        grown = after(mu=mu[:, None], delta=radii)["mu_next"].ravel()
        least = float(grown.min())
        assert float(ds.least_mass[n]) <= least + 1e-12
        assert float(ds.least_mass[n]) == pytest.approx(least, abs=5e-3)
        _, kept = np.unique(np.round(grown, 2), return_index=True)
        mu = np.unique(np.concatenate([grown[kept], [least]]))


def test_interpolated_moves_of_a_steep_map_are_least():
    """The last move may start anywhere in the interval; scanned."""
    ds = dm.optimal_policy(level=0.08, moves=20, mu0=12.3, **STEEP)
    n = int(ds.moves_to_target)
    after = Section(dm.PUBLISHED, (sym.mu_next,), (sym.mu, sym.delta), {**dm.Settings(), **STEEP})
    before = np.linspace(float(ds.least_mass[n - 2]), 3.0, 4000)
    left = after(mu=before[:, None], delta=np.geomspace(0.01, 4, 800))["mu_next"].min(axis=1)
    shares = ((before - 0.08) / (before - left))[left <= 0.08]
    assert float(ds.moves_to_target_interpolated) == pytest.approx(n - 1 + shares.min(), abs=1e-3)
    assert float(ds.moves_to_target_interpolated) <= n - 1 + shares.min() + 1e-9


# --- results that are no numbers, edges, input ------------------------------------------------------------------------


def test_out_of_reach_and_not_yet():
    ds = dm.optimal_policy("principal-tr")
    assert ds.status == "out of reach" and np.isinf(ds.moves_to_target) and np.isinf(ds.cost_to_target)
    assert dm.optimal_policy(target=0.6, moves=10).status == "moves run out"
    early = dm.optimal_policy("planner-spec", moves=10)
    assert early.status == "moves run out"  # its prior still rises
    assert dm.optimal_policy("planner-spec", moves=60).status == "out of reach"
    there = dm.optimal_policy(mu0=0.01, model=["published", "gated"])
    assert (there.moves_to_target == 0).all() and (there.moves_to_target_interpolated == 0).all()
    assert (there.cost_to_target == 0).all()


@pytest.mark.parametrize("controls", [{"mu0": 0}, {"r": 0}, {"r": 1}, {"s0": 0}, {"sigma_r": 0}, {"a2": 0}, {"a1": 0},
                                      {"N": 0}, {"K": 1, "K_r": 0}, {"delta_min": 0.2, "delta_max": 0.2}])  # fmt: skip
@pytest.mark.parametrize("model", MODELS)
def test_edges_give_numbers(controls, model):
    for policy in dm.POLICIES:
        ds = dm.optimal_policy(policy=policy, model=model, moves=25, overreach=0.5, **controls)
        for name, array in ds.items():
            assert array.notnull().all(), name
    if model == "gated":
        ds = dm.optimal_policy(model=model, moves=10, overreach=0.5, stochastic=True, nodes=9, radii=3, **controls)
        for name, array in ds.items():
            assert array.notnull().all(), name


def test_a_sweep_has_the_bits_of_its_points():
    given = {"target": 0.6, "moves": 50, "overreach": 0.5, "model": "gated"}
    ds = dm.optimal_policy(policy=["planner", "vibe"], mu0=[6, 12, 20], K=[1, 5], **given)
    assert ds.mu.dims == ("policy", "mu0", "K", "move")
    one = dm.optimal_policy(policy="planner", mu0=12, K=5, **given)
    there = ds.sel(policy="planner", mu0=12, K=5)
    for name in one:
        np.testing.assert_array_equal(one[name], there[name])


def test_bad_input():
    with pytest.raises(dm.InputError, match="level = -1 is not a defect mass"):
        dm.optimal_policy(level=-1)
    with pytest.raises(dm.InputError, match="moves = 0 is not a whole number"):
        dm.optimal_policy(moves=0)
    with pytest.raises(dm.InputError, match="published has no stochastic move"):
        dm.optimal_policy(stochastic=True)
    with pytest.raises(dm.InputError, match="nodes = 4"):
        dm.optimal_policy(stochastic=True, nodes=4)
    wary = dm.Policy("wary", {sym.delta: sym.delta0, sym.H: sym.H}, {sym.H: sym.H * sym.acceptance})
    with pytest.raises(dm.InputError, match="policy wary sets H by the state of a run"):
        dm.optimal_policy(policy=wary)
    by_time = dm.Policy("by time", {sym.delta: sym.delta0, sym.H: sym.H}, {sym.H: sym.H / (1 + sym.t / 100)})
    assert dm.optimal_policy(policy=by_time, target=0.6).status == "reached"


# --- the stochastic move ----------------------------------------------------------------------------------------------

CASES = [{"target": 0.6}, {"target": 0.6, "overreach": 1.0}, {"target": 0.8, "overreach": 1.0, "moves": 60},
         {"target": 0.6, "r": 0.4}, {"target": 0.6, "r": 1.0, "overreach": 1.0, "N": 0}]  # fmt: skip
SOME = [
    pytest.param(case, marks=[pytest.mark.long] if i in (0, 2, 3) else [], id=str(case)) for i, case in enumerate(CASES)
]


@pytest.mark.parametrize("case", SOME)
def test_a_finer_grid_is_within_the_stated_error(case):
    ds = dm.optimal_policy(model="gated", stochastic=True, nodes=41, radii=9, **case)
    fine = dm.optimal_policy(model="gated", stochastic=True, nodes=121, radii=25, **case)
    assert abs(float(ds.expected_moves - fine.expected_moves)) <= float(ds.error) + 1e-9
    assert float(fine.error) < float(ds.error)
    assert 0 <= float(ds.reach_probability) <= 1 + 1e-9


@pytest.mark.parametrize("case", SOME)
def test_runs_of_the_optimal_rule_take_the_expected_moves(case):
    ds = dm.optimal_policy(model="gated", stochastic=True, nodes=81, radii=17, **case)
    count, reached = sampled(ds, 6000, case)
    error = 4 * count.std() / len(count) ** 0.5
    assert abs(count.mean() - float(ds.expected_moves)) <= error + float(ds.error)
    chance = 4 * max((reached.mean() * (1 - reached.mean())) ** 0.5, 0.01) / len(reached) ** 0.5
    assert abs(reached.mean() - float(ds.reach_probability)) <= chance + 0.02


def sampled(ds, runs, case):
    """Moves of sampled runs whose radius is that of the nearest node, and whether they arrive."""
    generator, chosen = np.random.default_rng(7), dm.Settings(**{k: v for k, v in case.items() if k != "moves"})
    move = Section(stochastic(dm.GATED), (sym.mu_next,), (sym.mu, sym.delta, *sym.DRAWS), dict(chosen))
    goal = -np.log(chosen["target"]) / chosen["r"]
    mass = ds.mass.values
    between = (mass[1:] + mass[:-1]) / 2
    mu, count, going = np.full(runs, 12.0), np.zeros(runs), np.ones(runs, dtype=bool)
    for t in range(ds.sizes["move"]):
        draws = {"draw_score": generator.exponential(size=runs), "draw_visible": generator.normal(size=runs),
                 "draw_hidden": generator.normal(size=runs)}  # fmt: skip
        radius = ds.radius.values[t][np.searchsorted(between, mu)]
        count += going
        mu = np.where(going, move(mu=mu, delta=radius, **draws)["mu_next"], mu)
        going &= mu > goal
    return count, ~going


def test_no_policy_expects_fewer_moves():
    for policy in dm.POLICIES:
        given = {"policy": policy, "model": "gated", "target": 0.5, "overreach": 0.5, "moves": 40, "mu0": 6}
        given |= {"T_plan": 3}
        best = dm.optimal_policy(stochastic=True, nodes=41, radii=5, **given)
        runs = dm.ensemble(runs=1500, seed=11, **given).moves_to_target.values
        capped = np.minimum(runs, 40)
        assert float(best.expected_moves) <= capped.mean() + 4 * capped.std() / 1500**0.5 + float(best.error)


def test_a_table_of_radii_runs_as_a_policy():
    """The feedback of the first move as a policy of the package, in its own ensemble."""
    from sympy import Piecewise

    ds = dm.optimal_policy(model="gated", stochastic=True, target=0.6, overreach=1.0)
    mass, radius = ds.mass.values, ds.radius.values[0]
    ends = (mass[1:] + mass[:-1]) / 2
    changes = np.flatnonzero(np.diff(radius))

    def rule(symbol):
        pieces = [(float(radius[i]), symbol < float(ends[i])) for i in changes]
        return Piecewise(*pieces, (float(radius[-1]), True))

    table = dm.Policy("table", {sym.delta: rule(sym.mu0)}, {sym.delta: rule(sym.mu_next)})
    runs = dm.ensemble(policy=table, model="gated", runs=4000, seed=5, target=0.6, overreach=1.0).moves_to_target.values
    trust = dm.ensemble(model="gated", runs=4000, seed=5, target=0.6, overreach=1.0).moves_to_target.values
    error = 4 * runs.std() / 4000**0.5
    assert abs(runs.mean() - float(ds.expected_moves)) <= error + float(ds.error)
    assert runs.mean() < trust.mean() - 3


def test_chance_reaches_what_the_expected_move_does_not():
    assert dm.optimal_policy(model="gated").status == "out of reach"
    assert float(dm.optimal_policy(model="gated", stochastic=True).reach_probability) > 0.2


def test_tails_of_a_mixture_are_those_of_its_draws():
    """E[(Y - x)+] and P(Y > goal) against a plain sum over a fine grid of the normal draw."""
    from scipy.special import ndtr, ndtri

    from deltamu.design.feedback.dynamic_programming import _tails

    generator = np.random.default_rng(3)
    mass = 20 * np.linspace(0, 1, 31) ** 2
    mean, width = generator.uniform(-2, 22, (2, 40)), generator.choice([0.0, 1e-6, 0.02, 0.3, 4.0], (2, 40))
    mean[0, 0], width[0, 0] = mass[7], 0.0  # all at a node
    cut = generator.choice([-np.inf, -1.0, 0.5, 3.0, np.inf], (2, 40))
    chance = generator.dirichlet(np.ones(40), 2)
    excess, beyond = _tails(mean, width, cut, chance, mass, 1.3)
    share = (np.arange(200_000) + 0.5) / 200_000
    passes = 1 - ndtr(cut)
    for row in range(2):
        tails, past = np.zeros(mass.size), 0.0
        for m, w, p, c in zip(mean[row], width[row], passes[row], chance[row], strict=True):
            y = m + w * ndtri(p * share) if p > 0 else np.zeros(1)
            tails += c * p * np.maximum(y[:, None] - mass, 0).mean(axis=0)
            past += c * p * (y > 1.3).mean()
        np.testing.assert_allclose(excess[row], tails, rtol=1e-5, atol=1e-5)
        assert past == pytest.approx(beyond[row], abs=1e-5)


def test_where_every_radius_does_as_well_it_is_the_smallest_and_no_run_counts_more_moves_than_there_are():
    ds = dm.optimal_policy(model="gated", stochastic=True, nodes=21, radii=5, moves=30, target=0.6, s0=[0.0, 0.4])
    assert float(ds.expected_moves_from.max()) == 30
    assert (ds.radius.isel(move=-1, node=slice(-5, None)) == 0.01).all()  # no radius arrives from there in one move


def test_a_start_at_the_target_needs_no_move():
    ds = dm.optimal_policy(model="gated", stochastic=True, mu0=0.01, moves=5)
    assert float(ds.expected_moves) == 0 and float(ds.reach_probability) == 1


@pytest.mark.long
def test_the_error_falls_with_the_square_of_the_spacing():
    values = [float(dm.optimal_policy(model="gated", stochastic=True, target=0.6, overreach=1.0, nodes=nodes,
                                      radii=radii).expected_moves)
              for nodes, radii in ((41, 9), (81, 17), (161, 33))]  # fmt: skip
    steps = np.abs(np.diff(values))
    assert 2.5 < steps[0] / steps[1] < 6
