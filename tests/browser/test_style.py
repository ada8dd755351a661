"""Every macro in the real frames: sound HTML, nothing for axe to find, and what the scripts do."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.style.serve import make_app, serve
from tests.browsing import check_accessible, visit, watched_page
from tests.checks import faults_of

PAGES = ("/style", "/style/public")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serve() as address:
        yield address


@pytest.fixture
def desk(browser: Browser, address: str) -> Iterator[Page]:
    with watched_page(browser, address, 1280) as page:
        visit(page, "/style")
        yield page


@pytest.mark.parametrize("path", PAGES)
def test_the_macros_write_sound_html(path):
    assert list(faults_of(make_app().test_client().get(path).text)) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(browser, address, path, width, scheme):
    with watched_page(browser, address, width) as page:
        page.emulate_media(color_scheme=scheme)
        visit(page, path)
        check_accessible(page)


@pytest.mark.parametrize("path", PAGES)
def test_at_400_percent_nothing_is_scrolled_sideways(browser, address, path):
    with watched_page(browser, address, 320) as page:
        page.set_viewport_size({"width": 320, "height": 256})
        visit(page, path)
        assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_at_400_percent_the_bar_does_not_cover_the_page(browser, address):
    with watched_page(browser, address, 320) as page:
        page.set_viewport_size({"width": 320, "height": 256})
        visit(page, "/style")
        bar = page.get_by_role("navigation", name="Hoofdmenu")
        expect(bar).not_to_be_in_viewport()


def test_on_a_phone_the_bar_stands_under_the_thumb(browser, address):
    with watched_page(browser, address, 360) as page:
        visit(page, "/style")
        box = page.get_by_role("navigation", name="Hoofdmenu").bounding_box()
        assert box is not None
        assert (round(box["y"] + box["height"]), box["width"]) == (800, 360)


@pytest.mark.parametrize("path", PAGES)
def test_everything_to_press_is_large_enough_for_a_thumb(browser, address, path):
    with watched_page(browser, address, 360) as page:
        visit(page, path)
        small = page.evaluate(
            """() => [...document.querySelectorAll(
                 "button, select, textarea, .button, .choice, .chip, .nav__link, .tabs a, summary")]
               .map(one => [one, one.getBoundingClientRect()])
               .filter(([one, box]) => box.height > 0 && box.height < 44)
               .map(([one, box]) => `${one.outerHTML.slice(0, 80)} ${box.height}`)"""
        )
        assert small == []


def test_what_is_wrong_gets_the_focus(desk):
    expect(desk.locator("[data-error-summary]")).to_be_focused()
    desk.get_by_role("link", name="Titel: Vul een titel in.").click()
    expect(desk.get_by_label("Titel")).to_be_focused()


def test_the_editor_writes_the_field_that_the_form_sends(desk):
    editor = desk.get_by_role("textbox", name="Beschrijving")
    editor.click()
    editor.press("Control+End")
    editor.press("Enter")
    desk.keyboard.type("tweede")
    desk.keyboard.press("Shift+Home")
    desk.get_by_role("button", name="Kop", exact=True).click()
    expect(desk.locator("#description")).to_have_value(re.compile("<h3>tweede</h3>$"))


def test_the_editor_is_worked_by_keyboard_alone(desk):
    desk.get_by_role("button", name="Vet").focus()
    desk.keyboard.press("ArrowRight")
    expect(desk.get_by_role("button", name="Cursief")).to_be_focused()
    desk.keyboard.press("Tab")
    expect(desk.get_by_role("textbox", name="Beschrijving")).to_be_focused()
    desk.keyboard.press("Tab")
    expect(desk.get_by_label("Adressen inlezen")).to_be_focused()


def test_a_pressed_button_says_so(desk):
    editor = desk.get_by_role("textbox", name="Beschrijving")
    editor.press("Control+a")
    bold = desk.get_by_role("button", name="Vet")
    bold.click()
    expect(bold).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize(
    ("typed", "written"),
    [("events.example/x", "https://events.example/x"), ("anna@events.example", "mailto:anna@")],
)
def test_a_link_takes_what_people_type(desk, typed, written):
    desk.get_by_role("textbox", name="Beschrijving").press("Control+a")
    desk.get_by_role("button", name="Link", exact=True).click()
    desk.get_by_label("Adres van de link").fill(typed)
    desk.keyboard.press("Enter")
    expect(desk.locator("#description")).to_have_value(re.compile(f'<a href="{re.escape(written)}'))


def test_pressing_three_times_sends_once(desk):
    sent: list[str] = []

    def keep(route):
        sent.append(route.request.url)
        route.fulfill(status=204)

    desk.route("**/style", keep)
    with desk.expect_response("**/style"):
        desk.evaluate(
            """() => { const send = document.querySelector("form[data-guard] button[type=submit]");
                       send.click(); send.click(); send.click(); }"""
        )
    expect(desk.locator("form[data-guard][data-sending]")).to_have_count(1)
    assert len(sent) == 1


def test_typed_work_is_not_left_without_a_warning(desk):
    title = desk.get_by_label("Titel")
    title.press_sequentially("Iets")
    with desk.expect_event("dialog") as asked:
        desk.evaluate("() => { setTimeout(() => location.assign('/style/public')); }")
    assert asked.value.type == "beforeunload"
    asked.value.dismiss()
    expect(title).to_have_value("Iets")


def test_a_long_job_moves_its_bar_by_itself(desk):
    expect(desk.get_by_role("progressbar")).to_have_attribute("value", "130")


def test_an_undo_counts_down(desk):
    expect(desk.locator("[data-undo-left]")).to_contain_text("seconden om dit ongedaan te maken")


def test_without_script_a_form_shows_its_plain_field(browser, address):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(address + "/style")
    expect(page.locator("textarea#description")).to_be_visible()
    expect(page.get_by_role("toolbar")).to_be_hidden()
    expect(page.get_by_role("link", name="Bekijk hoe ver het nu is")).to_be_visible()
    page.context.close()
