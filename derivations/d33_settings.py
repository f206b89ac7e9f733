"""D33  What was set and not derived: defaults, presets, and the schedules of the article's policies.

Statement
    Numbers are those of the article and of its published simulator, but for the defaults of overreach and prices, which
    it does not have.  The vibe policy multiplies its radius by d in
    every move; the planner raises prior and oracle to its cap at most, holds its radius meanwhile, and then decays.

Assumptions
    None: the first two claims read back what the package holds, so that a changed number is noticed.
"""

import numpy as np
import xarray as xr
from sympy import Dummy

from deltamu import symbols as sym
from deltamu.claims import argue, argued, assert_exact, assert_identity, close, definition, proved
from deltamu.model.policies import PLANNER, POLICIES, VIBE
from deltamu.model.settings import PRESETS, SCENARIOS

DEFAULTS = {
    "H": 0.6, "rho": 0.75, "r": 0.8, "delta0": 0.2, "K": 5, "N": 3, "gamma": 0.2, "K_r": 1, "mu0": 12, "target": 0.95,
    "decay": 0.98, "alpha": 1.3, "beta": 0.7, "A_lo": 0.2, "A_hi": 0.4, "delta_min": 0.01, "delta_max": 1,
    "T_plan": 20, "dH": 0.02, "dr": 0.01, "plan_cap": 0.95, "overreach": 0, "w_generate": 1, "w_review": 1,
    "a1": 0.9, "a2": 0.15, "s0": 0.4, "b": 4, "kappa1": 0.4, "kappa2": 0.3, "sigma_r": 0.35, "tau": 0.4,
}  # fmt: skip
PRESET_SETTINGS = {
    "noob-vibe": ("vibe", {"H": 0.2, "rho": 0.5, "r": 0.6, "delta0": 0.05, "decay": 0.995, "K": 1, "N": 0, "gamma": 0,
                           "K_r": 0, "target": 0.9, "mu0": 8}),
    "principal-tr": ("trust-region", {"H": 0.7, "rho": 0.8, "r": 0.85, "delta0": 0.25, "K": 6, "N": 4, "gamma": 0.25,
                                      "K_r": 1, "target": 0.95, "mu0": 15, "alpha": 1.4, "beta": 0.6, "A_lo": 0.25,
                                      "A_hi": 0.45}),
    "planner-spec": ("planner", {"H": 0.3, "rho": 0.75, "r": 0.4, "delta0": 0.4, "decay": 0.975, "K": 5, "N": 3,
                                 "gamma": 0.3, "K_r": 1, "target": 0.95, "mu0": 18, "T_plan": 30, "dH": 0.015,
                                 "dr": 0.012}),
}  # fmt: skip
SCENARIO_SETTINGS = {
    "legacy-refactor": {"mu0": 25, "target": 0.98, "r": 0.6, "H": 0.4},
    "greenfield": {"mu0": 6, "target": 0.9, "r": 0.9, "H": 0.8},
    "critical-system": {"mu0": 20, "target": 0.999, "N": 6, "gamma": 0.1, "K_r": 1},
    "rapid-prototype": {"mu0": 10, "target": 0.8, "delta0": 0.5, "K": 8, "N": 1},
}


@definition(
    "The defaults of controls and constants are the article's; those of overreach and prices, which it does not have, "
    "are no overreach and one price.",
    of="published",
)
def claim_defaults(model):
    assert_exact({symbol.name for symbol in sym.PARAMETERS} == DEFAULTS.keys(), "every parameter has a default")
    for symbol in sym.PARAMETERS:
        assert_exact(symbol.default == DEFAULTS[symbol.name], f"{symbol.name} = {DEFAULTS[symbol.name]}")


@definition("The presets and scenarios are the article's.", of="published")
def claim_presets(model):
    assert_exact(PRESETS.keys() == PRESET_SETTINGS.keys(), "there are three presets")
    for name, (policy, values) in PRESET_SETTINGS.items():
        assert_exact(PRESETS[name].policy.name == policy, f"{name} has the policy {policy}")
        for control, value in values.items():
            assert_exact(PRESETS[name][control] == value, f"{name}: {control} = {value}")
    assert_exact({name: dict(given) for name, given in SCENARIOS.items()} == SCENARIO_SETTINGS, "the scenarios")


def run_of(at, policy, moves, *kept):
    """A run from each point, as `simulate` makes it: arrays of moves by points."""
    from deltamu.simulation.simulate import simulate

    controls = {name: xr.DataArray(value, dims="case") for name, value in at.inputs.items()
                if name not in ("mu", "delta")}  # fmt: skip
    ds = simulate(policy=policy, model=at.model, moves=moves, keep=list(kept), **controls)
    return [ds[name].transpose("move", "case").to_numpy() for name in kept]


def decays_in_every_move(at):
    (radii,) = run_of(at, POLICIES["vibe"], 12, "delta_t")
    return close(radii, at.delta0 * at.decay ** np.arange(12)[:, None])


@proved(
    "The vibe policy has the radius delta0 d^t in move t.",
    about="mu_next pass_probability",
    of="published",
    holds=decays_in_every_move,
)
def claim_vibe(model):
    assert_identity(dict(VIBE.initial)[sym.delta], sym.delta0, "it starts at delta0")
    assert_identity(dict(VIBE.update)[sym.delta], sym.decay * sym.delta, "and each move multiplies it by d")


def plans_and_then_decays(at):
    """30 moves, with plans of up to 20 moves."""
    at = at.moved(T_plan=np.minimum(at.T_plan, 20.0))
    radii, priors, oracles = run_of(at, POLICIES["planner"], 30, "delta_t", "H_t", "r_t")
    t = np.arange(30)[:, None]
    planned = np.minimum(t, at.T_plan)
    return (
        close(priors, np.minimum(at.plan_cap, at.H + planned * at.dH), scale=1)
        & close(oracles, np.minimum(at.plan_cap, at.r + planned * at.dr), scale=1)
        & close(radii, at.delta0 * at.decay ** np.maximum(t - at.T_plan, 0))
    )


@argued(
    "The planner has H_t = min(cap, H + t dH) and r_t likewise while it plans, the cap of 0.95 acting from the first "
    "move; its radius is delta0 meanwhile, and delta0 d^(t - T_plan) afterwards.",
    about="mu_next pass_probability",
    of="published",
    holds=plans_and_then_decays,
)
def claim_planner(model):
    start, update = dict(PLANNER.initial), dict(PLANNER.update)
    more, room = Dummy("more", nonnegative=True), Dummy("room", positive=True)
    assert_exact(sym.plan_cap.default == 0.95, "the cap is 0.95")
    for control, rise in ((sym.H, sym.dH), (sym.r, sym.dr)):
        assert_identity(
            start[control].subs(control, sym.plan_cap + more), sym.plan_cap, f"{control} is cut off at first"
        )
        below = start[control].subs(sym.plan_cap, control + room)
        assert_identity(below, control, f"and {control} below the cap is left alone")
        planning = update[control].subs(sym.T_plan, sym.t + 1 + 3)
        assert_identity(planning.subs(sym.plan_cap, control + rise + room), control + rise, f"then {control} rises")
        assert_identity(planning.subs(control, sym.plan_cap - rise + more), sym.plan_cap, "up to the cap")
        assert_identity(update[control].subs(sym.T_plan, 0), control, "and stays when the plan is over")
    assert_identity(update[sym.delta].subs(sym.T_plan, sym.t + 4), sym.delta, "the radius is held while it plans")
    assert_identity(update[sym.delta].subs(sym.T_plan, 0), sym.decay * sym.delta, "and decays afterwards")
    argue("By induction: a sum that was cut off at the cap stays there, since the rises are not negative.")
