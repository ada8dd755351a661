"""How tests change a meeting: as an advisor does who opens its plan, edits it and saves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from eventsapp.core.actor import Actor
from eventsapp.core.db import db
from eventsapp.invitations import changes
from eventsapp.mail.models import Mailing
from eventsapp.meetings.models import Meeting
from eventsapp.meetings.planning import plan_of


def change_meeting(actor: Actor, number: int, *, tell: bool = True, **new: Any) -> Mailing | None:
    """Change a meeting within the transaction at hand; give the mailing that tells of it."""
    meeting = db.session.get_one(Meeting, number)
    plan = replace(plan_of(meeting), **new)
    return changes.change(actor, meeting, plan, meeting.version, tell=tell)
