"""Start-up in fresh processes, in processor time: of commands, and of what they import.

xarray loads dask, where that is installed, with its first array, whoever makes it.  An installation of deltamu without
extras has none, so it is hidden; the cost with it is reported beside.
"""

import os
import re
import subprocess
import sys
from collections import Counter

import pytest

resource = pytest.importorskip("resource", reason="processor time of other processes")

LIBRARIES = "import numpy, xarray, scipy.special"
FIRST_ARRAY = f"{LIBRARIES}; xarray.DataArray(numpy.zeros(2))"
COMMAND = "from deltamu.presentation.cli import main; main({})"
WITHOUT_DASK = "import sys; sys.modules['dask'] = None; "
HELP, IMPORT = 0.15, 0.3  # seconds
WARM = 1.25  # times the libraries
NOISE = 1.3
ROUNDS = 5


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("start-up") / "kept"


def seconds(code, folder):
    """Processor seconds of a fresh process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = os.environ | {"DELTAMU_CACHE": str(folder)}
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def least(folder, *codes):
    """The least processor time of each code, measured in turn."""
    return [
        min(times) for times in zip(*([seconds(code, folder) for code in codes] for _ in range(ROUNDS)), strict=True)
    ]


@pytest.mark.measured
def test_help_and_import(benchmark, folder):
    helped, imported = least(folder, f"try: {COMMAND.format(['--help'])}\nexcept SystemExit: pass", "import deltamu")
    benchmark.pedantic(seconds, args=("import deltamu", folder), rounds=3)
    benchmark.extra_info |= {"help": round(helped, 3), "import deltamu": round(imported, 3)}
    print(f"deltamu --help {helped:.3f} s, import deltamu {imported:.3f} s")
    assert helped < HELP
    assert imported < IMPORT


@pytest.mark.measured
def test_simulate_against_its_libraries(benchmark, folder):
    simulate = COMMAND.format(["simulate"])
    cold = seconds(WITHOUT_DASK + simulate, folder)
    libraries, warm, first_array, with_dask = least(
        folder, WITHOUT_DASK + LIBRARIES, WITHOUT_DASK + simulate, FIRST_ARRAY, simulate
    )
    benchmark.pedantic(seconds, args=(WITHOUT_DASK + simulate, folder), rounds=3)
    times = {"cold": cold, "warm": warm, "dask visible: warm": with_dask, "dask visible: first array": first_array}
    ratios = {name: round(time / libraries, 2) for name, time in times.items()}
    benchmark.extra_info |= {"libraries": round(libraries, 3), "ratios to the libraries": ratios}
    print(f"numpy, xarray and scipy.special {libraries:.3f} s; times that, simulate: {ratios}")
    assert warm < WARM * NOISE * libraries


@pytest.mark.measured
def test_contributors(benchmark, folder):
    """Where the time of imports goes, by package, without what each imports in turn."""
    code = WITHOUT_DASK + COMMAND.format(["simulate"])
    seconds(code, folder)

    def imports():
        environment = os.environ | {"DELTAMU_CACHE": str(folder)}
        command = [sys.executable, "-X", "importtime", "-c", code]
        return subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stderr

    lines = benchmark.pedantic(imports, rounds=3)
    found = re.findall(r"^import time:\s+(\d+) \|\s+\d+ \|\s+(\w+)", lines, re.MULTILINE)
    share = Counter()
    for microseconds, package in found:
        share[package] += int(microseconds)
    largest = {package: round(time / 1e6, 3) for package, time in share.most_common(10)}
    benchmark.extra_info["seconds of importing"] = largest
    print(", ".join(f"{package} {time:.3f}" for package, time in largest.items()))
    assert {"numpy", "pandas", "scipy", "xarray"} <= largest.keys()
    assert not {"sympy", "mpmath"} & share.keys()
