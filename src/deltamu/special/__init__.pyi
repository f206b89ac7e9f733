"""The public names with their types, for type checkers and editors: `__init__.py` loads them on first use."""

from deltamu.special.normal import (
    expected_positive_part as expected_positive_part,
    normal_cdf as normal_cdf,
    normal_pdf as normal_pdf,
    normal_quantile as normal_quantile,
)
from deltamu.special.order_statistics import (
    normal_max_mean as normal_max_mean,
    normal_max_mean_d1 as normal_max_mean_d1,
    normal_max_mean_d2 as normal_max_mean_d2,
    normal_max_variance as normal_max_variance,
    normal_max_variance_d1 as normal_max_variance_d1,
    normal_max_variance_d2 as normal_max_variance_d2,
)
