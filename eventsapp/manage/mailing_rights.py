"""Who may see a mailing and act on it; the pages of mailings and of single mails ask this.

A mailing about a meeting is there for who may see that meeting. Mail about accounts only shows
that it was sent, and only to the coordinator: it holds links that let somebody in.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, String, cast, literal, not_, select

from eventsapp.core.actor import Actor
from eventsapp.core.errors import Forbidden, NotFound
from eventsapp.mail import queries
from eventsapp.mail.kinds import Purpose
from eventsapp.mail.models import Mailing, Message
from eventsapp.meetings.models import Meeting
from eventsapp.meetings.queries import may_change, meeting_for, visible_to


def there_for(actor: Actor) -> ColumnElement[bool]:
    """Give the condition under which a mailing exists for this actor."""
    others = select(literal("meeting:") + cast(Meeting.id, String)).where(not_(visible_to(actor)))
    seen = Mailing.reference.not_in(others)
    return seen if actor.is_coordinator else seen & (Mailing.purpose != Purpose.ACCOUNT.value)


def seen(actor: Actor, mailing_id: int, *, write: bool = False) -> tuple[Mailing, Meeting | None]:
    """Give a mailing with its meeting to who may see it, or with `write` act on it.

    Raises NotFound for a closed group of others, and Forbidden in another region.
    """
    actor.demand_address_book()
    found = queries.mailing_with_id(mailing_id)
    kind, _, number = found.reference.partition(":")
    if kind == "meeting" and number.isdigit():
        return found, meeting_for(actor, int(number), write=write)
    if found.purpose == Purpose.ACCOUNT and not actor.is_coordinator:
        raise NotFound
    if write and not _is_own(actor, found):
        raise Forbidden
    return found, None


def may_act(actor: Actor, found: Mailing, meeting: Meeting | None) -> bool:
    """Tell whether somebody may pause, stop or repeat a mailing that they see."""
    return _is_own(actor, found) if meeting is None else may_change(actor, meeting)


def readable(actor: Actor, message_id: int) -> Message:
    """Give a message whose words may be read: never one about an account."""
    found = queries.message_with_id(message_id)
    seen(actor, found.mailing_id)
    if found.mailing.purpose == Purpose.ACCOUNT:
        raise NotFound
    return found


def _is_own(actor: Actor, found: Mailing) -> bool:
    """Tell whether somebody may act on a mailing that belongs to no meeting."""
    return actor.is_coordinator or found.created_by == actor.person_id
