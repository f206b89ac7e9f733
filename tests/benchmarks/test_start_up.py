"""Start-up in fresh processes, in processor time: of commands, and of the libraries that they import.

xarray loads dask, where that is installed, with its first array, whoever makes it.  An installation of deltamu without
extras has none, so it is hidden.
"""

import subprocess
import sys

import pytest

resource = pytest.importorskip("resource", reason="processor time of other processes")

WITHOUT_DASK = "import sys; sys.modules['dask'] = None; "
LIBRARIES = WITHOUT_DASK + "import numpy, xarray, scipy.special, sympy"
SIMULATE = WITHOUT_DASK + "from deltamu.presentation.cli import main; main(['simulate'])"
HELP = "from deltamu.presentation.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass"
ROUNDS = 5
MOST = {"--help": 0.2, "simulate": 1.9}  # times the libraries


def seconds(code):
    """Processor seconds of a fresh process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


@pytest.mark.measured
def test_simulate_against_its_libraries(benchmark):
    rounds = [[seconds(code) for code in (LIBRARIES, HELP, SIMULATE)] for _ in range(ROUNDS)]
    libraries, helped, simulated = map(min, zip(*rounds, strict=True))
    benchmark.pedantic(seconds, args=(SIMULATE,), rounds=3)
    ratios = {"--help": round(helped / libraries, 2), "simulate": round(simulated / libraries, 2)}
    benchmark.extra_info |= {"libraries": round(libraries, 3), "ratios to the libraries": ratios}
    print(f"numpy, xarray, scipy.special and sympy {libraries:.3f} s; times that: {ratios}")
    assert all(ratios[name] <= MOST[name] for name in MOST)
