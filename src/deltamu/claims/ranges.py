"""Where claims look: the ranges of the sliders, and the constants, which were invented and not measured, varied."""

from typing import Any

from deltamu.model import symbols as sym


def slider_ranges(*symbols: sym.Quantity) -> dict[str, tuple[float, float]]:
    """Lowest and highest value of the sliders of controls, by name.

    Examples
    --------
    >>> slider_ranges(sym.K, sym.gamma)
    {'K': (1, 12), 'gamma': (0, 0.9)}
    """
    return {symbol.name: symbol.slider[:2] for symbol in symbols}


def varied_constants() -> dict[str, Any]:
    """Every constant in turn at half and at twice its value, within its domain.

    Returns
    -------
    dict of str to xarray.DataArray
        A value of every constant along the dimension ``constants``, whose labels say what was changed; the first
        point has the article's values.  Pass it on to `evaluate` or `simulate`.

    Examples
    --------
    >>> varied = varied_constants()
    >>> varied["tau"].constants.to_numpy()[:3].tolist(), varied["a1"].to_numpy()[:3].tolist()
    (['as they are', 'a1 times 0.5', 'a1 times 2'], [0.9, 0.45, 1.8])
    """
    import numpy as np
    import xarray as xr

    labels = ["as they are"] + [f"{s.name} times {factor:g}" for s in sym.CONSTANTS for factor in (0.5, 2)]
    values = {s.name: np.full(len(labels), s.default) for s in sym.CONSTANTS}
    for index, symbol in enumerate(sym.CONSTANTS):
        highest = float(symbol.facts.domain.end)
        for place, factor in enumerate((0.5, 2)):
            values[symbol.name][1 + 2 * index + place] = min(float(values[symbol.name][0]) * factor, highest)
    return {name: xr.DataArray(column, dims="constants", coords={"constants": labels})
            for name, column in values.items()}  # fmt: skip
