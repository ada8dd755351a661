"""Making an edition in Chromium: by keyboard, by drag, on a phone, kept by itself, two at once."""

from io import BytesIO
from types import SimpleNamespace

import pytest
from PIL import Image
from playwright.sync_api import expect

from eventsapp.accounts.sessions import open_session
from eventsapp.newsletters.kinds import BlockKind
from eventsapp.newsletters.models import Block
from tests.browsing import settle, visit
from tests.factories import make_cast, make_theme
from tests.newsletters import make_block, make_edition, make_picture
from tests.signing_in import COOKIE


@pytest.fixture
def story(transaction, live_server):
    """An edition of four blocks, one of them with a picture that nobody described."""
    with transaction():
        cast = make_cast()
        make_theme("Vervoer")
        edition = make_edition(subject="Samen eten")
        blocks = [
            make_block(edition, BlockKind.HEADING, text="Uit de regio"),
            make_block(
                edition, BlockKind.ARTICLE, title="Vervoer op maat", html="<p>Lang</p>",
                picture_id=make_picture().id, limits={"regions": [cast.noord.id]},
            ),
            make_block(edition, BlockKind.MEETINGS),
            make_block(edition, BlockKind.QUOTE, text="Samen lukt het", who="Riet"),
        ]  # fmt: skip
        return SimpleNamespace(
            path=f"/manage/editions/{edition.id}",
            newsletter=edition.newsletter_id,
            heading=blocks[0].id, article=blocks[1].id, meetings=blocks[2].id,
            quote=blocks[3].id, server=live_server,
            ilse=open_session(cast.ilse.id, "Chromium"),
            kees=open_session(cast.kees.id, "Chromium"),
        )  # fmt: skip


def _as(page, story, who):
    cookie = {"name": COOKIE, "value": getattr(story, who), "url": story.server}
    page.context.add_cookies([cookie])
    return page


@pytest.fixture
def ilse(page, story):
    return _as(page, story, "ilse")


@pytest.fixture
def kept(transaction):
    """Read a block as it is kept."""

    def kept(number):
        with transaction() as session:
            session.expire_all()
            return session.get(Block, number)

    return kept


def _block(page, number):
    return page.locator(f"#block-{number}")


def _order(page):
    return page.eval_on_selector_all(
        "#blocks > [data-block]", "all => all.map(one => Number(one.dataset.block))"
    )


def _open(page, number):
    """Open a block where it stands, and wait until the page has led the keyboard into its form.

    It does so after the form stands there: a key pressed in between would go to a field.
    """
    _block(page, number).get_by_role("link", name="Wijzigen").click()
    expect(_block(page, number).get_by_role("button", name="Klaar")).to_be_visible()
    expect(_block(page, number).locator("form :focus")).to_have_count(1)
    settle(page)


@pytest.mark.parametrize("kind", ["page", "phone"])
def test_the_pages_of_editions_read_well(request, kind, story, axe):
    page = _as(request.getfixturevalue(kind), story, "ilse")
    for path in ("/manage/newsletters/", f"/manage/newsletters/{story.newsletter}",
                 "/manage/editions/new", story.path, f"{story.path}?open={story.article}",
                 f"{story.path}?open={story.meetings}", f"{story.path}/add",
                 f"{story.path}/copy"):  # fmt: skip
        visit(page, path)
        axe(page)


def test_an_editor_fills_in_a_block_by_keyboard_alone(ilse, story, kept):
    visit(ilse, story.path)
    ilse.locator(f"#block-{story.article} a.button--secondary").focus()
    ilse.keyboard.press("Enter")
    title = _block(ilse, story.article).get_by_label("Titel")
    expect(title).to_be_focused()
    ilse.keyboard.press("End")
    ilse.keyboard.type(" in Twente")
    ilse.keyboard.press("Enter")
    expect(_block(ilse, story.article).get_by_role("link", name="Wijzigen")).to_be_focused()
    expect(_block(ilse, story.article)).to_contain_text("Vervoer op maat in Twente")
    assert kept(story.article).data["title"] == "Vervoer op maat in Twente"


def test_what_is_typed_keeps_itself_and_survives_a_closed_lid(ilse, story):
    visit(ilse, f"{story.path}?open={story.article}")
    editor = _block(ilse, story.article).get_by_role("textbox", name="Tekst", exact=True)
    editor.click()
    ilse.keyboard.press("Control+End")
    ilse.keyboard.insert_text(" verhaal dat midden in een")  # kept as one, not word by word
    expect(_block(ilse, story.article).get_by_text("Bewaard om")).to_be_visible()
    visit(ilse, f"{story.path}?open={story.article}")
    expect(_block(ilse, story.article)).to_contain_text("Lang verhaal dat midden in een")


def test_what_is_kept_is_no_reason_to_warn_before_leaving(ilse, story):
    visit(ilse, story.path)
    ilse.get_by_label("Onderwerp").fill("Nieuw onderwerp")
    expect(ilse.get_by_text("Bewaard om")).to_be_visible()
    asked = []
    ilse.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    visit(ilse, story.path)
    assert asked == []
    expect(ilse.get_by_label("Onderwerp")).to_have_value("Nieuw onderwerp")


@pytest.fixture
def alone(browser, story):
    """Pages of two editors; unwatched, since the answer that tells of a conflict is a refusal."""
    contexts = [browser.new_context(base_url=story.server, locale="nl-NL") for _ in range(2)]
    yield [
        _as(context.new_page(), story, who)
        for context, who in zip(contexts, ("ilse", "kees"), strict=True)
    ]
    for context in contexts:
        context.close()


def test_two_editors_at_once_are_told_and_lose_nothing(alone, story, kept):
    ilse, kees = alone
    for page in alone:
        visit(page, story.path)
        _open(page, story.quote)
    _block(kees, story.quote).get_by_label("Wie zegt dit?").fill("Van Kees")
    _block(kees, story.quote).get_by_role("button", name="Klaar").click()
    expect(_block(kees, story.quote).get_by_role("link", name="Wijzigen")).to_be_visible()
    mine = _block(ilse, story.quote)
    mine.get_by_label("Wie zegt dit?").fill("Van Ilse")
    mine.get_by_role("button", name="Klaar").click()
    expect(mine).to_contain_text("Kees Smit wijzigde dit onderdeel")
    expect(mine).to_contain_text("Van Kees")
    expect(mine.get_by_label("Wie zegt dit?")).to_have_value("Van Ilse")
    mine.get_by_role("button", name="Mijn tekst bewaren").click()
    expect(mine.get_by_role("link", name="Wijzigen")).to_be_visible()
    assert kept(story.quote).data["who"] == "Van Ilse"


def test_blocks_are_moved_by_the_arrow_keys(ilse, story, kept):
    visit(ilse, story.path)
    handle = _block(ilse, story.heading).get_by_role("button", name="Slepen")
    handle.focus()
    with ilse.expect_response("**/blocks"):
        ilse.keyboard.press("ArrowDown")
    expect(ilse.locator("[data-order-status]")).to_contain_text(
        "Uit de regio staat nu op plaats 2 van 4"
    )
    expect(handle).to_be_focused()
    visit(ilse, story.path)
    assert _order(ilse) == [story.article, story.heading, story.meetings, story.quote]


def test_a_block_is_dragged_to_its_place_while_another_stands_open(ilse, story):
    visit(ilse, story.path)
    _open(ilse, story.quote)
    _block(ilse, story.quote).get_by_label("Wie zegt dit?").fill("Nog niet bewa")
    handle = _block(ilse, story.meetings).get_by_role("button", name="Slepen")
    ilse.locator("#blocks").evaluate("list => list.scrollIntoView()")
    start, goal = handle.bounding_box(), _block(ilse, story.article).bounding_box()
    ilse.mouse.move(start["x"] + 10, start["y"] + 10)
    ilse.mouse.down()
    with ilse.expect_response("**/blocks"):
        ilse.mouse.move(start["x"] + 10, goal["y"] + 10, steps=12)
        ilse.mouse.up()
    expect(_block(ilse, story.quote).get_by_label("Wie zegt dit?")).to_have_value("Nog niet bewa")
    wanted = [story.heading, story.meetings, story.article, story.quote]
    assert _order(ilse) == wanted
    expect(_block(ilse, story.quote).get_by_text("Bewaard om")).to_be_visible()
    visit(ilse, story.path)
    assert _order(ilse) == wanted


def test_a_block_is_taken_away_and_put_back_without_leaving_the_page(ilse, story, axe):
    visit(ilse, story.path)
    block = _block(ilse, story.article)
    block.get_by_text("Meer", exact=True).click()
    block.get_by_role("button", name="Weghalen").click()
    expect(block.get_by_role("button", name="Terugzetten")).to_be_focused()
    axe(ilse)
    block.get_by_role("button", name="Terugzetten").click()
    expect(block.get_by_role("link", name="Wijzigen")).to_be_visible()
    visit(ilse, story.path)
    assert _order(ilse) == [story.heading, story.article, story.meetings, story.quote]


def test_a_copy_opens_where_it_stands(ilse, story):
    visit(ilse, story.path)
    block = _block(ilse, story.quote)
    block.get_by_text("Meer", exact=True).click()
    block.get_by_role("button", name="Kopiëren").click()
    expect(ilse.locator("#blocks > li")).to_have_count(5)
    copied = _order(ilse)[-1]
    _open(ilse, copied)
    expect(_block(ilse, copied).get_by_label("Wie zegt dit?")).to_have_value("Riet")


def _photo():
    target = BytesIO()
    Image.new("RGB", (800, 600), "olive").save(target, "JPEG")
    return {"name": "foto.jpg", "mimeType": "image/jpeg", "buffer": target.getvalue()}


def test_a_picture_is_shown_as_soon_as_it_is_chosen(ilse, story, kept):
    visit(ilse, f"{story.path}?open={story.quote}")
    block = _block(ilse, story.quote)
    block.get_by_label("Afbeelding", exact=True).set_input_files([_photo()])
    expect(block.get_by_alt_text("De gekozen afbeelding")).to_be_visible()
    expect(block.get_by_text("Bewaard om")).to_be_visible()
    assert kept(story.quote).data["picture_id"]
    block.get_by_role("button", name="Klaar").click()
    expect(block).to_contain_text("Beschrijf de afbeelding")


def test_a_piece_is_written_on_a_phone(phone, story, kept):
    page = _as(phone, story, "ilse")
    visit(page, story.path)
    page.get_by_role("link", name="Onderdeel toevoegen").tap()
    page.get_by_role("button", name="Tekst Een paar").tap()
    editor = page.get_by_role("textbox", name="Tekst", exact=True)
    expect(editor).to_be_focused()
    page.keyboard.type("Dag allemaal")
    page.get_by_role("button", name="Klaar").tap()
    last = page.locator("#blocks > li").last
    expect(last.get_by_role("link", name="Wijzigen")).to_be_visible()
    expect(last).to_contain_text("Dag allemaal")
    last = _order(page)[-1]
    assert kept(last).data["html"] == "<p>Dag allemaal</p>"
    page.locator(f"#block-{last}").get_by_role("button", name="Omhoog").tap()
    expect(page.locator("[data-order-status]")).to_contain_text("plaats 4 van 5")


def test_what_another_changes_is_shown_without_reloading_what_one_types(alone, story):
    ilse, kees = alone
    for page in alone:
        visit(page, story.path)
    _open(ilse, story.quote)
    _open(kees, story.heading)
    _block(kees, story.heading).get_by_label("Kop").fill("Van Kees")
    expect(_block(kees, story.heading).get_by_text("Bewaard om")).to_be_visible()
    expect(_block(ilse, story.heading)).to_contain_text(
        "Kees Smit wijzigde “Van Kees”", timeout=30_000
    )
    expect(_block(ilse, story.quote).get_by_role("button", name="Klaar")).to_be_visible()
    _open(kees, story.quote)
    _block(kees, story.quote).get_by_label("Wie zegt dit?").fill("Ria")
    expect(_block(kees, story.quote).get_by_text("Bewaard om")).to_be_visible()
    show = _block(ilse, story.quote).get_by_role("button", name="Hier laten zien")
    show.click(timeout=30_000)
    expect(_block(ilse, story.quote).get_by_label("Wie zegt dit?")).to_have_value("Ria")


def test_an_earlier_picture_is_chosen_by_keyboard_alone(ilse, story, kept, transaction):
    with transaction():
        picture = make_picture("teal")
        picture.alternative, picture.search_key = "Riet schenkt koffie", "riet schenkt koffie"
        number = picture.id
    visit(ilse, story.path)
    _open(ilse, story.quote)
    _block(ilse, story.quote).get_by_role("button", name="Eerdere afbeelding").focus()
    ilse.keyboard.press("Enter")
    window = ilse.get_by_role("dialog", name="Eerdere afbeelding kiezen")
    expect(window.get_by_label("Zoeken op naam")).to_be_focused()
    expect(window.locator("li")).to_have_count(2)
    ilse.keyboard.type("koffie")
    ilse.keyboard.press("Enter")
    expect(window.locator("li")).to_have_count(1)
    ilse.keyboard.press("Tab")
    ilse.keyboard.press("Tab")
    ilse.keyboard.press("Enter")
    expect(window).to_be_hidden()
    described = _block(ilse, story.quote).get_by_label("Wat is er op de afbeelding te zien?")
    expect(described).to_have_value("Riet schenkt koffie")
    expect(_block(ilse, story.quote).get_by_text("Bewaard om")).to_be_visible()
    assert kept(story.quote).data["picture_id"] == number


FROM_WORD = (
    "<html><head><style>p{color:red}</style></head><body>"
    "<p class=MsoNormal style='margin:0'>Lees <a href='javascript:alert(1)'>dit</a>.</p>"
    "<h1 style='mso-outline:1'>Vervoer</h1>"
    "<p style='mso-list:l0 level1 lfo1'><![if !supportLists]><span style='mso-list:Ignore'>·"
    "<span>&nbsp; </span></span><![endif]>Eerst bellen</p>"
    "<p style='mso-list:l0 level1 lfo1'><span style='mso-list:Ignore'>·</span>Dan rijden</p>"
    "<p style='mso-list:l1 level1 lfo2'><span style='mso-list:Ignore'>1.</span>Inschrijven</p>"
    "</body></html>"
)


def test_what_is_pasted_from_word_keeps_its_lists_and_nothing_else(ilse, story):
    visit(ilse, f"{story.path}?open={story.article}")
    settle(ilse)
    editor = _block(ilse, story.article).get_by_role("textbox", name="Tekst", exact=True)
    editor.click()
    editor.evaluate(
        """(editor, html) => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text/html", html);
            editor.dispatchEvent(new ClipboardEvent("paste", {clipboardData, cancelable: true}));
        }""",
        FROM_WORD,
    )
    expect(editor.locator("ul > li")).to_have_text(["Eerst bellen", "Dan rijden"])
    expect(editor.locator("ol > li")).to_have_text(["Inschrijven"])
    expect(editor.locator("h3")).to_have_text("Vervoer")
    assert editor.locator("[style], [class], script, a[href^=javascript]").count() == 0
