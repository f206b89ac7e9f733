"""Single moves from a given state: by the direct sampler, or candidate by candidate as the four steps say.

The literal sampler assumes nothing about moments: it draws visible and hidden parts of every candidate, the correlated
errors of every reviewer, takes the best mean score, and asks the oracle.  It exists to check everything else.
"""

from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from deltamu.codegen.compile import compile_program
from deltamu.codegen.engines import DEFAULT, ENGINES, find_engine, sampling_engines
from deltamu.codegen.program import program
from deltamu.errors import InputError, shown
from deltamu.model import symbols as sym
from deltamu.model.arguments import check_count, checked
from deltamu.model.formula import Model
from deltamu.model.gated import GATED
from deltamu.model.settings import Settings, find_settings
from deltamu.model.stochastic import stochastic
from deltamu.simulation.ensemble.compiled_blocks import one_sampled_move
from deltamu.simulation.ensemble.streams import BLOCK, key_of, move_draws
from deltamu.simulation.sweeps import attributes, described, resolved

SAMPLED = (sym.improvement, sym.visible_signal, sym.accepted, sym.realised_gain, sym.mu_next)


@checked
def sample_moves(
    settings: Settings | str | None = None,
    /,
    *,
    mu: float,
    delta: float,
    runs: int,
    seed: int | np.random.Generator,
    sampler: str = "direct",
    candidates: str = "effective",
    engine: str = "numpy",
    model: Model | str | None = None,
    **controls: Any,
) -> xr.Dataset:
    """Sample one move many times from the same state.

    Parameters
    ----------
    settings : Settings or str, optional
        The scenario, or the name of a preset.
    mu, delta : float
        The state.
    runs : int
        Number of independent samples.
    seed : int or numpy.random.Generator
        As in `ensemble`.
    sampler : "direct" or "literal"
        Three draws a move from its law, or every candidate and every review.
    candidates : "effective" or "all"
        How many candidates the literal sampler draws: K_eff, which has to be whole, or all K' of them.
    engine : "numpy", "numba" or "auto"
        As in `ensemble`; the literal sampler is NumPy's.
    model : Model or str, optional
        A gated model; by default the settings', else `GATED`.
    **controls : float
        Values that win over the settings.

    Returns
    -------
    xarray.Dataset
        Dimension ``run``; ``improvement`` of the selected candidate, ``visible_signal`` (its visible part over the
        root of r), ``accepted``, ``realised_gain``, ``mu_next``.

    Raises
    ------
    InputError
        A name or value is refused, or the literal sampler is asked for a number of candidates or reviewers that is
        not whole, or for another engine than NumPy.

    Examples
    --------
    >>> one = sample_moves(mu=5, delta=0.5, runs=20_000, seed=1, tau=0)
    >>> other = sample_moves(mu=5, delta=0.5, runs=20_000, seed=2, tau=0, sampler="literal")
    >>> round(float(one.accepted.mean()), 2), round(float(other.accepted.mean()), 2)
    (0.97, 0.97)
    """
    check_count("runs", runs)
    if candidates not in ("effective", "all"):
        raise InputError(f"candidates = {shown(candidates)} is neither 'effective' nor 'all'")
    start = find_settings(settings)
    chosen = start.model or GATED if model is None else model
    whole, sweep = resolved(start, None, chosen, controls | {"mu": mu, "delta": delta}, state=sym.STATE)
    if sweep.dims:
        raise InputError(f"sample_moves takes one state, not a sweep over {', '.join(sweep.dims)}")
    values = dict(sweep.scalars)
    key = key_of(seed)
    law = stochastic(whole.model or GATED)
    makes = find_engine(engine)
    if makes != DEFAULT and not ENGINES[makes].samples:
        raise InputError(f"engine = {makes!r} makes no random moves: allowed are {', '.join(sampling_engines())}")
    if sampler == "direct" and ENGINES[makes].samples:
        arrays = one_sampled_move(makes, whole.model or GATED, values, int(runs), key, SAMPLED)
    elif sampler == "direct":
        compiled = compile_program(program("sample", law, SAMPLED))
        parts = []
        for block in range(-(-runs // BLOCK)):
            draws = move_draws(key, block, 0, min(BLOCK, runs - block * BLOCK))
            parts.append(
                {k: np.broadcast_to(v, draws["draw_score"].shape) for k, v in compiled(values | draws).items()}
            )
        arrays = {symbol.name: np.concatenate([part[symbol.name] for part in parts]) for symbol in SAMPLED}
    elif sampler == "literal" and makes != DEFAULT:
        raise InputError(f"engine = {makes!r} has no literal sampler: use engine = 'numpy'")
    elif sampler == "literal":
        arrays = _literal(law, values, int(runs), candidates, np.random.Generator(np.random.Philox(key=np.array(key))))
    else:
        raise InputError(f"sampler = {shown(sampler)} is neither 'direct' nor 'literal'")
    data = {symbol.name: ("run", arrays[symbol.name], attributes(symbol)) for symbol in SAMPLED}
    return described(xr.Dataset(data, coords={"run": np.arange(runs)}), whole)


def _literal(
    law: Model, values: dict[str, Any], runs: int, candidates: str, rng: np.random.Generator
) -> dict[str, NDArray[np.float64]]:
    """Candidate by candidate and review by review, in batches of bounded memory."""
    wanted = sym.K_eff if candidates == "effective" else sym.K_prime
    facts = compile_program(program("facts", law, (sym.mu_Delta, sym.sigma_Delta, sym.K_eff, sym.K_prime)))(values)
    count = _whole(facts[wanted.name], f"{wanted} (tau = 0 makes K_eff whole)")
    reviewers = _whole(values["N"], "N")
    after = compile_program(
        program("after", law, (sym.realised_gain, sym.mu_next), given=(sym.improvement, sym.accepted))
    )
    mean, spread, r = (float(x) for x in (facts["mu_Delta"], facts["sigma_Delta"], values["r"]))
    noise, gamma = float(values["sigma_r"]), float(values["gamma"])
    batch = max(1, 2**22 // (count * (reviewers + 3)))
    parts = []
    for start in range(0, runs, batch):
        shape = (min(batch, runs - start), count)
        signal = np.sqrt(r) * mean + spread * rng.standard_normal(shape)  # the visible part over the root of r
        hidden = (1 - r) * mean + np.sqrt(1 - r) * spread * rng.standard_normal(shape)
        improvement = np.sqrt(r) * signal + hidden
        best = np.zeros(shape[0], dtype=int)  # without reviewers any candidate is as good as another
        if reviewers:
            shared, own = rng.standard_normal(shape), rng.standard_normal((*shape, reviewers))
            errors = noise * (np.sqrt(gamma) * shared[..., np.newaxis] + np.sqrt(1 - gamma) * own)
            best = (improvement[..., np.newaxis] + errors).mean(axis=-1).argmax(axis=-1)
        rows = np.arange(shape[0])
        picked = {"improvement": improvement[rows, best], "visible_signal": signal[rows, best]}
        picked["accepted"] = (picked["visible_signal"] > 0).astype(float)
        parts.append(picked | after(values | picked))
    return {symbol.name: np.concatenate([part[symbol.name] for part in parts]) for symbol in SAMPLED}


def _whole(value: Any, name: str) -> int:
    if abs(value - round(float(value))) > 1e-12 * value:
        raise InputError(f"the literal sampler needs a whole number: {name} is {float(value):g}")
    return round(float(value))
