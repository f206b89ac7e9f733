"""deltamu: a symbolic-analytic laboratory for a stochastic model of LLM code generation.

A codebase carries an expected defect mass mu; every move generates candidate edits of radius delta, reviewers score
them, a coarse oracle filters, and the best one is accepted or rejected.  Each formula of the model is written once, in
SymPy; derivatives, NumPy code, JavaScript and LaTeX are derived from it.

The public names are loaded on first use, so that importing the package costs next to nothing.
"""

from time import time

from deltamu.loading import on_first_use

__version__ = "0.1.0"

LOADED = time()  # source that is newer is not what this session runs

__getattr__, __dir__, __all__ = on_first_use(__name__, __file__)
