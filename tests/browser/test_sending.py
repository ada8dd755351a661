"""Sending an edition, what became of it, and the archive, on a desk and on a phone."""

import re
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from eventsapp.accounts.sessions import open_session
from eventsapp.core.dates import now
from eventsapp.core.settings import keep
from eventsapp.mail import suppression
from eventsapp.mail.kinds import Purpose
from eventsapp.mail.models import Message
from eventsapp.newsletters import afterwards, sending
from eventsapp.newsletters.kinds import BlockKind
from eventsapp.newsletters.models import Edition, LinkClicks, SignOff
from tests.browsing import arrive, visit
from tests.factories import actor_of, make_cast, make_meeting, make_person
from tests.newsletters import make_block, make_edition, make_newsletter, make_reader
from tests.signing_in import COOKIE

pytestmark = pytest.mark.databases("sqlite")
FATES = [("failed", "refused"), ("deferred", "later"), ("unknown", "cut_off")]
SIZES = pytest.mark.parametrize("size", ["page", "phone"])
LONG = "<p>In het dorpshuis eten elke woensdag veertig mensen samen. Vrijwilligers koken.</p>"


def sign_off(session, edition, cast):
    edition.status = "signed_off"
    session.add(SignOff(edition_id=edition.id, content_version=1, by_person_id=cast.kees.person_id))
    session.flush()


def fill(edition, cast):
    """Something of each kind that differs on a page."""
    make_block(edition, html="<p>Beste lezer, de zomer komt eraan.</p>")
    make_block(edition, BlockKind.HEADING, text="Uit de regio")
    make_block(edition, BlockKind.ARTICLE, slug="samen-eten", title="Samen eten in Zutphen",
               intro="Veertig mensen aan één tafel, elke week.", html=LONG * 6)  # fmt: skip
    make_block(edition, BlockKind.BLOG, title="Op pad in Noord", author="Anna de Vries",
               html=LONG, limits={"regions": [cast.noord.id]})  # fmt: skip
    make_block(edition, BlockKind.QUOTE, text="Wij beslissen nu mee.", who="Riet Bos, voorzitter")
    make_block(edition, BlockKind.MEETINGS)
    make_block(edition, BlockKind.PUBLICATION, title="Gids voor adviesraden", html=LONG,
               url="https://gids.example/raden", link_words="Lees de gids")  # fmt: skip
    make_block(edition, BlockKind.CALL, title="Doe mee", html="<p>Laat het ons weten.</p>",
               url="https://vragen.example/", link_words="Vul de vragen in")  # fmt: skip


@pytest.fixture
def story(transaction, live_server):
    """An edition that left, with readers who left too, and the next one, ready to go."""
    afterwards.forget()
    with transaction() as session:
        cast = make_cast()
        make_meeting(cast.anna.person, cast.noord, is_public=True)
        newsletter = make_newsletter(counts_clicks=True)
        for number in range(6):
            person = make_person(f"Lezer{number} Bos")
            regions = [(cast.noord, cast.zuid)[number % 2]]
            reader = make_reader(person, newsletter.id, regions=regions,
                                 wants_text=number == 3, reader_kind="seniors")  # fmt: skip
        suppression.withhold_person(reader.person_id, Purpose.NEWSLETTER, "opted_out")
        past = make_edition(newsletter, title="Nieuwsbrief van maart", slug="maart",
                            subject="Samen eten, samen beslissen",
                            preview_line="Wat werkt er in de regio?")  # fmt: skip
        fill(past, cast)
        sign_off(session, past, cast)
        sending.send(actor_of(cast.ilse), past)
        for number, row in enumerate(session.scalars(select(Message).order_by(Message.id))):
            if row.state == "queued":
                row.state, row.attempts, row.settled_at = "sent", 1, now()
            if number == 1:
                row.bounced_at, row.bounce_reason = now(), "mailbox_full"
        past.status = "sent"
        session.query(LinkClicks).update({"clicks": 12})
        first = session.query(type(reader)).order_by("id").first()
        first.ended_at, first.end_reason = now(), "too_much"
        coming = make_edition(newsletter, title="Nieuwsbrief van mei", slug="mei",
                              subject="Wat gaat er goed?")  # fmt: skip
        fill(coming, cast)
        sign_off(session, coming, cast)
        secret = open_session(cast.ilse.id, "Chromium")
    return SimpleNamespace(past=past, coming=coming, secret=secret, ilse=cast.ilse)


def as_editor(page, story, live_server):
    page.context.add_cookies([{"name": COOKIE, "value": story.secret, "url": live_server}])


@SIZES
def test_the_pages_of_sending_read_well(request, size, story, live_server, axe):
    page = request.getfixturevalue(size)
    as_editor(page, story, live_server)
    for edition, place in (
        (story.coming, "sending"),
        (story.coming, "figures"),
        (story.past, "sending"),
        (story.past, "figures"),
    ):
        visit(page, f"/manage/editions/{edition.id}/{place}")
        axe(page)


@SIZES
def test_what_goes_wrong_later_shows_while_an_edition_leaves(
    request, size, story, live_server, transaction, axe
):
    page = request.getfixturevalue(size)
    with transaction() as session:
        sending.send(actor_of(session.merge(story.ilse)), session.get(Edition, story.coming.id))
    as_editor(page, story, live_server)
    visit(page, f"/manage/editions/{story.coming.id}/sending")
    page.evaluate("document.body.dataset.seen = 'before'")
    figures = page.locator("body[data-seen] .figures li")  # the page is the same one
    expect(figures.filter(has_text="Niet aangekomen")).to_have_text(re.compile(r"^\s*0\s"))
    with transaction() as session:
        waiting = session.scalars(
            select(Message).where(Message.state == "queued").order_by(Message.id)
        ).all()
        for row, (state, reason) in zip(waiting, FATES, strict=False):
            row.state, row.reason = state, reason
        waiting[3].state, waiting[3].bounced_at = "sent", now()
    for words in ("Niet aangekomen", "We proberen het opnieuw", "Kwam terug"):
        shown = figures.filter(has_text=words)
        expect(shown).to_have_text(re.compile(r"^\s*1\s"), timeout=60_000)
    axe(page)


@SIZES
def test_anybody_reads_the_archive(request, size, story, axe):
    page = request.getfixturevalue(size)
    for place in ("", "?q=eten", "?q=niets", "maart", "maart/samen-eten"):
        visit(page, f"/newsletters/{place}")
        axe(page)


def test_an_editor_sends_and_takes_it_back_by_keyboard(
    app, settings, page, story, live_server, axe
):
    keep(app, settings.replace(undo_seconds=600))
    try:
        as_editor(page, story, live_server)
        visit(page, f"/manage/editions/{story.coming.id}/sending")
        page.get_by_role("button", name="Verstuur naar").focus()
        page.keyboard.press("Enter")
        arrive(page, "Versturen")
        axe(page)
        page.get_by_role("button", name="Ongedaan maken").focus()
        page.keyboard.press("Enter")
        arrive(page, "Wat er gebeurt")
    finally:
        keep(app, settings)
