"""What is right and wrong about a meeting, and what a change of it means to who was invited.

Planning, the changes one floor up and the pages ask it. Pure: it is given facts and answers, and
never looks at the clock or the database.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from eventsapp.core import dates
from eventsapp.core.errors import N_, InputError
from eventsapp.core.text import one_line
from eventsapp.meetings.kinds import PlannedMail

LONGEST = timedelta(days=31)
FIRST_YEAR, LAST_YEAR = 2000, 2100


class Change(StrEnum):
    """In which way a meeting is not what people were told."""

    TIME = "time"
    PLACE = "place"
    ONLINE = "online"
    STATUS = "status"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingFacts:
    """What people were told of a meeting: wall times, place and texts, without the database."""

    starts: datetime
    ends: datetime
    timezone: str
    place: tuple[str, ...] = ()
    online_url: str = ""
    status: str = "visible"
    title: str = ""
    description: str = ""
    agenda: tuple[str, ...] = ()


def changes_between(before: MeetingFacts, after: MeetingFacts) -> frozenset[Change]:
    """Tell in which ways two versions of a meeting differ to who reads them."""
    pairs = {
        Change.TIME: (_time(before), _time(after)),
        Change.PLACE: (_lines(before.place), _lines(after.place)),
        Change.ONLINE: (before.online_url.strip(), after.online_url.strip()),
        Change.STATUS: (before.status, after.status),
        Change.TEXT: (_texts(before), _texts(after)),
    }
    return frozenset(change for change, (old, new) in pairs.items() if old != new)


def changes_that_ask_again(before: MeetingFacts, after: MeetingFacts) -> frozenset[Change]:
    """Tell which changes raise SEQUENCE, so that calendars ask their reader again.

    A new text does not: it is only told (RFC 5546 section 2.1.4).
    """
    return changes_between(before, after) - {Change.TEXT}


def asks_for_a_new_answer(changes: Collection[Change]) -> bool:
    """Tell whether an answer given before this change may no longer hold: only another time."""
    return Change.TIME in changes


def check_times(starts: datetime, ends: datetime, timezone: str = dates.HOME_ZONE) -> None:
    """Refuse wall times at which no meeting can be: InputError with its field."""
    for wall, field in ((starts, "starts"), (ends, "ends")):
        if not FIRST_YEAR <= wall.year <= LAST_YEAR:
            raise InputError(N_("Check the year: %(year)s can't be right."), field, year=wall.year)
    dates.check_start(starts, timezone)
    lasts = dates.duration(starts, ends, timezone)
    if lasts <= timedelta(0):
        raise InputError(N_("The end must be later than the start."), "ends")
    if lasts > LONGEST:
        raise InputError(
            N_("A meeting lasts at most %(days)s days. Check the date of the end."),
            "ends",
            days=LONGEST.days,
        )


def check_answer_by(answer_by: date | None, starts: datetime) -> None:
    """Refuse a day to answer by that comes after the meeting: InputError("answer_by")."""
    if answer_by is not None and answer_by > starts.date():
        raise InputError(
            N_("The day to answer by must not be after the day of the meeting."), "answer_by"
        )


def answer_deadline_passed(
    answer_by: date | None, at: datetime, timezone: str = dates.HOME_ZONE
) -> bool:
    """Tell whether the day to answer by is over, where the meeting is.

    Answering stays possible until the start; the page only says that it is late.
    """
    return answer_by is not None and dates.utc_to_local(at, timezone).date() > answer_by


def is_planned(plan: Mapping[str, object], mail: PlannedMail) -> bool:
    """Tell whether a mail of the mail plan is switched on; what nobody switched off, is on."""
    return bool(plan.get(mail.value, True))


def _time(facts: MeetingFacts) -> tuple[datetime, datetime, str]:
    return facts.starts, facts.ends, facts.timezone


def _lines(lines: tuple[str, ...]) -> list[str]:
    """Compare what is read, so that a space too many asks nobody again."""
    return [line for line in (one_line(one, 1_000) for one in lines) if line]


def _texts(facts: MeetingFacts) -> tuple[str, str, list[str]]:
    return one_line(facts.title), facts.description.strip(), _lines(facts.agenda)
