"""Pictures of fits: what is drawn is what the datasets hold."""

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

import deltamu as dm
from deltamu.calibration import first_pass_curves
from deltamu.calibration.public import public_log
from deltamu.design import levers
from deltamu.presentation import plotting

LDB = public_log("ldb")
MBPP = LDB[LDB.run.str.startswith("mbpp/")]


@pytest.fixture(scope="module")
def fitted():
    return dm.fit(LDB[LDB.run == "mbpp/gpt-3.5-turbo-0613"])


@pytest.fixture(scope="module")
def curves():
    return first_pass_curves(dm.fit(MBPP, intervals=0))


@pytest.fixture
def ax():
    with matplotlib.rc_context(plotting.STYLE):
        yield Figure(figsize=(3.2, 2.4)).subplots()


# --- data ------------------------------------------------------------------------------------------------------------
def test_curves_are_the_counts_of_the_log_and_of_the_law(curves):
    rows = MBPP[MBPP.run == "mbpp/starcoder"]
    passed = rows[rows.visible == "1"].groupby("attempt")["count"].sum().reindex(range(10), fill_value=0)
    np.testing.assert_allclose(curves.passed_seen.sel(run="mbpp/starcoder"), passed.cumsum() / rows["count"].sum())
    fit = dm.fit(MBPP, intervals=0)
    right, wrong = (float(fit.expected.sel(run="mbpp/starcoder", cell=f"pass 0 {what}")) for what in ("right", "wrong"))
    assert float(curves.right.sel(run="mbpp/starcoder", attempt=0)) == pytest.approx(right / (right + wrong))
    assert float(curves.passed.sel(run="mbpp/starcoder", attempt=0)) == pytest.approx((right + wrong) / 500)


def test_bands_hold_the_law_and_narrow_with_their_level(curves):
    fit = dm.fit(MBPP, intervals=0)
    narrow = first_pass_curves(fit, level=0.5)
    assert ((curves.passed_lower <= curves.passed) & (curves.passed <= curves.passed_upper)).all()
    assert (narrow.passed_upper - narrow.passed_lower < curves.passed_upper - curves.passed_lower).all()
    sd = np.sqrt(float(curves.passed[0, 0]) * (1 - float(curves.passed[0, 0])) / 500)
    width = float(curves.passed_upper[0, 0] - curves.passed_lower[0, 0])
    assert 2 * 1.645 * sd < width < 2 * 1.645 * sd * np.sqrt(2) * 1.2  # sampling, and as much from the estimate at most
    np.testing.assert_array_equal(first_pass_curves(fit).passed_lower, curves.passed_lower)


def test_other_logs_have_no_such_curves(fitted):
    counts = dm.calibration.plain_table([[5, 3, 2]], [f"{c} of 2 right" for c in range(3)])
    with pytest.raises(dm.InputError, match="only logs of first passes"):
        first_pass_curves(dm.fit(counts, "samples", intervals=0))
    with pytest.raises(dm.InputError, match=r"level = 1 is outside \(0, 1\)"):
        first_pass_curves(fitted, level=1)


# --- pictures --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["passed", "right"])
def test_lines_are_the_law_and_marks_what_was_seen(curves, ax, name):
    draw = {"passed": plotting.plot_first_passes, "right": plotting.plot_right_passes}[name]
    lines = draw(curves, ax).get_lines()
    for i in range(3):
        np.testing.assert_array_equal(lines[2 * i].get_ydata(), curves[name][i])
        np.testing.assert_array_equal(lines[2 * i + 1].get_ydata(), curves[f"{name}_seen"][i])
        assert lines[2 * i].get_label() == curves.run.values[i]
    ax.figure.draw_without_rendering()


def test_cells_and_the_largest_residual_are_drawn(fitted, ax):
    plotting.plot_cells(fitted, ax)
    np.testing.assert_array_equal(ax.get_lines()[1].get_xdata(), fitted.expected[0])
    np.testing.assert_array_equal(ax.get_lines()[1].get_ydata(), fitted.observed[0])
    cell = str(fitted.cell.values[np.abs(fitted.residual.values[0]).argmax()])
    assert ax.texts[0].get_text().startswith(cell)
    ax.figure.draw_without_rendering()


def test_laws_stand_from_best_to_worst(ax):
    ds = dm.compare_fits(MBPP, ["repair", "retry", "power_law"], splits=2)
    plotting.plot_laws(ds, ax)
    np.testing.assert_array_equal(ax.get_lines()[0].get_xdata(), np.sort(ds.aic_difference))
    assert [label.get_text() for label in ax.get_yticklabels()][-1] == "power law" and len(ax.texts) == 3
    ax.figure.draw_without_rendering()


def test_a_profile_has_its_level(fitted, ax):
    ds = dm.profile(fitted, "r", points=9)
    plotting.plot_profile(ds, ax)
    np.testing.assert_array_equal(ax.get_lines()[0].get_ydata(), ds.likelihood_ratio)
    assert ax.get_lines()[1].get_ydata()[0] == float(ds.level_90) and ax.get_xlabel().startswith("r: ")
    ax.figure.draw_without_rendering()


def test_a_prediction_has_passes_and_the_right_ones_among_them(ax):
    others = MBPP[MBPP.run != "mbpp/starcoder"]
    ds = dm.predict(dm.fit(others, share=("c", "r"), intervals=0), MBPP[MBPP.run == "mbpp/starcoder"])
    plotting.plot_prediction(ds, ax)
    heights = [bar.get_height() for bar in ax.patches]
    np.testing.assert_array_equal(heights, [*ds.passes.values, *ds.expected_right.values])
    ax.figure.draw_without_rendering()


def test_levers_have_their_bars_and_shares(fitted, ax):
    ds = levers(fitted, draws=20)
    plotting.plot_levers(ds, ax)
    np.testing.assert_allclose(ax.get_lines()[0].get_xdata(), 100 * np.sort(ds.gain))
    assert "100%" in [text.get_text() for text in ax.texts]
    ax.figure.draw_without_rendering()
