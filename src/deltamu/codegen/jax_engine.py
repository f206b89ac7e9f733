"""Runs in JAX: pure functions that it traces, so formulas are evaluated as they stand, and no name can collide."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial, reduce
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import sympy as sp
from jax import experimental, lax

from deltamu.codegen.program import REPORT, MovePrograms, Program, move_programs
from deltamu.codegen.protocol import Array, Ran
from deltamu.errors import InputError
from deltamu.model.expressions import exponent_of_rest
from deltamu.model.policies import Move
from deltamu.model.special import jax_kernels as kernels

JOINED = {sp.Add: jnp.add, sp.Max: jnp.maximum, sp.Min: jnp.minimum, sp.And: jnp.logical_and, sp.Or: jnp.logical_or}
MOST = 64  # whole exponents up to this become multiplications
in_doubles: Any = getattr(jax if hasattr(jax, "enable_x64") else experimental, "enable_x64")  # noqa: B009
Values = Mapping[str, Any]


def value(expr: sp.Basic, at: Values) -> Any:
    """An expression, or a condition, at values of its symbols by name."""
    if expr.is_Symbol:
        return at[expr.name]
    if not expr.free_symbols:
        return jnp.asarray(bool(expr) if expr in (sp.true, sp.false) else float(expr))
    if isinstance(expr, sp.Piecewise):
        return _cases(expr, at)
    if isinstance(expr, sp.Mul | sp.Pow):
        return _product(expr, at)
    if isinstance(expr, sp.Add) and (exponent := exponent_of_rest(expr)) is not None:
        return -jnp.expm1(value(exponent, at))
    return _function(expr.func, len(expr.args))(*(value(arg, at) for arg in expr.args))


def _cases(expr: sp.Piecewise, at: Values) -> Any:
    """The first case that holds; where a case is not taken, no derivative passes through it: it may be infinite."""
    found, taken = jnp.asarray(jnp.nan), jnp.asarray(False)
    for case, condition in expr.args:
        here = value(condition, at) & ~taken
        inside = {s.name: jnp.where(here, at[s.name], lax.stop_gradient(at[s.name])) for s in case.free_symbols}
        found, taken = jnp.where(here, value(case, inside), found), taken | here
    return found


def _product(expr: sp.Expr, at: Values) -> Any:
    """Factors over divisors: one division, as in every engine."""
    found: list[Any] = [1.0, 1.0]
    for factor in sp.Mul.make_args(expr):
        base, exponent = factor.args if isinstance(factor, sp.Pow) else (factor, sp.S.One)
        below = bool(exponent.is_number and exponent.is_negative)
        size = -exponent if below else exponent
        to = int(size) if size.is_number and size <= MOST and float(size).is_integer() else value(size, at)
        found[below] *= jnp.sqrt(value(base, at)) if size == sp.S.Half else jnp.power(value(base, at), to)
    return found[0] / found[1]


@cache
def _function(kind: Any, arity: int) -> Callable[..., Any]:
    """A function of SymPy in JAX."""
    if kind in JOINED or kind is sp.ITE:
        return jnp.where if kind is sp.ITE else lambda *arguments: reduce(JOINED[kind], arguments)
    symbols = [sp.Dummy(extended_real=True) for _ in range(arity)]
    printed = sp.lambdify(symbols, kind(*symbols), [vars(kernels), "jax"])
    if missing := set(printed.__code__.co_names) - printed.__globals__.keys() - {"abs"}:
        raise InputError(f"{', '.join(sorted(missing))} has no form in JAX: use engine = 'numpy'")
    return printed


def computed(program: Program, known: Values) -> dict[str, Any]:
    """The outputs of a program by name."""
    at = dict(known)
    for formula in program.formulas:
        at[formula.name] = value(formula.printed, at)
    return {symbol.name: at[symbol.name] for symbol in program.outputs}


@dataclass(frozen=True, eq=False)
class JaxRun:
    """A run in JAX (see `deltamu.codegen.protocol.CompiledRun`); its last bits may depend on device and shapes."""

    move: Move
    recorded: tuple[str, ...]
    programs: MovePrograms
    source: str
    block: int = 65536

    def function(self, values: Values, moves: int, every: tuple[str, ...] = ()) -> dict[str, Any]:
        """The parts of a `Ran` in doubles; what is recorded, of the ``last`` move; some of it of ``every`` move.

        Examples
        --------
        >>> import deltamu as dm
        >>> run = compile_run(dm.one_move(dm.TRUST_REGION, dm.PUBLISHED), ())
        >>> final = lambda a1: run.function({**dm.Settings(), "a1": a1}, 50)["after"]["mu"]
        >>> with in_doubles(True):  # `jax.enable_x64`; else JAX rounds a1 to single precision before `final` sees it
        ...     slope, several = jax.grad(final)(0.9), jax.vmap(final)(np.array([0.8, 0.9]))
        >>> want = dm.tangents(moves=50, a1=0.9).final_mu_tangent.sel(wrt="a1")
        >>> bool(np.isclose(slope, want, rtol=1e-10)), several.shape
        (True, (2,))
        """
        with in_doubles(True):
            known = {name: jnp.asarray(v, dtype=float) for name, v in {"target": np.nan, **values}.items()}
            spread = partial(jnp.broadcast_to, shape=jnp.broadcast_shapes(*map(jnp.shape, known.values())))
            move, (_, before, step, report) = self.move, self.programs
            now = {s.name: spread(value(expr, known)) for s, expr in zip(move.state, move.initial, strict=True)}
            known |= computed(before, known)

            def body(carry: tuple[Any, ...], t: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
                _, now, made, crossing, _ = carry
                at = known | now | {"t": t}
                at |= computed(step, at)
                at |= computed(report, at | {"mu": at["mu_next"]})
                arrives = jnp.isinf(made) & (at["pass_probability"] >= at["target"])
                crossing = {name: jnp.where(arrives, at[name], crossing[name]) for name in crossing}
                after = {s.name: spread(at[new.name]) for s, new in zip(move.state, move.after, strict=True)}
                last = {name: spread(at[name]) for name in self.recorded}
                return (now, after, jnp.where(arrives, t + 1.0, made), crossing, last), {n: last[n] for n in every}

            there = computed(report, known | now)["pass_probability"] >= known["target"]
            made, crossing = spread(jnp.where(there, 0.0, jnp.inf)), now | {"mu_next": now["mu"]}
            start = now, now, made, crossing, dict.fromkeys(self.recorded, now["mu"])
            ran, rows = lax.scan(body, start, jnp.arange(float(moves)))
            return dict(zip((*Ran.__annotations__, "last"), ran, strict=True)) | {"every": rows}

    def __call__(self, values: Values, size: int, moves: int, record: Mapping[str, Array]) -> Ran:
        """See `deltamu.codegen.protocol.CompiledRun`."""
        every = tuple(name for name, rows in record.items() if len(rows) == moves)
        given = {**values, "target": np.broadcast_to(values.get("target", np.nan), size)}
        with in_doubles(True):
            made = jax.tree.map(np.array, compiled(self, given, moves, every))
        for name, rows in record.items():
            rows[...] = made["every" if name in every else "last"][name]
        return Ran(**{name: made[name] for name in Ran.__annotations__})


compiled = jax.jit(JaxRun.function, static_argnums=(0, 2, 3))


@cache
def compile_run(move: Move, recorded: tuple[sp.Symbol, ...]) -> JaxRun:
    """A run for this engine (see `deltamu.codegen.engines`); JAX compiles it when it is first called."""
    programs = move_programs(move, [s for s in recorded if s in move.model and s not in REPORT])
    return JaxRun(move, tuple(map(str, recorded)), programs, str(programs))
