"""D27  What single attempts, repairs without hidden results, and levels leave open.

Statement
    One attempt a task gives L(r) and L(1) alone: shape, scale and resolution move together along a curve.  A second
    sample closes it; without hidden results the unit of the mass stays open; nested levels never tell the shape.

Assumptions
    Gamma distributed mass (D25).
"""

from sympy import Dummy, Matrix, Rational, log, oo, simplify

from deltamu.calibration import parameters as par
from deltamu.calibration.laws.repair import repair
from deltamu.claims import assert_exact, assert_identity, assert_limit, proved, refute, refuted, step

k, theta, r, u, s, x = (Dummy(name, positive=True) for name in ("k", "theta", "r", "u", "s", "x"))
p_v, p_t = Dummy("p_v", positive=True), Dummy("p_t", positive=True)
PARAMETERS = (k, theta, r)
AT = {k: Rational(3, 4), theta: Rational(2, 3), r: Rational(3, 5)}


def slow(point):
    """-ln L."""
    return k * log(1 + theta * point)


def sensitivity(*seen):
    return Matrix([[one.diff(p) for p in PARAMETERS] for one in seen])


@proved("One attempt a task sees two directions of (k, theta, r), and the third is known in closed form.",
        remark="k, theta, r > 0")  # fmt: skip
def claim_rank_two(model):
    J = sensitivity(slow(r), slow(1))
    minor = J[:, [0, 2]].det()
    null = J.row(0).cross(J.row(1)).T
    step("The direction that neither sees:", null)
    for row in range(2):
        assert_identity(simplify((J.row(row) * null)[0]), 0, "it leaves what is seen as it is")
    assert_exact((minor.subs(AT).evalf() != 0), "and no other does: a minor of order 2 is not 0")


@proved("The curve is r(k) = (p_v^(-1/k) - 1)/(p_t^(-1/k) - 1): from 0 at k = 0 to ln p_v/ln p_t at k = oo.",
        remark="0 < p_t < p_v < 1")  # fmt: skip
def claim_curve(model):
    scale = p_t ** (-1 / k) - 1
    resolution = (p_v ** (-1 / k) - 1) / scale
    assert_identity(simplify((1 + scale) ** (-k)), p_t, "L(1) is what was seen")
    assert_identity(simplify((1 + scale * resolution) ** (-k)), p_v, "and L(r)")
    at = {p_v: Rational(3, 4), p_t: Rational(1, 2)}
    assert_limit(resolution.subs(at), k, 0, 0, "heavy spread: any resolution, however small")
    assert_limit(resolution.subs(at), k, oo, log(Rational(3, 4)) / log(Rational(1, 2)), "none: the apparent resolution")


@proved("A second independent sample of every task makes all three known.", remark="k, theta, r > 0, generic")
def claim_second_sample(model):
    J = sensitivity(slow(r), slow(1), slow(2 * r))
    step("Two samples that both pass have probability L(2r).")
    assert_exact(abs(J.det().subs(AT).evalf()) > Rational(1, 1000), "the determinant is not 0")


@proved("Repairs without hidden results depend on r and theta through r theta alone.",
        remark="up to three repairs")  # fmt: skip
def claim_unit_of_mass(model):
    law = repair(3)
    chosen = {par.eps: 0, par.gap: 0, par.lambda_: Dummy("lambda", positive=True), par.d: Dummy("d", positive=True)}
    for t in range(4):
        passed = law.model[f"passed_{t}"].expr
        points = {left: law.model[left].expr for left in passed.free_symbols if left.name.startswith("L_")}
        exponents = [law.model[one.free_symbols.pop()].expr for one in points.values()]
        for one in exponents:
            expr = one
            for formula in reversed(law.model.program([expr], given=[par.theta])):
                expr = expr.xreplace({formula.symbol: formula.expr})
            expr = expr.subs(chosen)
            scaled = expr.xreplace({par.theta: x * par.theta, par.r: par.r / x})
            assert_identity(scaled, expr, f"visible pass at {t}: the same for x theta and r/x")


@proved("Nested levels never tell the shape: for every k there are resolutions with the same pass rates.",
        remark="three levels")  # fmt: skip
def claim_levels(model):
    rates = [Dummy(f"p_{j}", positive=True) for j in range(3)]
    scale = rates[-1] ** (-1 / k) - 1
    for rate in rates:
        resolution = (rate ** (-1 / k) - 1) / scale
        assert_identity(simplify((1 + scale * resolution) ** (-k)), rate, "each level's rate, whatever k")


@proved("Two models of different mass that share k and r make both known.", remark="generic")
def claim_many_models(model):
    weak, strong = Dummy("theta_1", positive=True), Dummy("theta_2", positive=True)
    seen = [k * log(1 + one * point) for one in (weak, strong) for point in (r, 1)]
    J = Matrix([[one.diff(p) for p in (k, r, weak, strong)] for one in seen])
    at = {k: Rational(3, 4), r: Rational(3, 5), weak: 4, strong: Rational(1, 3)}
    assert_exact(abs(J.det().subs(at).evalf()) > Rational(1, 1000), "four rates, four parameters: not 0")
    alike = J.subs(strong, weak).det()
    assert_identity(simplify(alike), 0, "and 0 for two models of the same mass")


@refuted("Visible and hidden pass rates of one attempt measure the resolution.", remark="pass rates 3/4 and 1/2",
         constants="any")  # fmt: skip
def claim_measured(model):
    at = {p_v: Rational(3, 4), p_t: Rational(1, 2)}
    resolution = ((p_v ** (-1 / k) - 1) / (p_t ** (-1 / k) - 1)).subs(at)
    wide, narrow = (float(resolution.subs(k, shape)) for shape in (Rational(1, 4), 10))
    refute("it is the same for every shape", abs(wide - narrow) < 0.05, r_at_k_quarter=wide, r_at_k_ten=narrow)
