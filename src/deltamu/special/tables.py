"""The coefficient tables of the double-precision kernels, read once, for NumPy and JavaScript alike."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import Any

__all__ = ["MOMENTS", "PATH_IN_PACKAGE", "tables"]

PATH_IN_PACKAGE = ("generated", "chebyshev.json")

# The order-statistic functions: how the fitted factor F(s), s = sqrt(1 + ln k), becomes the value.
# Value = F · (ln k if `from_zero`) / (k^k_power · s^s_power); the scale is the asymptotic order of the
# function at infinity.
MOMENTS: dict[str, dict[str, Any]] = {
    "normal_max_mean": {"from_zero": True, "k_power": 0, "s_power": 1},
    "normal_max_mean_d1": {"from_zero": False, "k_power": 1, "s_power": 1},
    "normal_max_mean_d2": {"from_zero": False, "k_power": 2, "s_power": 1},
    "normal_max_variance": {"from_zero": False, "k_power": 0, "s_power": 2},
    "normal_max_variance_d1": {"from_zero": False, "k_power": 1, "s_power": 4},
    "normal_max_variance_d2": {"from_zero": False, "k_power": 2, "s_power": 4},
}


@cache
def tables() -> dict[str, Any]:
    """The fitted tables; treat as read-only.

    Returns
    -------
    dict
        ``tail``: ``centre`` c and ``shift`` a of y = (t-c)/(t+c), and the Chebyshev coefficients in y of
        ``mills`` (t+a)Φ(-t)exp(t²/2) and ``gain`` (t+a)²h(-t)exp(t²/2), t in [0, ∞];
        ``moments``: ``breaks`` of the segments in s = sqrt(1 + ln k) and, by function name, one list of
        Chebyshev coefficients a segment. The coefficient of T₀ is the plain one (not doubled).

    Examples
    --------
    >>> tables()["moments"]["breaks"][0]
    1.0
    """
    text = resources.files(__package__).joinpath(*PATH_IN_PACKAGE).read_text(encoding="utf-8")
    return json.loads(text)
