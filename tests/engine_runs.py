"""One move of an engine against one of NumPy, everywhere in the domain: what the tests of engines share."""

import json
from pathlib import Path

import domains
import numpy as np
import pytest
import sympy
from sympy import Piecewise

import deltamu as dm
from deltamu import symbols as sym
from deltamu.codegen.engines import compile_run

TOLERANCE = 1e-12
CASES = json.loads((Path(__file__).parent / "reference" / "cases.json").read_text())["trajectories"]
TRAJECTORIES = pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['name']}-{case['model']}")
GREEDY = dm.Policy(
    "greedy", {sym.delta: sym.delta0, sym.H: sym.H},
    {
        sym.delta: Piecewise(
            (sym.delta * sym.alpha ** (sym.A_lo - sym.acceptance), sym.mu > 1), (sym.delta_min, True)
        ),
        sym.H: sympy.Min(sym.H * sympy.exp(sym.dH), sympy.Abs(sym.plan_cap)),
    },
)  # fmt: skip


def everywhere(move, size):
    """Controls of a run from the whole of their domains."""
    return domains.everywhere(move.controls | {sym.target}, np.random.default_rng(8), size, counts=5)


def recorded(move):
    wanted = (
        *move.state,
        *(
            formula.symbol
            for formula in move.model
            if formula.symbol not in (sym.cost, sym.efficiency, *move.after[1:])
        ),
    )
    return tuple(dict.fromkeys(wanted))


def run_of(engine, move, values, size, moves):
    symbols = recorded(move)
    record = {s.name: np.empty((moves, size)) for s in symbols}
    return compile_run(engine, move, symbols)(values, size, moves, record), record


def sizes(values, known):
    """Sizes of the terms that cancel, and of what their rounding does to what comes after."""
    point = values | known
    benefit = point["a1"] * known["rho_eff"] * known["delta"] * known["mu"] / (known["mu"] + point["b"])
    harm = np.abs(benefit - known["mu_Delta"])
    spread = known["sigma_Delta"] * known.get("visible_spread", 1.0)
    terms = benefit + harm + (np.abs(known["selection_intensity"]) + 1) * known["score_accuracy"] * known["sigma_Delta"]
    found = dict.fromkeys(known, 0.0) | {"mu_Delta": benefit + harm, "expected_improvement": terms}
    found |= {"variance_reduction": 1.0, "selection_intensity": 1.0, "selection_variance": 1.0}
    with np.errstate(all="ignore"):
        if "acceptance_margin" in known:
            margin = np.where(spread > 0, np.sqrt(point["r"]) * terms / spread, 0.0)
            found["acceptance_margin"] = margin
            loss = 1 + margin * (2 + np.minimum(np.abs(known["acceptance_margin"]), 40))
        else:
            loss = 1 + np.where(known["sigma_tot"] > 0, terms / known["sigma_tot"], 0.0)
    found["acceptance"] = known["acceptance"] * loss
    gain = terms + known["sigma_Delta"] + np.abs(known.get("visible_gain", 0.0)) * loss
    gain = gain + np.abs(known["expected_improvement"]) * found["acceptance"]
    for name in ("gain", "hidden_gain", "visible_gain"):
        found[name] = gain
    found["mu_next"] = known["mu"] + gain
    for name, rate in (
        ("pass_probability", point["r"]),
        ("reliability", 1.0),
        ("false_pass_probability", 1 - point["r"]),
    ):
        found[name] = rate * found["mu_next"] * np.exp(-rate * known["mu_next"]) + 1e-300
    return found


def assert_the_same(got, want, values):
    """Within `TOLERANCE` of the sizes of what cancels, wherever no comparison hangs on a rounding."""
    (ran, record), (other, reference) = got, want
    known = {name: rows[0] for name, rows in reference.items()}
    size = sizes(values, known)
    tie = np.zeros(known["mu"].shape, dtype=bool)
    for end in ("A_lo", "A_hi"):
        if end in values:
            tie |= np.abs(known["acceptance"] - values[end]) < 1e-9
    tie |= np.abs(known["gain"]) <= TOLERANCE * size["gain"]
    for name, rows in record.items():
        mine, theirs = rows[0], known[name]
        scale = np.maximum(np.abs(theirs), size[name])
        with np.errstate(invalid="ignore"):
            wrong = ~((mine == theirs) | (np.abs(mine - theirs) <= TOLERANCE * scale + 1e-300))
        steered = (name.endswith("_next") and name != "mu_next") or name == "delta_proposed"
        assert not (wrong & ~(tie & steered)).any(), (name, mine[wrong][:3], theirs[wrong][:3])
    near = np.abs(np.log(np.maximum(known["pass_probability"], 1e-300)) - np.log(values["target"])) < 1e-9
    assert ((ran.moves_to_target == other.moves_to_target) | near).all()
    for name in other.crossing:
        crossed = (other.moves_to_target == 1) & ~near & ~tie
        np.testing.assert_allclose(ran.crossing[name][crossed], other.crossing[name][crossed],
                                   rtol=1e-9, atol=1e-9 * (1 + values["mu0"].max()))  # fmt: skip


def follow(case, engine):
    """A run of the independent 40-digit computation, through an engine."""
    ds = dm.simulate(policy=case["policy"], model=case["model"], moves=150, engine=engine, **case["params"])
    want = case["moves_to_target"]
    assert float(ds.moves_to_target) == (np.inf if want is None else want)
    for move, row in case["rows"].items():
        for name in row.keys() - {"scale"}:
            size = max(abs(row[name]), row["scale"] if name in ("expected_improvement", "gain") else 0.0)
            assert abs(float(ds[name].sel(move=int(move))) - row[name]) <= 1e-10 * size, (move, name)
