"""An edition as one JSON value: everything that its mails are made from, taken at one moment.

`render.py` makes pieces of it without asking the database. The preview takes it afresh, sending
keeps it with the mailing, so that a later change of a block or a meeting changes no mail.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from eventsapp.core.db import db
from eventsapp.core.text import clean_html
from eventsapp.directory.models import Region
from eventsapp.newsletters import addresses
from eventsapp.newsletters.kinds import BlockKind
from eventsapp.newsletters.meetings_to_come import meetings_to_come
from eventsapp.newsletters.models import Block, Edition
from eventsapp.newsletters.pictures import shown

NOBODY = 0
"""No region has this number: a block that is limited to it is read by nobody."""
RICH = ("html", "note_html")


def frozen(edition: Edition) -> dict[str, Any]:
    """Take an edition with its blocks as they are now, meetings, pictures and addresses included.

    Regions that are no more drop out of the limits of a block; where none is left, nobody gets it.
    """
    paper = edition.newsletter
    names = {row.id: row.name for row in db.session.execute(select(Region.id, Region.name))}
    pictures = _pictures(edition)
    page = addresses.edition_page(edition.slug) if edition.is_archived else ""
    return {
        "edition": edition.id,
        "kind": edition.kind,
        "title": edition.title,
        "region": names.get(edition.region_id or NOBODY, ""),
        "subject": edition.subject or edition.title,
        "has_subject": bool(edition.subject),
        "preview_line": edition.preview_line,
        "language": paper.language,
        "newsletter": {
            "name": paper.name,
            "masthead": paper.masthead,
            "picture": pictures.get(paper.masthead_picture_id or 0),
        },
        "page": page,
        "subscribe": addresses.subscribe_page(paper.id),
        "blocks": [_block(one, names, pictures, page) for one in edition.blocks],
    }


def _block(
    block: Block, names: dict[int, str], pictures: dict[int, dict[str, Any]], page: str
) -> dict[str, Any]:
    data = dict(block.data)
    for name in RICH:
        if name in data:
            data[name] = clean_html(str(data[name] or ""))
    data["picture"] = pictures.get(_number(data.get("picture_id")))
    if block.kind == BlockKind.PRACTICE:
        data["region"] = names.get(_number(data.get("region_id")), "")
    elif block.kind == BlockKind.ARTICLE and page:
        data["page"] = addresses.article_page(block.edition.slug, block.slug)
    elif block.kind == BlockKind.MEETINGS:
        days = _number(data.get("days")) or 60
        data["meetings"] = meetings_to_come(days, with_national=bool(data.get("national", True)))
    return {
        "key": str(block.id),
        "kind": block.kind,
        "slug": block.slug,
        "data": data,
        "limits": _limits(block.limits, names),
    }


def _limits(limits: dict[str, Any], names: dict[int, str]) -> dict[str, list[Any]]:
    """Leave out regions that are no more, without ever opening a block to everybody by that."""
    wanted = list(limits.get("regions") or [])
    left = [one for one in wanted if one in names]
    return {
        "regions": left or ([NOBODY] if wanted else []),
        "themes": list(limits.get("themes") or []),
        "languages": list(limits.get("languages") or []),
    }


def _pictures(edition: Edition) -> dict[int, dict[str, Any]]:
    """Find all pictures of an edition at once."""
    wanted = {_number(block.data.get("picture_id")) for block in edition.blocks}
    wanted.add(edition.newsletter.masthead_picture_id or 0)
    return {number: one._asdict() for number, one in shown(wanted).items()}


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0
