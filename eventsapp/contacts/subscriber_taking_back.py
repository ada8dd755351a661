"""Takes a list of readers back that was read in by mistake: the wrong file, the wrong newsletter.

`manage/subscriber_import.py` calls it for short lists, the job for long ones. Who said or changed
anything since stays a reader. Who stands in the address book by this list alone goes from it; the
log of consent only grows: it gets a line that takes back the one of the list.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Table, delete, insert, select, text, update

from eventsapp.contacts import import_files
from eventsapp.contacts.address_import import actor_of, hand_over, is_short
from eventsapp.contacts.models import (
    Consent,
    Subscription,
    subscription_region,
    subscription_theme,
)
from eventsapp.contacts.subscriber_import import READER, SORT
from eventsapp.core import audit
from eventsapp.core.actor import Actor
from eventsapp.core.dates import now, today
from eventsapp.core.db import Model, db
from eventsapp.core.errors import Conflict
from eventsapp.core.labels import N_
from eventsapp.directory import importer
from eventsapp.directory.kinds import ImportState
from eventsapp.directory.models import AddressImport, AddressImportPart, Person, PersonAddress
from eventsapp.mail import withdrawing
from eventsapp.mail.kinds import Purpose
from eventsapp.mail.models import PENDING, Message

A_WEEK = timedelta(days=7)
"""So long a list can be taken back; after that those readers are as any others."""
HOW = "taken_back"
_CHUNK = 5000
_APART = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class Made:
    """What a list did for one reader: who that is, whether it brought them, and their place."""

    subscription_id: int
    person_id: int
    is_new: bool
    home: int | None


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What taking a list back does: how many readers go, how many stay, and until when it can."""

    going: int
    staying: int
    until: datetime


def foresee(record: AddressImport) -> Foreseen | None:
    """Tell what taking a list back would do; None when that is too late, or nobody came of it."""
    until = _until(record)
    if record.state != ImportState.APPLIED or until is None or until <= now():
        return None
    made = _made(record.id)
    going = len(_untouched(record, made))
    return Foreseen(going, len(made) - going, until) if made else None


def ask(actor: Actor, record: AddressImport) -> None:
    """Have a list taken back: a short one at once, a long one by the job.

    Raises Conflict when the time for it is over or somebody asked it already.
    """
    until = _until(record)
    if record.state != ImportState.APPLIED:
        raise Conflict(N_("This list has gone a step further already. Look at where it is now."))
    if until is None or until <= now():
        raise Conflict(N_("This list can no longer be taken back: that can be done for a week."))
    hand_over(actor, record, ImportState.TO_TAKE_BACK, READER)
    if is_short(record):
        _carry_out(record)


def carry_out_waiting() -> bool:
    """Take back a long list that waits for it, the oldest first; tells whether there was one."""
    statement = (
        select(AddressImport)
        .where(AddressImport.state == ImportState.TO_TAKE_BACK, AddressImport.sort == SORT)
        .order_by(AddressImport.id)
        .limit(1)
        .with_for_update()
    )
    record = db.session.scalar(statement)
    if record is None:
        return False
    _carry_out(record)
    return True


def forget_old() -> None:
    """Forget whom lists made that can no longer be taken back."""
    old = select(AddressImport.id).where(AddressImport.settled_at < now() - A_WEEK)
    _run(
        delete(AddressImportPart).where(
            AddressImportPart.import_id.in_(old), AddressImportPart.name == "made"
        )
    )


def _until(record: AddressImport) -> datetime | None:
    return record.settled_at + A_WEEK if record.settled_at else None


def _made(import_id: int) -> list[Made]:
    return [Made(*values) for values in import_files.read(import_id, "made")]


def _untouched(record: AddressImport, made: Collection[Made]) -> list[Made]:
    """Give the readers of a list who are still as it made them, and said nothing since."""
    as_made: set[int] = set()
    spoke: set[int] = set()
    for some in _chunks([one.subscription_id for one in made]):
        as_made |= set(
            db.session.scalars(
                select(Subscription.id).where(Subscription.id.in_(some), Subscription.version == 1)
            )
        )
    for some in _chunks([one.person_id for one in made]):
        since = select(Consent.person_id).where(
            Consent.person_id.in_(some),
            Consent.purpose == Purpose.NEWSLETTER.value,
            Consent.at > record.settled_at,
        )
        spoke |= set(db.session.scalars(since))
    return [one for one in made if one.subscription_id in as_made and one.person_id not in spoke]


def _carry_out(record: AddressImport) -> None:
    actor = actor_of(record)
    importer.lock_book()
    made = _made(record.id)
    going = _untouched(record, made)
    newsletter_id = record.about["newsletter_id"]
    people = [one.person_id for one in going]
    _stop_mail(people, newsletter_id)
    _drop_subscriptions([one.subscription_id for one in going])
    _write_down(actor, people, newsletter_id)
    _take_homes_back(going)
    gone = _strangers([one.person_id for one in going if one.is_new])
    _empty(gone, str(record.about["proof"])[:2000])
    db.session.expire_all()
    taken_back = {"taken_back": len(going), "kept": len(made) - len(going), "erased": len(gone)}
    record.counts = {**record.counts, **taken_back}
    record.state = ImportState.TAKEN_BACK
    import_files.remove(record.id)
    audit.record(
        actor, "subscribers.taken_back", "newsletter", newsletter_id,
        people=len(going), list=record.id,
    )  # fmt: skip


def _stop_mail(people: list[int], newsletter_id: int) -> None:
    """Take back the newsletters that wait for them."""
    for some in _chunks(people):
        waiting = select(Message.person_id).where(Message.person_id.in_(some), text(PENDING))
        for person_id in filter(None, set(db.session.scalars(waiting))):
            withdrawing.withdraw(person_id, Purpose.NEWSLETTER, newsletter_id)


def _drop_subscriptions(numbers: list[int]) -> None:
    for some in _chunks(numbers):
        for table in (subscription_region, subscription_theme):
            _run(delete(table).where(table.c.subscription_id.in_(some)))
        _run(delete(Subscription).where(Subscription.id.in_(some)))


def _write_down(actor: Actor, people: list[int], newsletter_id: int) -> None:
    """Write that the consent of the list does not hold; who reads another one goes on reading."""
    others: set[int] = set()
    for some in _chunks(people):
        reading = select(Subscription.person_id).where(
            Subscription.person_id.in_(some), Subscription.ended_at.is_(None)
        )
        others |= set(db.session.scalars(reading))
    lines = [
        {
            "person_id": person_id,
            "purpose": Purpose.NEWSLETTER.value,
            "is_given": False,
            "at": now(),
            "how": HOW,
            "by_person_id": actor.person_id,
            "newsletter_id": newsletter_id if person_id in others else None,
        }
        for person_id in people
    ]
    if lines:
        db.session.execute(insert(Consent), lines)


def _take_homes_back(going: list[Made]) -> None:
    """Take back the municipality that the list gave to somebody known, unless it changed since."""
    for one in going:
        if one.home is not None:
            _run(
                update(Person)
                .where(Person.id == one.person_id, Person.municipality_id == one.home)
                .values(municipality_id=None, version=Person.version + 1)
            )


def _strangers(people: list[int]) -> list[int]:
    """Give who of them is known by nothing but the list: nobody changed or wrote to them."""
    found: set[int] = set()
    for some in _chunks(people):
        unchanged = select(Person.id).where(
            Person.id.in_(some), Person.version == 1, Person.erased_at.is_(None)
        )
        still = set(db.session.scalars(unchanged))
        for column in _columns_of_people():
            still -= set(db.session.scalars(select(column).where(column.in_(some))))
        found |= still
    return sorted(found)


def _columns_of_people() -> Iterator[Column[Any]]:
    """Give each column of any room that may name a person; addresses and consent come along."""
    own: set[Table] = {Model.metadata.tables[name] for name in ("person_address", "consent")}
    for table in Model.metadata.sorted_tables:
        for column in table.c:
            refers = any(key.column.table.name == "person" for key in column.foreign_keys)
            if table not in own and (refers or column.name.endswith("person_id")):
                yield column


def _empty(people: list[int], proof: str) -> None:
    """Take all that says who they are out of the book; a row with a number stays for the log.

    Unlike who asked to be erased they are not kept out: the right list may hold them as well.
    """
    for some in _chunks(people):
        _run(delete(PersonAddress).where(PersonAddress.person_id.in_(some)))
        _run(update(Consent).where(Consent.person_id.in_(some)).values(proof=proof))
        _run(
            update(Person)
            .where(Person.id.in_(some))
            .values(
                given_name="", prefix="", family_name="", sort_key="", search_key="",
                salutation="", municipality_id=None, erased_at=now(), ended_on=today(),
                version=Person.version + 1,
            )
        )  # fmt: skip


def _chunks(numbers: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(numbers), _CHUNK):
        yield numbers[start : start + _CHUNK]


def _run(statement: Any) -> None:
    db.session.execute(statement, execution_options=_APART)
