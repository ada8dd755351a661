"""What may be answered to a survey, until when, and which surveys make sense; no database."""

from dataclasses import dataclass, field
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsapp.surveys.kinds import AnswerKind, SurveyStatus
from eventsapp.surveys.plan import QuestionLine, SurveyPlan, faults, tidy
from eventsapp.surveys.rules import end_of, judge, last_day, options, takes_answers
from tests.factories import utc

TODAY = date(2027, 3, 1)


@dataclass
class Question:
    kind: str
    id: int = 1
    choices: list[str] = field(default_factory=lambda: ["Ja", "Nee", "Soms"])
    is_required: bool = False


def judged(question, *said):
    return judge([question], {1: said})


def plan(**values):
    return tidy(SurveyPlan(**{"title": "Wat vindt u?", **values}))


def fields_of(found):
    return [fault.field for fault in found]


@pytest.mark.parametrize(
    ("kind", "said", "kept"),
    [
        ("choice", ["1"], 1),
        ("choices", ["2", "0", "2"], [0, 2]),
        ("scale", ["5"], 5),
        ("mark", ["10"], 10),
        ("open", ["  Meer foto's\r\nen minder tekst "], "Meer foto's\nen minder tekst"),
    ],
)
def test_an_answer_is_kept_as_its_kind_asks(kind, said, kept):
    assert judged(Question(kind), *said).values == {"1": kept}


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("choice", "3"), ("choice", "-1"), ("choice", "Ja"), ("choices", "9"), ("scale", "0"),
        ("scale", "6"), ("mark", "11"), ("mark", "1.5"), ("scale", "x" * 10_000),
        ("open", "x" * 3001),
    ],
)  # fmt: skip
def test_what_cannot_be_chosen_is_refused_at_its_question(kind, said):
    found = judged(Question(kind), said)
    assert fields_of(found.faults) == ["question-1"]
    assert found.values == {}


@pytest.mark.parametrize("kind", list(AnswerKind))
@pytest.mark.parametrize("said", [[], [""], ["", ""]])
def test_what_is_left_open_is_not_kept(kind, said):
    other = Question("open", id=2)
    found = judge([Question(kind), other], {1: said, 2: ["ja"]})
    assert (found.values, found.faults) == ({"2": "ja"}, [])


@pytest.mark.parametrize("kind", list(AnswerKind))
def test_a_question_that_must_be_answered_says_so(kind):
    assert fields_of(judged(Question(kind, is_required=True), "").faults) == ["question-1"]


def test_all_that_is_wrong_is_told_together():
    questions = [Question("choice", id=1, is_required=True), Question("scale", id=2)]
    assert len(judge(questions, {2: ["7"]}).faults) == 2


def test_an_answer_to_nothing_at_all_is_no_answer():
    assert fields_of(judged(Question("open"), " ").faults) == [None]


def test_answers_to_questions_that_are_not_there_are_left_out():
    assert judge([Question("open")], {1: ["ja"], 99: ["nee"]}).values == {"1": "ja"}


@given(st.sampled_from(list(AnswerKind)), st.lists(st.text(max_size=20), max_size=5))
def test_whatever_is_sent_is_refused_or_can_be_chosen(kind, said):
    question = Question(kind)
    kept = judged(question, *said).values.get("1")
    numbers = {number for number, _ in options(question)}
    if kind is AnswerKind.OPEN:
        assert kept is None or isinstance(kept, str)
    elif kind is AnswerKind.CHOICES:
        assert kept is None or set(kept) <= numbers
    else:
        assert kept is None or kept in numbers


def test_a_scale_has_five_numbers_and_a_mark_ten():
    assert [number for number, _ in options(Question("scale"))] == [1, 2, 3, 4, 5]
    assert len(options(Question("mark"))) == 10


@pytest.mark.parametrize("day", [date(2027, 3, 28), date(2027, 7, 1), date(2027, 10, 31)])
def test_the_last_day_is_open_until_midnight_also_when_the_clocks_change(day):
    end = end_of(day)
    assert last_day(end) == day
    assert takes_answers(SurveyStatus.OPEN, end, utc(day.year, day.month, day.day, 21, 59))
    assert not takes_answers(SurveyStatus.OPEN, end, end)


@pytest.mark.parametrize("status", [SurveyStatus.DRAFT, SurveyStatus.CLOSED])
def test_only_an_open_survey_takes_answers(status):
    assert not takes_answers(status, None, utc(2027, 3, 1))


def test_a_plan_is_made_tidy():
    question = QuestionLine(words=" Komt\nu? ", choices=("Ja ", "", " Nee\t"))
    made = plan(title="Wat\r\nX: y", intro="<p onclick=x>Hallo</p><script>x</script>",
                questions=(question,))  # fmt: skip
    assert made.title == "Wat X: y"
    assert made.intro == "<p>Hallo</p>"
    assert (made.questions[0].words, made.questions[0].choices) == ("Komt u?", ("Ja", "Nee"))


def test_a_question_in_own_words_has_no_choices():
    line = QuestionLine(words="Waarom?", kind=AnswerKind.OPEN, choices=("a", "b"))
    assert plan(questions=(line,)).questions[0].choices == ()


@pytest.mark.parametrize(
    ("values", "field_name"),
    [
        ({"title": " "}, "title"),
        ({"title": "x" * 161}, "title"),
        ({"intro": "x" * 6000}, "intro"),
        ({"thanks": "x" * 6000}, "thanks"),
        ({"closes_on": date(2027, 2, 28)}, "closes_on"),
        ({"closes_on": date(9999, 1, 1)}, "closes_on"),
        ({"questions": (QuestionLine(words="", choices=("a", "b")),)}, "questions-0-words"),
        ({"questions": (QuestionLine(words="x" * 301, choices=("a", "b")),)}, "questions-0-words"),
        ({"questions": (QuestionLine(words="Wat?", choices=("a",)),)}, "questions-0-choices"),
        ({"questions": (QuestionLine(words="Wat?", choices=("a", "a")),)}, "questions-0-choices"),
        (
            {"questions": (QuestionLine(words="Wat?", choices=("a", "b" * 121)),)},
            "questions-0-choices",
        ),
        (
            {"questions": (QuestionLine(words="?", kind=AnswerKind.SCALE, choices=("slecht",)),)},
            "questions-0-choices",
        ),
        ({"questions": (QuestionLine(words="?", kind=AnswerKind.OPEN),) * 21}, "questions"),
    ],
)
def test_what_makes_a_survey_impossible_is_told_beside_its_field(values, field_name):
    assert fields_of(faults(plan(**values), TODAY)) == [field_name]


def test_sixteen_choices_are_too_many():
    line = QuestionLine(words="Wat?", choices=tuple(map(str, range(16))))
    assert fields_of(faults(plan(questions=(line,)), TODAY)) == ["questions-0-choices"]


@pytest.mark.parametrize("kind", [AnswerKind.SCALE, AnswerKind.MARK])
@pytest.mark.parametrize("ends", [(), ("slecht", "goed")])
def test_a_scale_may_say_what_its_ends_mean(kind, ends):
    line = QuestionLine(words="Hoe was het?", kind=kind, choices=ends)
    assert faults(plan(questions=(line,), closes_on=TODAY), TODAY) == []
