"""Where the expected gain changes its sign, and its sign where it is too small for a double."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sympy import Expr, Symbol

from deltamu.codegen.compile import compile_program
from deltamu.codegen.program import Program, program
from deltamu.codegen.protocol import at_points
from deltamu.equilibria.field import SMOOTH, field, smooth_gain
from deltamu.equilibria.roots import Array, narrowed, sign_changes
from deltamu.equilibria.sections import Section
from deltamu.model import symbols as sym
from deltamu.model.formula import Formula, Model
from deltamu.model.models import MODELS
from deltamu.model.special import expected_positive_part, normal_cdf, normal_pdf
from deltamu.model.special import numpy_kernels as kernels

_TAILS = [-230.0, -120.0, -70.0], np.arange(-50.0, -10.0, 4.0), [12, 20, 45]
LOG_MASS, FINE_LOG_MASS = (
    np.concatenate([*_TAILS[:2], np.arange(-10.0, 10.0, step), _TAILS[2]]) for step in (1.0, 0.05)
)
"""Nodes in ln(mu/b) between which the gain is taken to change its sign at most once; beyond are 0 and infinity.
The fine ones are for models of which nothing is known."""
MANY = 1000.0
"""Effective candidates up to which the gain of deltamu's own models changes its sign at most once, anywhere."""

_density = sym.quantity("density_ratio", r"\varphi/\varphi_-", meaning="density of the acceptance margin, scaled",
                        domain=sym.NONNEGATIVE)  # fmt: skip
_cumulative = sym.quantity("cumulative_ratio", r"\Phi/\varphi_-", meaning="acceptance, scaled", domain=sym.NONNEGATIVE)
_positive = sym.quantity("positive_part_ratio", r"h/\varphi_-", meaning="positive part of the margin, scaled",
                         domain=sym.NONNEGATIVE)  # fmt: skip


@dataclass(frozen=True)
class Scaled:
    """The gain over the density of the acceptance margin, so that its sign survives where both underflow.

    Attributes
    ----------
    margin : tuple of Symbol
        What has to be computed first: the margin and what else the last lines need.
    last : Program
        The gain, given those and the three scaled functions.
    """

    margin: tuple[Symbol, ...]
    last: Program


@cache
def scaled(model: Model) -> Scaled | None:
    """The scaled form of a model's gain, or None where the gain is not linear in φ, Φ and h of the acceptance margin.

    Examples
    --------
    >>> from deltamu import GATED, PUBLISHED
    >>> scaled(PUBLISHED) is None, [str(line.symbol) for line in scaled(GATED).last.formulas]
    (True, ['acceptance', 'visible_gain', 'hidden_gain', 'gain', 'smooth_gain'])
    """
    extended = model.replace(smooth_gain(model), name=model.name)
    x = sym.acceptance_margin
    ratios = {normal_pdf(x): _density, normal_cdf(x): _cumulative, expected_positive_part(x): _positive}
    lines = [formula for formula in extended.program([SMOOTH]) if formula.printed.has(*ratios)]
    if not lines:
        return None
    replaced = extended.replace(*(Formula(line.symbol, line.printed.xreplace(ratios)) for line in lines))
    tail = replaced.depending(ratios.values())
    last = [line for line in replaced.program([SMOOTH]) if line.symbol in tail]
    closed: Expr = SMOOTH
    for formula in reversed(last):
        closed = closed.xreplace({formula.symbol: formula.expr})
    slopes = [closed.diff(ratio) for ratio in ratios.values()]
    linear = closed.xreplace(dict.fromkeys(ratios.values(), 0)).doit() == 0
    if not linear or any(slope.free_symbols & set(ratios.values()) for slope in slopes):
        return None
    inputs = set().union(*(formula.printed.free_symbols for formula in last)) - tail
    needed = tuple(sorted({x, *inputs} & {formula.symbol for formula in model}, key=str))
    return Scaled(
        needed, Program("scaled", tuple(sorted(inputs | set(ratios.values()), key=str)), tuple(last), (SMOOTH,))
    )


def rises(model: Model, varying: tuple[Symbol, ...], values: Mapping[str, Any]) -> Callable[..., Array]:
    """The gain up to a positive factor, as a function of `varying` at the points of a sweep."""
    form = scaled(model)
    if form is None:
        plain = Section(field(model), (SMOOTH,), varying, values)
        return lambda index=None, **at: plain(index, **at)[SMOOTH.name]
    margin = Section(model, form.margin, varying, values)
    last = compile_program(form.last)
    names = [symbol.name for symbol in form.last.inputs]
    held = {name: values[name] for name in names if name in values}

    def gain(index: NDArray[np.intp] | None = None, **at: Any) -> Array:
        known = held if index is None else at_points(held, index)
        known = {**known, **at, **margin(index, **at)}
        return last(known | _ratios(known[sym.acceptance_margin.name]))[SMOOTH.name]

    return gain


def _ratios(x: Array) -> dict[str, Array]:
    """φ(x), Φ(x) and h(x), each over φ(min(x, 0)): finite and positive at every finite x."""
    cumulative, positive = kernels.tail_ratios(np.abs(x))
    density = np.ones_like(cumulative)
    upper = x > 0
    if upper.any():
        peak = kernels.normal_pdf(0.0)
        density = np.where(upper, kernels.normal_pdf(x) / peak, 1.0)
        cumulative = np.where(upper, 1 / peak - density * cumulative, cumulative)
        positive = np.where(upper, x / peak + density * positive, positive)
    return {_density.name: density, _cumulative.name: cumulative, _positive.name: positive}


def zeros(
    model: Model, values: Mapping[str, Any], size: int, *, most: int | None = None
) -> tuple[Array, Array, NDArray[np.bool_], NDArray[np.bool_]]:
    """Defect masses at which the smooth gain changes its sign."""
    curve = rises(model, (sym.mu,), values)
    b = values[sym.b.name]

    def at(y: Array, index: NDArray[np.intp]) -> Array:
        scale = b[index] if np.ndim(b) else b
        return np.broadcast_to(curve(index, mu=scale * np.exp(y)), y.shape)

    nodes = LOG_MASS if _familiar(model) else FINE_LOG_MASS
    ends = np.stack([at(np.full(size, end), np.arange(size)) for end in nodes[[0, -1]]])
    if changes_once(model, values, size).all():
        brackets, around = narrowed(at, nodes, ends)
        places, direction = sign_changes(at, brackets, size, values=around)
    else:
        places, direction = sign_changes(at, nodes, size, most=most)
    scale = np.reshape(b, (-1, 1)) if np.ndim(b) else b
    return scale * np.exp(places), direction, *(ends > 0)


def changes_once(model: Model, values: Mapping[str, Any], size: int) -> NDArray[np.bool_]:
    """Where the gain is known to change its sign at one mass at most (derivation D12).

    Examples
    --------
    >>> from deltamu import GATED, Settings
    >>> changes_once(GATED, {**Settings(), "K": np.array([5.0, 1e6]), "delta": 0.2}, 2).tolist()
    [True, False]
    """
    if not _familiar(model):
        return np.zeros(size, dtype=bool)
    candidates = compile_program(program("candidates", model, [sym.K_eff]))(values)[sym.K_eff.name]
    return np.broadcast_to(np.less_equal(candidates, MANY), size)


@cache
def _familiar(model: Model) -> bool:
    """Whether the gain is made of the formulas of one of deltamu's own models."""
    needed = set(model.program([model["gain"].symbol]))
    return any(needed <= set(known) for known in MODELS.values())
