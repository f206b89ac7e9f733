"""The explorer's page in a real browser, as its tests use it: made once, and a browser for each file of tests."""

import json
import os
import random
import time
from pathlib import Path

import pytest

import deltamu as dm
from deltamu import symbols as sym

CHROMIUM = next((path for path in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if Path(path).exists()), None)
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
X = "document.getElementById('llm-codegen-simulator').explorer"
FAN = "document.getElementById('fan-plot-text').textContent"
MODELS, POLICIES = list(dm.MODELS), list(dm.POLICIES)
START = dm.Settings("vibe")  # what the page starts from, as the article does


class Watched:
    """A page with everything that went wrong on it."""

    def __init__(self, context, address):
        self.wrong = []
        self.page = context.new_page()
        self.page.on("console", lambda m: m.type in ("error", "warning") and self.wrong.append(m.text))
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("request", lambda r: r.url.startswith(("http:", "https:", "ws")) and self.wrong.append(r.url))
        self.open(address)

    def open(self, address):
        self.page.goto("about:blank")
        self.page.goto(address)
        self.wait(f"{X} !== undefined")

    def __call__(self, script, argument=None):
        return self.page.evaluate(script, argument)

    def wait(self, condition):
        """Until a condition holds; the page's policy forbids Playwright's own way, which evaluates text."""
        deadline = time.monotonic() + 20
        while not self(condition):
            assert time.monotonic() < deadline, f"never: {condition}"
            self.page.wait_for_timeout(20)

    def message(self):
        return self.page.locator("#message-display").inner_text()

    def settings(self):
        return self(f"{X}.settings")

    def traces(self, plot):
        """What a plot shows once all that was asked for is drawn."""
        rest(self)
        return self(f"document.getElementById('{plot}').data")


def values_of(settings):
    return {name: float(value) for name, value in settings.items()}


def expected(settings, model):
    return values_of(settings) | {"policy": settings.policy.name, "model": model}


def shown(state):
    return {**state["values"], "policy": state["policy"], "model": state["model"]}


# --- the text of the page ---------------------------------------------------------------------------------------------


def picture(page, name):
    """Keep a picture of the whole page in the folder EXPLORER_PICTURES, if it is named, for somebody to look at."""
    if folder := os.environ.get("EXPLORER_PICTURES"):
        page.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def rest(page):
    page(f"{X}.settle()")


def drawn_in_full(page):
    unfold(page)
    page(f"{X}.update({{ all: true }})")
    page.wait(f"{FAN}.includes('400 runs of')")
    page.wait("[...document.querySelectorAll('.plot .says')].every((says) => says.textContent.length > 20)")


def unfold(page):
    page("document.querySelectorAll('details').forEach((details) => { details.open = true; })")


def load(settings):
    """JavaScript that loads settings as a user does."""
    text = json.dumps(settings.to_json())
    return (
        f"document.getElementById('dm-text').value = {text};"
        "document.getElementById('load-settings').click();"
        f"document.getElementById('dm-text').value = {text};"
        "document.getElementById('dm-load').click();"
    )


def random_settings(count, seed, policy=None):
    """Settings over the sliders; a third of them beyond, in the mathematical domain."""
    draw = random.Random(seed)
    made = []
    for i in range(count):
        controls = {}
        for symbol in sym.PARAMETERS:
            if symbol.slider is not None:
                low, high, step = symbol.slider
                controls[symbol.name] = round(low + step * draw.randint(0, round((high - low) / step)), 6)
            elif draw.random() < 0.3:
                controls[symbol.name] = min(symbol.default * draw.uniform(0.5, 1.5), 1.0)
        if i % 3 == 0:
            controls["mu0"], controls["N"], controls["K"] = (
                draw.uniform(0, 100),
                draw.uniform(0, 20),
                draw.uniform(1, 30),
            )
        controls["A_lo"], controls["A_hi"] = sorted((controls["A_lo"], controls["A_hi"]))
        low, high = sorted((controls["delta_min"], controls["delta_max"]))
        made.append(dm.Settings(policy or draw.choice(POLICIES), **controls | {"delta_min": low, "delta_max": high}))
    return made


@pytest.fixture(scope="module")  # not longer: a loop that runs is in the way of other tests
def browser():
    pytest.importorskip("plotly", reason="the extra explorer is not installed")
    pytest.importorskip("latex2mathml", reason="the extra explorer is not installed")
    pytest.importorskip("playwright", reason="playwright is not installed")
    from playwright.sync_api import sync_playwright

    if CHROMIUM is None:
        if os.environ.get("CI", "").lower() in ("1", "true"):
            pytest.fail("Chromium is missing: the explorer cannot be tested")
        pytest.skip("Chromium is missing: install Debian's package chromium to test the explorer")
    with sync_playwright() as engine:
        started = engine.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture(scope="session")
def address(tmp_path_factory):
    path = tmp_path_factory.mktemp("explorer") / "explorer.html"
    path.write_text(dm.explorer_page(), encoding="utf-8")
    return path.as_uri()


@pytest.fixture(scope="module")
def opened(browser, address):
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    context.set_default_timeout(5000)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield Watched(context, address)
    context.close()


@pytest.fixture
def page(opened):
    """The page as it is at first: loading it again would take seconds."""
    opened(f"""() => {{
      const part = (id) => document.getElementById(id), end = part("dm-step-end");
      document.querySelectorAll("details").forEach((details) => {{ details.open = true; }});
      part("dm-dialog").close();
      end.click();
      part("dm-unpin").click();
      part("dm-runs").value = "400";
      part("dm-seed").value = "1";
      part("dm-defaults").click();
      part("message-display").textContent = "";
      {X}.settle();
    }}""")
    assert shown(opened.settings()) == expected(START, "published")
    opened.wrong.clear()
    yield opened
    assert opened.wrong == []
