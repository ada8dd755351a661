"""What fills the holes of a compiled mail: each value encoded for the place where it stands.

`mail/pieces.py` asks for one function a hole, made once; it is called for every reader. Pure.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping

from markupsafe import escape

from eventsapp.core.text import one_line
from eventsapp.mail import mime
from eventsapp.mail.quoting import (
    address_header,
    base64_lines,
    quoted,
    raw_header,
    text_header,
)

# Nobody can type a marker: a part of it is drawn anew each time the programme starts.
_SALT = "Q" + secrets.token_hex(6) + "q"
_MARKER = re.compile(_SALT + r"([0-9a-f]*)z")
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SAME_IN_HTML = re.compile(r"[^<>&'\"\x00-\x1f\ud800-\udfff\ufffe\uffff]*")
DATE = "@date"
"""The value by which a reader's mail has a Date of its own: what `pieces.date_value` gives."""


class Ready(bytes):
    """Octets that stand in a part as they are: see `pieces.ready`."""


Values = Mapping[str, str | Ready]
Hole = Callable[[Values, bytes], bytes]


def marker(name: str) -> str:
    """Give what stands in a template where the value of this name belongs.

    Letters and digits only, so that Jinja and MJML leave it alone; it must not be cut or changed.
    """
    return f"{_SALT}{name.encode().hex()}z"


def is_marked(text: str) -> bool:
    """Tell whether a marker stands in it."""
    return _SALT in text


def split(text: str) -> list[str]:
    """Take text apart: text, name, text, name, text. ValueError when a marker was damaged."""
    chunks = _MARKER.split(text)
    if any(_SALT in chunk for chunk in chunks):
        raise ValueError("a marker was cut or changed")
    return [bytes.fromhex(one).decode() if at % 2 else one for at, one in enumerate(chunks)]


def in_text(name: str) -> Hole:
    """Write a value within plain text."""

    def hole(values: Values, _ics: bytes) -> bytes:
        value = values[name]
        return value if isinstance(value, Ready) else quoted(value)

    return hole


def in_html(name: str) -> Hole:
    """Write a value within HTML; a template would escape it, so it is escaped here."""

    def hole(values: Values, _ics: bytes) -> bytes:
        value = values[name]
        if isinstance(value, Ready):
            return value
        return quoted(value if _SAME_IN_HTML.fullmatch(value) else escaped(value))

    return hole


def escaped(value: str) -> str:
    """Write text as it stands in HTML, as templates and the compiler of layouts would."""
    return str(escape(_NOT_IN_XML.sub("", value)))


def calendar() -> Hole:
    """Write the calendar entry."""
    return lambda _values, ics: base64_lines(ics)


def boundary(level: str, message_id: str) -> Hole:
    """Write the line between parts, which follows from the Message-ID."""
    fill = _template(message_id)
    return lambda values, _ics: mime.boundary(fill(values), level).encode("ascii")


def date(common: str) -> Hole:
    """Write Date: a reader's own, or the one that all have."""
    return lambda values, _ics: raw_header("Date", str(values.get(DATE, common)))


def verbatim(name: str, text: str) -> Hole:
    """Write a header word for word."""
    fill = _template(text)
    return lambda values, _ics: raw_header(name, fill(values))


def subject(text: str) -> Hole:
    """Write Subject."""
    fill = _template(text)
    return lambda values, _ics: text_header("Subject", one_line(fill(values), 200))


def address(name: str, shown: str, email: str) -> Hole:
    """Write a header that holds one address with its name."""
    fill_shown, fill_email = _template(shown), _template(email)

    def hole(values: Values, _ics: bytes) -> bytes:
        return address_header(name, one_line(fill_shown(values), 120), fill_email(values))

    return hole


def _template(text: str) -> Callable[[Values], str]:
    chunks = split(text)
    names, common = chunks[1::2], chunks[::2]
    if not names:
        return lambda _values: text
    if common == ["", ""]:
        return lambda values: str(values[names[0]])
    pattern = "%s".join(one.replace("%", "%%") for one in common)
    return lambda values: pattern % tuple([values[name] for name in names])
