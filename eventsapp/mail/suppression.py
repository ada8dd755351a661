"""Who gets no mail, and why: addresses that fail, and people who opted out.

Enqueueing and claiming read only this. Addresses are kept as a keyed hash, which
outlives an erasure, so that an import cannot bring an opted-out address back to life.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Collection, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from eventsapp.core import audit
from eventsapp.core.actor import Actor
from eventsapp.core.addresses import address_hash
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.errors import Forbidden, NotFound
from eventsapp.core.labels import N_
from eventsapp.core.settings import settings
from eventsapp.mail.kinds import Purpose, Scope
from eventsapp.mail.models import Suppression

_CHUNK = 5000


def hashed(email: str) -> str:
    """Give the keyed hash under which an address is remembered."""
    return address_hash(settings().secret_key.encode(), email)


def _asking(column: InstrumentedAttribute[Any], *scope: ColumnElement[bool]) -> Select[Any, str]:
    """Select which of the values asked for are withheld from mail of the purpose asked for."""
    holds = or_(Suppression.purpose == "", Suppression.purpose == bindparam("purpose"))
    return select(column, Suppression.reason).where(
        Suppression.released_at.is_(None),
        holds,
        *scope,
        column.in_(bindparam("asked", expanding=True)),
    )


# Built once: every answer that comes in asks both, while others wait to write.
_PEOPLE = _asking(Suppression.person_id, Suppression.scope == Scope.PERSON.value)
_ADDRESSES = _asking(Suppression.address_hash)


def withheld(
    person_ids: Collection[int], addresses: Collection[str], purpose: Purpose
) -> dict[int | str, str]:
    """Tell which of these people and addresses get no mail of this purpose, with the reason."""
    by_hash = {hashed(one): one for one in addresses if one}
    found: dict[int | str, str] = dict(_reasons(_PEOPLE, list(person_ids), purpose))
    found.update((by_hash[key], why) for key, why in _reasons(_ADDRESSES, list(by_hash), purpose))
    return found


def _reasons(
    question: Select[Any, str], asked: list[Any], purpose: Purpose
) -> Iterator[tuple[Any, str]]:
    for start in range(0, len(asked), _CHUNK):
        some = {"purpose": purpose.value, "asked": asked[start : start + _CHUNK]}
        yield from (tuple(row) for row in db.session.execute(question, some))


def resting_hashes(purpose: Purpose) -> dict[str, str]:
    """Give the hashes of all addresses that get no mail of this purpose, with the reason."""
    rows = db.session.execute(
        select(Suppression.address_hash, Suppression.reason).where(
            Suppression.address_hash != "",
            Suppression.released_at.is_(None),
            Suppression.purpose.in_(("", purpose.value)),
        )
    )
    return {row.address_hash: row.reason for row in rows}


def hasher() -> Callable[[str], str]:
    """Give a function that does as `hashed`, for who asks it a hundred thousand times."""
    key = settings().secret_key.encode()
    return lambda email: hmac.digest(key, email.strip().casefold().encode(), "sha256").hex()


def withhold_person(
    person_id: int, purpose: Purpose | None, reason: str, *, evidence: str = ""
) -> None:
    """Send somebody no more mail of a purpose, or of any purpose; twice is once."""
    word = purpose.value if purpose else ""
    there = db.session.scalar(
        select(Suppression.id).where(
            Suppression.scope == Scope.PERSON.value,
            Suppression.person_id == person_id,
            Suppression.purpose == word,
            Suppression.reason == reason,
            Suppression.released_at.is_(None),
        )
    )
    if there is None:
        db.session.add(
            Suppression(
                scope=Scope.PERSON.value,
                purpose=word,
                person_id=person_id,
                reason=reason,
                evidence=evidence,
            )
        )


def withhold_address(
    email: str,
    purpose: Purpose | None,
    reason: str,
    *,
    evidence: str = "",
    person_id: int | None = None,
) -> None:
    """Send an address no more mail of a purpose, or of any purpose; twice is once.

    `person_id` is whose address it was when this came about; others may share it.
    """
    word, key = purpose.value if purpose else "", hashed(email)
    there = db.session.scalar(
        select(Suppression.id).where(
            Suppression.address_hash == key,
            Suppression.purpose == word,
            Suppression.released_at.is_(None),
        )
    )
    if there is None:
        db.session.add(
            Suppression(
                scope=Scope.ADDRESS.value,
                purpose=word,
                person_id=person_id,
                address_hash=key,
                reason=reason,
                evidence=evidence,
            )
        )


def release_person(actor: Actor, person_id: int, purpose: Purpose, *, reason: str) -> None:
    """Lift somebody's suppressions of one purpose and one reason; other reasons stay."""
    db.session.execute(
        update(Suppression)
        .where(
            Suppression.scope == Scope.PERSON.value,
            Suppression.person_id == person_id,
            Suppression.purpose == purpose.value,
            Suppression.reason == reason,
            Suppression.released_at.is_(None),
        )
        .values(released_at=now(), released_by=actor.person_id)
    )


def release_address(actor: Actor, email: str, purpose: Purpose, *, reason: str) -> None:
    """Lift an address's suppressions of one purpose and one reason; other reasons stay."""
    db.session.execute(
        update(Suppression)
        .where(
            Suppression.address_hash == hashed(email),
            Suppression.purpose == purpose.value,
            Suppression.reason == reason,
            Suppression.released_at.is_(None),
        )
        .values(released_at=now(), released_by=actor.person_id)
    )


def release(actor: Actor, suppression_id: int) -> None:
    """Lift one suppression; for coordinators. Raises `Forbidden` and `NotFound`."""
    if not actor.is_coordinator:
        raise Forbidden(N_("Only the coordinator can lift this."))
    row = db.session.get(Suppression, suppression_id)
    if row is None:
        raise NotFound
    if row.released_at is None:
        row.released_at, row.released_by = now(), actor.person_id
        audit.record(actor, "suppression.release", "suppression", row.id)
