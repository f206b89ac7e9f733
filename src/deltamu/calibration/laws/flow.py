"""Flow: the law of first passes of a run of the model itself, under the user's settings, policy and model."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from sympy import exp

from deltamu.calibration.laws.law import Law, formulas
from deltamu.calibration.laws.repair import labels, what_is_seen
from deltamu.calibration.parameters import Parameter
from deltamu.errors import InputError
from deltamu.model.formula import Model
from deltamu.model.policies import VIBE
from deltamu.model.published import PUBLISHED
from deltamu.model.quantities import NONNEGATIVE, UNIT, quantity
from deltamu.model.settings import Settings, find_settings
from deltamu.sensitivity.linearised import parameters
from deltamu.sensitivity.tangents import tangents

Array = NDArray[np.float64]
UNSEEN = ("target", "w_generate", "w_review")  # of outcomes that passes say nothing of
RISE = 1e-9  # a mass that rises by more than this share is no pure death


@dataclass(frozen=True, eq=False)
class Run:
    """Masses of runs and their slopes by some controls, from exact tangents."""

    settings: Settings
    wrt: tuple[str, ...]
    last: int

    def masses(self, values: Mapping[str, Array]) -> tuple[Array, Array]:
        """Mass before each of moves 0..last, shape (points, moves), and slopes (points, moves, controls)."""
        given: dict[str, Any] = {
            name: xr.DataArray(np.asarray(value, dtype=float), dims="point") for name, value in values.items()
        }
        chosen = list(self.wrt)
        ds = tangents(self.settings, wrt=chosen, moves=self.last + 1, sides=False, progress=False, **given)
        mass = ds["mu"].transpose("point", "move").to_numpy()
        slope = ds["mu_tangent"].transpose("point", "move", "wrt").to_numpy()
        return mass, slope

    def cells(self, values: Mapping[str, Array]) -> tuple[Array, Array]:
        """Probabilities of `labels` and their slopes: visible and hidden defects are removed alike."""
        shape = np.shape(next(iter(values.values())))
        flat = {name: np.asarray(value, dtype=float).reshape(-1) for name, value in values.items()}
        mass, slope = self.masses(flat)
        r = flat["r"][:, None] if "r" in flat else np.full((len(mass), 1), self.settings["r"])
        by_r = np.array([float(name == "r") for name in self.wrt])
        p = np.zeros((len(mass), self.last + 1, 4))
        by = np.zeros((*p.shape, len(self.wrt)))

        def left(visible: Array, by_visible: Array) -> tuple[Array, Array]:
            found = np.exp(-visible)
            return found, -found[..., None] * by_visible

        passed, by_passed = left(r * mass, r[..., None] * slope + mass[..., None] * by_r)
        clean, by_clean = left(mass, slope)
        mixed = r * mass[:, :-1] + (1 - r) * mass[:, 1:]
        by_mixed = r[..., None] * slope[:, :-1] + (1 - r)[..., None] * slope[:, 1:]
        before, by_before = left(mixed, by_mixed + (mass[:, :-1] - mass[:, 1:])[..., None] * by_r)
        right, by_right = clean.copy(), by_clean.copy()
        right[:, 1:] -= before
        by_right[:, 1:] -= by_before
        first, by_first = np.diff(passed, axis=1, prepend=0.0), np.diff(by_passed, axis=1, prepend=0.0)
        p[..., 0], by[..., 0, :] = right, by_right
        p[..., 1], by[..., 1, :] = first - right, by_first - by_right
        p[..., 3], by[..., 3, :] = 1 - passed, -by_passed
        rising = (np.diff(mass, axis=1) > RISE * mass[:, :-1]).any(axis=1)
        p[rising] = 0.0  # no probability: the search turns back
        size = 4 * (self.last + 1)
        return p.reshape(*shape, size), by.reshape(*shape, size, len(self.wrt))


def flow(
    last: int, settings: Settings | str | None = None, *, free: Iterable[str] = ("mu0", "r", "a1", "decay")
) -> Law:
    """The law of the first visible pass in a run of the model, P(T <= t) = exp(-r mu_t), all defects removed alike.

    Parameters
    ----------
    last : int
        The last attempt of the log.
    settings : Settings or str, optional
        What is not fitted; the defaults under the vibe policy.
    free : iterable of str
        Controls that are fitted, from their values in the settings.

    Raises
    ------
    InputError
        A control is none of the run's, or the mass rises under the settings: the law of first passes holds only while
        it falls.

    Examples
    --------
    >>> law = flow(3, free=("mu0", "r"))
    >>> law.names, len(law.labels)
    (('mu0', 'r'), 16)
    """
    base = Settings(VIBE) if settings is None else find_settings(settings)
    known = {symbol.name: symbol for symbol in parameters(base.policy, base.model or PUBLISHED)}
    chosen = tuple(free)
    if wrong := [name for name in chosen if name not in known]:
        raise InputError(f"{', '.join(wrong)} cannot be fitted by law flow: allowed are {', '.join(known)}")
    run = Run(base, chosen, last)
    start = {name: float(base[name]) for name in chosen}
    mass, _ = run.masses({name: np.array([value]) for name, value in start.items()})
    if (rises := np.flatnonzero(np.diff(mass[0]) > RISE * mass[0, :-1])).size:
        raise InputError(f"the mass rises at move {rises[0]}: the law of first passes holds only while it falls")
    fitted = tuple(Parameter(known[name], "logit" if known[name].domain.sup == 1 else "log") for name in chosen)
    return Law(
        "flow",
        f"runs of the model under {base.policy.name}",
        fitted,
        _printed(last),
        _outcomes(last),
        labels(last),
        _Starts(tuple(start.items())),
        evaluate=run.cells,
        note="all tasks have one mass",
    )


@dataclass(frozen=True)
class _Starts:
    """Starting values: the settings, and others around them."""

    values: tuple[tuple[str, float], ...]

    def __call__(self, counts: Array) -> list[dict[str, float]]:
        middle = dict(self.values)
        return [{name: value * scale if name not in ("r", "decay") else value for name, value in middle.items()}
                for scale in (1.0, 0.3, 0.1, 3.0)]  # fmt: skip


def _outcomes(last: int) -> tuple:
    return tuple(symbol for t in range(last + 1) for symbol in what_is_seen(t))


def _printed(last: int) -> Model:
    """The cells as formulas in the masses of a run, which simulation and tangents give."""
    from deltamu.model import symbols as sym

    mass = [quantity(f"mu_{t}", rf"\mu_{{{t}}}", meaning=f"mass before move {t}", domain=NONNEGATIVE, unit="defects")
            for t in range(last + 1)]  # fmt: skip
    lines = []
    for t in range(last + 1):
        found = _outcomes(last)[4 * t : 4 * t + 4]
        passed = quantity(f"first_{t}", f"p_{t}", meaning=f"first pass at {t}", domain=UNIT)
        before = exp(-sym.r * mass[t - 1]) if t else 0
        mixed = exp(-(sym.r * mass[t - 1] + (1 - sym.r) * mass[t])) if t else 0
        lines += [
            (passed, exp(-sym.r * mass[t]) - before),
            (found[0], exp(-mass[t]) - mixed),
            (found[1], passed - found[0]),
            (found[2], 0 * mass[t]),
            (found[3], 1 - exp(-sym.r * mass[t])),
        ]
    return Model("flow", formulas(*lines))


def information_of_run(settings: Settings, *, hidden: bool, moves: int, tasks: float) -> tuple[Array, tuple[str, ...]]:
    """Eigenvalues of the expected information about all constants of a run, on log scales, and their names.

    Parameters
    ----------
    settings : Settings
    hidden : bool
        Whether hidden results are seen at the first pass.
    moves : int
    tasks : float
    """
    names = tuple(symbol.name for symbol in parameters(settings.policy, settings.model or PUBLISHED)
                  if symbol.name not in UNSEEN and float(settings[symbol.name]) > 0)  # fmt: skip
    run = Run(settings, names, moves)
    values = {name: np.array([float(settings[name])]) for name in names}
    p, by = run.cells(values)
    p, by = p[0].reshape(-1, 4), by[0].reshape(-1, 4, len(names)) * np.array([values[name][0] for name in names])
    if hidden:
        cells, slopes = (
            np.append(p[:, :2].ravel(), p[-1, 3]),
            np.concatenate([by[:, :2].reshape(-1, len(names)), by[-1, 3:]]),
        )
    else:
        cells, slopes = np.append(p[:, :2].sum(axis=1), p[-1, 3]), np.concatenate([by[:, :2].sum(axis=1), by[-1, 3:]])
    kept = cells > 1e-12
    root = slopes[kept] / np.sqrt(cells[kept])[:, None]
    return tasks * np.linalg.svd(root, compute_uv=False) ** 2, names
