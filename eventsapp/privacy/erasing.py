"""Erases somebody: says beforehand what goes and what stays, tells the person, and does it.

The pages ask `obstacles` and `foresee`; the clock calls `tell` and, when the last mail has left,
`finish`. Everything goes in one transaction. What is left of the person is a row with a number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import or_, select, text, update

from eventsapp.accounts.models import Account
from eventsapp.core import audit
from eventsapp.core.actor import SYSTEM
from eventsapp.core.dates import now, today
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict
from eventsapp.core.labels import N_
from eventsapp.core.text import fold
from eventsapp.directory.models import Network, Person
from eventsapp.invitations.invite import withdraw
from eventsapp.invitations.models import Invitation
from eventsapp.mail.kinds import MessageState
from eventsapp.mail.models import PENDING, Message
from eventsapp.mail.outbox import UNSENT
from eventsapp.mail.rules import Reason
from eventsapp.meetings.kinds import MeetingStatus
from eventsapp.meetings.models import AgendaItem, Meeting, Speaker
from eventsapp.newsletters.models import ArchivePage, Edition
from eventsapp.privacy import last_words
from eventsapp.privacy.holdings import HOLDINGS
from eventsapp.privacy.kinds import Fate, RequestState
from eventsapp.privacy.models import ErasureRequest
from eventsapp.privacy.traces import run, traces_of

PATIENCE = timedelta(days=3)
"""So long the erasing waits for the last mail to leave; after that it goes on without."""
MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Line:
    """One sort of what we hold: how many rows there are, and why it stays where it does."""

    label: str
    count: int
    why: str


@dataclass(frozen=True, slots=True)
class Named:
    """A text of ours in which the name stands, which only people can judge."""

    kind: str
    title: str
    number: int


def obstacles(person: Person) -> list[str]:
    """Give what must be done first, in sentences still to be translated; none: it may be done."""
    found = []
    account = select(Account.id).where(Account.person_id == person.id, Account.is_active)
    if db.session.scalar(account.limit(1)) is not None:
        found.append(N_("This colleague still has an account. End it first, on “Colleagues”."))
    coming = select(Meeting.id).where(
        Meeting.organiser_person_id == person.id,
        Meeting.ends_at > now(),
        Meeting.status != MeetingStatus.CANCELLED.value,
    )
    if db.session.scalar(coming.limit(1)) is not None:
        found.append(N_("This person holds meetings to come. Hand them over first."))
    running = select(Network.id).where(
        Network.organiser_person_id == person.id, Network.ended_on.is_(None)
    )
    if db.session.scalar(running.limit(1)) is not None:
        found.append(N_("This person holds a network. Hand it over first."))
    return found


def foresee(person: Person) -> dict[Fate, list[Line]]:
    """Say what would become of all that we hold on somebody; sorts that are empty are left out."""
    one = traces_of(person)
    lines: dict[Fate, list[Line]] = {fate: [] for fate in Fate}
    for holding in reversed(HOLDINGS):
        if count := holding.count(one):
            lines[holding.fate].append(Line(holding.label, count, holding.why))
    return lines


def named_in(person: Person) -> list[Named]:
    """Give where the name stands in what we published: nobody can take it out but people."""
    name = " ".join(person.name.split())
    if " " not in name:
        return []  # one word alone is a word of any text
    spoken = db.session.execute(
        select(Meeting.id, Meeting.title)
        .join(AgendaItem, AgendaItem.meeting_id == Meeting.id)
        .join(Speaker, Speaker.agenda_item_id == AgendaItem.id)
        .where(Speaker.name == name, Meeting.is_confidential.is_(False))
        .distinct()
        .order_by(Meeting.id.desc())
        .limit(MOST_NAMED)
    )
    written = db.session.execute(
        select(Edition.id, ArchivePage.title)
        .join(Edition, Edition.id == ArchivePage.edition_id)
        .where(ArchivePage.search_key.contains(fold(name), autoescape=True))
        .order_by(ArchivePage.id.desc())
        .limit(MOST_NAMED)
    )
    return [
        *(Named("meeting", title, number) for number, title in spoken),
        *(Named("edition", title, number) for number, title in written),
    ]


def due() -> list[int]:
    """Give the requests of which the moment to undo is over, or the last mail may have left."""
    statement = select(ErasureRequest.id).where(
        or_(
            (ErasureRequest.state == RequestState.BEGUN.value)
            & (ErasureRequest.begins_at <= now()),
            ErasureRequest.state == RequestState.TELLING.value,
        )
    )
    return list(db.session.scalars(statement.order_by(ErasureRequest.id)))


def go_on(request_id: int) -> bool:
    """Do the next step of one request; gives whether anything was done."""
    request = db.session.get(ErasureRequest, request_id, with_for_update=True)
    if request is None:
        return False
    if request.state == RequestState.BEGUN.value:
        return _tell(request)
    if request.state == RequestState.TELLING.value:
        return _finish(request)
    return False


def _tell(request: ErasureRequest) -> bool:
    """Put the last mail in the outbox, with a cancel for each meeting that was still to come."""
    if request.begins_at is None or request.begins_at > now():
        return False
    person = request.person
    if obstacles(person):
        request.state, request.begins_at = RequestState.WAITING.value, None
        audit.record(SYSTEM, "erasure.undone", "person", person.id, request=request.id)
        return True
    waiting = select(Message.id).where(Message.person_id == person.id, text(PENDING))
    before = list(db.session.scalars(waiting))
    for invitation in _to_come(person):
        try:
            withdraw(SYSTEM, invitation)
        except Conflict:
            continue  # it began meanwhile
    run(
        update(Message)
        .where(Message.id.in_(before), Message.state.in_(UNSENT), Message.started_at.is_(None))
        .values(state=MessageState.CANCELLED.value, reason=Reason.OBSOLETE.value, settled_at=now())
    )
    request.message_id = last_words.tell_done(request)
    request.state = RequestState.TELLING.value
    return True


def _to_come(person: Person) -> list[Invitation]:
    statement = (
        select(Invitation)
        .join(Meeting, Meeting.id == Invitation.meeting_id)
        .where(
            Invitation.person_id == person.id,
            Invitation.withdrawn_at.is_(None),
            Meeting.starts_at > now(),
            Meeting.status == MeetingStatus.VISIBLE.value,
        )
        .order_by(Invitation.meeting_id)
    )
    return list(db.session.scalars(statement))


def _finish(request: ErasureRequest) -> bool:
    """Erase once nothing waits to be mailed any more, or after some days without."""
    begun = request.begins_at or now()
    is_late = begun < now() - PATIENCE
    waiting = select(Message.id).where(Message.person_id == request.person_id, text(PENDING))
    if not is_late and db.session.scalar(waiting.limit(1)) is not None:
        return False
    request.was_told = bool(last_words.has_left(request.message_id))
    request.counts = {
        fate.value: sum(line.count for line in lines)
        for fate, lines in foresee(request.person).items()
    }
    request.state, request.settled_at = RequestState.ERASED.value, now()
    request.delay = ""  # words about the person
    erase(request.person)
    audit.record(SYSTEM, "erasure.done", "person", request.person_id, request=request.id)
    return True


def erase(person: Person) -> None:
    """Erase all that we hold on somebody, but for what `foresee` says that stays; at once.

    Raises Conflict where something stands in the way. Nothing is mailed.
    """
    if obstacles(person):
        raise Conflict(N_("First something else has to be done: it stands on this page."))
    number = person.id
    one = traces_of(person)
    db.session.flush()  # the statements below pass by what is loaded
    for holding in HOLDINGS:
        if holding.erase is not None:
            holding.erase(one)
            db.session.flush()
    db.session.expire_all()
    left = db.session.get_one(Person, number)
    left.erased_at = now()
    left.ended_on = left.ended_on or today()
