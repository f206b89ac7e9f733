"""The model part of the page: every program that its loop calls, printed over one array of numbers, and their slots.

Nothing here is about a particular policy or model: which states drive the defect mass, which only follow it, and which
controls the path depends on are read off the symbols.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sympy import Symbol

from deltamu.codegen.printers import javascript
from deltamu.codegen.program import REPORT, MovePrograms, Program, move_programs, program
from deltamu.equilibria.field import SMOOTH, smooth_gain
from deltamu.errors import InputError
from deltamu.model import symbols as sym
from deltamu.model.formula import Formula, Model
from deltamu.model.policies import Move, Policy, one_move
from deltamu.model.quantities import Quantity, quantity
from deltamu.model.stochastic import stochastic
from deltamu.presentation.explorer.picture import picture
from deltamu.sensitivity.linearised import Linearised, linearised, start_of

RECORDED = (sym.expected_improvement, sym.gain, sym.acceptance, sym.efficiency, sym.cost)
HIDDEN_DEFECTS = Formula(
    quantity("hidden_defects", r"\mu_{\mathrm{h}}", meaning="expected defects that the oracle cannot see",
             domain=sym.NONNEGATIVE, unit="defects"),
    (1 - sym.r) * sym.mu,
    title="expected defects that the oracle cannot see",
    source="article's simulator, speed-quality plot",
)  # fmt: skip


@dataclass(frozen=True)
class Engine:
    """A policy in a model, as the page runs it.

    Attributes
    ----------
    move : Move
    programs : mapping of str to Program
        ``start``, ``before``, ``step`` (a move with all that is recorded), ``lean`` (a move of the driving states
        alone), ``follow`` (of the following states), ``report``, ``passed``, ``price``, ``drift``, ``picture`` (one
        candidate), ``draw`` (a stochastic move) where the model has one, and those of the tangents: ``rates``,
        ``slopes_before``, ``slopes`` (a move with its slopes) and ``report_slopes``.
    driving, following : tuple of Quantity
        States that the defect mass depends on, itself among them, and the others.
    path : frozenset of Quantity
        Controls that the path of the driving states depends on.
    used : frozenset of Quantity
        Controls that anything shown of a run depends on.
    """

    move: Move
    programs: Mapping[str, Program]
    driving: tuple[Quantity, ...]
    following: tuple[Quantity, ...]
    path: frozenset[Symbol]
    used: frozenset[Symbol]
    line: Linearised

    @property
    def name(self) -> str:
        """``policy_model`` as an identifier."""
        return re.sub(r"\W", "_", f"{self.move.policy.name}_{self.move.model.name}")

    def facts(self, slots: Mapping[str, int]) -> dict[str, Any]:
        """What the loop has to know besides the functions, as plain data."""
        after = dict(zip(self.move.state, self.move.after, strict=True))
        reads = {*self.programs["report"].inputs}

        def moved(states: Iterable[Quantity]) -> list[list[int]]:
            return [[slots[s.name], slots[f"{s.name}_start"], slots[after[s].name]] for s in states]

        policy = self.move.policy.free_symbols
        return {
            "policy": self.move.policy.name,
            "model": self.move.model.name,
            "state": moved(self.move.state),
            "driving": moved(self.driving),
            "following": moved(self.following),
            "seen": [slots[s.name] for s in self.driving if s != sym.mu and s in reads],
            "halts": not self.following and {*self.programs["passed"].inputs} - {*self.driving} <= self.path,
            "falls": self._pass_probability_falls(reads),
            "steady": not {*self.programs["price"].inputs} & {sym.t, *self.move.state},
            "timeless": not any(sym.t in self.programs[name].inputs for name in ("lean", "follow")),
            "bounded": policy >= {sym.delta_min, sym.delta_max},
            "radius": slots[after[sym.delta].name],
            "blind": self._radius_is_blind(),
            "sets": [[s.name, slots[s.name]] for s in self.move.policy.state],
            "heeds": self._heeds(),
            "path": sorted(s.name for s in self.path),
            "used": sorted(s.name for s in self.used),
            "tangents": self._tangents(slots),
        }

    def _tangents(self, slots: Mapping[str, int]) -> dict[str, Any]:
        """Where each slope and each rate stands; a number that is the same everywhere as itself, in brackets."""
        after = dict(zip(self.line.move.state, self.line.move.after, strict=True))

        def place(value: Any) -> int | list[float]:
            return slots[value.name] if isinstance(value, Symbol) else [float(value)]

        def row(slopes: Mapping[Symbol, Any]) -> list[list[Any]]:
            return [[symbol.name, place(value)] for symbol, value in slopes.items()]

        return {
            "states": [s.name for s in self.move.state],
            "starts": {s.name: row(self.line.rates.get(start_of(s), {})) for s in self.move.state},
            "slopes": {s.name: row(self.line.slopes[after[s]]) for s in self.move.state},
            "rates": {source.name: row(rates) for source, rates in self.line.rates.items()},
            "passing": row(self.line.report_slopes[sym.pass_probability]),
        }

    def _heeds(self) -> list[str]:
        """What the policy reads of a move, in the words of the model's formulas."""
        read = self.move.policy.free_symbols
        own = {formula.symbol for formula in self.move.policy.formulas}
        titles = [f.title for f in self.move.model if f.symbol in read and f.symbol not in own]
        return [sym.mu.meaning, *titles] if sym.mu in read else titles

    def _radius_is_blind(self) -> bool:
        """Whether the radius follows from itself, the parameters and the number of the move alone."""
        after = dict(zip(self.move.state, self.move.after, strict=True))
        reads = program("radius", self.move.model, [after[sym.delta]]).inputs
        return not {*reads} & ({*self.move.state} - {sym.delta})

    def _pass_probability_falls(self, states: set[Symbol]) -> bool:
        """Whether the pass probability falls, or stays, with every state that it reads."""
        passing = self.move.model.expand(sym.pass_probability)
        read = passing.free_symbols & states & {*self.move.state}
        return all(passing.diff(state).is_nonpositive for state in read)


def engine(policy: Policy, model: Model) -> Engine:
    """The programs that the page needs to run a policy in a model.

    Examples
    --------
    >>> from deltamu import PLANNER, PUBLISHED
    >>> planned = engine(PLANNER, PUBLISHED)
    >>> planned.driving, planned.following  # the published move never asks the oracle
    ((mu, delta, H), (r,))
    >>> sorted(map(str, planned.used - planned.path))
    ['dr', 'r', 'target', 'w_generate', 'w_review']
    """
    move = one_move(policy, model)
    after = dict(zip(move.state, move.after, strict=True))
    parts = move_programs(move, RECORDED)
    driving, following = _split(move)
    made = dict(zip(("start", "before", "step", "report"), parts, strict=True))
    made["lean"] = _reduced(move, parts, "lean", [after[s] for s in driving])
    made["follow"] = _reduced(move, parts, "follow", [after[s] for s in following])
    reported = model.replace(HIDDEN_DEFECTS, name=model.name)
    made["report"] = program("report", reported, (*REPORT, HIDDEN_DEFECTS.symbol))
    made["passed"] = program("passed", model, [sym.pass_probability])
    made["price"] = program("price", model, [sym.cost])
    gained = move.model.replace(smooth_gain(model), name=model.name)
    made["drift"] = program("drift", gained, [SMOOTH], given=parts.before.outputs)
    made["picture"] = picture(move.model)
    made |= _stochastic(policy, model, parts)
    line = linearised(policy, model)
    made |= _linear(line)
    starts = dict(zip(move.state, move.initial, strict=True))
    whole = program("path", move.model, [after[s] for s in driving])
    path = set(whole.inputs).union(*(starts[s].free_symbols for s in driving)) - {*driving, sym.t}
    path |= {s for state in driving for s in starts[state].free_symbols}
    used = move.controls | {sym.target}
    return Engine(move, made, driving, following, frozenset(path), frozenset(used), line)


def _split(move: Move) -> tuple[tuple[Quantity, ...], tuple[Quantity, ...]]:
    """States that the defect mass depends on, in the end, and those that only follow."""
    after = dict(zip(move.state, move.after, strict=True))

    def reads(state: Quantity) -> set[Quantity]:
        return set(program("one", move.model, [after[state]]).inputs) & set(move.state)

    driving = {sym.mu}
    while grown := set().union(*(reads(state) for state in driving)) - driving:
        driving |= grown
    following = [state for state in move.state if state not in driving]
    if any(reads(state) & driving for state in following):  # a follower of the driving states has to run with them
        return move.state, ()
    return tuple(s for s in move.state if s in driving), tuple(following)


def _reduced(move: Move, parts: MovePrograms, name: str, outputs: list[Quantity]) -> Program:
    """The loop body for some of the states only."""
    return program(name, move.model, outputs, given=parts.before.outputs)


def _stochastic(policy: Policy, model: Model, parts: MovePrograms) -> dict[str, Program]:
    """One stochastic move, where the model has one."""
    try:
        law = stochastic(model)
    except InputError:
        return {}
    move = one_move(policy, law)
    outputs = (sym.accepted, *move.after)
    return {"draw": program("draw", move.model, outputs, given=parts.before.outputs)}


def _linear(line: Linearised) -> dict[str, Program]:
    """A move with its slopes, and the rates of what it reads along the parameters."""
    wanted = [after for state, after in zip(line.move.state, line.move.after, strict=True) if state in _shown(line)]
    slopes = {slope for after in wanted for slope in line.slopes[after].values() if slope.is_Symbol}
    parts = move_programs(line.move, sorted(slopes, key=str))
    outputs = [*wanted, *sorted(slopes - {*parts.before.outputs, *line.move.state}, key=str)]
    return {
        "starts": line.starts,
        "rates": line.coefficients,
        "slopes_before": parts.before,
        "slopes": program("slopes", line.move.model, outputs, given=parts.before.outputs),
        "report_slopes": line.report,
    }


def _shown(line: Linearised) -> tuple[Quantity, ...]:
    """The states of a run without the cost so far, which is linearised besides."""
    return (sym.mu, *line.move.policy.state)


def slots_of(engines: Iterable[Engine]) -> dict[str, int]:
    """A place in the page's array for every symbol that a program reads or writes, parameters first."""
    names = [symbol.name for symbol in (*sym.PARAMETERS, *sym.STATE, *sym.DRAWS)]
    for one in engines:
        for part in one.programs.values():
            names += [symbol.name for symbol in (*part.inputs, *part.outputs)]
    return {name: index for index, name in enumerate(dict.fromkeys(names))}


def generated(engines: Iterable[Engine], slots: Mapping[str, int]) -> str:
    """JavaScript: the special functions, the programs of all engines, and a table of them."""
    engines = list(engines)
    named = [
        replace(part, name=f"{name}_{one.name}") for one in engines for name, part in one.programs.items()
    ]  # fmt: skip
    entries = []
    for one in engines:
        functions = ", ".join(f"{name}: {name}_{one.name}" for name in one.programs)
        entries.append(f'  "{one.move.policy.name} {one.move.model.name}": {{ {functions} }},')
    table = "\n".join(["const PROGRAMS = {", *entries, "};"])
    return f"{javascript(named, slots=slots)}\n\n{table}\n"
