"""The parser of the command line."""

import argparse
from collections.abc import Callable
from typing import Any


class Parser(argparse.ArgumentParser):
    """A parser that adds its options when it is used, and reports an error in one line."""

    def __init__(self, *, fill: Callable[["Parser"], None] | None = None, **kwargs: Any):
        super().__init__(allow_abbrev=False, **kwargs)
        self._fill = fill

    def parse_known_args(self, args=None, namespace=None):
        if self._fill is not None:
            fill, self._fill = self._fill, None
            fill(self)
        return super().parse_known_args(args, namespace)

    def error(self, message: str):
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")
