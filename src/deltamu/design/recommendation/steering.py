"""What steers a control: the constants that its effect on a move passes through, read off the formulas.

A control of which all of them are invented is no recommendation: another invention would have chosen otherwise.
"""

from collections.abc import Collection, Iterable

from sympy import Add, Symbol

from deltamu.errors import InputError
from deltamu.model import symbols as sym
from deltamu.model.formula import Model
from deltamu.model.policies import Policy

STEERING = (sym.gamma, sym.rho, *sym.CONSTANTS)  # what may have been measured of a team and its edits


def steered_by(control: str, policy: Policy, model: Model) -> tuple[str, ...]:
    """Constants beside which a control stands on its way to the expected improvement of a move.

    Examples
    --------
    >>> from deltamu import PUBLISHED, VIBE
    >>> steered_by("N", VIBE, PUBLISHED), steered_by("K", VIBE, PUBLISHED), steered_by("target", VIBE, PUBLISHED)
    (('gamma', 'sigma_r', 'tau'), ('tau',), ())
    >>> "a1" in steered_by("delta0", VIBE, PUBLISHED)
    True
    """
    symbol = next(one for one in sym.CONTROLS if one.name == control)
    way: set[Symbol] = {symbol}
    rules = (*policy.initial, *policy.update)
    way |= {state for state, rule in rules if symbol in rule.free_symbols}
    beside: set[Symbol] = set()
    for formula in model.program([sym.expected_improvement]):
        moved = [term for term in Add.make_args(formula.printed) if term.free_symbols & way]
        if moved:
            way.add(formula.symbol)
            beside |= set().union(*(term.free_symbols for term in moved))
    return tuple(one.name for one in STEERING if one in beside and one != symbol)


def invented(
    names: Iterable[str], policy: Policy, model: Model, measured: Collection[str]
) -> dict[str, tuple[str, ...]]:
    """The controls that only invented constants steer, each with these constants.

    Examples
    --------
    >>> from deltamu import PUBLISHED, VIBE
    >>> invented(["N", "delta0"], VIBE, PUBLISHED, ["a1"])
    {'N': ('gamma', 'sigma_r', 'tau')}
    """
    steering = {name: steered_by(name, policy, model) for name in names if name not in (*measured, "policy")}
    return {name: found for name, found in steering.items() if found and not set(found) & set(measured)}


def refusal(control: str, constants: tuple[str, ...]) -> str:
    """Why a control is not recommended, and what would help."""
    verb = "is" if len(constants) == 1 else "are"
    remedy = "give reviewer verdicts" if sym.gamma.name in constants else f"measure {constants[0]}"
    return f"recommend cannot choose {control}: {', '.join(constants)} {verb} invented here; {remedy} or fix {control}"


def check_steered(names: Iterable[str], policy: Policy, model: Model, measured: Collection[str]) -> None:
    """Raise unless something that was measured steers each of these controls.

    Examples
    --------
    >>> from deltamu import PUBLISHED, VIBE
    >>> check_steered(["N"], VIBE, PUBLISHED, ["a1"])
    Traceback (most recent call last):
    deltamu.errors.InputError: recommend cannot choose N: gamma, sigma_r, tau are invented here; give reviewer ...
    """
    for control, constants in invented(names, policy, model, measured).items():
        raise InputError(refusal(control, constants))
