"""What is shown: results as files in `export`, `plotting`, the paper's `figures`, the `explorer` page, the command line
in `cli`."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, ["plotting"])
