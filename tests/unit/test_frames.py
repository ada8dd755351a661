"""A single mail in a frame says what the same mail says that is built anew."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsapp.mail import frames, mime
from tests.octets import NOTES, read

CONFIRMATION = mime.Parts(
    message_id="<1234abcd@samen.example>",
    date=datetime(2027, 1, 12, 13, 30, tzinfo=UTC),
    sender_name="Anna Bos, Samen Meedoen",
    sender_address="antwoord+abc@samen.example",
    reply_to="antwoord+abc@samen.example",
    to_name="Riet Bos",
    to_address="riet@raad.example",
    subject="U komt naar de bijeenkomst",
    text="Dag Riet,\n\nTot dan.\n",
    html="<p>Dag Riet,</p>\n<p>Tot dan.</p>\n",
    calendar=mime.CalendarPart("REQUEST", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"),
)
LETTER = replace(CONFIRMATION, html="", calendar=None, reply_to="")


def framed(parts):
    pieces, _head = frames.pieces_of(parts)
    return b"".join(pieces)


@given(name=NOTES, subject=NOTES, text=NOTES, ics=st.binary(max_size=300))
def test_each_text_arrives_as_in_a_mail_that_is_built(name, subject, text, ics):
    words = {"to_name": name, "subject": subject, "text": text, "html": f"<p>{text}</p>\n"}
    entry = mime.CalendarPart("REQUEST", ics)
    parts = replace(CONFIRMATION, sender_name=name, calendar=entry, **words)
    assert read(framed(parts)) == read(mime.build(parts))


@pytest.mark.parametrize(
    "parts",
    [
        LETTER,
        replace(LETTER, reply_to="anna@samen.example", language="en"),
        replace(CONFIRMATION, calendar=None),
        replace(CONFIRMATION, calendar=mime.CalendarPart("CANCEL", b"BEGIN:VCALENDAR\r\n")),
        replace(CONFIRMATION, html=""),
    ],
    ids=["of text", "of text in English", "without an entry", "a cancel", "an entry and no HTML"],
)
def test_each_kind_of_mail_has_the_parts_of_one_that_is_built(parts):
    assert read(framed(parts)) == read(mime.build(parts))


def test_who_gets_the_next_mail_sees_nothing_of_the_one_before():
    framed(CONFIRMATION)
    joop = replace(
        CONFIRMATION,
        message_id="<2@samen.example>",
        to_name="Joop",
        to_address="joop@raad.example",
        date=datetime(2027, 2, 1, tzinfo=UTC),
        sender_address="antwoord+xyz@samen.example",
        reply_to="antwoord+xyz@samen.example",
        text="Dag Joop.\n",
        html="<p>Dag Joop.</p>\n",
    )
    assert read(framed(joop)) == read(mime.build(joop))


def test_no_line_begins_with_a_dot():
    octets = framed(replace(CONFIRMATION, text=".\n..a\n", html=".\n"))
    assert not any(line.startswith(b".") for line in octets.split(b"\r\n"))


def test_the_head_is_told_apart_from_the_body():
    pieces, head = frames.pieces_of(CONFIRMATION)
    assert b"".join(pieces[:head]).endswith(b"\r\n\r\n")
    assert b"".join(pieces[head:]).startswith(b"--=_")


@pytest.mark.parametrize(
    "headers", [{"headers": (("List-Id", "<nieuws.samen.example>"),)}, {"in_reply_to": "<1@x>"}]
)
def test_a_mail_with_further_headers_is_built_anew(headers):
    assert frames.pieces_of(replace(CONFIRMATION, **headers)) is None
