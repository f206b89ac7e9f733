"""What SymPy showed, seen by two engines that share no code with it: balls of 200 bits, and z3."""

import random
from collections import Counter

import pytest
import sympy
from sympy import Dummy, Rational, Symbol, oo

pytest.importorskip("flint", reason="python-flint is not installed")

import deltamu as dm
from deltamu.claims import find_claims, run_claim
from deltamu.claims.rigorous.optional import arb, ctx
from deltamu.claims.rigorous.tape import Tape
from deltamu.model.special import expected_positive_part, normal_cdf
from deltamu.model.symbols import Quantity

BALLS, BITS = 50, 200
CLAIMS = [(claim, model) for claim in find_claims() for model in claim.models()
          if claim.verdict in ("proved", "argued") and not claim.rigorous]  # fmt: skip
LONG = pytest.mark.long
ALL_CLAIMS = pytest.mark.parametrize(("claim", "model"), CLAIMS, ids=lambda thing: thing.name)


def relations(claim, model, kinds):
    """What the claim showed of the kinds, as its steps report it."""
    steps = []
    row = run_claim(claim, model, steps.append)
    assert row.outcome == "holds", row.detail
    return [made.relation for made in steps if made.relation and made.relation[0] in kinds]


def value_of(symbol, generator):
    """A ball of the symbol's own domain, away from its ends."""
    share = Rational(generator.randint(1, 999), 1000)
    domain = symbol.facts.domain if isinstance(symbol, Quantity) else None
    if symbol.is_integer:
        return arb(generator.randint(2, 6))
    if domain is not None and domain.is_Interval and domain.end.is_finite and domain.start.is_finite:
        number = domain.start + (domain.end - domain.start) * share
    elif domain is not None and domain.inf == 1:
        number = 1 + 5 * share
    else:
        number = 4 * share
    if symbol.is_nonnegative is None and (symbol.is_negative or generator.random() < 0.5):
        number = -number
    return arb(int(number.p)) / int(number.q) + arb(0, 1e-40)


def enclosures(left, right, generator):
    """Pairs of balls of the two sides; None where one of them is no number there."""
    tape = Tape((), (left, right))
    for _ in range(BALLS):
        with ctx.workprec(BITS):
            try:
                found = tape({symbol: value_of(symbol, generator) for symbol in tape.inputs})
            except (ValueError, ZeroDivisionError):
                continue
            if all(hasattr(ball, "is_finite") and ball.is_finite() for ball in found):
                yield found


def disagreements(shown, generator):
    """Identities whose two sides have balls that do not meet; and how many there were of which kind."""
    counts, wrong = Counter(), []
    for _, left, right in shown:
        if not (left.free_symbols or right.free_symbols) or left.has(oo) or right.has(oo) or left.is_Matrix:
            counts["without symbols"] += 1
            continue
        try:
            pairs = list(enclosures(left, right, generator))
        except NotImplementedError:
            counts["no enclosure"] += 1
            continue
        counts["enclosed" if pairs else "nowhere a number"] += 1
        if not all(a.overlaps(b) for a, b in pairs):
            wrong.append((left, right))
    return wrong, counts


@LONG
@ALL_CLAIMS
def test_proved_identities_hold_on_balls(claim, model):
    shown = relations(claim, model, "=")
    wrong, counts = disagreements(shown, random.Random(claim.name))
    assert not wrong
    assert counts["nowhere a number"] <= max(2, len(shown) // 4)


def test_balls_tell_a_false_identity():
    x = Symbol("x", real=True)
    false = [("=", expected_positive_part(x), x * normal_cdf(x)), ("=", sympy.sqrt(x**2), x), ("=", x + 1, x + 1)]
    wrong, counts = disagreements(false, random.Random(1))
    assert len(wrong) == 2 and counts["enclosed"] == 3


# --- z3 ------------------------------------------------------------------------------------------------------------
def as_z3(expr, names, z3):
    """A polynomial or rational expression for z3; anything else raises."""
    if expr.is_Rational:
        return z3.RealVal(str(expr))
    if isinstance(expr, Symbol):
        return names.setdefault(expr, z3.Real(f"{expr.name}_{len(names)}"))
    parts = [as_z3(arg, names, z3) for arg in expr.args] if isinstance(expr, sympy.Add | sympy.Mul) else []
    if isinstance(expr, sympy.Add):
        return z3.Sum(parts)
    if isinstance(expr, sympy.Mul):
        return z3.Product(parts)
    if isinstance(expr, sympy.Pow) and expr.exp.is_Integer:
        return as_z3(expr.base, names, z3) ** int(expr.exp)
    raise NotImplementedError(type(expr).__name__)


def in_domain(symbol, variable, domain):
    """Where a symbol lies, for z3."""
    interval = domain.get(symbol)
    if interval is None and isinstance(symbol, Quantity) and symbol.facts.domain.is_Interval:
        interval = symbol.facts.domain
    if symbol.is_positive and (interval is None or interval.start == 0):
        yield variable > 0
    elif symbol.is_nonnegative:
        yield variable >= 0
    if interval is not None:
        if interval.start.is_finite and interval.start != 0:
            yield variable > str(interval.start) if interval.left_open else variable >= str(interval.start)
        if interval.end.is_finite:
            yield variable < str(interval.end) if interval.right_open else variable <= str(interval.end)


def opinion(relation, z3):
    """ "sat" if z3 finds a point at which the sign is another one, "unsat" if there is none, or why it does not say."""
    sign, expr, domain = relation
    names = {}
    try:
        value = as_z3(sympy.together(sympy.sympify(expr)), names, z3)
    except NotImplementedError:
        return "not rational"
    solver = z3.Solver()
    solver.set("timeout", 3000)
    for symbol, variable in names.items():
        solver.add(*in_domain(symbol, variable, domain))
    denominator = sympy.fraction(sympy.together(expr))[1]
    if denominator.free_symbols:
        solver.add(as_z3(denominator, names, z3) != 0)
    solver.add(value <= 0 if sign == ">" else value < 0)
    return str(solver.check())


@LONG
@ALL_CLAIMS
def test_proved_signs_are_not_contradicted(claim, model):
    z3 = pytest.importorskip("z3", reason="z3 is not installed")
    said = Counter(opinion(relation, z3) for relation in relations(claim, model, (">", ">=")))
    print(claim.name, dict(said))
    assert not said["sat"]


def test_z3_tells_a_false_sign():
    z3 = pytest.importorskip("z3", reason="z3 is not installed")
    x, y = Symbol("x", positive=True), Dummy("y", positive=True)
    assert opinion((">", x - y, {}), z3) == "sat"
    assert opinion((">", x + y, {}), z3) == "unsat"
    assert opinion((">=", 1 - dm.symbols.H, {}), z3) == "unsat"
    assert opinion((">", 1 - dm.symbols.H, {}), z3) == "sat"
    assert opinion((">", x / (x + y), {}), z3) == "unsat"
