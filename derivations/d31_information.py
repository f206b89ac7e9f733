"""D31  The information of counts needs first derivatives of the cells only.

Statement
    With cells p(z) that sum to one, the expected information of one task is J^T D(1/p) J, J = dp/dz.

Assumptions
    Counts of one task are multinomial; the cells are positive and twice differentiable.
"""

import numpy as np
from sympy import Dummy, Function, Integer, log, simplify

from deltamu.calibration.compiled import compiled_law
from deltamu.calibration.laws.repair import repair
from deltamu.claims import assert_identity, proved, refute, refuted, step

y, z = Dummy("y", real=True), Dummy("z", real=True)
first, second = (Function(name, positive=True)(y, z) for name in ("p_1", "p_2"))
CELLS = (first, second, 1 - first - second)


# --- on points: the package's law of one repair, in its own parameters -----------------------------------------------
def cells(at, **moved):
    """Cells and their slopes in m, c and r, which are 0.2 + b, 0.3 + tau and .05 to .95 as r goes from 0 to 1."""
    values = {"m": 0.2 + np.minimum(at.b, 5), "c": 0.3 + at.tau, "r": 0.05 + 0.9 * at.r, "lambda": 0.2 + at.decay,
              "d": 0.5, "eps": 0.1, "gap": 0.1} | moved  # fmt: skip
    law = repair(1)
    p, slopes = compiled_law(law)({name: np.broadcast_to(value, np.shape(at.r)) for name, value in values.items()})
    kept = [0, 1, 4, 5, 6, 7]  # passes at 0 and 1, and those who never pass
    return values, p[..., kept], slopes[..., kept, :][..., [law.names.index(name) for name in ("m", "c", "r")]]


def score_has_mean_zero(at):
    """The mean of the slopes of ln p."""
    _, p, slopes = cells(at)
    mean = np.einsum("...i,...ij->...j", p, slopes / p[..., None])
    return (np.abs(mean) <= 1e-9 * np.abs(slopes).max(axis=(-1, -2))[..., None]).all(axis=-1)


def information_is_of_first_slopes(at):
    """Against central differences of the score, whose error is about 1e-9."""
    values, p, slopes = cells(at)
    expected = np.einsum("...ij,...ik->...jk", slopes, slopes / p[..., None])
    rows = []
    for name in ("m", "c", "r"):
        scores = []
        for size in (1e-5, -1e-5):
            _, q, by = cells(at, **{name: values[name] + size})
            scores.append(by / q[..., None])
        rows.append(-np.einsum("...i,...ij->...j", p, (scores[0] - scores[1]) / 2e-5))
    off = np.abs(np.stack(rows, axis=-2) - expected).max(axis=(-1, -2))
    return off <= 1e-5 * np.abs(expected).max(axis=(-1, -2))


@proved("The score has mean 0.", remark="three cells, two parameters", holds=score_has_mean_zero)
def claim_score(model):
    for one in (y, z):
        mean = sum((p * log(p).diff(one) for p in CELLS), Integer(0))
        assert_identity(simplify(mean), 0, "the cells sum to one, so their slopes sum to nothing")


@proved(
    "Minus the mean second derivative is the sum of dp dp/p.",
    remark="three cells, two parameters",
    holds=information_is_of_first_slopes,
)
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

    def measure(log, law, parameter):
        ds = fit(repair_logs()[log], law, intervals=0)
        like = again(ds).like
        at = point_of(ds, like)
        place = [name for _, name in like.free].index(parameter)
        expected, observed = (float(np.sqrt(np.linalg.inv(one)[place, place]))
                              for one in (like(at).information[0], like.observed_information(at[0])))  # fmt: skip
        return {"expected": expected, "observed": observed}

    refute("they are within 5 %", measure, lambda expected, observed: abs(expected / observed - 1) < 0.05,
           log="mbpp/codellama", law="retry", parameter="c")  # fmt: skip
