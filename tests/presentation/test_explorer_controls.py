"""The explorer's controls: sliders, choices, the history, the tour, pins."""

import pytest
from explorer_in_a_browser import (
    FAN,
    MODELS,
    POLICIES,
    START,
    Watched,
    X,
    drawn_in_full,
    expected,
    picture,
    rest,
    shown,
    unfold,
)

import deltamu as dm
from deltamu import symbols as sym


@pytest.mark.long
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


@pytest.mark.parametrize("model", ["published", pytest.param("gated", marks=pytest.mark.long)])
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
    lines = [trace for trace in page.traces("convergence-plot") if trace["name"] in names]
    assert len(lines) == 4
    looks = {name: {(t["line"]["color"], t["line"]["dash"]) for t in lines if t["name"] == name} for name in names[1:]}
    assert all(len(look) == 2 for look in looks.values()) and not looks[names[1]] & looks[names[2]]
    page.page.locator("#dm-unpin").click()
    assert len(page.traces("convergence-plot")) == 6


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


def test_it_starts_small(browser, address):
    """One chart, the move and four sliders, all in sight; the rest unfolds."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    watched = Watched(context, address)
    assert shown(watched.settings()) == expected(START, "published")  # the article's policy, too
    visible = [s for s in watched.page.locator("[data-slider]").all() if s.is_visible()]
    assert [s.get_attribute("data-slider") for s in visible] == ["r", "delta0", "K", "N"]
    assert all(s.bounding_box()["y"] + s.bounding_box()["height"] <= 900 for s in visible)
    assert [c.get_attribute("id") for c in watched.page.locator(".canvas").all() if c.is_visible()] == [
        "convergence-plot"
    ]
    assert watched.page.locator("h1").count() == 1
    assert watched.wrong == []
    context.close()


def test_back_undoes_a_choice(page):
    page.page.locator('[data-preset="noob-vibe"]').click()
    page.page.locator('[data-preset="planner-spec"]').click()
    slider = page.page.locator("#dm-slider-K")
    for _ in range(3):  # one entry for one slider
        slider.press("ArrowRight")
        rest(page)
    for settings in (dm.PRESETS["planner-spec"], dm.PRESETS["noob-vibe"], START):
        page("history.back()")
        page.wait(f"{X}.settings.values.mu0 === {settings['mu0']:g} && {X}.settings.values.K === {settings['K']:g}")
        assert shown(page.settings()) == expected(settings, "published")
    page("history.forward()")
    page.wait(f"{X}.settings.values.mu0 === {dm.PRESETS['noob-vibe']['mu0']:g}")


def test_back_to_an_address_without_settings_is_back_at_the_start(browser, address):
    context = browser.new_context()
    watched = Watched(context, address)
    watched.page.locator("#dm-slider-r").press("ArrowRight")
    rest(watched)
    assert watched.settings()["values"]["r"] == 0.81 and "r=0.81" in watched("location.hash")
    watched("history.back()")
    watched.wait(f"{X}.settings.values.r === 0.8")
    watched("history.forward()")
    watched.wait(f"{X}.settings.values.r === 0.81")
    assert watched.wrong == []
    context.close()


def test_a_tip_can_be_pointed_at_and_goes_with_escape(page):
    button, hint = page.page.locator('[data-control="gamma"] .about'), page.page.locator("#dm-hint-gamma")
    assert "0 means independent, 1 identical" in hint.text_content()
    button.hover()
    assert hint.is_visible()
    hint.hover()
    assert hint.is_visible()
    page.page.keyboard.press("Escape")
    assert not hint.is_visible()
    page.page.mouse.move(0, 0)
    button.click()
    assert hint.is_visible()
    page.page.mouse.move(0, 0)  # it goes with the pointer, though the button has the focus
    hint.wait_for(state="hidden")


def test_words_of_its_own_are_explained(page):
    from deltamu.presentation.explorer.layout import TERMS

    page.page.locator("#dm-step-start").click()
    for name, (term, meaning) in TERMS.items():
        hint, button = page.page.locator(f"#dm-term-{name}"), page.page.locator(f'[aria-describedby="dm-term-{name}"]')
        assert term in page("document.getElementById('llm-codegen-simulator').innerText.toLowerCase()")
        assert not hint.is_visible()
        button.click()
        assert hint.inner_text() == meaning
        box, window = hint.bounding_box(), page.page.viewport_size
        assert 0 <= box["x"] <= window["width"] - box["width"] and 0 <= box["y"] <= window["height"] - box["height"]
        page("window.dispatchEvent(new Event('scroll'))")
        page.page.keyboard.press("Escape")
        assert not hint.is_visible() and page.page.locator("#dm-step").is_visible()


def test_a_tip_lies_beside_its_control_or_in_the_window(browser, address):
    context = browser.new_context()
    watched = Watched(context, address)
    for size in ((1440, 900), (390, 844)):
        watched.page.set_viewport_size({"width": size[0], "height": size[1]})
        for name in ("r", "delta0", "K", "N"):
            control = watched.page.locator(f'[data-control="{name}"]')
            watched(f"document.querySelector('[data-control={name}]').scrollIntoView({{ block: 'end' }})")
            control.locator(".about").hover()
            watched.page.wait_for_timeout(50)  # what is scrolled takes its tip along
            box, around = watched.page.locator(f"#dm-hint-{name}").bounding_box(), control.bounding_box()
            assert box["x"] >= 0 and box["x"] + box["width"] <= size[0]
            assert box["y"] >= 0 and box["y"] + box["height"] <= size[1]
            if size[0] > 840:
                assert box["x"] >= around["x"] + around["width"]
            else:
                assert box["y"] >= around["y"] + around["height"] - 1 or box["y"] + box["height"] <= around["y"] + 1
    context.close()


def test_a_value_off_its_slider_is_marked(page):
    note = page.page.locator('[data-control="decay"] .unused')
    assert not note.is_visible()
    page.page.locator('[data-preset="as-fitted"]').click()
    low, high, _ = sym.decay.slider
    assert page.settings()["values"]["decay"] < low
    assert note.inner_text() == f"off the slider, which goes from {low:g} to {high:g}"


def test_a_refused_text_is_told_once_and_cancel_ends_it(page):
    page.page.locator("#load-settings").click()
    page.page.locator("#dm-text").fill("{")
    page.page.locator("#dm-load").click()
    assert page.page.locator("#dm-dialog-message").inner_text() != "" and page.message() == ""
    page.page.locator("#dm-cancel").click()
    assert page.message() == ""


def test_assumptions_take_the_focus(page):
    page.page.locator("#toggle-assumptions").click()
    assert page("document.activeElement.id") == "dm-assumptions-title"
    assert page.page.locator("#dm-assumptions-title").bounding_box()["y"] < 900
    page.page.locator("#toggle-assumptions").click()


def test_listeners_hear_one_verdict_when_the_controls_rest(page):
    page("""() => { window.heard = 0; const live = document.getElementById("dm-live");
      new MutationObserver((changes) => { window.heard += changes.length; }).observe(live, { childList: true, characterData: true, subtree: true });
    }""")  # noqa: E501
    slider = page.page.locator("#dm-slider-mu0")
    for _ in range(5):
        slider.press("ArrowRight")
    rest(page)
    assert page("window.heard") == 0
    page.wait("window.heard > 0")
    told = page("document.getElementById('dm-live').textContent")
    assert all(text in told for text in page.page.locator("#dm-outcome p").all_inner_texts())
    page.page.wait_for_timeout(800)
    assert page("window.heard") <= 2
    assert page.page.locator("[aria-live]").evaluate_all("(all) => all.map((one) => one.id)") == [
        "dm-live", "dm-ways", "dm-dialog-message", "message-display"
    ]  # fmt: skip


@pytest.mark.parametrize("mu0", [0, 5e-324, 1e-307, 1e-12, 1e12])
def test_the_ends_of_the_domain_are_drawn(page, mu0):
    for model in MODELS:
        page(f"([model, mu0]) => {{ {X}.show('vibe', model, {{ mu0 }}); {X}.update({{ all: true }}); }}", [model, mu0])
    assert "NaN" not in page.page.locator("#llm-codegen-simulator").inner_text()


def test_messages_speak_in_words(page):
    page.page.locator('[data-scenario="legacy-refactor"]').click()
    message = page.message()
    assert "initial defect mass 25" in message and "mu0" not in message


def test_the_target_is_dragged_and_the_map_clicked(page):
    drawn_in_full(page)
    chart = page.page.locator("#convergence-plot")
    chart.scroll_into_view_if_needed()
    line = chart.locator(".shapelayer path").first.bounding_box()
    x, y = line["x"] + line["width"] / 3, line["y"] + line["height"] / 2
    page.page.mouse.move(x, y)
    page.page.mouse.down()
    page.page.mouse.move(x, y + 30, steps=4)
    page.page.mouse.up()
    page.wait(f"{X}.settings.values.target < 0.9")
    page.page.locator("#dm-undo").click()
    assert page.settings()["values"]["target"] == 0.95
    page.page.locator("#heatmap-plot").scroll_into_view_if_needed()
    place = page.page.locator("#heatmap-plot .nsewdrag").first.bounding_box()
    page.page.mouse.move(place["x"] + place["width"] / 4, place["y"] + place["height"] / 4)
    page.page.wait_for_timeout(100)
    page.page.mouse.click(place["x"] + place["width"] / 4, place["y"] + place["height"] / 4)
    page.wait(f"{X}.settings.values.r < 0.6 && {X}.settings.values.H > 0.6")


LOOKED_AT = "[...document.querySelectorAll('.looked-at')].map((figure) => figure.dataset.figure)"
IN_SIGHT = """((name) => { const box = document.querySelector(`[data-figure="${name}"]`).getBoundingClientRect();
  return box.top < innerHeight && box.bottom > 0; })"""


def test_the_tour_ends_where_it_began(page):
    page("() => " + X + ".setControl('K', 9)")
    page.page.locator("#dm-step-start").click()
    assert page.page.locator("#dm-step-question").inner_text().startswith("1. ")
    page.page.locator("#dm-step-next").click()
    assert not page.page.locator("#dm-step-changed").is_visible()
    page.page.locator('[data-preset="bold"]').click()
    page.page.locator("#dm-step-again").click()
    assert page.settings()["values"]["r"] == 0.01
    assert not page.page.locator("#dm-step-changed").is_visible()
    page.page.keyboard.press("Escape")
    assert not page.page.locator("#dm-step").is_visible() and page(LOOKED_AT) == []
    assert shown(page.settings()) == expected(START.replace(K=9), "published")
    assert page.message() == "The tour has ended: your own settings are back."


def test_a_step_that_invites_a_change_is_not_broken_by_it(page):
    page.page.locator("#dm-step-start").click()
    note = page.page.locator("#dm-step-changed")
    page(f"() => {{ {X}.setControl('r', 0.6); {X}.settle(); }}")
    assert note.locator("span").inner_text() == "You changed r 0.3 → 0.6, as the step asks."
    assert "r=0.6" in page("location.hash")  # a link shows what is seen
    page(f"() => {{ {X}.setControl('K', 7); {X}.settle(); }}")
    assert note.locator("span").inner_text() == "You changed r 0.3 → 0.6, K 5 → 7."
    page.page.locator("#dm-step-again").click()
    assert not note.is_visible() and page("location.hash") == "#explorer&story=oracle"


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_the_tour_goes_on_from_wherever_one_is(browser, address, size):
    """Wherever the plot of a step is shown, the way to the next step is in sight; no bar where the buttons are."""
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    watched = Watched(context, address)
    bar, own = watched.page.locator("#dm-tour"), watched.page.locator("#dm-step-next")
    watched.page.locator("#dm-step-start").click()
    count = watched(f"{X}.PAGE.story.length")
    for step in range(count):
        watched.page.wait_for_timeout(50)
        assert not bar.is_visible()
        watched.page.locator("#dm-step-show").click()
        watched.page.wait_for_timeout(100)
        on = watched.page.locator("#dm-tour-next") if bar.is_visible() else own
        box = on.bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= size[1], step
        if step == count - 1:
            watched("scrollTo(0, document.body.scrollHeight)")
            bar.wait_for(state="visible")
            assert watched.page.locator("#dm-tour-next").inner_text() == "End the tour"
            on = watched.page.locator("#dm-tour-next")
        on.click()
    assert not watched.page.locator("#dm-step").is_visible() and not bar.is_visible()
    assert watched.wrong == []
    context.close()


@pytest.mark.parametrize("step", ["adapts", "feedback"])
@pytest.mark.parametrize("up", [80, 250])
def test_the_first_tap_on_a_phone_shows_the_plot(browser, address, step, up):
    """With the button scrolled to near the top of the window, the chart being below it."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    watched = Watched(context, f"{address}#explorer&story={step}")
    show = watched.page.locator("#dm-step-show")
    watched(f"scrollBy(0, {show.bounding_box()['y']} - {up})")
    watched.page.wait_for_timeout(100)
    box = show.bounding_box()
    assert box["y"] == pytest.approx(up, abs=2)
    watched.page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    watched.wait(f"{IN_SIGHT}('radius')")
    context.close()


def test_taking_back_ends_at_the_start(browser, address):
    context = browser.new_context()
    watched = Watched(context, address)
    watched.page.locator('[data-preset="bold"]').click()
    watched.page.locator("#dm-slider-K").press("ArrowLeft")
    watched.page.keyboard.press("Control+z")
    watched.wait(f"{X}.settings.values.K === 12")
    watched.page.keyboard.press("Control+z")
    watched.wait(f"{X}.settings.values.K === 5")
    assert shown(watched.settings()) == expected(START, "published")
    watched.page.keyboard.press("Control+z")
    watched.page.wait_for_timeout(100)
    assert watched.message() == "Nothing is left to take back."
    assert shown(watched.settings()) == expected(START, "published")
    context.close()


def test_what_was_chosen_is_taken_back(page):
    page("() => " + X + ".setControl('K', 9)")
    page.page.locator('[data-preset="bold"]').click()
    page.page.locator("#dm-undo").click()
    assert shown(page.settings()) == expected(START.replace(K=9), "published") and page.message() == "Taken back."
    page.page.locator('[data-scenario="greenfield"]').click()
    page.page.locator("#dm-undo").click()
    assert shown(page.settings()) == expected(START.replace(K=9), "published")
    page.page.locator("#dm-pin-a").click()  # nothing to take back
    assert not page.page.locator("#dm-undo").is_visible()


def test_the_tour_sets_what_its_claims_are_about(page, address):
    from deltamu.claims.derivations import find_claims
    from deltamu.presentation.explorer.story import STORY

    words = {"proved": "Proved:", "argued": "Argued, with checked lemmas:", "refuted": "Refuted:",
             "supported": "Supported by numbers:",
             "enumerated": "Proved for the settings that are enumerated, and no others:"}  # fmt: skip
    for i, step in enumerate(STORY):
        page.page.locator("[data-step]").nth(i).click()
        (claim,) = find_claims(step.claim)
        assert shown(page.settings()) == expected(step.settings, step.settings.model.name)
        statement = claim.statement.replace("delta_max", "δₘₐₓ")  # symbols as symbols
        assert page.page.locator("#dm-step-statement").inner_text().strip("“”") == statement
        assert page.page.locator("#dm-step-means").inner_text() == step.means
        assert page(LOOKED_AT) == [step.figure]
        assert page.page.locator(f'[data-figure="{step.figure}"] .canvas').is_visible()
        listed = claim.verdict == "proved" and claim.rigorous and claim.holds is None
        assert page.page.locator("#dm-step-verdict").inner_text() == words["enumerated" if listed else claim.verdict]
        assert page.page.locator("#dm-step-claim").inner_text().endswith(f"checks it: deltamu verify {claim.name}.")
        assert page.page.locator("#dm-step-evidence").is_visible() == (step.measured is not None)
        assert page("location.hash") == f"#explorer&story={step.key}"
        assert page("document.activeElement.id") == "dm-step-question"
        picture(page, f"step-{i + 1}")
        page.page.locator("#dm-step-show").click()
        page.wait(f"{IN_SIGHT}('{step.figure}')")
        there = page.page.locator(f'[data-figure="{step.figure}"] .there')
        assert there.is_visible() == (step.figure != "convergence")
        if there.is_visible():
            assert there.locator("p").inner_text() == step.means
            assert there.locator("button").inner_text() == (
                f"Next: {STORY[i + 1].question}" if i + 1 < len(STORY) else "End the tour")  # fmt: skip
    page.open(f"{address}#explorer&story=pass")
    assert shown(page.settings()) == expected(STORY[1].settings, STORY[1].settings.model.name)
    assert page.page.locator("#dm-step-question").inner_text() == f"2. {STORY[1].question}"
    page.page.locator("#dm-step-end").click()
    assert not page.page.locator("#dm-step").is_visible() and "story" not in page("location.hash")


def test_the_picture_of_a_move_is_drawn_from_the_numbers(page):
    def count(selector):
        return page.page.locator(f"#dm-panel-{selector}").count()

    page(f"() => {X}.show('vibe', 'gated', {{ K: 4, N: 2, r: 0.5, mu0: 10 }})")
    assert count("candidates .dot") == 6  # each of two reviewers proposes one
    assert (count("candidates .theirs"), count("candidates .key")) == (2, 2)
    assert count("candidates .copy") == 6 - 5  # worth round(4.8) different ones
    assert (count("oracle .defect"), count("oracle .unseen")) == (10, 5)
    assert count("reviewers .ring:not(.still)") == 1
    stamps = set()
    for _ in range(12):
        page.page.locator("#dm-draw").click()
        stamps.add(page.page.locator("#dm-panel-outcome .stamp").text_content())
    assert stamps == {"accepted", "rejected"}
    page(f"() => {{ {X}.setControl('r', 0); {X}.settle(); }}")
    blind = set()
    for _ in range(12):  # tests that see nothing toss a coin
        page.page.locator("#dm-draw").click()
        stamp, said = (
            page.page.locator(place).text_content() for place in ("#dm-panel-outcome .stamp", "#dm-says-outcome")
        )
        assert said.startswith(f"{stamp.capitalize()} at random, since tests that see nothing cannot tell")
        blind.add(stamp)
    assert blind == {"accepted", "rejected"}
    page(f"() => {{ {X}.setControl('r', 0.5); {X}.settle(); }}")
    page.page.locator("#dm-model").select_option("published")
    assert page.page.locator("#dm-panel-outcome .stamp").text_content() == "taken, unasked"


def test_a_move_that_is_pointed_at_is_marked_in_all_plots(page):
    drawn_in_full(page)
    page.page.locator("#step-size-plot").scroll_into_view_if_needed()
    place = page.page.locator("#step-size-plot .nsewdrag").first.bounding_box()
    for share in (0.4, 0.5):
        page.page.mouse.move(place["x"] + place["width"] * share, place["y"] + place["height"] / 2)
        page.page.wait_for_timeout(100)
    page.wait("document.querySelector('#acceptance-plot .hoverlayer').childElementCount > 0")
    assert page.page.locator("#acceptance-plot .hoverlayer").text_content().startswith("75")
    chart = page.page.locator("#convergence-plot")
    chart.scroll_into_view_if_needed()
    place = chart.locator(".nsewdrag").first.bounding_box()
    for share in (0.4, 0.5):
        page.page.mouse.move(place["x"] + place["width"] * share, place["y"] + place["height"] / 2)
        page.page.wait_for_timeout(100)
    told = chart.locator(".hoverlayer").text_content()
    assert all(name in told for name in ("defects μ", "tests pass P", "true reliability"))
    page.page.mouse.move(0, 0)
