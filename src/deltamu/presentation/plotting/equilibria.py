"""Equilibria: floor maps, phase portraits of the trust region, bifurcations, and where adapting the radius helps."""

from typing import TYPE_CHECKING

from deltamu.model.arguments import checked
from deltamu.presentation.plotting.look import COLOURS, LINES, axis_label, draws, end_of_colours, marker, plane

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

__all__ = ["plot_advantage_map", "plot_bifurcation", "plot_floor_map", "plot_phase_portrait"]

REGION_COLOURS = ("#F1C8AC", "#FFFFFF", "#DCEAF6")  # contract, hold, expand: pale, and different in grey
NOWHERE = "0.85"


def plot_floor_map(floor: "xr.DataArray", ax: "Axes") -> "Axes":
    """Draw defect floors over two controls, grey where there is none.

    Parameters
    ----------
    floor : xarray.DataArray
        Two-dimensional, from `deltamu.defect_floor`; its first dimension goes up.
    ax : matplotlib.axes.Axes

    Returns
    -------
    matplotlib.axes.Axes
    """
    from matplotlib.ticker import MaxNLocator

    up, right = plane(floor)
    finite = floor.where(abs(floor) < float("inf"))
    ax.set_facecolor(NOWHERE)
    mesh = ax.pcolormesh(floor[right].values, floor[up].values, finite.values, cmap="viridis_r", norm="log",
                         shading="nearest", rasterized=True)  # fmt: skip
    bar = ax.figure.colorbar(mesh, ax=ax, label="defect floor (defects)")
    least, most = float(finite.min()), float(finite.max())
    if 0 < least < most:
        bar.ax.minorticks_off()
        ticks = [tick for tick in MaxNLocator(5).tick_values(least, most) if least <= tick <= most]
        bar.set_ticks(ticks, labels=[f"{tick:.3g}" for tick in ticks])
    ax.set(xlabel=axis_label(floor[right]), ylabel=axis_label(floor[up]))
    return ax


@draws
def plot_phase_portrait(ds: "xr.Dataset", ax: "Axes") -> "Axes":
    """Draw the plane of defect mass and radius: regions, their boundaries, the curve of floors, and orbits.

    Parameters
    ----------
    ds : xarray.Dataset
        From `deltamu.equilibria.phase_portrait`.
    ax : matplotlib.axes.Axes

    Returns
    -------
    matplotlib.axes.Axes
        Both axes logarithmic; a dot marks where an orbit starts, a square where it ends.
    """
    ax.set(xscale="log", yscale="log")
    masses, radii = ds["mu"].values, ds["delta"].values
    plane = ds["acceptance"].transpose("delta", "mu").values
    band = [float(ds.attrs[name]) for name in ("A_lo", "A_hi")]
    ax.contourf(masses, radii, plane, levels=[-1.0, *band, 2.0], colors=REGION_COLOURS)
    ax.contour(masses, radii, plane, levels=band, colors="0.45", linestyles=LINES[:2], linewidths=0.7)
    for colour, name in zip(REGION_COLOURS[::-1], ("expand", "hold", "contract"), strict=True):
        ax.fill_between([], [], [], facecolor=colour, edgecolor="0.45", linewidth=0.4, label=name)
    floor = ds["floor"].where((ds["floor"] > 0) & (ds["floor"] < float("inf")))
    ax.plot(floor.values, radii, color=COLOURS[6], linewidth=1.0, label="floor")
    for i, orbit in enumerate(ds["orbit"].values if "orbit" in ds.dims else []):
        path = ds[["orbit_mu", "orbit_delta"]].sel(orbit=orbit) if "orbit" in ds.coords else ds.isel(orbit=orbit)
        colour = COLOURS[i % 6]
        mass, radius = path["orbit_mu"].values, path["orbit_delta"].values
        ax.plot(mass, radius, color=colour, linewidth=0.9, marker=".", markersize=2.0)
        ax.plot(mass[0], radius[0], color=colour, marker=marker(0), clip_on=False)
        ax.plot(mass[-1], radius[-1], color=colour, marker=marker(1), clip_on=False)
    ax.set(xlim=(masses[0], masses[-1]), ylim=(radii[0], radii[-1]), xlabel=axis_label(ds["mu"]),
           ylabel=axis_label(ds["delta"]))  # fmt: skip
    ax.legend(loc="lower right", frameon=False, fontsize=7, handlelength=1.2, labelspacing=0.3)
    return ax


@draws
@checked
def plot_bifurcation(ds: "xr.Dataset", ax: "Axes", *, names: bool = True) -> "Axes":
    """Draw where runs of a trust region end along one control, the radii that rest, and where kinds change.

    Parameters
    ----------
    ds : xarray.Dataset
        From `deltamu.equilibria.bifurcation`.
    ax : matplotlib.axes.Axes
    names : bool
        Write what changes beside each line.

    Returns
    -------
    matplotlib.axes.Axes
        The radius, on a logarithmic scale: a band of those that rest with their floor, dots for the least and greatest
        of the long run (two apart: a cycle, or still under way), a vertical line for each change.
    """
    parameter = str(ds["period"].dims[0])
    values = ds[parameter].values
    ax.set_yscale("log")
    resting = ds[["radius_low", "radius_high"]].where(ds["rest_inside"])
    ax.fill_between(values, resting["radius_low"].values, resting["radius_high"].values, color=COLOURS[5], alpha=0.4,
                    linewidth=0, label="radii that rest")  # fmt: skip
    for name, mark, label in (("delta_low", "v", "least of the long run"), ("delta_high", "^", "greatest")):
        ax.plot(values, ds[name].values, color=COLOURS[0], marker=mark, markersize=3, linestyle="", clip_on=False,
                label=label)  # fmt: skip
    together: dict[float, list[str]] = {}
    span = float(values[-1] - values[0])
    for value, kind in zip(ds["event_value"].values, ds["event_kind"].values, strict=True):
        ax.axvline(value, color=COLOURS[1], linewidth=0.7)
        near = next((known for known in together if abs(known - float(value)) < 0.02 * span), float(value))
        together.setdefault(near, []).append(str(kind).replace("_", " ").replace(" -> ", " → "))
    for i, (value, kinds) in enumerate(together.items()):
        if names:
            late = value > (values[0] + values[-1]) / 2
            ax.annotate("\n".join(kinds), (value, (0.25, 0.5, 0.75)[i % 3]), (-2 if late else 2, 0), va="center",
                        xycoords=("data", "axes fraction"), ha="right" if late else "left", fontsize=6,
                        textcoords="offset points", color=COLOURS[1])  # fmt: skip
    ax.set(xlim=(values[0], values[-1]), xlabel=axis_label(ds[parameter]), ylabel="radius in the long run")
    return ax


@draws
@checked
def plot_advantage_map(
    ds: "xr.Dataset", ax: "Axes", *, variable: str = "over_best_fixed", limit: float | None = None
) -> "Axes":
    """Draw the trust region's advantage over two controls: above 1 it is faster, grey where it alone or none arrives.

    Parameters
    ----------
    ds : xarray.Dataset
        From `deltamu.advantage`, over two dimensions; the first goes up.
    ax : matplotlib.axes.Axes
    variable : {"over_fixed", "over_best_fixed", "over_best_decay"}
    limit : float, optional
        Where the colours end, as a factor; by default at the greatest advantage or disadvantage.

    Returns
    -------
    matplotlib.axes.Axes
        Colours are symmetric about 1, which is a line.
    """
    array = ds[variable]
    up, right = plane(array)
    shown = array.where((array > 0) & (array < float("inf")) & (ds["moves_trust_region"] < float("inf")))
    most = max(float(shown.max()), 1 / float(shown.min()), 1.05) if shown.notnull().any() else 2.0
    end = end_of_colours(limit, most, above=1)
    extend, most = "neither" if most <= end else "both", end
    ax.set_facecolor(NOWHERE)
    mesh = ax.pcolormesh(array[right].values, array[up].values, shown.values, cmap="RdBu", norm="log", vmin=1 / most,
                         vmax=most, shading="nearest", rasterized=True)  # fmt: skip
    if bool((shown < 1).any()) and bool((shown > 1).any()):
        ax.contour(array[right].values, array[up].values, shown.values, levels=[1.0], colors="0.2", linewidths=0.8)
    bar = ax.figure.colorbar(mesh, ax=ax, label=axis_label(array), format="{x:.3g}", extend=extend)
    bar.ax.minorticks_off()
    ticks = [1 / most, most**-0.5, 1.0, most**0.5, most]
    bar.set_ticks(ticks, labels=[f"{tick:.2g}" for tick in ticks])
    ax.set(xlabel=axis_label(array[right]), ylabel=axis_label(array[up]))
    return ax
