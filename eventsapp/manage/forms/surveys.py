"""What an editor types about a survey, and the plan that it means.

`manage/surveys.py` uses it. Field names are those of the plan, so that a fault in the plan finds
its field; `surveys/plan.py` judges. What is settled already is taken out of the form.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    FieldList,
    FormField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Optional

from eventsapp.core.errors import InputError
from eventsapp.core.text import without_controls
from eventsapp.manage.forms.faults import show_fault
from eventsapp.manage.forms.meeting_rows import Row, drop_blank, rearrange
from eventsapp.surveys.kinds import AnswerKind
from eventsapp.surveys.plan import MOST_QUESTIONS, QuestionLine, SurveyPlan

ANONYMOUS, NAMED = "anonymous", "named"


def plain(text: str | None) -> str:
    """Drop the characters that no page can show, as soon as they come in."""
    return without_controls(text or "")


class SurveyQuestionRow(Row):
    """One question; `id` says which kept question this is."""

    id = HiddenField()
    words = StringField(lazy_gettext("Question"), filters=[plain])
    kind = SelectField(lazy_gettext("How is it answered?"), validate_choice=False)
    choices = TextAreaField(lazy_gettext("Answers to choose from"), filters=[plain])
    is_required = BooleanField(lazy_gettext("This question must be answered"))

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.kind.choices = [SelectChoice(kind.value, gettext(kind.label)) for kind in AnswerKind]

    def line(self) -> QuestionLine:
        """Give the question as the plan has it."""
        is_known = self.kind.data in list(AnswerKind)
        lines = (self.choices.data or "").splitlines()
        return QuestionLine(
            id=_number(self.id.data),
            words=self.words.data or "",
            kind=AnswerKind(self.kind.data) if is_known else AnswerKind.CHOICE,
            choices=tuple(line.strip() for line in lines if line.strip()),
            is_required=bool(self.is_required.data),
        )

    @staticmethod
    def typed(line: QuestionLine) -> dict[str, Any]:
        """Give what one would have typed for this question."""
        return {
            "id": str(line.id or ""),
            "words": line.words,
            "kind": line.kind.value,
            "choices": "\n".join(line.choices),
            "is_required": line.is_required,
        }


class SurveyForm(FlaskForm):  # type: ignore[misc]
    """A survey with its questions."""

    title = StringField(lazy_gettext("Title"), filters=[plain])
    intro = TextAreaField(lazy_gettext("Before the questions"), [Optional()], filters=[plain])
    promise = RadioField(lazy_gettext("Who sees who answered what?"), default=ANONYMOUS)
    questions = FieldList(
        FormField(SurveyQuestionRow), lazy_gettext("Questions"), max_entries=MOST_QUESTIONS + 1
    )
    thanks = TextAreaField(lazy_gettext("After answering"), [Optional()], filters=[plain])
    closes_on = DateField(lazy_gettext("Open until and with"), [Optional()])
    version = HiddenField()

    def offer(self, *, has_promised: bool, has_answers: bool) -> None:
        """Say what can be chosen and take out what is settled, before anything is judged."""
        self.promise.choices = [
            SelectChoice(ANONYMOUS, gettext("Nobody: the survey is anonymous")),
            SelectChoice(NAMED, gettext("The coordinator: names are kept with the answers")),
        ]
        if has_promised:
            del self.promise
        if has_answers:
            del self.questions

    def rearrange(self, asked: str) -> bool:
        """Add, remove or raise a question ("add:questions", "up:questions:2"); tell whether."""
        act, _, rest = asked.partition(":")
        _, _, place = rest.partition(":")
        if act not in ("add", "remove", "up") or "questions" not in self:
            return False
        rearrange(self.questions, act, _number(place))
        return True

    def plan(self, kept: SurveyPlan | None = None) -> SurveyPlan:
        """Give the plan that was typed, on top of what is settled already (`kept`)."""
        base = kept or SurveyPlan(title="")
        has_promise, has_questions = "promise" in self, "questions" in self
        if has_questions:
            drop_blank(self.questions)
        return SurveyPlan(
            title=self.title.data or "",
            intro=self.intro.data or "",
            thanks=self.thanks.data or "",
            is_anonymous=self.promise.data != NAMED if has_promise else base.is_anonymous,
            closes_on=self.closes_on.data,
            questions=tuple(row.form.line() for row in self.questions)
            if has_questions
            else base.questions,
        )

    def blame(self, faults: Iterable[InputError]) -> None:
        """Put each fault beside its field; what has no field stands on top."""
        for fault in faults:
            show_fault(self, fault)
        if "questions" in self:
            own = [error for error in self.questions.errors if isinstance(error, str)]
            rows = [row.errors for row in self.questions if row.errors]
            self.questions.errors = [*own, *rows]


def typed(plan: SurveyPlan) -> dict[str, Any]:
    """Give what one would have typed for this plan."""
    return {
        "title": plan.title,
        "intro": plan.intro,
        "thanks": plan.thanks,
        "promise": ANONYMOUS if plan.is_anonymous else NAMED,
        "closes_on": plan.closes_on,
        "questions": [SurveyQuestionRow.typed(line) for line in plan.questions],
    }


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None
