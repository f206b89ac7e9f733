"""``python -m deltamu.cli``: the command line."""

import sys

from deltamu.cli import main

sys.exit(main())
