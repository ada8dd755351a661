"""What our mails say about a meeting and to one invitee, as data that the mail room keeps.

Facts of a meeting are shared by all its mails and refreshed when it changes; whatever depends on
language stands there in both. Personal facts are in the reader's own language. Nothing is rendered
here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from eventsapp.core import dates
from eventsapp.core.labels import N_
from eventsapp.core.language import LANGUAGES, label, speaking, translate
from eventsapp.core.links import MEETING_PAGE, absolute, answer_link
from eventsapp.core.settings import settings
from eventsapp.core.text import html_to_text, text_to_html
from eventsapp.directory.kinds import RoleKind
from eventsapp.directory.models import Person
from eventsapp.directory.queries import addresses_of
from eventsapp.directory.rules import MAILBOX, proposed_salutation
from eventsapp.invitations.kinds import Source
from eventsapp.invitations.models import Invitation
from eventsapp.meetings.kinds import Access
from eventsapp.meetings.models import AgendaItem, Meeting
from eventsapp.meetings.papers import logo_links


def mail_facts(meeting: Meeting) -> dict[str, Any]:
    """Give what every mail about a meeting may say, for all its readers.

    `shown_title` is for subjects and other places that somebody else may see: neutral for a closed
    group. `version` tells of which edit of the meeting these are the facts.
    """
    organiser = meeting.organiser
    running = settings()
    return {
        "meeting_id": meeting.id,
        "version": meeting.version,
        "starts_at": meeting.starts_at.isoformat(),
        "title": meeting.title,
        "shown_title": _in_each(lambda _: shown_title(meeting)),
        "when": _in_each(lambda language: when(meeting, language)),
        "day": _in_each(lambda language: dates.short_date(meeting.starts_wall, language)),
        "answer_by": _answer_by(meeting),
        "place": place_lines(meeting),
        "directions": meeting.directions,
        "access": _in_each(lambda _: [label(Access(each)) for each in meeting.access]),
        "online_url": meeting.online_url,
        "agenda": _in_each(
            lambda language: [_agenda_row(item, language) for item in meeting.agenda]
        ),
        "opening": meeting.opening,
        "opening_html": text_to_html(meeting.opening),
        "description_html": meeting.description,
        "description": html_to_text(meeting.description),
        "co_organisers": [other.name for other in meeting.co_organisers],
        "logos": logo_links(meeting.co_organisers),
        "organiser": {
            "name": organiser.name,
            "phone": organiser.phone or running.programme_phone,
        },
        "programme": {
            "name": running.programme_name,
            "phone": running.programme_phone,
            "postal_address": running.programme_postal_address,
        },
        "page_url": page_url(meeting),
        "cancel_reason": meeting.cancel_reason,
    }


def personal_facts(invitation: Invitation) -> dict[str, Any]:
    """Give what only this reader's mails say: how we greet them, why they get it, their link.

    Load invitations with `ledger.with_reader()` where there are many.
    """
    person = invitation.person
    with speaking(person.language):
        return {
            "salutation": salutation(invitation),
            "role_line": role_line(invitation),
            "link": answer_link(invitation.id, invitation.generation),
            "generation": invitation.generation,
            "is_letter_only": invitation.is_letter_only,
        }


def sender(meeting: Meeting) -> tuple[str, str]:
    """Give the sender's name and the address that answers go to: the advisor's."""
    name = f"{meeting.organiser.name}, {settings().programme_name}"
    address = addresses_of([meeting.organiser_person_id]).get(meeting.organiser_person_id)
    return name, address or ""


def shown_title(meeting: Meeting) -> str:
    """Give the title for subjects and calendars, in the present language."""
    if meeting.is_confidential:
        return translate(N_("Meeting with %(name)s"), name=meeting.organiser.name)
    return meeting.title


def when(meeting: Meeting, language: str) -> str:
    """Write when it is; a meeting in another zone than ours says so."""
    text = dates.when(meeting.starts_wall, meeting.ends_wall, language)
    if meeting.timezone == settings().timezone:
        return text
    with speaking(language):
        return translate(N_("%(when)s (local time, %(zone)s)"), when=text, zone=meeting.timezone)


def place_lines(meeting: Meeting) -> list[str]:
    """Give the lines of the address, empty for a meeting that is only online."""
    town = " ".join(part for part in (meeting.postcode, meeting.town) if part)
    return [line for line in (meeting.place_name, meeting.street, town) if line]


def page_url(meeting: Meeting) -> str:
    """Give the address of the public page, or nothing where there is none."""
    if not meeting.is_public or meeting.is_confidential:
        return ""
    return absolute(MEETING_PAGE, meeting_id=meeting.id)


def salutation(invitation: Invitation) -> str:
    """Give how we greet this reader: what was kept, else what we would propose."""
    return greeting(invitation.person)


def greeting(person: Person) -> str:
    """Give how we greet somebody: what was kept, else what we would propose."""
    return person.salutation or proposed_salutation(
        person.given_name, person.prefix, person.family_name, person.language
    )


def role_line(invitation: Invitation) -> str:
    """Say in one sentence why this reader gets our mail, in the present language."""
    names = [each.organisation.name for each in invitation.organisations]
    if not names and invitation.organisation is not None:
        names = [invitation.organisation.name]
    if not names and invitation.source == Source.SIGN_UP:
        return translate(N_("You get this because you signed up for this meeting."))
    if not names:
        return translate(N_("You get this because you are in our address book."))
    if (invitation.person.external_id or "").startswith(MAILBOX):
        return translate(N_("This goes to the mailbox of %(organisation)s."), organisation=names[0])
    if len(names) == 1 and invitation.role_kind in _NAMED_ROLES:
        return translate(
            N_("You get this as %(role)s of %(organisation)s."),
            role=_lowered(label(RoleKind(invitation.role_kind))),
            organisation=names[0],
        )
    return translate(N_("You get this on behalf of %(organisations)s."), organisations=_and(names))


_NAMED_ROLES = frozenset(RoleKind) - {RoleKind.OTHER}


def _lowered(word: str) -> str:
    return word[:1].lower() + word[1:]


def _and(names: list[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return translate(N_("%(names)s and %(last)s"), names=", ".join(names[:-1]), last=names[-1])


def _in_each(make: Callable[[str], Any]) -> dict[str, Any]:
    """Make something once in each language."""
    made = {}
    for language in LANGUAGES:
        with speaking(language):
            made[language] = make(language)
    return made


def _answer_by(meeting: Meeting) -> dict[str, str] | None:
    day = meeting.answer_by
    return None if day is None else _in_each(lambda language: dates.long_date(day, language))


def _agenda_row(item: AgendaItem, language: str) -> list[str]:
    """Give the time, the title and what is said beneath it."""
    speakers = [
        f"{each.name}, {each.organisation}" if each.organisation else each.name
        for each in item.speakers
    ]
    # A wall time of the day; the day itself does not show.
    moment = datetime.combine(date.min, item.starts) if item.starts else None
    return [
        dates.time_of_day(moment, language) if moment else "",
        item.title,
        ". ".join(part for part in ("; ".join(speakers), item.description) if part),
    ]
