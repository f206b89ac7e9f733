"""The default engine: NumPy, its arrays reused."""

from deltamu.buffers.general import compile_run

__all__ = ["compile_run"]
