"""Sensitivities at labelled points, as tables: of any quantity of a model, and of what comes out of a run."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from sympy import Symbol

from deltamu.errors import InputError, unknown
from deltamu.model import symbols as sym
from deltamu.model.arguments import checked
from deltamu.model.calculus.derivatives import (
    COUNTED,
    Wanted,
    difference,
    differentiated,
    gradient,
    hessian,
    interaction,
    parameter_names,
    primitives,
)
from deltamu.model.calculus.signs import sign_of
from deltamu.model.formula import Formula, Model
from deltamu.model.models import find_model
from deltamu.model.policies import Policy
from deltamu.model.published import PUBLISHED
from deltamu.model.quantities import Quantity
from deltamu.model.settings import Settings, find_settings, scalar
from deltamu.sensitivity.outcomes import OUTCOMES, SMOOTH, check_outcome
from deltamu.sensitivity.tangents import tangents
from deltamu.simulation.evaluate import evaluate

REASONS = {
    "": "",
    "end": "infinite slope or a jump at the end of its domain: only the difference says something",
    "right": "a switch: holds for increases only",
    "left": "a switch: holds for decreases only",
    "none": "a switch on both sides or an infinite slope: compare two runs",
    "never": "the target is not reached",
    "zero": "no elasticity: the quantity is 0",
}


@checked
def sensitivities(
    quantity: Wanted,
    settings: Settings | str | None = None,
    /,
    *,
    wrt: str | Symbol | Iterable[str | Symbol] | None = None,
    policy: Policy | str | None = None,
    model: Model | str | None = None,
    moves: int = 150,
    **controls: Any,
) -> xr.Dataset:
    """Derivatives, elasticities and differences of one quantity by several parameters.

    Parameters
    ----------
    quantity : str, sympy expression or Formula
        A smooth outcome of a run (see `OUTCOMES`), or what `derivative` takes.
    settings, model
        See `deltamu.evaluate`.
    wrt : iterable of str or Symbol, optional
        By default everything that the quantity depends on.
    policy, moves
        Of the run, for an outcome.
    **controls : float, 1-D sequence or xarray.DataArray
        See `deltamu.evaluate`: a quantity that depends on ``mu`` and ``delta`` needs their values.

    Returns
    -------
    xarray.Dataset
        ``value`` over the sweep; with ``wrt`` as the last dimension ``derivative``, ``elasticity`` (relative change
        over relative change), ``difference`` (what one more changes, for what is counted: K, N, K_r; nan for others)
        and ``reason``, which says why a derivative is missing, infinite or one-sided.

    Examples
    --------
    >>> from deltamu.sensitivity import sensitivities
    >>> ds = sensitivities("N_eff", N=0, gamma=1)
    >>> ds.derivative.sel(wrt="N").item(), ds.difference.sel(wrt="N").item()
    (inf, 1.0)
    >>> ds = sensitivities("final_reliability", "principal-tr", wrt=["a1", "tau"])
    >>> ds.elasticity.round(2).values.tolist()
    [0.34, -0.03]
    """
    names = parameter_names(wrt)
    if isinstance(quantity, str) and quantity in OUTCOMES:
        check_outcome(quantity, SMOOTH, "does not change smoothly")
        start = find_settings(settings).replace(policy=policy, model=model)
        return _of_outcome(quantity, start, names, moves, controls)
    if policy is not None:
        settings = find_settings(settings).replace(policy=policy)
    return _of_quantity(quantity, find_settings(settings), names, model, controls)


def _of_quantity(
    quantity: Wanted, settings: Settings, names: list | None, model: Model | str | None, controls: Mapping[str, Any]
) -> xr.Dataset:
    chosen = find_model(model or settings.model or PUBLISHED)
    if isinstance(quantity, str) and quantity not in {*primitives(chosen), *(formula.name for formula in chosen)}:
        raise unknown("quantity or outcome", quantity, [*(formula.name for formula in chosen), *SMOOTH])
    slopes = gradient(quantity, names, model=chosen)
    if not slopes:
        raise InputError(f"{quantity} depends on no parameter")
    counted = {x: difference(quantity, x, model=chosen) for x in slopes if x in COUNTED}
    first = next(iter(slopes.values()))
    found = evaluate([differentiated(first), *slopes.values(), *counted.values()], settings, model=chosen, **controls)
    value = found[first.of.name]
    at = _values(list(slopes), settings, chosen, controls)
    derivative = _along(slopes, {x: found[slope.name] for x, slope in slopes.items()})
    differences = _along(slopes, {x: found[counted[x].name] if x in counted else np.nan * value for x in slopes})
    reason = xr.where(np.isfinite(derivative), "", "end")
    return _table(value, derivative, differences, _along(slopes, at), reason, found)


def _values(
    symbols: list[Quantity], settings: Settings, model: Model | str, controls: Mapping[str, Any]
) -> dict[Quantity, xr.DataArray]:
    """The values of symbols at the points of a sweep, along which they may be swept themselves."""
    formulas = {
        x: Formula(sym.quantity(f"value_of_{x}", x.latex, meaning=x.meaning, domain=sym.REAL), x) for x in symbols
    }
    found = evaluate(formulas.values(), settings, model=model, **controls)
    return {x: found[formula.name] for x, formula in formulas.items()}


def _of_outcome(name: str, start: Settings, names: list | None, moves: int, controls: Mapping[str, Any]) -> xr.Dataset:
    how: dict[str, Any] = {"moves": moves, "keep": "outcomes"}
    controls = {x: value if _is_swept(value) else scalar(x, value) for x, value in controls.items()}
    found = tangents(start, wrt=names, **how, **controls)
    parameters = [str(x) for x in found.wrt.values]
    value, derivative = found[name], found[f"{name}_tangent"]
    at = {x: _broadcast(controls.get(x, start[x]), x, value) for x in parameters}
    differences = dict.fromkeys(parameters, np.nan * value)
    for x in {str(s) for s in COUNTED} & set(parameters):
        more = _one_more(controls.get(x, start[x]), x)
        then = tangents(start, wrt=["mu0"], **how, **{**controls, x: more})[name]
        differences[x] = _back(then, x, value) - value
    reason = found.side.astype("U5").where(found.side != "both", "")
    reason = reason.where(np.isfinite(value) | (found.wrt == ""), "never")
    return _table(
        value,
        derivative,
        _along(parameters, differences),
        _along(parameters, at),
        reason.transpose(*derivative.dims),
        found,
    )


def _is_swept(value: Any) -> bool:
    """Whether a control is given several values; a text is one number."""
    return isinstance(value, Iterable) and not isinstance(value, str) and bool(getattr(value, "ndim", 1))


def _one_more(value: Any, name: str) -> Any:
    """A control increased by one; a sequence gets a dimension of another name, since its coordinate stays."""
    if isinstance(value, xr.DataArray | pd.Series):
        return value + 1
    array = np.asarray(list(value) if isinstance(value, Iterable) else value, dtype=float)
    return xr.DataArray(array + 1, dims=f"{name}_now") if array.ndim else float(array) + 1


def _back(result: xr.DataArray, name: str, like: xr.DataArray) -> xr.DataArray:
    result = result.drop_vars(name, errors="ignore")
    if f"{name}_now" in result.dims:
        result = result.rename({f"{name}_now": name}).assign_coords({name: like[name]})
    return result


def _broadcast(value: Any, name: str, like: xr.DataArray) -> xr.DataArray:
    if isinstance(value, xr.DataArray):
        return value
    if isinstance(value, Iterable):
        return like[name]
    return xr.full_like(like, float(value))


def _along(parameters: Iterable[Any], arrays: Mapping[Any, xr.DataArray]) -> xr.DataArray:
    names = [str(x) for x in parameters]
    parts = [arrays[x].drop_vars(set(arrays[x].coords) - set(arrays[x].dims)) for x in arrays]
    index = xr.DataArray(names, dims="wrt", name="wrt", attrs={"long_name": "parameter"})
    joined = xr.concat(parts, dim=index, join="exact", combine_attrs="drop")
    return joined.transpose(*(dim for dim in joined.dims if dim != "wrt"), "wrt")


def _table(
    value: xr.DataArray,
    derivative: xr.DataArray,
    differences: xr.DataArray,
    at: xr.DataArray,
    reason: xr.DataArray,
    source: xr.Dataset,
) -> xr.Dataset:
    with np.errstate(all="ignore"):
        elasticity = at * derivative / value
    what = value.attrs.get("long_name", value.name)
    reason = reason.astype(object).where((value != 0) | (reason != ""), "zero")  # texts of any length
    said = xr.apply_ufunc(np.vectorize(REASONS.__getitem__, otypes=[object]), reason).astype(str)
    ds = xr.Dataset(
        {"value": value, "derivative": derivative, "elasticity": elasticity.transpose(*derivative.dims),
         "difference": differences.transpose(*derivative.dims), "reason": said.transpose(*derivative.dims)},
    )  # fmt: skip
    ds.derivative.attrs = {"long_name": f"derivative of {what}", "units": f"{value.attrs.get('units', '1')} per unit"}
    ds.elasticity.attrs = {"long_name": f"elasticity of {what}"}
    ds.difference.attrs = {"long_name": f"change of {what} with one more", "units": value.attrs.get("units", "1")}
    ds.reason.attrs = {"long_name": "why a derivative is missing, infinite or one-sided"}
    ds.attrs = {**source.attrs, "quantity": str(value.name)}
    return ds


@checked
def interactions(
    quantity: Wanted,
    settings: Settings | str | None = None,
    /,
    *,
    wrt: Iterable[str | Symbol] | None = None,
    model: Model | str | None = None,
    prove: bool = False,
    **controls: Any,
) -> xr.Dataset:
    """How all pairs of parameters act together on a quantity: ∂² log|Q| / ∂log x ∂log y.

    Parameters
    ----------
    quantity, settings, model, **controls
        See `sensitivities`.
    wrt : iterable of str or Symbol, optional
        By default all parameters that the quantity depends on, the state included.
    prove : bool
        Whether to look for signs that hold everywhere in the domain (see `deltamu.sensitivity.sign_of`).

    Returns
    -------
    xarray.Dataset
        ``interaction`` over the sweep and the dimensions ``x``, ``y``: positive where two parameters complement each
        other, negative where one substitutes the other, 0 where they only multiply; ``elasticity`` over ``x``; with
        `prove`, ``proved``: the sign that holds everywhere, or an empty text.

    Examples
    --------
    >>> from deltamu.sensitivity import interactions
    >>> ds = interactions("rho_eff", H=0.5, rho=0.5, prove=True)
    >>> ds.interaction.sel(x="H", y="rho").round(3).item(), ds.proved.sel(x="H", y="rho").item()
    (-0.444, 'nonpositive')
    """
    settings = find_settings(settings)
    chosen = model or settings.model or PUBLISHED
    slopes = gradient(quantity, wrt, model=chosen)
    if not slopes:
        raise InputError(f"{quantity} depends on no parameter")
    second = hessian(quantity, slopes, model=chosen)
    first = next(iter(slopes.values()))
    found = evaluate([differentiated(first), *slopes.values(), *second.values()], settings, model=chosen, **controls)
    at = _values(list(slopes), settings, chosen, controls)
    q = found[first.of.name]
    with np.errstate(all="ignore"):
        elasticity = {x: at[x] * found[slope.name] / q for x, slope in slopes.items()}
        rows = []
        for x in slopes:
            row = []
            for y in slopes:
                mixed = second[(x, y) if (x, y) in second else (y, x)]
                term = at[x] * at[y] * found[mixed.name] / q - elasticity[x] * elasticity[y]
                row.append(term + elasticity[x] if x == y else term)
            rows.append(row)
    labels = [x.name for x in slopes]
    joined = xr.concat([xr.concat(row, xr.Variable("y", labels), combine_attrs="drop") for row in rows],
                       xr.Variable("x", labels), combine_attrs="drop")  # fmt: skip
    joined = joined.transpose(*(dim for dim in joined.dims if dim not in ("x", "y")), "x", "y")
    joined.attrs = {"long_name": f"interaction in {q.attrs.get('long_name', q.name)}"}
    ds = xr.Dataset({"interaction": joined})
    alone = xr.concat(list(elasticity.values()), xr.Variable("x", labels), combine_attrs="drop")
    ds["elasticity"] = alone.transpose(..., "x")
    ds.elasticity.attrs = {"long_name": f"elasticity of {q.attrs.get('long_name', q.name)}"}
    if prove:
        ds["proved"] = (("x", "y"), _proved(quantity, list(slopes), chosen))
        ds.proved.attrs = {"long_name": "sign of the interaction that holds everywhere in the domain"}
    ds.attrs = {**found.attrs, "quantity": first.of.name}
    return ds


def _proved(quantity: Wanted, symbols: list, model: Model | str) -> NDArray[np.str_]:
    found = np.full((len(symbols), len(symbols)), "", dtype="U11")
    for i, x in enumerate(symbols):
        for j, y in enumerate(symbols[: i + 1]):
            found[i, j] = found[j, i] = sign_of(interaction(quantity, x, y, model=model, closed=True)) or ""
    return found
