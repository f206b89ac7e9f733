"""Ensembles: the process as a fan, beside its mean-field, and the survival of its runs."""

from typing import TYPE_CHECKING

from deltamu.presentation.plotting.look import draws, look, runs

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

__all__ = ["plot_fan", "plot_survival"]


@draws
def plot_fan(summary: "xr.Dataset", ax: "Axes", *, mean_field: "xr.Dataset | None" = None) -> "Axes":
    """Draw the quantiles of the defect mass as nested bands, its mean, and the mean-field beside it.

    Parameters
    ----------
    summary : xarray.Dataset
        A summary of one ensemble, with ``mu_next_quantile`` and ``mu_next_mean`` along ``move``.
    ax : matplotlib.axes.Axes
    mean_field : xarray.Dataset, optional
        The simulation of the same settings, with ``mu_next``.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from deltamu import ensemble
    >>> ax = plot_fan(ensemble(runs=100, seed=1, moves=9, reduce="summary"), Figure().subplots())
    >>> [text for _, text in zip(*ax.get_legend_handles_labels())]
    ['5 % to 95 %', '25 % to 75 %', 'mean of the runs']
    """
    moves, bands = summary["move"].values, summary["mu_next_quantile"]
    levels = bands["quantile"].values
    colour = look(0)[0]
    pairs = zip(levels[: len(levels) // 2], levels[: (len(levels) - 1) // 2 : -1], strict=True)
    for i, (low, high) in enumerate(pairs):
        name = f"{low * 100:g} % to {high * 100:g} %"
        below, above = bands.sel(quantile=low).values, bands.sel(quantile=high).values
        ax.fill_between(moves, below, above, color=colour, alpha=0.2 + 0.2 * i, linewidth=0, label=name)
    ax.plot(moves, summary["mu_next_mean"].values, color=colour, linestyle="-", label="mean of the runs")
    if mean_field is not None:
        ax.plot(moves, mean_field["mu_next"].values, color=look(1)[0], linestyle=look(1)[1], label="mean-field")
    ax.set(xlabel="move", ylabel="defect mass after the move (defects)", xlim=(0, summary.sizes["move"]))
    ax.set_ylim(bottom=0)
    return ax


@draws
def plot_survival(summary: "xr.Dataset", ax: "Axes") -> "Axes":
    """Draw the share of runs that have not reached their target against the moves made, with 95 % limits.

    Parameters
    ----------
    summary : xarray.Dataset
        Holds ``survival``, ``survival_low``, ``survival_high`` with the dimension ``moves_made`` and at most one
        more, whose coordinate names the ensembles.
    ax : matplotlib.axes.Axes

    Returns
    -------
    matplotlib.axes.Axes
        Each line carries its ensemble's name (see `label_lines`).
    """
    curves = summary[["survival", "survival_low", "survival_high"]]
    for i, (name, run) in enumerate(runs(curves, "moves_made")):
        colour, line = look(i)
        made = run["moves_made"].values
        ax.fill_between(
            made,
            run["survival_low"].values,
            run["survival_high"].values,
            step="post",
            color=colour,
            alpha=0.25,
            linewidth=0,
        )
        ax.plot(made, run["survival"].values, color=colour, linestyle=line, drawstyle="steps-post", label=name)
    ax.set(xlabel="moves made", ylabel="share of runs short of the target", xlim=(0, summary.sizes["moves_made"] - 1))
    ax.set_ylim(0, 1.02)
    return ax
