"""Reads a list of readers in, with the proof of consent that it came with; first on trial.

In the steps of `address_import.py`: receive, choose columns, look at what happens, carry out. Who
left the newsletter or whose mail does not arrive stays so, who reads it already keeps the own
choices. One transaction keeps all or nothing. For coordinators.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import select

from eventsapp.contacts import address_import, import_files, subscriber_columns
from eventsapp.contacts.address_import import (
    WAITING,
    Upload,
    actor_of,
    as_json,
    demand_state,
    hand_over,
)
from eventsapp.contacts.subscriber_columns import Column
from eventsapp.contacts.subscriber_lines import Line, Vocabulary, read_line
from eventsapp.contacts.subscriber_plan import keep, load_book, plan
from eventsapp.core import audit
from eventsapp.core.actor import Actor
from eventsapp.core.dates import now, today
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, Forbidden, InputError, NotFound
from eventsapp.core.labels import N_
from eventsapp.core.text import fold, one_line
from eventsapp.directory import importer, places
from eventsapp.directory.kinds import ImportState
from eventsapp.directory.matching import Outcome, refused
from eventsapp.directory.models import AddressImport
from eventsapp.directory.tables import Row

SORT = "readers"
READER = "read-in-readers"
"""The job that works off long lists, to be woken when one waits."""
STEP = 200  # lines between two words about progress


@dataclass(frozen=True, slots=True)
class Prepared:
    """The slow part of the work, done without holding anything."""

    import_id: int
    state: ImportState
    lines: list[tuple[int, Line | Outcome]]


def demand_read_in(actor: Actor) -> None:
    """Raise Forbidden for whoever may not read readers in: all but a coordinator."""
    if not actor.is_coordinator:
        raise Forbidden(N_("Only a coordinator reads in readers of a newsletter."))


def receive(
    actor: Actor, newsletter_id: int, upload: Upload, *, proof: str, words: str = ""
) -> AddressImport:
    """Take a file in for a newsletter; `proof` says how these people agreed, `words` to what.

    InputError when the file has no lines or nothing tells that anybody agreed.
    """
    demand_read_in(actor)
    told = one_line(proof, 1000)
    if not told:
        sentence = N_("Tell how these people agreed; without that nobody may be added.")
        raise InputError(sentence, "proof")
    found = address_import.take_in(
        actor, upload, SORT, subscriber_columns.header_index, subscriber_columns.match
    )
    found.about = {"newsletter_id": newsletter_id, "proof": told, "words": one_line(words, 1000)}
    return found


def import_for(actor: Actor, import_id: int, *, write: bool = False) -> AddressImport:
    """Give a list of readers that this actor reads in; NotFound when it is somebody else's."""
    demand_read_in(actor)
    record = db.session.get(
        AddressImport, import_id, with_for_update=write or None, populate_existing=write
    )
    if record is None or record.by_person_id != actor.person_id or record.sort != SORT:
        raise NotFound
    return record


def imports_of(actor: Actor, most: int = 20) -> list[AddressImport]:
    """Give the lists of readers that this actor read in, the newest first."""
    demand_read_in(actor)
    statement = select(AddressImport).where(
        AddressImport.by_person_id == actor.person_id, AddressImport.sort == SORT
    )
    return list(db.session.scalars(statement.order_by(AddressImport.id.desc()).limit(most)))


def choose(actor: Actor, record: AddressImport, columns: Sequence[str]) -> None:
    """Say what each column holds, and have the list compared with who reads already.

    InputError when a meaning is chosen twice or no column holds the address.
    """
    demand_state(record, ImportState.RECEIVED, ImportState.CHECKED)
    known = [value if value in set(Column) else "" for value in columns]
    known = (known + [""] * len(record.headers))[: len(record.headers)]
    chosen = Counter(value for value in known if value)
    if double := next((value for value, count in chosen.items() if count > 1), None):
        index = len(known) - 1 - known[::-1].index(double)
        raise InputError(N_("Another column has this meaning already."), f"column-{index}")
    if Column.EMAIL not in chosen:
        raise InputError(N_("Choose the column that holds the e-mail address."), "column-0")
    record.columns = known
    hand_over(actor, record, ImportState.TO_CHECK, READER)


def confirm(actor: Actor, record: AddressImport, result: str) -> None:
    """Have the list carried out as it was shown; Conflict when something else was shown."""
    demand_state(record, ImportState.CHECKED)
    if record.result != result:
        raise Conflict
    hand_over(actor, record, ImportState.TO_APPLY, READER)


def waiting() -> int | None:
    """Give the number of a list of readers that waits to be worked off, the oldest first."""
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
    places_ = [(index, Column(value)) for index, value in enumerate(record.columns) if value]
    rows = list(address_import.rows_of(record))
    known = _vocabulary()
    tell = partial(import_files.write_progress, import_id) if tells else None
    lines = []
    for done, row in enumerate(rows):
        if tell is not None and done % STEP == 0:
            tell(done, len(rows))
        lines.append((row.number, _read(row, places_, known)))
    return Prepared(import_id, ImportState(record.state), lines)


def _read(row: Row, columns: list[tuple[int, Column]], known: Vocabulary) -> Line | Outcome:
    cells = {column: row.cells[index] for index, column in columns if index < len(row.cells)}
    try:
        if row.fault:
            raise InputError(row.fault)
        return read_line(cells, known)
    except InputError as refusal:
        who = cells.get(Column.EMAIL) or cells.get(Column.NAME) or ""
        return refused(row.number, who, refusal)


def _vocabulary() -> Vocabulary:
    themes = places.themes()
    names = {fold(one.name_en): one.id for one in themes if one.name_en}
    return Vocabulary(
        town_named=importer.load_towns().named,
        regions={fold(name): number for number, name in places.working_region_names()},
        themes=names | {fold(one.name_nl): one.id for one in themes},
        today=today(),
    )


def settle(prepared: Prepared) -> None:
    """Compare the judged lines with who reads already, and carry them out if that was asked.

    When the outcome is no longer the one that was shown, nothing is done but showing the new one.
    """
    record = db.session.get(
        AddressImport, prepared.import_id, with_for_update=True, populate_existing=True
    )
    if record is None or record.state != prepared.state:
        return  # somebody else has worked it off
    is_asked = prepared.state is ImportState.TO_APPLY
    if is_asked:
        importer.lock_book()
    newsletter_id = record.about["newsletter_id"]
    emails = {line.email for _, line in prepared.lines if isinstance(line, Line)}
    outcomes, taken = plan(load_book(newsletter_id, emails), prepared.lines)
    lines = [as_json(outcome) for outcome in outcomes]
    result = hashlib.sha256(json.dumps(lines).encode()).hexdigest()
    record.counts = dict(Counter(outcome.doing.value for outcome in outcomes))
    record.fault = ""
    if is_asked and result == record.result:
        actor = actor_of(record)
        import_files.write(record.id, "made", keep(actor, taken, record.about))
        record.state, record.settled_at = ImportState.APPLIED, now()
        audit.record(
            actor, "subscribers.read_in", "newsletter", newsletter_id,
            people=len(taken), list=record.id,
        )  # fmt: skip
        return
    if is_asked:
        record.fault = N_(
            "Something has changed since you looked. Nothing was read in yet: look at what will "
            "happen now."
        )
    record.state, record.result = ImportState.CHECKED, result
    import_files.write(record.id, "lines", lines)
