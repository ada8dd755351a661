"""Lets people sign up for a public meeting; confirmed by mail, so that nobody signs up another.

The visitors' page calls it. Whatever is typed, the page says the same: it tells nobody who is known
to us. Limits per visitor are the door's; here stands the limit per address.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from eventsapp.core import tokens
from eventsapp.core.actor import SYSTEM, Actor, Level
from eventsapp.core.addresses import parse_address
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, Expired, InputError, NotFound, TooMany
from eventsapp.core.labels import N_
from eventsapp.core.language import speaking, translate
from eventsapp.core.links import CONFIRM_SIGN_UP, absolute
from eventsapp.core.text import fold, one_line
from eventsapp.directory.facts import AddressFacts, PersonFacts
from eventsapp.directory.models import Organisation, Person
from eventsapp.directory.people import add_person, find_same
from eventsapp.directory.rules import split_name
from eventsapp.invitations import ledger
from eventsapp.invitations.answer import Outcome, answer
from eventsapp.invitations.kinds import Reply, Source, Via
from eventsapp.invitations.mailings import AT_ONCE, standing_mailing
from eventsapp.invitations.models import Invitation, SignUp
from eventsapp.mail import outbox
from eventsapp.mail.kinds import MailingKind
from eventsapp.meetings.kinds import MeetingStatus
from eventsapp.meetings.models import Meeting

LIFETIME = timedelta(days=7)
MOST_PER_HOUR = 5


def ask(
    meeting: Meeting, *, name: str, email: str, organisation: str = "", language: str = "nl"
) -> None:
    """Note that somebody wants to come, and mail a link that makes it so.

    Raises InputError with its field, TooMany for the sixth time within an hour, and what
    `demand_public` raises.
    """
    demand_public(meeting)
    tidy = one_line(name, 161)
    if not tidy:
        raise InputError(N_("Fill in your name."), "name")
    if len(tidy) > 160:
        raise InputError(N_("This is too long: at most %(most)s characters."), "name", most=160)
    if len(organisation.strip()) > 200:
        raise InputError(
            N_("This is too long: at most %(most)s characters."), "organisation", most=200
        )
    address = parse_address(email).lower()
    _demand_few(address)
    row = SignUp(
        meeting_id=meeting.id,
        name=tidy,
        email=address,
        organisation=one_line(organisation),
        language=language if language in ("nl", "en") else "nl",
    )
    db.session.add(row)
    db.session.flush()  # the link names it by number
    _mail_link(meeting, row)


def demand_public(meeting: Meeting) -> None:
    """Raise NotFound, Conflict or Expired unless one can sign up for this meeting oneself."""
    if not meeting.is_public or meeting.is_confidential or meeting.status == MeetingStatus.DRAFT:
        raise NotFound(N_("This meeting does not exist, or it is not open to you."))
    if meeting.status == MeetingStatus.CANCELLED:
        raise Conflict(N_("This meeting has been cancelled."))
    if meeting.starts_at <= now():
        raise Expired(N_("This meeting has begun or is over, so you can't sign up any more."))


def sign_up_by_token(token: str) -> SignUp:
    """Give the sign-up of a mailed link; NotFound or Expired. Changes nothing."""
    values = tokens.read_timed("sign_up", token, LIFETIME)
    row = db.session.get(SignUp, values[0]) if len(values) == 1 else None
    if row is None:
        raise NotFound
    return row


def confirm(token: str) -> Outcome:
    """Make a sign-up hold: the person is invited and comes, or waits for a seat; twice is harmless.

    A known person is found by address and name, else a new one is made. Raises what
    `sign_up_by_token` and `demand_public` raise.
    """
    row = sign_up_by_token(token)
    meeting = ledger.lock_meeting(row.meeting_id)
    db.session.refresh(row)
    if row.confirmed_at is not None and row.invitation_id is not None:
        invitation = ledger.lock_invitation(row.invitation_id)
        return Outcome(invitation, Reply(invitation.reply))
    demand_public(meeting)
    person = find_same(row.email, row.name) or _new_person(row)
    invitation = _invitation(meeting, person, row)
    row.confirmed_at, row.invitation_id = now(), invitation.id
    visitor = Actor(level=Level.LINK, person_id=person.id, name=person.name)
    return answer(visitor, invitation, Reply.ACCEPTED, via=Via.SIGN_UP)


def _demand_few(address: str) -> None:
    recent = db.session.scalar(
        select(func.count())
        .select_from(SignUp)
        .where(SignUp.email == address, SignUp.at > now() - timedelta(hours=1))
    )
    if (recent or 0) >= MOST_PER_HOUR:
        raise TooMany


def _mail_link(meeting: Meeting, row: SignUp) -> None:
    with speaking(row.language):
        greeting = translate(N_("Hello %(name)s"), name=row.name)
    outbox.enqueue(
        standing_mailing(SYSTEM, meeting, MailingKind.CONFIRMATION),
        [
            outbox.Letter(
                key=f"sign_up:{row.id}",
                address=row.email,
                name=row.name,
                language=row.language,
                template="sign_up",
                data={
                    "salutation": greeting,
                    "link": absolute(CONFIRM_SIGN_UP, token=tokens.sign_timed("sign_up", row.id)),
                },
                reference=f"sign_up:{row.id}",
                priority=AT_ONCE,
            )
        ],
    )


def _new_person(row: SignUp) -> Person:
    given, prefix, family = split_name(row.name)
    return add_person(
        SYSTEM,
        PersonFacts(
            given_name=given,
            prefix=prefix,
            family_name=family,
            language=row.language,
            addresses=(AddressFacts(row.email),),
        ),
    )


def _invitation(meeting: Meeting, person: Person, row: SignUp) -> Invitation:
    """Give the invitation of this person: the one that stands, or a new one by own sign-up."""
    found = db.session.scalar(
        select(Invitation)
        .where(Invitation.meeting_id == meeting.id, Invitation.person_id == person.id)
        .with_for_update()
    )
    if found is not None and found.withdrawn_at is None:
        return found
    if found is not None:
        ledger.begin_anew(found)
    invitation = found or Invitation(meeting_id=meeting.id, person_id=person.id)
    invitation.email = row.email
    invitation.source = Source.SIGN_UP
    invitation.invited_at = now()
    invitation.organisation_id = _organisation_named(row.organisation)
    if row.organisation and invitation.organisation_id is None:
        invitation.remark = row.organisation
    db.session.add(invitation)
    db.session.flush()  # answers and links name it by number
    invitation.is_letter_only = _is_shared(invitation)
    return invitation


def _organisation_named(name: str) -> int | None:
    """Find the one organisation of this very name; two of a name are for an advisor to tell."""
    if not name:
        return None
    statement = select(Organisation.id, Organisation.name).where(
        Organisation.ended_on.is_(None), Organisation.search_key.like(f"{fold(name)}%")
    )
    same = [row.id for row in db.session.execute(statement) if fold(row.name) == fold(name)]
    return same[0] if len(same) == 1 else None


def _is_shared(invitation: Invitation) -> bool:
    """Tell whether somebody else at this address has the entry of this meeting."""
    other = db.session.scalar(
        select(Invitation.id)
        .where(
            Invitation.meeting_id == invitation.meeting_id,
            Invitation.id != invitation.id,
            Invitation.withdrawn_at.is_(None),
            func.lower(Invitation.email) == invitation.email.lower(),
        )
        .limit(1)
    )
    return other is not None
