"""``python -m deltamu`` and the command ``deltamu``: the command line as a process of its own."""

import sys


def main() -> int:
    """Run the command line; an interrupt ends it with one line, also while it is still being loaded."""
    try:
        from deltamu.presentation.cli import process

        return process()
    except KeyboardInterrupt:
        print("deltamu: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
