"""The best settings for an objective within limits, what they trade off, what binds them, and what is out of reach."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from deltamu.design.recommendation.answers import answer
from deltamu.design.recommendation.choices import (
    POINTS,
    Space,
    choices_of,
    free_controls,
    policies_of,
    prices_of,
    space,
)
from deltamu.design.recommendation.fitted import base_of, known_of, leading
from deltamu.design.recommendation.questions import Question
from deltamu.design.recommendation.search import search
from deltamu.design.recommendation.uncertain import answer_for_tasks
from deltamu.errors import InputError
from deltamu.model import symbols as sym
from deltamu.model.arguments import check_count, checked
from deltamu.model.formula import Model
from deltamu.model.models import find_model
from deltamu.model.policies import Policy
from deltamu.model.published import PUBLISHED
from deltamu.model.quantities import is_number
from deltamu.model.settings import Settings, find_settings, scalar
from deltamu.simulation.population import NODES, Population
from deltamu.simulation.sweeps import check_complete
from deltamu.simulation.tasks import with_population


@checked
def recommend(
    settings: Settings | str | None = None,
    /,
    *,
    minimize: str = "moves",
    target: float | None = None,
    budget: float | None = None,
    max_false_pass: float | None = None,
    costs: Mapping[str, float] | None = None,
    fixed: str | Iterable[str] = (),
    free: str | Iterable[str] | None = None,
    policy: Policy | str | Sequence[Policy | str] | None = None,
    model: Model | str | None = None,
    moves: int = 150,
    population: Population | xr.Dataset | Sequence[xr.Dataset] | None = None,
    measured: str | Iterable[str] = (),
    carrier: str = "a1",
    draws: int = 0,
    seed: int | None = None,
    **controls: float,
) -> xr.Dataset:
    """Recommend settings on the sliders: the best for an objective within limits.

    Parameters
    ----------
    settings : Settings or str, optional
        The scenario, or the name of a preset: everything that is not free stays as it is there.
    minimize : {"moves", "cost", "false_pass"}
        Moves to the target, linear in mu between states; model calls until then; or the probability of a hidden defect
        there.
    target : float, optional
        Pass probability that is to be reached; by default the settings' own.
    budget : float, optional
        Most model calls until the target, in all (not in a move), with what `costs` says of controls.
    max_false_pass : float, optional
        Largest probability of a hidden defect at the stop, given that the oracle passes.
    costs : mapping of str to float, optional
        ``w_generate`` and ``w_review``: model calls for a candidate and for a review. Any control that can be free: the
        price of a unit of it in model calls, paid once.
    fixed, free : names, optional
        Controls that stay, and those that may move on their sliders: any with a slider but `mu0` and `overreach`, those
        of one's own too, and ``policy``. By default K, N, K_r, delta0, and decay or delta_max where the policy reads
        it; if a false pass is minimised or limited `target` too, which then only rises: a later stop. Whoever frees
        `r` should limit the false pass, since an oracle that sees nothing passes at once.
    policy : Policy, str, or a sequence of these, optional
        A sequence is a choice.
    model : Model or str, optional
        By default the settings' model, else `PUBLISHED`.
    moves : int
        Most moves of a run.
    population : Population, xarray.Dataset or a sequence of these Datasets, optional
        Tasks that differ in mass, or a fit of law repair to the log of one run: what it measured is then set as
        `deltamu.calibrated` does it, with the resolution that belongs to such tasks. Pass probability, false pass and
        target are those of a task drawn at random. Controls that were measured stay unless they are named in `free`;
        those that only invented constants steer are refused there, and left alone otherwise. Of several fits to the
        same log (with and without spread, say) the answer is that of the least AIC, and draws are spread over all by
        their Akaike weights; the law of a single fit is taken as given.
    measured : names, optional
        Constants in the settings that were measured besides, such as `gamma` from reviewers' verdicts.
    carrier : str
        The constant that carries the measured rate of repair, see `deltamu.calibrated`.
    draws : int
        Draws of the fit for each of which the answer is sought as well, see `deltamu.draws`.
    seed : int, optional
        Needed for draws.
    **controls : float
        Values that win over the settings.

    Returns
    -------
    xarray.Dataset
        `Settings.from_dataset` makes the recommended settings of it. Scalars: ``status`` (``found`` or ``out of
        reach``), ``reason`` (what binds the optimum, or what keeps the request out of reach); ``objective`` (``inf``
        out of reach) and ``shortfall``, how far the nearest settings are from the first limit that cannot be met, in
        the order target, max_false_pass, budget; ``moves_needed``, ``calls``, ``false_pass``, ``pass_probability``,
        ``true_reliability``, ``mass`` at the stop; ``residual`` (of the first-order conditions, 0 at a stationary
        point), ``switch_margin`` (near 0 the run is at a switch, where an optimum need not be stationary);
        ``on_grid``, the best of the coarse grid, and ``on_sliders``, of the slider steps around the optimum.

        Along ``choice``: ``chosen``, ``on_slider``, ``lowest``, ``highest``, ``place`` and ``by_end``, the derivative
        of the optimum by the end that a control lies at. Along ``limit``: ``allowed``, ``attained``, ``is_binding``,
        and ``by_limit``, the derivative of the optimum by the limit. Along ``wrt``, everything that is not free:
        ``by_parameter`` and ``elasticity`` of the optimum, exact by the envelope theorem. Along ``front``, what no
        other settings beat: ``front_moves``, ``front_cost``, ``front_pass_probability``, ``front_false_pass``,
        ``front_policy``, ``front_chosen`` (along ``choice`` too), ``front_meets`` (all limits). Out of reach, all
        of these are of the nearest settings, and the derivatives are of what the unmet limit limits (attribute
        ``derivatives_of``).

        With a population there are no derivatives, sliders and front: ``chosen``, ``lowest`` and ``highest`` along
        ``choice``; ``refused`` along ``left_alone``, why a control is left as it is; ``source`` along ``constant``,
        measured, fixed or invented; of several fits ``fit_weight``. With draws, each answered on one coarse grid:
        ``draw_chosen``, ``draw_status``, ``draw_objective``, ``draw_fit``, ``draw_agrees`` and ``draw_loss``, by what
        share the settings that are best for the estimate are worse than the draw's own; ``agreement`` along
        ``choice``, ``agreement_in_all``, ``estimate_chosen``; the attribute ``assumes`` says what draws leave out.

    Raises
    ------
    InputError
        A name is unknown, a value is refused, or there are too many combinations.

    Notes
    -----
    Whole controls are enumerated. The others are optimised for every team: on a grid of slider steps, then by a compass
    search for all teams at once, where there are more than two of them on points scattered around the best (always the
    same ones), then, for the teams that can still win, by sequential quadratic programming with exact gradients; with
    a population on the grid and by the compass search alone. The
    answer is the best of all that was looked at, so it is never worse than the grid, nor than the settings that it
    starts from if these lie on the sliders. A cheaper answer wins among equal ones. Near a switch (`switch_margin`) a
    run jumps: there the best of all is not proved to be found.

    At the stop that is linear in mu, the false pass depends on the target and the oracle only; the run itself stops
    after a whole move, at or below that mass.

    Examples
    --------
    >>> from deltamu import Settings
    >>> from deltamu.design import recommend
    >>> ds = recommend(target=0.7, minimize="cost")
    >>> best = Settings.from_dataset(ds)
    >>> best["K"], best["N"], best["delta0"], round(ds.objective.item(), 1)
    (7, 1, 2.0, 266.2)
    >>> ds = recommend(target=0.95)
    >>> print(ds.reason.item()[:84])
    out of reach because the ceiling of the pass probability is 0.8065: the lowest defec
    """
    check_count("moves", moves)
    measured = (measured,) if isinstance(measured, str) else tuple(measured)
    if not (is_number(draws) and draws == 0):
        check_count("draws", draws)
    known = None
    if population is not None or draws or measured:
        base = base_of(leading(population), settings, model, controls)
        known = known_of(population, base, carrier, measured, draws, seed)
        settings = known.settings
    start = find_settings(settings)
    chosen = find_model(start.model or PUBLISHED if model is None else model)
    start = start.replace(model=chosen)
    choices = choices_of(start.replace(policy=one) for one in policies_of(policy, start, ()))
    weights, prices = prices_of(costs, choices)
    limits = _limit("budget", budget), _limit("max_false_pass", max_false_pass)
    question = Question(minimize, *limits, int(moves), prices, None if known is None else known.tasks)
    later = minimize == "false_pass" or max_false_pass is not None
    names = free_controls(free, fixed, later, choices)
    given: dict[str, Any] = controls | weights | ({} if target is None else {"target": scalar("target", target)})
    policies = policies_of(policy, start, names)
    if known is not None:
        names = known.choosable(names, free is not None, policies, chosen)
        known.held = tuple(given)
        given = with_population(known.tasks, given)
    if sym.cost not in chosen and (minimize == "cost" or budget is not None):
        raise InputError(f"model {chosen.name} has no cost of a move")
    started = [start.replace(policy=one, **given) for one in policies]
    for one in started:
        check_complete(one.policy, one.model or PUBLISHED, one.given)
    points = POINTS if known is None else POINTS // NODES
    spaces = [space(one, chosen, names, points) for one in started]
    _check_free(names if free is not None else (), spaces)
    searches = [search(one, question) for one in spaces]
    return answer(searches, question) if known is None else answer_for_tasks(searches, question, known, names)


def _limit(name: str, value: float | None) -> float:
    return np.inf if value is None else float(scalar(name, value))


def _check_free(names: Sequence[str], spaces: Sequence[Space]) -> None:
    read = {symbol.name for one in spaces for symbol in one.free} | {"policy"}
    for name in names:
        if name not in read:
            told = ", ".join(one.settings.policy.name for one in spaces)
            raise InputError(f"{name} says nothing to policy {told}: leave it out of free")
