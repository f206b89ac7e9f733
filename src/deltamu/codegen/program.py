"""Straight-line programs: inputs, formulas in order, outputs.  NumPy, JavaScript and text all print the same ones.

A move is split here at the loop: what is the same in every move is computed once, before it.  The split follows from
the dependencies; nobody writes it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sympy import Symbol

from deltamu.errors import InputError
from deltamu.model import symbols as sym
from deltamu.model.formula import Formula, Model
from deltamu.model.policies import Move

REPORT = (sym.pass_probability, sym.false_pass_probability, sym.reliability)
_ORDER = {symbol: index for index, symbol in enumerate((sym.t, sym.mu, sym.delta, *sym.PARAMETERS))}


@dataclass(frozen=True)
class Program:
    """A function as data.

    Parameters
    ----------
    name : str
        What the generated function is called.
    inputs : tuple of Symbol
        Its arguments.
    formulas : tuple of Formula
        Its lines, each in inputs and lines before it.
    outputs : tuple of Symbol
        What it returns.

    Raises
    ------
    InputError
        A line or an output uses a symbol that is neither an input nor a line before it.

    Examples
    --------
    >>> from deltamu import PUBLISHED, symbols as sym
    >>> print(program("candidates", PUBLISHED, [sym.K_eff]))
    candidates(H, K, N, K_r, tau):
        K_prime = K + N*K_r
        K_eff = 1 + (K_prime - 1)*(1 - tau*H)
        return K_eff
    """

    name: str
    inputs: tuple[Symbol, ...]
    formulas: tuple[Formula, ...]
    outputs: tuple[Symbol, ...]

    def __post_init__(self) -> None:
        known = set(self.inputs)
        for formula in self.formulas:
            self._require(formula.printed.free_symbols, known, f"formula {formula.name}")
            known.add(formula.symbol)
        self._require(set(self.outputs), known, f"{self.name}'s result")

    def _require(self, used: set[Symbol], known: set[Symbol], user: str) -> None:
        if unbound := sorted(map(str, used - known)):
            raise InputError(f"{user} uses {', '.join(unbound)}, which has no value here")

    def latex(self) -> str:
        """The lines as aligned equations."""
        return Model(self.name, self.formulas).latex()

    def __str__(self) -> str:
        lines = [*map(str, self.formulas), f"return {', '.join(map(str, self.outputs))}"]
        return "\n".join([f"{self.name}({', '.join(map(str, self.inputs))}):", *(f"    {line}" for line in lines)])


def program(name: str, model: Model, outputs: Iterable[Symbol], *, given: Iterable[Symbol] = ()) -> Program:
    """The program that computes `outputs`: the formulas that they need, and as inputs what no formula defines.

    Parameters
    ----------
    name : str
    model : Model
    outputs : iterable of Symbol
    given : iterable of Symbol
        Left sides that need not be computed, since they are inputs.
    """
    outputs = tuple(outputs)
    formulas = model.program(outputs, given=given)
    defined = {formula.symbol for formula in formulas}
    used: set[Symbol] = set(outputs).union(*(formula.printed.free_symbols for formula in formulas))
    return Program(name, ordered(used - defined), formulas, outputs)


def ordered(symbols: Iterable[Symbol]) -> tuple[Symbol, ...]:
    """Inputs in their usual order: the state, then the parameters, then what formulas define."""
    return tuple(sorted(symbols, key=lambda symbol: (_ORDER.get(symbol, len(_ORDER)), symbol.name)))


def split(name: str, model: Model, outputs: Iterable[Symbol], varying: Iterable[Symbol]) -> tuple[Program, Program]:
    """Two programs for `outputs`: what does not depend on `varying` is computed once, by the first.

    The second, `name`, computes the rest, and takes the results of the first among its inputs.

    Examples
    --------
    >>> from deltamu import PUBLISHED
    >>> once, each = split("move", PUBLISHED, [sym.score_accuracy], [sym.mu])
    >>> once.outputs, each.inputs
    ((N_eff,), (mu, delta, H, s0, b, kappa1, sigma_r, N_eff))
    """
    outputs = tuple(outputs)
    changing = model.depending(varying)
    whole = model.program(outputs)
    body = tuple(formula for formula in whole if formula.symbol in changing)
    used = set(outputs).union(*(formula.printed.free_symbols for formula in body))
    fixed = tuple(formula.symbol for formula in whole if formula.symbol in used - changing)
    inputs = ordered(used - {formula.symbol for formula in body} - {*fixed}) + fixed
    return program("before", model, fixed), Program(name, inputs, body, outputs)


@dataclass(frozen=True)
class MovePrograms:
    """A run in four programs.

    Attributes
    ----------
    start : Program
        The state before the first move, from the settings.
    before : Program
        What is the same in every move.
    step : Program
        One move: the loop body.  Its outputs are the recorded quantities, then the state after the move.
    report : Program
        Pass probability, false-pass probability and reliability in a state.
    """

    start: Program
    before: Program
    step: Program
    report: Program

    def __iter__(self):
        return iter((self.start, self.before, self.step, self.report))

    def __str__(self) -> str:
        return "\n\n".join(map(str, self))


def move_programs(move: Move, recorded: Iterable[Symbol] = ()) -> MovePrograms:
    """Split a move at the loop.

    Parameters
    ----------
    move : Move
    recorded : iterable of Symbol
        Left sides of the model, or controls, that each move is to return besides the state after it.

    Examples
    --------
    >>> from deltamu import PUBLISHED, VIBE, one_move
    >>> programs = move_programs(one_move(VIBE, PUBLISHED))
    >>> print(programs.start)
    start(delta0, mu0):
        mu_start = mu0
        delta_start = delta0
        return mu_start, delta_start
    >>> programs.before.outputs
    (rho_eff, N_eff, selection_intensity)
    """
    starts = tuple(
        Formula(sym.quantity(f"{s}_start", f"{s.latex}_0", meaning=s.meaning, domain=s.domain), expr)
        for s, expr in zip(move.state, move.initial, strict=True)
    )
    start = program("start", Model("start", starts), [formula.symbol for formula in starts])
    before, step = split("step", move.model, (*recorded, *move.after), {*move.state, sym.t, *sym.GIVEN})
    return MovePrograms(start, before, step, program("report", move.model, REPORT))
