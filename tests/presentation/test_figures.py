"""The paper's figures: their data against independent evaluation and limits, their pictures, and the command."""

import csv
import inspect
import io
import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
import pytest
import xarray as xr
from matplotlib.figure import Figure
from scipy.special import ndtri

import deltamu as dm
from deltamu import plotting
from deltamu.calibration.public import evalperf, leaderboard, repair_logs
from deltamu.errors import InputError
from deltamu.presentation.cli import main
from deltamu.presentation.export import table
from deltamu.presentation.figures import figures, find_figure, picture, save

NAMES = [figure.name for figure in figures()]
SLOW = {
    "advantage",
    "best_radius",
    "bifurcation",
    "elasticities",
    "gaps",
    "interactions",
    "ridge",
    "sobol",
    "suites",
}  # seconds of processor time each
NEEDS = {"sobol": "SALib"}
DRAWN_WITH = (3, 10)  # the references; older versions lay figures out differently
LONG = pytest.mark.long


def each(names=NAMES):
    return [pytest.param(name, marks=LONG) if name in SLOW else name for name in names]


@cache
def figure(name):
    if name in NEEDS:
        pytest.importorskip(NEEDS[name], reason=f"figure {name} needs {NEEDS[name]}")
    return find_figure(name)


@cache
def data(name):
    return figure(name).data()


def numbers(name):
    return {key: 0.0 if text == "none" else float(text) for key, text in figure(name).numbers(data(name)).items()}


# --- all of them -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", each())
def test_a_figure_has_a_title_data_and_numbers(name):
    drawn = figure(name)
    assert drawn.title.endswith(".") and len(drawn.title) < 130
    for key, number in numbers(name).items():
        assert key.isidentifier() and np.isfinite(number), (key, number)
    assert all(drawn.shows(data(name)).values()), drawn.shows(data(name))
    rows = list(csv.reader(table(data(name)).splitlines()))
    assert len(rows) > 10 and len(set(map(len, rows))) == 1


@LONG
def test_no_two_figures_have_a_number_of_the_same_name():
    keys = [key for name in NAMES if name not in SLOW for key in figure(name).numbers(data(name))]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("name", ["selection", "oracle"])
def test_two_drawings_have_the_same_bytes(name):
    for kind in (".pdf", ".svg"):
        assert picture(figure(name), data(name), kind) == picture(figure(name), data(name), kind)


@pytest.mark.parametrize("name", each())
@pytest.mark.skipif(
    tuple(map(int, matplotlib.__version__.split(".")[:2])) < DRAWN_WITH,
    reason=f"the references were drawn with Matplotlib {'.'.join(map(str, DRAWN_WITH))} or newer",
)
@pytest.mark.mpl_image_compare(baseline_dir="../reference/figures", style=plotting.STYLE, tolerance=8,
                               savefig_kwargs={"dpi": 60})  # fmt: skip
def test_picture(name):
    return figure(name).draw(data(name))


# --- one by one ------------------------------------------------------------------------------------------------------


def test_convergence_and_radius_are_runs_of_the_presets():
    run = dm.simulate("principal-tr", model="gated")
    for name, variable in (("convergence", "mu_next"), ("radius", "delta_t"), ("efficiency", "efficiency")):
        shown = data(name)[variable].sel(model="gated", preset="principal-tr")
        assert shown.sizes == {"move": 150}
        if variable in run:
            np.testing.assert_array_equal(shown, run[variable])
    first = dm.evaluate("efficiency", "planner-spec", mu=18, delta=0.4)["efficiency"].item()
    assert numbers("efficiency")["published_planner_first_efficiency"] == pytest.approx(1000 * first, abs=0.05)


def test_calibration_is_exact_at_no_defects_and_optimistic_elsewhere():
    ds = data("calibration")
    assert (ds.pass_probability.isel(mu=0) == 1).all() and (ds.reliability.isel(mu=0) == 1).all()
    assert (ds.pass_probability >= ds.reliability).all()


def test_frontier_agrees_with_runs_and_joins_what_nothing_beats():
    ds = data("frontier")
    for model, policy, K, N in (
        ("published", "vibe", 1, 0),
        ("gated", "trust-region", 6, 3),
        ("gated", "planner", 8, 4),
    ):
        one = ds.sel(model=model, policy=policy, K=K, N=N)
        run = dm.simulate(policy=policy, model=model, K=K, N=N)
        assert not one.reached and np.isinf(run.moves_to_target)
        assert one.reliability_at_stop.item() == pytest.approx(run.reliability.isel(move=-1).item(), rel=1e-12)
        candidates = K + N
        assert one.cost_to_stop.item() == pytest.approx(150 * candidates * (1 + N), rel=1e-12)
    for model in ds.model.values:
        cost, quality, best = (
            ds[name].sel(model=model).values.ravel() for name in ("cost_to_stop", "reliability_at_stop", "pareto")
        )
        for c, q, on_front in zip(cost, quality, best, strict=True):
            beaten = ((cost <= c) & (quality >= q) & ((cost < c) | (quality > q))).any()
            assert on_front == (not beaten)


def test_false_pass_is_nothing_for_an_oracle_that_sees_all_and_follows_the_run():
    risk = data("false_pass").false_pass_at_stop
    assert risk.sizes == {"model": 2, "H": 41, "r": 36}
    assert (risk.sel(r=1.0) == 0).all() and (risk.sel(r=0.3) > 0.1).all()
    point = risk.sel(model="gated").isel(H=10, r=20)
    run = dm.simulate(model="gated", H=point.H.item(), r=point.r.item())
    assert point.item() == pytest.approx(run.false_pass_probability.isel(move=-1).item(), rel=1e-12)


def test_reviewers_speed_up_less_the_more_alike_they_are():
    ds = data("reviewers")
    moves = ds.moves_to_target_interpolated
    assert (np.diff(moves.transpose(..., "N")) < 0).all() and (
        np.diff(moves.sel(N=8).transpose("model", "gamma")) > 0
    ).all()
    assert float(np.ptp(moves.sel(N=1).transpose("model", "gamma").values, axis=1).max()) < 1e-9  # alone, alike or not
    run = dm.simulate(policy="trust-region", model="gated", target=0.5, gamma=0.3, N=4)
    at = {"model": "gated", "gamma": 0.3, "N": 4}
    assert moves.sel(at).item() == pytest.approx(run.moves_to_target_interpolated.item(), rel=1e-9)
    made = int(run.moves_to_target.item())
    removed = 12 - run.mu_next.isel(move=made - 1).item()
    assert ds.removed_per_call.sel(at).item() == pytest.approx(removed / ds.cost_to_stop.sel(at).item(), rel=1e-9)


def test_selection_is_the_quantile_and_the_mean_of_a_maximum():
    ds = data("selection").selection_intensity
    np.testing.assert_allclose(ds.sel(model="published"), ndtri(1 - 1 / ds.K), atol=1e-12)
    assert ds.sel(model="gated", K=2).item() == pytest.approx(np.pi**-0.5)
    assert (data("selection").error < 0).all()
    draws = np.random.default_rng(1).standard_normal((200_000, 5)).max(axis=1)
    assert ds.sel(model="gated", K=5).item() == pytest.approx(draws.mean(), abs=5 * draws.std() / 200_000**0.5)


@pytest.mark.long
def test_elasticities_are_those_of_two_runs():
    ds = data("elasticities").sel(model="gated")
    for name, base in (("delta_max", 1.0), ("r", 0.8), ("mu0", 12.0)):
        moves = [dm.simulate(policy="trust-region", model="gated", target=0.5, **{name: base * (1 + h)})
                 .moves_to_target_interpolated.item() for h in (-1e-6, 1e-6)]  # fmt: skip
        by_difference = np.log(moves[1] / moves[0]) / 2e-6
        assert ds.elasticity.sel(wrt=name).item() == pytest.approx(by_difference, abs=1e-4)


@pytest.mark.long
def test_interactions_are_symmetric_and_the_priors_substitute_each_other():
    both = data("interactions").interaction
    np.testing.assert_allclose(both, both.transpose("model", "y", "x").values, atol=1e-9)
    assert (both.sel(x="H", y="rho") < -0.5).all() and (both.sel(x="r", model="published") == 0).all()

    def gain(H, rho):
        return np.log(
            dm.evaluate("gain", model="gated", mu=12, delta=0.2, H=0.6 * np.exp(H), rho=0.75 * np.exp(rho)).gain.item()
        )

    h = 1e-3
    mixed = (gain(h, h) - gain(h, -h) - gain(-h, h) + gain(-h, -h)) / (4 * h * h)
    assert both.sel(x="H", y="rho", model="gated").item() == pytest.approx(mixed, abs=1e-3)


@pytest.mark.long
def test_sobol_indices_have_converged():
    ds = data("sobol")
    assert float(ds.total_halfwidth.max()) < 0.05 and (ds.total > -0.01).all()
    assert (ds.first_order <= ds.total + ds.total_halfwidth + ds.first_order_halfwidth).all()
    assert (ds.first_order.sum("wrt") < 1.05).all()
    other = dm.global_sensitivity("final_reliability", policy="trust-region", model="gated", seed=5, n=2048)
    mine = ds.sel(model="gated", outcome="final_reliability")
    gap = abs(mine.total - other.total.sel(outcome="final_reliability"))
    assert (gap < 2 * (mine.total_halfwidth + other.total_halfwidth.sel(outcome="final_reliability"))).all()


def test_floors_are_where_moves_gain_nothing_and_ceilings_are_reached():
    ds = data("floors")
    one = ds["floor"].sel(model="gated").isel(H=20, delta=10)
    gain = dm.evaluate("gain", model="gated", mu=one.item(), delta=one.delta.item(), H=one.H.item()).gain.item()
    assert abs(gain) < 1e-12
    published = ds.ceiling.sel(model="published")
    assert float((published.max("r") - published.min("r")).max()) < 1e-9  # r moves nothing there
    cell = published.isel(H=24, r=5)
    lowest = dm.defect_floor(delta=1.0, H=cell.H.item())
    assert cell.item() == pytest.approx(np.exp(-lowest.item()), rel=1e-3)
    run = dm.simulate(model="gated", moves=2000, r=0.98, H=0.5)
    near = ds.ceiling.sel(model="gated").sel(r=0.98, H=0.5, method="nearest").item()
    assert run.reliability.max().item() <= near + 1e-9


def test_portrait_regions_follow_the_band():
    ds = data("portrait")
    expand, contract = ds.acceptance > 0.4, ds.acceptance < 0.2
    assert ((ds.region_index == 0) == expand).all() and ((ds.region_index == 2) == contract).all()
    run = dm.simulate(policy="trust-region", model="gated", overreach=2, delta_max=2, moves=20)
    np.testing.assert_array_equal(ds.orbit_mu.isel(orbit=0, move=slice(20)), run.mu)


@pytest.mark.long
def test_bifurcation_ends_where_runs_end():
    ds = data("bifurcation")
    for r in (0.5, 0.9):
        run = dm.simulate(policy="trust-region", model="gated", overreach=2, r=r, moves=3000, keep="final")
        shown = np.interp(r, ds.r, ds.delta_high)
        assert run.delta_t.item() == pytest.approx(shown, rel=1e-6)
    found = numbers("bifurcation")
    assert 0.25 < found["bifurcation_rest_begins"] < 0.27 and 0.60 < found["bifurcation_rest_ends"] < 0.66


@pytest.mark.long
def test_advantage_is_that_of_single_contests():
    ds = data("advantage")
    for name, value in (("mu0", 22.0), ("r", 0.8)):
        one = ds[f"over_best_fixed_{name}"].sel({name: value, "overreach": 2.0}, method="nearest")
        at = {name: one[name].item(), "overreach": one.overreach.item()}
        alone = dm.advantage(model="gated", moves=1000, **at).over_best_fixed.item()
        assert one.item() == pytest.approx(alone, rel=1e-12)
    assert (ds.over_best_fixed_mu0 >= 0).all()


def test_fan_widens_around_its_mean_and_the_mean_field_is_the_run():
    ds = data("fan")
    assert (ds.mu_next_quantile.diff("quantile") >= 0).all()
    np.testing.assert_array_equal(ds.mean_field, dm.simulate("principal-tr", model="gated").mu_next)
    runs = dm.ensemble("principal-tr", runs=4000, seed=99, moves=30)
    error = np.sqrt(2 * ds.mu_next_variance.isel(move=29) / 4000).item()
    assert ds.mu_next_mean.isel(move=29).item() == pytest.approx(
        runs.mu_next.isel(move=-1).mean().item(), abs=5 * error
    )


def test_survival_falls_and_is_the_share_of_runs():
    ds = data("survival")
    assert (ds.survival.isel(moves_made=0) == 1).all() and (ds.survival.diff("moves_made") <= 0).all()
    assert (ds.survival_low < ds.survival + 1e-12).all() and (ds.survival < ds.survival_high + 1e-12).all()
    runs = dm.ensemble(policy="trust-region", runs=2000, seed=20251124, target=0.8, N=3)
    np.testing.assert_allclose(ds.survival.sel(N=3, moves_made=40), (runs.moves_to_target > 40).mean())
    assert numbers("survival")["survival_median_with_3"] == np.quantile(runs.moves_to_target, 0.5)


def test_teams_on_the_map_are_the_most_efficient():
    ds = data("teams").reviewers.sel(model="gated")
    assert (ds.diff("w_review") <= 0).all() and (ds.diff("gamma") <= 0).all()
    for cell in (ds.isel(w_review=5, gamma=20), ds.isel(w_review=40, gamma=3), ds.isel(w_review=70, gamma=60)):
        at = {"w_review": cell.w_review.item(), "gamma": cell.gamma.item()}
        every = dm.evaluate("efficiency", model="gated", mu=6, delta=0.2, K_r=0, N=range(9), **at).efficiency
        assert every.idxmax("N").item() == cell.item()


def test_team_front_is_unbeaten():
    ds = data("team_front").sel(model="gated")
    assert ds.cost.sel(K=12, N=8).item() == 12 * 9
    team = dm.evaluate("gain", model="gated", mu=6, delta=0.2, K_r=0, K=4, N=2).gain.item()
    assert ds.gain.sel(K=4, N=2).item() == pytest.approx(team, rel=1e-12)
    rows = ds.to_dataframe()
    for _, row in rows.iterrows():
        other = (rows.cost <= row.cost) & (rows.gain >= row.gain) & ((rows.cost < row.cost) | (rows.gain > row.gain))
        assert row.on_front == (not other.any())


@pytest.mark.long
def test_best_radius_gains_most():
    ds = data("best_radius").sel(overreach=2)
    for mass in (11.5, 1.0, 0.3):
        at = ds.sel(mass=mass, method="nearest")
        radii = np.geomspace(0.01, 1, 400)
        gains = dm.evaluate("gain", model="gated", overreach=2, mu=at.mass.item(), delta=radii).gain
        assert at.best_radius.item() == pytest.approx(radii[int(gains.argmax("delta"))], rel=0.012)


def test_the_oracle_that_stops_is_at_its_target():
    ds = data("oracle")
    stops = ds.moves < np.inf
    assert stops.isel(r=0).all() and not stops.sel(r=1.0).any()
    np.testing.assert_allclose(ds.assured_reliability, 0.95 ** (1 / ds.r.broadcast_like(ds.moves)), rtol=1e-9)
    assert (ds.reliability >= ds.assured_reliability - 1e-12).where(stops, True).all()


@pytest.mark.long
def test_the_recommendation_is_within_its_budget_and_on_the_front():
    ds = data("pareto")
    best = dm.Settings.from_dataset(ds)
    run = dm.simulate(best, model="gated", target=0.8)
    assert ds.moves_needed.item() == pytest.approx(run.moves_to_target_interpolated.item(), rel=1e-9)
    assert ds.calls.item() <= 300 * (1 + 1e-9)
    order = np.argsort(ds.front_moves.values)
    assert (np.diff(ds.front_cost.values[order]) <= 0).all()


@pytest.mark.long
def test_gaps_are_never_below_one():
    ds = data("gaps")
    assert (ds.gap >= 1 - 1e-9).all() and (ds.gap_fixed >= 1 - 1e-9).all()
    assert set(dm.PRESETS) <= set(ds.case.values)


# --- the folder and the command --------------------------------------------------------------------------------------


def test_plots_leave_out_what_is_never_and_name_what_is_drawn():
    from matplotlib.figure import Figure

    ds = xr.Dataset({"moves": (("g", "N"), [[3.0, np.inf, 1.0]])}, coords={"g": ["x"], "N": [0, 1, 2]})
    ax = plotting.plot_reviewers(ds, Figure().subplots(), variable="moves")
    assert np.isnan(ax.lines[0].get_ydata()[1]) and ax.lines[0].get_label() == "x"
    flat = xr.Dataset({"cost": ("team", [1.0, 2.0]), "gain": ("team", [1.0, 3.0]), "best": ("team", [True, True])})
    ax = plotting.plot_frontier(flat, Figure().subplots(), x="cost", y="gain", front="best", by=None)
    assert ax.get_xscale() == "log" and not ax.get_legend_handles_labels()[1]
    same = xr.DataArray(np.full((2, 2), 0.1), dims=("H", "r"), coords={"H": [0, 1], "r": [0, 1]})
    assert not plotting.plot_probability_map(same, Figure().subplots(), levels=[0.1]).texts


@pytest.mark.parametrize("name", ["figure.txt", "figure", "nowhere/figure.pdf"])
def test_a_figure_is_saved_to_known_kinds_only(name, tmp_path):
    with pytest.raises(InputError, match="cannot write"):
        save(figure("selection"), data("selection"), tmp_path / name)


def test_saved_data_read_back(tmp_path):
    for name in ("false_pass", "oracle", "frontier"):
        save(figure(name), data(name), tmp_path / "data.nc")
        with xr.open_dataset(tmp_path / "data.nc") as back:
            for key, array in data(name).data_vars.items():
                np.testing.assert_array_equal(back[key].astype(array.dtype), array)


def deltamu(*arguments, cwd):
    environment = {**os.environ, "PYTHONPATH": str(Path(dm.__file__).parents[1]), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "deltamu", *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def test_the_command_lists_figures(tmp_path):
    done = deltamu("figure", cwd=tmp_path)
    assert done.returncode == 0 and not done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()] == NAMES
    assert all(line.endswith(".") for line in done.stdout.splitlines())


def test_the_command_draws_a_figure(tmp_path):
    done = deltamu("figure", "selection", "--out", "a.pdf", "--out", "a.svg", "--out", "a.png", "--out", "a.csv",
                   "--out", "a.nc", cwd=tmp_path)  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == "" and done.stderr.count("deltamu: wrote a.") == 5
    starts = {"a.pdf": b"%PDF", "a.svg": b"<?xml", "a.png": b"\x89PNG", "a.csv": b"model,K,", "a.nc": b"CDF"}
    assert {path.name for path in tmp_path.iterdir()} == set(starts)
    for name, start in starts.items():
        assert (tmp_path / name).read_bytes().startswith(start), name
    assert (tmp_path / "a.pdf").read_bytes() == picture(figure("selection"), data("selection"))


def test_samples_are_counts_and_forecasts_meet_them_where_they_were_fitted():
    ds = data("samples")
    right = {model: right for model, (n, right) in evalperf().items() if n == 100}
    assert list(right) == ds.model.values.tolist()
    np.testing.assert_allclose(ds.unsolved.sel(samples=1), [1 - counts.mean() / 100 for counts in right.values()])
    np.testing.assert_allclose(ds.unsolved.sel(samples=100), [(counts == 0).mean() for counts in right.values()])
    masses = ds.forecast.sel(law="mass that varies")
    assert (masses.diff("samples") < 0).all()
    off = abs(masses - ds.unsolved).sel(samples=[1, 2, 3, 5, 7, 10])
    assert off.mean() < 0.005 and off.max() < 0.03, (off.mean(), off.max())


@LONG
def test_suites_are_rates_of_the_leaderboards_and_one_resolution_is_a_power():
    ds = data("suites")
    _, weak, strict = leaderboard("mbpp").counts.T
    seen = ds.sel(benchmark="mbpp").dropna("model", subset=["passes_seen"])
    np.testing.assert_allclose(seen.passes_seen, (weak + strict) / 378)
    np.testing.assert_allclose(seen.refuted_seen, weak / (weak + strict))
    power = np.log(1 - ds.refuted) / np.log(ds.passes)  # (1 - r)/r where P = exp(-r mu) and P_right = exp(-mu)
    one = power.sel(law="one resolution")
    np.testing.assert_allclose(one, np.tile(one.values[:, :1], one.sizes["mass"]), rtol=1e-9)


@LONG
def test_the_ridge_of_first_attempts_is_the_closed_curve():
    ds = data("ridge")
    log = repair_logs()["mbpp/gpt-3.5-turbo-0613"]
    first = log[(log.attempt == 0) & (log.visible == "1")]
    passed, right = (part["count"].sum() / log["count"].sum() for part in (first, first[first.hidden == "1"]))
    on_it = ds.ratio.sel(log="first attempts").idxmin("resolution")
    curve = (passed ** (-1 / ds["shape"]) - 1) / (right ** (-1 / ds["shape"]) - 1)  # D27
    np.testing.assert_allclose(on_it, curve, atol=0.011)  # half a step of the grid, and a little
    assert float(ds.ratio.sel(log="visible tests only").std("resolution").max()) < 1e-6


def test_the_command_draws_a_figure_at_other_values(tmp_path, capsys):
    assert main(["figure", "convergence", "--set", "a2=0.1", "--set", "H=0.5", "--out", str(tmp_path / "a.nc")]) == 0
    assert capsys.readouterr().err == f"deltamu: wrote {tmp_path}/a.nc\n"
    run = dm.simulate(dm.PRESETS["principal-tr"].replace(a2=0.1, H=0.5), model="gated")
    with xr.open_dataset(tmp_path / "a.nc") as found:
        np.testing.assert_array_equal(found.mu_next.sel(preset="principal-tr", model="gated"), run.mu_next)


QUICK = ("convergence", "radius", "selection", "team_front")
WITHOUT_SETTINGS = ("gaps", "logs", "ridge", "samples", "suites")  # of many cases, and of data


@pytest.mark.parametrize(
    "name",
    [name if name in QUICK else pytest.param(name, marks=LONG) for name in NAMES if name not in WITHOUT_SETTINGS],
)
def test_a_figure_is_drawn_at_another_value(name):
    """Of a constant that a picture rests on, another value makes other data."""
    other = figure(name).data(tau=0.3) if name != "selection" else figure(name).data(w_review=2.0)
    assert set(other.sizes) == set(data(name).sizes)
    picture(figure(name), other, ".svg")
    same = all(np.array_equal(other[key], data(name)[key], equal_nan=other[key].dtype.kind == "f") for key in other)
    assert same == (name == "selection")


def test_the_command_refuses_in_one_line(tmp_path):
    for arguments, complaint in (
        (("selections",), "unknown figure 'selections': did you mean selection"),
        (("selection", "--out", "a.txt"), "a.txt: its name has to end in .pdf, .svg, .png, .csv, .nc"),
        (("--show",), "--out, --set and --show need the name of a figure"),
    ):  # fmt: skip
        done = deltamu("figure", *arguments, cwd=tmp_path)
        assert done.returncode == 2 and done.stdout == "" and done.stderr.count("\n") == 1
        assert complaint in done.stderr
    assert not list(tmp_path.iterdir())


def test_show_opens_the_picture(tmp_path, monkeypatch, capsys):
    opened = []
    monkeypatch.setattr("webbrowser.open", lambda uri: opened.append(uri) or True)
    made = tempfile.mkdtemp
    monkeypatch.setattr("tempfile.mkdtemp", lambda *a, **k: str(tmp_path) if k else made(*a))
    assert main(["figure", "selection", "--show"]) == 0
    assert opened == [(tmp_path / "selection.svg").as_uri()]
    assert main(["figure", "selection", "--show", "--out", str(tmp_path / "b.png")]) == 0
    assert opened[1:] == [(tmp_path / "b.png").as_uri()]
    monkeypatch.setattr("webbrowser.open", lambda uri: False)
    assert main(["figure", "selection", "--show"]) == 2
    assert "no browser" in capsys.readouterr().err


def test_sobol_indices_without_their_library_are_refused_in_one_line(monkeypatch, capsys, tmp_path):
    for name in ("SALib", "SALib.analyze", "SALib.sample"):
        monkeypatch.setitem(sys.modules, name, None)
    assert main(["figure", "sobol", "--out", str(tmp_path / "s.pdf")]) == 2
    assert 'pip install "deltamu[global]"' in capsys.readouterr().err


def test_an_incomplete_installation_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr("deltamu.claims.scripts.__file__", str(tmp_path / "a" / "b" / "scripts.py"))
    with pytest.raises(InputError, match="no figures beside"):
        figures()


def test_pictures_hold_no_date_and_embed_their_fonts():
    pdf = picture(figure("selection"), data("selection"))
    assert b"CreationDate" not in pdf and b"/Type3" not in pdf and b"/FontFile2" in pdf
    svg = io.BytesIO(picture(figure("selection"), data("selection"), ".svg")).read()
    assert b"<dc:date>" not in svg and b"published" in svg


# --- data of another kind --------------------------------------------------------------------------------------------
OTHER_DATA = {
    "runs": lambda: dm.simulate(moves=3, N=[0, 1], K=[2, 3]),
    "a point": lambda: dm.evaluate(["gain", "reliability", "pass_probability"], mu=2, delta=0.1),
    "all runs of an ensemble": lambda: dm.ensemble(runs=3, seed=1, moves=3),
    "one floor": lambda: dm.defect_floor(delta=0.1),
    "a line": lambda: dm.simulate(moves=3).gain,
    "none": lambda: None,
    "a dictionary": lambda: {"mu": [1.0]},
}


@pytest.mark.parametrize("kind", OTHER_DATA)
@pytest.mark.parametrize("name", [name for name in plotting.__all__ if name.startswith("plot_")])
def test_data_of_another_kind_are_drawn_or_refused_in_one_line(name, kind):
    plot, data = getattr(plotting, name), OTHER_DATA[kind]()
    needed = [p.name for p in inspect.signature(plot).parameters.values() if p.default is p.empty]
    given = ["gain" if one in ("variable", "along") else Figure().subplots() if one == "ax" else data for one in needed]
    named = dict(zip(needed[1:], given[1:], strict=True))
    said = ""
    try:
        plot(given[0], **named)
    except dm.InputError as error:
        said = str(error)
    assert "\n" not in said and len(said) < 400


def test_what_is_missing_is_named():
    with pytest.raises(dm.InputError, match=r"plot_fan: .*mu_next_quantile.*the data have mu, delta_t"):
        plotting.plot_fan(dm.simulate(moves=3), Figure().subplots())
