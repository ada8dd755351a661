"""All that we hold on one person, in words that the person can read (GDPR articles 15 and 20).

The visitors' door shows it and gives it as a file. It only reads, in a fixed number of questions.
A mailbox may be read by others, so meetings of closed groups, and what somebody needs to take
part, are left out: for those the page says whom to ask.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, or_, select

from eventsapp.contacts.models import Consent, Subscription
from eventsapp.contacts.reader_kinds import ReaderKind
from eventsapp.core.dates import short_date, utc_to_local
from eventsapp.core.db import db
from eventsapp.core.labels import N_, Labelled
from eventsapp.core.language import current_language, translate
from eventsapp.core.settings import settings
from eventsapp.directory.kinds import RoleKind
from eventsapp.directory.models import Organisation, Person, Role
from eventsapp.invitations.kinds import Presence, Reply
from eventsapp.invitations.models import Attendance, Invitation
from eventsapp.mail.kinds import MessageState, Purpose
from eventsapp.mail.models import Mailing, Message, Suppression
from eventsapp.meetings.models import Meeting
from eventsapp.newsletters.models import Newsletter
from eventsapp.surveys.forgetting import told_by

MOST = 500
"""Rows of one section; who has more is told to ask for the rest."""


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of thing that we hold: what the columns are called, and the rows."""

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]


def dossier_of(person: Person) -> list[Section]:
    """Give all that we hold on somebody, in the present language; sections without rows too."""
    return [
        _oneself(person),
        _functions(person),
        _subscriptions(person),
        _consents(person),
        _withheld(person),
        _meetings(person),
        _mails(person),
        _surveys(person),
    ]


def as_data(person: Person) -> list[dict[str, Any]]:
    """Give the same as lists that a program can read, for the file."""
    return [
        {
            "title": section.title,
            "rows": [dict(zip(section.columns, row, strict=True)) for row in section.rows],
        }
        for section in dossier_of(person)
    ]


def _section(title: str, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> Section:
    labels = tuple(translate(each) for each in columns)
    written = [tuple(_text(value) for value in row) for row in rows]
    if len(written) >= MOST:
        more = translate(N_("There is more: ask us for the rest."))
        written.append((more, *[""] * (len(labels) - 1)))
    return Section(translate(title), labels, written)


def _text(value: object) -> str:
    """Write a value as people read it: moments as days, words of ours by their labels."""
    if isinstance(value, datetime):
        value = utc_to_local(value, settings().timezone).date()
    if isinstance(value, date):
        return short_date(value, current_language())
    if isinstance(value, bool):
        return translate(N_("yes")) if value else translate(N_("no"))
    if isinstance(value, Labelled):
        return translate(value.label)
    return "" if value is None else str(value)


def _word(kinds: type[Labelled], value: str) -> Labelled | str:
    return kinds(value) if value in set(kinds) else value


def _all(statement: Any) -> list[Any]:
    return list(db.session.execute(statement.limit(MOST)))


def _oneself(person: Person) -> Section:
    emails = [f"{one.email} ({one.via})" if one.via else one.email for one in person.addresses]
    told = (
        (N_("Name"), person.name),
        (N_("How we greet you"), person.salutation),
        (N_("E-mail addresses"), ", ".join(emails)),
        (N_("Telephone"), person.phone),
        (N_("Municipality"), person.municipality.name if person.municipality else ""),
        (N_("Language"), {"nl": "Nederlands", "en": "English"}.get(person.language, "")),
        (N_("Our note"), person.note),
        (N_("Known since"), person.created_at),
    )
    rows = [(translate(label), value) for label, value in told if value]
    return _section(N_("Who you are to us"), (N_("What"), N_("What we hold")), rows)


def _functions(person: Person) -> Section:
    rows = _all(
        select(Organisation.name, Role.kind, Role.title, Role.valid_from, Role.valid_until)
        .join(Role, Role.organisation_id == Organisation.id)
        .where(Role.person_id == person.id)
        .order_by(Role.valid_from.desc())
    )
    return _section(
        N_("What you do"),
        (N_("Organisation"), N_("Function"), N_("From"), N_("Until")),
        [(name, title or _word(RoleKind, kind), since, until)
         for name, kind, title, since, until in rows],
    )  # fmt: skip


def _subscriptions(person: Person) -> Section:
    rows = _all(
        select(Subscription, Newsletter.name)
        .outerjoin(Newsletter, Newsletter.id == Subscription.newsletter_id)
        .where(Subscription.person_id == person.id)
        .order_by(Subscription.id)
    )
    words = current_language()
    return _section(
        N_("Newsletters"),
        (
            N_("Newsletter"),
            N_("Since"),
            N_("Until"),
            N_("Who you are"),
            N_("Regions"),
            N_("Themes"),
        ),
        [
            (
                name,
                one.started_at,
                one.ended_at,
                _word(ReaderKind, one.reader_kind),
                ", ".join(region.name for region in one.regions),
                ", ".join(theme.name(words) for theme in one.themes),
            )
            for one, name in rows
        ],
    )


def _consents(person: Person) -> Section:
    rows = _all(
        select(Consent.at, Consent.purpose, Consent.is_given, Consent.words, Consent.proof)
        .where(Consent.person_id == person.id)
        .order_by(Consent.id)
    )
    return _section(
        N_("What you agreed to"),
        (N_("Day"), N_("About"), N_("Yes or no"), N_("In which words")),
        [(at, _word(Purpose, purpose), is_given, " ".join(each for each in (words, proof) if each))
         for at, purpose, is_given, words, proof in rows],
    )  # fmt: skip


def _withheld(person: Person) -> Section:
    rows = _all(
        select(Suppression.created_at, Suppression.purpose, Suppression.released_at)
        .where(Suppression.person_id == person.id)
        .order_by(Suppression.id)
    )
    anything = translate(N_("All mail"))
    return _section(
        N_("What we do not mail you"),
        (N_("Since"), N_("About"), N_("Until")),
        [(since, _word(Purpose, purpose) or anything, until) for since, purpose, until in rows],
    )


def _meetings(person: Person) -> Section:
    """Give where somebody was invited or was, each meeting once."""
    rows = _all(
        select(Meeting.starts_wall, Meeting.title, Invitation, Attendance.presence)
        .outerjoin(
            Invitation,
            (Invitation.meeting_id == Meeting.id) & (Invitation.person_id == person.id),
        )
        .outerjoin(
            Attendance,
            (Attendance.meeting_id == Meeting.id) & (Attendance.person_id == person.id),
        )
        .where(
            or_(Invitation.id.is_not(None), Attendance.id.is_not(None)),
            Meeting.is_confidential.is_(False),
        )
        .order_by(Meeting.starts_at.desc(), Meeting.id)
    )
    return _section(
        N_("Meetings"),
        (N_("Day"), N_("Meeting"), N_("Your answer"), N_("Were you there?"), N_("Remark")),
        [
            (
                starts.date(),
                title,
                _word(Reply, asked.reply) if asked else "",
                _word(Presence, presence or ""),
                _told(asked),
            )
            for starts, title, asked, presence in rows
        ],
    )


def _told(asked: Invitation | None) -> str:
    if asked is None:
        return ""
    told = (asked.remark, asked.guest_names, asked.substitute_name)
    return ", ".join(each for each in told if each)


def _mails(person: Person) -> Section:
    """Give the newsletters that were mailed, and how much else; titles may name a closed group."""
    rows = _all(
        select(Message.created_at, Mailing.title, Message.address, Message.state)
        .join(Mailing, Mailing.id == Message.mailing_id)
        .where(Message.person_id == person.id, Mailing.purpose == Purpose.NEWSLETTER.value)
        .order_by(Message.id.desc())
    )
    others = db.session.scalar(
        select(func.count(Message.id))
        .join(Mailing, Mailing.id == Message.mailing_id)
        .where(Message.person_id == person.id, Mailing.purpose != Purpose.NEWSLETTER.value)
    )
    told: list[tuple[object, ...]] = [
        (at, title, address, _word(MessageState, state)) for at, title, address, state in rows
    ]
    if others:
        told.append(("", translate(N_("Other mails: %(count)s"), count=others), "", ""))
    return _section(
        N_("Mails to you"), (N_("Day"), N_("Mail"), N_("Address"), N_("What became of it")), told
    )


def _surveys(person: Person) -> Section:
    return _section(
        N_("Surveys"),
        (N_("Day"), N_("Survey"), N_("Your answers")),
        told_by(person.id)[:MOST],
    )
