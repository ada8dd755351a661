"""The form behind a reader's link to a survey: one field for each question that is asked.

The token in the address is the secret, so it carries no session CSRF. What may be answered is
judged by `surveys/rules.py`; here are only the fields, and whether one may be left open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import RadioField, SelectChoice, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import CheckboxInput, ListWidget, TextArea

from eventsapp.public.forms.faults import at_most, plain
from eventsapp.public.forms.rsvp import TokenForm
from eventsapp.surveys.kinds import AnswerKind
from eventsapp.surveys.models import Survey, SurveyQuestion
from eventsapp.surveys.rules import LONGEST_ANSWER, field_of, options


class SurveyForm(TokenForm):
    """The questions of one survey; `answer_form` adds them."""

    questions: Sequence[SurveyQuestion] = ()

    def asked(self) -> list[tuple[SurveyQuestion, Any]]:
        """Give each question with its field, for the page."""
        return [(question, self[field_of(question)]) for question in self.questions]

    def said(self) -> dict[int, list[str]]:
        """Give what was said to each question, by its number."""
        return {question.id: _as_list(field.data) for question, field in self.asked()}


def answer_form(
    survey: Survey, *, formdata: Any = None, values: Mapping[str, Any] | None = None
) -> SurveyForm:
    """Make the form of a survey, filled in with `values` as they were kept."""
    questions = list(survey.questions)
    fields = {field_of(question): _field_for(question) for question in questions}
    data = {f"question-{number}": _typed(value) for number, value in (values or {}).items()}
    form: SurveyForm = type("SurveyForm", (SurveyForm,), fields)(formdata=formdata, data=data)
    form.questions = questions
    return form


def _field_for(question: SurveyQuestion) -> Any:
    kind = AnswerKind(question.kind)
    first = (
        InputRequired(lazy_gettext("Please answer this question."))
        if question.is_required
        else Optional()
    )
    if kind is AnswerKind.OPEN:
        return StringField(
            question.words, [first, at_most(LONGEST_ANSWER)], filters=[plain], widget=TextArea()
        )
    choices = [SelectChoice(str(number), text) for number, text in options(question)]
    if kind is AnswerKind.CHOICES:
        return SelectMultipleField(
            question.words,
            [first],
            choices=choices,
            validate_choice=False,
            widget=ListWidget(prefix_label=False),
            option_widget=CheckboxInput(),
        )
    if not question.is_required:
        # Who pressed one by mistake can take it back, also without script.
        choices.append(SelectChoice("", gettext("No answer")))
    return RadioField(question.words, [first], choices=choices, validate_choice=False)


def _as_list(data: Any) -> list[str]:
    if isinstance(data, list):
        return [str(one) for one in data]
    return [str(data)] if data else []


def _typed(value: Any) -> Any:
    if isinstance(value, list):
        return [str(one) for one in value]
    return str(value)
