"""The text of the explorer's page: what is in it, and what it says when it cannot be made."""

import hashlib
import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest
import sympy
from explorer_in_a_browser import Watched, X, drawn_in_full, values_of
from own_policies import AVERAGE

import deltamu as dm
from deltamu import symbols as sym
from deltamu.errors import InputError

pytest.importorskip("plotly", reason="the extra explorer is not installed")
pytest.importorskip("latex2mathml", reason="the extra explorer is not installed")


def test_the_page_needs_nothing_else_and_names_every_symbol_and_formula():
    text = dm.explorer_page()
    assert not re.search(r"<(?:script|link|img|iframe)[^>]*\b(?:src|href)=", text)
    for symbol in sym.PARAMETERS:
        assert f'data-value="{symbol.name}"' in text
        assert (f'data-slider="{symbol.name}"' in text) == (symbol.slider is not None)
    for model in dm.MODELS.values():
        for formula in model:
            assert formula.title[1:].replace("'", "&#x27;") in text


def test_the_page_is_light():
    import deltamu.presentation.explorer.page as page

    own = dm.explorer_page().replace(page._plotly(), "")
    assert len(own.encode()) < 450_000  # with the part of plotly.js that a built package has: less than 1.7 MB
    bundle = Path(page.__file__).parent / "assets" / page.BUNDLE
    if bundle.exists():
        assert len(dm.explorer_page().encode()) < 1_700_000


def test_the_tips_are_for_people():
    """No brackets of intervals, the unit in words, and that a fraction of a candidate is an average."""
    from deltamu.presentation.explorer.tips import fractions, tip

    for symbol in sym.PARAMETERS:
        text = tip(symbol)
        assert f"Default {symbol.default:g}; " in text and text.startswith(symbol.meaning[1:], 1)
        assert not re.search(r"[\[\]]|inf\b|\(\d", text.removeprefix(symbol.meaning)), text
        assert ("they mean an average" in text) == fractions(symbol)
        assert ("Counted in" in text) == (symbol.unit != "1")
        if fractions(symbol):
            dm.simulate(moves=1, **{symbol.name: symbol.slider[0] + 0.5})  # the model does take them
    assert [s.name for s in sym.PARAMETERS if fractions(s)] == ["K", "N", "K_r", "mu0"]
    assert "A number without a unit." in tip(sym.delta0)


def test_a_preset_is_what_its_line_says():
    from deltamu.presentation.explorer.presets import starts

    for name, start in starts().items():
        settings, text = start.settings, start.meaning
        radius = dm.simulate(settings, keep=("delta_t",)).delta_t
        if "shrink" in text:
            assert (settings["decay"] < 1) == ("never shrink" not in text), name
        for word, low, high in (("small edits", 0, 0.1), ("Large edits", 1, np.inf)):
            if word.lower() in text.lower():
                assert low <= float(radius.max()) <= high, name
        counted = {"One candidate": ("K", 1), "no reviewer": ("N", 0), "twelve candidates": ("K", 12),
                   "eight independent reviewers": ("N", 8)}  # fmt: skip
        for words, (control, value) in counted.items():
            assert words not in text or settings[control] == value, name
        assert "independent" not in text or settings["gamma"] == 0
        assert ("acceptance" in text or "trust region" in text) == (settings.policy == dm.TRUST_REGION), name


def test_a_step_shows_what_it_compares_and_what_its_claim_found():
    from deltamu.presentation.explorer.story import STORY, story_facts

    for step, facts in zip(STORY, story_facts(), strict=True):
        assert set(facts["invites"]) <= {s.name for s in sym.PARAMETERS}
        if step.besides:
            (besides,) = (row for row in dm.verify([step.besides], jobs=1))
            assert besides.outcome == "holds" and facts["besides"]["statement"] == besides.statement
        if step.evidence is None:
            continue
        own, best, largest, *others = facts["evidence"]
        ds = dm.simulate(step.settings, keep=("mu_next", "delta_t"))
        assert own["left"] == float(ds.mu_next[-1]) and own["moves"] == float(ds.moves_to_target)
        radius = float(best["name"].rpartition("= ")[2])
        fixed = dm.simulate(step.settings, policy="vibe", decay=1, delta0=np.linspace(0.01, 2, 200), keep=("mu_next",))
        assert best["left"] == pytest.approx(float(fixed.mu_next.isel(move=-1).min()))
        assert radius == pytest.approx(float(fixed.delta0[fixed.mu_next.isel(move=-1).argmin("delta0")]))
        assert float(largest["name"].rpartition("= ")[2]) == step.settings["delta_max"]
        # feedback does as well as the best fixed radius, and edits that only shrink fall far behind
        assert own["left"] < best["left"] < 0.1 * min(row["left"] for row in others)
        assert f"feedback wins: it leaves {own['left']:.3g} defects, the best fixed radius {best['left']:.3g}." in (
            facts["measured"])  # fmt: skip
        assert own["moves"] < best["moves"]
        assert all(row["moves"] is None for row in others) and own["moves"] is not None
        for row in others:
            policy = row["name"].rpartition("(")[2].rstrip(")")
            delta = dm.simulate(step.settings, policy=policy, keep=("delta_t",)).delta_t
            assert bool((np.diff(delta) <= 0).all())
            assert f"× {float(delta[-1] / delta[-2]):g} a move" in row["name"]
        (claim,) = (row for row in dm.verify([step.claim], jobs=1) if row.outcome == "holds")
        for number in claim.numbers.values():
            assert f"{number:.2g}" in facts["measured"]


def test_the_first_reviewer_makes_the_published_move_worse():
    from deltamu.presentation.explorer.evidence import first_reviewer_in_words
    from deltamu.presentation.explorer.story import STORY

    (step,) = (one for one in STORY if one.besides)
    text = first_reviewer_in_words(step.settings)
    alone, two = (float(dm.simulate(step.settings, N=n, keep=("gain",)).gain[0]) for n in (0, 1))
    assert two < alone and f"removes {two:.3g} defects instead of {alone:.3g}." in text
    assert first_reviewer_in_words(step.settings.replace(model="gated")) == ""  # an exact choice never hurts


def test_an_exchanged_formula_reaches_the_page():
    from deltamu.presentation.explorer.programs import engine, generated, slots_of

    changed = dm.PUBLISHED.replace(dm.Formula(sym.rho_eff, sym.rho * 12345), name="changed")
    one = engine(dm.VIBE, changed)
    assert "12345*rho" in generated([one], slots_of([one]))


OWN = sym.control(
    "patience", "p", default=3.0, slider=(1, 9, 1), domain=sym.POSITIVE, meaning="patience: moves per e-fold"
)
AVERAGING = dm.Policy(
    "averaging",
    {sym.delta: sym.delta0, AVERAGE: 1},
    {AVERAGE: (AVERAGE + sym.acceptance) / 2, sym.delta: sym.delta * AVERAGE},
)
TIMID = dm.Policy("very timid", {sym.delta: sym.delta0}, {sym.delta: sym.delta * (1 - sym.acceptance / (9 * OWN))})


def test_a_policy_and_a_model_of_ones_own_are_offered_and_computed(browser, tmp_path):
    blunt = dm.GATED.replace(dm.Formula(sym.K_eff, sym.K_prime, title="candidates all count"), name="blunt")
    path = tmp_path / "own.html"
    path.write_text(dm.explorer_page(policies=[TIMID, AVERAGING], models=[blunt]), encoding="utf-8")
    context = browser.new_context()
    watched = Watched(context, path.as_uri())
    watched.page.locator("#policy-select").select_option("very timid")
    watched.page.locator("#dm-model").select_option("blunt")
    watched.page.locator("#dm-value-patience").fill("5")
    watched.page.locator("#dm-value-patience").press("Enter")
    drawn_in_full(watched)
    got = watched(f"Array.from({X}.results.run.rows.mu_next)")
    ds = dm.simulate(policy=TIMID, model=blunt, patience=5)
    np.testing.assert_allclose(got, ds.mu_next, rtol=1e-10)
    assert watched(f"{X}.results.elasticity.bars.some((bar) => bar.name === 'patience')")
    watched.page.locator("#policy-select").select_option("averaging")
    note = watched.page.locator("#dm-policy-note").inner_text()  # what it sets, and what it reads of a move
    assert " and the averaged acceptance " in note and "as each move's probability that the oracle sees" in note
    watched.page.locator("#dm-model").select_option("published")
    assert note != watched.page.locator("#dm-policy-note").inner_text()
    assert watched.wrong == []
    context.close()


def test_what_reviewers_return_counts_the_calls_of_a_team_that_grows(browser, tmp_path):
    growing = dm.Policy("growing", {sym.delta: sym.delta0, sym.K: sym.K}, {sym.K: sym.K * sympy.Rational(101, 100)})
    path = tmp_path / "own.html"
    path.write_text(dm.explorer_page(policies=[growing]), encoding="utf-8")
    context = browser.new_context()
    watched = Watched(context, path.as_uri())
    values = values_of(dm.Settings(growing, target=0.4, delta0=1.0))
    curve = watched(f"(values) => {X}.engine.reviewers({X}.engine.engineOf('growing', 'gated'), "
                    f"{X}.engine.filled(values), [2], [0.5])[0]", values)  # fmt: skip
    ds = dm.simulate(policy=growing, model="gated", target=0.4, delta0=1.0, N=2, gamma=0.5, keep=("mu_next", "cost"))
    moves = int(ds.moves_to_target)
    removed = 12 - float(ds.mu_next[moves - 1])
    assert curve["moves"] == [moves] and float(ds.cost[moves - 1]) > float(ds.cost[0])
    assert curve["per_call"][0] == pytest.approx(removed / float(ds.cost[:moves].sum()), rel=1e-10)
    context.close()


def test_two_models_of_one_name_and_a_control_without_a_default_are_refused():
    with pytest.raises(InputError, match="same: gated"):
        dm.explorer_page(models=[dm.GATED])
    bare = sym.quantity("bare", "b", meaning="no default", domain=sym.POSITIVE)
    policy = dm.Policy("bare", {sym.delta: bare}, {})
    with pytest.raises(InputError, match="control bare has no default"):
        dm.explorer_page(policies=[policy])


def test_the_published_path_does_not_depend_on_what_only_the_stop_reads():
    from deltamu.presentation.explorer.programs import engine

    for policy in dm.POLICIES.values():
        published, gated = engine(policy, dm.PUBLISHED), engine(policy, dm.GATED)
        assert not {sym.r, sym.target, sym.dr} & published.path
        assert sym.r in gated.path and sym.target not in gated.path
        assert published.path <= published.used and sym.target in published.used


@pytest.mark.parametrize("missing", ["plotly.offline", "latex2mathml.converter"])
def test_without_its_extra_it_says_which(missing, monkeypatch):
    import importlib

    import deltamu.presentation.explorer.mathematics
    import deltamu.presentation.explorer.page

    def importing(name, *rest):
        if name == missing:
            raise ImportError(name)
        return importlib.import_module(name, *rest)

    monkeypatch.setattr(deltamu.presentation.explorer.mathematics, "import_module", importing)
    monkeypatch.setattr(deltamu.presentation.explorer.page, "import_module", importing)
    monkeypatch.setattr(deltamu.presentation.explorer.page, "BUNDLE", "not brought in.js")
    with pytest.raises(InputError, match=r"pip install 'deltamu\[explorer\]'") as error:
        dm.explorer_page()
    assert "\n" not in str(error.value)


def test_the_command_writes_the_page_and_the_fragment(tmp_path, capsys):
    from deltamu.presentation.cli import main

    whole, fragment = tmp_path / "page.html", tmp_path / "fragment.html"
    assert main(["explorer", "--out", str(whole)]) == 0
    assert main(["explorer", "--embed", "--out", str(fragment)]) == 0
    assert whole.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert fragment.read_text(encoding="utf-8").startswith('<div id="llm-codegen-simulator"')
    assert main(["explorer", "--out", str(tmp_path / "none" / "page.html")]) == 2
    assert "does not exist" in capsys.readouterr().err


class Told:
    """What a build says."""

    def __init__(self):
        self.warnings = []

    def display_warning(self, text):
        self.warnings.append(text)


def test_a_package_is_built_without_npm_and_refuses_another_file(tmp_path, monkeypatch):
    pytest.importorskip("hatchling", reason="hatchling builds the package")
    script = Path(__file__).parents[2] / "hatch_build.py"
    spec = importlib.util.spec_from_file_location("hatch_build", script)
    built = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(built)
    target, told = tmp_path / built.TARGET, Told()
    target.parent.mkdir(parents=True)
    hook = built.PlotlyHook(str(tmp_path), {}, None, None, str(tmp_path), "wheel", told)
    monkeypatch.setenv("PATH", str(tmp_path))  # no npm
    hook.initialize("standard", {})
    assert len(told.warnings) == 1 and "could not be fetched" in told.warnings[0] and not target.exists()
    monkeypatch.setattr(built, "_packed", lambda: b"another library")
    with pytest.raises(ValueError, match="not the file that is pinned"):
        hook.initialize("standard", {})
    monkeypatch.setattr(built, "SHA256", hashlib.sha256(b"another library").hexdigest())
    hook.initialize("standard", {})
    assert target.read_bytes() == b"another library"
