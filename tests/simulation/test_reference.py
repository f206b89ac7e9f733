"""Every value of the independent 40-digit computation, through the compiled functions."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

import deltamu as dm

CASES = json.loads((Path(__file__).parents[1] / "reference" / "cases.json").read_text())
MODELS = {"published": dm.PUBLISHED, "gated": dm.GATED}
SCALED = {"expected_improvement", "gain"}


def assert_agrees(name, got, want, scale, tolerance, tail=False):
    """|got - want| <= tolerance * max(|want|, scale), where scale counts for what cancels only."""
    want = math.inf if want is None else want
    if want == got:
        return
    allowed = (1e-9 if tail else tolerance) * max(abs(want), scale if name in SCALED and not tail else 0.0)
    assert abs(got - want) <= allowed, f"{name}: {got!r}, not {want!r}"


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("case", CASES["formula_points"], ids=lambda case: str(case["params"]))
def test_formula_points(case, model):
    want = dict(case[model])
    scale = want.pop("scale")
    ds = dm.evaluate([*want, "reliability"], model=model, mu=case["mu"], delta=case["delta"], **case["params"])
    deep = False
    if model == "gated":
        deep = (
            float(
                dm.evaluate(
                    "acceptance_margin", model=model, mu=case["mu"], delta=case["delta"], **case["params"]
                ).acceptance_margin
            )
            < -8
        )
    for name, value in want.items():
        assert_agrees(name, float(ds[name]), value, scale, 1e-12, tail=deep and name in ("gain", "acceptance"))


@pytest.mark.parametrize("case", CASES["trajectories"], ids=lambda case: f"{case['name']}-{case['model']}")
def test_trajectories(case):
    ds = dm.simulate(policy=case["policy"], model=case["model"], moves=150, **case["params"])
    assert_agrees("moves_to_target", float(ds.moves_to_target), case["moves_to_target"], 0, 0)
    for move, row in case["rows"].items():
        scale = row["scale"]
        for name, want in row.items():
            if name != "scale":
                assert_agrees(name, float(ds[name].sel(move=int(move))), want, scale, 1e-10)


def test_defaults_constants_and_presets_are_the_reference_ones():
    defaults = dm.Settings()
    assert {name: defaults[name] for name in CASES["defaults"]} == CASES["defaults"]
    assert {name: defaults[name] for name in CASES["constants"]} == CASES["constants"]
    for name, values in CASES["presets"].items():
        preset = dm.PRESETS[name]
        assert {"policy": preset.policy.name, **{key: preset[key] for key in values if key != "policy"}} == values


def test_floors_are_rest_points_of_the_published_improvement():
    for case in CASES["floors"]:
        if case["floor"]:
            at = np.array([1 - 1e-7, 1, 1 + 1e-7]) * case["floor"]
            below, on, above = dm.evaluate(
                "expected_improvement", mu=at, delta=case["delta"], **case["params"]
            ).expected_improvement.values
            assert below < 0 < above and abs(on) < 1e-10 * case["delta"]
