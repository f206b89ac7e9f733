"""``python -m deltamu.presentation.cli``: the command line."""

import sys

from deltamu.presentation.cli import main

sys.exit(main())
