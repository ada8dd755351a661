"""What moves on the page of a mailing while mails leave, and when the mail server takes none."""

import html
import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from eventsapp.core.dates import now
from eventsapp.mail import outbox, rules, server_away, throttle
from eventsapp.mail.kinds import Stream
from eventsapp.mail.models import Mailing, Message, Throttle
from tests.checks import check_page
from tests.mailed import MAIL, change, first, invite_two


@pytest.fixture
def sending(cast, transaction):
    """Anna invited Riet and Joop; the mails still wait."""
    return invite_two(cast, transaction)


def change_first(transaction, mailing, **values):
    number = first(transaction, mailing)
    with transaction() as session:
        row = session.get(Message, number)
        for name, value in values.items():
            setattr(row, name, value)


def test_progress_is_told_in_numbers(anna, sending, transaction):
    told = anna.get(f"{MAIL}{sending.id}/progress.json").get_json()
    assert (told["done"], told["total"], told["finished"]) == (0, 2, False)
    change(transaction, sending, state="sent")
    assert anna.get(f"{MAIL}{sending.id}/progress.json").get_json()["finished"]


@pytest.mark.parametrize(("seconds", "fast"), [(1, "2 per seconde"), (30, "4 per minuut")])
def test_a_mailing_under_way_says_how_fast_it_goes(anna, sending, transaction, seconds, fast):
    with transaction() as session:
        mailing = session.get(Mailing, sending.id)
        third = outbox.Letter("third", "x@raad.example", "Xandra", "nl", "invitation")
        outbox.enqueue(mailing, [third])
        rows = session.scalars(select(Message).order_by(Message.id))
        for number, row in enumerate(rows.all()[:2]):
            row.state, row.settled_at = "sent", now() - timedelta(seconds=number * seconds)
    assert fast in check_page(anna.get(f"{MAIL}{sending.id}"))
    assert fast in anna.get(f"{MAIL}{sending.id}/progress.json").get_json()["parts"]["speed"]


def test_reasons_that_begin_while_mails_leave_are_told_to_the_page(anna, sending, transaction):
    place = f"{MAIL}{sending.id}"
    assert anna.get(f"{place}/progress.json").json["rows"] == {}
    change(transaction, sending, state="failed", reason="refused")
    with transaction() as session:
        row = session.get(Message, session.get(Mailing, sending.id).messages[0].id)
        row.state, row.reason, row.bounced_at = "sent", "", now()
        row.bounce_reason = "mailbox_full"
    told = anna.get(f"{place}/progress.json").json["rows"]
    assert told == {"failed:refused": "1", "came_back:mailbox_full": "1"}
    page = check_page(anna.get(place))
    assert all(f'data-progress-row="{name}"' in page for name in told)


def test_what_stopping_costs_counts_down_with_the_mails(anna, sending, transaction):
    words = "2 mails zijn nog niet weg."
    assert words in check_page(anna.get(f"{MAIL}{sending.id}"))
    assert words in anna.get(f"{MAIL}{sending.id}/progress.json").json["parts"]["stop"]
    with transaction() as session:
        session.get(Message, session.get(Mailing, sending.id).messages[0].id).state = "sent"
    assert (
        "1 mail is nog niet weg."
        in (anna.get(f"{MAIL}{sending.id}/progress.json").json["parts"]["stop"])
    )


def marks(client, mailing, shown=""):
    return client.get(f"{MAIL}{mailing.id}/progress.json{shown}").json["marks"]


def marks_on(page):
    return dict(re.findall(r'data-progress-place="(\w+)" data-progress-mark="([^"]*)"', page))


@pytest.mark.parametrize(
    "shown", ["", "?state=failed", "?state=queued", "?state=failed&reason=refused&judged=too_large"]
)
def test_the_page_and_what_moves_on_it_know_a_place_by_the_same_mark(
    anna, sending, transaction, shown
):
    change_first(transaction, sending, state="failed", reason="refused")
    page = check_page(anna.get(f"{MAIL}{sending.id}{shown}"))
    assert marks_on(page) == marks(anna, sending, shown)
    assert f"progress.json{shown}" in html.unescape(page)


@pytest.mark.parametrize(
    ("values", "places"),
    [
        ({"state": "failed", "reason": "refused"}, {"buttons", "why", "mails"}),
        ({"state": "failed", "reason": "overdue"}, {"buttons", "why", "mails", "notice"}),
        ({"state": "deferred", "reason": "later"}, {"why", "mails"}),
        ({"state": "sent"}, {"mails"}),
        ({"not_before": datetime(2027, 5, 1, tzinfo=UTC)}, {"mails"}),
    ],
)
def test_what_becomes_of_a_mail_changes_the_marks_of_the_places_that_tell_it(
    anna, sending, transaction, values, places
):
    before = marks(anna, sending)
    change_first(transaction, sending, **values)
    after = marks(anna, sending)
    assert {name for name in before if before[name] != after[name]} == places


def test_a_list_in_which_nothing_changed_keeps_its_mark(anna, sending, transaction):
    change_first(transaction, sending, state="failed", reason="refused")
    before = marks(anna, sending, "?state=failed")["mails"]
    with transaction() as session:
        session.scalars(select(Message).where(Message.state == "queued")).one().state = "leased"
    assert marks(anna, sending, "?state=failed")["mails"] == before
    assert marks(anna, sending, "?state=leased")["mails"] != before


def refuse(transaction, stream=Stream.INVITATIONS, tried=None):
    with transaction():
        server_away.begin(stream, tried or now(), "421 4.3.2 <b>closing</b>")


AWAY = "De mailserver neemt op dit moment geen mail aan."


def test_that_the_mail_server_takes_nothing_is_said_and_since_when(anna, sending, transaction):
    before = marks(anna, sending)["server"]
    refuse(transaction)
    page = check_page(anna.get(f"{MAIL}{sending.id}"))
    assert AWAY in page
    assert re.search(r"Sinds .*\d\d[.]\d\d uur", page)
    told = anna.get(f"{MAIL}{sending.id}/progress.json").json
    assert (told["told"], told["marks"]["server"] == before) == (AWAY, False)


def test_after_days_nobody_is_told_that_mail_goes_by_itself(anna, sending, transaction, freeze):
    refuse(transaction)
    with transaction() as session:
        kept = session.get_one(Throttle, throttle.of_outage(Stream.INVITATIONS))
        kept.filled_at -= rules.OVERDUE - timedelta(minutes=1)
    before = marks(anna, sending)["server"]
    freeze(f"{now() + timedelta(minutes=3):%Y-%m-%d %H:%M}+00:00")
    page = check_page(anna.get(f"{MAIL}{sending.id}"))
    assert "Je hoeft hier niets te doen" not in page
    assert "Wat langer dan twee dagen ligt, gaat niet vanzelf weg." in page
    assert marks(anna, sending)["server"] != before


def test_only_the_coordinator_reads_the_words_of_the_mail_server(anna, kees, sending, transaction):
    refuse(transaction)
    assert "421 4.3.2" not in check_page(anna.get(f"{MAIL}{sending.id}"))
    page = check_page(kees.get(f"{MAIL}{sending.id}"))
    assert "421 4.3.2 &lt;b&gt;closing" in page
    assert "/manage/doctor/" in page


@pytest.mark.parametrize(
    "values", [{"course": "paused"}, {"not_before": datetime(2099, 1, 1, tzinfo=UTC)}]
)
def test_of_what_does_not_leave_yet_nothing_is_said_about_the_server(
    anna, sending, transaction, values
):
    refuse(transaction)
    with transaction() as session:
        for name, value in values.items():
            setattr(session.get(Mailing, sending.id), name, value)
    assert AWAY not in check_page(anna.get(f"{MAIL}{sending.id}"))


def test_a_server_that_takes_no_newsletters_holds_up_no_invitation(anna, sending, transaction):
    refuse(transaction, Stream.NEWSLETTERS)
    assert AWAY not in check_page(anna.get(f"{MAIL}{sending.id}"))


def test_a_server_of_which_nothing_was_heard_for_long_is_not_called_away(
    anna, sending, transaction
):
    refuse(transaction, tried=now() - timedelta(minutes=11))
    assert AWAY not in check_page(anna.get(f"{MAIL}{sending.id}"))


@pytest.fixture
def judged(sending, transaction):
    """Of the two mails one was refused because nobody is there, one because it is too large."""
    reasons = iter(["no_such_user", "too_large"])
    with transaction() as session:
        for row in session.scalars(select(Message).order_by(Message.id)):
            row.state, row.reason, row.bounce_reason = "failed", "refused", next(reasons)


def test_refusals_are_grouped_as_they_were_judged_and_lead_to_their_rows(anna, sending, judged):
    place = f"{MAIL}{sending.id}"
    page = check_page(anna.get(place))
    too_large = f"{place}?state=failed&amp;reason=refused&amp;judged=too_large"
    assert page.count(f'href="{too_large}">De mail was te groot voor deze mailbox.') == 1
    assert "De mailserver van de ontvanger weigert dit adres." not in page
    rows = check_page(anna.get(html.unescape(too_large))).partition('id="mails"')[2]
    assert rows.count("De mail was te groot voor deze mailbox.") == 2  # what was chosen, and a row
    assert "Dit adres bestaat niet." not in rows


def test_refusals_move_as_they_were_judged(anna, sending, judged):
    place = f"{MAIL}{sending.id}"
    told = anna.get(f"{place}/progress.json").json["rows"]
    assert told == {"failed:refused:no_such_user": "1", "failed:refused:too_large": "1"}
    page = anna.get(place).text
    assert all(f'data-progress-row="{name}"' in page for name in told)
