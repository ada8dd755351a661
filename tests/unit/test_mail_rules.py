"""When a mail is tried again, when it is held, and what a reply means."""

from datetime import UTC, datetime, timedelta

import pytest

from eventsapp.mail.kinds import MailingKind
from eventsapp.mail.rules import (
    SENT_AGAIN,
    asks_for_slower,
    hint_in,
    is_breaking,
    is_overdue,
    is_permanent,
    next_try,
)

NINE = datetime(2027, 1, 4, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_the_first_tries_follow_quickly_and_later_ones_slowly():
    waits = [next_try(tries, NINE, NINE, NINE + 30 * DAY) - NINE for tries in range(1, 12)]
    assert waits[0] == timedelta(minutes=1)
    assert waits == sorted(waits)
    assert waits[-1] == 4 * HOUR


def test_a_mail_about_a_meeting_is_tried_until_its_moment_and_not_after():
    ends = NINE + 20 * DAY
    assert next_try(9, NINE, ends - 5 * HOUR, ends) == ends - HOUR
    assert next_try(9, NINE, ends - 4 * HOUR, ends) is None


def test_a_mail_without_a_moment_of_its_own_is_tried_for_two_days():
    assert next_try(9, NINE, NINE + 2 * DAY - 5 * HOUR, None) is not None
    assert next_try(9, NINE, NINE + 2 * DAY - 3 * HOUR, None) is None


def test_what_was_never_tried_is_held_after_two_days():
    assert not is_overdue(NINE, NINE, NINE + 2 * DAY, attempts=0)
    assert is_overdue(NINE, NINE, NINE + 2 * DAY + HOUR, attempts=0)


def test_waiting_for_an_absent_server_does_not_hide_that_it_lay_too_long():
    later = NINE + 3 * DAY
    assert is_overdue(NINE, later, later, attempts=0)


def test_what_a_receiver_puts_off_is_not_held_as_long_as_it_is_tried_in_time():
    later = NINE + 5 * DAY
    assert not is_overdue(NINE, later, later, attempts=12)
    assert is_overdue(NINE, NINE + DAY, later, attempts=12)


@pytest.mark.parametrize(("code", "final"), [(250, False), (421, False), (451, False), (550, True)])
def test_only_the_five_hundreds_are_final(code, final):
    assert is_permanent(code) is final


def test_a_reminder_never_comes_twice_and_an_invitation_never_goes_missing():
    assert MailingKind.REMINDER not in SENT_AGAIN
    assert {MailingKind.INVITATION, MailingKind.UPDATE, MailingKind.CANCELLATION} <= SENT_AGAIN


@pytest.mark.parametrize(
    ("reply", "wait"),
    [
        ("451 4.7.1 Greylisted, please try again in 300 seconds", timedelta(minutes=5)),
        ("450 4.2.0 greylisting in action", timedelta(minutes=5)),
        ("451 try again in 10 minutes", timedelta(minutes=10)),
        ("450 Gray listed, see you in 00:04:59", timedelta(minutes=4, seconds=59)),
        ("451 retry after 2 hours", 2 * HOUR),
        ("451 come back in 90000 s", 4 * HOUR),
        ("421 try again in 1 second", timedelta(seconds=30)),
        ("451 4.3.0 later", None),
        ("450 4.1.1 mailbox busy 12:34:56:78", None),
        ("450 4.7.1 try again after 00:10:00", timedelta(minutes=10)),
        ("450 4.7.1 retry in 90sec.", timedelta(seconds=90)),
        ("451 Bitte in 10 Minuten", timedelta(minutes=10)),
    ],
)
def test_a_server_that_says_when_is_believed_within_reason(reply, wait):
    assert hint_in(reply) == wait


@pytest.mark.parametrize(
    "reply",
    [
        "451 4.3.0 overloaded (2026-11-23 05:20:11)",
        "451 4.3.0 retry after 2026-11-23 05:20:11",
        "451 4.3.0 seen at 14:23:05",
        "451 4.3.0 queue is full in 3 hosts",
        "452 4.3.1 no room for 2 mailboxes",
        "452 4.5.3 no room for 10 messages",
        "451 4.3.0 busy after 5 sections",
    ],
)
def test_a_moment_or_a_number_of_things_is_no_time_to_wait(reply):
    assert hint_in(reply) is None


def test_the_moment_of_greylisting_is_no_time_to_wait():
    assert hint_in("450 4.2.0 Greylisted at 14:23:05") == timedelta(minutes=5)


def test_a_newsletter_is_tried_less_often_than_a_confirmation_and_for_two_days():
    def first(kind):
        return next_try(1, NINE, NINE, None, kind=kind) - NINE

    assert first(MailingKind.EDITION) > first(MailingKind.CONFIRMATION)
    late = NINE + 2 * DAY - HOUR
    assert next_try(9, NINE, late, None, kind=MailingKind.EDITION) is None


def test_a_hint_does_not_reach_beyond_the_meeting():
    ends = NINE + HOUR
    assert next_try(1, NINE, NINE, ends, hint=2 * HOUR) is None


@pytest.mark.parametrize(
    ("code", "slower"), [(421, True), (450, True), (452, True), (432, False), (550, False)]
)
def test_which_replies_ask_for_slower(code, slower):
    assert asks_for_slower(code, f"{code} too much") is slower


@pytest.mark.parametrize(
    ("reply", "slower"),
    [
        ("452 4.2.2 mailbox full", False),
        ("450 4.2.1 this user gets mail too quickly", False),
        ("450-4.2.0 greylisted", False),
        ("450 4.1.1 unverified address", False),
        ("421 4.2.1 too many connections", True),
        ("450 4.7.1 rate 4.2.2 of 10.4.2.2", True),
        ("451 4.3.2 system busy", True),
    ],
)
def test_a_reply_about_one_mailbox_does_not_ask_for_slower(reply, slower):
    assert asks_for_slower(int(reply[:3]), reply) is slower


@pytest.mark.parametrize(("failures", "breaks"), [(15, False), (16, True)])
def test_three_in_a_hundred_of_the_first_break_an_edition_off(failures, breaks):
    assert is_breaking(failures) is breaks
