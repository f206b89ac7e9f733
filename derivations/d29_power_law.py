"""D29  A Gamma mass makes pass@K a power law whose exponent is the rate of the mass.

Statement
    1 - pass@K ~ Gamma(1/theta) theta^(-k) K^(-1/theta) (ln K)^(k-1)/Gamma(k) as K -> oo.

Assumptions
    Gamma distributed mass (D25); samples of a task are independent given its mass.
"""

import numpy as np
from scipy.special import beta as beta_function
from scipy.special import comb, gammaln
from sympy import Dummy, Integer, Sum, beta, binomial, exp, gamma, gammasimp, integrate, log, oo, simplify

from deltamu.calibration.compiled import compiled_law
from deltamu.calibration.laws.samples import samples
from deltamu.claims import argue, argued, assert_identity, assert_limit, close, proved, step, support, supported

K = Dummy("K", positive=True)
k, theta, mu, y, u, x = (Dummy(name, positive=True) for name in ("k", "theta", "mu", "y", "u", "x"))
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


def log_tail(shape, scale, log_number):
    """ln(1 - pass@K) by the trapezoid rule in mu, whose integrand vanishes at both ends."""
    mass = np.arange(0.05, log_number + 200, 0.05)[:, None]
    height = (shape - 1) * np.log(mass) - mass / scale + np.exp(log_number) * np.log1p(-np.exp(-mass))
    most = height.max(axis=0)
    return most + np.log(0.05 * np.exp(height - most).sum(axis=0)) - gammaln(shape) - shape * np.log(scale)


def tail_is_a_power(at):
    """Off by 3 (1 + theta) |k - 1|/ln K at most, at K = 10^6, 10^12 and 10^100."""
    shape, scale = 0.3 + at.tau, 0.1 + np.minimum(at.b, 4)
    close_ = []
    for log_number in np.log([1e6, 1e12, 1e100]):
        power = gammaln(1 / scale) - shape * np.log(scale) - log_number / scale - gammaln(shape)
        off = np.abs(log_tail(shape, scale, log_number) - power - (shape - 1) * np.log(log_number))
        close_.append(off <= 3 * (1 + scale) * np.abs(shape - 1) / log_number + 1e-3)
    return np.all(close_, axis=0)


@proved(
    "1 - pass@K is the alternating sum of C(K, j) (-1)^j L(j).",
    remark="K = 1..4; L(j) = E exp(-j mu), as D25 has it",
    holds=sum_alternates,
)
def claim_alternating(model):
    for number in range(1, 5):
        failing = (1 - exp(-mu)) ** number
        j = Dummy("j", integer=True, nonnegative=True)
        terms = Sum(binomial(number, j) * (-1) ** j * exp(-j * mu), (j, 0, number)).doit()
        assert_identity((failing - terms).expand(), 0, f"the binomial theorem at K = {number}")


@proved(
    "For k = 1 the tail is exact: 1 - pass@K = B(K + 1, 1/theta)/theta ~ the power law.",
    remark="theta = 1/2, 1, 2 and K = 1, 2, 3; the limit at theta = 1/2 and 1",
    holds=beta_function_is_exact,
)
def claim_exponential(model):
    of_y = (exp(-mu / theta) / theta).subs(mu, -log(y)) / y  # dmu = -dy/y
    assert_identity(simplify(of_y), y ** (1 / theta - 1) / theta, "the density of y = exp(-mu) on [0, 1]")
    step("So 1 - pass@K = E (1 - y)^K is the integral of (1 - y)^K y^(1/theta - 1)/theta over [0, 1].")
    for scale in (Integer(1) / 2, Integer(1), Integer(2)):
        exact = beta(K + 1, 1 / scale).rewrite(gamma) / scale
        for number in (1, 2, 3):
            value = integrate(((1 - y) ** number * y ** (1 / scale - 1)).expand() / scale, (y, 0, 1))
            assert_identity(value, gammasimp(exact.subs(K, number)), f"theta = {scale}, K = {number}")
        ratio = gammasimp(exact / tail.subs({k: 1, theta: scale}))
        if scale <= 1:  # a quotient of polynomials in K
            assert_limit(simplify(ratio), K, oo, 1, f"the ratio to the power law tends to 1 at theta = {scale}")


@argued(
    "1 - pass@K ~ Gamma(1/theta) theta^(-k) K^(-1/theta) (ln K)^(k-1)/Gamma(k): the exponent of K is the rate of the "
    "mass.",
    remark="k, theta > 0, K -> oo",
    holds=tail_is_a_power,
)
def claim_exponent(model):
    above = mu ** (k - 1) * exp(-mu / theta)
    step(
        "P(y <= exp(-u)) = P(mu >= u) is the integral over [u, oo) of the density of mu, which is a constant times",
        above,
    )
    ratio = simplify(-above / (theta * above).diff(mu))
    assert_limit(ratio.subs(mu, 1 / x), x, 0, 1, "its slope over that of theta u^(k-1) exp(-u/theta) tends to 1")
    argue("By l'Hopital's rule P(y <= s) ~ s^(1/theta) (ln 1/s)^(k-1) theta^(1-k)/Gamma(k) as s -> 0.")
    assert_limit(-log(1 - y) / y, y, 0, 1, "w = -ln(1 - y) ~ y, so w has the same law near 0")
    assert_limit(log(1 + y / u) / log(1 + u), u, oo, 0, "a power of a logarithm varies slowly")
    argue(
        "The law of w varies regularly at 0 with index 1/theta. By Karamata's Abelian theorem its Laplace transform "
        "E exp(-K w) = E (1 - y)^K ~ Gamma(1 + 1/theta) P(w <= 1/K)."
    )
    law = K ** (-1 / theta) * log(K) ** (k - 1) * theta ** (1 - k) / gamma(k)
    assert_identity(gammasimp(gamma(1 + 1 / theta) * law / tail), 1, "which is the power law")


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
