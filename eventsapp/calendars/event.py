"""One entry in somebody's calendar, as plain data.

The rooms above fill it from a meeting and an invitation; `ics` writes it down. It knows nothing
of meetings, and decides nothing: UID, SEQUENCE and DTSTAMP come from the invitation's ledger.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from eventsapp.core.dates import HOME_ZONE

_PLAIN_ADDRESS = re.compile(r'[^\s\x00-\x20\x7f"<>,;@]+@[^\s\x00-\x20\x7f"<>,;@]+')


class Status(StrEnum):
    """Whether the entry stands (RFC 5545 section 3.8.1.11)."""

    CONFIRMED = "CONFIRMED"
    TENTATIVE = "TENTATIVE"
    CANCELLED = "CANCELLED"


class PartStat(StrEnum):
    """What the reader answered (RFC 5545 section 3.2.12)."""

    NEEDS_ACTION = "NEEDS-ACTION"
    ACCEPTED = "ACCEPTED"
    TENTATIVE = "TENTATIVE"
    DECLINED = "DECLINED"


@dataclass(frozen=True, slots=True)
class CalendarAddress:
    """Somebody with a name and an e-mail address that `parse_address` has judged."""

    name: str
    email: str

    def __post_init__(self) -> None:
        """Refuse what could break out of its line; whoever calls has judged the address."""
        if not _PLAIN_ADDRESS.fullmatch(self.email):
            raise ValueError("not a plain e-mail address")


@dataclass(frozen=True, slots=True)
class Attendee(CalendarAddress):
    """The one reader of a request, with the answer as it stands.

    `rsvp` asks the calendar to send an answer; only where we read what comes back.
    """

    partstat: PartStat = PartStat.NEEDS_ACTION
    rsvp: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEvent:
    """A calendar entry. Times are wall times in `timezone`, `dtstamp` is an aware moment.

    `description` is plain text, the link to take part online first, since many calendars show
    nothing else. Put no personal link in any field: people share their calendars. `url` is the
    public page of the meeting, `conference` the online address; "" leaves a property out.
    """

    uid: str
    sequence: int
    dtstamp: datetime
    starts: datetime
    ends: datetime
    summary: str
    timezone: str = HOME_ZONE
    description: str = ""
    location: str = ""
    organizer: CalendarAddress | None = None
    attendee: Attendee | None = None
    url: str = ""
    conference: str = ""
    status: Status = Status.CONFIRMED
    language: str = "nl"

    def __post_init__(self) -> None:
        """Keep wall times and moments apart."""
        if self.starts.tzinfo or self.ends.tzinfo:
            raise ValueError("starts and ends are wall times, without a zone")
        if self.dtstamp.tzinfo is None:
            raise ValueError("dtstamp is a moment, with a zone")
