"""The special functions as SymPy classes: derivatives, exact values, LaTeX, rewrites, `evalf`.

The class names are the names of the NumPy kernels and of the JavaScript kernels, so that generated code
calls them.
"""

from .normal import expected_positive_part, normal_cdf, normal_pdf, normal_quantile
from .order_statistics import (
    normal_max_mean,
    normal_max_mean_d1,
    normal_max_mean_d2,
    normal_max_variance,
    normal_max_variance_d1,
    normal_max_variance_d2,
)

__all__ = [
    "expected_positive_part",
    "normal_cdf",
    "normal_max_mean",
    "normal_max_mean_d1",
    "normal_max_mean_d2",
    "normal_max_variance",
    "normal_max_variance_d1",
    "normal_max_variance_d2",
    "normal_pdf",
    "normal_quantile",
]
