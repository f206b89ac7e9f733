"""``python -m deltamu``: the command line."""

import sys

from deltamu.presentation.cli import main

sys.exit(main())
