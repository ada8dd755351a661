"""What follows when a mail came back: it is noted, and an address that is no good gets no more.

Called by `background/inbox.py` for a report that came in, and by delivery where a server refuses
a mail at the door. A report may be invented: only an address of ours that names the mail (VERP),
or its Message-ID, which nobody else knows, proves what it is about. Never commits.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from eventsapp.core.dates import HOME_ZONE, now, utc_to_local
from eventsapp.core.db import db
from eventsapp.core.text import one_line
from eventsapp.mail import course, finding, return_path, suppression
from eventsapp.mail.kinds import BounceKind, MessageState, Purpose, Scope
from eventsapp.mail.models import Bounce, Message, Suppression
from eventsapp.mail.reasons import BounceReason, Verdict, judge
from eventsapp.mail.reports import Report
from eventsapp.mail.suppression import hashed

ROW, SPAN = 5, timedelta(days=14)
"""So many soft bounces in a row, from first to last over so long, make an address rest."""
ABOUT_US = frozenset(
    {
        BounceReason.AUTHENTICATION,
        BounceReason.BLOCKED_SENDER,
        BounceReason.RATE_LIMITED,
        BounceReason.SPAM,
        BounceReason.TOO_LARGE,
    }
)
"""These say something about our mail, nothing about the address: they never make it rest."""
_LOOKED_AT = 60
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Failing:
    """Why an address gets no mail any more, and since when."""

    reason: str
    since: datetime

    @property
    def day(self) -> date:
        """Give the day on which it began, here."""
        return utc_to_local(self.since, HOME_ZONE).date()


def message_of(recipients: Iterable[str], report: Report) -> Message | None:
    """Give the mail of ours that a report is about, as far as the report proves it."""
    named = (return_path.message_id_of(one) for one in recipients)
    number = next((one for one in named if one is not None), None)
    if number is not None:
        proof = Message.id == number
    elif report.about:
        proof = finding.with_message_id([report.about])
    else:
        return None
    found = db.session.execute(select(Message.id, Message.mailing_id).where(proof)).first()
    if found is None:
        return None
    # Locked: two reports about one mail, or a report and its sender, come one after the other. The
    # mailing first, as everywhere: what is noted may pause it.
    course.lock(found.mailing_id)
    locked = select(Message).where(Message.id == found.id).with_for_update(of=Message)
    return db.session.scalar(locked.options(joinedload(Message.mailing, innerjoin=True)))


def record(message: Message, report: Report, inbound_mail_id: int | None = None) -> Verdict:
    """Note that a mail came back, and let its address rest where the reason asks for it.

    An edition that is still going out may be paused for it. `message` is from `message_of`.
    """
    verdict = judge(report.diagnostic, status=report.status)
    if message.bounced_at is None or verdict.kind is BounceKind.HARD:
        message.bounced_at = message.bounced_at or now()
        message.bounce_kind, message.bounce_reason = verdict.kind.value, verdict.reason.value
    _note(message, verdict, report.status, report.diagnostic, inbound_mail_id)
    if verdict.kind is BounceKind.HARD:
        course.judge({message.mailing_id})
    return verdict


def refused(message_id: int, code: int, reply: str) -> Verdict | None:
    """Note that a server did not take a mail: for good (5xx), or to the last try (4xx).

    The mail never left, so it did not come back; the verdict on the address is the same. Only for
    what was said about this receiver, not about our sender. None when there is no such mail.
    """
    message = db.session.get(Message, message_id)
    if message is None:
        return None
    verdict = judge(reply, code=code)
    message.bounce_kind, message.bounce_reason = verdict.kind.value, verdict.reason.value
    _note(message, verdict, str(code or ""), reply, None)
    return verdict


def complain(message: Message, report: Report) -> bool:
    """Send somebody who marked our mail as unwanted no more of its kind; False where we must.

    Mail about an account goes on: it was asked for, and without it nobody gets in again.
    """
    purpose = Purpose(message.mailing.purpose)
    if purpose is Purpose.ACCOUNT:
        return False
    suppression.withhold_address(
        message.address,
        purpose,
        BounceReason.COMPLAINED.value,
        evidence=one_line(report.diagnostic, 200),
        person_id=message.person_id,
    )
    return True


def failing(emails: Collection[str]) -> dict[str, Failing]:
    """Tell which of these addresses get no mail because it does not arrive there."""
    by_hash = {hashed(one): one for one in emails if one}
    rows = db.session.scalars(_at_rest().where(Suppression.address_hash.in_(by_hash)))
    return {by_hash[row.address_hash]: Failing(row.reason, row.created_at) for row in rows}


def latest_failing(most: int = 300) -> list[Suppression]:
    """Give the addresses that came to rest last, where it is known whose they were."""
    statement = _at_rest().where(Suppression.person_id.is_not(None)).limit(most)
    return list(db.session.scalars(statement))


def _at_rest() -> Select[Suppression]:
    return (
        select(Suppression)
        .where(
            Suppression.scope == Scope.ADDRESS.value,
            Suppression.purpose == "",
            Suppression.released_at.is_(None),
        )
        .order_by(Suppression.id.desc())
    )


def _note(
    message: Message, verdict: Verdict, status: str, diagnostic: str, inbound_mail_id: int | None
) -> None:
    key, said = hashed(message.address), one_line(diagnostic, 500)
    db.session.add(
        Bounce(
            message_id=message.id,
            inbound_mail_id=inbound_mail_id,
            person_id=message.person_id,
            address_hash=key,
            kind=verdict.kind.value,
            reason=verdict.reason.value,
            status=status[:20],
            diagnostic=said,
        )
    )
    db.session.flush()  # the row of bounces is counted with this one
    if verdict.kind is BounceKind.HARD:
        rests = _sent_at(message) > _released_at(key)
    else:
        rests = verdict.reason not in ABOUT_US and _is_worn_out(message, key)
    if rests:
        suppression.withhold_address(
            message.address,
            None,
            verdict.reason.value,
            evidence=said,
            person_id=message.person_id,
        )


def _is_worn_out(message: Message, key: str) -> bool:
    """Tell whether nothing but soft bounces came from an address, often and long enough."""
    told = db.session.execute(
        select(Bounce.message_id, Bounce.at, Message.settled_at)
        .outerjoin(Message, Message.id == Bounce.message_id)
        .where(Bounce.address_hash == key, Bounce.reason.not_in([one.value for one in ABOUT_US]))
        .order_by(Bounce.id.desc())
        .limit(_LOOKED_AT)
    )
    # By mail, not by report: some servers report twice.
    sent = {number or at: settled or at for number, at, settled in told}
    newest = max(sent.values())
    since = max(_released_at(key), _arrived_at(message, newest))
    row = [moment for moment in sent.values() if moment > since]
    return len(row) >= ROW and newest - min(row) >= SPAN


def _arrived_at(message: Message, before: datetime) -> datetime:
    """Tell when a mail to this address last arrived, before the newest that came back.

    What was sent after that one may still come back, and proves nothing yet.
    """
    if message.person_id is None:
        return _NEVER
    arrived = db.session.scalar(
        select(func.max(Message.settled_at)).where(
            Message.person_id == message.person_id,
            Message.address == message.address,
            Message.state == MessageState.SENT.value,
            Message.bounced_at.is_(None),
            Message.settled_at < before,
        )
    )
    return arrived or _NEVER


def _released_at(key: str) -> datetime:
    """Tell when somebody last said that this address is good; a bounce from before is no news."""
    said = select(func.max(Suppression.released_at)).where(Suppression.address_hash == key)
    return db.session.scalar(said) or _NEVER


def _sent_at(message: Message) -> datetime:
    return message.settled_at or now()
