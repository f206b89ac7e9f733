"""Global sensitivity over boxes, the command line and the pictures of sensitivities."""

import json
import sys

import numpy as np
import pytest
from matplotlib.figure import Figure

import deltamu as dm
from deltamu import plotting, sensitivity
from deltamu import symbols as sym
from deltamu.presentation.cli import main
from deltamu.sensitivity import FINITE
from deltamu.sensitivity.boxes import sample

# --- boxes -----------------------------------------------------------------------------------------------------------


def test_the_box_of_constants_runs_from_half_to_twice_each():
    ds = sample("principal-tr", seed=3, n=256, moves=5)
    assert [f"{s.name}_set" in ds for s in sym.CONSTANTS] == [True] * 8
    for symbol in sym.CONSTANTS:
        values = ds[f"{symbol.name}_set"]
        assert symbol.default / 2 <= values.min() < 0.52 * symbol.default
        assert 1.95 * symbol.default < values.max() <= 2 * symbol.default


def test_the_box_of_sliders_keeps_constraints_and_whole_numbers():
    ds = sample(policy="planner", seed=3, n=512, moves=3, bounds="sliders")
    for name in ("K", "N", "K_r", "T_plan"):
        values = ds[f"{name}_set"].values
        low, high, _ = next(s for s in sym.CONTROLS if s.name == name).slider
        assert set(values) == set(range(int(low), int(high) + 1))
    ds = sample(policy="trust-region", seed=3, n=512, moves=3, bounds="sliders")
    assert (ds.delta_min_set <= ds.delta_max_set).all()
    assert (ds.A_lo_set <= ds.A_hi_set).all()


def test_what_is_counted_is_drawn_from_the_whole_numbers_within_its_bounds():
    ds = sample(seed=1, n=64, moves=2, bounds={"K": (1.2, 3.7), "N": (0.5, 2)})
    assert set(ds.K_set.values) == {2, 3} and set(ds.N_set.values) == {1, 2}
    assert (ds["from"].values.tolist(), ds["to"].values.tolist()) == ([2, 1], [3, 2])
    with pytest.raises(dm.InputError, match="bounds of K: there is no whole number from 1.2 to 1.8"):
        sample(seed=1, n=64, moves=2, bounds={"K": (1.2, 1.8)})


def test_numbers_of_numpy_are_seeds_and_sizes():
    one, same = sample(seed=np.int64(3), n=np.int32(8), moves=2), sample(seed=3, n=8, moves=2)
    np.testing.assert_array_equal(one.final_mu, same.final_mu)


def test_results_of_a_sample_are_those_of_runs():
    ds = sample("principal-tr", seed=5, n=8, moves=60, bounds={"a1": (0.9, 1.8), "target": (0.3, 0.6)})
    for point in (0, 3, 7):
        one = ds.isel(point=point)
        run = dm.tangents("principal-tr", a1=float(one.a1_set), target=float(one.target_set), moves=60, wrt="a1")
        for name in ("final_mu", "final_reliability", "false_pass_at_stop", "cost_to_stop"):
            assert float(one[name]) == pytest.approx(float(run[name]), rel=1e-12)
        censored = min(float(run.moves_to_target_interpolated), 60)
        assert float(one.moves_censored) == pytest.approx(censored)


def test_a_sample_is_repeated_by_its_seed():
    one, same, other = (sample(seed=seed, n=8, moves=2) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.final_mu, same.final_mu)
    assert (one.final_mu != other.final_mu).any()


def test_verdicts_that_survive_the_constants_and_those_that_do_not():
    """The published trust region never contracts, whatever the constants; the completed one nearly always does."""
    ds = sensitivity.verdicts(seed=1, n=256, model=["published", "gated"], bounds=["constants", "sliders"])
    contracted = ds.sel(result="contracted", policy="trust-region")
    assert contracted["survives"].sel(model="published").all()
    assert (contracted["greatest"].sel(model="published") == 0).all()
    assert contracted["mean"].sel(model="gated", box="constants") > 0.9
    reached = ds.sel(result="reached", policy="trust-region", box="constants")
    assert (reached["nominal"] == 0).all()
    assert reached["mean"].sel(model="published") < 0.02
    assert (ds["least"] <= ds["low"]).all() and (ds["high"] <= ds["greatest"]).all()
    assert list(ds.result.values) == list(FINITE)


def test_sobol_indices():
    pytest.importorskip("SALib", reason="the extra global is not installed")
    ds = sensitivity.global_sensitivity(["final_mu", "contracted"], "principal-tr", seed=1, n=256, moves=60)
    assert ds.total.dims == ("outcome", "wrt")
    total = ds.total.sel(outcome="final_mu")
    assert total.sel(wrt=["a1", "a2", "b"]).min() > 5 * total.sel(wrt=["tau", "sigma_r"]).max()
    assert float(ds.first_order.sel(outcome="final_mu").sum()) < 0.6  # mostly interactions
    assert ds.total.sel(outcome="contracted").isnull().all()  # it never varies
    again = sensitivity.global_sensitivity("final_mu", "principal-tr", seed=1, n=256, moves=60)
    np.testing.assert_array_equal(again.total.sel(outcome="final_mu"), total)


def test_sobol_indices_of_a_linear_outcome_are_known():
    """mu after one move without gain is mu0 itself, so that all of its variance is that of mu0."""
    pytest.importorskip("SALib", reason="the extra global is not installed")
    box = {"mu0": (5.0, 15.0), "rho": (0.1, 0.9)}
    ds = sensitivity.global_sensitivity("final_mu", seed=2, n=512, moves=1, bounds=box, a1=0.0)
    np.testing.assert_allclose(ds.total.sel(outcome="final_mu"), [1, 0], atol=0.02)


def test_without_salib_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "SALib.sample", None)
    monkeypatch.setitem(sys.modules, "SALib.analyze", None)
    with pytest.raises(dm.InputError, match=r'Sobol indices need SALib: pip install "deltamu\[global\]"'):
        sensitivity.global_sensitivity("final_mu", seed=1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 100}, "n = 100 is not a power of 2"),
        ({"seed": -1}, "seed = -1 is not a whole number"),
        ({"bounds": "constant"}, "unknown box 'constant': did you mean constants"),
        ({"bounds": {"a3": (0, 1)}}, "unknown parameter 'a3'"),
        ({"bounds": {"H": (0, 2)}}, r"H = 2.* is outside \[0, 1\]"),
        ({"bounds": {"H": (0.5, 0.2)}}, "bounds of H: 0.5 is above 0.2"),
        ({"bounds": {}}, "the box is empty"),
    ],
)
def test_input_is_refused_in_one_line(options, message):
    with pytest.raises(dm.InputError, match=message):
        sample(**{"seed": 1, "n": 8, **options})


# --- command line ----------------------------------------------------------------------------------------------------


def run(capsys, *argv):
    assert main(["sensitivity", *argv]) == 0
    return capsys.readouterr().out


def test_tables_on_the_terminal(capsys):
    out = run(capsys, "gain", "--mu", "3", "--delta", "0.3", "--wrt", "N,H")
    assert "gain = " in out and "█" in out and "elasticity" in out
    out = run(capsys, "--preset", "principal-tr", "--moves", "20", "--N", "0")
    assert "final_reliability = " in out and "compare two runs" in out
    out = run(capsys, "gain", "--interactions", "--mu", "3", "--delta", "0.3", "--wrt", "H,rho")
    assert out.split()[:2] == ["H", "rho"]


def test_formulas_in_latex(capsys):
    out = run(capsys, "N_eff", "--wrt", "N", "--latex")
    assert r"\frac{\partial N_{\mathrm{eff}}}{\partial N} &= \frac{1 - \gamma}" in out
    assert r"\partial^{2}" in run(capsys, "N_eff", "--latex", "--interactions")


def test_files(capsys, tmp_path):
    out = run(capsys, "final_mu", "--wrt", "a1", "--moves", "9", "--N", "1,2", "--csv", "-")
    assert out.splitlines()[0] == "N,wrt,value,derivative,elasticity,difference,reason"
    run(capsys, "gain", "--mu", "1:5:3", "--delta", "0.3", "--json", str(tmp_path / "s.json"))
    assert json.loads((tmp_path / "s.json").read_text())["dims"]["mu"] == 3


def test_a_box_on_the_command_line(capsys):
    pytest.importorskip("SALib", reason="the extra global is not installed")
    out = run(capsys, "final_mu", "--box", "constants", "--samples", "32", "--moves", "20")
    assert "total" in out and "a2" in out


@pytest.mark.parametrize(
    "argv", [["gian"], ["final_mu", "--latex"], ["final_mu", "--interactions"], ["gain", "--wrt", "x"]]
)
def test_errors_take_one_line(capsys, argv):
    assert main(["sensitivity", *argv]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


# --- pictures --------------------------------------------------------------------------------------------------------


def axes():
    return Figure(figsize=(3, 3)).subplots()


def test_a_tornado_has_its_largest_bar_on_top():
    ds = sensitivity.sensitivities("final_reliability", "principal-tr", moves=30)
    ax = plotting.plot_tornado(ds, axes(), most=5)
    widths = [abs(bar.get_width()) for bar in ax.patches]
    assert widths == sorted(widths) and len(widths) == 5
    assert widths[-1] == float(np.abs(ds.elasticity).max())


def test_sensitivity_over_time_is_drawn_and_labelled():
    ds = dm.tangents("principal-tr", wrt=["a1", "mu0"], moves=20)
    ax = plotting.plot_tangents(ds, axes())
    plotting.label_lines(ax)
    assert [text.get_text() for text in ax.texts] == ["$a_1$", "$\\mu_0$"]
    np.testing.assert_array_equal(ax.get_lines()[1].get_ydata(), ds.mu_tangent.sel(wrt="a1"))
    with pytest.raises(ValueError, match="lines have no colours"):
        plotting.plot_tangents(dm.tangents("principal-tr", moves=3), axes())
    with pytest.raises(ValueError, match="cannot draw the dimensions N"):
        plotting.plot_tangents(dm.tangents(N=[1, 2], wrt="a1", moves=3), axes())


def test_interactions_are_an_image():
    ds = dm.interactions("gain", wrt=["H", "rho", "N"], mu=3, delta=0.3)
    ax = plotting.plot_interactions(ds, axes())
    np.testing.assert_allclose(ax.images[0].get_array(), ds.interaction)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["$H$", "$\\rho$", "$N$"]
