"""The displayed mathematics of the main text: each equation is derived from the model's formulas or compared with them.

In short, for an edit of radius delta in a codebase of mass mu: the share m of its strength that an edit has there, and
its benefit G, harm L and spread S for each unit of radius.  The build stops where the formulas no longer say so.
"""

from errors import PaperError
from sympy import Function, Piecewise, Rational, Symbol, ceiling, evaluate, log, simplify, sqrt, symbols

from deltamu import symbols as sym
from deltamu.claims import generic
from deltamu.model.formula import as_latex
from deltamu.model.gated import GATED
from deltamu.model.published import PUBLISHED

HALF, FIVE_HALVES = Rational(1, 2), Rational(5, 2)
m, G, L, S, y = symbols("m G L S y", positive=True)
delta, mu, b, c = sym.delta, sym.mu, sym.b, sym.overreach
z, N_eff, sigma_r = sym.selection_intensity, sym.N_eff, sym.sigma_r
with evaluate(False):  # terms and factors as they are to be printed
    SHORT = {m: mu / (mu + b), G: sym.a1 * sym.rho_eff, L: sym.a2 * (1 - sym.kappa2 * sym.H),
             S: sym.s0 * (1 - sym.kappa1 * sym.H)}  # fmt: skip
    SIGNAL = N_eff * S**2 * delta**2 * m
    IMPROVEMENT = delta * (G * m - L * (1 + c * delta)) + z * (y / sqrt(N_eff * (y + sigma_r**2)))
    AT_MOST_ONE = (delta * G + z * (sqrt(N_eff) * S**2 * delta**2 / sigma_r)) / b
    FLOOR = b * (L * (1 + c * delta) / (G - L * (1 + c * delta)))
    BEST_RADIUS = (G * m - L) / (2 * L * c)
    VARIANCE = sigma_r**2
    FADING = (y**2 + 2 * VARIANCE * y + 4 * sigma_r**4) / (2 * (y + VARIANCE) ** FIVE_HALVES)
    MIXED = G + z * (sqrt(N_eff) * S**2 * delta * FADING)
    TRAVELLED = (G + z * S) * (sym.delta0 / (1 - sym.decay))
    SCHEDULE = sym.delta0 * sym.alpha**sym.t
PLAIN = ("N_eff", "sigma_tot", "score_accuracy", "selection_intensity", "gain", "acceptance", "mu_next")
LETTERS = {"Share": m, "Benefit": G, "Harm": L, "Spread": S, "Signal": y, "Floor": Symbol(r"\mu^{*}"),
           "LeastFloor": Symbol(r"\underline{\mu}"), "BestRadius": Symbol(r"\delta^{*}"), "One": 1,
           "Moved": Symbol("F"), "Improvement": sym.expected_improvement, "Gain": sym.gain}  # fmt: skip


def macros():
    r"""The macros: \eqMain... for displayed equations, \plain... for formulas away from the ends of the domain, and
    \short... for the letters of the main text."""
    shown = {**of_the_model(), **of_the_schedule(), **of_the_floor(), **of_greed()}
    return (
        {rf"\short{name}": as_latex(letter) for name, letter in LETTERS.items()}
        | {rf"\plain{name}": text for name, text in plain()}
        | {rf"\eqMain{name}": text for name, text in shown.items()}
    )


def plain():
    """Formulas as they are away from the ends of the domain, by their names as macros have them."""
    for name in PLAIN:
        yield "".join(word[:1].upper() + word[1:] for word in name.split("_")), equation(
            PUBLISHED[name].symbol, inside(PUBLISHED[name].printed))  # fmt: skip
    margin = GATED["acceptance_margin"]
    yield "AcceptanceMargin", equation(margin.symbol, margin.printed.args[0].expr)


def inside(expr):
    """The last case of a choice; the first one of a positive part, whose last case is 0, as a maximum."""
    if not isinstance(expr, Piecewise):
        return expr
    first, last = expr.args[0].expr, expr.args[-1].expr
    return PositivePart(first) if last == 0 else last


class PositivePart(Function):
    """max(argument, 0), which prints in this order."""

    def _latex(self, printer):
        return rf"\max\left({printer._print(self.args[0])},\, 0\right)"


def of_the_model():
    long = PUBLISHED["expected_improvement"].printed
    for name in ("score_accuracy", "mu_Delta", "sigma_Delta"):
        long = long.subs(PUBLISHED[name].symbol, inside(PUBLISHED[name].printed))
    same(long, IMPROVEMENT.subs(y, SIGNAL).subs(SHORT), "the expected improvement in short")
    return {
        "Share": equation(m, SHORT[m]),
        "Rates": r" ,\qquad ".join(equation(letter, SHORT[letter]) for letter in (G, L, S)),
        "Signal": equation(y, SIGNAL),
        "Improvement": equation(sym.expected_improvement, IMPROVEMENT),
    }


def of_the_schedule():
    acceptance = inside(PUBLISHED["acceptance"].printed)
    same(acceptance.subs(sym.gain, 0), HALF, "the acceptance without a gain")
    return {
        "AtLeastHalf": rf"{equation(sym.acceptance, acceptance)} \ge {as_latex(HALF)}",
        "Schedule": rf"\delta_t = \min\left({as_latex(SCHEDULE)},\, {as_latex(sym.delta_max)}\right)",
        "HittingTime": as_latex(ceiling(log(sym.delta_max / sym.delta0) / log(sym.alpha))),
    }


def of_the_floor():
    E = IMPROVEMENT.doit().subs(y, SIGNAL.doit())
    same(E.subs(m, 0), -delta * L * (1 + c * delta), "the improvement at m = 0")
    same(E.subs(z, 0).subs(m, FLOOR / (FLOOR + b)), 0, "the improvement at the floor without selection")
    same(E.diff(m).subs(m, 0) * SHORT[m].doit().diff(mu).subs(mu, 0), AT_MOST_ONE, "the largest slope in the mass")
    return {
        "FloorWithoutSelection": equation(LETTERS["Floor"], FLOOR),
        "NotSteep": rf"{as_latex(AT_MOST_ONE)} \le 1",
        "Cap": rf"{as_latex(sym.pass_probability)} \le e^{{-{as_latex(sym.r)} {as_latex(LETTERS['LeastFloor'])}}}",
        "Travelled": as_latex(TRAVELLED),
    }


def of_greed():
    E = IMPROVEMENT.doit().subs(y, SIGNAL.doit())
    same(E.subs(z, 0).diff(delta).subs(delta, BEST_RADIUS), 0, "the slope in the radius at the best one")
    same(E.diff(delta, m), MIXED.subs(y, SIGNAL), "the mixed slope of the improvement")
    return {
        "Move": rf"F(\mu, \delta) = {as_latex(inside(PUBLISHED['mu_next'].printed))}",
        "Induction": r"\mu_{n+1} = F(\mu_n, \delta_n) \ge F(\hat{\mu}_n, \delta_n) \ge F(\hat{\mu}_n, \hat{\delta}_n)"
        r" = \hat{\mu}_{n+1}",
        "Masses": r"\mu_n",
        "GreedyMasses": r"\hat{\mu}_n",
        "Radii": r"\delta_n",
        "GreedyRadii": r"\hat{\delta}_n",
        "MixedSlope": rf"\frac{{\partial^2 E}}{{\partial \delta\, \partial m}} = {as_latex(MIXED)}",
        "BestWithoutSelection": equation(LETTERS["BestRadius"], BEST_RADIUS),
    }


def equation(left, right):
    return f"{as_latex(left)} = {as_latex(right)}"


def same(one, other, what):
    """Stop the build unless two expressions are the same."""
    if simplify(generic((one - other).doit())) != 0:
        raise PaperError(f"the main text is wrong about {what}")
