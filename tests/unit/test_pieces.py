"""A compiled mail says, for every reader, what the same mail says that is built anew."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from eventsapp.mail import mime
from eventsapp.mail.pieces import DATE, Ready, compile_variant, date_value, marker, ready
from tests.octets import NOTES, read

HOLES = ("name", "message_id", "address", "reply", "link", "note")
MARKED = mime.Parts(
    message_id=marker("message_id"),
    date=datetime(2027, 1, 12, 13, 30, tzinfo=UTC),
    sender_name="Programma Samen Meedoen",
    sender_address="programma@samen.example",
    reply_to=marker("reply"),
    to_name=marker("name"),
    to_address=marker("address"),
    subject=f"Nieuws voor {marker('name')}",
    text=f"Dag {marker('name')},\n\n{marker('note')}\n.punt = é\n{marker('link')}\n",
    html=f'<p title="{marker("note")}">{marker("note")}</p>\n<a href="{marker("link")}">é</a>\n',
    headers=(
        ("List-Id", "nieuws <nieuws.samen.example>"),
        ("List-Unsubscribe", f"<{marker('link')}>, <mailto:af@samen.example>"),
    ),
)
INVITATION = replace(
    MARKED, headers=(), calendar=mime.CalendarPart("REQUEST", b"BEGIN:VCALENDAR\r\n")
)
RIET = {
    "name": "Riet Bos",
    "message_id": "<1234abcd@samen.example>",
    "address": "riet@raad.example",
    "reply": "antwoord+abc@samen.example",
    "link": "https://samen.example/a/ABC?x=1&y=2",
    "note": "Tot dan.",
}


def in_place(parts, values, ics=b""):
    """The same mail with the values in place, as Jinja would put them."""

    def put(text, encode=str):
        for name in HOLES:
            text = text.replace(marker(name), encode(values[name].replace("\r\n", "\n")))
        return text

    return replace(
        parts,
        message_id=put(parts.message_id),
        reply_to=put(parts.reply_to),
        to_name=put(parts.to_name),
        to_address=put(parts.to_address),
        subject=put(parts.subject),
        text=put(parts.text),
        html=put(parts.html, lambda value: str(escape(value))),
        headers=tuple((name, put(value)) for name, value in parts.headers),
        calendar=parts.calendar and replace(parts.calendar, ics=ics),
    )


def filled(parts, values, ics=b""):
    return b"".join(compiled(parts).fill(values, ics))


@cache
def compiled(parts):
    return compile_variant(parts)


@given(name=NOTES, note=NOTES)
def test_a_filled_mail_says_what_a_built_one_says(name, note):
    values = {**RIET, "name": name, "note": note}
    assert read(filled(MARKED, values)) == read(mime.build(in_place(MARKED, values)))


@given(name=NOTES, note=NOTES, ics=st.binary(max_size=300))
def test_an_invitation_carries_the_calendar_of_its_reader(name, note, ics):
    values = {**RIET, "name": name, "note": note}
    built = mime.build(in_place(INVITATION, values, ics))
    assert read(filled(INVITATION, values, ics)) == read(built)


@given(name=NOTES, note=NOTES)
def test_no_line_begins_with_a_dot_is_too_long_or_ends_oddly(name, note):
    octets = filled(MARKED, {**RIET, "name": name, "note": note})
    lines = octets.split(b"\r\n")
    assert octets.isascii()
    assert octets.endswith(b"--\r\n")
    assert not any(line.startswith(b".") or b"\n" in line or b"\r" in line for line in lines)
    assert max(map(len, lines)) <= 76 + len("List-Unsubscribe: ")


@given(st.lists(NOTES, max_size=4))
def test_a_long_text_is_read_back_as_it_was_written(notes):
    text = "".join(f"{note.replace(chr(13), '')}{marker('note')}" for note in notes) + "\n"
    body = read(filled(replace(MARKED, text=text), {**RIET, "note": "·"}))[2][0][1]
    assert body.decode() == text.replace(marker("note"), "·")


def test_every_reader_has_a_mail_of_ones_own():
    variant = compile_variant(MARKED)
    joop = {**RIET, "name": "Joop", "message_id": "<2@samen.example>", "note": "Anders"}
    riet, other = b"".join(variant.fill(RIET)), b"".join(variant.fill(joop))
    assert b"Joop" not in riet
    assert b"Riet" not in other
    assert variant.fill(RIET) == compile_variant(MARKED).fill(RIET)


def test_the_boundary_is_that_of_the_mail_when_it_is_built():
    assert read(filled(MARKED, RIET))[1] == mime.boundary(RIET["message_id"], "alternative")


def test_the_head_is_told_apart_from_the_body():
    variant = compile_variant(MARKED)
    pieces = variant.fill(RIET)
    head = b"".join(pieces[: variant.head])
    assert head.endswith(b"\r\n\r\n")
    assert head.count(b"\r\n\r\n") == 1


def test_a_block_of_many_readers_stands_as_it_is():
    block = ready("<p>Regio Noord &amp; Zuid</p>\n")
    assert isinstance(block, Ready)
    html = read(filled(MARKED, {**RIET, "note": block}))[2][1][1]
    assert b'"<p>Regio Noord &amp; Zuid</p>\n"' in html


def test_an_own_date_goes_before_the_common_one():
    octets = filled(MARKED, {**RIET, DATE: date_value(datetime(2028, 2, 3, tzinfo=UTC))})
    assert b"Date: Thu, 03 Feb 2028 00:00:00 +0000\r\n" in octets


def test_the_address_to_leave_stays_whole_however_long():
    link = "https://samen.example/leave/" + "x" * 150
    assert f"List-Unsubscribe: <{link}>,".encode() in filled(MARKED, {**RIET, "link": link})


def test_a_mail_says_which_version_of_mime_it_speaks():
    assert b"\r\nMIME-Version: 1.0\r\n" in filled(MARKED, RIET)


def test_a_cut_marker_is_refused():
    with pytest.raises(ValueError, match="marker"):
        compile_variant(replace(MARKED, text=marker("name")[:-3] + "…\n"))


def test_a_missing_value_is_told():
    with pytest.raises(KeyError):
        compile_variant(MARKED).fill({"name": "Riet"})
