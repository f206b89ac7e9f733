"""What `make bench` measured as tables and a picture: ``python -m tests.benchmarks.table MEASURED.json``.

It writes what the tables hold to ``paper/measured.json``, where the paper reads it, draws ``scaling.svg``, and puts the
tables into the page on engines between its marks.  Absolute figures carry the machine; what is
compared was measured in one run.
"""

import json
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

from deltamu.files import write_whole

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
RESULTS, PICTURE, PAGE = ROOT / "paper" / "measured.json", HERE / "scaling.svg", ROOT / "docs" / "howto" / "engines.md"
MARKS = "<!-- measured -->\n", "<!-- end -->\n"
MODELS = ("published", "gated")
POLICIES = ("vibe", "planner", "trust-region")
LIBRARIES = ("numpy", "scipy", "sympy", "xarray", "numba", "jax")


def summarised(measured):
    """What the tables hold, from the JSON of pytest-benchmark."""
    info = {benchmark["name"]: benchmark["extra_info"] for benchmark in measured["benchmarks"]}
    machine = measured["machine_info"]
    engines = {model: _engines(info, model) for model in MODELS}
    return {
        "machine": f"{machine['cpu']['brand_raw']}, {os.cpu_count()} cores, {platform.system()}",
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "python": machine["python_version"],
        "versions": {name: version(name) for name in LIBRARIES},
        "engines": {
            model: {name: float(f"{cost:.3g}") for name, cost in rows.items()} for model, rows in engines.items()
        },
        "tangents": {
            model + also: {
                p: info[f"test_all_tangents[{what}-{p}-{model}]"]["ratio to a plain simulation"] for p in POLICIES
            }
            for model in MODELS
            for what, also in (("alone", ""), ("with sides", ", with the sides of switches"))
        },
        "floors": {model: round(info[f"test_floors[{model}-auto]"]["evaluations"], 1) for model in MODELS},
        "sampling": info["test_against_the_literal_sampler[defaults]"],
        "start_up": info["test_simulate_against_its_libraries"],
        "memory": info["test_memory"]["MiB beyond inputs and results"],
        "scaling": {
            engine: info[f"test_cost_of_a_move[{engine}]"]["ns a move by points"] for engine in ("numpy", "numba")
        },
    }


def _engines(info, model):
    """Nanoseconds of a move of the trust region by what makes it, the bound first."""
    numpy_engine = info[f"test_numpy_engine[{model}]"]
    against, ladder = info[f"test_against_the_bound[{model}]"], info[f"test_the_ladder[{model}-trust-region]"]
    numba = numpy_engine["numba engine, ns a move"]
    ours = numba * numpy_engine["numpy over numba"]
    rows = {
        "C, the bound": against["bound, ns a move"],
        "numba engine": against["bound, ns a move"] * against["ratio to the bound"],
        "NumPy engine": ours,
        "lambdify, formula by formula": ours * ladder["formula by formula / ours"],
        "lambdify(cse=True), whole map": ours * ladder["whole map, cse=True / ours"],
        "JAX, one thread": info[f"test_against_peers[{model}-jax]"]["peer, ns a move"],
        "numba by hand, plain": info[f"test_against_peers[{model}-numba]"]["peer, ns a move"],
        "Python loop": info[f"test_python_loop[{model}]"]["ns a move"],
    }
    return dict(sorted(rows.items(), key=lambda row: row[1]))


def markdown(results):
    """The tables."""
    engines = results["engines"]
    lines = ["| a move of the trust region, ns | published | of the bound | gated | of the bound |",
             "| --- | ---: | ---: | ---: | ---: |"]  # fmt: skip
    for name in engines["published"]:
        cells = []
        for model in MODELS:
            cost, bound = engines[model][name], engines[model]["C, the bound"]
            cells += [f"{float(f'{cost:.3g}'):g}", f"{cost / bound:.1f}"]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    sampling = results["sampling"]
    literal = sampling["literal, NumPy, ns a move"]
    lines += ["", "| a stochastic move, ns | | times as fast as literal |", "| --- | ---: | ---: |"]
    for name, cost in sampling.items():
        lines.append(f"| {name.removesuffix(', ns a move')} | {float(f'{cost:.3g}'):g} | {literal / cost:.1f} |")
    lines += [
        "",
        "| all tangents, in plain simulations | " + " | ".join(POLICIES) + " |",
        "| --- | ---: | ---: | ---: |",
    ]
    for name, ratios in results["tangents"].items():
        lines.append(f"| {name} | " + " | ".join(f"{ratios[p]:.1f}" for p in POLICIES) + " |")
    ratios, floors = results["start_up"]["ratios to the libraries"], results["floors"]
    lines += [
        "",
        f"Floors at a million points take the processor time of {floors['published']} evaluations of the expected "
        f"improvement at as many points in the published model, and of {floors['gated']} in the gated one.",
        "",
        f"`deltamu simulate` takes {ratios['simulate']} times the processor time of importing numpy, xarray, "
        f"scipy.special and sympy, and `deltamu --help` {ratios['--help']} times. A sweep of a million points needs "
        f"{results['memory']} MiB beyond its inputs and results.",
        "",
        f"Measured on {results['machine']}, load {results['load']}, with Python {results['python']} and "
        + ", ".join(f"{name} {number}" for name, number in results["versions"].items()) + ".",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def with_tables(page, results):
    """The page with the tables between its marks."""
    before, _, rest = page.partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    return f"{before}{MARKS[0]}\n{markdown(results)}\n{MARKS[1]}{after}"


def draw(results):
    """Cost of a move against the number of points."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    from deltamu.presentation.plotting import STYLE

    with mpl.rc_context(STYLE | {"svg.hashsalt": "scaling"}):
        figure = Figure(figsize=(4.2, 2.6), layout="constrained")
        ax = figure.subplots()
        for (engine, costs), style in zip(results["scaling"].items(), ("o-", "s--"), strict=True):
            sizes = [int(size) for size in costs]
            ax.loglog(sizes, list(costs.values()), style, label=f"{engine} engine")
        ax.set(xlabel="points", ylabel="processor time of a move in ns")
        ax.legend(frameon=False)
        figure.savefig(PICTURE, metadata={"Date": None})


def main(path):
    results = summarised(json.loads(Path(path).read_text(encoding="utf-8")))
    write_whole(RESULTS, json.dumps(results, indent=1) + "\n")
    write_whole(PAGE, with_tables(PAGE.read_text(encoding="utf-8"), results))
    draw(results)


if __name__ == "__main__":
    main(sys.argv[1])
