"""Leaving the newsletter by the link of a mail, on the page and by the one click of RFC 8058."""

from email import message_from_bytes
from email.policy import default

import pytest
from sqlalchemy import select

from eventsapp.background import inbox
from eventsapp.contacts import subscriptions, unsubscribe
from eventsapp.contacts.models import Consent, Subscription
from eventsapp.core.actor import SYSTEM
from eventsapp.core.errors import NotFound
from eventsapp.core.links import unsubscribe_link
from eventsapp.core.tokens import numberer
from eventsapp.directory.models import Person
from eventsapp.mail import claims, due, judging, lists, outbox, rendering, return_path, suppression
from eventsapp.mail.kinds import MailingKind, Purpose
from eventsapp.mail.models import InboundMail, Message, Suppression
from eventsapp.newsletters.models import Newsletter
from tests.checks import check_page

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


FACTS = {
    "salutation": "Beste Riet",
    "role_line": "",
    "letter_subject": "Brief",
    "letter_html": "<p>x</p>",
    "letter_text": "x",
    "letter_papers": [],
    "letter_from": {"name": "Anna", "phone": "070"},
}


def send(person=None, purpose=Purpose.NEWSLETTER, key="brief", email="riet@raad.example"):
    made = outbox.open_mailing(
        kind=MailingKind.LETTER,
        purpose=purpose,
        reference="",
        title="Nieuwsbrief van maart",
        by=None,
        undo=False,
    )
    letter = outbox.Letter(
        key,
        email,
        "Riet",
        "nl",
        "letter",
        FACTS,
        person_id=person.id if person else None,
        priority=8,
    )
    return outbox.enqueue(made, [letter])[0]


@pytest.fixture
def letter(cast, transaction):
    """The number of a newsletter that was sent to Petra."""
    with transaction():
        return send(cast.petra)


@pytest.fixture
def place(app, letter):
    with app.app_context():
        return f"/u/{numberer('unsubscribe')(letter)}"


def log(transaction):
    with transaction() as session:
        return [
            (one.person_id, one.purpose, one.is_given, one.how)
            for one in session.scalars(select(Consent))
        ]


def withheld(transaction, person):
    with transaction():
        return suppression.withheld([person.id], [], Purpose.NEWSLETTER)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_opening_the_link_changes_nothing(client, place, transaction, cast, method):
    assert client.open(place, method=method).status_code == 200
    assert withheld(transaction, cast.petra) == {}
    assert log(transaction) == []


def test_the_page_asks_with_one_button_and_says_whom_it_is_about(client, place):
    page = check_page(client.get(place))
    assert "riet@raad.example" in page
    assert page.count("<button") - page.count("button--quiet") == 1


def test_one_click_needs_no_cookie_and_is_answered_at_once(client, place, transaction, cast):
    answer = client.post(place, data=ONE_CLICK)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert withheld(transaction, cast.petra) == {cast.petra.id: "opted_out"}
    assert log(transaction) == [(cast.petra.id, "newsletter", False, "one_click")]


def test_one_click_may_come_as_multipart_too(client, place, transaction, cast):
    client.post(place, data=ONE_CLICK, content_type="multipart/form-data")
    assert log(transaction) == [(cast.petra.id, "newsletter", False, "one_click")]


def test_a_press_on_the_page_is_noted_as_such(client, place, transaction, cast):
    check_page(client.post(place))
    assert log(transaction) == [(cast.petra.id, "newsletter", False, "link")]


def test_the_same_click_again_changes_nothing_more(client, place, transaction):
    for _ in range(3):
        check_page(client.post(place, data=ONE_CLICK))
    assert len(log(transaction)) == 1
    with transaction() as session:
        assert len(session.scalars(select(Suppression)).all()) == 1


def test_the_page_says_afterwards_that_it_is_done(client, place):
    client.post(place, data=ONE_CLICK)
    assert "geen nieuwsbrief meer" in check_page(client.get(place))


def test_who_left_gets_no_newsletter_but_still_is_invited(client, place, transaction, cast):
    client.post(place, data=ONE_CLICK)
    with transaction() as session:
        again = send(session.merge(cast.petra), key="april")
        invited = send(session.merge(cast.petra), Purpose.MEETINGS, key="uitnodiging")
        assert session.get(Message, again).state == "skipped"
        assert session.get(Message, invited).state == "queued"


def test_an_address_without_a_person_leaves_as_an_address(client, app, transaction):
    with transaction():
        number = send()
    with app.app_context():
        place = f"/u/{numberer('unsubscribe')(number)}"
    client.post(place, data=ONE_CLICK)
    with transaction():
        assert suppression.withheld([], ["riet@raad.example"], Purpose.NEWSLETTER)
    assert log(transaction) == []


@pytest.mark.parametrize("token", ["x", "WzFd.forged", "a" * 3000, "%00", "WzFd"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_that_is_not_ours_does_nothing(client, method, token):
    assert client.open(f"/u/{token}", method=method).status_code == 404


def test_the_link_of_another_purpose_opens_nothing(client, app, letter):
    with app.app_context():
        assert client.post(f"/u/{numberer('answer')(letter)}").status_code == 404


def test_an_invitation_cannot_be_left_like_a_list(client, app, transaction, cast):
    with transaction() as session:
        number = send(session.merge(cast.petra), Purpose.MEETINGS)
    with app.app_context():
        assert client.post(f"/u/{numberer('unsubscribe')(number)}").status_code == 404


def test_a_trial_of_our_own_address_changes_nothing(client, app, transaction):
    with app.app_context():
        place = f"/u/{numberer('unsubscribe')(lists.TRIAL)}"
    for method in ("GET", "HEAD", "POST"):
        assert client.open(place, method=method, data=ONE_CLICK).status_code == 200
    assert log(transaction) == []


def test_suppression_and_log_are_kept_together_or_not_at_all(transaction, letter):
    with transaction() as session:
        unsubscribe.leave(letter, how="link")
        session.flush()
        session.rollback()
    with transaction() as session:
        assert session.scalars(select(Suppression)).all() == []
    assert log(transaction) == []


def test_a_letter_that_is_not_there_cannot_be_left(transaction):
    with transaction(), pytest.raises(NotFound):
        unsubscribe.leave(99_999, how="link")


def test_mail_to_a_list_offers_both_ways_to_leave(transaction, letter):
    with transaction() as session:
        row = session.get(Message, letter)
        headers = dict(lists.headers_of(row.mailing.list_id, row.id))
        assert headers["List-Id"] == "<newsletter.programma.example>"
        assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        web, mail = headers["List-Unsubscribe"].split(", ")
        assert web == f"<{unsubscribe_link(letter)}>"
        assert mail.startswith("<mailto:retour+")


def test_a_newsletter_leaves_with_these_headers(transaction, app, letter):
    with transaction():
        claimed = claims.claim("w", due.BULK, claims.Places(), 10)
        ready, _ = judging.judge(claimed)
        made = b"".join(rendering.Renderer().envelope_of(ready[0]).pieces)
    read = message_from_bytes(made, policy=default)
    assert read["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    with app.app_context():
        assert unsubscribe_link(letter) in read["List-Unsubscribe"]
    assert read["List-Id"] == "<newsletter.programma.example>"


def test_single_letters_have_no_list_headers(transaction, cast):
    with transaction() as session:
        row = session.get(Message, send(session.merge(cast.petra), Purpose.MEETINGS))
        assert lists.headers_of(row.mailing.list_id, row.id) == ()


def test_newsletters_use_their_own_stream(transaction, letter):
    with transaction() as session:
        assert session.get(Message, letter).mailing.stream == "newsletters"


def mail_in(app, number, subject="unsubscribe"):
    with app.app_context():
        octets = (
            f"From: <riet@raad.example>\r\nTo: <{return_path.address_for(number)}>\r\n"
            f"Subject: {subject}\r\nMessage-ID: <{number}{subject}@raad.example>\r\n\r\n\r\n"
        ).encode()
        inbox.take_in(octets, return_path.address_for(number))


def test_a_mail_to_the_address_in_the_header_leaves_the_list(app, letter, transaction, cast):
    mail_in(app, letter)
    assert log(transaction) == [(cast.petra.id, "newsletter", False, "mail")]
    with transaction() as session:
        assert session.scalars(select(InboundMail.state)).one() == "applied"


def test_other_words_to_that_address_are_for_somebody_to_read(app, letter, transaction):
    mail_in(app, letter, subject="Ik kom")
    assert log(transaction) == []
    with transaction() as session:
        assert session.scalars(select(InboundMail.state)).one() == "waiting"


def test_the_address_of_leaving_is_kept_from_other_sites(client, letter, app):
    with app.app_context():
        token = unsubscribe_link(letter).rpartition("/")[2]
    headers = client.get(f"/u/{token}").headers
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in headers["X-Robots-Tag"]


@pytest.fixture
def edition(transaction, cast):
    """`edition(1)` sends Petra an edition of that newsletter, of which she is a reader."""

    def edition(newsletter, key=""):
        with transaction() as session:
            petra = session.get(Person, cast.petra.id)
            if session.get(Newsletter, newsletter) is None:
                session.add(
                    Newsletter(id=newsletter, name=f"Nieuws {newsletter}", slug=f"n{newsletter}")
                )
            subscriptions.subscribe(SYSTEM, newsletter, petra, how="page", words="Ja")
            number = send(petra, key=f"e{newsletter}{key}")
            session.get(Message, number).mailing.data = {"newsletter_id": newsletter}
            return number, f"/u/{numberer('unsubscribe')(number)}"

    return edition


def running(transaction):
    with transaction() as session:
        found = session.scalars(select(Subscription).order_by(Subscription.newsletter_id))
        return [one.newsletter_id for one in found if one.ended_at is None]


def test_one_click_leaves_this_newsletter_and_keeps_the_other(client, edition, transaction, cast):
    (_, place), _ = edition(1), edition(2)
    client.post(place, data=ONE_CLICK)
    assert running(transaction) == [2]
    assert withheld(transaction, cast.petra) == {}


def test_who_leaves_the_last_newsletter_wants_none(client, edition, transaction, cast):
    for _, place in (edition(1), edition(2)):
        client.post(place, data=ONE_CLICK)
    assert running(transaction) == []
    assert withheld(transaction, cast.petra) == {cast.petra.id: "opted_out"}


def test_what_waits_of_this_newsletter_is_taken_back_at_once(client, edition, transaction):
    (_, place), (waiting, _), (other, _) = edition(1), edition(1, "b"), edition(2)
    client.post(place, data=ONE_CLICK)
    with transaction() as session:
        states = [session.get(Message, number).state for number in (waiting, other)]
    assert states == ["skipped", "queued"]


def test_a_mail_that_a_sender_holds_is_not_touched(client, edition, transaction):
    (_, place), (held, _) = edition(1), edition(1, "b")
    with transaction() as session:
        session.get(Message, held).state = "leased"
    client.post(place, data=ONE_CLICK)
    with transaction() as session:
        assert session.get(Message, held).state == "leased"


def test_why_may_be_told_afterwards(client, edition, transaction):
    _, place = edition(1)
    page = check_page(client.post(place))
    assert "Waarom hebt u zich uitgeschreven?" in page
    assert "Dank u wel" in check_page(client.post(f"{place}/why", data={"reason": "too_hard"}))
    with transaction() as session:
        assert session.scalars(select(Subscription.end_reason)).one() == "too_hard"


def test_a_reason_that_is_not_offered_is_asked_again(client, edition):
    _, place = edition(1)
    client.post(place)
    assert "Kies een reden" in check_page(client.post(f"{place}/why", data={"reason": "x"}), 422)


def test_who_left_by_mistake_comes_back_with_one_press(client, edition, transaction, cast):
    _, place = edition(1)
    client.post(place, data=ONE_CLICK)
    assert "weer ingeschreven" in check_page(client.post(f"{place}/come-back"))
    assert running(transaction) == [1]
    assert withheld(transaction, cast.petra) == {}


def test_a_mail_of_long_ago_leaves_the_only_newsletter(client, edition, transaction):
    number, place = edition(1)
    with transaction() as session:
        session.get(Message, number).mailing.data = {}
    client.post(place, data=ONE_CLICK)
    assert running(transaction) == []


@pytest.mark.parametrize("act", ["why", "come-back"])
def test_a_link_without_a_reader_does_nothing_more(client, app, act):
    with app.app_context():
        place = f"/u/{numberer('unsubscribe')(lists.TRIAL)}"
    assert client.post(f"{place}/{act}").status_code == 404
