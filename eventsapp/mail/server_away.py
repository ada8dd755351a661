"""When our own mail server takes no mail: since when, until when it is left alone, what it said.

Lanes write it, at the first refusal and at each one after it, and wipe it out with the first mail
that is taken again; the page of a mailing tells it, and `mail/outage.py` judges by it what waits.
It lies among the buckets of `mail/throttle.py` as `away:newsletters`, one for each stream:
`filled_at` is when it began. As a rule there is none.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, case, delete, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.text import one_line
from eventsapp.mail import rules, throttle
from eventsapp.mail.kinds import MailingKind, Stream
from eventsapp.mail.models import Throttle

STILL = timedelta(minutes=10)
"""A server of which nothing was heard for so long is called away no more: nobody has tried."""


@dataclass(frozen=True, slots=True)
class ServerAway:
    """Our mail server takes no mail of a stream."""

    since: datetime
    until: datetime
    reply: str

    @property
    def is_resting(self) -> bool:
        """Tell whether nothing need be tried yet; a block far ahead was set by another clock."""
        return now() < self.until <= now() + rules.LONGEST_BLOCK

    @property
    def is_lasting(self) -> bool:
        """Tell whether it was tried a short while ago, in vain."""
        return -rules.LONGEST_BLOCK <= now() - self.until < STILL

    @property
    def is_of_days(self) -> bool:
        """Tell whether what waited from the beginning is held for somebody's word by now."""
        return now() - self.since > rules.OVERDUE


def stream_of(kind: str) -> Stream:
    """Tell with which stream a kind of mailing goes."""
    return Stream.NEWSLETTERS if kind == MailingKind.EDITION else Stream.INVITATIONS


def known_of(stream: Stream) -> ServerAway | None:
    """Give what is known of a server that took no mail the last time; None as a rule."""
    return _known([stream]).get(stream)


def lasting(stream: Stream) -> ServerAway | None:
    """Give the outage of a stream that goes on at this moment."""
    found = known_of(stream)
    return found if found is not None and found.is_lasting else None


def begin(stream: Stream, until: datetime, reply: str) -> None:
    """Let a stream rest until then, for all lanes; one that was resting goes on with that.

    With one statement: another lane, of which a mail was taken, may wipe it out at any moment.
    """
    moment = now()
    insert = postgresql_insert if db.engine.dialect.name == "postgresql" else sqlite_insert
    word = {"blocked_until": until, "last_reply": one_line(reply, 500)}
    made = insert(Throttle).values(
        name=throttle.of_outage(stream), rate=0.0, level=0.0, filled_at=moment, **word
    )
    goes_on = and_(
        Throttle.blocked_until > moment - STILL,
        Throttle.blocked_until <= moment + rules.LONGEST_BLOCK,
        Throttle.filled_at <= moment,
    )
    since = case((goes_on, Throttle.filled_at), else_=made.excluded.filled_at)
    made = made.on_conflict_do_update(index_elements=["name"], set_={"filled_at": since, **word})
    db.session.execute(made)


def forget_old() -> None:
    """Drop those of which nothing was heard for a day."""
    old = Throttle.name.in_([throttle.of_outage(stream) for stream in Stream])
    gone = delete(Throttle).where(old, Throttle.blocked_until < now() - rules.FORGOTTEN)
    db.session.execute(gone)


def _known(streams: Collection[Stream]) -> dict[Stream, ServerAway]:
    """Read what is kept of these streams, with one statement."""
    names = {throttle.of_outage(stream): stream for stream in streams}
    asked = select(
        Throttle.name, Throttle.filled_at, Throttle.blocked_until, Throttle.last_reply
    ).where(Throttle.name.in_(names))
    rows = db.session.execute(asked.order_by(Throttle.name))
    return {
        names[name]: ServerAway(since, until, said) for name, since, until, said in rows if until
    }
