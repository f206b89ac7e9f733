"""The parser of the command line."""

import argparse
import sys
from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

from deltamu.presentation.cli.streams import say


class Parser(argparse.ArgumentParser):
    """A parser that adds its options when it is used, and reports an error in one line."""

    def __init__(self, *, fill: Callable[["Parser"], None] | None = None, **kwargs: Any):
        super().__init__(allow_abbrev=False, **kwargs)
        self._fill = fill

    def parse_known_args(self, args=None, namespace=None):
        if self._fill is not None:
            fill, self._fill = self._fill, None
            fill(self)
        namespace, surplus = super().parse_known_args(args, namespace)
        if surplus:  # here, where the options of the command are known
            self.error(f"unrecognized arguments: {' '.join(surplus)}{self._meant(surplus[0], namespace)}")
        return namespace, surplus

    def _meant(self, surplus: str, given: argparse.Namespace) -> str:
        """The options nearest to one that there is not, or how a parameter of a user's own is set."""
        option = surplus.partition("=")[0]
        own = any(":" in (getattr(given, kind, None) or "") for kind in ("model", "policy"))
        if own and option.startswith("--") and "--set" in self._option_string_actions:
            return f": a parameter of your own is set with --set {option.removeprefix('--')}=VALUE"
        close = get_close_matches(option, self._option_string_actions, n=3) if option.startswith("-") else []
        return f": did you mean {' or '.join(close)}?" if close else ""

    def _get_values(self, action, arg_strings):
        if arg_strings == ["--"] and action.option_strings:  # as in --model=--, which argparse would take for no text
            raise argparse.ArgumentError(action, "expected one argument")
        return super()._get_values(action, arg_strings)

    def error(self, message: str):
        say(f"{message} (see {self.prog} --help)", self.prog)
        sys.exit(2)

    def _print_message(self, message, file=None):
        (file or sys.stderr).write(message)  # that it cannot be written is no secret
