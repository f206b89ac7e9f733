"""The NumPy source of a run: programs as functions that return arrays, the loop's as one that writes into them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deltamu.codegen.buffers.operations import Choice, Operand, Operation, Registers, Statement, assigned, used
from deltamu.codegen.buffers.planning import Loop, Plan
from deltamu.codegen.compile import compile_program
from deltamu.codegen.program import Program

__all__ = ["Generated", "generated"]

OUTPUT = "{}_out"


@dataclass(frozen=True)
class Generated:
    """Source, and what has to be known to run it: names only.

    Attributes
    ----------
    source : str
        Functions ``start``, ``before``, ``again``, ``report``, ``move`` and ``recorded_move``.
    facts : dict
        Of JSON types.
    """

    source: str
    facts: dict[str, Any]


def generated(plan: Plan) -> Generated:
    """Generate the source of a run."""
    state = [symbol.name for symbol in plan.move.state]
    after = dict(zip(state, (symbol.name for symbol in plan.move.after), strict=True))
    programs = [plan.start, plan.before, plan.again, plan.report]
    loops, functions = {}, [compile_program(program).source for program in programs]
    for name, loop in (("move", plan.loop), ("recorded_move", plan.recording)):
        text, loops[name] = _function(name, loop, after.values())
        functions.append(text)
    return Generated(
        "\n\n".join(functions),
        {
            "state": state,
            "after": after,
            "scheduled": [symbol.name for symbol in plan.scheduled],
            "programs": {program.name: _names(program) for program in programs},
            "conditions": list(plan.conditions),
            "endless": plan.endless,
            "arrays": sorted(plan.arrays),
            "bound": plan.bound,
            "loops": loops,
        },
    )


def _names(program: Program) -> list[list[str]]:
    return [[symbol.name for symbol in program.inputs], [symbol.name for symbol in program.outputs]]


def _function(name: str, loop: Loop, after: Iterable[str] = ()) -> tuple[str, dict[str, Any]]:
    """One move as a function of inputs, outputs and registers.

    What is at hand already, as an input or another output, is no output but an alias, except among the states `after`.
    """
    statements = loop.statements
    computed = set(_all_results(statements))
    fixed: dict[str, str] = {}
    copied: list[tuple[str, Operand]] = []
    aliases: dict[str, Operand] = {}
    owner: dict[Operand, str] = {}
    for result, operand in loop.results.items():
        if operand in computed and operand not in fixed:
            fixed[str(operand)] = OUTPUT.format(result)
            owner[operand] = result
        elif result in after:
            copied.append((OUTPUT.format(result), operand))
        else:
            aliases[result] = owner.get(operand, operand)
    registers = assigned(statements, fixed)
    read = {one for statement in statements for one in used(statement)} | {o for _, o in copied if isinstance(o, str)}
    inputs = sorted(read - computed)
    own = [result for result in loop.results if result not in aliases]
    outputs = [OUTPUT.format(result) for result in own]
    scratch = [f"x{i}" for i in range(registers.numbers)] + [f"m{i}" for i in range(registers.truths)]
    body = [f"    {line}" for statement in statements for line in _lines(statement, registers)]
    body += [f"    copyto({out}, {_operand(operand, registers.place)})" for out, operand in copied]
    head = f"def {name}({', '.join([*inputs, *outputs, *scratch])}):"
    facts = {
        "inputs": inputs, "outputs": own, "aliases": aliases, "numbers": registers.numbers,
        "truths": registers.truths,
    }  # fmt: skip
    return "\n".join([head, *(body or ["    pass"])]) + "\n", facts


def _all_results(statements: Sequence[Statement]) -> Iterator[str]:
    for statement in statements:
        yield statement.result
        if isinstance(statement, Choice):
            yield from _all_results(statement.inner)


def _operand(operand: Operand, place: Mapping[str, str]) -> str:
    return place.get(operand, operand) if isinstance(operand, str) else repr(operand)


def _lines(statement: Statement, registers: Registers) -> Iterator[str]:
    """A statement as source."""
    place = registers.place
    note = f"  # {statement.note}" if statement.note else ""
    result = place[statement.result]
    if isinstance(statement, Operation):
        arguments = ", ".join(_operand(argument, place) for argument in statement.arguments)
        yield f"{statement.function}({arguments}, out={result}){note}"
        return
    condition, first, other = (_operand(o, place) for o in (statement.condition, statement.first, statement.other))
    if not statement.lazy:
        if other != result:
            yield f"copyto({result}, {other})"
        yield f"if {condition}.any():{note}"
        yield f"    put({result}, {condition}, {first})"
        return
    yield f"if not {condition}.all():{note}"
    for inner in statement.inner:
        for line in _lines(inner, registers):
            yield f"    {line}"
    yield f"    {result}[:] = where({condition}, {first}, {other})"
    if first != result:
        yield "else:"
        yield f"    copyto({result}, {first})"
