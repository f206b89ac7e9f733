"""The explorer's page, made once, and a browser for each file of its tests."""

import os

import pytest
from explorer_in_a_browser import CHROMIUM, FLAGS, START, Watched, X, expected, shown

import deltamu as dm


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
