"""The displayed mathematics of the main text: each equation is derived from the model's formulas or compared with them.

In short, for an edit of radius delta in a codebase of mass mu: the share m of its strength that an edit has there, and
its benefit G, harm L and spread S for each unit of radius.  The build stops where the formulas no longer say so.
"""

from errors import PaperError
from sympy import Add, Function, Piecewise, Rational, Symbol, evaluate, exp, simplify, sqrt, symbols

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
    STEEPEST = delta * G + z * (sqrt(N_eff) * S**2 * delta**2 / sigma_r)
    FLOOR = b * (L * (1 + c * delta) / (G - L * (1 + c * delta)))
    BEST_RADIUS = (G * m - L) / (2 * L * c)
    VARIANCE = sigma_r**2
    FADING = Add(y**2, 2 * VARIANCE * y, 4 * sigma_r**4) / (2 * (y + VARIANCE) ** FIVE_HALVES)
    MIXED = G + z * (sqrt(N_eff) * S**2 * delta * FADING)
    TRAVELLED = (G + z * S) * (sym.delta0 / (1 - sym.decay))
    SCHEDULE = sym.delta0 * sym.alpha**sym.t
PLAIN = ("N_eff", "sigma_tot", "score_accuracy", "selection_intensity", "gain", "acceptance", "mu_next")
ONE_LINE = {"fold_frac_powers": True}  # fractions in exponents
LETTERS = {"Share": m, "Benefit": G, "Harm": L, "Spread": S, "Signal": y, "Floor": Symbol(r"\mu^{*}"),
           "LeastFloor": Symbol(r"\underline{\mu}"), "BestRadius": Symbol(r"\delta^{*}"), "One": 1,
           "Moved": Symbol("F"), "Improvement": sym.expected_improvement, "Gain": sym.gain}  # fmt: skip
TABLE = (
    sym.mu, sym.delta, sym.K, sym.N, sym.rho, sym.H, sym.r, sym.gamma, sym.target, sym.a1, sym.a2, sym.s0, sym.b,
    sym.kappa1, sym.kappa2, sym.sigma_r, sym.overreach, sym.decay, sym.alpha, sym.beta, sym.A_lo, sym.A_hi, sym.delta0,
    sym.delta_min, sym.delta_max, sym.K_r, sym.tau, sym.rho_eff, sym.mu_Delta, sym.sigma_Delta, sym.N_eff,
    sym.sigma_tot, sym.K_prime, sym.K_eff, sym.score_accuracy, sym.selection_intensity,
    sym.expected_improvement, sym.gain, sym.acceptance,
    sym.pass_probability, sym.false_pass_probability,
)  # fmt: skip
IN_SHORT = (
    (m, "share of its strength that an edit has", ""), (G, "benefit for each unit of radius", "defects"),
    (L, "harm for each unit of radius of a small edit", "defects"), (S, "spread for each unit of radius", "defects"),
    (y, "signal of reviews: effective number times variance", "defects$^2$"),
    (LETTERS["Floor"], "floor: mass at which the improvement is zero", "defects"),
    (LETTERS["LeastFloor"], "least floor at the radii of a run", "defects"),
)  # fmt: skip


def macros():
    r"""The macros: \eqMain... for displayed equations, \plain... for formulas away from the ends of the domain, and
    \short... for the letters of the main text."""
    shown = {**of_the_model(), **of_the_schedule(), **of_the_floor(), **of_greed()}
    return (
        {rf"\short{name}": as_latex(letter) for name, letter in LETTERS.items()}
        | {rf"\plain{name}": text for name, text in plain()}
        | {r"\shortSymbolRows": symbol_rows()}
        | {rf"\eqMain{name}": text for name, text in shown.items()}
    )


def plain():
    """Formulas as they are away from the ends of the domain, by their names as macros have them."""
    for name in PLAIN:
        yield "".join(word[:1].upper() + word[1:] for word in name.split("_")), equation(
            PUBLISHED[name].symbol, inside(PUBLISHED[name].printed))  # fmt: skip
    margin = GATED["acceptance_margin"]
    yield "AcceptanceMargin", equation(margin.symbol, margin.printed.args[0].expr)


def symbol_rows():
    """The rows of the table of the main text's symbols, two in a row: symbol, meaning with its unit, default."""
    rows = [(q.latex, q.meaning, q.unit, "" if q.default is None else f"{q.default:g}") for q in TABLE]
    rows += [(as_latex(letter), meaning, unit, "") for letter, meaning, unit in IN_SHORT]
    cells = [(f"${symbol}$", meaning + (f" [{unit}]" if unit not in ("", "1") else ""), default)
             for symbol, meaning, unit, default in rows]  # fmt: skip
    half = (len(cells) + 1) // 2
    pairs = zip(cells[:half], [*cells[half:], ("", "", "")], strict=False)
    return " \\\\\n".join(" & ".join((*left, *right)) for left, right in pairs)


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
    top = as_latex(sym.delta_max)
    return {
        "AtLeastHalf": rf"{equation(sym.acceptance, acceptance)} \ge {as_latex(HALF)}",
        "Schedule": rf"\delta_t = \min\left({as_latex(SCHEDULE)},\, {top}\right)",
        "HittingTime": rf"\lceil \ln({top}/{as_latex(sym.delta0)})/\ln {as_latex(sym.alpha)} \rceil",
    }


def of_the_floor():
    E = IMPROVEMENT.doit().subs(y, SIGNAL.doit())
    same(E.subs(m, 0), -delta * L * (1 + c * delta), "the improvement at m = 0")
    same(E.subs(z, 0).subs(m, FLOOR / (FLOOR + b)), 0, "the improvement at the floor without selection")
    same(E.diff(m).subs(m, 0) * SHORT[m].doit().diff(mu).subs(mu, 0), STEEPEST / b, "the largest slope in the mass")
    return {
        "FloorWithoutSelection": equation(LETTERS["Floor"], FLOOR),
        "NotSteep": rf"{as_latex(STEEPEST)} \le {as_latex(b)}",
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
        "MixedSlope": rf"\frac{{\partial^2 E}}{{\partial \delta\, \partial m}} = {as_latex(MIXED, **ONE_LINE)}",
        "BestWithoutSelection": equation(LETTERS["BestRadius"], BEST_RADIUS),
    }


def equation(left, right):
    line = ONE_LINE | ({"fold_short_frac": True} if right.has(exp) else {})
    return f"{as_latex(left)} = {as_latex(right, **line)}"


def same(one, other, what):
    """Stop the build unless two expressions are the same."""
    if simplify(generic((one - other).doit())) != 0:
        raise PaperError(f"the main text is wrong about {what}")
