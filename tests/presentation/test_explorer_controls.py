"""The explorer's controls: sliders, choices, the history, the tour, pins."""

import pytest
from explorer_in_a_browser import FAN, MODELS, POLICIES, START, Watched, X, expected, rest, shown, unfold

import deltamu as dm
from deltamu import symbols as sym


def test_every_slider_goes_to_both_ends(page):
    unfold(page)
    for symbol in sym.PARAMETERS:
        if symbol.slider is None:
            continue
        for end in symbol.slider[:2]:
            page(
                """([name, value]) => { const range = document.getElementById("dm-slider-" + name); range.value = String(value);
                range.dispatchEvent(new Event("input", { bubbles: true })); range.dispatchEvent(new Event("change", { bubbles: true })); }""",  # noqa: E501
                [symbol.name, end],
            )
            assert page.settings()["values"][symbol.name] == end
            assert page.page.locator(f"#dm-value-{symbol.name}").input_value() == f"{end:g}"
            assert page.message() == ""
        page(f"(name) => {X}.setControl(name, {symbol.default:g})", symbol.name)
    text = page.page.locator("#llm-codegen-simulator").inner_text()
    assert "NaN" not in text and "undefined" not in text


def test_keyboard_moves_a_slider_and_hints_appear_on_focus(page):
    slider = page.page.locator("#dm-slider-H")
    slider.focus()
    slider.press("ArrowRight")
    assert page.settings()["values"]["H"] == 0.61
    button = page.page.locator('[data-control="H"] .about')
    button.focus()
    assert page.page.locator("#dm-hint-H").is_visible()
    button.press("Escape")
    assert not page.page.locator("#dm-hint-H").is_visible()
    page.wait("location.hash.includes('H=0.61')")


@pytest.mark.parametrize("model", MODELS)
def test_presets_scenarios_policies_and_models(page, model):
    page.page.locator("#dm-model").select_option(model)
    for name, settings in dm.PRESETS.items():
        page.page.locator(f'[data-preset="{name}"]').click()
        assert shown(page.settings()) == expected(settings, model)
        for scenario, values in dm.SCENARIOS.items():  # one takes the place of the other
            button = page.page.locator(f'[data-scenario="{scenario}"]')
            button.click()
            assert shown(page.settings()) == expected(settings.replace(**values), model)
            assert pressed(page) == [name, scenario]
        button.click()  # and is taken back
        assert shown(page.settings()) == expected(settings, model)
        assert pressed(page) == [name]
    for policy in POLICIES:
        page.page.locator("#policy-select").select_option(policy)
        assert page.settings()["policy"] == policy
    page.page.locator("#dm-defaults").click()
    assert shown(page.settings()) == expected(START, "published")


def pressed(page):
    """Presets and scenarios that show as chosen."""
    return page(
        """[...document.querySelectorAll('[aria-pressed="true"]')].map((b) => b.dataset.preset || b.dataset.scenario)"""
    )


def test_pin_and_compare(page):
    page.page.locator('[data-preset="noob-vibe"]').click()
    page.page.locator("#dm-pin-a").click()
    page.page.locator('[data-preset="principal-tr"]').click()
    page.page.locator("#dm-pin-b").click()
    page.page.locator("#dm-model").select_option("gated")
    rest(page)
    table = page.page.locator("#dm-comparison table")
    rows = {
        row.locator("th").inner_text(): row.locator("td").all_inner_texts() for row in table.locator("tbody tr").all()
    }
    assert rows["Policy"] == ["trust-region", "vibe", "trust-region"]
    assert rows["Model"] == ["gated", "published", "published"]
    assert rows["These numbers are"] == ["after move 150"] * 3
    assert [float(text) for text in rows["Defects left μ"][1:]] == pytest.approx([6.89, 0.432], abs=1e-3)
    assert rows["Target reliability R*"] == ["0.95", "0.9", "0.95"]
    assert "Initial defect mass μ₀" in rows and not any(name.startswith("Planner") for name in rows)
    names = table.locator("thead th").all_inner_texts()
    assert names == ["Now", "A: vibe, published and 11 more", "B: published"]
    lines = [trace for trace in page("document.getElementById('convergence-plot').data") if trace["name"] in names]
    assert len(lines) == 4
    looks = {name: {(t["line"]["color"], t["line"]["dash"]) for t in lines if t["name"] == name} for name in names[1:]}
    assert all(len(look) == 2 for look in looks.values()) and not looks[names[1]] & looks[names[2]]
    page.page.locator("#dm-unpin").click()
    assert page("document.getElementById('convergence-plot').data.length") == 6


def test_the_fan_is_drawn_by_the_worker(page):
    page.wait(f"{FAN}.includes('400 runs of')")
    page.page.locator("#dm-runs").fill("50")
    page.page.locator("#dm-runs").press("Tab")
    page.wait(f"{FAN}.includes('50 runs of')")
    for bad in ("1e9", "0", "", "-3"):
        page.page.locator("#dm-runs").fill(bad)
        page.page.locator("#dm-runs").press("Tab")
        assert page.message() == f"Runs = '{bad}' is not a whole number from 1 to 20000"
        assert page.page.locator("#dm-runs").input_value() == "50"
    page.page.locator('[data-scenario="greenfield"]').click()
    assert page.message().startswith("Scenario Greenfield")


def test_a_run_that_is_out_of_date_is_given_up(page):
    page.wait(f"{FAN}.includes('400 runs of')")
    page("""() => { window.ended = 0; const end = Worker.prototype.terminate;
      Worker.prototype.terminate = function () { window.ended += 1; end.call(this); }; }""")
    page.page.locator("#dm-runs").fill("20000")
    page.page.locator("#dm-runs").press("Tab")
    page.page.locator("#dm-runs").fill("60")
    page.page.locator("#dm-runs").press("Tab")
    page.wait(f"{FAN}.includes('60 runs of')")
    assert page("window.ended") == 1


def test_a_note_goes_and_a_refusal_stays_and_neither_moves_the_page(browser, address):
    context = browser.new_context()
    context.clock.install()
    page = Watched(context, address)
    unfold(page)
    top = page("document.querySelector('.work').getBoundingClientRect().top + scrollY")
    page.page.locator("#dm-pin-a").click()
    assert page.message() == "Pinned as A."
    assert page("document.querySelector('.work').getBoundingClientRect().top + scrollY") == top
    page.page.clock.fast_forward(7000)
    assert page.message() == ""
    page.page.locator("#dm-value-gamma").fill("2")
    page.page.locator("#dm-value-gamma").press("Enter")
    page.page.clock.fast_forward(7000)
    assert page.message() == "Correlation between reviewers = 2 is outside [0, 1]"
    assert page.wrong == []
    context.close()
