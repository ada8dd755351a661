"""Takes away pictures that nobody uses any more, a settable time after they were last in use.

The clock calls it: first `in_use`, which only reads, then `forget`. A picture is in use while a
block holds it (one that was taken away can be put back, so it counts), the top of a newsletter, a
piece of an author, a page of the archive, or a mail whose words are kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update

from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.settings import settings
from eventsapp.mail.kinds import MailingKind
from eventsapp.mail.models import Mailing
from eventsapp.newsletters.models import ArchivePage, Block, Contribution, Newsletter, Picture

_SEEN_ANEW = timedelta(days=1)
_AT_ONCE = 400
# Pages and mails that were frozen name a picture by the address at which it is fetched.
_ADDRESS = re.compile(r"/pictures/([0-9a-f]{64})/")


@dataclass(frozen=True, slots=True)
class Used:
    """The pictures in use: by number where they may still be changed, by digest where frozen."""

    numbers: frozenset[int]
    digests: frozenset[str]


def in_use() -> Used | None:
    """Find the pictures in use; None where nothing is old enough to ask. Only reads."""
    if db.session.scalar(select(Picture.id).where(_is_old()).limit(1)) is None:
        return None
    return Used(frozenset(_numbers()), frozenset(_digests()))


def forget(used: Used) -> int:
    """Note which pictures were seen in use, and delete those that long were not; give how many.

    What somebody begins to use while this runs was put to use a moment ago, so it stays.
    """
    long_ago = now() - _SEEN_ANEW
    for column, keys in ((Picture.id, used.numbers), (Picture.digest, used.digests)):
        for some in _parts(sorted(keys)):
            db.session.execute(
                update(Picture)
                .where(column.in_(some), or_(Picture.used_at.is_(None), Picture.used_at < long_ago))
                .values(used_at=now())
                .execution_options(synchronize_session=False)
            )
    gone = delete(Picture).where(_is_old()).execution_options(synchronize_session=False)
    return int(getattr(db.session.execute(gone), "rowcount", 0))


def _is_old() -> ColumnElement[bool]:
    before = now() - timedelta(days=settings().keep_unused_pictures_days)
    return func.coalesce(Picture.used_at, Picture.created_at) < before


def _numbers() -> Iterator[int]:
    in_block = Block.data["picture_id"].as_string()
    for column in (in_block, Newsletter.masthead_picture_id, Contribution.picture_id):
        for value in db.session.scalars(select(column).where(column.is_not(None)).distinct()):
            if str(value).isdigit():
                yield int(value)


def _digests() -> Iterator[str]:
    kept_mail = and_(
        or_(Mailing.reference.like("edition:%"), Mailing.kind == MailingKind.WORK.value),
        Mailing.purged_at.is_(None),
    )
    for statement in (select(ArchivePage.blocks), select(Mailing.data).where(kept_mail)):
        for frozen in db.session.scalars(statement.execution_options(yield_per=50)):
            yield from _ADDRESS.findall(json.dumps(frozen))


def _parts(keys: Iterable[Any]) -> Iterator[list[Any]]:
    """Give the keys some at a time: a database takes so many values in a statement at most."""
    left = iter(keys)
    while some := list(islice(left, _AT_ONCE)):
        yield some
