"""Opens a mail that strangers wrote, within bounds: headers, parts, text. Pure.

`classify.py` and `reports.py` read through this. The standard library takes the mail apart; here
stand the limits that keep it from being led astray (depth, number of parts, number of lines), and
a walk of our own that does not enter mails that were forwarded or returned.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses

from eventsapp.core.text import html_to_text, without_controls

LARGEST = 1024 * 1024
"""Octets of a mail that are looked at; what a person or a calendar has to say stands in front."""
MOST_PARTS = 50
MOST_LINES = 40_000
LONGEST_TEXT = 20_000
_MOST_ADDRESSES = 50
_BOUNDARY = re.compile(rb"(?im)boundary\s*=|^content-type:\s*message/")
_LONGEST_HTML = 60_000
_HEAD_ENDS = re.compile(r"(?i)</head\s{0,9}>")
_CHARSET = re.compile(r"[\w.:-]{1,40}")


def opened(octets: bytes) -> Message:
    """Take a mail apart. Beyond the bounds only its headers are read, as those of a plain text."""
    octets = octets[:LARGEST]
    lines = octets.split(b"\n", MOST_LINES)
    if len(lines) > MOST_LINES:
        octets = b"\n".join(lines[:MOST_LINES])
    if len(_BOUNDARY.findall(octets)) <= MOST_PARTS:
        try:
            return message_from_bytes(octets, policy=policy.compat32)
        except (RecursionError, ValueError, LookupError, AssertionError):
            pass
    head = re.split(rb"\r?\n\r?\n", octets, maxsplit=1)[0]
    kept = [
        line
        for line in re.split(rb"\r?\n(?![ \t])", head)
        if not line.lower().startswith(b"content-")
    ]
    return message_from_bytes(b"\r\n".join(kept) + b"\r\n\r\n", policy=policy.compat32)


def parts_of(message: Message) -> Iterator[Message]:
    """Give the parts that hold something, in order; a mail within the mail is one part, closed."""
    waiting, seen = [message], 0
    while waiting and seen < MOST_PARTS:
        part = waiting.pop(0)
        seen += 1
        inner = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inner, list):
            waiting[:0] = [one for one in inner if isinstance(one, Message)]
        else:
            yield part


def content_of(part: Message) -> bytes:
    """Give what a part holds, decoded; b"" for one that holds a mail or reports."""
    held = part.get_payload(decode=True)
    return held if isinstance(held, bytes) else b""


def text_of(part: Message) -> str:
    """Give the text of a part: as UTF-8 if it is that, else as it says, else as Windows-1252."""
    octets = content_of(part)
    label = _label(part)
    for charset in ("utf-8", label):
        try:
            return without_controls(octets.decode(charset)) if charset else ""
        except (UnicodeDecodeError, LookupError, ValueError):
            continue
    return without_controls(octets.decode("cp1252", "replace"))


def _label(part: Message) -> str:
    label = str(part.get_param("charset", "", unquote=True) or "")
    return label if _CHARSET.fullmatch(label) else "us-ascii"


def words_of(message: Message) -> str:
    """Give what a person wrote: the first plain text that is no attachment, else the HTML."""
    html = ""
    for part in parts_of(message):
        if part.get_content_disposition() == "attachment" or part.get_filename():
            continue
        if part.get_content_type() == "text/plain" and (words := text_of(part).strip()):
            return words[:LONGEST_TEXT]
        if part.get_content_type() == "text/html" and not html:
            # Style sheets of a hundred kilobytes stand in front of what somebody wrote.
            html = _HEAD_ENDS.split(text_of(part), maxsplit=1)[-1][:_LONGEST_HTML]
    return html_to_text(html, None)[:LONGEST_TEXT] if html.strip() else ""


def header(message: Message, name: str, limit: int = 1000) -> str:
    """Give the first header of this name as a line of text, decoded as far as it can be."""
    return decoded(_raw(message.get(name)), limit)


def headers(message: Message, name: str) -> list[str]:
    """Give all headers of this name, as they stand."""
    return [_raw(value)[:4000] for value in (message.get_all(name) or [])[:_MOST_ADDRESSES]]


def decoded(raw: str, limit: int = 1000) -> str:
    """Decode the encoded words of a header (RFC 2047); what is broken stays readable."""
    raw = raw[: 4 * limit]
    try:
        pieces = decode_header(raw)
    except (MessageError, ValueError, LookupError):
        pieces = [(raw, None)]
    text = "".join(_piece(words, charset) for words, charset in pieces)
    return " ".join(without_controls(text).split())[:limit]


def _piece(words: str | bytes, charset: str | None) -> str:
    if isinstance(words, str):
        return words
    for name in (charset or "utf-8", "utf-8"):
        try:
            return words.decode(name)
        except (UnicodeDecodeError, LookupError, ValueError):
            continue
    return words.decode("cp1252", "replace")


def addresses_in(message: Message, *names: str) -> list[tuple[str, str]]:
    """Give names and addresses of these headers in order, each address once, in lower case."""
    found: dict[str, str] = {}
    for name in names:
        for who, address in _pairs(headers(message, name)):
            address = address.strip().strip("<>").lower()
            is_one = "@" in address and len(address) <= 254 and address.isprintable()
            if is_one and len(found) < _MOST_ADDRESSES:
                found.setdefault(address, decoded(who, 200))
    return [(who, address) for address, who in found.items()]


def _pairs(values: list[str]) -> list[tuple[str, str]]:
    try:
        return getaddresses(values)
    except (RecursionError, ValueError, LookupError):  # a thousand brackets within each other
        return []


def _raw(value: object) -> str:
    # Octets beyond ASCII come as halves of surrogate pairs: UTF-8 in nearly all mails.
    text = str(value or "")
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
