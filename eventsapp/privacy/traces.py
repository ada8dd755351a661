"""By what somebody is known in all rooms: number, name, addresses. The erasing goes by these.

An address that others use as well (a couple, the mailbox of a council) is theirs too: rows that
name only such an address are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, func, literal, select

from eventsapp.core.db import db
from eventsapp.directory.models import Organisation, Person, PersonAddress
from eventsapp.invitations.models import Invitation
from eventsapp.mail.outbox import rows_of
from eventsapp.privacy.kinds import Fate

_APART = {"synchronize_session": False}
STRUCK = "…"


@dataclass(frozen=True, slots=True)
class Traces:
    """`emails` are all addresses of a person, in lower case; `own` are those of nobody else."""

    person_id: int
    name: str
    emails: tuple[str, ...]
    own: tuple[str, ...]

    @property
    def invitations(self) -> Select[int]:
        """Ask for the numbers of the person's invitations."""
        return select(Invitation.id).where(Invitation.person_id == self.person_id)

    def references(self) -> Select[str]:
        """Ask for the texts by which mails name those invitations."""
        return select(literal("invitation:") + cast(Invitation.id, String)).where(
            Invitation.person_id == self.person_id
        )

    def substitute_references(self) -> Select[str]:
        """Ask for the texts by which mails to who came in the person's place name them."""
        return select(literal("substitute:") + cast(Invitation.id, String)).where(
            Invitation.person_id == self.person_id
        )

    def is_own(self, column: Any) -> ColumnElement[bool]:
        """Condition: this column holds an address of the person and of nobody else."""
        return func.lower(column).in_(self.own)

    def struck_from(self, text: str) -> str:
        """Take the name and the addresses out of words that stay."""
        known = [*self.emails, self.name, *(one for one in self.name.split() if len(one) > 1)]
        for one in sorted(filter(None, known), key=len, reverse=True):
            text = re.sub(rf"(?<!\w){re.escape(one)}(?!\w)", STRUCK, text, flags=re.IGNORECASE)
        return text


@dataclass(frozen=True, slots=True)
class Holding:
    """One sort of what we hold: in which tables, what happens with it, and why something stays.

    `count` gives how many there are, `erase` does what `fate` says; it may be done twice.
    """

    label: str
    fate: Fate
    tables: tuple[str, ...]
    count: Callable[[Traces], int]
    erase: Callable[[Traces], None] | None = None
    why: str = ""


def traces_of(person: Person) -> Traces:
    """Give by what somebody is known."""
    emails = tuple(dict.fromkeys(one.email.strip().lower() for one in person.addresses))
    shared = set(
        db.session.scalars(
            select(func.lower(PersonAddress.email))
            .join(Person, Person.id == PersonAddress.person_id)
            .where(
                func.lower(PersonAddress.email).in_(emails),
                Person.id != person.id,
                Person.erased_at.is_(None),
            )
        )
    ) | set(
        db.session.scalars(
            select(func.lower(Organisation.email)).where(func.lower(Organisation.email).in_(emails))
        )
    )
    own = tuple(one for one in emails if one not in shared)
    name = person.name if person.erased_at is None else ""
    return Traces(person.id, name, emails, own)


def how_many(statement: Any) -> int:
    """Count the rows of a question."""
    return db.session.scalar(select(func.count()).select_from(statement.subquery())) or 0


def run(statement: Any) -> int:
    """Carry a statement out beside what is loaded; give how many rows it changed."""
    return rows_of(db.session.execute(statement, execution_options=_APART))
