"""A meeting as an advisor means it to be: typed facts, made tidy and judged. Pure.

`planning.py` turns a plan into rows; the form in the advisors' door makes one from what was typed.
Nothing here looks at a database, so references to regions or people are judged by `planning.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from urllib.parse import urlsplit

from eventsapp.core.dates import HOME_ZONE
from eventsapp.core.errors import N_, InputError
from eventsapp.core.text import clean_html, one_line
from eventsapp.meetings.kinds import MeetingKind, QuestionKind
from eventsapp.meetings.rules import check_answer_by, check_times

MOST_QUESTIONS = 5  # a page with more is not filled in to its end
MOST_OPTIONS = 12
MOST_AGENDA_LINES = 40
MOST_SPEAKERS = 8
MOST_CO_ORGANISERS = 8
_ENDLESS = 1_000_000

TOO_LONG = N_("This is too long: at most %(most)s characters.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakerLine:
    """Who speaks at a point of the agenda."""

    name: str
    organisation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgendaLine:
    """A point of the agenda, at a wall time of the day where that is known."""

    title: str
    starts: time | None = None
    description: str = ""
    speakers: tuple[SpeakerLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionLine:
    """What may be chosen at a question; `seats` only for a workshop."""

    label: str
    seats: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionLine:
    """An own question; `id` names the kept question that this is, so that its answers stay."""

    label: str
    kind: QuestionKind = QuestionKind.TEXT
    options: tuple[OptionLine, ...] = ()
    is_sensitive: bool = False
    id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CoOrganiserLine:
    """An organisation that the meeting is held together with.

    `logo` is a new picture (its content was judged by `files.image_type`); without one the kept
    picture stays, unless `drop_logo`.
    """

    name: str
    organisation_id: int | None = None
    id: int | None = None
    logo: bytes | None = None
    logo_type: str = ""
    drop_logo: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingPlan:
    """All that an advisor decides about a meeting. Wall times carry no zone (docs/adr/0008).

    `region_ids` are the other regions beside the leading one. Without `organiser_person_id` the
    organiser is who plans it, or who already was. `mail_plan` holds a switch per planned mail.
    """

    title: str
    lead_region_id: int
    starts_wall: datetime
    ends_wall: datetime
    kind: MeetingKind = MeetingKind.NETWORK
    timezone: str = HOME_ZONE
    answer_by: date | None = None
    region_ids: frozenset[int] = frozenset()
    theme_ids: frozenset[int] = frozenset()
    network_id: int | None = None
    organiser_person_id: int | None = None
    deputy_ids: frozenset[int] = frozenset()
    is_public: bool = False
    is_confidential: bool = False
    language: str = "nl"
    place_name: str = ""
    street: str = ""
    postcode: str = ""
    town: str = ""
    municipality_id: int | None = None
    directions: str = ""
    access: tuple[str, ...] = ()
    online_url: str = ""
    capacity: int | None = None
    description: str = ""
    opening: str = ""
    mail_plan: dict[str, bool] = field(default_factory=dict)
    agenda: tuple[AgendaLine, ...] = ()
    questions: tuple[QuestionLine, ...] = ()
    co_organisers: tuple[CoOrganiserLine, ...] = ()


def tidy(plan: MeetingPlan) -> MeetingPlan:
    """Bring what was typed into the form in which we keep it: safe lines, cleaned rich text."""
    return replace(
        plan,
        title=_line(plan.title),
        place_name=_line(plan.place_name),
        street=_line(plan.street),
        postcode=_line(plan.postcode).upper(),
        town=_line(plan.town),
        online_url=_line(plan.online_url),
        directions=_lines(plan.directions),
        opening=_lines(plan.opening),
        description=clean_html(plan.description),
        agenda=tuple(_tidy_point(line) for line in plan.agenda),
        questions=tuple(_tidy_question(line) for line in plan.questions),
        co_organisers=tuple(replace(line, name=_line(line.name)) for line in plan.co_organisers),
    )


def faults(plan: MeetingPlan) -> list[InputError]:
    """Give everything that makes a tidy plan impossible, each with the field it belongs to.

    Fields of lines are named as the form names them: "agenda-0-title".
    """
    return [*_text_faults(plan), *_time_faults(plan), *_seat_faults(plan), *_line_faults(plan)]


def _text_faults(plan: MeetingPlan) -> Iterator[InputError]:
    if not plan.title:
        yield InputError(N_("Give the meeting a title."), "title")
    limits = {
        "title": 200,
        "place_name": 200,
        "street": 200,
        "postcode": 20,
        "town": 120,
        "online_url": 500,
        "directions": 2000,
        "opening": 2000,
        "description": 60_000,
    }
    for name, most in limits.items():
        yield from _too_long(getattr(plan, name), most, name)
    if plan.online_url and not _is_web_address(plan.online_url):
        yield InputError(
            N_("This is not a web address. It begins with https:// and holds no spaces."),
            "online_url",
        )


def _time_faults(plan: MeetingPlan) -> Iterator[InputError]:
    try:
        check_times(plan.starts_wall, plan.ends_wall, plan.timezone)
    except InputError as fault:
        yield fault
    try:
        check_answer_by(plan.answer_by, plan.starts_wall)
    except InputError as fault:
        yield fault


def _seat_faults(plan: MeetingPlan) -> Iterator[InputError]:
    if plan.capacity is not None and not 1 <= plan.capacity <= 100_000:
        yield InputError(N_("Fill in a number of 1 or more, or leave it empty."), "capacity")


def _line_faults(plan: MeetingPlan) -> Iterator[InputError]:
    yield from _too_many(plan.agenda, MOST_AGENDA_LINES, "agenda")
    yield from _too_many(plan.questions, MOST_QUESTIONS, "questions")
    yield from _too_many(plan.co_organisers, MOST_CO_ORGANISERS, "co_organisers")
    for index, point in enumerate(plan.agenda):
        yield from _agenda_faults(point, f"agenda-{index}")
    for index, question in enumerate(plan.questions):
        yield from _question_faults(question, f"questions-{index}")
    for index, other in enumerate(plan.co_organisers):
        if not other.name:
            yield InputError(N_("Fill in the name."), f"co_organisers-{index}-name")
        yield from _too_long(other.name, 200, f"co_organisers-{index}-name")


def _agenda_faults(point: AgendaLine, name: str) -> Iterator[InputError]:
    if not point.title:
        yield InputError(N_("Say what this point is about."), f"{name}-title")
    yield from _too_long(point.title, 200, f"{name}-title")
    yield from _too_long(point.description, 2000, f"{name}-description")
    yield from _too_many(point.speakers, MOST_SPEAKERS, f"{name}-speakers")
    for speaker in point.speakers:
        if not speaker.name:
            yield InputError(N_("Fill in the name of the speaker."), f"{name}-speakers")
        yield from _too_long(speaker.name, 160, f"{name}-speakers")
        yield from _too_long(speaker.organisation, 200, f"{name}-speakers")


def _question_faults(question: QuestionLine, name: str) -> Iterator[InputError]:
    if not question.label:
        yield InputError(N_("Fill in the question."), f"{name}-label")
    yield from _too_long(question.label, 300, f"{name}-label")
    if question.kind is QuestionKind.TEXT:
        return
    options = f"{name}-options"
    yield from _too_many(question.options, MOST_OPTIONS, options)
    if len(question.options) < 2:
        yield InputError(N_("Give at least two choices, each on a line of its own."), options)
    labels = [option.label for option in question.options]
    if len(set(labels)) < len(labels):
        yield InputError(N_("The same choice stands there twice."), options)
    for option in question.options:
        yield from _too_long(option.label, 200, options)
        if option.seats is not None and not 1 <= option.seats <= 100_000:
            yield InputError(N_("A workshop has at least one seat."), options)


def _too_long(text: str, most: int, name: str) -> Iterator[InputError]:
    if len(text) > most:
        yield InputError(TOO_LONG, name, most=most)


def _too_many(lines: tuple[object, ...], most: int, name: str) -> Iterator[InputError]:
    if len(lines) > most:
        yield InputError(N_("These are too many: at most %(most)s."), name, most=most)


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in text
    except ValueError:
        return False


def _tidy_point(line: AgendaLine) -> AgendaLine:
    speakers = tuple(
        SpeakerLine(name=_line(speaker.name), organisation=_line(speaker.organisation))
        for speaker in line.speakers
    )
    return replace(
        line, title=_line(line.title), description=_lines(line.description), speakers=speakers
    )


def _tidy_question(line: QuestionLine) -> QuestionLine:
    is_workshop = line.kind is QuestionKind.WORKSHOP
    options = tuple(
        OptionLine(label=_line(option.label), seats=option.seats if is_workshop else None)
        for option in (line.options if line.kind is not QuestionKind.TEXT else ())
    )
    return replace(line, label=_line(line.label), options=options)


def _line(text: str) -> str:
    return one_line(text, _ENDLESS)


def _lines(text: str) -> str:
    return "\n".join(_line(line) for line in text.splitlines()).strip()
