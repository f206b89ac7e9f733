"""deltamu: a symbolic-analytic laboratory for a stochastic model of LLM code generation.

A codebase carries an expected defect mass mu; every move generates candidate edits of radius delta, reviewers score
them, a coarse oracle filters, and the best one is accepted or rejected.  Each formula of the model is written once, in
SymPy; derivatives, NumPy code, JavaScript and LaTeX are derived from it.

The packages, in the order in which data flows through them: `model` (what is stated), `codegen` (what is generated from
it), `claims` (what is proved), `simulation` (what runs), `sensitivity` (how it changes), `equilibria` (where it ends),
`design` (what to choose), `presentation` (what is shown).  The public names are loaded on first use, so that importing
deltamu costs next to nothing.
"""

from importlib import import_module
from typing import Any

import lazy_loader

__version__ = "0.2.0"

_find, _listed, __all__ = lazy_loader.attach_stub(__name__, __file__)
RENAMED = {"compiling": "codegen.compile", "formulas": "model.models", "printing": "codegen.printers",
           "programs": "codegen.program"}  # fmt: skip
__all__.extend(RENAMED)


def __dir__() -> list[str]:
    return [*_listed(), *RENAMED]


def __getattr__(name: str) -> Any:
    return import_module(f"{__name__}.{RENAMED[name]}") if name in RENAMED else _find(name)
