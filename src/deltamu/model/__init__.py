"""What is stated: symbols, formulas, policies, settings; everything else is derived from them.

* `arguments`: what public functions are given; `expressions`: right sides as they are written;
* `quantities`, `symbols`: every symbol with its facts;
* `special`: the special functions; `functions`: what a formula may have; `many_digits`: its value, as exact as asked;
* `formula`: `Formula` and `Model`; `published`, `gated`, `models`: the two models;
* `policies`, `stochastic`, `closure`: maps of the controls, the random move, moments of the process;
* `settings`: values of the controls; `calculus`: derivatives of formulas, and signs that hold everywhere.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, ["policies", "settings", "special", "symbols"])
