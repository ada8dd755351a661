"""Requests to be erased (GDPR article 17): asked, looked at, carried out or refused, taken back.

The visitors' door calls it for the holder of a fresh link, the advisors' door for the coordinator.
Asking stops the newsletter at once. Pressing only sets the moment: until then it can be undone;
after that `erasing.py` does it, called by the clock. Every answer is due within a month.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from dateutil.relativedelta import relativedelta
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from eventsapp.contacts import consent
from eventsapp.core import audit
from eventsapp.core.actor import Actor, Level
from eventsapp.core.dates import local_to_utc, now, today, utc_to_local
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, Forbidden, InputError, NotFound
from eventsapp.core.labels import N_
from eventsapp.core.pager import Key, Page, paginate
from eventsapp.core.settings import settings
from eventsapp.core.text import without_controls
from eventsapp.directory.models import Person
from eventsapp.directory.queries import person_for
from eventsapp.directory.rules import MAILBOX
from eventsapp.mail.kinds import Purpose
from eventsapp.privacy import last_words
from eventsapp.privacy.erasing import obstacles
from eventsapp.privacy.kinds import Refusal, RequestState, Way
from eventsapp.privacy.models import ErasureRequest

ANSWER_WITHIN = relativedelta(months=1)  # GDPR article 12(3)
EXTENDED_TO = relativedelta(months=3)  # the same: "by two further months where necessary"
TO_UNDO = timedelta(minutes=2)
SOON = timedelta(days=7)
LONGEST = 2_000
OPEN = (RequestState.WAITING.value, RequestState.BEGUN.value, RequestState.TELLING.value)
TOLD = tuple(one for one in Way if one is not Way.PAGE)
"""How somebody may ask us besides the own page."""


@dataclass(frozen=True, slots=True)
class Pressing:
    """What the coordinator has to see to: how many wait, and by when the first is due."""

    number: int
    answer_by: date
    is_overdue: bool


def has_asked(person: Person) -> bool:
    """Tell whether somebody's request waits or is being carried out."""
    return open_request(person.id) is not None


def may_take_back(person: Person) -> bool:
    """Tell whether somebody's request can still be taken back by the own page."""
    found = open_request(person.id)
    return found is not None and found.state == RequestState.WAITING.value


def open_request(person_id: int) -> ErasureRequest | None:
    """Give the request of a person that is not settled yet."""
    return db.session.scalar(
        select(ErasureRequest)
        .where(ErasureRequest.person_id == person_id, ErasureRequest.state.in_(OPEN))
        .order_by(ErasureRequest.id)
        .limit(1)
    )


def ask(person: Person) -> None:
    """Take the request of who holds the own link; twice is once. No newsletter from now on."""
    _lock(person.id)
    if has_asked(person):
        return
    holder = _holder(person)
    _take_in(holder, person, Way.PAGE, now())
    audit.record(holder, "erasure.asked", "person", person.id)


def enter(actor: Actor, person_id: int, how: str, asked_on: date) -> ErasureRequest:
    """Write down a request that came by mail, telephone or letter; one that waits is given back.

    Forbidden for who is no coordinator, InputError for a day that can't be right, Conflict for
    the mailbox of an organisation.
    """
    demand_coordinator(actor)
    person = person_for(actor, person_id)
    _lock(person.id)
    if (person.external_id or "").startswith(MAILBOX):
        raise Conflict(N_("This is the general mailbox of an organisation, not a person."))
    waiting = open_request(person.id)
    if waiting is not None:
        return waiting
    if how not in set(TOLD):
        raise InputError(N_("Choose something from the list."), "how")
    if not today() - timedelta(days=366) <= asked_on <= today():
        raise InputError(N_("Choose a day of the past year, or today."), "asked_on")
    moment = now() if asked_on == today() else _noon(asked_on)
    made = _take_in(actor, person, Way(how), moment)
    audit.record(actor, "erasure.asked", "person", person.id)
    return made


def take_back(person: Person) -> None:
    """Let who asked think better of it, by the own page. Conflict when the erasing began."""
    _lock(person.id)
    found = open_request(person.id)
    if found is not None:
        _set_aside(_holder(person), found)


def set_aside(actor: Actor, request: ErasureRequest) -> None:
    """Note that who asked told us not to; Forbidden and Conflict as the others."""
    demand_coordinator(actor)
    _set_aside(actor, _locked(request))


def requests_page(
    actor: Actor, *, is_settled: bool = False, cursor: str | None = None
) -> Page[ErasureRequest]:
    """Give the requests that wait, the first due first; or the settled ones, the latest first."""
    demand_coordinator(actor)
    is_open = ErasureRequest.state.in_(OPEN)
    statement = (
        select(ErasureRequest)
        .options(joinedload(ErasureRequest.person))
        .where(~is_open if is_settled else is_open)
    )
    keys = (
        [Key(ErasureRequest.id, descending=True)]
        if is_settled
        else [Key(ErasureRequest.answer_by), Key(ErasureRequest.id)]
    )
    page = paginate(statement, keys, cursor)
    return Page([row[0] for row in page.items], page.before, page.after)


def request_for(actor: Actor, request_id: int) -> ErasureRequest:
    """Give a request to look at; Forbidden for who is no coordinator, else NotFound."""
    demand_coordinator(actor)
    found = db.session.get(ErasureRequest, request_id)
    if found is None:
        raise NotFound
    return found


def pressing(actor: Actor) -> Pressing | None:
    """Tell the coordinator which requests wait, and by when; None for nobody and for others."""
    if not actor.is_coordinator:
        return None
    number, first = db.session.execute(
        select(func.count(), func.min(ErasureRequest.answer_by)).where(
            ErasureRequest.state == RequestState.WAITING.value
        )
    ).one()
    return Pressing(number, first, first < today()) if number else None


def begin(actor: Actor, request: ErasureRequest) -> datetime:
    """Set the moment at which the erasing begins, and give it; until then it can be undone.

    Conflict where something stands in the way, or when it was settled meanwhile.
    """
    demand_coordinator(actor)
    request = _locked(request)
    if request.state == RequestState.BEGUN.value and request.begins_at is not None:
        return request.begins_at
    _demand(request, RequestState.WAITING)
    if obstacles(request.person):
        raise Conflict(N_("First something else has to be done: it stands on this page."))
    request.state, request.begins_at = RequestState.BEGUN.value, now() + TO_UNDO
    request.settled_by = actor.person_id
    audit.record(actor, "erasure.begun", "person", request.person_id, request=request.id)
    return request.begins_at


def undo(actor: Actor, request: ErasureRequest) -> None:
    """Let a request wait again before its erasing began. Conflict when that is too late."""
    demand_coordinator(actor)
    request = _locked(request)
    if request.state == RequestState.WAITING.value:
        return
    if request.state != RequestState.BEGUN.value:
        raise Conflict(N_("It is too late to undo this: the erasing has begun."))
    request.state, request.begins_at = RequestState.WAITING.value, None
    request.settled_by = None
    audit.record(actor, "erasure.undone", "person", request.person_id, request=request.id)


def refuse(actor: Actor, request: ErasureRequest, reason: str, words: str) -> bool:
    """Refuse a request with its reason, and mail that; gives whether a mail could be sent.

    The mail names the authority and the court (GDPR article 12(4)). InputError without a reason or
    without words of one's own, Conflict when it was settled meanwhile.
    """
    demand_coordinator(actor)
    request = _locked(request)
    _demand(request, RequestState.WAITING)
    if reason not in set(Refusal):
        raise InputError(N_("Choose why."), "reason")
    told = _explained(words)
    request.state, request.refusal, request.words = RequestState.REFUSED.value, reason, told
    request.settled_at, request.settled_by = now(), actor.person_id
    request.was_told = last_words.tell_refused(request)
    audit.record(
        actor, "erasure.refused", "person", request.person_id, request=request.id, reason=reason
    )
    return request.was_told


def may_extend(request: ErasureRequest) -> bool:
    """Tell whether the answer may still be given more time: once, within the first month."""
    return (
        request.state == RequestState.WAITING.value
        and request.extended_at is None
        and today() <= request.answer_by
    )


def latest_answer(request: ErasureRequest) -> date:
    """Give the day by which a request must be answered at the very latest."""
    return _day_of(request.asked_at) + EXTENDED_TO


def extend(actor: Actor, request: ErasureRequest, words: str) -> bool:
    """Take two months more to answer, and mail why; gives whether a mail could be sent.

    Only within the first month, and once (GDPR article 12(3)): Conflict otherwise. InputError
    without the reason in words of one's own.
    """
    demand_coordinator(actor)
    request = _locked(request)
    _demand(request, RequestState.WAITING)
    if request.extended_at is not None:
        raise Conflict(N_("The answer was given more time already. That can be done once."))
    if not may_extend(request):
        raise Conflict(N_("The first month is over: more time can no longer be taken."))
    request.delay = _explained(words)
    request.answer_by = latest_answer(request)
    request.extended_at, request.extended_by = now(), actor.person_id
    request.delay_told = last_words.tell_extended(request)
    audit.record(actor, "erasure.extended", "person", request.person_id, request=request.id)
    return request.delay_told


def earlier(person_id: int, but: int) -> Sequence[ErasureRequest]:
    """Give the other requests of the same person, the latest first."""
    statement = (
        select(ErasureRequest)
        .where(ErasureRequest.person_id == person_id, ErasureRequest.id != but)
        .order_by(ErasureRequest.id.desc())
        .limit(5)
    )
    return db.session.scalars(statement).all()


def demand_coordinator(actor: Actor) -> None:
    """Raise Forbidden unless the actor may decide about requests."""
    if not actor.is_coordinator:
        raise Forbidden(N_("Only the coordinator sees who asked to be erased."))


def _take_in(actor: Actor, person: Person, how: Way, asked_at: datetime) -> ErasureRequest:
    made = ErasureRequest(
        person_id=person.id,
        how=how.value,
        asked_at=asked_at,
        answer_by=_day_of(asked_at) + ANSWER_WITHIN,
        entered_by=None if how is Way.PAGE else actor.person_id,
    )
    db.session.add(made)
    consent.record(actor, person.id, Purpose.NEWSLETTER, is_given=False, how="erasure")
    db.session.flush()  # the page of the request names it by number
    return made


def _set_aside(actor: Actor, request: ErasureRequest) -> None:
    if request.state == RequestState.TAKEN_BACK.value:
        return
    if request.state == RequestState.BEGUN.value and actor.is_coordinator:
        undo(actor, request)
    if request.state != RequestState.WAITING.value:
        raise Conflict(N_("The erasing has begun, or was done already."))
    request.state, request.settled_at = RequestState.TAKEN_BACK.value, now()
    request.settled_by = actor.person_id
    audit.record(actor, "erasure.taken_back", "person", request.person_id, request=request.id)


def _demand(request: ErasureRequest, state: RequestState) -> None:
    if request.state != state.value:
        raise Conflict(N_("A colleague settled this request meanwhile."))


def _locked(request: ErasureRequest) -> ErasureRequest:
    """Read the request again under its lock: two presses at once come one after the other."""
    db.session.refresh(request, with_for_update=True)
    return request


def _lock(person_id: int) -> None:
    db.session.execute(select(Person.id).where(Person.id == person_id).with_for_update())


def _explained(words: str) -> str:
    """Tidy what the person reads in the mail; InputError where nothing or too much is said."""
    told = without_controls(words).strip()
    if not told:
        raise InputError(N_("Explain it in your own words: it stands in the mail."), "words")
    if len(told) > LONGEST:
        raise InputError(
            N_("This is too long: at most %(most)s characters."), "words", most=LONGEST
        )
    return told


def _day_of(moment: datetime) -> date:
    return utc_to_local(moment, settings().timezone).date()


def _holder(person: Person) -> Actor:
    return Actor(level=Level.LINK, person_id=person.id, name=person.name, language=person.language)


def _noon(day: date) -> datetime:
    return local_to_utc(datetime.combine(day, time(12)), settings().timezone)
