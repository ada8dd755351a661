"""Makes one reader's calendar entry, from the ledger of the invitation and the meeting as it is.

`background/jobs.py` hands `calendar_part` to the delivery of mail, which asks it when a mail
leaves: only then the ledger is written, so that who undoes in time leaves no trace. Participants'
pages ask for files to download. No personal link ever stands in an entry: people share calendars.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from eventsapp.calendars.event import Attendee, CalendarAddress, CalendarEvent, PartStat, Status
from eventsapp.core.addresses import same_address
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.labels import N_
from eventsapp.core.language import speaking, translate
from eventsapp.core.phones import show_phone
from eventsapp.core.settings import settings
from eventsapp.core.text import html_to_text
from eventsapp.invitations import ledger, rules, substitutes
from eventsapp.invitations.facts import page_url, place_lines, shown_title
from eventsapp.invitations.kinds import Reply
from eventsapp.invitations.ledger import CANCEL, REQUEST, WITH_REQUEST
from eventsapp.invitations.models import Invitation
from eventsapp.invitations.reply_address import person_of
from eventsapp.mail.delivery import Obsolete
from eventsapp.mail.mime import CalendarPart
from eventsapp.mail.models import FROM, Message
from eventsapp.meetings.kinds import MeetingStatus
from eventsapp.meetings.models import Meeting

CANCELLATION, UPDATE = "cancellation", "update"
TO_THE_SEATED = ("reminder_week", "reminder_day")
TO_THE_SILENT = ("reminder_silent",)
AFTER_AN_ANSWER = ("confirmation", "seat_offered")
OURS = (*WITH_REQUEST, *TO_THE_SEATED, *TO_THE_SILENT)

_PARTSTAT = {
    Reply.ACCEPTED: PartStat.ACCEPTED,
    Reply.TENTATIVE: PartStat.TENTATIVE,
    Reply.WAITLISTED: PartStat.TENTATIVE,
    Reply.DECLINED: PartStat.DECLINED,
}


def calendar_part(message: Message) -> CalendarPart | None:
    """Give the calendar entry that goes with this mail, None for a mail without one.

    Locks the invitation (before the message is locked) and notes in its ledger what is being sent.
    Raises Obsolete when the mail no longer holds: it must not leave.
    """
    if message.template == substitutes.TEMPLATE:
        return _of_substitute(message)
    invitation_id = ledger.invitation_id_of(message.reference)
    if invitation_id is None or message.template not in (*OURS, CANCELLATION):
        return None
    invitation = db.session.scalar(
        select(Invitation)
        .where(Invitation.id == invitation_id)
        .options(joinedload(Invitation.person, innerjoin=True))
        .with_for_update(of=Invitation)
        .execution_options(populate_existing=True)
    )
    if invitation is None:
        raise Obsolete("the invitation was taken back")
    meeting = db.session.get_one(
        Meeting,
        invitation.meeting_id,
        options=[joinedload(Meeting.organiser)],
        populate_existing=True,
    )
    if message.template == CANCELLATION:
        return _cancel(message, invitation, meeting)
    _demand_current(message, invitation, meeting)
    if message.template not in WITH_REQUEST or invitation.is_letter_only:
        return None
    return _request(message, invitation, meeting)


def goes_with(message: Message) -> bool:
    """Tell whether a calendar entry goes with a mail, as far as the mail tells; reads only."""
    has_own = message.data.get("entry") is not None
    if message.template == CANCELLATION:
        return has_own
    if message.template == substitutes.TEMPLATE:
        number = substitutes.invitation_id_of(message.reference)
        invitation = db.session.get(Invitation, number) if has_own and number else None
        return invitation is not None and not invitation.is_letter_only
    is_ours = ledger.invitation_id_of(message.reference) is not None
    is_letter_only = message.data.get("is_letter_only", False)
    return is_ours and message.template in WITH_REQUEST and not is_letter_only


def _of_substitute(message: Message) -> CalendarPart | None:
    """Give the entry of who comes in somebody's place; Obsolete when somebody else does by now."""
    entry: dict[str, Any] | None = message.data.get("entry")
    invitation = db.session.get(
        Invitation, substitutes.invitation_id_of(message.reference), populate_existing=True
    )
    if invitation is None:
        raise Obsolete("the invitation was taken back")
    meeting = db.session.get_one(Meeting, invitation.meeting_id, populate_existing=True)
    is_request = entry is not None and entry["method"] == REQUEST
    is_expected = same_address(invitation.substitute_email, message.address)
    if is_request and not (is_expected and meeting.status == MeetingStatus.VISIBLE):
        raise Obsolete("the substitute is not expected")
    if entry is None or invitation.is_letter_only:
        return None
    sender = CalendarAddress(message.mailing.sender_name, message.mailing.sender_address)
    event = event_for(
        invitation,
        meeting,
        organizer=sender,
        uid=entry["uid"],
        sequence=entry["sequence"],
        dtstamp=datetime.fromisoformat(entry["dtstamp"]),
    )
    reader = Attendee(message.name, message.address, partstat=PartStat.ACCEPTED, rsvp=False)
    event = replace(event, attendee=reader)
    return _part(entry["method"], event)


def _demand_current(message: Message, invitation: Invitation, meeting: Meeting) -> None:
    """Raise Obsolete for a mail that would tell its reader something that no longer holds."""
    data, start = message.data, meeting.starts_at.isoformat()
    faults = {
        "the invitation was withdrawn": invitation.withdrawn_at is not None,
        "the invitation was renewed": data.get("generation", invitation.generation)
        != invitation.generation,
        "the meeting was cancelled": meeting.status == MeetingStatus.CANCELLED,
        "it is too late": _useful_until(message, meeting) <= now(),
        "the meeting moved": data.get("for_start", start) != start,
        "the answer was changed": not _fits_answer(message, invitation),
    }
    for fault, is_so in faults.items():
        if is_so:
            raise Obsolete(fault)


def _useful_until(message: Message, meeting: Meeting) -> datetime:
    """Tell until when a mail is of use: another place or link also helps who is late."""
    return meeting.ends_at if message.template == UPDATE else meeting.starts_at


def _fits_answer(message: Message, invitation: Invitation) -> bool:
    """Tell whether a mail that supposes an answer still finds that answer."""
    reply = Reply(invitation.reply)
    if message.template in TO_THE_SILENT:
        return reply in (Reply.NEEDS_ACTION, Reply.TENTATIVE)
    if message.template in TO_THE_SEATED:
        return rules.seats_of(reply, 0, bool(invitation.substitute_name)) > 0
    if message.template in AFTER_AN_ANSWER:
        return bool(message.data.get("reply", reply) == reply)
    return True


def _request(message: Message, invitation: Invitation, meeting: Meeting) -> CalendarPart:
    """Write the request, and note that the reader holds an entry from now on."""
    sender = message.data.get(FROM, "") or message.mailing.sender_address
    invitation.organizer = invitation.organizer or sender
    invitation.last_method = REQUEST
    event = event_for(
        invitation,
        meeting,
        organizer=CalendarAddress(message.mailing.sender_name, invitation.organizer),
        address=message.address,
    )
    return _part(REQUEST, event)


def _cancel(message: Message, invitation: Invitation, meeting: Meeting) -> CalendarPart | None:
    """Write the cancel of the entry that the mail names; whoever held none gets only the letter."""
    entry: dict[str, Any] | None = message.data.get("entry")
    if entry is None:
        return None
    if entry["uid"] == invitation.uid:
        invitation.last_method = CANCEL
    organizer = entry["organizer"] or message.mailing.sender_address
    event = event_for(
        invitation,
        meeting,
        organizer=CalendarAddress(message.mailing.sender_name, organizer),
        address=message.address,
        uid=entry["uid"],
        sequence=entry["sequence"],
        dtstamp=datetime.fromisoformat(entry["dtstamp"]),
    )
    return _part(CANCEL, event)


def _part(method: str, event: CalendarEvent) -> CalendarPart:
    from eventsapp.calendars import ics  # who sends no invitation needs no calendars: 3 MB

    return CalendarPart(method, ics.request(event) if method == REQUEST else ics.cancel(event))


def event_for(
    invitation: Invitation,
    meeting: Meeting,
    *,
    organizer: CalendarAddress | None = None,
    address: str = "",
    uid: str = "",
    sequence: int | None = None,
    dtstamp: datetime | None = None,
) -> CalendarEvent:
    """Give one reader's entry in the reader's language; what is not given, the ledger says."""
    reply = Reply(invitation.reply)
    is_waiting = reply is Reply.WAITLISTED
    language = invitation.person.language
    with speaking(language):
        title = shown_title(meeting)
        return CalendarEvent(
            uid=uid or invitation.uid,
            sequence=invitation.sequence if sequence is None else sequence,
            dtstamp=dtstamp or invitation.dtstamp,
            starts=meeting.starts_wall,
            ends=meeting.ends_wall,
            timezone=meeting.timezone,
            summary=translate(N_("Waiting list: %(title)s"), title=title) if is_waiting else title,
            description=_description(meeting, is_waiting),
            location=_location(meeting),
            organizer=organizer,
            attendee=Attendee(
                invitation.person.name,
                address or invitation.email,
                partstat=_PARTSTAT.get(reply, PartStat.NEEDS_ACTION),
                rsvp=organizer is not None and person_of(organizer.email) == invitation.person_id,
            ),
            url=page_url(meeting),
            conference="" if is_waiting else meeting.online_url,
            status=Status.TENTATIVE if is_waiting else Status.CONFIRMED,
            language=language,
        )


def download(invitation: Invitation) -> bytes:
    """Give the reader's own entry as a file; with the UID of the mailed one it replaces that."""
    return _file(event_for(invitation, invitation.meeting))


def public_download(meeting: Meeting) -> bytes:
    """Give the entry of a public meeting as a file, with a UID that tells nothing of anybody's.

    The online link is not in it, as it is not on the page: who signs up gets it.
    """
    secret = settings().secret_key.encode()
    mark = hmac.new(secret, f"meeting-{meeting.id}".encode(), hashlib.sha256).hexdigest()[:32]
    with speaking(meeting.language):
        event = CalendarEvent(
            uid=f"{mark}@eventsapp",
            sequence=meeting.revision,
            dtstamp=meeting.updated_at,
            starts=meeting.starts_wall,
            ends=meeting.ends_wall,
            timezone=meeting.timezone,
            summary=shown_title(meeting),
            description=_public_description(meeting),
            location=_location(meeting),
            url=page_url(meeting),
            language=meeting.language,
        )
    return _file(event)


def _file(event: CalendarEvent) -> bytes:
    from eventsapp.calendars import ics

    return ics.publish([event])


def _location(meeting: Meeting) -> str:
    return ", ".join(place_lines(meeting)) or (
        translate(N_("Online")) if meeting.online_url else ""
    )


def _description(meeting: Meeting, is_waiting: bool) -> str:
    """Write the plain text, the online link first; a closed group's says nothing of its subject."""
    parts = []
    if is_waiting:
        parts.append(
            translate(N_("You are on the waiting list. You get a mail as soon as there is a seat."))
        )
    elif meeting.online_url:
        parts.append(translate(N_("Take part online: %(link)s"), link=meeting.online_url))
    if not meeting.is_confidential:
        parts += _contents(meeting)
    parts.append(translate(N_("To change your answer, use the button in our mail.")))
    return _paragraphs([*parts, _whom_to_ring(meeting)])


def _public_description(meeting: Meeting) -> str:
    """Write the plain text for somebody to whom nobody mailed."""
    sign_up = translate(
        N_("This entry is no sign-up. Do you want to come? Sign up here: %(link)s"),
        link=page_url(meeting),
    )
    return _paragraphs([sign_up, *_contents(meeting), _whom_to_ring(meeting)])


def _contents(meeting: Meeting) -> list[str]:
    """Give what it is about, and the agenda."""
    points = [
        f"{item.starts:%H.%M} {item.title}" if item.starts else item.title
        for item in meeting.agenda
    ]
    return [html_to_text(meeting.description, width=None), "\n".join(points)]


def _whom_to_ring(meeting: Meeting) -> str:
    name, phone = meeting.organiser.name, meeting.organiser.phone or settings().programme_phone
    return translate(N_("Questions? %(name)s, %(phone)s"), name=name, phone=show_phone(phone))


def _paragraphs(parts: list[str]) -> str:
    return "\n\n".join(part for part in parts if part)
