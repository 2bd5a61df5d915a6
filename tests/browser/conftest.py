"""A real browser on the real server. What a page must never do is looked at after every test, whatever it was about.

Needs an index (`make test-browser` makes it), Chromium and Java. Where one is missing, tests fail and name the remedy.
"""

import os
import shutil
from contextlib import ExitStack

import pytest
from playwright.sync_api import expect, sync_playwright
from starlette.testclient import TestClient

from api.compose import Services
from api.http.app import create_app
from api.locales.texts import EXAMPLES
from ingest.indexing.index import index_content
from kb.settings import Settings
from kb.store.embedded.store import EdgeStore
from kb.text.languages import Language
from tests.api.conftest import Server
from tests.browser.instruments import SHIFTS, Watch

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


# --- the server ---


@pytest.fixture(scope="session")
def client(model_dir):
    """A client of the server on the real collection, as `kb index` has left it, to ask what the pages should show."""
    server = Server(KB_DATA_DIR=model_dir)
    ready = server.client.get("/readyz")
    if ready.status_code != 200:
        server.stop()
        pytest.fail(f"{model_dir} has no usable index: run `make test-browser`. {ready.text}", pytrace=False)
    yield server.client
    server.stop()


@pytest.fixture(scope="module")
def serve_notes(empty_data_dir, encoder):
    """Indexes content, starts a server on it, and returns its address."""
    with ExitStack() as running:

        def start(content, *options):
            data = content.root.parent / "data"
            empty_data_dir(data)
            index_content(Settings(content_dirs=(content.root,), data_dir=data), EdgeStore(data), encoder)
            server = Server(*options, KB_DATA_DIR=data, KB_CONTENT_DIRS=content.root)
            running.callback(server.stop)
            return str(server.client.base_url).rstrip("/")

        yield start


@pytest.fixture
def unready_page(settings, fake_searcher):
    """What a server without an index answers to a search."""
    client = TestClient(create_app(Services(settings, fake_searcher())))  # an event loop runs in this thread already
    return lambda language: client.get(f"/{language}/?q=x", headers={"accept": "text/html"})


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
def watch(client):
    """The watch over this test's tabs."""
    return Watch(str(client.base_url).rstrip("/"))


@pytest.fixture
def open_tab(browser, watch):
    """Opens a tab that shares nothing with others. At the end: no error of any kind, no request to anywhere else."""
    contexts = []

    def open_new(*, scripts=True, width=1280, language=Language.EN):
        context = browser.new_context(
            base_url=watch.home,
            java_script_enabled=scripts,
            color_scheme="light",
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

    yield open_new
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
        url = f"{watch.home}{address}"
        if status >= 400:
            watch.failing[url] = status
        answer = tab.goto(url)
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
def question(language):
    """A question that finds notes of every Benelux country."""
    return EXAMPLES[language][0]


@pytest.fixture
def tab(open_tab, language, scripts):
    """A tab in this language, with scripts or without."""
    return open_tab(scripts=scripts, language=language)


@pytest.fixture
def typing(tab, language):
    """A tab with scripts on the search page."""
    tab.goto(f"/{language}/")
    return tab
