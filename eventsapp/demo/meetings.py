"""The invented meetings: two years behind us with answers and attendance, twelve to come."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

from eventsapp.core.dates import local_to_utc, now, utc_to_local
from eventsapp.demo.directory import AddressBook
from eventsapp.demo.names import AGENDA, BUILDINGS, STREETS, SUBJECTS, Names
from eventsapp.demo.rows import Rows
from eventsapp.invitations.kinds import Presence, Reply, Via
from eventsapp.invitations.models import (
    Answer,
    Attendance,
    Invitation,
    InvitedOrganisation,
    new_uid,
)
from eventsapp.meetings.kinds import Access, MeetingKind
from eventsapp.meetings.models import AgendaItem, Meeting, meeting_region, meeting_theme

ZONE = "Europe/Amsterdam"
KINDS = (MeetingKind.NETWORK, MeetingKind.NETWORK, MeetingKind.THEME, MeetingKind.COUNCILS)


def load_meetings(
    names: Names, rows: Rows, book: AddressBook, past: int, tick: Callable[[], None]
) -> None:
    """Make the meetings; `tick` is called after each, for the progress bar."""
    today = utc_to_local(now(), ZONE).date()
    for index in range(past):
        day = _working_day(today - timedelta(days=4 + (index * 726) // past))
        _meeting(names, rows, book, index, day, has_been=True)
        tick()
    for index in range(12):
        day = _working_day(today + timedelta(days=6 + index * 6 + index % 3))
        _meeting(names, rows, book, index, day, has_been=False)
        tick()


def _working_day(day: date) -> date:
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def _meeting(
    names: Names, rows: Rows, book: AddressBook, index: int, day: date, *, has_been: bool
) -> None:
    random = names.random
    network_id, region_id, members = book.networks[index % len(book.networks)]
    organiser = next(one for one, own in book.regions_of_advisor.items() if region_id in own)
    if not has_been and index < 3:
        organiser = book.advisors[0]
        region_id = book.regions_of_advisor[organiser][0]
        network_id, _, members = next(one for one in book.networks if one[1] == region_id)
    hour, minute = random.choice(((9, 30), (13, 30), (14, 0), (19, 30)))
    starts = datetime.combine(day, time(hour, minute))
    ends = starts + timedelta(minutes=150)
    kind = MeetingKind.CHAIRS if index % 9 == 4 else random.choice(KINDS)
    is_online = index % 6 == 5
    is_draft = not has_been and index in (2, 9, 11)
    town = names.pick(book.municipality_names[region_id])
    subject = SUBJECTS[(index * 7 + index // 11) % len(SUBJECTS)]
    row: dict[str, Any] = {
        "title": f"{subject}"
        if kind is MeetingKind.THEME
        else f"{kind_title(kind)}: {subject.lower()}",
        "kind": kind.value,
        "status": "draft" if is_draft else "visible",
        "attendance_closed_at": _closed_at(day) if has_been and index > 1 else None,
        "is_public": index % 4 == 0,
        "network_id": network_id,
        "lead_region_id": region_id,
        "organiser_person_id": organiser,
        "starts_wall": starts,
        "ends_wall": ends,
        "timezone": ZONE,
        "starts_at": local_to_utc(starts, ZONE),
        "ends_at": local_to_utc(ends, ZONE),
        "answer_by": day - timedelta(days=5),
        "place_name": "" if is_online else names.pick(BUILDINGS),
        "street": "" if is_online else f"{names.pick(STREETS)} {random.randrange(1, 90)}",
        "postcode": "",
        "town": "" if is_online else town,
        "access": [] if is_online else random.sample([one.value for one in Access], 4),
        "online_url": f"https://vergaderen.example/{slug_number(random)}" if is_online else "",
        "capacity": random.choice((None, None, 60, 40)),
        "description": f"<p>We praten met elkaar over {subject.lower()}. Neem gerust vragen uit "
        "uw eigen raad mee.</p>",
    }
    meeting_id = rows.add(Meeting, **row)
    rows.tie(meeting_region, meeting_id=meeting_id, region_id=region_id)
    for theme in random.sample(book.themes, random.choice((1, 2))):
        rows.tie(meeting_theme, meeting_id=meeting_id, theme_id=theme)
    for position, (after, title) in enumerate(AGENDA):
        begins = (starts + timedelta(minutes=after)).time()
        rows.add(AgendaItem, meeting_id=meeting_id, position=position, starts=begins, title=title)
    if has_been or index in (0, 1, 4, 6):
        _invite(names, rows, book, meeting_id, members, starts, has_been=has_been)


def kind_title(kind: MeetingKind) -> str:
    """Give the Dutch word for the kind, as titles use it."""
    return {
        MeetingKind.CHAIRS: "Voorzittersoverleg",
        MeetingKind.COUNCILS: "Overleg adviesraden",
    }.get(kind, "Netwerkbijeenkomst")


def slug_number(random: Any) -> str:
    """Make the last part of an invented meeting room's address."""
    return f"zaal-{random.randrange(100, 999)}"


def _invite(
    names: Names,
    rows: Rows,
    book: AddressBook,
    meeting_id: int,
    members: list[int],
    starts: datetime,
    *,
    has_been: bool,
) -> None:
    """Invite the contacts and some members, and let most of them answer."""
    random = names.random
    day = local_to_utc(starts, ZONE)
    invited_at = min(day - timedelta(days=random.randrange(24, 40)), now() - timedelta(days=2))
    for organisation_id in members:
        people = book.people_of_organisation.get(organisation_id, [])
        asked = [
            one for one in people[: random.choice((1, 2, 2, 3))] if one in book.email_of_person
        ]
        for turn, person_id in enumerate(asked):
            reply = _reply(random, invited_at, day, has_been=has_been)
            invitation_id = rows.add(
                Invitation,
                meeting_id=meeting_id,
                person_id=person_id,
                organisation_id=organisation_id,
                role_kind=book.role_of_person.get(person_id, ""),
                email=book.email_of_person[person_id],
                invited_at=invited_at,
                uid=new_uid(),
                last_method="REQUEST",
                dtstamp=invited_at,
                **reply,
            )
            if turn == 0:
                rows.add(
                    InvitedOrganisation,
                    meeting_id=meeting_id,
                    organisation_id=organisation_id,
                    via_invitation_id=invitation_id,
                )
            _record(rows, invitation_id, reply)
            if has_been and (presence := _presence(random, reply["reply"])):
                rows.add(
                    Attendance,
                    meeting_id=meeting_id,
                    person_id=person_id,
                    organisation_id=organisation_id,
                    presence=presence.value,
                    marked_at=day + timedelta(hours=4),
                )


def _record(rows: Rows, invitation_id: int, reply: dict[str, Any]) -> None:
    """Keep the answer in the log as well."""
    if reply["replied_at"]:
        rows.add(
            Answer,
            invitation_id=invitation_id,
            at=reply["replied_at"],
            via=reply["replied_via"],
            asked=reply["reply"],
            reply=reply["reply"],
        )


def _closed_at(day: date) -> datetime:
    """Give the moment at which the advisor closed the list: the next morning."""
    return local_to_utc(datetime.combine(day + timedelta(days=1), time(9, 15)), ZONE)


def _reply(random: Any, invited_at: datetime, day: datetime, *, has_been: bool) -> dict[str, Any]:
    weights = (52, 6, 20, 22) if has_been else (38, 5, 12, 45)
    reply = random.choices(
        (Reply.ACCEPTED, Reply.TENTATIVE, Reply.DECLINED, Reply.NEEDS_ACTION), weights
    )[0]
    if reply is Reply.NEEDS_ACTION:
        return {"reply": reply.value, "replied_at": None, "replied_via": ""}
    latest = min(day, now())
    at = invited_at + (latest - invited_at) * (random.random() ** 2) * 0.9
    via = Via.ADVISOR if random.random() < 0.08 else Via.LINK
    return {"reply": reply.value, "replied_at": at, "replied_via": via.value}


def _presence(random: Any, reply: str) -> Presence | None:
    if reply == Reply.ACCEPTED.value:
        return Presence.PRESENT if random.random() < 0.9 else Presence.ABSENT
    if reply == Reply.DECLINED.value:
        return Presence.EXCUSED
    return Presence.PRESENT if random.random() < 0.15 else None
