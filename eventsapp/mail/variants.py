"""Editions compiled once and filled per reader, where the template allows it.

`mail/rendering.py` asks here first for mail of a newsletter. A template qualifies when each own
text of a reader stands in it word for word; that is tried out before the first mail leaves, and
one that does more with a text (cuts it, shows it as rich text) is rendered anew for each reader.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Any

from eventsapp.core.links import unsubscribe_link
from eventsapp.mail import lists, mime, return_path
from eventsapp.mail.assembling import Assembly, assembly_of
from eventsapp.mail.compose import Composed, compose_template
from eventsapp.mail.holes import escaped
from eventsapp.mail.judging import Ready
from eventsapp.mail.kinds import MailingKind
from eventsapp.mail.models import FROM, REPLY_TO
from eventsapp.mail.pieces import DATE, Values, Variant, compile_variant, date_value, marker

# Names of values that no own text has.
_ID, _NAME, _ADDRESS, _LEAVE, _BACK = "@id", "@name", "@address", "@leave", "@back"
_HTML, _TEXT = "@html", "@text"
_PROBE = """x<b>é</b>&amp; "' %s {name} y"""
_LONG_PROBE = _PROBE + ".\n  .\n" + "z" * 300
_EDITION = MailingKind.EDITION.value
_MOST = 256  # kept at once: mailings times languages times shapes

Shape = tuple[int, str, str, tuple[str, ...], str]


@dataclass(slots=True)
class _Kept:
    """What was compiled, and the shared words that it was compiled from."""

    words: Mapping[str, Any]
    variant: Variant | None


_kept: dict[Shape, _Kept] = {}
_lock = Lock()


def pieces_of(
    ready: Ready, back: str, leave_at: Callable[[int], str] = unsubscribe_link
) -> tuple[list[bytes], int] | None:
    """Give the pieces of a mail and how many of them are headers; None where it can't be so.

    `back` is the address to which it comes back: at which one may leave by mail, too. `leave_at`
    gives the page for leaving.
    """
    row, cover, calendar = ready
    own: Values
    assembly = assembly_of(cover.id, cover.data, row.template, row.language)
    if assembly is not None:
        leave = leave_at(row.id)
        own, variant = _assembled(ready, assembly, leave)
    elif cover.kind == _EDITION and calendar is None:
        leave = leave_at(row.id) if cover.list_id else ""
        own = words = {name: word for name, word in row.data.items() if type(word) is str and word}
        compiled = _variant(ready, words)
        if compiled is None:
            return None
        variant = compiled
    else:
        return None
    values = {
        **own,
        _ID: row.message_id,
        _NAME: row.name,
        _ADDRESS: row.address,
        DATE: _date(row.created_at.replace(microsecond=0)),
    }
    if cover.list_id:
        values[_LEAVE] = leave
        values[_BACK] = back
    return variant.fill(values), variant.head


def forget() -> None:
    """Drop everything that was compiled."""
    with _lock:
        _kept.clear()


_date = lru_cache(maxsize=256)(date_value)


def _variant(ready: Ready, own: dict[str, str]) -> Variant | None:
    row, cover = ready.row, ready.cover
    others: dict[str, Any] = {}
    if len(own) != len(row.data):
        others = {name: value for name, value in row.data.items() if name not in own}
    shape = (cover.id, row.template, row.language, tuple(own), repr(others) if others else "")
    kept = _kept.get(shape)
    if kept is not None:
        if kept.words is cover.data:
            return kept.variant
        if kept.words == cover.data:
            kept.words = cover.data  # the same object for all of this batch
            return kept.variant
    made = _compile(ready, own, others)
    with _lock:
        if len(_kept) >= _MOST:
            _kept.clear()
        _kept[shape] = _Kept(cover.data, made)
    return made


def _assembled(ready: Ready, assembly: Assembly, leave: str) -> tuple[Values, Variant]:
    """Fill the pieces of a reader; what stands around them is compiled once for all."""
    row = ready.row
    html, text = assembly.fill(row.data, row.person_id, leave)
    variant = assembly.frames.get(html is not None)
    if variant is None:
        words = Composed(assembly.whole.subject, marker(_TEXT), marker(_HTML) if html else "")
        variant = assembly.frames[html is not None] = compile_variant(_parts(ready, words, {}))
    return {_TEXT: text} if html is None else {_TEXT: text, _HTML: html}, variant


def _compile(ready: Ready, own: dict[str, str], others: dict[str, Any]) -> Variant | None:
    """Compile what all readers of this shape share; None when the template does not qualify."""
    shared = {**ready.cover.data, **others}
    marks = {name: marker(name) for name in own}
    marked = _compose(ready, {**shared, **marks})
    probes = {
        name: (_PROBE if mark in marked.subject else _LONG_PROBE).format(name=name)
        for name, mark in marks.items()
    }
    for values in (own, probes):
        if _compose(ready, {**shared, **values}) != _put_in(marked, marks, values):
            return None
    try:
        return compile_variant(_parts(ready, marked, marks))
    except ValueError:
        return None


def _compose(ready: Ready, values: dict[str, Any]) -> Composed:
    return compose_template(ready.row.template, ready.row.language, values)


def _put_in(marked: Composed, marks: Mapping[str, str], values: Mapping[str, str]) -> Composed:
    """Do by hand what filling does."""
    subject, text, html = marked.subject, marked.text, marked.html
    for name, mark in marks.items():
        subject = subject.replace(mark, values[name])
        text = text.replace(mark, values[name])
        html = html.replace(mark, escaped(values[name]))
    return Composed(subject, text, html)


def _parts(ready: Ready, marked: Composed, marks: Mapping[str, str]) -> mime.Parts:
    row, cover = ready.row, ready.cover
    answer_to = marks.get(FROM, "")
    leave, back = unsubscribe_link(0), return_path.address_for(0)
    headers = tuple(
        (name, value.replace(leave, marker(_LEAVE)).replace(back, marker(_BACK)))
        for name, value in lists.headers_of(cover.list_id, 0)
    )
    return mime.Parts(
        message_id=marker(_ID),
        date=row.created_at,
        sender_name=cover.sender_name,
        sender_address=answer_to or cover.sender_address,
        reply_to=answer_to or marks.get(REPLY_TO, "") or cover.reply_to,
        to_name=marker(_NAME),
        to_address=marker(_ADDRESS),
        subject=marked.subject,
        text=marked.text,
        html=marked.html,
        language=row.language,
        headers=headers,
    )
