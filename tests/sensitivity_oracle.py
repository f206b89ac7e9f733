"""The slow oracle of the sensitivity tests: formulas and whole runs in mpmath, and central differences of them."""

from functools import cache, lru_cache

from mpmath import mp, mpf
from sympy import Eq, Piecewise, lambdify
from sympy.core.relational import Relational

import deltamu as dm
from deltamu import symbols as sym
from deltamu.model.special import highprecision

DIGITS = 60
STEP = mpf(10) ** -16  # relative: the error of a central difference is its square


@lru_cache(maxsize=4096)
def moments(k):
    return highprecision.max_moments(k - 1, mp.prec)


def quantile(p):
    return highprecision.lower_quantile(p, mp.prec) if p <= 0.5 else -highprecision.lower_quantile(1 - p, mp.prec)


FUNCTIONS = {
    "normal_cdf": lambda x: mp.erfc(-x / mp.sqrt(2)) / 2,
    "normal_pdf": lambda x: mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi),
    "normal_quantile": quantile,
    "expected_positive_part": lambda x: x * mp.erfc(-x / mp.sqrt(2)) / 2 + mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi),
    "normal_max_mean": lambda k: moments(k).mean,
    "normal_max_variance": lambda k: moments(k).variance,
}


@cache
def mp_function(model, outputs):
    """A function of mpmath numbers for left sides of a model; the names of its arguments, and of its outputs."""
    lines = model.program(outputs)
    defined = {line.symbol for line in lines}
    inputs = sorted(set(outputs).union(*(line.expr.free_symbols for line in lines)) - defined, key=str)
    replacements = [(line.symbol, line.expr) for line in lines]
    function = lambdify(inputs, outputs, modules=[FUNCTIONS, "mpmath"], cse=lambda results: (replacements, results))
    return function, [s.name for s in inputs], [s.name for s in outputs]


def formulas_at(model, values):
    """All left sides of a model."""
    function, inputs, outputs = mp_function(model, tuple(formula.symbol for formula in model))
    return dict(zip(outputs, function(*(mpf(values[name]) for name in inputs)), strict=True))


def central_difference(function, values, name):
    """Derivatives of everything that a function of a point returns."""
    x = mpf(values[name])
    h = STEP * (abs(x) if x else 1)
    up, down = (function({**values, name: x + step}) for step in (h, -h))
    return {key: (up[key] - down[key]) / (2 * h) for key in up}


def one_sided_difference(function, values, name, side):
    """The same by Richardson's extrapolation of differences on one side, exact to the third power of the step."""
    x = mpf(values[name])
    h = side * STEP * (abs(x) if x else 1)
    at = [function({**values, name: x + i * h}) for i in range(3)]
    return {key: (-3 * at[0][key] + 4 * at[1][key] - at[2][key]) / (2 * h) for key in at[0]}


class Run:
    """A run of a policy in a model, in mpmath: the state before each move, and which branches were taken."""

    def __init__(self, policy, model):
        self.move = dm.one_move(policy, model)
        conditions = [
            condition
            for formula in self.move.model.program(self.move.after)
            for piecewise in formula.expr.atoms(Piecewise)
            for _, condition in piecewise.args[:-1]
            if condition.atoms(Relational) != condition.atoms(Eq)  # a value for one point is no branch
        ]
        fixed = self.move.constant_formulas
        before = tuple(f.symbol for f in self.move.model.program(self.move.after) if f.symbol in fixed)
        self.before = mp_function(self.move.model, before) if before else None
        lines = [f for f in self.move.model.program(self.move.after) if f.symbol not in fixed]
        defined = {line.symbol for line in lines}
        used = set(self.move.after).union(*(line.expr.free_symbols for line in lines))
        used |= set().union(*(condition.free_symbols for condition in conditions))
        self.inputs = sorted(used - defined, key=str)
        outputs = [*self.move.after, *conditions]
        replacements = [(line.symbol, line.expr) for line in lines]
        self.step = lambdify(
            self.inputs, outputs, modules=[FUNCTIONS, "mpmath"], cse=lambda results: (replacements, results)
        )
        self.start = lambdify(
            sorted(set().union(*(e.free_symbols for e in self.move.initial)), key=str), self.move.initial, "mpmath"
        )
        self.start_inputs = sorted({s.name for e in self.move.initial for s in e.free_symbols})

    def __call__(self, settings, moves):
        """States before every move and after the last one, by name and move; and the branches taken."""
        values = {name: mpf(value) for name, value in settings.items()}
        state = self.start(*(values[name] for name in self.start_inputs))
        values |= {s.name: value for s, value in zip(self.move.state, state, strict=True)}
        if self.before:
            function, inputs, outputs = self.before
            values |= dict(zip(outputs, function(*(values[name] for name in inputs)), strict=True))
        found, branches = {}, []
        for t in range(moves + 1):
            for symbol in self.move.state:
                found[symbol.name, t] = values[symbol.name]
            if t == moves:
                break
            values["t"] = t
            results = self.step(*(values[s.name] for s in self.inputs))
            count = len(self.move.after)
            branches.append(tuple(bool(result) for result in results[count:]))
            values |= {s.name: value for s, value in zip(self.move.state, results[:count], strict=True)}
        return found, branches


def outcomes(settings, found, moves):
    """Interpolated moves to the target and what holds at the stop, from the definition."""
    rates = [found.get(("r", t), mpf(settings["r"])) for t in range(moves + 1)]
    masses = [found["mu", t] for t in range(moves + 1)]
    target = mpf(settings["target"])
    n = next((t for t in range(moves + 1) if mp.exp(-rates[max(t - 1, 0)] * masses[t]) >= target), None)
    last = moves if n is None else n
    r = rates[max(last - 1, 0)]
    result = {
        "false_pass_at_stop": 1 - mp.exp(-(1 - r) * masses[last]),
        "reliability_at_stop": mp.exp(-masses[last]),
        "final_mu": masses[moves],
        "final_reliability": mp.exp(-masses[moves]),
        "final_pass_probability": mp.exp(-rates[moves - 1] * masses[moves]),
    }
    price = cost(settings)
    if n is None:
        result["cost_to_stop"] = moves * price
    elif n > 0:
        wanted = -mp.log(target) / rates[n - 1]
        interpolated = n - 1 + (masses[n - 1] - wanted) / (masses[n - 1] - masses[n])
        result["moves_to_target_interpolated"] = interpolated
        result["cost_to_stop"] = interpolated * price
    return result, n


def cost(settings):
    values = {name: mpf(value) for name, value in settings.items()}
    candidates = values["K"] + values["N"] * values["K_r"]
    return values["w_generate"] * candidates + values["w_review"] * values["N"] * candidates


def parameter(name):
    return next(symbol for symbol in sym.PARAMETERS if symbol.name == name)
