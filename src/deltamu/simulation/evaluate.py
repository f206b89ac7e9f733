"""Any quantity of a model at labelled points."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np
import xarray as xr
from sympy import Expr, I, Symbol, nan, zoo

from deltamu.codegen.compile import compile_program
from deltamu.codegen.program import program
from deltamu.errors import InputError, shown, unknown
from deltamu.model import symbols as sym
from deltamu.model.arguments import checked
from deltamu.model.formula import Derived, Formula, Model
from deltamu.model.models import MODELS
from deltamu.model.quantities import Quantity
from deltamu.model.settings import Settings, find_settings
from deltamu.simulation.limits import limit_at_ends
from deltamu.simulation.sweeps import along, attributes, check_results, described, resolved

Wanted: TypeAlias = str | Expr | Formula
BLOCK = 16384  # points computed at a time: the temporaries stay in the cache


@checked
def evaluate(
    quantity: Wanted | Iterable[Wanted],
    settings: Settings | str | None = None,
    /,
    *,
    model: Model | str | Sequence[Model | str] | None = None,
    **controls: Any,
) -> xr.Dataset:
    """Evaluate quantities of a model.

    Parameters
    ----------
    quantity : str, sympy expression, Formula, or an iterable of these
        A formula's left side by name or as a symbol, any expression of the model's symbols, or a formula of your
        own, which takes the place of the model's with the same left side, or a derivative (`Derived`): at an end of
        the domain of what it was differentiated by, its value is the limit from inside.
    settings : Settings or str, optional
        The scenario, or the name of a preset; the defaults if it is left out.
    model : Model, str, or a sequence of these, optional
        By default the settings' model, else the one that a derivative was derived from, else `PUBLISHED`. A sequence
        becomes a dimension ``model``.
    **controls : float, 1-D sequence or xarray.DataArray
        Values that win over the settings, and the state ``mu``, ``delta`` (``t``) where the quantity depends on it.
        A sequence becomes a dimension of its name; a DataArray keeps its dimensions.

    Returns
    -------
    xarray.Dataset
        A variable for each quantity over all dimensions of the controls: under the name of its left side, or
        ``expression`` (``expression_0``, ``expression_1``, ...) for an expression, which is kept in its attributes.
        A control that is swept is a coordinate already.

    Raises
    ------
    InputError
        A name is unknown, a value is refused, or a symbol of the quantity has no value.

    Examples
    --------
    >>> from deltamu import evaluate, symbols as sym
    >>> float(evaluate("N_eff", N=4, gamma=0.25).N_eff.round(4))
    2.2857
    >>> ds = evaluate(["gain", sym.gain / sym.cost], mu=5, delta=0.2, N=[0, 1, 2])
    >>> dict(ds.sizes), list(ds)
    ({'N': 3}, ['gain', 'expression_1'])
    """
    alone = isinstance(quantity, str | Expr | Formula) or not getattr(quantity, "ndim", 1)  # an array of no dimension
    wanted: list[Any] = list(quantity) if isinstance(quantity, Iterable) and not alone else [quantity]
    if not wanted:
        raise InputError("no quantity to evaluate: give a name, a symbol, an expression or a formula")
    for item in wanted:
        if not isinstance(item, str | Expr | Formula):
            raise InputError(f"quantity {shown(item)} is neither a name nor a symbol, an expression or a formula")
        if isinstance(item, Expr) and item.has(zoo, nan, I):
            raise InputError(f"quantity {item} is no real number anywhere")
    start = find_settings(settings)
    if model is None and start.model is None:
        model = next((item.model for item in wanted if isinstance(item, Derived)), None)
    return along(lambda _, one: _evaluate(wanted, start, one, controls), start, model=model)


def _evaluate(wanted: list[Wanted], settings: Settings, model: Model, controls: dict[str, Any]) -> xr.Dataset:
    settings, sweep = resolved(settings, None, model, controls, state=sym.STATE)
    formulas = [
        _as_formula(item, model, settings, "expression" if len(wanted) == 1 else f"expression_{index}")
        for index, item in enumerate(wanted)
    ]
    extended = model.replace(*_brought_along(formulas, model), name=model.name)
    outputs = tuple(formula.symbol for formula in formulas)
    derived = [formula for formula in formulas if isinstance(formula, Derived)]
    differentiated = (formula.of for formula in derived)
    compiled = compile_program(program("evaluate", extended, dict.fromkeys((*outputs, *differentiated))))
    available = sweep.scalars.keys() | sweep.points.keys()
    for symbol in compiled.program.inputs:
        if symbol.name not in available:
            first = next(one for one in outputs if symbol in program("evaluate", extended, [one]).inputs)
            raise InputError(f"{first} depends on {symbol}, which has no value: give {symbol}=...")
    results = {symbol.name: np.empty(sweep.size) for symbol in outputs}
    own = model not in MODELS.values()
    for start in range(0, sweep.size, BLOCK):
        stop = min(start + BLOCK, sweep.size)
        values = sweep.block(start, stop)
        computed = compiled(values)
        computed |= limit_at_ends(derived, compiled, values, computed)
        for symbol in outputs:
            results[symbol.name][start:stop] = computed[symbol.name]
            if not derived and (undefined := np.isnan(results[symbol.name][start:stop])).any():
                raise InputError(f"{symbol} has no real value at {sweep.point(start + int(np.argmax(undefined)))}")
            if own and symbol in model:
                at = lambda place, start=start: f"at {sweep.point(start + place)}"  # noqa: E731, too short for a name
                check_results(symbol, results[symbol.name][start:stop], f"model {model.name}", at)
    variables = {
        formula.name: (sweep.dims, results[formula.name].reshape(sweep.shape), _described_formula(formula))
        for formula in formulas
        if formula.name not in sweep.coords  # a swept control is a coordinate already
    }
    return described(xr.Dataset(variables, coords=sweep.coords), settings)


def _brought_along(formulas: list[Formula], model: Model) -> list[Formula]:
    """The formulas that a model lacks for these: they themselves, and what derivatives need besides."""
    lacking: dict[Symbol, Formula] = {}
    for formula in formulas:
        if isinstance(formula, Derived) and formula.model != model:
            raise InputError(f"{formula.name} was derived from model {formula.model.name}, not from {model.name}")
        for one in (*getattr(formula, "needs", ()), formula):
            if one.printed != one.symbol and lacking.setdefault(one.symbol, one).printed != one.printed:
                raise InputError(f"two different formulas for {one.name} cannot be evaluated together")
    return list(lacking.values())


def _described_formula(formula: Formula) -> dict[str, str]:
    own = isinstance(formula.symbol, Quantity)
    return attributes(formula.symbol) if own else {"long_name": str(formula.printed)}


def _as_formula(item: Wanted, model: Model, settings: Settings, name: str) -> Formula:
    """The formula whose left side is to be evaluated; a control stands for itself."""
    if isinstance(item, Formula):
        return item
    known = settings.vocabulary() | {symbol.name: symbol for symbol in sym.STATE}
    if isinstance(item, str | Symbol):
        if item in model:
            return model[item]
        if str(item) not in known:
            raise unknown("quantity", str(item), [formula.name for formula in model] + list(known))
        return Formula(known[str(item)], known[str(item)])
    return Formula(Symbol(name), item)
