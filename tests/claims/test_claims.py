"""The claims hold, and the tools that they use can fail."""

import json
import pickle
import subprocess
import sys

import pytest
import sympy
from sympy import Dummy, Rational, Symbol, oo, symbols

import deltamu as dm
from deltamu import symbols as sym
from deltamu.claims import (
    ClaimFailed,
    argue,
    argued,
    assert_exact,
    assert_identity,
    assert_limit,
    assert_nonnegative,
    assert_positive,
    assert_sign_changes,
    derivations,
    find_claims,
    proved,
    refute,
    refuted,
    run_claim,
    step,
    support,
    supported,
    verify,
)
from deltamu.claims.conditions import conditions
from deltamu.claims.derivations import Claim
from deltamu.claims.steps import listening
from deltamu.claims.typesetting import prose
from deltamu.claims.verification import checked
from deltamu.presentation import cli

ALL = [(claim, model) for claim in find_claims() for model in claim.models()]
CLAIMS = [(claim, model) for claim, model in ALL if not claim.rigorous]  # the others: see test_rigorous
x, y = symbols("x y", positive=True)
u, w = Symbol("u", real=True), Symbol("w", nonnegative=True)


@pytest.mark.parametrize(("claim", "model"), CLAIMS, ids=lambda thing: thing.name)
def test_claim(claim, model):
    row = run_claim(claim, model)
    assert row.outcome == "holds", row.detail


# --- what a ledger promises ------------------------------------------------------------------------------------------
def test_every_formula_has_a_claim():
    for model in (dm.PUBLISHED, dm.GATED):
        kind = [claim for claim, about in CLAIMS if about == model or claim.of == "both"]
        named = {name for claim in kind for name in claim.about}
        assert {formula.name for formula in model} <= named


def test_claims_name_formulas_that_exist():
    known = {formula.name for model in (dm.PUBLISHED, dm.GATED) for formula in model}
    for claim, model in CLAIMS:
        assert set(claim.about) <= known
        assert not claim.applies_to(model)
        assert claim.statement.endswith(".")


@pytest.mark.long
def test_claims_read_the_formulas_that_they_name():
    """What a claim looks up by itself is among the formulas that it says it rests on."""
    for claim, model in CLAIMS:
        if claim.verdict in ("proved", "argued"):
            seen = Watched(model)
            claim.function(seen)
            assert seen.seen <= set(claim.about), claim.name


class Watched:
    """A model that remembers which formulas were looked up one by one."""

    def __init__(self, model):
        self.model, self.seen = model, set()

    def __getitem__(self, symbol):
        self.seen.add(str(symbol))
        return self.model[symbol]

    def __getattr__(self, name):
        return getattr(self.model, name)

    def __iter__(self):
        return iter(self.model)

    def __contains__(self, symbol):
        return symbol in self.model


def test_names_are_unique_and_pages_are_numbered():
    names = [claim.name for claim in find_claims()]
    assert len(names) == len(set(names))
    for page in derivations():
        assert page.page.startswith(page.name[:3].upper() + "  ")
        assert "Statement" in page.page and "Assumptions" in page.page
        assert page.claims


def test_no_claim_restates_a_right_side():
    """No derivation holds the printed right side of a formula of some length."""
    from deltamu.claims.derivations import folder

    text = "".join(path.read_text() for path in folder().glob("d*.py")).replace("sym.", "").replace(" ", "")
    for model in (dm.PUBLISHED, dm.GATED):
        for formula in model:
            right = str(formula).partition(" = ")[2].replace(" ", "")
            if sympy.count_ops(formula.printed) > 3:
                assert right not in text, formula


# --- the tools show what is true (what they must reject: test_rejected) ----------------------------------------------
def test_true_statements_are_shown():
    assert_identity((x + 1) ** 2, x**2 + 2 * x + 1)
    assert_identity(sympy.sin(x) ** 2 + sympy.cos(x) ** 2, 1)
    assert_identity(oo, oo)
    assert_positive(x**2 - x * y + y**2 + x * y)
    assert_nonnegative((1 - sym.H) * sym.rho)
    assert_positive(1 - sym.H / 2)
    assert_positive(2 - x, domain={x: sympy.Interval.Lopen(0, 1)})
    assert_positive(sympy.sqrt(x) + 1)
    assert_positive(-u, domain={u: sympy.Interval.open(-oo, 0)})
    assert_nonnegative(x / (1 - y), domain={y: sympy.Interval.open(0, 1)})
    with pytest.raises(ClaimFailed, match="at x = "):
        assert_identity(x, 2 * x)


@pytest.mark.parametrize("seed", range(40))
def test_a_sign_that_is_shown_is_true(seed):
    """Random polynomials on a box: whatever is shown holds at random points, corners included."""
    import numpy as np

    generator = np.random.default_rng(seed)
    factors = generator.integers(-2, 4, (3, 3))
    factors[0, 0] += generator.integers(0, 4)
    expr = sum(int(factors[i, j]) * sym.H**i * sym.rho**j for i in range(3) for j in range(3))
    points = np.concatenate([[[0, 0], [0, 1], [1, 0], [1, 1]], generator.uniform(size=(200, 2))])
    values = np.polynomial.polynomial.polyval2d(*points.T, factors)
    for tool, true in ((assert_positive, values.min() > 0), (assert_nonnegative, values.min() >= 0)):
        try:
            tool(expr)
        except ClaimFailed:
            continue
        assert true


def test_limit():
    assert_limit(sympy.sin(x) / x, x, 0, 1)
    assert_limit(1 / x, x, 0, oo)
    assert_limit(x / (x + w), x, oo, 1)
    assert_limit(sympy.Piecewise((0, u <= 0), (1, True)), u, 0, 1)
    assert_limit(sympy.Piecewise((0, u <= 0), (1, True)), u, 0, 0, side="-")


def test_exact():
    assert_exact(sympy.sqrt(2) < Rational(3, 2), "")


def test_sign_changes():
    assert_sign_changes([x, -y, -1], 1, "")
    assert_sign_changes([x, x - y, -y], 1, "whatever the middle sign is")


def test_refute_and_support():
    found = refute("squares are below 10", lambda n: {"square": n * n}, lambda square: square < 10, n=4)
    assert found == {"square": 16}
    assert support("error", 0.5, high=1.0, sample="one", why="") == 0.5
    with pytest.raises(TypeError, match="sample"):
        support("error", 0.0, high=1.0)


def test_a_verdict_needs_a_step_of_its_kind():
    @proved("nothing is shown.")
    def claim_empty(model):
        step("Trust me.")

    @proved("sampled and called proved.")
    def claim_sampled(model):
        assert_identity(x, x)
        support("error", 0, high=1, sample="one point", why="none")

    @proved("argued and called proved.")
    def claim_argued(model):
        assert_identity(x, x)
        argue("Hence it holds.")

    @argued("nothing is argued.")
    def claim_not_argued(model):
        assert_identity(x, x)

    @supported("never measured.")
    def claim_not_measured(model):
        assert_identity(x, x)

    @refuted("never refuted.")
    def claim_not_refuted(model):
        assert_identity(x, x)

    for function in (claim_empty, claim_sampled, claim_argued, claim_not_argued, claim_not_measured, claim_not_refuted):
        assert run_claim(function.claim, dm.PUBLISHED).outcome == "fails"


def test_steps_are_heard_only_where_someone_listens():
    heard = []
    with listening(heard.append):
        step("inside", x)
    step("outside")
    assert [(made.kind, made.text) for made in heard] == [("said", "inside")]
    assert heard[0].latex() == "inside\n\\[ x \\]"


# --- a user's own model ----------------------------------------------------------------------------------------------
def test_a_changed_model_says_what_breaks():
    product = dm.PUBLISHED.replace(dm.Formula(sym.rho_eff, sym.rho * sym.H), name="product")
    ledger = verify(["d01", "d03"], model=product, jobs=1)
    assert not ledger.ok
    assert {row.name for row in ledger.failures} >= {"d01_targeting.noisy_or", "d01_targeting.substitutes"}
    assert all("rho_eff" in row.depends_on for row in ledger.failures)
    assert all(row.outcome == "holds" for row in ledger if row.name.startswith("d03"))
    assert all(row.model == "product" for row in ledger)


def test_what_a_model_does_not_have_does_not_apply():
    small = dm.Model("small", (dm.PUBLISHED["rho_eff"],))
    ledger = verify(["d01", "d03_design_effect.limits"], model=small, jobs=1)
    assert ledger.ok
    assert [row.outcome for row in ledger][-1] == "does not apply"
    assert "N_eff" in ledger.rows[-1].detail
    gated_only = verify("d09_gated_move.gain", model=dm.PUBLISHED)
    assert gated_only.rows[0].outcome == "does not apply"


def test_verify_takes_a_model_first():
    small = dm.Model("small", (dm.PUBLISHED["rho_eff"],))
    assert {row.outcome for row in verify(small)} == {"holds", "does not apply"}


# --- running ---------------------------------------------------------------------------------------------------------
def test_ledger_as_json_latex_and_text():
    ledger = verify(["d01", "d07_poisson_oracle.approximately"], jobs=2)
    data = json.loads(ledger.to_json())
    assert data["ok"] and len(data["rows"]) == len(ledger) == 4
    assert data["rows"][0]["depends_on"] == ["rho_eff"]
    assert data["rows"][-1]["counterexample"] == {"mu": 3, "r": 0.8}
    latex = ledger.to_latex()
    assert latex.count(r"\\") == 5 and r"\ensuremath{P_{\mathrm{false}\mid\mathrm{pass}}} only" in latex
    assert "3 proved, 1 refuted" in str(ledger)
    assert "difference = 0" in ledger.rows[-1].detail
    assert pickle.loads(pickle.dumps(ledger)) == ledger
    assert ledger.to_pandas().verdict.tolist() == [row.verdict for row in ledger]
    assert "d07_poisson_oracle.approximately" in ledger._repr_html_()


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("mu* <= b", r"\ensuremath{\mu^{*}} \ensuremath{\leq} \ensuremath{b}"),
        ("E'(mu) -> 0", r"\ensuremath{E'}(\ensuremath{\mu}) \ensuremath{\to} 0"),
        ("1 - lambda_oo^2", r"1 \ensuremath{-} \ensuremath{\lambda_{\infty}^{2}}"),
        ("(x m)' and e^(-1/k)", r"(\ensuremath{x} \ensuremath{m})\ensuremath{'} and \ensuremath{e^{-1/k}}"),
        ("sqrt(N_eff) > A_hi", r"\ensuremath{\sqrt{N_{\mathrm{eff}}}} \ensuremath{>} \ensuremath{A_{\mathrm{hi}}}"),
        ("A = 1: A move", r"\ensuremath{A} = 1: A move"),
        ('the article\'s "gain", at 5 %', r"the article's ``gain'', at 5 \%"),
        ("reviewers' own; D12, best-of-all", "reviewers' own; D12, best-of-all"),
        ("last_radii {c}", r"last\_radii \{\ensuremath{c}\}"),
    ],
)
def test_names_of_the_model_are_printed_as_symbols(text, latex):
    assert prose(text) == latex


def test_names_that_are_unknown():
    with pytest.raises(dm.InputError, match="d03_design_effect"):
        find_claims("d03_design_efect")
    with pytest.raises(dm.InputError, match="jobs"):
        verify("d01", jobs=0)
    with pytest.raises(dm.InputError, match="timeout"):
        verify("d01", timeout=0)


def test_a_claim_that_hangs_fails_and_the_next_one_runs():
    quick, slow = find_claims("d01")[0], find_claims("d32_public_data.forecast")[0]
    rows = {row.name: row for row in checked([(slow, dm.PUBLISHED)], 1, 0.05)}
    assert rows[slow.name].outcome == "fails" and "time limit of 0.05 s" in rows[slow.name].detail
    assert next(checked([(quick, dm.PUBLISHED)], 1, 30)).outcome == "holds"


def test_a_process_that_dies_is_a_failure_and_the_others_go_on(tmp_path, monkeypatch):
    (tmp_path / "deadly.py").write_text(
        "import os, sympy\nclass deadly(sympy.tan):\n    def diff(self, *symbols): os._exit(7)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    deadly = __import__("deadly").deadly
    model = dm.PUBLISHED.replace(dm.Formula(sym.rho_eff, deadly(sym.H * sym.rho)), name="deadly")
    tasks = [(claim, model) for claim in find_claims("d01")] + [(find_claims("d03")[2], dm.PUBLISHED)]
    rows = {row.name: row for row in checked(tasks, 1, 30)}
    died = [row for row in rows.values() if "process ended with code" in row.detail]
    assert died and len(rows) == len(tasks)
    assert rows["d03_design_effect.none_and_one"].outcome == "holds"


def test_an_exception_is_a_failure_that_names_itself():
    def broken(model):
        raise ZeroDivisionError("by nothing")

    facts = Claim(broken, "it divides.", "proved", ("gain",), conditions(), "both", "any", None, False, "d00")
    row = run_claim(facts, dm.PUBLISHED)
    assert row.outcome == "fails" and row.detail == "it could not be checked (ZeroDivisionError: by nothing)"


def test_scripts_need_no_main_guard(tmp_path):
    script = tmp_path / "script.py"
    script.write_text("import deltamu\nprint(deltamu.verify('d01', jobs=2).ok)\n")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n" and done.stderr == ""


# --- command line ----------------------------------------------------------------------------------------------------
def test_command_verify(capsys, tmp_path, monkeypatch):
    def run(*words):
        return cli.main(["verify", "d01", "--jobs", "1", *words])

    assert run() == 0
    assert "noisy_or" in capsys.readouterr().out
    assert run("--json") == 0
    assert json.loads(capsys.readouterr().out)["ok"]
    assert run("--latex") == 0
    assert capsys.readouterr().out.startswith(r"\begin{tabular}")
    (tmp_path / "my_module.py").write_text(
        "import deltamu as dm\nfrom deltamu import symbols as sym\n"
        "MODEL = dm.PUBLISHED.replace(dm.Formula(sym.rho_eff, sym.rho * sym.H), name='mine')\n"
    )
    monkeypatch.chdir(tmp_path)
    assert run("--model", "my_module:MODEL") == 1
    assert "FAILS" in capsys.readouterr().out
    assert cli.main(["verify", "nonsense"]) == 2
    assert cli.main(["verify", "d01", "--jobs", "0"]) == 2
    sys.modules.pop("my_module", None)


def test_command_derive(capsys):
    assert cli.main(["derive", "d03"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("D03") and "covariance of reviews" in told and "[proved]" in told
    assert cli.main(["derive", "d03_design_effect", "--latex"]) == 0
    assert r"\paragraph{" in capsys.readouterr().out
    assert cli.main(["derive", "d99"]) == 2
    capsys.readouterr()
    assert cli.main(["derive", "d03_design_effect.limits"]) == 0
    one = capsys.readouterr().out
    assert "d03_design_effect.limits" in one and "d03_design_effect.none_and_one" not in one
    assert cli.main(["derive", "d03_design_effect.nothing"]) == 2


def test_varied_constants():
    from deltamu.claims import varied_constants

    varied = varied_constants()
    assert set(varied) == {symbol.name for symbol in sym.CONSTANTS}
    changed = sum((values != values[0]).astype(int) for values in varied.values())
    assert changed.to_numpy().tolist() == [0] + [1] * (2 * len(sym.CONSTANTS))
    for symbol in sym.CONSTANTS:
        symbol.check(varied[symbol.name].to_numpy())


def test_generic_folds_the_edges_away():
    from deltamu.claims import generic

    for name in ("N_eff", "sigma_tot", "score_accuracy"):
        assert not generic(dm.PUBLISHED[name].expr).has(sympy.Piecewise)
    s = Dummy("s", nonnegative=True)
    assert generic(s).is_positive


def test_the_headline_counts_claims_and_not_models():
    rows = verify(["d05", "d08_published_step.cost"], jobs=1)
    assert len(rows) == 9 and rows.verdicts.total() == 4  # two claims in both models, and three definitions
    assert rows.verdicts["definition"] == 0 and "4 claims" in rows.summary


def test_dummies_of_one_name_stay_apart():
    from deltamu.claims import generic

    one, two = Dummy("a", nonnegative=True), Dummy("a", nonnegative=True)
    assert generic(one - two) != 0 and generic(one) == generic(one)
