"""Every symbol of the model, once: its name, how it prints, what it means, its default, its slider, its domain.

The table of symbols in the paper, the options of the command line, the sliders of the page and the validation of
input are all read from here.  SymPy's own ``S``, ``E``, ``N`` and ``I`` are taken, so import the module::

    from deltamu.model import symbols as sym
"""

from types import MappingProxyType

from sympy import Interval, Le, Naturals0, oo

from deltamu.model.quantities import NONNEGATIVE as NONNEGATIVE
from deltamu.model.quantities import POSITIVE as POSITIVE
from deltamu.model.quantities import REAL as REAL
from deltamu.model.quantities import UNIT as UNIT
from deltamu.model.quantities import Quantity as Quantity
from deltamu.model.quantities import control as control
from deltamu.model.quantities import quantity as quantity

ARTICLE = "article, controls"
SIMULATOR = "constants of the article's published simulator"
COMPLETION = "completion of the article's four steps"
POLICY = "article, presets"

# --- controls --------------------------------------------------------------------------------------------------------
H = control("H", "H", default=0.60, slider=(0, 1, 0.01), domain=UNIT, source=ARTICLE,
            meaning="human prior quality: how well the initial context captures the requirements")  # fmt: skip
rho = control("rho", r"\rho", default=0.75, slider=(0, 1, 0.01), domain=UNIT, source=ARTICLE,
              meaning="model prior quality: base skill of the LLM at useful proposals")  # fmt: skip
r = control("r", "r", default=0.80, slider=(0, 1, 0.01), domain=UNIT, source=ARTICLE,
            meaning="oracle resolution: fraction of the defect modes that the tests can see")  # fmt: skip
delta0 = control("delta0", r"\delta_0", default=0.20, slider=(0.01, 2, 0.01), domain=POSITIVE, source=ARTICLE,
                 meaning="initial edit radius: size of the changes attempted in a move, larger is bolder")  # fmt: skip
K = control("K", "K", default=5, slider=(1, 12, 1), domain=Interval(1, oo), source=ARTICLE,
            meaning="candidates: edits generated in a move", unit="candidates")  # fmt: skip
N = control("N", "N", default=3, slider=(0, 8, 1), domain=NONNEGATIVE, source=ARTICLE,
            meaning="AI reviewers: they score every candidate", unit="reviewers")  # fmt: skip
gamma = control("gamma", r"\gamma", default=0.20, slider=(0, 0.9, 0.01), domain=UNIT, source=ARTICLE,
                meaning="correlation between reviewers: 0 means independent, 1 identical")  # fmt: skip
K_r = control("K_r", "K_r", default=1, slider=(0, 1, 1), domain=NONNEGATIVE, source=ARTICLE,
              meaning="reviewers' proposals: candidates that each reviewer adds", unit="candidates")  # fmt: skip
mu0 = control("mu0", r"\mu_0", default=12.0, slider=(2, 40, 1), domain=NONNEGATIVE, source=ARTICLE,
              meaning="initial defect mass: difficulty of the problem", unit="defects")  # fmt: skip
target = control("target", r"R^{*}", default=0.95, slider=(0.5, 0.99, 0.01), domain=Interval.open(0, 1),
                 meaning="target reliability: stop when the pass probability reaches it", source=ARTICLE)  # fmt: skip
decay = control("decay", "d", default=0.98, slider=(0.9, 1, 0.001), domain=Interval.Lopen(0, 1), source=ARTICLE,
                meaning="decay: per-move multiplier of the edit radius in policies that decay")  # fmt: skip
alpha = control("alpha", r"\alpha", default=1.3, slider=(1.1, 2, 0.1), domain=Interval(1, oo), source=ARTICLE,
                meaning="expansion factor of the trust region")  # fmt: skip
beta = control("beta", r"\beta", default=0.7, slider=(0.3, 0.9, 0.1), domain=Interval.Lopen(0, 1), source=ARTICLE,
               meaning="contraction factor of the trust region")  # fmt: skip
A_lo = control("A_lo", r"A_{\mathrm{lo}}", default=0.20, slider=(0.1, 0.3, 0.01), domain=UNIT, source=ARTICLE,
               meaning="lower end of the acceptance band: below it the radius contracts")  # fmt: skip
A_hi = control("A_hi", r"A_{\mathrm{hi}}", default=0.40, slider=(0.3, 0.6, 0.01), domain=UNIT, source=ARTICLE,
               meaning="upper end of the acceptance band: above it the radius expands")  # fmt: skip
delta_min = control("delta_min", r"\delta_{\min}", default=0.01, slider=(0.01, 2, 0.01), domain=POSITIVE,
                    meaning="smallest radius of the trust region", source=SIMULATOR)  # fmt: skip
delta_max = control("delta_max", r"\delta_{\max}", default=1.0, slider=(0.01, 2, 0.01), domain=POSITIVE,
                    meaning="largest radius of the trust region", source=SIMULATOR)  # fmt: skip
T_plan = control("T_plan", r"T_{\mathrm{plan}}", default=20, slider=(0, 60, 1), domain=Naturals0, source=POLICY,
                 meaning="moves that the planner spends on its plan", unit="moves")  # fmt: skip
dH = control("dH", r"\Delta_H", default=0.02, slider=(0, 0.05, 0.001), domain=NONNEGATIVE, source=POLICY,
             meaning="rise of the human prior in a planning move")  # fmt: skip
dr = control("dr", r"\Delta_r", default=0.01, slider=(0, 0.05, 0.001), domain=NONNEGATIVE, source=POLICY,
             meaning="rise of the oracle resolution in a planning move")  # fmt: skip
plan_cap = control("plan_cap", r"\bar{P}", default=0.95, domain=UNIT, source="article's simulator",
                   meaning="level above which the planner holds neither prior nor oracle resolution")  # fmt: skip
overreach = control("overreach", "c", default=0.0, slider=(0, 4, 0.1), domain=NONNEGATIVE, source=COMPLETION,
                    meaning="overreach: second-order growth of collateral damage with the radius")  # fmt: skip
w_generate = control("w_generate", r"w_{\mathrm{g}}", default=1.0, domain=POSITIVE, source=COMPLETION,
                     meaning="cost of generating one candidate", unit="model calls")  # fmt: skip
w_review = control("w_review", r"w_{\mathrm{r}}", default=1.0, domain=NONNEGATIVE, source=COMPLETION,
                   meaning="cost of one review of one candidate", unit="model calls")  # fmt: skip

CONTROLS = (H, rho, r, delta0, K, N, gamma, K_r, mu0, target, decay, alpha, beta, A_lo, A_hi, delta_min, delta_max,
            T_plan, dH, dr, plan_cap, overreach, w_generate, w_review)  # fmt: skip

# --- constants: invented by the article, not measured ----------------------------------------------------------------
a1 = control("a1", "a_1", default=0.9, domain=NONNEGATIVE, source=SIMULATOR, unit="defects",
             meaning="gain of a targeted edit of radius 1")  # fmt: skip
a2 = control("a2", "a_2", default=0.15, domain=NONNEGATIVE, source=SIMULATOR, unit="defects",
             meaning="collateral damage of an edit of radius 1")  # fmt: skip
s0 = control("s0", "s_0", default=0.4, domain=NONNEGATIVE, source=SIMULATOR, unit="defects",
             meaning="spread of the outcome of an edit of radius 1")  # fmt: skip
b = control("b", "b", default=4.0, domain=POSITIVE, source=SIMULATOR, unit="defects",
            meaning="defect mass at which an edit works at half its strength")  # fmt: skip
kappa1 = control("kappa1", r"\kappa_1", default=0.4, domain=UNIT, source=SIMULATOR,
                 meaning="share of the spread that the human prior removes")  # fmt: skip
kappa2 = control("kappa2", r"\kappa_2", default=0.3, domain=UNIT, source=SIMULATOR,
                 meaning="share of the collateral damage that the human prior removes")  # fmt: skip
sigma_r = control("sigma_r", r"\sigma_r", default=0.35, domain=NONNEGATIVE, source=SIMULATOR, unit="defects",
                  meaning="standard deviation of one review's error")  # fmt: skip
tau = control("tau", r"\tau", default=0.4, domain=UNIT, source=SIMULATOR,
              meaning="share of the candidates' diversity that the human prior removes")  # fmt: skip

CONSTANTS = (a1, a2, s0, b, kappa1, kappa2, sigma_r, tau)
PARAMETERS = CONTROLS + CONSTANTS
ORDERED = ((A_lo, A_hi), (delta_min, delta_max))  # the first of each is never above the second
CONSTRAINTS = tuple(Le(low, high) for low, high in ORDERED)

# --- state of a run --------------------------------------------------------------------------------------------------
mu = quantity("mu", r"\mu", meaning="expected defect mass before the move", domain=NONNEGATIVE, unit="defects",
              source="article")  # fmt: skip
delta = quantity("delta", r"\delta", meaning="edit radius of the move", domain=POSITIVE, source="article")
t = quantity("t", "t", meaning="moves made so far", domain=Naturals0, unit="moves", source="article")

STATE = (mu, delta, t)

# --- draws of a stochastic move ------------------------------------------------------------------------------------
draw_score = quantity("draw_score", r"\xi", meaning="standard exponential draw behind the selected score",
                      domain=POSITIVE)  # fmt: skip
draw_visible = quantity("draw_visible", r"\zeta_{\mathrm{v}}", meaning="standard normal draw of the visible part",
                        domain=REAL)  # fmt: skip
draw_hidden = quantity("draw_hidden", r"\zeta_{\mathrm{h}}", meaning="standard normal draw of the hidden part",
                       domain=REAL)  # fmt: skip

DRAWS = (draw_score, draw_visible, draw_hidden)

# --- what a policy sees of the acceptance, where it sees events ------------------------------------------------------
accepted_before = quantity("accepted_before", "n_a", domain=NONNEGATIVE, unit="moves",
                           meaning="accepted ones among the moves that a policy looks back on")  # fmt: skip
moves_seen = quantity("moves_seen", "n", domain=POSITIVE, unit="moves",
                      meaning="moves that a policy looks back on, this one included")  # fmt: skip
acceptance_seen = quantity("acceptance_seen", r"\hat{A}", domain=UNIT,
                           meaning="share of accepted ones among the moves looked back on")  # fmt: skip

GIVEN = (*DRAWS, accepted_before, moves_seen)  # what a random move is given besides its state
UNIFORMS = tuple(
    quantity(f"uniform_{n}", f"U_{n}", meaning=f"uniform number {n} of a move", domain=Interval.open(0, 1))
    for n in (1, 2, 3)
)  # fmt: skip

# --- what the formulas define ----------------------------------------------------------------------------------------
rho_eff = quantity("rho_eff", r"\rho_{\mathrm{eff}}", meaning="effective targeting", domain=UNIT)
mu_Delta = quantity("mu_Delta", r"\mu_{\Delta}", meaning="expected net improvement of one candidate", domain=REAL,
                    unit="defects")  # fmt: skip
sigma_Delta = quantity("sigma_Delta", r"\sigma_{\Delta}", meaning="standard deviation of one candidate's improvement",
                       domain=NONNEGATIVE, unit="defects")  # fmt: skip
N_eff = quantity("N_eff", r"N_{\mathrm{eff}}", meaning="effective number of reviewers", domain=NONNEGATIVE,
                 unit="reviewers")  # fmt: skip
sigma_tot = quantity("sigma_tot", r"\sigma_{\mathrm{tot}}", meaning="selection noise", domain=NONNEGATIVE,
                     unit="defects")  # fmt: skip
K_prime = quantity("K_prime", "K'", meaning="candidates in a move, reviewers' own included", domain=Interval(1, oo),
                   unit="candidates")  # fmt: skip
K_eff = quantity("K_eff", r"K_{\mathrm{eff}}", meaning="effective candidates", domain=Interval(1, oo),
                 unit="candidates")  # fmt: skip
score_accuracy = quantity("score_accuracy", r"\lambda", domain=UNIT,
                          meaning="score accuracy: correlation of score and improvement")  # fmt: skip
selection_intensity = quantity("selection_intensity", "z", domain=REAL,
                               meaning="selection intensity: mean standardised score of the best")  # fmt: skip
selection_variance = quantity("selection_variance", r"v_{\max}", domain=UNIT,
                              meaning="variance of the best standardised score")  # fmt: skip
variance_reduction = quantity("variance_reduction", "q", domain=UNIT,
                              meaning="share of an improvement's variance that selection removes")  # fmt: skip
visible_spread = quantity("visible_spread", "T", domain=Interval.Lopen(0, 1),
                          meaning="spread of the visible part that selection leaves")  # fmt: skip
expected_improvement = quantity("expected_improvement", "E", domain=REAL, unit="defects",
                                meaning="expected improvement of the selected candidate")  # fmt: skip
acceptance_margin = quantity("acceptance_margin", "x", domain=REAL,
                             meaning="acceptance margin: mean over spread of the visible improvement")  # fmt: skip
acceptance = quantity("acceptance", "A", meaning="acceptance probability", domain=UNIT)
visible_gain = quantity("visible_gain", r"g_{\mathrm{v}}", domain=NONNEGATIVE, unit="defects",
                        meaning="expected removal of visible defects in a move")  # fmt: skip
hidden_gain = quantity("hidden_gain", r"g_{\mathrm{h}}", domain=REAL, unit="defects",
                       meaning="expected removal of hidden defects in a move")  # fmt: skip
gain = quantity("gain", r"\mathrm{gain}", meaning="expected removal of defects in a move", domain=REAL, unit="defects")
mu_next = quantity("mu_next", r"\mu'", meaning="expected defect mass after the move", domain=NONNEGATIVE,
                   unit="defects")  # fmt: skip
pass_probability = quantity("pass_probability", r"P_{\mathrm{pass}}", domain=UNIT,
                            meaning="probability that the oracle sees no defect")  # fmt: skip
false_pass_probability = quantity("false_pass_probability", r"P_{\mathrm{false}\mid\mathrm{pass}}", domain=UNIT,
                                  meaning="probability of a hidden defect, given a pass")  # fmt: skip
reliability = quantity("reliability", r"R", meaning="true reliability: probability of no defect at all", domain=UNIT)
cost = quantity("cost", r"C", meaning="cost of a move", domain=POSITIVE, unit="model calls")
efficiency = quantity("efficiency", r"\eta", meaning="defect mass removed per unit of cost", domain=REAL,
                      unit="defects per model call")  # fmt: skip
selected_score = quantity("selected_score", "M", meaning="standardised score of the selected candidate", domain=REAL)
scored_improvement = quantity("scored_improvement", "m", domain=REAL, unit="defects",
                              meaning="expected improvement of a candidate, given its score")  # fmt: skip
unscored_spread = quantity("unscored_spread", "w", domain=UNIT,
                           meaning="spread of the visible part that a score leaves open")  # fmt: skip
visible_signal = quantity("visible_signal", "y", domain=REAL, unit="defects",
                          meaning="visible part of the selected improvement, over the root of r")  # fmt: skip
hidden_improvement = quantity("hidden_improvement", "W", domain=REAL, unit="defects",
                              meaning="hidden part of the selected candidate's improvement")  # fmt: skip
improvement = quantity("improvement", r"\Delta", domain=REAL, unit="defects",
                       meaning="improvement of the selected candidate")  # fmt: skip
accepted = quantity("accepted", "a", domain=UNIT, meaning="whether the oracle accepts: 1 or 0")
realised_gain = quantity("realised_gain", r"G", domain=REAL, unit="defects",
                         meaning="defect mass removed by the move; negative where harm was let in")  # fmt: skip
delta_proposed = quantity("delta_proposed", r"\tilde{\delta}", domain=POSITIVE,
                          meaning="radius that the trust region proposes, before it is clipped")  # fmt: skip

OWN = MappingProxyType(
    {symbol.name: symbol for symbol in (*vars().values(), *UNIFORMS) if isinstance(symbol, Quantity)}
)
"""All symbols of this module by name: in formulas, policies and models, a name stands for one symbol."""
