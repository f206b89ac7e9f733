"""What is generated from formulas: programs, rewritten, printed, compiled, and the engines that run them.

* `program`: straight-line programs and their split at the loop; `passes`: rewriting into faster ones;
* `printers`: NumPy, JavaScript, LaTeX; `compile`: NumPy functions;
* `protocol`: what an engine is; `engines`: which there are; `numpy_engine`, `numba_engine`, `jax_engine`.
"""
