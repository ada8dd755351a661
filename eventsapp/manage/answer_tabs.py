"""The tabs of the list of answers, and what the pages about answers share. For the pages only."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import request, url_for
from flask_babel import gettext

from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.language import label
from eventsapp.invitations.kinds import Reply
from eventsapp.invitations.ledger import meeting_reference
from eventsapp.invitations.queries import Counts
from eventsapp.mail.kinds import MailingKind
from eventsapp.mail.models import Mailing
from eventsapp.meetings.models import Meeting


def answer_tabs(meeting: Meeting, found: Counts, reply: str) -> list[dict[str, Any]]:
    """Give a tab for each answer with how many gave it; nobody's answer has no tab."""
    lines: list[tuple[str, str, int | None]] = [
        ("", gettext("Everybody"), found.invited),
        (Reply.ACCEPTED, label(Reply.ACCEPTED), found.accepted),
        (Reply.DECLINED, label(Reply.DECLINED), found.declined),
        (Reply.TENTATIVE, label(Reply.TENTATIVE), found.tentative),
        (Reply.NEEDS_ACTION, label(Reply.NEEDS_ACTION), found.silent),
        (Reply.WAITLISTED, gettext("On the waiting list"), found.waitlisted),
        (Reply.WITHDRAWN, gettext("Withdrawn"), None),
    ]
    return [
        {
            "text": text,
            "href": url_for("manage_answers.index", meeting_id=meeting.id, reply=value or None),
            "current": value == reply,
            "count": count,
        }
        for value, text, count in lines
        if count or value == reply or value in ("", Reply.ACCEPTED, Reply.NEEDS_ACTION)
    ]


def cursor() -> str | None:
    """Give the place in a list that this address names."""
    return request.args.get("after") or request.args.get("before")


def sending_to_undo(meeting: Meeting, kind: MailingKind) -> Mailing | None:
    """Give the sending that this address names, as long as it can be taken back."""
    number = request.args.get("mailing", 0, type=int)
    mailing = db.session.get(Mailing, number) if 0 < number < 2**31 else None
    if mailing is None or mailing.kind != kind:
        return None
    if mailing.reference != meeting_reference(meeting):
        return None
    return mailing if mailing.not_before > now() + timedelta(seconds=1) else None
