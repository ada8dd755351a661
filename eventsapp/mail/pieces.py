"""A mail compiled once for many readers: ready octets with holes for what is a reader's own.

`mail/variants.py` renders a template with a marker where each own value will stand, compiles the
result, and fills it for every reader: tens of microseconds, where building the mail anew takes
thousands. `mail/frames.py` does so with what stands around the words of a single mail. What comes
out says the same as `mime.build` with the values in place. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime

from eventsapp.mail import holes, mime
from eventsapp.mail.holes import DATE, Hole, Ready, Values, is_marked, marker
from eventsapp.mail.quoting import base64_lines, quoted

__all__ = [
    "DATE",
    "Ready",
    "Values",
    "Variant",
    "body",
    "compile_variant",
    "date_value",
    "marker",
    "ready",
]

_HEADER = re.compile(rb"([!-9;-~]+):[ ]?((?:[^\r\n]|\r\n[ \t])*)\r\n")
_LINE_END = re.compile(r"\r\n|\r")
_TEXT, _HTML, _ICS = "Text7of9this9mail", "Html7of9this9mail", b"Calendar7of9this9mail"
_ID = "<id7of9this9mail@mail.invalid>"


@dataclass(frozen=True, slots=True)
class Variant:
    """One compiled mail. Everything in it but the holes is the same for all its readers."""

    statics: list[bytes]
    holes: list[tuple[int, int]]  # which piece is filled by which value
    values: list[Hole]
    head: int
    """How many of the pieces are headers, with the empty line behind them."""

    def fill(self, values: Values, ics: bytes = b"") -> list[bytes]:
        """Give the mail of one reader, in pieces; none has a line that begins with a dot.

        Raises KeyError when a value is missing. A value is text, for each place encoded as it
        must be; a `Ready` one stands as it is.
        """
        made = [value(values, ics) for value in self.values]
        pieces = self.statics.copy()
        for place, which in self.holes:
            pieces[place] = made[which]
        return pieces


def ready(text: str) -> Ready:
    """Encode a block once that many readers get, for a hole of its own in the text or the HTML.

    For the HTML it must be HTML already: nothing is escaped.
    """
    return Ready(quoted(text))


def body(text: str) -> Ready:
    """Encode all that a part says, for a hole that is the whole part."""
    return ready(_LINE_END.sub("\n", text).removesuffix("\n"))


def date_value(moment: datetime) -> str:
    """Write a moment as the Date header wants it."""
    return format_datetime(moment)


def compile_variant(parts: mime.Parts) -> Variant:
    """Compile a mail that holds markers. Raises ValueError when one of them was damaged.

    Markers may stand in the name and address of the reader, Reply-To, subject, Message-ID, further
    headers, text and HTML. The calendar part is a hole too, whatever stands in it now.
    """
    head, _, body = _skeleton(parts).partition(b"\r\n\r\n")
    work = _Workshop()
    _compile_head(work, head + b"\r\n", parts)
    work.add(b"\r\n")
    pieces_of_head = work.close_piece()
    _compile_body(work, body, parts)
    work.close_piece()
    return Variant(work.statics, work.holes, list(work.values.values()), pieces_of_head)


def _skeleton(parts: mime.Parts) -> bytes:
    """Build the mail with something that is easily found wherever a hole will be."""
    calendar = parts.calendar
    bare = replace(
        parts,
        message_id=_ID,
        text=_TEXT,
        html=_HTML if parts.html else "",
        calendar=calendar and replace(calendar, ics=_ICS),
    )
    somewhere = "hole@mail.invalid"
    if is_marked(parts.sender_address):
        bare = replace(bare, sender_address=somewhere)
    if is_marked(parts.reply_to):
        bare = replace(bare, reply_to=somewhere)
    if is_marked(parts.to_address):
        bare = replace(bare, to_address=somewhere)
    return mime.build(bare)


class _Workshop:
    """A variant while it is made: octets are gathered until a hole comes."""

    def __init__(self) -> None:
        self.statics: list[bytes] = []
        self.holes: list[tuple[int, int]] = []
        self.values: dict[object, Hole] = {}
        self._places: dict[object, int] = {}
        self._open: list[bytes] = []

    def add(self, octets: bytes) -> None:
        self._open.append(octets)

    def add_hole(self, key: object, value: Hole) -> None:
        """Leave a hole; the same key is worked out once for each reader."""
        self.close_piece()
        if key not in self._places:
            self._places[key] = len(self._places)
            self.values[key] = value
        self.holes.append((len(self.statics), self._places[key]))
        self.statics.append(b"")

    def close_piece(self) -> int:
        """End the octets gathered so far; give how many pieces there are now."""
        if octets := b"".join(self._open):
            self.statics.append(octets)
        self._open.clear()
        return len(self.statics)


def _compile_head(work: _Workshop, head: bytes, parts: mime.Parts) -> None:
    """Take the headers as they were built, and leave a hole for each that differs by reader."""
    own = _own_headers(parts)
    for found in _HEADER.finditer(head):
        name = found[1].decode()
        if name in own:
            work.add_hole(name, own[name])
        else:
            _add_with_boundaries(work, found[0], parts.message_id)


def _own_headers(parts: mime.Parts) -> dict[str, Hole]:
    """Give the headers that differ by reader, and what writes them."""
    own: dict[str, Hole] = {"Date": holes.date(date_value(parts.date))}
    own["Message-ID"] = holes.verbatim("Message-ID", parts.message_id)
    addresses = {
        "From": (parts.sender_name, parts.sender_address),
        "To": (parts.to_name, parts.to_address),
        "Reply-To": ("", parts.reply_to),
    }
    for name, (shown, address) in addresses.items():
        if is_marked(shown + address):
            own[name] = holes.address(name, shown, address)
    if is_marked(parts.subject):
        own["Subject"] = holes.subject(parts.subject)
    for name, value in parts.headers:
        if is_marked(value):
            own[name] = holes.verbatim(name, value)
    return own


def _compile_body(work: _Workshop, body: bytes, parts: mime.Parts) -> None:
    """Take the structure as it was built, and put in text, HTML and calendar."""
    ics = base64_lines(_ICS)
    tokens = b"|".join([_TEXT.encode(), _HTML.encode(), re.escape(ics.strip())])
    for chunk in re.split(rb"(" + tokens + rb")\r\n", body):
        if chunk == _TEXT.encode():
            _add_text(work, "text", parts.text, holes.in_text)
        elif chunk == _HTML.encode():
            _add_text(work, "html", parts.html, holes.in_html)
        elif chunk == ics.strip():
            work.add_hole("calendar", holes.calendar())
        else:
            _add_with_boundaries(work, chunk, parts.message_id)


def _add_text(work: _Workshop, part: str, text: str, hole: Callable[[str], Hole]) -> None:
    """Encode what all readers share, and leave holes at the markers."""
    text = _LINE_END.sub("\n", text)
    for place, chunk in enumerate(holes.split(text.removesuffix("\n"))):
        if place % 2:
            work.add_hole((part, chunk), hole(chunk))
        else:
            work.add(quoted(chunk))
    work.add(b"\r\n")


def _add_with_boundaries(work: _Workshop, octets: bytes, message_id: str) -> None:
    levels = {mime.boundary(_ID, level).encode(): level for level in ("mixed", "alternative")}
    for chunk in re.split(b"(" + b"|".join(map(re.escape, levels)) + b")", octets):
        if chunk in levels:
            level = levels[chunk]
            work.add_hole(("boundary", level), holes.boundary(level, message_id))
        else:
            work.add(chunk)
