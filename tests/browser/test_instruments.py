"""What looks at the pages sees what it looks for: each fault, planted in a page of our own, is found."""

import pytest

from tests.browser.instruments import barriers, beyond, html_faults, shifted, unsettled, weighed

HEAD = "<!doctype html><html lang=en><meta name=viewport content='width=device-width'><title>A page</title>"
ICON = "<link rel=icon href=/static/icon.svg>"


@pytest.fixture
def plant(open_tab):
    """Opens a page with this body, as if the server had answered it."""

    def open_planted(body, **headers):
        tab = open_tab()
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        page = HEAD + ICON + body
        tab.route("**/planted", lambda route: route.fulfill(body=page, content_type="text/html", headers=given))
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
def test_errors_are_found(plant, watch, body, headers, complaint):
    plant(body, **headers).wait_for_load_state("networkidle")
    assert [complaint in text for text in watch.complaints] == [True]
    watch.complaints.clear()


def test_requests_to_elsewhere_are_found(plant, watch):
    plant("<img src=http://example.org/a.png alt=''>")
    assert watch.elsewhere() == ["http://example.org/a.png"]
    watch.asked.clear()
    watch.complaints.clear()


@pytest.mark.parametrize(("pale", "good"), [("light", "dark"), ("dark", "light")])
def test_barriers_are_found(plant, pale, good):
    style = f"<style>@media (prefers-color-scheme: {pale}) {{ p {{ color: #ccc; background: #fff }} }}</style>"
    tab = plant(f"{style}<main><h1>A</h1><p>Pale words</p></main>")
    tab.emulate_media(color_scheme=good)
    assert barriers(tab) == []
    tab.emulate_media(color_scheme=pale)
    assert [barrier.partition(":")[0] for barrier in barriers(tab)] == ["color-contrast"]


def test_shifts_are_found(plant):
    assert shifted(plant("<p>Words</p>")) == 0
    tab = plant(
        "<div id=late></div><p>Words that are pushed down</p><script>requestAnimationFrame(() => requestAnimationFrame"
        "(() => requestAnimationFrame(() => { late.style.height = '300px' })))</script>"
    )
    tab.wait_for_function("window.shifted > 0")
    assert shifted(tab) > 0.01


def test_what_is_too_wide_is_found(plant):
    tab = plant("<style>p { width: 380px }</style><p>Words</p>")
    assert beyond(tab, 400) == []
    assert any("<p>" in what for what in beyond(tab, 360))


@pytest.mark.parametrize(("columns", "found"), [("auto-fit", 1), ("auto-fill", 0)])
def test_grids_that_change_while_they_arrive_are_found(plant, columns, found):
    style = f"<style>div {{ display: grid; grid-template-columns: repeat({columns}, minmax(9rem, 1fr)) }}</style>"
    assert len(unsettled(plant(f"{style}<main><div><p>Words</p><p>More</p></div></main>"))) == found


@pytest.mark.parametrize(("margin", "found"), [("auto", True), ("0", False)])
def test_pages_of_a_header_that_move_while_it_arrives_are_found(plant, margin, found):
    style = f"<style>.pages {{ display: flex; margin-left: {margin}; width: fit-content }}</style>"
    assert bool(unsettled(plant(f"{style}<header><p class=pages><a>One</a><a>Another</a></p></header>"))) == found


def test_what_is_loaded_is_weighed(plant, client):
    def weight(body):
        tab = plant(body)
        return weighed(tab, lambda: tab.goto("/planted"))

    icon = len(client.get("/static/icon.svg").content)
    assert icon < weight("") < 5_000
    assert weight("x" * 50_000) > 50_000
    style = int(client.get("/static/style.css").headers["content-length"])
    assert weight("<link rel=stylesheet href=/static/style.css>") > icon + style


def test_bad_html_is_found(tmp_path):
    good, bad = tmp_path / "good.html", tmp_path / "bad.html"
    good.write_text(f"{HEAD}<h1>A heading</h1>", encoding="utf-8")
    bad.write_text(f"{HEAD}<h1 id=a>A</h1><p id=a>Words<div></p><section>Nothing</section>", encoding="utf-8")
    found = "\n".join(html_faults([good, bad]))
    assert "good.html" not in found
    assert "Duplicate ID" in found
    assert "Section lacks heading" in found
