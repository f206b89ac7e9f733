"""What all tests share: the long ones run only with LONG=1, random ones are the same every time, and a browser.

There is no other file of this name: doctest tells modules apart by their names.
"""

import os
import signal
import tempfile

import pytest
from explorer_in_a_browser import address, browser, opened, page  # noqa: F401
from hypothesis import HealthCheck, settings

from deltamu.codegen.engines import ENGINES

# generated code is kept for the session only, apart from the user's
_GENERATED = tempfile.TemporaryDirectory(prefix="deltamu-")
os.environ["DELTAMU_CACHE"] = _GENERATED.name
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # of a shell's background: children would be deaf too
    signal.signal(signal.SIGINT, signal.default_int_handler)
LONG = os.environ.get("LONG", "") not in ("", "0")

settings.register_profile(
    "deltamu",
    derandomize=True,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
    max_examples=200 if LONG else 50,
)
settings.register_profile("search", settings.get_profile("deltamu"), derandomize=False)  # other tries every time
settings.load_profile("deltamu")


@pytest.fixture(params=ENGINES)
def engine(request):
    """Each engine that is installed."""
    if needs := ENGINES[request.param].needs:
        pytest.importorskip(needs, reason=f"{needs} is not installed")
    return request.param


def pytest_collection_modifyitems(config, items):
    measuring = config.getoption("benchmark_enable") or not config.getoption("benchmark_disable")
    for item in items:
        if "long" in item.keywords and not LONG:
            item.add_marker(pytest.mark.skip(reason="long: runs with LONG=1"))
        if "measured" in item.keywords and not measuring:
            item.add_marker(pytest.mark.skip(reason="compares times: runs with make bench"))
