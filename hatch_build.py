"""When the package is built: the part of plotly.js that the explorer needs, pinned, so that who installs needs no npm.

Where npm or the network is missing the package is built without it, and the explorer takes the whole of plotly.js from
the plotly wheel, which makes its page three times as large.
"""

import hashlib
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGE = "plotly.js-basic-dist-min"
VERSION = "4.1.1"
SHA256 = "99784e3abfb07b142a15e521a439e6d9addceadb3f79553fd24c72774f0649ba"
MEMBER = "package/plotly-basic.min.js"
TARGET = "src/deltamu/presentation/explorer/assets/plotly-basic.min.js"
SECONDS = 60  # to wait for npm


class PlotlyHook(BuildHookInterface[Any]):
    """Fetches the library once; a file that is there already is kept if it is the pinned one."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        target = Path(self.root) / TARGET
        if self.target_name != "wheel" or (target.exists() and _is_pinned(target.read_bytes())):
            return
        try:
            content = _packed()
        except (OSError, subprocess.SubprocessError, tarfile.TarError, KeyError) as error:
            self.app.display_warning(
                f"{PACKAGE} {VERSION} could not be fetched ({error}): the explorer uses plotly's own"
            )
            return
        if not _is_pinned(content):
            raise ValueError(f"{PACKAGE} {VERSION} is not the file that is pinned: its SHA-256 differs")
        target.write_bytes(content)


def _is_pinned(content: bytes) -> bool:
    return hashlib.sha256(content).hexdigest() == SHA256


def _packed() -> bytes:
    """The library, out of the archive that npm packs."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", f"{PACKAGE}@{VERSION}", "--silent", "--fetch-retries=0", "--pack-destination", folder]
        subprocess.run(command, check=True, timeout=SECONDS, capture_output=True)
        (archive,) = Path(folder).glob("*.tgz")
        with tarfile.open(archive) as packed:
            member = packed.extractfile(MEMBER)
            return member.read() if member else b""
