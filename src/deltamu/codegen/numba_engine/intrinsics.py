"""One of two numbers without a branch, for generated code; imports numba, so only generated code imports it."""

from typing import Any

from numba import types
from numba.extending import intrinsic

__all__ = ["select"]


@intrinsic
def select(typing_context: Any, condition: Any, yes: Any, no: Any) -> Any:
    """yes if condition else no, both computed."""

    def generated(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.select(*arguments)

    return types.float64(types.boolean, types.float64, types.float64), generated
