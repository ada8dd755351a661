"""Reading the answers of calendars as Google, Outlook and Apple write them, and bad ones."""

import time
from contextlib import suppress
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsapp.calendars import imip
from tests.calendar_replies import REPLIES, apple, google, outlook, reply_lines

UID = "0123456789abcdef@eventsapp"


def only_event(octets):
    message = imip.read(octets)
    assert message is not None
    return message.events[0]


@pytest.mark.parametrize("write", REPLIES.values(), ids=REPLIES)
@pytest.mark.parametrize("partstat", ["ACCEPTED", "TENTATIVE", "DECLINED"])
def test_each_calendar_is_understood(write, partstat):
    octets = write(UID, "riet@raad.example", "antwoord+x@programma.example", partstat, sequence=3)
    message, event = imip.read(octets), only_event(octets)
    assert (message.method, message.says) == ("REPLY", imip.Says.ANSWER)
    assert (event.uid, event.sequence) == (UID, 3)
    assert (event.answerers[0].email, event.answerers[0].partstat) == (
        "riet@raad.example",
        partstat,
    )
    assert event.dtstamp == datetime(2027, 1, 5, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize("write", [google, apple])
def test_a_comment_is_kept_as_plain_text(write):
    octets = write(
        UID, "r@raad.example", "a@b.example", comment="Ik kom, later; met Piet\\n<b>Á</b>"
    )
    assert only_event(octets).comment == "Ik kom, later; met Piet\n<b>Á</b>"


def test_a_comment_without_end_is_cut():
    lines = reply_lines(UID, "r@raad.example", comment="x" * 5_000)
    assert len(imip.read_calendar(lines).events[0].comment) == imip.MOST_COMMENT


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "cp1252"])
@pytest.mark.parametrize("label", ["utf-8", "iso-8859-1", "us-ascii", "nonsense"])
def test_letters_are_read_whatever_the_label_says(charset, label):
    text = reply_lines(UID, "r@raad.example", comment="Geïnteresseerd")
    raw = (
        f'Content-Type: text/calendar; charset="{label}"; method=REPLY\r\n'
        "Content-Transfer-Encoding: 8bit\r\n\r\n"
    ).encode() + text.encode(charset)
    assert only_event(raw).comment == "Geïnteresseerd"


def test_the_method_is_read_from_the_calendar_and_not_from_the_header():
    raw = (
        b"Content-Type: text/calendar; method=REPLY\r\n\r\n"
        + reply_lines(UID, "r@raad.example", method="REQUEST").encode()
    )
    assert imip.read(raw).says is imip.Says.NOTHING


@pytest.mark.parametrize("method", ["REQUEST", "CANCEL", "ADD", "PUBLISH", "REFRESH", "", "X"])
def test_other_methods_ask_nothing_of_us(method):
    text = reply_lines(UID, "r@raad.example", method=method)
    assert imip.read_calendar(text).says is imip.Says.NOTHING


def test_a_counter_is_a_proposal_with_its_times():
    extra = ["DTSTART;TZID=Europe/Amsterdam:20270113T100000", "DTEND:20270113T110000Z"]
    message = imip.read_calendar(reply_lines(UID, "r@raad.example", method="COUNTER", extra=extra))
    assert message.says is imip.Says.PROPOSAL
    assert [f"{each:%d %H:%M %Z}" for each in message.events[0].proposed] == [
        "13 10:00 CET",
        "13 11:00 UTC",
    ]


def test_who_delegates_is_told_apart():
    line = (
        'ATTENDEE;PARTSTAT=DELEGATED;DELEGATED-TO="mailto:piet@raad.example":mailto:r@raad.example'
    )
    text = reply_lines(UID, "r@raad.example").replace(
        "ATTENDEE;PARTSTAT=ACCEPTED:mailto:r@raad.example", line
    )
    message = imip.read_calendar(text)
    assert message.says is imip.Says.DELEGATED
    assert message.events[0].answerers[0].delegated_to == "piet@raad.example"


def test_an_address_beside_a_path_of_a_server_is_found():
    text = reply_lines(UID, "x@y.example").replace(
        "ATTENDEE;PARTSTAT=ACCEPTED:mailto:x@y.example",
        "ATTENDEE;PARTSTAT=ACCEPTED;EMAIL=riet@raad.example:/aMjM5/principal/",
    )
    assert imip.read_calendar(text).events[0].answerers[0].email == "riet@raad.example"


def test_a_calendar_within_a_forwarded_mail_is_not_an_answer():
    outer = EmailMessage()
    outer.set_content("Zie hieronder")
    inner = EmailMessage()
    inner.set_content(reply_lines(UID, "r@raad.example"), subtype="calendar")
    outer.add_attachment(inner)
    assert imip.read(outer.as_bytes()) is None


def test_a_letter_holds_no_answer():
    assert imip.read(b"Subject: Hoi\r\n\r\nIk kom, met Piet\r\n") is None


def test_an_alarm_within_the_entry_changes_nothing():
    extra = ["BEGIN:VALARM", "UID:other", "COMMENT:not this", "END:VALARM"]
    event = imip.read_calendar(reply_lines(UID, "r@raad.example", extra=extra)).events[0]
    assert (event.uid, event.comment) == (UID, "")


@pytest.mark.parametrize(
    ("name", "value"),
    [("SEQUENCE", "-1"), ("SEQUENCE", "٣"), ("SEQUENCE", "9" * 40), ("DTSTAMP", "yesterday")],
)
def test_a_value_that_makes_no_sense_is_as_if_it_were_not_there(name, value):
    text = reply_lines(UID, "r@raad.example", sequence=0)
    lines = [line for line in text.split("\r\n") if not line.startswith(name)]
    lines.insert(4, f"{name}:{value}")
    event = imip.read_calendar("\r\n".join(lines)).events[0]
    assert event.sequence == 0
    assert (event.dtstamp is None) == (name == "DTSTAMP")


def test_bounds_are_kept():
    big = b"Content-Type: text/calendar\r\n\r\n" + b"x" * (imip.MOST_CALENDAR_OCTETS + 1)
    many = "BEGIN:VCALENDAR\r\n" + "BEGIN:VEVENT\r\nEND:VEVENT\r\n" * 21 + "END:VCALENDAR"
    parts = EmailMessage()
    parts.make_mixed()
    for _ in range(60):
        part = EmailMessage()
        part.set_content("x")
        parts.attach(part)
    for octets in (b"x" * (imip.MOST_OCTETS + 1), big, parts.as_bytes()):
        with pytest.raises(imip.Unreadable):
            imip.read(octets)
    with pytest.raises(imip.Unreadable):
        imip.read_calendar(many)


def test_a_line_folded_within_a_character_is_read():
    folded = reply_lines(UID, "r@raad.example", comment="Caf\N{LATIN SMALL LETTER E WITH ACUTE}")
    octets = folded.encode().replace(b"Caf\xc3\xa9", b"Caf\xc3\r\n \xa9")
    assert only_event(b"Content-Type: text/calendar\r\n\r\n" + octets).comment == "Café"


@pytest.mark.parametrize(
    "lines", ["X:1\r\n" * 50_000, "ATTENDEE;CN=x:mailto:a@b.example\r\n" * 7_000,
              "COMMENT" + ";A=b" * 60_000 + ":x\r\n", "COMMENT:" + "\\\\" * 120_000 + "\r\n"],
)  # fmt: skip
def test_a_calendar_made_to_keep_us_busy_is_read_at_once(lines):
    text = f"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\n{lines}UID:late\r\nEND:VEVENT\r\n"
    began = time.process_time()
    imip.read_calendar(text)
    assert time.process_time() - began < 1


def test_parts_within_parts_without_end_are_refused():
    head = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (number, number)
        for number in range(3_000)
    )
    with pytest.raises(imip.Unreadable):
        imip.read(head)


@given(st.binary(max_size=600), st.sampled_from(["calendar", "plain"]))
def test_no_octets_break_the_reader(octets, kind):
    head = f"Content-Type: text/{kind}; charset=x\r\n\r\nBEGIN:VEVENT\r\n".encode()
    with suppress(imip.Unreadable):
        imip.read(head + octets)


def test_outlook_puts_no_organizer_and_is_understood_all_the_same():
    octets = outlook(UID, "riet@raad.example", "a@b.example")
    assert b"ORGANIZER" not in octets
    assert only_event(octets).uid == UID
