"""``python -m deltamu``: the command line."""

import sys

from deltamu.cli import main

sys.exit(main())
