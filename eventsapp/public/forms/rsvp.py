"""What a participant can fill in behind a personal link: all of it optional, nothing a trap.

The token in the address is the secret, so these forms carry no session CSRF. What
is wrong with the content is judged by `invitations/`; here are only the fields and their lengths.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget, TextArea

from eventsapp.core.language import label
from eventsapp.invitations.extras import (
    LONGEST_NAMES,
    LONGEST_NEED,
    LONGEST_REMARK,
    LONGEST_VALUE,
    Extras,
    question_field,
)
from eventsapp.invitations.kinds import Need
from eventsapp.invitations.rules import MOST_GUESTS
from eventsapp.meetings.kinds import QuestionKind
from eventsapp.meetings.models import Question
from eventsapp.public.forms.faults import Blamed, at_most, plain

LONGEST_NAME = 160
LONGEST_ADDRESS = 254


class TokenForm(Blamed, FlaskForm):  # type: ignore[misc]
    """A form that is protected by the token in its address."""

    class Meta:
        """Without session CSRF."""

        csrf = False


class SubstituteForm(TokenForm):
    """Somebody else comes in my place: a name is enough."""

    substitute_name = StringField(
        lazy_gettext("Name of who comes in your place"),
        [
            InputRequired(lazy_gettext("Fill in the name of who comes in your place.")),
            at_most(LONGEST_NAME),
        ],
        filters=[plain],
    )
    substitute_email = StringField(
        lazy_gettext("E-mail address of that person"),
        [Optional(), at_most(LONGEST_ADDRESS)],
        filters=[plain],
    )


class SuccessorForm(TokenForm):
    """I no longer do this, ask somebody else."""

    successor_name = StringField(
        lazy_gettext("Who does this now?"),
        [InputRequired(lazy_gettext("Fill in who does this now.")), at_most(LONGEST_NAME)],
        filters=[plain],
    )
    successor_email = StringField(
        lazy_gettext("E-mail address"), [Optional(), at_most(LONGEST_ADDRESS)], filters=[plain]
    )
    successor_phone = StringField(
        lazy_gettext("Telephone"), [Optional(), at_most(60)], filters=[plain]
    )


class ExtrasForm(TokenForm):
    """What may come after the answer. Own questions are added to it by `extras_form`."""

    guests = IntegerField(
        lazy_gettext("How many people come with you?"),
        [
            Optional(),
            NumberRange(
                0,
                MOST_GUESTS,
                lazy_gettext("Fill in a number from 0 to %(most)s.", most=MOST_GUESTS),
            ),
        ],
    )
    guest_names = StringField(
        lazy_gettext("What are their names?"),
        [Optional(), at_most(LONGEST_NAMES)],
        filters=[plain],
    )
    needs = SelectMultipleField(
        lazy_gettext("What do you need?"),
        choices=[SelectChoice(need.value, need.value) for need in Need],
        validate_choice=False,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    needs_remark = TextAreaField(
        lazy_gettext("In your own words"),
        [Optional(), at_most(LONGEST_NEED)],
        filters=[plain],
    )
    remember_needs = BooleanField(lazy_gettext("Remember this for the next time with this group"))
    remark = TextAreaField(
        lazy_gettext("Your remark"), [Optional(), at_most(LONGEST_REMARK)], filters=[plain]
    )

    question_ids: tuple[int, ...] = ()

    def extras(self) -> Extras:
        """Give what was filled in; fields that the page did not show leave things as they were."""
        has = self._fields
        return Extras(
            guests=(self.guests.data or 0) if "guests" in has else None,
            guest_names=(self.guest_names.data or "") if "guest_names" in has else None,
            remark=self.remark.data or "",
            answers={id_: self[question_field(id_)].data or "" for id_ in self.question_ids},
            needs=frozenset(self.needs.data or ()) if "needs" in has else None,
            needs_remark=(self.needs_remark.data or "") if "needs" in has else "",
            remember_needs=self.remember_needs.data if "remember_needs" in has else None,
        )


def extras_form(
    questions: Iterable[Question],
    *,
    comes: bool,
    may_remember: bool,
    formdata: Any = None,
    data: Mapping[str, Any] | None = None,
) -> ExtrasForm:
    """Make the form for one invitee: who does not come has only the remark."""
    asked = list(questions) if comes else []
    fields = {question_field(question.id): _field_for(question) for question in asked}
    form: ExtrasForm = type("ExtrasForm", (ExtrasForm,), fields)(formdata=formdata, data=data)
    form.question_ids = tuple(question.id for question in asked)
    form.needs.choices = [SelectChoice(need.value, label(need)) for need in Need]
    if not comes:
        for name in ("guests", "guest_names", "needs", "needs_remark"):
            del form[name]
    if not (comes and may_remember):
        del form["remember_needs"]
    return form


def _field_for(question: Question) -> Any:
    if question.kind == QuestionKind.TEXT:
        return StringField(
            question.label,
            [Optional(), at_most(LONGEST_VALUE)],
            filters=[plain],
            widget=TextArea(),
        )
    labels = [str(option["label"]) for option in question.options]
    choices = [SelectChoice(each, each) for each in labels]
    choices.append(SelectChoice("", gettext("I do not choose")))
    return RadioField(
        question.label, [Optional()], choices=choices, default="", validate_choice=False
    )
