"""Defect floors: the mass below which a move at a fixed radius removes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import xarray as xr
from sympy import And, Eq, Expr, Gt, Le, Piecewise, Poly, PolynomialError, Pow, S, Symbol, cancel, limit, oo

from deltamu.codegen.compile import compile_program
from deltamu.codegen.program import Program, program
from deltamu.codegen.protocol import at_points
from deltamu.equilibria.field import SCALE, SLOPE, SMOOTH, field, smooth_gain
from deltamu.equilibria.roots import Array
from deltamu.equilibria.sections import Section
from deltamu.equilibria.zeros import rises, zeros
from deltamu.errors import InputError, shown
from deltamu.model import symbols as sym
from deltamu.model.arguments import checked
from deltamu.model.formula import Formula, Model
from deltamu.model.models import find_model
from deltamu.model.policies import VIBE
from deltamu.model.published import PUBLISHED
from deltamu.model.quantities import REAL
from deltamu.model.settings import Settings, find_settings
from deltamu.simulation.simulate import simulate
from deltamu.simulation.sweeps import along, described, resolved

BLOCK = 16384  # points solved at a time: the temporaries stay in the cache
RESIDUAL = 1e-13  # of the size of the terms in the gain: what a polished closed root has to satisfy
SOLVERS = ("auto", "bracketing")
FACTS = {"long_name": "defect floor: mass at which an orbit from above comes to rest", "units": "defects"}


@checked
def defect_floor(
    settings: Settings | str | None = None,
    /,
    *,
    delta: Any,
    model: Model | str | Sequence[Model | str] | None = None,
    solver: str = "auto",
    **controls: Any,
) -> xr.DataArray:
    """The defect mass at which moves of a fixed radius come to rest, from above.

    Parameters
    ----------
    settings : Settings or str, optional
        The scenario, or the name of a preset; the defaults if it is left out.
    delta : float, 1-D sequence or xarray.DataArray
        The edit radius, held fixed.
    model : Model, str, or a sequence of these, optional
        By default the settings' model, else `PUBLISHED`. A sequence becomes a dimension ``model``.
    solver : {"auto", "bracketing"}
        ``"auto"`` takes the closed root where the model has one (see `closed_form`), ``"bracketing"`` never does. They
        agree to rounding.
    **controls : float, 1-D sequence or xarray.DataArray
        Values that win over the settings; sequences become dimensions.

    Returns
    -------
    xarray.DataArray
        The greatest root of the smooth gain in mu over the dimensions of the sweep: 0 where the gain is positive at
        every mass, ``inf`` where it is at no large one (`floor_condition` says exactly when).

    Raises
    ------
    InputError
        A name is unknown, or a value or a dimension is refused.

    Notes
    -----
    In the published model the smooth gain is the expected improvement E, and an orbit never goes on below the floor.
    In the gated model it is the gain itself: at r = 1 it is positive at every mass, so that there is no floor and a
    run only slows down (see `practical_floor`); for r < 1 harm passes the oracle and the floor is a point of rest for
    orbits from below as well.

    Examples
    --------
    >>> from deltamu import defect_floor
    >>> defect_floor(delta=[0.01, 0.2, 2.0]).round(4).values.tolist()
    [0.7121, 0.6439, 0.3762]
    >>> defect_floor(delta=0.2, model="gated", r=[0.5, 1.0]).round(4).values.tolist()
    [0.2683, 0.0]
    >>> float(defect_floor(delta=0.1, rho=0.05, H=0.02))
    inf
    """
    if solver not in SOLVERS:
        raise InputError(f"solver = {shown(solver)} is not one of {', '.join(SOLVERS)}")
    start = find_settings(settings)

    def run(_: Any, one: Model) -> xr.Dataset:
        at, sweep = resolved(start, None, one, controls | {"delta": delta}, state=(sym.delta,))
        floor = np.empty(sweep.size)
        for low in range(0, sweep.size, BLOCK):
            high = min(low + BLOCK, sweep.size)
            floor[low:high] = floors_at(one, sweep.block(low, high), high - low, solver=solver)
        data = {"defect_floor": (sweep.dims, floor.reshape(sweep.shape), FACTS)}
        return described(xr.Dataset(data, coords=sweep.coords), at)

    dataset = along(run, start, model=model)
    return dataset["defect_floor"].assign_attrs(dataset.attrs)


def floors_at(model: Model, values: Mapping[str, Any], size: int, *, solver: str = "auto") -> Array:
    """Floors at the points of a sweep, from all controls and ``delta`` by name."""
    if solver == "bracketing" or (closed := closed_form(model)) is None:
        return _bracketed_floors(model, values, size)
    floor, doubtful = closed.floors(model, values, size)
    index = np.flatnonzero(doubtful)
    if index.size:
        few = at_points(values, index)
        floor[index] = _bracketed_floors(model, few, index.size)
    return floor


def _bracketed_floors(model: Model, values: Mapping[str, Any], size: int) -> Array:
    places, _, _, rising = zeros(model, values, size, most=1)
    last = places[:, 0] if places.shape[1] else np.zeros(size)
    return np.where(rising, np.where(np.isnan(last), 0.0, last), np.inf)


# --- the closed root --------------------------------------------------------------------------------------------------

_m = Symbol("m", positive=True)
_u = Symbol("u", positive=True)


def _part(name: str, meaning: str) -> Symbol:
    return sym.quantity(name, name, meaning=meaning, domain=REAL)


LINEAR, CONSTANT, SELECTED = (
    _part("floor_linear", "part of the gain linear in m"),
    _part("floor_constant", "part of the gain that does not depend on m"),
    _part("floor_selected", "selection's part of the gain over m/u"),
)
SPREAD, NOISE = (
    sym.quantity("floor_spread", "c", meaning="slope of u^2 in m", domain=sym.NONNEGATIVE),
    sym.quantity("floor_noise", "d", meaning="u^2 at m = 0", domain=sym.NONNEGATIVE),
)


@dataclass(frozen=True)
class ClosedForm:
    """A gain of the form ``linear m + constant + selected m/u`` with u² = spread m + noise and m = mu/(mu + b).

    Attributes
    ----------
    parts : Program
        The five coefficients.
    cubic : Program
        Coefficients of the polynomial in u whose greatest root is that of the gain, from u³ on, from the five.
    """

    parts: Program
    cubic: Program

    def floors(self, model: Model, values: Mapping[str, Any], size: int) -> tuple[Array, Any]:
        """Floors, and which of them the closed root did not settle."""
        found = compile_program(self.parts)(values)
        linear, constant, selected, spread, noise = (
            np.broadcast_to(np.asarray(found[s.name], dtype=float), size) for s in self.parts.outputs
        )
        b = values[sym.b.name]
        with np.errstate(all="ignore"):
            unit = np.sqrt(spread + noise)  # u at m = 1
            alone = (selected == 0) | (spread == 0) | (unit == 0)
            selected = np.where(alone, 0.0, selected / unit)
            spread, noise = np.where(alone, 0.0, spread / unit**2), np.where(alone, 1.0, noise / unit**2)
            endless = linear + constant + selected <= 0
            scaled = (linear, constant, selected, spread, noise)  # in units in which u = 1 at m = 1
            named = {symbol.name: value for symbol, value in zip(self.parts.outputs, scaled, strict=True)}
            u = _greatest_root(*compile_program(self.cubic)(named).values())
            m = np.where(alone, -constant / linear, (u - np.sqrt(noise)) * (u + np.sqrt(noise)) / spread)
            least = b * np.exp(-230.0)
            mu = np.maximum(np.nan_to_num(b * m / (1 - m), nan=1.0, posinf=1.0, neginf=1.0), least)
            section = Section(field(model), (SMOOTH, SLOPE, SCALE), (sym.mu,), values)
            for _ in range(2):
                now = section(mu=mu)
                newton = mu - now[SMOOTH.name] / now[SLOPE.name]
                mu = np.maximum(np.where(np.isfinite(newton), newton, mu), least)
            now = section(mu=mu)
            settled = np.abs(now[SMOOTH.name]) <= RESIDUAL * now[SCALE.name]
            settled &= (now[SLOPE.name] > 0) & (mu > least)
            nothing = (constant >= 0) & (rises(model, (sym.mu,), values)(mu=np.full(size, least)) > 0)
        floor = np.where(endless, np.inf, np.where(nothing, 0.0, mu))
        return floor, ~(settled | endless | nothing)


@cache
def closed_form(model: Model) -> ClosedForm | None:
    """The cubic whose root is a model's floor, derived from its formulas; None where they have another structure.

    Examples
    --------
    >>> from deltamu import GATED, PUBLISHED
    >>> for line in closed_form(PUBLISHED).cubic.formulas:
    ...     print(line)
    cubic_3 = floor_linear
    cubic_2 = floor_selected
    cubic_1 = floor_constant*floor_spread - floor_linear*floor_noise
    cubic_0 = -floor_selected*floor_noise
    >>> print(closed_form(PUBLISHED).parts.formulas[-1])
    floor_noise = sigma_r**2
    >>> closed_form(GATED) is None
    True
    """
    inside = _in_saturation(model)
    if inside is None:
        return None
    roots = {power.base for power in inside.atoms(Pow) if not power.exp.is_integer and power.has(_m)}
    roots -= {_m}
    if len(roots) > 1:
        return None
    square = next(iter(roots), S.One)
    root = Symbol("root", positive=True)
    written = inside.replace(lambda e: isinstance(e, Pow) and e.base == square, lambda e: root ** (2 * e.exp))
    try:
        base = Poly(square, _m)
        parts = Poly(cancel(written).expand(), _m, 1 / root)
    except PolynomialError:
        return None
    if base.degree() > 1 or not set(parts.monoms()) <= {(1, 0), (0, 0), (1, 1)}:
        return None
    spread, noise = base.coeff_monomial(_m), base.coeff_monomial(1)
    coefficients = [parts.coeff_monomial(m) for m in ((1, 0), (0, 0), (1, 1))]
    five = (LINEAR, CONSTANT, SELECTED, SPREAD, NOISE)
    formulas = [Formula(s, e.factor()) for s, e in zip(five, (*coefficients, spread, noise), strict=True)]
    extended = model.replace(*formulas, name=model.name)
    gain = LINEAR * _m + CONSTANT + SELECTED * _m / _u
    cubic = Poly((gain.subs(_m, (_u**2 - NOISE) / SPREAD) * SPREAD * _u).expand(), _u)
    lines = tuple(
        Formula(_part(f"cubic_{k}", f"coefficient of u^{k}"), cubic.coeff_monomial(_u**k)) for k in (3, 2, 1, 0)
    )
    polynomial = Program("floor_cubic", five, lines, tuple(line.symbol for line in lines))
    return ClosedForm(program("floor_parts", extended, five), polynomial)


def _in_saturation(model: Model) -> Expr | None:
    """The smooth gain in m = mu/(mu + b) and named intermediates that do not depend on mu."""
    extended = model.replace(smooth_gain(model), name=model.name)
    changing = extended.depending([sym.mu])
    inside: Expr = SMOOTH
    for formula in reversed([line for line in extended.program([SMOOTH]) if line.symbol in changing]):
        inside = inside.xreplace({formula.symbol: _generic(formula.expr)})
    if inside.has(Piecewise):
        return None
    saturated = _tidied(inside.subs(sym.mu, sym.b * _m / (1 - _m)))
    return None if sym.b in saturated.free_symbols else saturated


def _tidied(expr: Expr) -> Expr:
    """Rational functions of m inside powers in lowest terms, the inmost first; square roots of m drawn together."""
    if not expr.args or not expr.has(_m):
        return expr
    expr = expr.func(*map(_tidied, expr.args))
    if expr.is_rational_function(_m):
        return cancel(expr)
    return expr


def _generic(expr: Expr) -> Expr:
    """The branch of a Piecewise that holds away from single points; all of it where there are several."""
    if isinstance(expr, Piecewise):
        value, condition = next(branch for branch in expr.args if not isinstance(branch[1], Eq | And))
        if condition == S.true or (isinstance(condition, Gt) and condition.lhs.is_nonnegative and condition.rhs == 0):
            return value
    return expr


def _greatest_root(a: Array, b: Array, c: Array, d: Array) -> Array:
    """The greatest real root of a u³ + b u² + c u + d, a > 0; of the quadratic where a = 0.

    Cardano's formulas for one real root, Viète's for three.
    """
    shift = b / (3 * a)
    p = c / a - 3 * shift**2
    q = shift * (2 * shift**2 - c / a) + d / a
    inner = (q / 2) ** 2 + (p / 3) ** 3
    radius = np.sqrt(np.maximum(-p / 3, 0.0))
    three = 2 * radius * np.cos(np.arccos(np.clip(-q / 2 / radius**3, -1, 1)) / 3)
    first = np.cbrt(-q / 2 - np.copysign(np.sqrt(np.maximum(inner, 0)), q))
    one = first - np.where(first == 0, 0.0, p / (3 * first))
    quadratic = (-c + np.sqrt(c**2 - 4 * b * d)) / (2 * b)
    return np.where(a == 0, quadratic, np.where(inner < 0, three, one) - shift)


# --- where there is none ---------------------------------------------------------------------------------------------


@checked
def floor_condition(model: Model | str = PUBLISHED) -> Le:
    """The exact condition under which there is no floor: the smooth gain at infinite mass is not positive.

    Returns
    -------
    sympy.Le
        In the controls and in those intermediates of the model that do not depend on the mass.

    Examples
    --------
    >>> from deltamu import PUBLISHED
    >>> condition = floor_condition(PUBLISHED.replace(name="published"))
    >>> sorted(map(str, condition.free_symbols & {sym.rho_eff, sym.N_eff, sym.selection_intensity}))
    ['N_eff', 'rho_eff', 'selection_intensity']
    """
    model = find_model(model)
    extended = model.replace(smooth_gain(model), name=model.name)
    limits: dict[Symbol, Expr] = {}
    for formula in extended.program([SMOOTH]):
        if formula.printed.free_symbols & {sym.mu, *limits}:
            at = _generic(formula.expr).xreplace(limits)
            limits[formula.symbol] = limit(at, sym.mu, oo) if at.has(sym.mu) else at
    return Le(limits[SMOOTH], 0, evaluate=False)


@checked
def practical_floor(
    settings: Settings | str | None = None,
    /,
    *,
    delta: Any,
    moves: int,
    model: Model | str | Sequence[Model | str] | None = None,
    **controls: Any,
) -> xr.DataArray:
    """What is left after so many moves of a fixed radius from ``mu0``: the floor of who does not wait for ever.

    Parameters
    ----------
    settings, delta, model, **controls
        As for `defect_floor`.
    moves : int
        Number of moves.

    Returns
    -------
    xarray.DataArray
        The defect mass after the last move.

    Examples
    --------
    At r = 1 the gated model has no floor, but the moves get small:

    >>> from deltamu import practical_floor
    >>> [round(float(practical_floor(delta=0.5, model="gated", r=1, moves=n)), 4) for n in (100, 1000)]
    [0.2296, 0.0647]
    """
    held = controls | {"delta0": delta, "decay": 1.0}
    final = simulate(settings, policy=VIBE, model=model, moves=moves, keep="final", **held)
    left = final["mu_next"].rename("practical_floor").drop_vars("move").assign_attrs(final.attrs)
    return left.rename({"delta0": "delta"}) if "delta0" in left.dims else left
