"""The pages on which an edition is asked for, written for, signed off and planned."""

import os
from datetime import date, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from eventsapp.accounts.sessions import open_session
from eventsapp.core.dates import now, today
from eventsapp.newsletters import contributions
from eventsapp.newsletters.kinds import BlockKind
from eventsapp.newsletters.models import Contribution
from tests import factories as make
from tests.browsing import arrive, visit
from tests.newsletters import make_block, make_edition, make_newsletter
from tests.signing_in import COOKIE

TEXT = "<p>De belbus rijdt weer, <strong>elke dag</strong>, ook naar het ziekenhuis.</p>"
REMARK = "Noem ook de gemeenten\nHof van Twente en Haaksbergen-Buurse-Sint-Isidorushoeve."


def days():
    first = today()
    return {
        "contributions_on": first - timedelta(days=1),
        "review_on": first + timedelta(days=9),
        "sign_off_on": first + timedelta(days=16),
        "send_on": first + timedelta(days=20),
    }


def piece(edition, cast, state, title="", **values):
    return Contribution(
        edition_id=edition.id,
        author_person_id=cast.anna.person_id,
        asked_by_id=cast.ilse.person_id,
        due_on=edition.contributions_on,
        brief="Wil je schrijven wat er uit de bijeenkomst over vervoer kwam? Zo'n 150 woorden.",
        state=state,
        title=title,
        body=TEXT if title else "",
        **values,
    )


@pytest.fixture
def story(transaction, live_server):
    """Editions in every state, and pieces in every state for the first of them."""
    with transaction() as session:
        cast = make.make_cast()
        newsletter = make_newsletter("Nieuwsbrief Samen beslissen")
        made = make_edition(
            newsletter, "Nieuwsbrief van maart 2027", remark=REMARK, subject="Maart", **days()
        )
        make_block(made, BlockKind.TEXT, html=TEXT)
        read = make_edition(
            newsletter, "Nieuwsbrief van mei 2027", status="review", subject="Mei",
            asked_by_id=cast.ilse.person_id, **days(),
        )  # fmt: skip
        make_block(read, BlockKind.TEXT, html=TEXT)
        late = make_edition(
            newsletter, "Bericht aan de lezers in Noord", kind="regional", status="scheduled",
            region_id=cast.noord.id, is_late=True, send_utc=now(),
            **{**days(), "send_on": date(2026, 11, 3)},
        )  # fmt: skip
        pieces = [
            piece(made, cast, "asked"),
            piece(made, cast, "written", "De belbus is terug"),
            piece(made, cast, "declined", remark="Ik ben die week weg."),
            piece(made, cast, "written", "Vijftig ervaringsdeskundigen aan tafel in Enschede"),
        ]
        session.add_all(pieces)
        session.flush()
        contributions.take_in(make.actor_of(cast.ilse), pieces[3], made, BlockKind.ARTICLE)
        piece_at = "/manage/contributions/{}".format
        cast.shown = {
            "ilse": {
                "today": "/manage/",
                "contributions": f"/manage/editions/{made.id}/contributions",
                "given-back": f"/manage/editions/{made.id}/sign-off",
                "to-take-in": piece_at(pieces[1].id),
                "late": f"/manage/editions/{late.id}/sign-off",
            },
            "kees": {"reading": f"/manage/editions/{read.id}/sign-off"},
            "anna": {
                "writing": piece_at(pieces[0].id),
                "edited": piece_at(pieces[3].id),
                "anna-today": "/manage/",
            },
        }
        cast.made, cast.read = made.id, read.id
        cast.secrets = {
            name: open_session(getattr(cast, name).id, "Chromium") for name in cast.shown
        }
    return cast


@pytest.fixture
def sign_in_as(story, live_server):
    """`sign_in_as(page, "ilse")` lets somebody use this browser."""

    def use(page, name):
        page.context.clear_cookies()
        secret = story.secrets[name]
        page.context.add_cookies([{"name": COOKIE, "value": secret, "url": live_server}])

    return use


@pytest.mark.parametrize("kind", ["page", "phone"])
def test_the_pages_of_an_edition_read_well(request, kind, story, sign_in_as, axe):
    page = request.getfixturevalue(kind)
    for name, places in story.shown.items():
        sign_in_as(page, name)
        for what, place in places.items():
            visit(page, place)
            axe(page)
            if folder := os.environ.get("SCREENSHOTS"):
                page.screenshot(path=Path(folder) / f"{what}-{kind}.png", full_page=True)


def test_an_edition_goes_from_the_question_to_the_plan(page, story, sign_in_as):
    place = f"/manage/editions/{story.made}/sign-off"
    sign_in_as(page, "ilse")
    visit(page, place)
    page.get_by_role("button", name="Vraag om akkoord").press("Enter")
    expect(page.get_by_text("1 collega krijgt een mail om mee te lezen.")).to_be_visible()
    sign_in_as(page, "kees")
    visit(page, place)
    page.get_by_role("button", name="Ik geef akkoord").press("Enter")
    expect(page.get_by_text("Je hebt akkoord gegeven.")).to_be_visible()
    page.get_by_role("button", name="Inplannen").press("Enter")
    expect(page.get_by_text("De nieuwsbrief vertrekt vanzelf op")).to_be_visible()


def test_an_author_writes_with_the_keyboard_and_hands_in(page, story, sign_in_as):
    sign_in_as(page, "anna")
    visit(page, story.shown["anna"]["writing"])
    page.get_by_label("Titel").press_sequentially("De belbus")
    page.get_by_role("textbox", name="Je stuk").press_sequentially("Hij rijdt weer.")
    page.get_by_role("button", name="Inleveren").press("Enter")
    arrive(page, "Je stuk voor de nieuwsbrief")
    expect(page.get_by_text("Dank je wel! De redactie heeft je stuk nu.")).to_be_visible()


def test_without_script_a_piece_is_written_too(browser, live_server, story):
    context = browser.new_context(base_url=live_server, java_script_enabled=False)
    secret = story.secrets["anna"]
    context.add_cookies([{"name": COOKIE, "value": secret, "url": live_server}])
    page = context.new_page()
    page.goto(story.shown["anna"]["writing"])
    page.get_by_label("Titel").fill("De belbus")
    page.get_by_label("Je stuk", exact=True).fill("Hij rijdt weer.")
    page.get_by_role("button", name="Inleveren").click()
    expect(page.get_by_text("Dank je wel! De redactie heeft je stuk nu.")).to_be_visible()
    context.close()
