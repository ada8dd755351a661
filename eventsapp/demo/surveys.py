"""The invented surveys: an anonymous one that some four hundred readers answered, and a draft.

Each answer leans towards how somebody feels about the newsletter, so that the results hang
together as real ones do.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from eventsapp.demo.editions import left_on
from eventsapp.demo.names import Names
from eventsapp.demo.rows import Rows
from eventsapp.surveys import tally
from eventsapp.surveys.kinds import AnswerKind as Kind
from eventsapp.surveys.kinds import SurveyStatus
from eventsapp.surveys.models import Survey, SurveyAnswer, SurveyQuestion, SurveyTally
from eventsapp.surveys.rules import end_of

ANSWERS = 412
OPEN_DAYS = timedelta(days=14)

TITLE = "Wat vindt u van de nieuwsbrief?"
INTRO = "<p>Wij willen de nieuwsbrief beter maken. Het kost u drie minuten.</p>"
THANKS = "<p>De uitslag leest u in een van de volgende nieuwsbrieven.</p>"
PARTS = ["Nieuws uit mijn regio", "Bijeenkomsten", "Goede voorbeelden", "Interviews", "Literatuur"]
QUESTIONS: tuple[tuple[Kind, str, list[str], bool], ...] = (
    (Kind.CHOICE, "Hoeveel van de nieuwsbrief leest u?",
     ["Alles", "De helft", "Alleen wat mij aangaat", "Bijna niets"], True),
    (Kind.CHOICES, "Waaraan hebt u iets?", PARTS, False),
    (Kind.SCALE, "Hoe leesbaar zijn de stukken?", ["lastig", "heel leesbaar"], False),
    (Kind.MARK, "Welk cijfer geeft u de nieuwsbrief?", [], False),
    (Kind.OPEN, "Wat mist u, of wat kan weg?", [], False),
)  # fmt: skip
WISHES = (
    "Meer voorbeelden van kleine gemeenten.",
    "Kortere stukken, met een knop om verder te lezen.",
    "Graag eerder weten wanneer de bijeenkomsten zijn.",
    "Mooi zo, ga vooral door!",
    "De letters mogen groter.",
    "Ik mis verhalen van mensen zelf.",
    "Minder afkortingen alstublieft.",
    "Het stuk over vervoer hebben wij in de raad gebruikt.",
    "Een lijst met alle adviesraden in de buurt.",
    "De interviews mogen wat mij betreft weg.",
)


def load_surveys(names: Names, rows: Rows, today: date, most: int = ANSWERS) -> None:
    """Make a closed survey with so many answers, and the draft of the next one."""
    last = left_on(today) + OPEN_DAYS
    opened = _noon(left_on(today))
    closed = _survey(
        rows,
        title=TITLE,
        slug="wat-vindt-u-van-de-nieuwsbrief",
        status=SurveyStatus.CLOSED.value,
        opens_at=opened,
        closes_at=end_of(last),
        created_at=opened - timedelta(days=3),
    )
    numbers = _ask(rows, closed, QUESTIONS)
    counts: tally.Counts = Counter()
    for _ in range(most):
        values = _values(names, numbers)
        counts += tally.counted(values)
        rows.add(
            SurveyAnswer,
            survey_id=closed,
            reader=f"{names.random.getrandbits(128):032x}",
            person_id=None,
            values=values,
            answered_at=end_of(last),
        )
    for (question, number), count in counts.items():
        rows.tie(SurveyTally, question_id=question, number=number, count=count)
    draft = _survey(
        rows,
        title=f"Wat wilt u lezen in {today.year + 1}?",
        slug="wat-wilt-u-lezen",
        status=SurveyStatus.DRAFT.value,
        opens_at=None,
        closes_at=None,
        created_at=_noon(today - timedelta(days=2)),
    )
    _ask(rows, draft, (QUESTIONS[1], QUESTIONS[4]))


def _survey(rows: Rows, **facts: Any) -> int:
    return rows.add(
        Survey, intro=INTRO, thanks=THANKS, is_anonymous=True, created_by=None, version=1, **facts
    )


def _ask(
    rows: Rows, survey: int, questions: tuple[tuple[Kind, str, list[str], bool], ...]
) -> list[int]:
    return [
        rows.add(
            SurveyQuestion,
            survey_id=survey,
            position=place,
            kind=kind.value,
            words=words,
            choices=choices,
            is_required=is_required,
        )
        for place, (kind, words, choices, is_required) in enumerate(questions)
    ]


def _values(names: Names, numbers: list[int]) -> dict[str, Any]:
    """Invent the answers of somebody who likes the newsletter more, or less."""
    random = names.random
    liking = min(max(random.gauss(0.68, 0.2), 0), 1)
    reads, useful, readable, mark, wish = map(str, numbers)
    said: dict[str, Any] = {reads: min(int((1 - liking) * 4 + random.random() * 0.8), 3)}
    chosen = [
        place for place in range(len(PARTS)) if random.random() < liking * (0.8 - place * 0.1)
    ]
    if chosen:
        said[useful] = chosen
    if random.random() < 0.94:
        said[readable] = min(max(round(1 + liking * 4 + random.gauss(0, 0.5)), 1), 5)
    if random.random() < 0.9:
        said[mark] = min(max(round(3 + liking * 6 + random.gauss(0, 0.5)), 1), 10)
    if random.random() < 0.24:
        said[wish] = names.pick(WISHES)
    return said


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(11), UTC)
