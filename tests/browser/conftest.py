"""A real browser on the real server. What a page must never do is looked at after every test, whatever it was about.

Needs an index (`make test-browser` makes it), Chromium and Java. Where one is missing, tests fail and name the remedy.
"""

import asyncio
import os
import shutil
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, expect, sync_playwright

from api.compose import Services
from api.http.app import create_app
from kb.text.languages import Language
from tests.browser.html_checker import html_faults
from tests.browser.places import OTHER, QUESTIONS
from tests.browser.server import Server
from tests.browser.watch import Watch

SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Nothing but this machine has an address, for pages and for the browser itself.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
PATIENCE = 15_000.0
"""Milliseconds to wait for what must come."""
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
SHIFTS = """
window.shifted = 0;
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
}).observe({type: "layout-shift", buffered: true});
"""
TWO_FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(window.shifted))))"
BEYOND = """
() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const names = [...document.body.querySelectorAll("*")]
    .filter(one => one.getBoundingClientRect().right > width + 0.5)
    .map(one => one.outerHTML.slice(0, 120));
  return [`${document.documentElement.scrollWidth} wide`, ...names.slice(0, 5)];
}
"""


# --- the server ---


@pytest.fixture(scope="session")
def server(model_dir):
    """The server on the real collection, as `kb index` has left it."""
    running = Server(model_dir)
    ready = httpx.get(f"{running.origin}/readyz", trust_env=False)
    if ready.status_code != 200:
        running.stop()
        pytest.fail(f"{model_dir} has no usable index: run `make test-browser`. {ready.text}", pytrace=False)
    yield running
    running.stop()


@pytest.fixture
def unready_page(settings, fake_searcher):
    """What a server without an index answers to a search."""

    async def answer(language):
        app = create_app(Services(settings, fake_searcher()))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            return await client.get(f"/{language}/?q=x", headers={"accept": "text/html"})

    def in_thread(language):  # Playwright has an event loop running in this one
        with ThreadPoolExecutor(1) as threads:
            return threads.submit(lambda: asyncio.run(answer(language))).result()

    return in_thread


@pytest.fixture(scope="session")
def client(server):
    """A client of the server, to ask what the pages should show."""
    with httpx.Client(base_url=server.origin, timeout=30, trust_env=False) as opened:
        yield opened


# --- the browser ---


@pytest.fixture(scope="session")
def browser():
    """Chromium, started once."""
    found = os.environ.get("KB_TEST_CHROMIUM") or shutil.which("chromium")
    if not found:
        pytest.fail(
            "Chromium is missing: install it (Debian: `apt-get install chromium`), or name one in KB_TEST_CHROMIUM.",
            pytrace=False,
        )
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=list(SWITCHES))
        yield started
        started.close()


@pytest.fixture
def watch(server):
    """The watch over this test's tabs."""
    return Watch(server.origin)


@pytest.fixture
def open_tab(browser, watch):
    """Opens a tab that shares nothing with others. At the end: no error of any kind, no request to anywhere else."""
    contexts: list[BrowserContext] = []

    def open_one(*, scripts=True, dark=False, width=1280, language=Language.EN):
        context = browser.new_context(
            base_url=watch.home,
            java_script_enabled=scripts,
            color_scheme="dark" if dark else "light",
            viewport={"width": width, "height": 800},
            locale=language.value,
            timezone_id="Europe/Brussels",
            reduced_motion="reduce",
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        context.add_init_script(SHIFTS)
        watch.follow(context)
        return context.new_page()

    yield open_one
    for context in contexts:
        for tab in context.pages:
            tab.evaluate("1")  # what the tab has already reported arrives before its answer
        context.close()
    assert watch.complaints == []
    assert watch.elsewhere() == []


@pytest.fixture
def visit(watch):
    """Opens an address that must be answered with a status, and returns the answer."""

    def go(tab, address, status=200):
        url = address if "://" in address else f"{watch.home}{address}"
        if status >= 400:
            watch.failing[url] = status
        answer = tab.goto(url)
        assert answer is not None
        assert answer.status == status, url
        return answer

    return go


# --- pages ---


@pytest.fixture
def language(request):
    """The language of the pages: French, which has the longest words, where a test does not name another."""
    return Language(getattr(request, "param", Language.FR))


@pytest.fixture
def scripts(request):
    """Whether scripts run."""
    return bool(getattr(request, "param", True))


@pytest.fixture
def other(language):
    """Another language."""
    return OTHER[language]


@pytest.fixture
def question(language):
    """A question that finds notes of every Benelux country."""
    return QUESTIONS[language]


@pytest.fixture
def tab(open_tab, language, scripts):
    """A tab in this language, with scripts or without."""
    return open_tab(scripts=scripts, language=language)


@pytest.fixture
def typing(open_tab, language):
    """A tab with scripts on the search page."""
    opened = open_tab(language=language)
    opened.goto(f"/{language}/")
    return opened


# --- instruments ---


@pytest.fixture(scope="session")
def barriers():
    """What keeps people from using a page, by axe-core and WCAG 2.2 AA; empty if nothing."""
    axe = Axe()

    def look(tab):
        options = {"runOnly": {"type": "tag", "values": list(TAGS)}, "resultTypes": ["violations"]}
        return [
            f"{rule['id']}: {node['html'][:160]} {' '.join(node['failureSummary'].split())}"
            for rule in axe.run(tab, options=options).response["violations"]
            for node in rule["nodes"]
        ]

    return look


@pytest.fixture(scope="session")
def shifted():
    """How far the page's parts have moved by themselves: the sum of its layout shifts."""

    def look(tab):
        tab.wait_for_load_state("networkidle")
        return float(tab.evaluate(TWO_FRAMES))

    return look


@pytest.fixture(scope="session")
def beyond():
    """What makes the document scroll sideways at a width in pixels; empty if it does not."""

    def look(tab, width):
        tab.set_viewport_size({"width": width, "height": 800})
        tab.evaluate(TWO_FRAMES)
        return [str(one) for one in tab.evaluate(BEYOND)]

    return look


@pytest.fixture
def weighed():
    """Bytes that the network carries for a first view: the document and all it loads, compressed, with headers."""

    def weigh(tab, open_page):
        sizes: list[float] = []
        session = tab.context.new_cdp_session(tab)
        session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
        session.send("Network.enable")
        open_page(tab)
        tab.wait_for_load_state("networkidle")
        session.detach()
        icons = tab.locator("link[rel~=icon], link[rel=apple-touch-icon], link[rel=manifest]").evaluate_all(
            "links => links.map(link => link.href)"
        )
        return int(sum(sizes)) + sum(_carried(url) for url in set(icons))

    return weigh


def _carried(url):
    """Bytes of one answer's body as it is sent. An icon is not among what the browser reports of a page."""
    with httpx.stream("GET", url, trust_env=False) as answer:
        assert answer.status_code == 200, url
        return sum(len(part) for part in answer.iter_raw())


@pytest.fixture
def faults():
    """What the Nu HTML checker has against files."""
    return html_faults
