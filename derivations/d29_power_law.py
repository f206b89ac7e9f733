"""D29  A Gamma mass makes pass@K a power law whose exponent is the rate of the mass.

Statement
    1 - pass@K ~ Gamma(1/theta) theta^(-k) K^(-1/theta) (ln K)^(k-1)/Gamma(k) as K -> oo.

Assumptions
    Gamma distributed mass (D25); samples of a task are independent given its mass.
"""

import numpy as np
from scipy.special import beta as beta_function
from scipy.special import comb
from sympy import Dummy, Integer, Sum, beta, binomial, exp, gamma, gammasimp, integrate, log, oo, simplify

from deltamu.calibration.compiled import compiled_law
from deltamu.calibration.laws.samples import samples
from deltamu.claims import argue, argued, assert_identity, assert_limit, close, proved, step, support, supported

K = Dummy("K", positive=True)
k, theta, mu, y, u = (Dummy(name, positive=True) for name in ("k", "theta", "mu", "y", "u"))
tail = gamma(1 / theta) * theta ** (-k) * K ** (-1 / theta) * log(K) ** (k - 1) / gamma(k)


# --- on points: shape 0.3 + tau, scale 0.1 + b up to 4.1 -------------------------------------------------------------
def none_right(shape, scale, number):
    """1 - pass@K by the package's law of samples."""
    values = {"m": shape * np.log1p(scale), "c": 1 / shape}
    return compiled_law(samples(number))(values)[0][..., 0]


def sum_alternates(at):
    shape, scale = 0.3 + at.tau, 0.1 + np.minimum(at.b, 4)
    found = True
    for number in range(1, 5):
        terms = [comb(number, j) * (-1) ** j * (1 + scale * j) ** -shape for j in range(number + 1)]
        found = found & close(none_right(shape, scale, number), sum(terms), 2**number)
    return found


def beta_function_is_exact(at):
    """For K = 1, 5, 40 and the shape 1; the law is 1 less a sum, so to rounding of 1."""
    scale = 0.1 + np.minimum(at.b, 4)
    pairs = [(none_right(np.ones_like(scale), scale, K_), beta_function(K_ + 1, 1 / scale) / scale)
             for K_ in (1, 5, 40)]  # fmt: skip
    return np.all([close(one, other, 1) for one, other in pairs], axis=0)


def local_exponent(shape, scale, number):
    """-d ln(1 - pass@K)/d ln K by the trapezoid rule in mu, whose integrand vanishes at both ends."""
    mass = np.arange(0.05, np.log(number) + 200, 0.05)[:, None]
    each = np.log1p(-np.exp(-mass))
    height = (shape - 1) * np.log(mass) - mass / scale + number * each
    weights = np.exp(height - height.max(axis=0))
    return (-number * each * weights).sum(axis=0) / weights.sum(axis=0)


def exponent_is_the_rate(at):
    """Off by 2 |k - 1|/ln K at most, at K = 10^6 and 10^12."""
    shape, scale = 0.3 + at.tau, 0.1 + np.minimum(at.b, 4)
    off = [np.abs(local_exponent(shape, scale, K_) - 1 / scale) * np.log(K_) for K_ in (1e6, 1e12)]
    return np.all([one <= 2 * np.abs(shape - 1) + 1e-3 for one in off], axis=0)


@proved(
    "1 - pass@K is the alternating sum of C(K, j) (-1)^j L(j).",
    remark="K = 1..4",
    holds=sum_alternates,
)
def claim_alternating(model):
    for number in range(1, 5):
        failing = (1 - exp(-mu)) ** number
        j = Dummy("j", integer=True, nonnegative=True)
        terms = Sum(binomial(number, j) * (-1) ** j * exp(-j * mu), (j, 0, number)).doit()
        assert_identity((failing - terms).expand(), 0, f"the binomial theorem at K = {number}, and E exp(-j mu) = L(j)")


@proved(
    "For k = 1 the tail is exact: 1 - pass@K = B(K + 1, 1/theta)/theta ~ the power law.",
    remark="theta = 1/2, 1, 2 and K = 1, 2, 3; the limit at theta = 1/2 and 1",
    holds=beta_function_is_exact,
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


@argued(
    "The exponent of K is the rate 1/theta of the mass, up to a slowly varying factor.",
    remark="k, theta > 0, K -> oo",
    holds=exponent_is_the_rate,
)
def claim_exponent(model):
    density = mu ** (k - 1) * exp(-mu / theta) / (gamma(k) * theta**k)
    chance = density.subs(mu, u) * exp(u / theta) / u ** (k - 1)
    assert_identity(chance, 1 / (gamma(k) * theta**k), "the density of ln(1/y) is a power of ln(1/y) times y^(1/theta)")
    assert_limit(log(1 + y / u) / log(1 + u), u, oo, 0, "a power of a logarithm varies slowly")
    argue(
        "So y = exp(-mu), and w = -ln(1 - y) ~ y with it, has a distribution that varies regularly at 0 with index "
        "1/theta; by Karamata's Abelian theorem its Laplace transform E exp(-K w) = 1 - pass@K does, with -1/theta."
    )
    step("ln of the tail over ln K, with K = exp(u):")
    slope = log(tail.subs(K, exp(u))) / u
    assert_limit(simplify(slope.subs({k: 2, theta: 3})), u, oo, -Integer(1) / 3, "k = 2, theta = 3")
    assert_limit(simplify(slope.subs({k: Integer(1) / 2, theta: 2})), u, oo, -Integer(1) / 2, "k = 1/2, theta = 2")


@supported(
    "The exact value over the power law nears 1 slowly: it is still .95 at K = 10^8.",
    remark="k = 1/2, theta = 2; K = 10^2, 10^4, 10^8",
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
    support("ratio at K = 10^8", ratios[2], low=0.945, high=0.955, sample="one integral", why="quadrature in 15 digits")
    support("nearer than at 10^4", away[2] / away[1], high=1, sample="the same", why="the same")
    support("which is nearer than 10^2", away[1] / away[0], high=1, sample="the same", why="the same")
