"""The independent fits that the tests compare with."""

import json
from pathlib import Path

import pytest

REFERENCE = Path(__file__).parents[1] / "reference" / "calibration" / "reference_fits.json"


@pytest.fixture(scope="session")
def reference():
    """See the README beside the file."""
    return json.loads(REFERENCE.read_text(encoding="utf-8"))
