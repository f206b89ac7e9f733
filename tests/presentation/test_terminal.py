"""What long and short results look like on the terminal, and what is shown while they are computed."""

import io
import math
import re
import sys

import numpy as np
import pytest
import xarray as xr

import deltamu as dm
from deltamu import progress
from deltamu.presentation.cli import tables as terminal
from deltamu.presentation.cli.tables import BARS, MOST_ROWS, PIPE_WIDTH, sparkline
from deltamu.progress import tracked


class Screen(io.StringIO):
    """A terminal that a person reads."""

    def isatty(self):
        return True


@pytest.fixture
def standard_error_as_terminal(monkeypatch):
    """Makes standard error a terminal, from inside a test (between its phases the test runner sets it anew)."""

    def made():
        for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setattr(sys, "stderr", Screen())
        return sys.stderr

    return made


@pytest.fixture
def shown(capsys):
    """The lines that a result makes in a pipe."""

    def lines(part):
        terminal.show(part)
        out, err = capsys.readouterr()
        assert err == ""
        return [line.rstrip() for line in out.splitlines()]

    return lines


# --- sparklines ------------------------------------------------------------------------------------------------------


def test_a_curve_goes_from_its_least_to_its_greatest_value():
    assert sparkline(range(8)) == BARS
    assert sparkline([-3, 4, -3]) == "▁█▁"
    assert sparkline([7, 6, 5, 4, 3, 2, 1, 0]) == BARS[::-1]


@pytest.mark.parametrize("scale", [1e-300, 1.0, 1e300])
def test_a_curves_scale_does_not_matter(scale):
    assert sparkline(np.array([0, 1, 3, 7]) * scale) == "▁▂▄█"


@pytest.mark.parametrize("value", [0, 1, -2.5, 1e300])
def test_a_constant_is_a_flat_line(value):
    assert sparkline([value] * 5) == "▁▁▁▁▁"


def test_a_long_curve_is_thinned_and_keeps_both_ends():
    curve = sparkline(np.linspace(0, 1, 1000), width=20)
    assert len(curve) == 20
    assert (curve[0], curve[-1]) == ("▁", "█")
    assert list(curve) == sorted(curve)
    assert len(sparkline(range(40))) == len(sparkline(range(41))) == 40


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_not_finite_leaves_the_others_as_they_are(value):
    curve = sparkline([0, value, 7])
    assert (len(curve), curve[0], curve[-1]) == (3, "▁", "█")
    assert len(sparkline([value])) == 1


# --- results ---------------------------------------------------------------------------------------------------------


def test_one_run_is_its_outcome_and_its_curves(shown):
    ds = dm.simulate("principal-tr")
    lines = shown(terminal.simulation(ds))
    facts = dict(line.split() for line in lines[: lines.index("")])
    assert facts["policy"] == "trust-region"
    assert facts["model"] == "published"
    assert facts["status"] == ds.status.item()
    assert float(facts["mu_next"]) == pytest.approx(ds.mu_next[-1].item(), rel=1e-5)
    curves = {name: (first, curve, last) for name, first, curve, last in map(str.split, lines[lines.index("") + 1 :])}
    assert list(curves) == ["mu_next", "delta_t", "acceptance", "pass_probability", "reliability"]
    first, curve, last = curves["mu_next"]
    assert (float(first), float(last)) == pytest.approx((ds.mu_next[0].item(), ds.mu_next[-1].item()), rel=1e-5)
    assert curve == sparkline(ds.mu_next.to_numpy())


@pytest.mark.parametrize("keep", ["final", ["delta_t"]])
def test_a_run_shows_what_was_kept_of_it(shown, keep):
    text = "\n".join(shown(terminal.simulation(dm.simulate(moves=10, keep=keep))))
    assert "exhausted" in text
    assert ("mu_next" in text) == (keep == "final")
    assert ("▁" in text) == (keep != "final")


@pytest.mark.parametrize("keep", ["all", "final"])
def test_a_sweep_is_a_table_of_its_outcomes(shown, keep):
    ds = dm.simulate(moves=10, policy=["vibe", "planner"], N=[0, 2, 4], keep=keep)
    header, *rows = map(str.split, shown(terminal.simulation(ds)))
    assert header[:4] == ["policy", "N", "status", "moves_to_target"]
    assert [row[:2] for row in rows] == [[policy, n] for policy in ("vibe", "planner") for n in "024"]
    last = [float(row[header.index("mu_next")]) for row in rows]
    final = ds.mu_next if keep == "final" else ds.mu_next.isel(move=-1)
    assert last == pytest.approx(final.to_numpy().ravel().tolist(), rel=1e-5)


@pytest.mark.parametrize("rows", [1, MOST_ROWS, MOST_ROWS + 1, 3000])
def test_a_long_table_says_what_it_leaves_out(shown, rows):
    lines = shown(terminal.evaluation(dm.evaluate("K_eff", K=np.arange(1, rows + 1))))
    said = [line.strip() for line in lines if "rows" in line]
    assert said == ([f"{MOST_ROWS} of {rows} rows; --csv writes them all"] if rows > MOST_ROWS else [])
    numbers = [line.split()[0] for line in lines[1:] if "rows" not in line]
    assert numbers == [str(k) for k in range(1, min(rows, MOST_ROWS) + 1)]


def test_values_are_shown_as_they_are(shown):
    ds = xr.Dataset({"text": "[red]plain[/red]", "whole": 3, "small": 1.25e-12, "none": math.inf, "nan": math.nan})
    assert shown(terminal.evaluation(ds))[1].split() == ["[red]plain[/red]", "3", "1.25e-12", "inf", "nan"]


def test_a_pipe_gets_plain_lines_that_fit(shown):
    lines = shown(terminal.simulation(dm.simulate(moves=2, policy=["vibe", "planner"], model=["published", "gated"])))
    assert not any("\x1b" in line for line in lines)
    assert max(map(len, lines)) <= PIPE_WIDTH
    assert len(lines) == 5


@pytest.fixture
def shown_at(monkeypatch):
    """The lines that a result makes on a terminal of some width."""

    def lines(part, width):
        screen = Screen()
        monkeypatch.setattr(sys, "stdout", screen)
        for name, value in (("COLUMNS", str(width)), ("TERM", "xterm")):
            monkeypatch.setenv(name, value)
        terminal.show(part)
        plain = re.sub(r"\x1b\[[0-9;]*m", "", screen.getvalue())
        return [line.rstrip() for line in plain.splitlines()]

    return lines


@pytest.mark.parametrize("width", [40, 79, 80, 99, 100, 160])
def test_a_table_keeps_whole_names_and_numbers_on_a_terminal_of_any_width(shown_at, width):
    """It comes in blocks of columns that fit, and each block begins with what says which row it is."""
    ds = dm.simulate(moves=10, policy=["vibe", "planner"], N=[0, 2], keep="final")
    lines = shown_at(terminal.simulation(ds), width)
    assert max(map(len, lines)) <= width
    blocks = [block.splitlines() for block in "\n".join(lines).split("\n\n")]
    assert (len(blocks) > 1) == (width < 102)
    found = {}
    for header, *rows in (list(map(str.split, block)) for block in blocks):
        assert header[:2] == ["policy", "N"]
        assert [row[:2] for row in rows] == [[policy, n] for policy in ("vibe", "planner") for n in "02"]
        found |= dict(zip(header[2:], zip(*(row[2:] for row in rows), strict=True), strict=True))
    wide = shown_at(terminal.simulation(ds), 200)
    assert list(found) == wide[0].split()[2:]
    assert [list(row) for row in zip(*found.values(), strict=True)] == [line.split()[2:] for line in wide[1:]]


@pytest.mark.parametrize("width", [60, 80])
def test_interactions_keep_whole_names_on_a_narrow_terminal(shown_at, width):
    names = ["selection_intensity", "false_pass_probability", "score_accuracy", "acceptance"]
    values = np.arange(16.0).reshape(4, 4)
    ds = xr.Dataset({"interaction": (("x", "y"), values)}, coords={"x": names, "y": names})
    lines = shown_at(terminal.interactions(ds), width)
    assert max(map(len, lines)) <= width and "…" not in "".join(lines)
    for name, row in zip(names, values, strict=True):
        cells = " ".join(line.removeprefix(name) for line in lines if line.startswith(name + " ")).split()
        assert [float(cell) for cell in cells] == row.tolist()


@pytest.mark.parametrize("width", [50, 80, 160])
def test_a_tornado_keeps_its_numbers_on_a_narrow_terminal_and_says_what_is_missing_below(shown_at, width):
    ds = dm.sensitivities("N_eff", N=0, gamma=1)
    lines = shown_at(terminal.tornado(ds, "elasticity", ("derivative", "elasticity", "difference")), width)
    assert max(map(len, lines)) <= width
    rows = {line.split()[0]: line.split()[1:] for line in lines[2:4]}
    assert (rows["N"][0], rows["N"][-1]) == ("inf", "1") and rows["gamma"][0] == "0"
    notes = " ".join(lines[lines.index("") + 1 :])
    assert notes == " ".join(f"{name}: {ds.reason.sel(wrt=name).item()}" for name in rows if ds.reason.sel(wrt=name))
    assert "N: infinite slope" in notes


# --- progress --------------------------------------------------------------------------------------------------------


def work(units=20, **options):
    with tracked("working", units, **options) as advance:
        for _ in range(units):
            advance(1)


def test_nothing_is_shown_where_nobody_reads(capsys, monkeypatch):
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    work()
    work(show=False)
    assert capsys.readouterr() == ("", "")


def test_short_work_is_not_shown_on_a_terminal(standard_error_as_terminal):
    screen = standard_error_as_terminal()
    work()
    assert screen.getvalue() == ""


def test_long_work_is_shown_on_a_terminal_and_leaves_it_as_it_was(standard_error_as_terminal, monkeypatch):
    screen = standard_error_as_terminal()
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setattr(progress, "PERIOD", 0.0)
    work()
    out = screen.getvalue()
    assert "working" in out
    assert "100 %" in out
    assert out.rindex("\x1b[?25h") > out.rindex("\x1b[?25l")  # the cursor is back
    assert out.endswith("\x1b[2K")  # and the line is empty


def test_a_person_who_wants_none_has_none(standard_error_as_terminal, monkeypatch):
    screen = standard_error_as_terminal()
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    work(show=False)
    assert screen.getvalue() == ""


def test_a_forced_bar_is_shown_at_once(standard_error_as_terminal):
    screen = standard_error_as_terminal()
    work(show=True)
    assert "working" in screen.getvalue()


def test_the_bar_counts_all_units_also_those_between_two_looks(standard_error_as_terminal, monkeypatch):
    screen = standard_error_as_terminal()
    monkeypatch.setattr(progress, "PERIOD", 0.0)
    with tracked("working", 8, show=True) as advance:
        advance(1)
        monkeypatch.setattr(progress, "PERIOD", 3600.0)
        advance(2)
        monkeypatch.setattr(progress.time, "monotonic", lambda: math.inf)
        advance(3)
    percents = re.findall(r"(\d+) %", screen.getvalue())
    assert percents[-1] == "75"


@pytest.mark.parametrize("show", [True, False, None])
@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_an_interrupt_passes_through_and_the_bar_ends(standard_error_as_terminal, error, show):
    screen = standard_error_as_terminal()

    def broken_off():
        with tracked("working", 10, show=show) as advance:
            advance(1)
            raise error

    with pytest.raises(error):
        broken_off()
    out = screen.getvalue()
    assert out.count("\x1b[?25l") == out.count("\x1b[?25h") == (show is True)


def test_a_simulation_shows_a_bar_on_demand_and_the_same_numbers(standard_error_as_terminal):
    screen = standard_error_as_terminal()
    with_bar = dm.simulate(moves=5, progress=True)
    assert "simulating" in screen.getvalue()
    xr.testing.assert_identical(with_bar, dm.simulate(moves=5, progress=False))


def test_zero_has_no_sign(shown):
    table = xr.Dataset({"x": ("at", [-0.0, -1.5])})
    assert " ".join(shown(terminal.evaluation(table))).split() == ["at", "x", "0", "0", "1", "-1.5"]
    pairs = xr.Dataset({"interaction": (("x", "y"), [[-0.001, 0.25]])}, coords={"x": ["a"], "y": ["a", "b"]})
    assert " ".join(shown(terminal.interactions(pairs))).split() == ["a", "b", "a", "0.00", "0.25"]


def test_a_difference_that_is_none_leaves_a_gap(shown):
    ds = dm.sensitivities("gain", wrt=["H", "N"], mu=[2, 12], delta=0.2)
    assert "nan" not in " ".join(shown(terminal.tornado(ds, "elasticity", ("derivative", "difference"))))
