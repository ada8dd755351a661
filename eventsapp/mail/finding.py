"""How a mail is found in the outbox: by its key, by what it is about, by its Message-ID.

Everybody asks through these conditions on `Message`, since each is answered by an index of the
letters that were queued by themselves only. A row of a frozen edition stands in none of them
(ADR 18); its Message-ID names its reader, so that it is found among what that person was mailed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, and_, literal_column, or_

from eventsapp.mail.models import Message

# SQLite uses a partial index only for the very words that the index has: no parameter.
IS_SINGLE: ColumnElement[bool] = Message.key != literal_column("''")
_OF_READER = re.compile(r"<[0-9A-Fa-f-]{20,36}\.([0-9]{1,10})@")
_LARGEST = 2**31 - 1  # number of a row
_MOST = 50  # a letter may name the whole of a long correspondence

Names = Collection[str] | Select[Any] | BindParameter[Any]


def with_key(keys: Names) -> ColumnElement[bool]:
    """Condition on Message: one of these keys."""
    return and_(IS_SINGLE, Message.key.in_(keys))


def about(references: Names) -> ColumnElement[bool]:
    """Condition on Message: about one of these, such as "invitation:42"."""
    return and_(IS_SINGLE, Message.reference.in_(references))


def with_message_id(ids: Collection[str]) -> ColumnElement[bool]:
    """Condition on Message: one of these Message-IDs, whoever made them up."""
    asked = list(ids)[:_MOST]
    single = and_(IS_SINGLE, Message.message_id.in_(asked))
    return or_(single, *_of_readers(asked))


def _of_readers(ids: Collection[str]) -> Iterator[ColumnElement[bool]]:
    for one in ids:
        named = _OF_READER.match(one)
        if named is not None and int(named[1]) <= _LARGEST:
            yield and_(Message.person_id == int(named[1]), Message.message_id == one)
