"""Numbers of every kind, and columns of a table that go together row by row."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import sympy

import deltamu as dm


@pytest.mark.parametrize("quarter", ["0.25", Decimal("0.25"), Fraction(1, 4), sympy.Rational(1, 4), np.float32(0.25)])
def test_numbers_of_every_kind(quarter):
    assert dm.evaluate("N_eff", N=4, gamma=quarter).N_eff.item() == dm.evaluate("N_eff", N=4, gamma=0.25).N_eff.item()
    assert dm.evaluate("N_eff", N=4, gamma=[quarter, 0.5]).gamma.values.tolist() == [0.25, 0.5]
    assert dm.Settings(gamma=quarter)["gamma"] == 0.25


@pytest.mark.parametrize(
    ("value", "offender"),
    [([0.1, "b"], "'b'"), (pd.array([0.5, None]), "<NA>"), ([0.1, True, "c"], "True"), ("half", "'half'")],
)
def test_the_offender_is_named(value, offender):
    with pytest.raises(dm.InputError, match=f"rho = {offender} is not a number"):
        dm.simulate(rho=value)


@pytest.mark.parametrize("name", [None, "case"])
def test_columns_of_a_table_go_together(name):
    table = pd.DataFrame({"rho": [0.1, 0.5, 0.9], "gamma": [0.3, 0.2, 0.1]}, index=pd.Index([7, 8, 9], name=name))
    ds = dm.simulate(rho=table["rho"], gamma=table["gamma"], moves=3, keep="final")
    assert dict(ds.sizes) == {name or "row": 3}
    for place, row in enumerate(table.itertuples()):
        alone = dm.simulate(rho=row.rho, gamma=row.gamma, moves=3, keep="final")
        assert ds.mu_next[place].item() == alone.mu_next.item()


def test_a_column_with_two_indices_is_refused():
    column = pd.Series([0.1, 0.2], index=pd.MultiIndex.from_tuples([(0, 1), (0, 2)]))
    with pytest.raises(dm.InputError, match="column of a table with 2 indices"):
        dm.simulate(rho=column)


def test_scenarios_are_settings_like_presets():
    given = dm.simulate(**dm.SCENARIOS["greenfield"], moves=3)
    np.testing.assert_array_equal(dm.simulate("greenfield", moves=3).mu, given.mu)
    with pytest.raises(dm.InputError, match="did you mean greenfield"):
        dm.simulate("greenfeld")


@pytest.mark.parametrize("call", [lambda: dm.simulate(K_r=1e308), lambda: dm.defect_floor(delta=1e155)])
def test_what_would_overflow_is_refused(call):
    with pytest.raises(dm.InputError, match="formulas would overflow"):
        call()
