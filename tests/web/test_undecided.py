"""Mails of an edition that wait for somebody's word: held, or paused by itself."""

import re
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from eventsapp.mail.models import Mailing, Message
from eventsapp.newsletters import sending
from eventsapp.newsletters.models import Edition, SignOff
from tests.checks import check_page
from tests.factories import actor_of, make_person
from tests.newsletters import make_block, make_edition, make_newsletter, make_reader

HOME = "/manage/"
SENT = "Deze nieuwsbrief is verstuurd"


@pytest.fixture
def story(app, cast, transaction, freeze, sign_in):
    """Ilse has just sent an edition to three readers."""
    freeze("2027-03-01 09:00")
    with transaction() as session:
        newsletter = make_newsletter()
        for number in range(3):
            make_reader(make_person(f"Lezer {number}", f"l{number}@raad.example"), newsletter.id)
        edition = make_edition(newsletter, subject="Nieuws van maart", status="signed_off")
        make_block(edition, html="<p>Goed nieuws.</p>")
        session.add(
            SignOff(edition_id=edition.id, content_version=1, by_person_id=cast.kees.person_id)
        )
        session.flush()
        sending.send(actor_of(cast.ilse), edition)
    return SimpleNamespace(
        edition=edition, sending=f"/manage/editions/{edition.id}/sending",
        ilse=sign_in(app.test_client(), cast.ilse), kees=sign_in(app.test_client(), cast.kees),
        bram=sign_in(app.test_client(), cast.bram),
    )  # fmt: skip


@pytest.fixture
def held(story, transaction, freeze):
    """One mail of the edition left; the other two lay for more than two days and were held."""
    with transaction() as session:
        rows = session.scalars(select(Message).order_by(Message.id)).all()
        for row, state in zip(rows, ("sent", "failed", "failed"), strict=True):
            row.state, row.reason = state, "overdue" if state == "failed" else ""
    freeze("2027-03-01 12:00")
    note_what_is_out(transaction)
    return story


def press(client, address, words):
    """Press the button with these words on a page, and give the page that follows."""
    page = check_page(client.get(address))
    forms = re.findall(r'<form[^>]*action="([^"]+)"(.*?)</form>', page, re.S)
    action, fields = next((a, f) for a, f in forms if words in f)
    data = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', fields))
    return check_page(client.post(action, data=data, follow_redirects=True))


def badges(html):
    """Give the words of the badges beside the title."""
    return re.findall(r'class="badge[^>]*>.*?</svg>([^<]+)</span>', html, re.S)


def note_what_is_out(transaction):
    with transaction():
        sending.settle()


def states(transaction):
    with transaction() as session:
        return [tuple(one) for one in session.query(Message.state, Message.reason)
                .order_by(Message.id)]  # fmt: skip


def test_an_edition_of_which_mails_are_held_is_not_called_sent(held):
    html = check_page(held.ilse.get(held.sending))
    assert "2 mails lagen meer dan twee dagen te wachten" in html
    assert SENT not in html
    assert badges(html) == ["Wordt verstuurd"]


def test_the_editor_sends_what_was_held_after_all(held, transaction):
    html = press(held.ilse, held.sending, "Toch sturen")
    assert "2 mails gaan nu de deur uit." in html
    assert states(transaction) == [("sent", ""), ("queued", ""), ("queued", "")]


def test_the_editor_leaves_what_was_held(held, transaction):
    html = press(held.ilse, held.sending, "Niet meer sturen")
    assert states(transaction) == [("sent", ""), *[("skipped", "too_late")] * 2]
    assert badges(html) == ["Verstuurd"]
    note_what_is_out(transaction)
    with transaction() as session:
        assert session.get(Edition, held.edition.id).status == "sent"


def test_an_edition_that_is_stopped_asks_nothing_about_what_was_held(held, transaction):
    with transaction() as session:
        session.scalars(select(Message).order_by(Message.id.desc())).first().state = "queued"
    html = press(held.ilse, held.sending, "Definitief stoppen")
    assert "De verzending is gestopt: 2 mails worden niet verstuurd." in html
    assert "Toch sturen" not in html
    note_what_is_out(transaction)
    with transaction() as session:
        assert session.get(Edition, held.edition.id).status == "sent"


def test_who_only_looks_on_decides_nothing_about_what_was_held(held, transaction):
    assert "Toch sturen" not in check_page(held.bram.get(held.sending))
    for act in ("send-held", "leave-held"):
        assert held.bram.post(f"{held.sending}/{act}").status_code == 403


def test_what_was_held_is_a_task_of_who_makes_the_newsletter(held):
    words = "2 mails lagen te lang en zijn niet verstuurd"
    assert words in check_page(held.ilse.get(HOME))
    assert words in check_page(held.kees.get(HOME))
    assert words not in check_page(held.bram.get(HOME))


def test_an_edition_that_paused_by_itself_is_a_task(story, transaction):
    with transaction() as session:
        mailing = session.query(Mailing).one()
        mailing.course, mailing.course_reason = "paused", "breaker"
    html = check_page(story.ilse.get(HOME))
    assert "Vanzelf stilgezet: er kwam te veel terug" in html
    assert f'href="{story.sending}"' in html


def test_an_edition_that_somebody_paused_is_nobodys_task(story):
    press(story.ilse, story.sending, "Even stilzetten")
    assert "Nieuwsbrief van maart" not in check_page(story.ilse.get(HOME))
