"""The explorer's settings: copied, loaded, in the address, and refused as the library refuses them."""

import json
import random

from explorer_in_a_browser import POLICIES, START, X, drawn_in_full, expected, shown, unfold, values_of

import deltamu as dm
from deltamu import symbols as sym
from deltamu.errors import InputError
from deltamu.model.settings import ARTICLE_KEYS, ARTICLE_PRESET_KEYS


def test_copied_settings_are_read_by_python_and_loaded_again(page):
    cases = [(dm.PRESETS[name], "published") for name in dm.PRESETS]
    cases += [(dm.Settings("vibe", overreach=1.5, a1=0.7), "gated"), (dm.Settings(mu0=3), "published")]
    for settings, model in cases:
        text = page(
            f"([policy, model, values]) => {X}.settingsToJSON({X}.settingsOf(policy, model, values)).text",
            [settings.policy.name, model, values_of(settings)],
        )
        read = dm.Settings.from_json(text)
        assert dict(read) == dict(settings) and read.policy == settings.policy
        if model == "published" and not settings.lost_by_article():
            assert json.loads(text) == json.loads(settings.to_json(article=True))
        for written in (text, settings.replace(model=model).to_json()):
            page.page.locator("#load-settings").click()
            page.page.locator("#dm-text").fill(written)
            before = page.settings()["model"]
            page.page.locator("#dm-load").click()
            named = json.loads(written).get("model")
            assert shown(page.settings()) == expected(settings, named or before)  # a model that is not named stays
            assert ("name no model" in page.message()) == (named is None)
            page.page.locator("#dm-model").select_option(model)
        page.page.locator("#copy-settings").click()
        page.wait("document.getElementById('message-display').textContent.includes('copied')")
        assert json.loads(page("navigator.clipboard.readText()")) == json.loads(text)


def test_the_address_holds_the_settings(page, address):
    for preset, settings in dm.PRESETS.items():
        page.page.locator(f'[data-preset="{preset}"]').click()
        page.page.locator("#dm-model").select_option("gated")
        link = page("location.href")
        assert shown(page("(hash) => " + X + ".settingsFromHash(hash)", page("location.hash"))) == expected(
            settings, "gated"
        )
    page.open(link)
    assert shown(page.settings()) == expected(settings, "gated")
    page("location.hash = '#explorer&policy=vibe&mu0=7'")
    page.wait(f"{X}.settings.values.mu0 === 7")
    page("location.hash = '#some-heading'")
    assert page.settings()["values"]["mu0"] == 7 and page.settings()["policy"] == "vibe"


def test_a_copied_link_opens_the_page_with_these_settings(page):
    page.page.locator('[data-preset="planner-spec"]').click()
    page("() => " + X + ".setControl('overreach', 1.5)")
    page.page.locator("#dm-link").click()
    page.wait("document.getElementById('message-display').textContent.startsWith('Link copied')")
    wanted = page.settings()
    page.open(page("navigator.clipboard.readText()"))
    assert page.settings() == wanted


MARKUP = (
    '<img src=x onerror="window.hit=1">',
    "<script>window.hit=1</script>",
    "</script><b>",
    "&lt;b&gt;",
    "'\"><svg/onload=hit>",
)


def bad_texts(count, seed):
    """Settings that are mostly wrong, in every way."""
    draw = random.Random(seed)
    keys = ["policy", "model", *ARTICLE_KEYS, *(k for d in ARTICLE_PRESET_KEYS.values() for k in d), "N", "tau", "s0"]
    names = [*keys, *(s.name for s in sym.PARAMETERS), "__proto__", "constructor", "toString", "h", "", *MARKUP]
    numbers = [0, 1, -1, 0.5, 2, 1e9, 1e308, -0.0, 5e-324, 12, 0.999, 1.2, 3.5]
    others = [None, True, False, "0.5", "NaN", [], {}, [1], {"a": 1}, *MARKUP, "vibe", "planner", "gated", "published"]
    made = [
        "", " ", "null", "[]", "1", '"x"', "{", "{}", "}{", "{'H': 1}", '{"H": NaN}', '{"H": Infinity}',
        '{"H": 1e999}', '{"H": 0.5, "H": 0.6}', '{"H": 01}', '{"H": .5}', '{"H": 0.5,}', "[" * 5000, '{"a":' * 2000,
        "\ufeff{}", '{"H": 0x1}', '{"K": 3, "K\\u0000": 1}', '{"\\u0048": 0.2, "H": 0.3}', '{"Kr": 1, "K_r": 0}',
        '{"policy": "planner", "H0": 0.4, "H": 2}',
    ]  # fmt: skip
    while len(made) < count:
        kind = draw.random()
        data = {}
        for _ in range(draw.randint(1, 4)):
            value = draw.choice(numbers) if draw.random() < 0.7 else draw.choice(others)
            data[draw.choice(names)] = value
        if draw.random() < 0.5:
            data["policy"] = draw.choice([*POLICIES, "tr", *MARKUP])
        text = json.dumps(data)
        if kind < 0.3:  # damaged at random
            letters = list(text)
            for _ in range(draw.randint(1, 3)):
                at = draw.randrange(len(letters))
                letters[at] = draw.choice('{}[]",:0.e-\\ <>&xN')
            text = "".join(letters)
        made.append(text)
    return made


def accepted_by_python(text):
    try:
        settings = dm.Settings.from_json(text)
    except InputError:
        return None
    return expected(settings, settings.model.name if settings.model else "published")


def same(one, other):
    return one == other or (
        one is not None and other is not None and one.keys() == other.keys()
        and all(one[k] == other[k] for k in one)
    )  # fmt: skip


def test_bad_settings_are_refused_as_python_refuses_them(page):
    """800 texts: the page accepts exactly what `Settings.from_json` accepts, and reads the same from it."""
    texts = bad_texts(800, 11)
    got = page(
        f"""(texts) => texts.map((text) => {{ try {{ const s = {X}.settingsFromJSON(text); return {{ ok: {{ ...s.values, policy: s.policy, model: s.model }} }}; }}
          catch (error) {{ return {{ refused: error instanceof {X}.Refused, message: error.message }}; }} }})""",  # noqa: E501
        texts,
    )
    accepted = 0
    for text, found in zip(texts, got, strict=True):
        want = accepted_by_python(text)
        if "ok" in found:
            accepted += 1
            assert same(want, found["ok"]), text[:200]
        else:
            assert found["refused"], (text[:200], found)
            assert want is None, (text[:200], found)
            assert 0 < len(found["message"]) < 300 and "\n" not in found["message"]
    assert 30 < accepted < 640
    assert page.settings() == page(f"{X}.settingsOf('vibe', 'published', {{}})")


def test_refused_settings_change_nothing_and_never_become_markup(page):
    drawn_in_full(page)
    before = page.settings()
    elements = page("document.querySelectorAll('*').length")
    bad = [text for text in bad_texts(200, 12) if accepted_by_python(text) is None][:60]
    bad += [json.dumps({"policy": m}) for m in MARKUP] + [json.dumps({m: 1}) for m in MARKUP]
    bad += [json.dumps({"H": m}) for m in MARKUP] + ["x" * 1_000_000]
    page.page.locator("#load-settings").click()
    for text in bad:
        found = page(
            """(text) => { document.getElementById("dm-text").value = text; document.getElementById("dm-load").click();
            const line = document.getElementById("dm-dialog-message");
            return [line.textContent, line.childElementCount, document.getElementById("dm-dialog").open]; }""",
            text,
        )
        assert found[0] and found[1] == 0 and found[2] is True, text[:100]
    page.page.locator("#dm-cancel").click()
    assert page.settings() == before
    assert page("document.querySelectorAll('*').length") == elements
    assert page("window.hit") is None


FRAGMENTS = (
    "H=2", "H=%", "H", "H=abc", "=1", "H=0.1&H=0.2", "policy=%3Cimg%20src=x%20onerror=hit%3E", "__proto__=1",
    "A_lo=0.5&A_hi=0.4", "model=x", "H=" + "1" * 1_000_000,
)  # fmt: skip


def test_bad_addresses_are_refused(page, address):
    for fragment in FRAGMENTS:
        page("document.getElementById('message-display').textContent = ''")
        page("(hash) => { location.hash = hash; }", f"#explorer&{fragment}")
        page.wait("document.getElementById('message-display').textContent !== ''")
        assert shown(page.settings()) == expected(START, "published"), fragment[:60]
        assert len(page.message()) < 300 and page.page.locator("#message-display *").count() == 0
        assert page("location.hash") == page(f"{X}.settingsToHash({X}.settings)")  # what is shown, not what was refused
    for fragment in FRAGMENTS[-1:]:  # from the start
        page.open(f"{address}#explorer&{fragment}")
        assert shown(page.settings()) == expected(START, "published"), fragment[:60]
        assert page.message()
    assert page("window.hit") is None


def test_a_number_that_is_no_number_or_out_of_the_domain_is_taken_back(page):
    unfold(page)
    box = page.page.locator("#dm-value-gamma")
    for text, message in (
        ("1.2", "Correlation between reviewers = 1.2 is outside [0, 1]"),
        ("<b>", "Correlation between reviewers = '<b>' is not a number: allowed is [0, 1]"),
        ("", "Correlation between reviewers = '' is not a number: allowed is [0, 1]"),
        ("1e999", "Correlation between reviewers = Infinity is outside [0, 1]"),
    ):
        box.fill(text)
        box.press("Enter")
        assert page.message() == message
        assert box.input_value() == "0.2"
        note = page.page.locator("#dm-note-gamma")
        assert note.is_visible() and note.inner_text().startswith(message) and "0.2 stays" in note.inner_text()
        assert box.get_attribute("aria-invalid") == "true"
    box = page.page.locator("#dm-value-A_lo")
    box.fill("0.5")
    box.press("Enter")
    assert page.message() == ("Lower end of the acceptance band = 0.5 is above Upper end of the acceptance band = 0.4")
    assert page.settings()["values"]["A_lo"] == 0.2
