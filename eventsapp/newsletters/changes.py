"""What changed in an edition since somebody last read it to sign it off.

`sign_off.py` notes how it stood; the page of the sign-off tells the difference, so that nobody has
to read all of it anew. Holds versions of blocks, never their words.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from eventsapp.core.actor import Actor
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.newsletters.models import Block, Edition


@dataclass(frozen=True, slots=True)
class Changes:
    """What is different from how somebody read an edition, and when that was."""

    by_id: int | None
    at: datetime
    changed: list[Block] = field(default_factory=list)
    added: list[Block] = field(default_factory=list)
    dropped: list[Block] = field(default_factory=list)
    is_mailbox_changed: bool = False
    """Subject or preview line."""
    is_moved: bool = False
    """The blocks that stayed stand in another order."""

    @property
    def is_none(self) -> bool:
        """Tell whether everything stands as it was read."""
        parts = (self.changed, self.added, self.dropped)
        return not (any(parts) or self.is_mailbox_changed or self.is_moved)


def note_reading(actor: Actor, edition: Edition) -> None:
    """Note how an edition stands while somebody agrees or gives it back."""
    edition.read_as = {
        "by": actor.person_id,
        "at": now().isoformat(),
        "mailbox": _mailbox(edition),
        "blocks": [[block.id, block.version] for block in edition.blocks],
    }


def changes_since(edition: Edition) -> Changes | None:
    """Tell what changed since it was last read; None when nobody read it yet."""
    before: dict[str, Any] = edition.read_as
    if not before:
        return None
    versions: dict[int, int] = dict(before["blocks"])
    present = {block.id: block for block in edition.blocks}
    gone = [number for number in versions if number not in present]
    statement = select(Block).where(Block.id.in_(gone)).order_by(Block.position, Block.id)
    return Changes(
        by_id=before["by"],
        at=datetime.fromisoformat(before["at"]),
        changed=[one for one in edition.blocks if versions.get(one.id, one.version) != one.version],
        added=[one for one in edition.blocks if one.id not in versions],
        dropped=list(db.session.scalars(statement)) if gone else [],
        is_mailbox_changed=before["mailbox"] != _mailbox(edition),
        is_moved=[one for one in versions if one in present]
        != [one for one in present if one in versions],
    )


def _mailbox(edition: Edition) -> list[str]:
    return [edition.subject, edition.preview_line]
