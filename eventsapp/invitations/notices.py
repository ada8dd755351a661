"""Keeps what invitees tell us beside an answer: "somebody else does this now", "this is not me".

The participants' page writes a notice; an advisor settles it. Nothing in the directory changes by
itself, because a link can be passed on.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from eventsapp.core import audit
from eventsapp.core.actor import Actor
from eventsapp.core.addresses import parse_address
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.errors import InputError, NotFound
from eventsapp.core.labels import N_
from eventsapp.core.text import one_line
from eventsapp.invitations import ledger
from eventsapp.invitations.kinds import NoticeKind
from eventsapp.invitations.models import Invitation, Notice
from eventsapp.meetings.models import Meeting
from eventsapp.meetings.queries import meeting_for

MOST = 160


def tell_successor(
    invitation: Invitation, name: str, email: str = "", phone: str = "", remark: str = ""
) -> Notice:
    """Note that somebody else does this now; InputError without a name or with a wrong address."""
    tidy = one_line(name, MOST)
    if not tidy:
        raise InputError(N_("Fill in who does this now."), "successor_name")
    return _keep(
        invitation,
        NoticeKind.SUCCESSOR,
        {
            "name": tidy,
            "email": parse_address(email, "successor_email") if email.strip() else "",
            "phone": one_line(phone, 60),
            "remark": one_line(remark, 500),
        },
    )


def tell_not_me(invitation: Invitation, remark: str = "") -> Notice:
    """Note that the reader is not the person whom we meant to invite."""
    return _keep(invitation, NoticeKind.NOT_ME, {"remark": one_line(remark, 500)})


def open_notices(actor: Actor, meeting: Meeting) -> list[Notice]:
    """Give what invitees of a meeting told and nobody has settled yet, the oldest first."""
    meeting_for(actor, meeting.id)
    statement = (
        select(Notice)
        .join(Notice.invitation)
        .options(contains_eager(Notice.invitation).joinedload(Invitation.person))
        .where(Invitation.meeting_id == meeting.id, Notice.settled_at.is_(None))
        .order_by(Notice.id)
        .limit(100)
    )
    return list(db.session.scalars(statement).unique())


def settle_notice(actor: Actor, notice_id: int) -> Notice:
    """Mark a notice as dealt with; twice is harmless. NotFound when there is none."""
    notice = db.session.get(Notice, notice_id)
    if notice is None:
        raise NotFound
    meeting_for(actor, notice.invitation.meeting_id, write=True)
    if notice.settled_at is None:
        notice.settled_at, notice.settled_by = now(), actor.person_id
        audit.record(actor, "settle_notice", "invitation", notice.invitation_id, kind=notice.kind)
    return notice


def _keep(invitation: Invitation, kind: NoticeKind, detail: dict[str, Any]) -> Notice:
    """Keep one open notice of a kind per invitation: the latest words count."""
    invitation = ledger.lock_invitation(invitation.id)
    notice = db.session.scalar(
        select(Notice).where(
            Notice.invitation_id == invitation.id,
            Notice.kind == kind,
            Notice.settled_at.is_(None),
        )
    )
    if notice is None:
        notice = Notice(invitation_id=invitation.id, kind=kind)
        db.session.add(notice)
    notice.detail, notice.at = detail, now()
    return notice
