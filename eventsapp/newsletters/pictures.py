"""Pictures of editions: kept once however often they are uploaded, found by what is in them.

The doors and the rendering of mails call it. Scaling comes before (`scaling.py`), since nothing
slow may happen inside a transaction.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import and_, select

from eventsapp.core.actor import Actor, Level
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.errors import Forbidden, NotFound
from eventsapp.core.labels import N_
from eventsapp.core.links import PICTURE, absolute
from eventsapp.core.pager import Key, Page, paginate
from eventsapp.core.text import fold, one_line
from eventsapp.newsletters.models import Picture, PictureFile
from eventsapp.newsletters.scaling import Scaled

SIZES = ("large", "small")
IN_THE_LIBRARY = 24
_MOST_WORDS = 8
GONE = N_("This picture is not there any more. Choose another one.")


class Shown(NamedTuple):
    """A picture as a page or mail shows it: a full address, and its size in pixels."""

    address: str
    width: int
    height: int


def demand_upload(actor: Actor) -> None:
    """Raise Forbidden for whoever has no account."""
    if actor.level is Level.LINK:
        raise Forbidden


def keep(actor: Actor, picture: Scaled, name: str = "", alternative: str = "") -> Picture:
    """Keep a picture; the same one a second time is the row that there was."""
    demand_upload(actor)
    found = db.session.scalar(select(Picture).where(Picture.digest == picture.digest))
    if found is not None:
        found.used_at = now()  # whoever chose it must not lose it to the clock
        return found
    row = Picture(
        digest=picture.digest,
        name=one_line(name, 200),
        type=picture.type,
        width=picture.width,
        height=picture.height,
        octets=len(picture.large),
        alternative=one_line(alternative, 300),
        uploaded_by=actor.person_id,
    )
    row.search_key = _key(row)
    db.session.add(row)
    db.session.flush()  # its files name it
    for size in SIZES:
        content = getattr(picture, size)
        db.session.add(PictureFile(picture_id=row.id, size=size, content=content))
    db.session.flush()
    return row


def shown(ids: Collection[int], size: str = "large") -> dict[int, Shown]:
    """Give how these pictures are shown; what is not there any more is left out."""
    wanted = {number for number in ids if number}
    if not wanted:
        return {}
    rows = db.session.scalars(select(Picture).where(Picture.id.in_(wanted)))
    return {
        row.id: Shown(absolute(PICTURE, digest=row.digest, size=size), row.width, row.height)
        for row in rows
    }


def picture_for(actor: Actor, picture_id: int) -> Picture:
    """Give a picture that was uploaded before; NotFound when it is no more, Forbidden."""
    demand_upload(actor)
    found = db.session.get(Picture, picture_id)
    if found is None:
        raise NotFound(GONE)
    return found


def library(actor: Actor, words: str = "", cursor: str | None = None) -> Page[Picture]:
    """Give the pictures with these words in name or description, the newest first. Forbidden."""
    demand_upload(actor)
    wanted = fold(words).split()[:_MOST_WORDS]
    statement = select(Picture).where(
        and_(True, *(Picture.search_key.contains(one, autoescape=True) for one in wanted))
    )
    page = paginate(statement, [Key(Picture.id, descending=True)], cursor, IN_THE_LIBRARY)
    return Page([row.Picture for row in page.items], page.before, page.after)


def put_to_use(picture_id: int, alternative: str = "") -> bool:
    """Note that a picture is used, and how it was described, for whoever chooses it again.

    Tells whether it is there.
    """
    row = db.session.get(Picture, picture_id)
    if row is None:
        return False
    row.used_at = now()
    if alternative:
        row.alternative = one_line(alternative, 300)
        row.search_key = _key(row)
    return True


def file_of(digest: str, size: str) -> tuple[bytes, str]:
    """Give the content and the media type of a picture; NotFound when there is none."""
    row = db.session.execute(
        select(PictureFile.content, Picture.type)
        .join(Picture, Picture.id == PictureFile.picture_id)
        .where(Picture.digest == digest, PictureFile.size == size)
    ).one_or_none()
    if row is None:
        raise NotFound
    return row.content, row.type


def _key(picture: Picture) -> str:
    return fold(f"{picture.name} {picture.alternative}")
