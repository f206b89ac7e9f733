"""Special functions of the model, each in four forms under one name.

======================================  ==================================================================
`normal_pdf(x)`                         φ(x)
`normal_cdf(x)`                         Φ(x)
`normal_quantile(p)`                    Φ⁻¹(p)
`expected_positive_part(x)`             h(x) = xΦ(x) + φ(x) = E[max(x + Z, 0)]
`normal_max_mean(k)`, `_d1`, `_d2`      i, i', i'': mean of the law Φ(x)^k, real k ≥ 1, and its derivatives
`normal_max_variance(k)`, `_d1`, `_d2`  v, v', v'': variance of that law
======================================  ==================================================================

* `normal`, `order_statistics`: SymPy classes with derivatives, exact values, LaTeX, rewrites and `evalf` to any
  precision; generated code calls the kernels by the names of these classes;
* `kernels`: vectorised NumPy kernels in double precision, which import without SymPy;
* `javascript`: JavaScript source of the same kernels from the same tables;
* `highprecision`: the defining integrals to any precision;
* `fit`: makes the tables from `highprecision` (``python -m deltamu.model.special.fit``); `tables` reads them.

The SymPy classes are attributes of this package, loaded on first use::

    >>> from deltamu.model.special import normal_max_mean
    >>> normal_max_mean(2)
    1/sqrt(pi)
"""

from deltamu.model.special.normal import expected_positive_part, normal_cdf, normal_pdf, normal_quantile
from deltamu.model.special.order_statistics import (
    normal_max_mean,
    normal_max_mean_d1,
    normal_max_mean_d2,
    normal_max_variance,
    normal_max_variance_d1,
    normal_max_variance_d2,
)
