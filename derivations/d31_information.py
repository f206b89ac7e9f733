"""D31  The information of counts needs first derivatives of the cells only.

Statement
    With cells p(z) that sum to one, the expected information of one task is J^T D(1/p) J, J = dp/dz.

Assumptions
    Counts of one task are multinomial; the cells are positive and twice differentiable.
"""

import numpy as np
from sympy import Dummy, Function, Integer, log, simplify

from deltamu.claims import assert_identity, proved, refute, refuted, step

y, z = Dummy("y", real=True), Dummy("z", real=True)
first, second = (Function(name, positive=True)(y, z) for name in ("p_1", "p_2"))
CELLS = (first, second, 1 - first - second)


@proved("The score has mean 0.", remark="three cells, two parameters")
def claim_score(model):
    for one in (y, z):
        mean = sum((p * log(p).diff(one) for p in CELLS), Integer(0))
        assert_identity(simplify(mean), 0, "the cells sum to one, so their slopes sum to nothing")


@proved("Minus the mean second derivative is the sum of dp dp/p.", remark="three cells, two parameters")
def claim_information(model):
    for one, other in ((y, y), (y, z), (z, z)):
        curved = -sum((p * log(p).diff(one, other) for p in CELLS), Integer(0))
        squared = sum((p.diff(one) * p.diff(other) / p for p in CELLS), Integer(0))
        assert_identity(simplify(curved - squared), 0, "second derivatives of the cells sum to nothing")
    step("So one gradient gives the likelihood's score and its information.")


@refuted(
    "Standard errors of the expected and of the observed information are the same.",
    remark="law retry, LDB MBPP with CodeLlama",
    constants="any",
)
def claim_observed(model):
    from deltamu.calibration.fitting import fit
    from deltamu.calibration.problem import again, point_of
    from deltamu.calibration.public import repair_logs

    ds = fit(repair_logs()["mbpp/codellama"], "retry", intervals=0)
    like = again(ds).like
    at = point_of(ds, like)
    place = [name for _, name in like.free].index("c")
    errors = [float(np.sqrt(np.linalg.inv(one)[place, place]))
              for one in (like(at).information[0], like.observed_information(at[0]))]  # fmt: skip
    refute("they are", abs(errors[0] / errors[1] - 1) < 0.05, expected=errors[0], observed=errors[1])
