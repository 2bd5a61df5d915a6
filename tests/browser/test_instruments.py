"""What looks at the pages sees what it looks for: each fault, planted in a page of our own, is found."""

import pytest

HEAD = "<!doctype html><html lang=en><meta name=viewport content='width=device-width'><title>A page</title>"


@pytest.fixture
def plant(open_tab):
    """Opens a page with this body, as if the server had answered it."""

    def open_planted(body, **headers):
        tab = open_tab()
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        tab.route("**/planted", lambda route: route.fulfill(body=HEAD + body, content_type="text/html", headers=given))
        tab.goto("/planted", wait_until="load")
        return tab

    return open_planted


@pytest.mark.parametrize(
    ("body", "headers", "complaint"),
    [
        ("<script>console.error('broken')</script>", {}, "broken"),
        ("<script>throw new Error('thrown')</script>", {}, "thrown"),
        ("<script>1</script>", {"content_security_policy": "script-src 'self'"}, "Content Security Policy"),
        ("<p style='color: red'>Words", {"content_security_policy": "style-src 'self'"}, "Content Security Policy"),
        ("<img src=/static/none alt=''>", {}, "status of 404"),
    ],
)
def test_errors_are_seen(plant, watch, body, headers, complaint):
    plant(f"<link rel=icon href=/static/icon.svg>{body}", **headers).wait_for_load_state("networkidle")
    assert [complaint in one for one in watch.complaints] == [True]
    watch.complaints.clear()


def test_requests_to_elsewhere_are_seen(plant, watch):
    plant("<link rel=icon href=/static/icon.svg><img src=http://example.org/a.png alt=''>")
    assert watch.elsewhere() == ["http://example.org/a.png"]
    watch.asked.clear()
    watch.complaints.clear()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_barriers_are_seen(plant, barriers, dark):
    wanted = "dark" if dark else "light"
    style = f"<style>@media (prefers-color-scheme: {wanted}) {{ p {{ color: #ccc; background: #fff }} }}</style>"
    tab = plant(f"<link rel=icon href=/static/icon.svg>{style}<main><h1>A</h1><p>Pale words</p></main>")
    tab.emulate_media(color_scheme="light" if dark else "dark")
    assert barriers(tab) == []
    tab.emulate_media(color_scheme="dark" if dark else "light")
    assert [one.partition(":")[0] for one in barriers(tab)] == ["color-contrast"]


def test_shifts_are_seen(plant, shifted):
    icon = "<link rel=icon href=/static/icon.svg>"
    late = (
        "<div id=late></div><p>Words that are pushed down</p><script>requestAnimationFrame(() => requestAnimationFrame"
        "(() => requestAnimationFrame(() => { late.style.height = '300px' })))</script>"
    )
    assert shifted(plant(f"{icon}<p>Words</p>")) == 0
    tab = plant(icon + late)
    tab.wait_for_function("window.shifted > 0")
    assert shifted(tab) > 0.01


def test_what_is_too_wide_is_seen(plant, beyond):
    tab = plant("<link rel=icon href=/static/icon.svg><style>p { width: 380px }</style><p>Words</p>")
    assert beyond(tab, 400) == []
    assert any("<p>" in one for one in beyond(tab, 360))


def test_what_is_loaded_is_weighed(open_tab, weighed, client):
    def weight(body):
        tab = open_tab()
        tab.route("**/planted", lambda route: route.fulfill(body=HEAD + body, content_type="text/html"))
        return weighed(tab, lambda opened: opened.goto("/planted"))

    icon = "<link rel=icon href=/static/icon.svg>"
    plain = weight(icon)
    assert len(client.get("/static/icon.svg").content) < plain < 2_000
    assert weight(icon + "x" * 50_000) > 50_000
    styled = weight(f"{icon}<link rel=stylesheet href=/static/style.css>")
    assert styled > plain + int(client.get("/static/style.css").headers["content-length"])


def test_bad_html_is_seen(faults, tmp_path):
    good, bad = tmp_path / "good.html", tmp_path / "bad.html"
    good.write_text(f"{HEAD}<h1>A heading</h1>", encoding="utf-8")
    bad.write_text(f"{HEAD}<h1 id=a>A</h1><p id=a>Words<div></p><section>Nothing</section>", encoding="utf-8")
    found = faults([good, bad])
    assert found
    assert all("the first in bad.html:" in one for one in found)
    assert any("Duplicate ID" in one for one in found)
    assert any("Section lacks heading" in one for one in found)
