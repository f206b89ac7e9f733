"""``python -m deltamu`` and the command ``deltamu``: the command line as a process of its own."""

import os
import sys
from contextlib import suppress


def main() -> int:
    """Run the command line; an interrupt ends it with one line, also while it is still being loaded."""
    try:
        from deltamu.presentation.cli import process

        return process()
    except KeyboardInterrupt:
        with suppress(OSError):  # nobody who reads it is no failure
            os.write(2, b"deltamu: interrupted\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())
