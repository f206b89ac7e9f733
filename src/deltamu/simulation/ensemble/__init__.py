"""The stochastic simulator: the process itself, of which `deltamu.simulation.simulate` follows the mean.

* `moves`: the stochastic move in symbols;
* `streams`: random numbers addressed by block of runs and move;
* `running`: one block of runs, move by move;
* `summaries`: streaming summaries;
* `compiled`: blocks of runs through an engine that compiles them, summaries included;
* `tasks`: executors, lost workers, checkpoints;
* `jobs`: an ensemble as tasks, and their results as a Dataset;
* `literal`: single moves, sampled directly or as the four steps say, candidate by candidate.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from deltamu.codegen.engines import DEFAULT, ENGINES, find_engine, sampling_engines
from deltamu.errors import InputError, shown
from deltamu.model.arguments import check_count, checked
from deltamu.model.formula import Model
from deltamu.model.gated import GATED
from deltamu.model.policies import Policy
from deltamu.model.quantities import flat_numbers
from deltamu.model.settings import Settings, find_settings
from deltamu.model.stochastic import stochastic
from deltamu.progress import tracked
from deltamu.simulation.ensemble.blocks import Plan, Rows
from deltamu.simulation.ensemble.jobs import Job
from deltamu.simulation.ensemble.literal import sample_moves
from deltamu.simulation.ensemble.streams import key_of
from deltamu.simulation.ensemble.tasks import in_order
from deltamu.simulation.population import Population, population_of
from deltamu.simulation.sweeps import along, described, resolved
from deltamu.simulation.tasks import with_population

WINDOW = 20
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@checked
def ensemble(
    settings: Settings | str | None = None,
    /,
    *,
    policy: Policy | str | Sequence[Policy | str] | None = None,
    model: Model | str | Sequence[Model | str] | None = None,
    runs: int,
    seed: int | np.random.Generator,
    moves: int = 150,
    reduce: str | None = None,
    feedback: str = "probability",
    window: int | None = None,
    quantiles: Sequence[float] = QUANTILES,
    defects: bool = False,
    population: Population | xr.Dataset | None = None,
    engine: str = "numpy",
    executor: Executor | None = None,
    checkpoint: str | Path | None = None,
    progress: bool | None = None,
    **controls: Any,
) -> xr.Dataset:
    """Simulate the stochastic process, run by run.

    Parameters
    ----------
    settings : Settings or str, optional
        The scenario, or the name of a preset; the defaults if it is left out.
    policy, model : optional
        As in `simulate`; the model is by default the settings', else `GATED`.
    runs : int
        Number of runs of each point.
    seed : int or numpy.random.Generator
        Where the random numbers come from. The same numbers serve all points, and a run keeps its own when more runs
        or moves are asked for: results have the same bits for any chunking, executor or sweep.
    moves : int
        Number of moves T of each run.
    reduce : None or "summary"
        None keeps every run; ``"summary"`` keeps means, variances, quantiles, the acceptance rate and the survival
        curve only, in memory that does not grow with `runs`.
    feedback : "probability" or "realised"
        What the policy sees as the acceptance: the probability of the move, or the share of the last `window` moves
        that were accepted (of all moves, while they are fewer).
    window : int, optional
        Number of moves that realised feedback looks back on: 20 by default.
    quantiles : sequence of float
        Quantiles of the defect mass in a summary (from a histogram, right to 1.2 %); none are counted if it is empty.
    defects : bool
        Whether to draw the (Poisson) numbers of visible and hidden defects after each move, and with them whether the
        oracle passes, and passes falsely.
    population : Population or xarray.Dataset, optional
        As in `simulate`: each run is then a task of its own, with a mass drawn at random. The same masses serve all
        points. Quantiles reach from 1e-4 to 10 times the mass that one task in 1000 exceeds.
    engine : "numpy", "numba" or "auto"
        What makes the moves. ``"auto"`` is NumPy. Engines have random numbers of their own: their results agree in
        law, not run by run. numba draws neither numbers of defects nor tasks.
    executor : concurrent.futures.Executor, optional
        Where to work, such as a process pool or a cluster's executor; here by default.
    checkpoint : str or Path, optional
        A folder that keeps finished tasks: an interrupted ensemble resumes from there, to the same bits.
    progress : bool, optional
        Whether to show progress; by default a long ensemble does on a terminal.
    **controls : float, 1-D sequence or xarray.DataArray
        As in `simulate`.

    Returns
    -------
    xarray.Dataset
        Every run: dimensions of the sweep, ``run``, ``move``; variables ``mu``, ``delta_t`` (and what else the policy
        sets), ``acceptance`` (what the policy saw), ``accepted``, ``realised_gain``, ``mu_next``, and of each run
        ``moves_to_target`` (inf if not within T); with `defects` also ``visible_defects``, ``hidden_defects``,
        ``passes`` (no visible one) and ``false_passes`` (none visible, but a hidden one).

        Summary: ``mu_next_mean``, ``mu_next_variance``, ``delta_mean``, ``delta_variance``, ``acceptance_mean``,
        ``acceptance_rate``, ``mu_next_quantile``, and over ``moves_made`` = 0..T ``survival``, the share of runs that
        have not reached their target, with Wilson's 95 % limits ``survival_low`` and ``survival_high``; with `defects`
        also ``pass_rate`` and ``false_pass_rate``, shares of all runs.

    Raises
    ------
    InputError
        The model has no stochastic move (the published one), the engine does not do what is asked for, or a name or
        value is refused.

    Examples
    --------
    >>> from deltamu import ensemble
    >>> ds = ensemble("principal-tr", runs=3, seed=1, moves=5)
    >>> dict(ds.sizes)
    {'run': 3, 'move': 5}
    >>> summary = ensemble("principal-tr", runs=1000, seed=1, moves=5, reduce="summary", N=[0, 4])
    >>> summary.mu_next_mean.dims
    ('N', 'move')
    """
    _check(runs, moves, reduce, feedback, window, quantiles)
    makes = find_engine(engine)
    if makes != DEFAULT and not ENGINES[makes].samples:
        raise InputError(f"engine = {makes!r} makes no random moves: allowed are {', '.join(sampling_engines())}")
    if ENGINES[makes].samples and defects:
        raise InputError(f"engine = {makes!r} does not do defects = True: use engine = 'numpy'")
    if executor is not None and not hasattr(executor, "submit"):
        raise InputError(f"executor = {shown(executor)} is no executor: it has no submit")
    if ENGINES[makes].samples and population is not None:
        raise InputError(f"engine = {makes!r} does not draw tasks of a population: use engine = 'numpy'")
    tasks = None if population is None else population_of(population)
    given = controls if tasks is None else with_population(tasks, controls)
    start = find_settings(settings)
    chosen = start.model or GATED if model is None else model
    key = key_of(seed)

    def one(chosen_policy: Policy, chosen_model: Model) -> xr.Dataset:
        settings, sweep = resolved(start, chosen_policy, chosen_model, given)
        stochastic(chosen_model)
        seen = min(window or WINDOW, int(moves)) if feedback == "realised" else 0
        plan = Plan(chosen_policy, chosen_model, int(moves), key, seen, bool(defects), makes, tasks)
        job = Job(plan, sweep, int(runs), None if reduce is None else tuple(quantiles))
        with tracked("simulating runs", sweep.size * runs * moves, progress) as advance:
            results = _advancing(in_order(job.work, job.tasks(), executor, job.checkpoint(checkpoint)), job, advance)
            dataset = job.every_run(results) if reduce is None else job.summary(results)
        facts = {"runs": int(runs), "feedback": feedback, "window": (window or WINDOW) if seen else 0}
        facts |= {} if makes == DEFAULT else {"engine": makes}
        facts |= {} if tasks is None else {"population": tasks.told()}
        return described(dataset, settings).assign_attrs(facts | ({"seed": seed} if isinstance(seed, int) else {}))

    return along(one, start, policy, chosen)


def _check(
    runs: int, moves: int, reduce: str | None, feedback: str, window: int | None, quantiles: Sequence[float]
) -> None:
    for name, value in (("runs", runs), ("moves", moves), ("window", WINDOW if window is None else window)):
        check_count(name, value)
    if reduce not in (None, "summary"):
        raise InputError(f"reduce = {shown(reduce)} is neither None nor 'summary'")
    if feedback not in ("probability", "realised"):
        raise InputError(f"feedback = {shown(feedback)} is neither 'probability' nor 'realised'")
    if window is not None and feedback != "realised":
        raise InputError(f"window = {window} says nothing to feedback = 'probability': it belongs to 'realised'")
    levels = flat_numbers(quantiles)
    if levels.ndim != 1:
        raise InputError(f"quantiles = {shown(quantiles)} is no sequence of probabilities")
    if np.size(quantiles) and not (levels.size and ((levels > 0) & (levels < 1)).all()):
        raise InputError(f"quantiles = {shown(quantiles)} are not all inside (0, 1)")


def _advancing(results: Iterator[Rows], job: Job, advance: Callable[[int], None]) -> Iterator[Rows]:
    for (points, runs), result in zip(job.places(), results, strict=True):
        yield result
        advance((points.stop - points.start) * (runs.stop - runs.start) * job.plan.moves)
