"""Evaluation at labelled points: names, dimensions, errors."""

import numpy as np
import pytest
import xarray as xr

import deltamu as dm
from deltamu import symbols as sym


def test_names_symbols_formulas_and_expressions_are_quantities():
    at = {"mu": 5.0, "delta": 0.2}
    by_name = dm.evaluate("gain", **at).gain
    assert dm.evaluate(sym.gain, **at).gain == by_name
    assert dm.evaluate(dm.PUBLISHED["gain"], **at).gain == by_name
    assert dm.evaluate(sym.gain / 2, **at).expression == by_name / 2
    several = dm.evaluate(["gain", sym.gain * 2, "H"], **at)
    assert list(several) == ["gain", "expression_1", "H"]
    assert several.expression_1.attrs["long_name"] == "2*gain"


def test_a_formula_of_ones_own_takes_the_models_place():
    mine = dm.Formula(sym.N_eff, sym.N)
    assert dm.evaluate([mine, "score_accuracy"], N=4, gamma=0.5, mu=3, delta=1).score_accuracy == pytest.approx(
        float(dm.evaluate("score_accuracy", N=4, gamma=0, mu=3, delta=1).score_accuracy), rel=1e-15
    )


def test_sequences_become_dimensions_and_arrays_keep_theirs():
    ds = dm.evaluate("gain", mu=[1, 2, 3], delta=[0.1, 0.2], model=["published", "gated"])
    assert ds.gain.dims == ("model", "mu", "delta")
    assert ds.mu.attrs["units"] == "defects"
    pairs = dm.evaluate(
        "gain",
        mu=xr.DataArray([1.0, 2.0], dims="case", coords={"case": ["a", "b"]}),
        delta=xr.DataArray([0.1, 0.2], dims="case"),
    )
    assert pairs.gain.dims == ("case",)
    assert pairs.mu.dims == ("case",)
    np.testing.assert_array_equal(
        pairs.gain, [ds.gain.sel(model="published", mu=m, delta=d) for m, d in ((1, 0.1), (2, 0.2))]
    )


def test_a_swept_control_is_its_own_coordinate():
    ds = dm.evaluate(["N", "N_eff"], N=[0, 2])
    assert ds.N.values.tolist() == [0, 2]
    assert list(ds) == ["N_eff"]


def test_a_quantity_is_broadcast_over_all_that_is_swept():
    assert dm.evaluate("rho_eff", N=[0, 1, 2]).rho_eff.dims == ("N",)


def test_values_do_not_depend_on_the_block(monkeypatch):
    from deltamu.simulation import evaluate as evaluation

    mu = np.linspace(0.1, 40, 257)
    whole = dm.evaluate(["gain", "acceptance"], model="gated", mu=mu, delta=[0.1, 0.7])
    monkeypatch.setattr(evaluation, "BLOCK", 7)
    xr.testing.assert_identical(dm.evaluate(["gain", "acceptance"], model="gated", mu=mu, delta=[0.1, 0.7]), whole)


@pytest.mark.parametrize(
    ("quantity", "controls", "message"),
    [
        ("gian", {}, "unknown quantity 'gian': did you mean gain"),
        ("gain", {"delta": 1}, "gain depends on mu, which has no value"),
        (["rho_eff", "gain", "acceptance"], {"delta": 1}, "^gain depends on mu"),
        ("gain", {"mu": 1, "delta": 0}, r"delta = 0 is outside \(0, inf\)"),
        ("gain", {"mu": -1, "delta": 1}, r"mu = -1 is outside \[0, inf\)"),
        ("gain", {"mu": [1, float("nan")], "delta": 1}, "mu = nan is outside"),
        ("gain", {"mu": [], "delta": 1}, "mu is empty"),
        ("gain", {"mu": [[1, 2]], "delta": 1}, "mu is an array of 2 dimensions without names"),
        ("gain", {"mu": [[1], [1, 2]], "delta": 1}, r"mu = \[1\] is not a number"),
        ("gain", {"mu": "abc", "delta": 1}, r"mu = 'abc' is not a number: allowed is \[0, inf\)"),
        ("gain", {"mu": [1, None], "delta": 1}, "mu = None is not a number"),
        ("gain", {"mu": None, "delta": 1}, "mu = None is not a number"),
        ("gain", {"mu": {1: 2}, "delta": 1}, "mu is a dict: allowed is a number, a flat sequence or a DataArray"),
        ("gain", {"mu": {1, 2}, "delta": 1}, "mu is a set: allowed"),
        ("gain", {"mu": xr.Dataset({"x": 1}), "delta": 1}, "mu is a Dataset: allowed"),
        ("rho_eff", {"move": 1}, "unknown control 'move'"),
        ("rho_eff", {"H": xr.DataArray([0.1], dims="move")}, "H has a dimension 'move', a name that is taken"),
        ("rho_eff", {"H": xr.DataArray([0.1], dims="K")}, "H has a dimension 'K', a name that is taken"),
        ("rho_eff", {"A_lo": [0.1, 0.5]}, "A_lo = 0.5 is above A_hi = 0.4"),
        ([], {}, "no quantity to evaluate"),
        (sym.gain + dm.quantity("foo", "f", meaning="x", domain=sym.UNIT), {"mu": 1, "delta": 1}, "depends on foo"),
    ],
)
def test_bad_input_is_one_line(quantity, controls, message):
    with pytest.raises(dm.InputError, match=message) as error:
        dm.evaluate(quantity, **controls)
    assert "\n" not in str(error.value)


def test_conflicting_dimensions_are_named():
    short, long = xr.DataArray([0.1], dims="case"), xr.DataArray([0.1, 0.2], dims="case")
    with pytest.raises(dm.InputError, match="dimensions conflict: H has {'case': 1}; rho has {'case': 2}"):
        dm.evaluate("rho_eff", H=short, rho=long)
    left = xr.DataArray([0.1], dims="case", coords={"case": ["a"]})
    right = xr.DataArray([0.1], dims="case", coords={"case": ["b"]})
    with pytest.raises(dm.InputError, match="dimensions conflict"):
        dm.evaluate("rho_eff", H=left, rho=right)


def test_a_swept_bound_is_compared_point_by_point():
    ds = dm.evaluate("rho_eff", A_lo=[0.05, 0.1], A_hi=0.15)  # the default A_lo, which is above, plays no part
    assert ds.rho_eff.dims == ("A_lo",)
