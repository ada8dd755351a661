"""Who gets no mail, and why: addresses that fail, and people who opted out.

Enqueueing and claiming read only this. Addresses are kept as a keyed hash, which
outlives an erasure, so that an import cannot bring an opted-out address back to life.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Collection
from functools import cache
from typing import Any, cast

from sqlalchemy import CompoundSelect, Table, bindparam, null, or_, select, union_all, update

from eventsapp.core import audit
from eventsapp.core.actor import Actor
from eventsapp.core.addresses import address_hash
from eventsapp.core.dates import now
from eventsapp.core.db import db, in_one, is_one_of
from eventsapp.core.errors import Forbidden, NotFound
from eventsapp.core.labels import N_
from eventsapp.core.settings import settings
from eventsapp.core.text import fold
from eventsapp.mail.kinds import Purpose, Scope
from eventsapp.mail.models import Suppression

ERASED = "erased"
"""The reason of a digest that stays of somebody who was erased."""
LEFT_OUT = "…"
_ADDRESS = re.compile(r"[^\s<>\"'(),;:=]+@[^\s<>\"'(),;:=]+")


def hashed(email: str) -> str:
    """Give the keyed hash under which an address is remembered."""
    return address_hash(settings().secret_key.encode(), email)


@cache
def _asking(dialect: str) -> CompoundSelect[Any, Any, str]:
    """Build once what every batch and every answer asks: who of these is withheld, and what."""
    table = cast(Table, Suppression.__table__)
    person, digest = table.c.person_id, table.c.address_hash
    of_person, of_address = (
        select(*columns, table.c.reason).where(
            table.c.released_at.is_(None),
            or_(table.c.purpose == "", table.c.purpose == bindparam("purpose")),
            is_one_of(dialect, asked, name),
        )
        for columns, asked, name in (
            ((person, null()), person, "people"),
            ((null(), digest), digest, "digests"),
        )
    )
    return union_all(of_person.where(table.c.scope == Scope.PERSON.value), of_address)


def withheld(
    person_ids: Collection[int], addresses: Collection[str], purpose: Purpose
) -> dict[int | str, str]:
    """Tell which of these people and addresses get no mail of this purpose, with the reason."""
    hashing = hasher()
    by_hash = {hashing(one): one for one in addresses if one}
    connection = db.session.connection()
    dialect = connection.dialect.name
    asked = {
        "purpose": purpose.value,
        "people": in_one(dialect, person_ids),
        "digests": in_one(dialect, by_hash),
    }
    rows = connection.execute(_asking(dialect), asked)
    return {
        person_id if digest is None else by_hash[digest]: reason
        for person_id, digest, reason in rows
    }


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

    `person_id` is whose address it was when this came about; others may share it. Addresses within
    the evidence are left out: they are remembered as a keyed hash only.
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
                evidence=_ADDRESS.sub(LEFT_OUT, evidence),
            )
        )


def identity_of(email: str, name: str) -> str:
    """Write who somebody is as a list sees it: the address with the name, without capitals."""
    return f"{email.strip().lower()} {fold(name)}"


def keep_out(identity: str, person_id: int | None) -> None:
    """Remember by a keyed digest that nobody may be read in anew who is known by this text.

    It keeps no mail from anybody: the text is an address with a name, never an address alone.
    """
    key = hashed(identity)
    if not kept_out([identity]):
        db.session.add(
            Suppression(
                scope=Scope.IDENTITY.value,
                purpose="",
                person_id=person_id,
                address_hash=key,
                reason=ERASED,
            )
        )


def kept_out(identities: Collection[str]) -> set[str]:
    """Tell which of these texts are of somebody who was erased."""
    hashing = hasher()
    by_hash = {hashing(one): one for one in identities}
    if not by_hash:
        return set()
    connection = db.session.connection()
    dialect = connection.dialect.name
    question = select(Suppression.address_hash).where(
        Suppression.scope == Scope.IDENTITY.value,
        is_one_of(dialect, cast(Table, Suppression.__table__).c.address_hash, "asked"),
    )
    rows = connection.execute(question, {"asked": in_one(dialect, list(by_hash))})
    return {by_hash[key] for (key,) in rows}


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
