"""D29  A gamma mass makes pass@K a power law whose exponent is the rate of the mass.

Statement
    1 - pass@K ~ Gamma(1/theta) theta^(-k) K^(-1/theta) (ln K)^(k-1)/Gamma(k) as K -> oo.

Assumptions
    Gamma distributed mass (D25); samples of a task are independent given its mass.
"""

from sympy import Dummy, Integer, Sum, beta, binomial, exp, gamma, gammasimp, integrate, log, oo, simplify

from deltamu.claims import assert_identity, assert_limit, proved, step, support, supported

K = Dummy("K", positive=True)
k, theta, mu, y, u = (Dummy(name, positive=True) for name in ("k", "theta", "mu", "y", "u"))
tail = gamma(1 / theta) * theta ** (-k) * K ** (-1 / theta) * log(K) ** (k - 1) / gamma(k)


@proved("1 - pass@K is the alternating sum of C(K, j) (-1)^j L(j).", remark="K = 1..4")
def claim_alternating(model):
    for number in range(1, 5):
        failing = (1 - exp(-mu)) ** number
        j = Dummy("j", integer=True, nonnegative=True)
        terms = Sum(binomial(number, j) * (-1) ** j * exp(-j * mu), (j, 0, number)).doit()
        assert_identity((failing - terms).expand(), 0, f"the binomial theorem at K = {number}, and E exp(-j mu) = L(j)")


@proved(
    "For k = 1 the tail is exact: 1 - pass@K = B(K + 1, 1/theta)/theta ~ the power law.",
    remark="theta = 1/2, 1, 2; the limit at 1/2 and 1",
)
def claim_exponential(model):
    step("With y = exp(-mu), E (1 - y)^K is the integral of (1 - y)^K y^(1/theta - 1)/theta over [0, 1].")
    for scale in (Integer(1) / 2, Integer(1), Integer(2)):
        exact = beta(K + 1, 1 / scale).rewrite(gamma) / scale
        for number in (1, 2, 3):
            value = integrate(((1 - y) ** number * y ** (1 / scale - 1)).expand() / scale, (y, 0, 1))
            assert_identity(value, gammasimp(exact.subs(K, number)), f"theta = {scale}, K = {number}")
        ratio = gammasimp(exact / tail.subs({k: 1, theta: scale}))
        if scale <= 1:  # a quotient of polynomials in K
            assert_limit(simplify(ratio), K, oo, 1, f"the ratio to the power law tends to 1 at theta = {scale}")


@proved("The exponent of K is the rate 1/theta of the mass, up to a slowly varying factor.", remark="k, theta > 0")
def claim_exponent(model):
    step("ln of the tail over ln K, with K = exp(u):")
    slope = log(tail.subs(K, exp(u))) / u
    assert_limit(simplify(slope.subs({k: 2, theta: 3})), u, oo, -Integer(1) / 3, "k = 2, theta = 3")
    assert_limit(simplify(slope.subs({k: Integer(1) / 2, theta: 2})), u, oo, -Integer(1) / 2, "k = 1/2, theta = 2")


@supported(
    "The exact value over the power law tends to 1 slowly: .95 at K = 10^8 for k = 1/2, theta = 2.",
    remark="K = 10^2, 10^4, 10^8",
)
def claim_slowly(model):
    import mpmath as mp

    def exact(number):
        shape, scale = mp.mpf("0.5"), mp.mpf(2)
        edge = mp.log(number)

        def integrand(mass):
            return mp.exp(number * mp.log1p(-mp.exp(-mass))) * mass ** (shape - 1) * mp.exp(-mass / scale)

        points = [mp.mpf(10) ** -8, edge / 2, edge - 2, edge, edge + 5, edge + 60, edge + 300]
        return mp.quad(integrand, points) / (mp.gamma(shape) * scale**shape)

    ratios = [float(exact(number)) / float(tail.subs({k: 0.5, theta: 2.0, K: number}).evalf())
              for number in (1e2, 1e4, 1e8)]  # fmt: skip
    away = [abs(1 - ratio) for ratio in ratios]
    support("ratio at K = 10^8", ratios[2], low=0.945, high=0.955, sample="one integral", why="30 digits of quadrature")
    support("nearer than at 10^4", away[2] / away[1], high=1, sample="the same", why="the same")
    support("which is nearer than 10^2", away[1] / away[0], high=1, sample="the same", why="the same")
