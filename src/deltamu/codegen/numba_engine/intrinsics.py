"""What generated code needs of LLVM; imports numba, so only generated code imports it."""

import ast
import inspect
from collections.abc import Callable
from types import FunctionType
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

DOUBLE, SINGLE, WHOLE, SHORT = ir.DoubleType(), ir.FloatType(), ir.IntType(64), ir.IntType(32)
OF_NUMBERS = {ast.Add: "fadd", ast.Sub: "fsub", ast.Mult: "fmul", ast.Div: "fdiv"}
OF_WHOLES = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.BitAnd: "and_", ast.BitOr: "or_",
             ast.BitXor: "xor", ast.LShift: "shl", ast.RShift: "ashr"}  # fmt: skip
COMPARED = {ast.Lt: "<", ast.Gt: ">", ast.LtE: "<=", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}
CAST = {
    ("float64", SHORT): "sitofp", ("float64", WHOLE): "sitofp", ("float64", SINGLE): "fpext",
    ("float32", DOUBLE): "fptrunc", ("int32", DOUBLE): "fptosi", ("int32", WHOLE): "trunc", ("int64", SHORT): "sext",
}  # fmt: skip
KINDS = {"float64": DOUBLE, "float32": SINGLE, "int64": WHOLE, "int32": SHORT}


@intrinsic
def select(typing_context: Any, condition: Any, yes: Any, no: Any) -> Any:
    """yes if condition else no, both computed."""

    def generated(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.select(*arguments)

    return types.float64(types.boolean, types.float64, types.float64), generated


def straight(function: FunctionType) -> Callable[..., Any]:
    """A function of loops over straight lines, for numba to call: LLVM gets its lines without numba's long analysis.

    Its arguments are arrays and numbers, its lines those of `deltamu.codegen.numba_engine.lower.Lines`.
    """
    own = inspect.signature(function).parameters.values()

    def typed(typing_context: Any, *arguments: Any) -> Any:
        def generated(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            given = [
                context.make_array(kind)(context, builder, value).data if isinstance(kind, types.Array) else value
                for kind, value in zip(signature.args, values, strict=True)
            ]
            name = f"straight.{function.__module__}.{function.__name__}"
            made = builder.module.globals.get(name)
            builder.call(made or _defined(builder.module, name, function, given), given)
            return context.get_dummy_value()

        return types.void(*arguments), generated

    first = inspect.Parameter("typing_context", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    typed.__signature__ = inspect.Signature([first, *own])  # type: ignore[attr-defined]
    typed.__name__ = function.__name__
    return intrinsic(typed)


def _defined(module: Any, name: str, function: FunctionType, given: list[Any]) -> Any:
    """The function in LLVM's language; its arrays do not overlap."""
    (tree,) = ast.parse(inspect.getsource(function)).body
    assert isinstance(tree, ast.FunctionDef)
    names = [argument.arg for argument in tree.args.args]
    made = ir.Function(module, ir.FunctionType(ir.VoidType(), [value.type for value in given]), name)
    made.linkage = "internal"
    made.attributes.add("noinline")
    for argument in made.args:
        if isinstance(argument.type, ir.PointerType):
            argument.add_attribute("noalias")
    builder = ir.IRBuilder(made.append_basic_block())
    for loop in tree.body:
        if isinstance(loop, ast.For):
            (count,) = loop.iter.args  # type: ignore[attr-defined]
            with cgutils.for_range(builder, ir.Constant(WHOLE, count.value)) as lane:
                known = dict(zip(names, made.args, strict=True)) | {loop.target.id: lane.index}  # type: ignore[attr-defined]
                for line in loop.body:
                    _line(builder, line, known)
    builder.ret_void()
    return made


def _line(builder: Any, line: Any, known: dict[str, Any]) -> None:
    (target,) = line.targets
    value = _value(builder, line.value, known)
    if isinstance(target, ast.Name):
        known[target.id] = value
    else:
        builder.store(value, _place(builder, target, known))


def _place(builder: Any, node: Any, known: dict[str, Any]) -> Any:
    return builder.gep(known[node.value.id], [_value(builder, node.slice, known)], inbounds=True)


def _value(builder: Any, node: Any, known: dict[str, Any]) -> Any:
    match node:
        case ast.Constant(value=number):
            return ir.Constant(DOUBLE if isinstance(number, float) else WHOLE, number)
        case ast.Name(id="inf"):
            return ir.Constant(DOUBLE, float("inf"))
        case ast.Name(id=name):
            return known[name]
        case ast.Subscript():
            return builder.load(_place(builder, node, known))
        case ast.UnaryOp(op=ast.Not()):
            return builder.not_(_value(builder, node.operand, known))
        case ast.UnaryOp(op=ast.USub()):
            operand = _value(builder, node.operand, known)
            return builder.fneg(operand) if operand.type == DOUBLE else builder.neg(operand)
        case ast.BinOp(op=operator):
            one, other = (_value(builder, side, known) for side in (node.left, node.right))
            return getattr(builder, (OF_NUMBERS if one.type == DOUBLE else OF_WHOLES)[type(operator)])(one, other)
        case ast.Compare(ops=[operator]):
            one, other = (_value(builder, side, known) for side in (node.left, *node.comparators))
            compare = builder.fcmp_unordered if isinstance(operator, ast.NotEq) else builder.fcmp_ordered
            return compare(COMPARED[type(operator)], one, other)
        case ast.Call(func=ast.Name(id="select")):
            return builder.select(*(_value(builder, argument, known) for argument in node.args))
        case ast.Call(func=ast.Name(id="sqrt")):
            root = builder.module.declare_intrinsic("llvm.sqrt", [DOUBLE])
            return builder.call(root, [_value(builder, argument, known) for argument in node.args])
        case ast.Call(func=ast.Name(id=name)):  # of the C library
            known_as = ir.FunctionType(DOUBLE, [DOUBLE] * len(node.args))
            called = cgutils.get_or_insert_function(builder.module, known_as, name)
            return builder.call(called, [_value(builder, argument, known) for argument in node.args])
        case ast.Call(func=ast.Attribute(attr="view", value=number), args=[ast.Attribute(attr=kind)]):
            return builder.bitcast(_value(builder, number, known), KINDS[kind])
        case ast.Call(func=ast.Attribute(attr=kind), args=[argument]):
            number = _value(builder, argument, known)
            return (
                number if number.type == KINDS[kind] else getattr(builder, CAST[kind, number.type])(number, KINDS[kind])
            )
    raise NotImplementedError(ast.unparse(node))
