"""Reads a list of addresses in, in steps: receive, choose columns, look at what happens, carry out.

`manage/imports.py` walks through the steps; the job "read-in-addresses" does the work of long
lists, in two parts: `prepare` judges all lines while others go on writing, `settle` writes. One
transaction keeps all or nothing. Who opted out stays so, also under another name.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import select

from eventsapp.contacts import import_files
from eventsapp.core import audit, wakeups
from eventsapp.core.actor import Actor, Level
from eventsapp.core.dates import now, today
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, InputError, NotFound
from eventsapp.core.labels import N_
from eventsapp.core.text import one_line
from eventsapp.directory import importer
from eventsapp.directory.columns import Column, header_index, is_enough, match
from eventsapp.directory.importer import Kept, Read
from eventsapp.directory.kinds import ImportState
from eventsapp.directory.matching import Doing, Outcome, Remark
from eventsapp.directory.models import AddressImport, PersonAddress
from eventsapp.directory.people import find_same
from eventsapp.directory.tables import Row, read_rows
from eventsapp.mail import suppression
from eventsapp.mail.kinds import Purpose, Scope
from eventsapp.mail.models import Suppression

AT_ONCE = 500  # lines that are worked off while the advisor waits; more is left to the job
A_DAY = timedelta(days=1)
SORT = "addresses"
"""What is read in; lists of readers of a newsletter are of another sort."""
READER = "read-in-addresses"
"""The job that works off long lists, to be woken when one waits."""
ERASED = N_("Was erased by own wish, and is not read in again.")
WAITING = (ImportState.TO_CHECK, ImportState.TO_APPLY)
CARRIED_OUT = (ImportState.APPLIED, ImportState.TO_TAKE_BACK, ImportState.TAKEN_BACK)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was opened: its name, what it is known again by, and its lines."""

    name: str
    digest: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Prepared:
    """The slow part of the work, done without holding anything."""

    import_id: int
    state: ImportState
    lines: list[Read]


def receive(actor: Actor, upload: Upload) -> AddressImport:
    """Take an opened file in, and propose what its columns are; InputError for no lines."""
    actor.demand_address_book()
    return take_in(actor, upload, SORT, header_index, match)


def opened(file_name: str, data: bytes) -> Upload:
    """Read the lines of a file, which may take seconds; InputError when it is no list.

    Asks nothing of the database, so whoever calls it first holds nothing meanwhile.
    """
    name = one_line(file_name.replace("\\", "/").rpartition("/")[2], 200)
    return Upload(name, hashlib.sha256(data).hexdigest(), read_rows(data))


def take_in(
    actor: Actor,
    upload: Upload,
    sort: str,
    header_index: Callable[[Sequence[Sequence[str]]], int],
    match: Callable[[Sequence[str]], Sequence[str | None]],
) -> AddressImport:
    """Keep a file of one sort, with what its columns seem to be; InputError for no lines."""
    rows = upload.rows
    index = header_index([row.cells for row in rows])
    headers = [one_line(cell, 80) for cell in rows[index].cells]
    rest = rows[index + 1 :]
    if not rest:
        raise InputError(N_("There are no lines below the names of the columns."), "file")
    width = max(len(headers), *(len(row.cells) for row in rest[:200]))
    headers += [""] * (width - len(headers))
    record = AddressImport(
        by_person_id=actor.person_id,
        sort=sort,
        file_name=upload.name,
        digest=upload.digest,
        state=ImportState.RECEIVED,
        headers=headers,
        columns=[str(column or "") for column in match(headers)],
        lines=len(rest),
    )
    db.session.add(record)
    db.session.flush()  # what lies beside it names it by number
    lines = ([row.number, row.fault, *row.cells] for row in rest)
    import_files.write(record.id, "rows", lines)
    return record


def import_for(actor: Actor, import_id: int, *, write: bool = False) -> AddressImport:
    """Give a list that this actor reads in; NotFound when it is somebody else's."""
    actor.demand_address_book()
    record = db.session.get(
        AddressImport, import_id, with_for_update=write or None, populate_existing=write
    )
    if record is None or record.by_person_id != actor.person_id or record.sort != SORT:
        raise NotFound
    return record


def imports_of(actor: Actor, most: int = 20) -> list[AddressImport]:
    """Give the lists that this actor read in, the newest first."""
    actor.demand_address_book()
    statement = select(AddressImport).where(
        AddressImport.by_person_id == actor.person_id, AddressImport.sort == SORT
    )
    return list(db.session.scalars(statement.order_by(AddressImport.id.desc()).limit(most)))


def sample(record: AddressImport, most: int = 5) -> list[Row]:
    """Give the first lines of a list, to choose the columns by."""
    rows = rows_of(record)
    return [row for row, _ in zip(rows, range(most), strict=False)]


def choose(actor: Actor, record: AddressImport, columns: Sequence[str]) -> None:
    """Say what each column holds, and have the list compared with the address book.

    InputError when a meaning is chosen twice or nobody is named by any column.
    """
    demand_state(record, ImportState.RECEIVED, ImportState.CHECKED)
    known = [Column(value) if value in set(Column) else None for value in columns]
    known = (known + [None] * len(record.headers))[: len(record.headers)]
    chosen = Counter(column for column in known if column is not None)
    if double := next((column for column, count in chosen.items() if count > 1), None):
        index = len(known) - 1 - known[::-1].index(double)
        raise InputError(N_("Another column has this meaning already."), f"column-{index}")
    if not is_enough(known):
        raise InputError(N_("Choose at least a column with a name or an organisation."), "column-0")
    record.columns = [column.value if column else "" for column in known]
    hand_over(actor, record, ImportState.TO_CHECK, READER)


def confirm(actor: Actor, record: AddressImport, result: str) -> None:
    """Have the list carried out as it was shown; Conflict when something else was shown."""
    demand_state(record, ImportState.CHECKED)
    if record.result != result:
        raise Conflict
    hand_over(actor, record, ImportState.TO_APPLY, READER)


def drop(record: AddressImport) -> None:
    """Throw a list away without carrying it out."""
    demand_state(record, ImportState.RECEIVED, ImportState.CHECKED, ImportState.DROPPED)
    record.state, record.settled_at = ImportState.DROPPED, now()
    import_files.remove(record.id)


def is_short(record: AddressImport) -> bool:
    """Tell whether a list is worked off while the advisor waits."""
    return record.lines <= AT_ONCE


def waiting() -> int | None:
    """Give the number of a list that waits to be worked off, the oldest first."""
    statement = select(AddressImport.id).where(
        AddressImport.state.in_(WAITING), AddressImport.sort == SORT
    )
    return db.session.scalar(statement.order_by(AddressImport.id).limit(1))


def prepare(import_id: int, *, tells: bool = False) -> Prepared:
    """Judge every line of a list by itself; only reads.

    With `tells` it says meanwhile how far it is, for which nobody may hold the database.
    """
    record = db.session.get(AddressImport, import_id)
    if record is None:
        raise NotFound
    columns = [Column(value) if value else None for value in record.columns]
    rows = list(rows_of(record))
    tell = partial(import_files.write_progress, import_id) if tells else None
    lines = importer.read_lines(rows, columns, importer.load_towns(), tell)
    return Prepared(import_id, ImportState(record.state), lines)


def settle(prepared: Prepared) -> None:
    """Compare the judged lines with the address book, and carry them out if that was asked.

    When the outcome is no longer the one that was shown, nothing is done but showing the new one.
    """
    record = db.session.get(
        AddressImport, prepared.import_id, with_for_update=True, populate_existing=True
    )
    if record is None or record.state != prepared.state:
        return  # somebody else has worked it off
    actor = actor_of(record)
    if prepared.state is ImportState.TO_APPLY:
        importer.lock_book()
    book = importer.load_book(today())
    book.opted_out = frozenset(_opted_out())
    outcomes = importer.plan(book, actor, list(_without_erased(prepared.lines)))
    lines = [as_json(outcome) for outcome in outcomes]
    result = hashlib.sha256(json.dumps(lines).encode()).hexdigest()
    record.counts = dict(Counter(outcome.doing.value for outcome in outcomes))
    record.fault = ""
    if prepared.state is ImportState.TO_APPLY and result == record.result:
        _apply(actor, record, importer.keep(book))
    else:
        if prepared.state is ImportState.TO_APPLY:
            record.fault = N_(
                "The address book has changed since you looked. Nothing was read in yet: "
                "look at what will happen now."
            )
        record.state, record.result = ImportState.CHECKED, result
        import_files.write(record.id, "lines", lines)


def _without_erased(lines: Sequence[Read]) -> Iterator[Read]:
    """Leave out who was erased at their own request, unless they are known again since."""
    named = {
        number: [suppression.identity_of(email, line.name) for email in line.emails]
        for number, line in lines
        if not isinstance(line, Outcome) and line.name
    }
    erased = suppression.kept_out({one for some in named.values() for one in some})
    for number, line in lines:
        if (
            isinstance(line, Outcome)
            or not erased & set(named.get(number, ()))
            or any(find_same(email, line.name) for email in line.emails)
        ):
            yield number, line
        else:
            yield number, Outcome(number, Doing.LEFT, line.who, [Remark(ERASED)])


def _apply(actor: Actor, record: AddressImport, kept: Kept) -> None:
    _keep_opted_out(kept.people)
    record.state, record.settled_at = ImportState.APPLIED, now()
    audit.record(
        actor,
        "addresses.read_in",
        "address_import",
        record.id,
        people=len(kept.people),
        organisations=kept.organisations,
        changed=kept.changed,
        roles=kept.roles,
    )


def _opted_out() -> dict[str, set[tuple[str, str]]]:
    """Give the addresses of people who opted out, with purposes and reasons."""
    statement = (
        select(PersonAddress.email, Suppression.purpose, Suppression.reason)
        .join(Suppression, Suppression.person_id == PersonAddress.person_id)
        .where(Suppression.scope == Scope.PERSON, Suppression.released_at.is_(None))
    )
    found: dict[str, set[tuple[str, str]]] = {}
    for email, purpose, reason in db.session.execute(statement):
        found.setdefault(email.lower(), set()).add((purpose, reason))
    return found


def _keep_opted_out(people: dict[int, list[str]]) -> None:
    """Let an opt-out hold for a new name at the same address (product rule 4)."""
    by_email = _opted_out()
    for person_id, emails in people.items():
        for purpose, reason in {each for email in emails for each in by_email.get(email, ())}:
            suppression.withhold_person(
                person_id, Purpose(purpose) if purpose else None, reason, evidence="same address"
            )


def progress_of(record: AddressImport) -> tuple[int, int]:
    """Tell how many lines are done of how many."""
    found = next(import_files.read(record.id, "progress"), None)
    return (int(found[0]), int(found[1])) if found else (0, record.lines)


def outcomes(
    record: AddressImport, doing: str = "", start: int = 0, most: int = 50
) -> tuple[list[dict[str, Any]], bool]:
    """Give some lines of what will happen or has happened, and whether there are more."""
    lines = import_files.read(record.id, "lines")
    wanted = (line for line in lines if not doing or line["doing"] == doing)
    shown = [
        line for place, line in zip(range(start + most + 1), wanted, strict=False) if place >= start
    ]
    return shown[:most], len(shown) > most


def has_file(record: AddressImport) -> bool:
    """Tell whether the file is still there: it is kept for a day."""
    return import_files.is_there(record.id)


def forget_old() -> None:
    """Throw files away that are older than a day, with what was never carried out."""
    old = select(AddressImport).where(
        AddressImport.created_at < now() - A_DAY, AddressImport.state != ImportState.DROPPED
    )
    for record in db.session.scalars(old):
        import_files.remove(record.id, *import_files.OF_A_DAY)
        if record.state not in CARRIED_OUT:
            record.state, record.settled_at = ImportState.DROPPED, now()


def hand_over(actor: Actor, record: AddressImport, state: ImportState, reader: str) -> None:
    """Keep who asked for the next step, with the rights of now; a long list wakes the job."""
    record.state, record.fault = state, ""
    record.actor = {
        "level": actor.level.value,
        "person_id": actor.person_id,
        "account_id": actor.account_id,
        "regions": sorted(actor.regions),
    }
    import_files.remove(record.id, "progress")
    if not is_short(record):
        wakeups.call(reader)


def actor_of(record: AddressImport) -> Actor:
    """Give who pressed the button, with the rights of that moment."""
    kept = record.actor
    return Actor(
        level=Level(kept["level"]),
        person_id=kept["person_id"],
        account_id=kept["account_id"],
        regions=frozenset(kept["regions"]),
    )


def demand_state(record: AddressImport, *states: ImportState) -> None:
    """Raise Conflict unless a list is at one of these steps and its file is still there."""
    if record.state not in states:
        raise Conflict(N_("This list has gone a step further already. Look at where it is now."))
    if not has_file(record) and record.state != ImportState.DROPPED:
        raise Conflict(N_("The file was kept for a day and is gone. Choose it once more."))


def as_json(outcome: Outcome) -> dict[str, Any]:
    """Write the outcome of a line as it is kept beside the list."""
    return {
        "number": outcome.number,
        "doing": outcome.doing.value,
        "who": outcome.who,
        "remarks": [asdict(remark) for remark in outcome.remarks],
    }


def rows_of(record: AddressImport) -> Iterator[Row]:
    """Give the lines of a list as they were received."""
    for number, fault, *cells in import_files.read(record.id, "rows"):
        yield Row(number, tuple(cells), fault)
