"""Sweeps: controls given as numbers, sequences or labelled arrays, laid out as flat arrays of points."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import xarray as xr

from deltamu import __version__
from deltamu.errors import InputError, unknown_control
from deltamu.model import symbols as sym
from deltamu.model.formula import Model
from deltamu.model.models import find_model
from deltamu.model.policies import Policy, find_policy, vocabulary
from deltamu.model.quantities import Quantity, as_numbers, check_order
from deltamu.model.settings import DEFAULT_MODEL, Settings, find_settings

Column: TypeAlias = tuple[Any, str, str]
ROUNDING = 1e-9  # how far beyond an end rounding may bring a result
RESERVED = frozenset({
    "model", "move", "moves_to_target", "moves_to_target_interpolated", "policy", "quantity", "run", "status", "wrt",
})  # fmt: skip


@dataclass(frozen=True)
class Sweep:
    """Points of a sweep.

    Attributes
    ----------
    dims : tuple of str
        Names of the sweep's dimensions; empty for a single point.
    shape : tuple of int
        Their sizes.
    coords : mapping
        Coordinates of the result, the swept controls among them.
    scalars : mapping of str to numpy.float64
        Controls that are the same at all points.
    points : mapping of str to numpy.ndarray
        Controls that vary: contiguous float64 arrays, one element a point, in C order of the dimensions.
    """

    dims: tuple[str, ...]
    shape: tuple[int, ...]
    coords: Mapping[Hashable, Any]
    scalars: Mapping[str, np.float64] = field(default_factory=dict)
    points: Mapping[str, np.ndarray] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Number of points."""
        return int(np.prod(self.shape, dtype=int))

    def point(self, index: int) -> str:
        """A point in words."""
        return ", ".join(f"{name} = {values[index]:g}" for name, values in self.points.items()) or "the only point"

    def block(self, start: int, stop: int) -> dict[str, Any]:
        """Values of all controls at the points start..stop-1."""
        return {**self.scalars, **{name: values[start:stop] for name, values in self.points.items()}}


def lay_out(controls: Mapping[Quantity, Any]) -> Sweep:
    """Lay out the points of a sweep.

    Examples
    --------
    >>> from deltamu import symbols as sym
    >>> sweep = lay_out({sym.K: 5, sym.H: [0.2, 0.4], sym.N: range(3)})
    >>> sweep.dims, sweep.shape, sweep.points["N"].tolist()
    (('H', 'N'), (2, 3), [0.0, 1.0, 2.0, 0.0, 1.0, 2.0])
    """
    arrays: dict[str, xr.DataArray] = {}
    scalars: dict[str, np.float64] = {}
    for symbol, value in controls.items():
        if type(value) in (int, float) or isinstance(value, np.float64):
            symbol.check(value)
            scalars[symbol.name] = np.float64(value)  # divides by zero silently, as arrays do
            continue
        array = _labelled(symbol, value)
        if array.ndim:
            arrays[symbol.name] = array
        else:
            scalars[symbol.name] = np.float64(array)
    names = {symbol.name for symbol in controls}
    for name, array in arrays.items():
        for dim in array.dims:
            if not isinstance(dim, str):
                raise InputError(f"{name} has a dimension {dim!r}: a dimension's name is text")
            if dim in RESERVED or dim in sym.OWN.keys() - names or (dim in names and dim not in arrays):
                raise InputError(f"{name} has a dimension {dim!r}, a name that is taken: rename the dimension")
    try:
        xr.align(*arrays.values(), join="exact", copy=False)
        grid = xr.Dataset(coords=arrays)
    except ValueError as error:
        sizes = "; ".join(f"{name} has {dict(array.sizes)}" for name, array in arrays.items())
        raise InputError(f"dimensions conflict: {sizes} ({' '.join(str(error).split())})") from None
    spread = dict(zip(arrays, xr.broadcast(*arrays.values()), strict=True))
    dims = tuple(map(str, next(iter(spread.values())).dims)) if spread else ()
    points = {name: np.ascontiguousarray(array, dtype=np.float64).reshape(-1) for name, array in spread.items()}
    return Sweep(dims, tuple(grid.sizes[dim] for dim in dims), grid.coords, scalars, points)


def _labelled(symbol: Quantity, value: Any) -> xr.DataArray:
    """A value as a DataArray that is checked against the symbol's domain and carries its facts."""
    if isinstance(value, xr.DataArray):
        array = value.reset_coords(drop=True).rename(symbol.name)
    elif isinstance(value, pd.Series):
        array = _paired(symbol, value)
    elif isinstance(value, (Mapping, Set, bytes)):  # in no order that the caller has given
        kind = type(value).__name__
        raise InputError(f"{symbol.name} is a {kind}: allowed is a number, a flat sequence or a DataArray")
    else:
        values = as_numbers(list(value) if isinstance(value, Iterable) and not _whole(value) else value)
        if values.ndim > 1:
            raise InputError(
                f"{symbol.name} is an array of {values.ndim} dimensions without names: give an xarray.DataArray"
            )
        if values.dtype == object:
            symbol.check(values)  # before xarray looks for dates among them
        dims = [symbol.name] * values.ndim
        array = xr.DataArray(values, dims=dims, coords=dict.fromkeys(dims, values), name=symbol.name)
    if array.size == 0:
        raise InputError(f"{symbol.name} is empty")
    symbol.check(array.to_numpy())
    array.attrs = attributes(symbol)
    return array


def _paired(symbol: Quantity, value: pd.Series) -> xr.DataArray:
    """A column of a table: columns of one table go together row by row, along the name of its index, or ``row``."""
    if value.index.nlevels > 1:
        raise InputError(f"{symbol.name} is a column of a table with {value.index.nlevels} indices: allowed is one")
    dim = str(value.index.name or "row")
    return xr.DataArray(as_numbers(value.tolist()), dims=[dim], coords={dim: value.index}, name=symbol.name)


def _whole(value: Iterable[Any]) -> bool:
    """Whether something that can be iterated over is one value all the same, or is to be judged as a whole."""
    return isinstance(value, str | bytes | np.ndarray)


def attributes(symbol: Quantity) -> dict[str, str]:
    """What labelled results say of a quantity."""
    return annotations(symbol.meaning, symbol.unit)


def annotations(meaning: str, unit: str) -> dict[str, str]:
    """``long_name``, what follows a colon as ``comment``, and ``units`` of what is no pure number.

    Examples
    --------
    >>> annotations("calls: one for each candidate", "calls"), annotations("share", "1")
    ({'long_name': 'calls', 'comment': 'one for each candidate', 'units': 'calls'}, {'long_name': 'share'})
    """
    long_name, _, comment = meaning.partition(": ")
    return {
        "long_name": long_name,
        **({"comment": comment} if comment else {}),
        **({"units": unit} if unit not in ("", "1") else {}),
    }


def resolved(
    settings: Settings | str | None,
    policy: Policy | str | None,
    model: Model | str | None,
    controls: Mapping[str, Any],
    *,
    state: Iterable[Quantity] = (),
) -> tuple[Settings, Sweep]:
    """Settings and points of a call: defaults < settings < `controls`."""
    settings = find_settings(settings)
    policy = settings.policy if policy is None else find_policy(policy)
    model = (settings.model or DEFAULT_MODEL) if model is None else find_model(model)
    known = vocabulary(policy, model)
    settable: dict[str, Any] = {**known, **{symbol.name: symbol for symbol in state}}
    for name in controls:
        if name not in settable:
            raise unknown_control(name, settable)
    given = dict(controls) | {name: settings.given[name] for name in settings.given if name in known.keys() - controls}
    values = {settable[name]: value for name, value in given.items()}
    check_complete(policy, model, given)
    values |= {known[name]: known[name].default for name in known.keys() - given.keys()}
    sweep = lay_out(values)
    check_order(sym.ORDERED, sweep.block(0, sweep.size))
    first = {
        name: value if name in sweep.scalars else float(sweep.points[name][0])
        for name, value in given.items()
        if name in known
    }
    return Settings(policy, model=model, **first), sweep


def check_complete(policy: Policy, model: Model, given: Iterable[str]) -> None:
    """Raise unless every control of a policy in a model has a value or a default."""
    known = vocabulary(policy, model)
    for name in sorted(known.keys() - set(given)):
        if known[name].default is None:
            needs = f"policy {policy.name} or model {model.name} needs a value"
            raise InputError(f"control {name} has no default: {needs}")


def described(dataset: xr.Dataset, settings: Settings) -> xr.Dataset:
    """Attach what a result says of itself: settings (of its first point, as JSON), policy, model and version."""
    return dataset.assign_attrs(
        settings=settings.to_json(),
        policy=settings.policy.name,
        model=(settings.model or DEFAULT_MODEL).name,
        deltamu_version=__version__,
    )


def column(values: Any, quantity: Quantity) -> Column:
    """Values with the long name and unit of a quantity."""
    return values, quantity.facts.meaning, quantity.facts.unit


def labelled(sweep: Sweep, settings: Settings, data: Mapping[str, Column], **before: Sequence[float]) -> xr.Dataset:
    """Flat arrays with their long names and units as a labelled result of a sweep."""
    dims, shape = (*before, *sweep.dims), (*map(len, before.values()), *sweep.shape)
    variables = {
        name: (dims, np.reshape(values, shape), annotations(text, unit)) for name, (values, text, unit) in data.items()
    }
    return described(xr.Dataset(variables, coords={**sweep.coords, **before}), settings)


def along(
    run: Callable[[Policy, Model], xr.Dataset],
    settings: Settings,
    policy: Policy | str | Sequence[Policy | str] | None = None,
    model: Model | str | Sequence[Model | str] | None = None,
) -> xr.Dataset:
    """Call `run` for a policy and a model; a sequence of either becomes a dimension ``policy`` or ``model``.

    What is None is taken from the settings; a model that is given nowhere is the published one.
    """
    policies, models = choices(settings, policy, model)
    return _joined("policy", policies, lambda p: _joined("model", models, lambda m: run(p, m)))


def choices(
    settings: Settings,
    policy: Policy | str | Sequence[Policy | str] | None,
    model: Model | str | Sequence[Model | str] | None,
) -> tuple[Policy | list[Policy], Model | list[Model]]:
    """The policy and the model that are asked for, or lists of them."""
    return (
        _each(find_policy, settings.policy if policy is None else policy),
        _each(find_model, (settings.model or DEFAULT_MODEL) if model is None else model),
    )


def _each(known: Callable[[Any], Any], chosen: Any) -> Any:
    return [known(one) for one in chosen] if isinstance(chosen, list | tuple) else known(chosen)


def _joined(name: str, choices: Any, run: Callable[[Any], xr.Dataset]) -> xr.Dataset:
    """Results of `run` along a new dimension, if there is a list of choices."""
    if not isinstance(choices, list):
        return run(choices)
    names = [choice.name for choice in choices]
    if not names or len(set(names)) < len(names):
        raise InputError(f"a sequence of {name} names needs at least one and no two alike, got {names}")
    parts = [run(choice) for choice in choices]
    attrs = {key: value for key, value in parts[0].attrs.items() if key != name}
    joined = xr.concat(parts, dim=xr.DataArray(names, dims=name, name=name), join="exact", combine_attrs="override")
    joined.attrs = attrs
    return joined


def check_results(symbol: Quantity, values: np.ndarray, origin: str, at: Callable[[int], str]) -> None:
    """Raise unless results lie in the domain of what they are; ends that are open to input may be reached.

    Parameters
    ----------
    symbol : Quantity
    values : array
        The last axis is that of the points.
    origin : str
        Whose formula it is.
    at : callable
        Says where an element of the flattened `values` stands.
    """
    low, high = (0.0, np.inf) if symbol.whole else (float(symbol.domain.start), float(symbol.domain.end))
    if values.size and low <= values.min() and values.max() <= high:
        return
    slack = ROUNDING * max(1.0, *(abs(end) for end in (low, high) if np.isfinite(end)), 0.0)
    wrong = ~((values >= low - slack) & (values <= high + slack))  # nan is wrong as well
    if wrong.any():
        place = int(np.argmax(wrong))
        raise InputError(
            f"{symbol} = {values.flat[place].item()!r} is outside {symbol.allowed} {at(place)}: see its formula in "
            f"{origin}"
        )
