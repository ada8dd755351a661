"""What an advisor fills in on behalf of an invitee, and the sort and tabs of the list of answers.

`manage/answers.py` uses it. The form knows lengths and kinds; seats are judged by `invitations/`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    EmailField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectChoice,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import TextArea

from eventsapp.core.language import label
from eventsapp.core.text import without_controls
from eventsapp.invitations.extras import (
    LONGEST_NAMES,
    LONGEST_REMARK,
    LONGEST_VALUE,
    Extras,
    question_field,
)
from eventsapp.invitations.kinds import Reply, Via
from eventsapp.invitations.models import Invitation
from eventsapp.invitations.rules import MOST_GUESTS
from eventsapp.meetings.kinds import QuestionKind
from eventsapp.meetings.models import Question

SUBSTITUTE = "substitute"


def plain(text: str | None) -> str:
    """Drop the characters that no page can show, as soon as they come in."""
    return without_controls(text or "")


def at_most(characters: int) -> Length:
    """Refuse a longer text in words that say how long it may be."""
    message = lazy_gettext("This is too long: at most %(most)s characters.", most=characters)
    return Length(max=characters, message=message)


class AnswerForm(FlaskForm):  # type: ignore[misc]
    """An answer that somebody gave to an advisor. Own questions are added by `answer_form`."""

    reply = RadioField(
        lazy_gettext("What is the answer?"),
        [InputRequired(lazy_gettext("Choose one of the answers."))],
    )
    substitute_name = StringField(
        lazy_gettext("Who comes instead?"), [at_most(160)], filters=[plain]
    )
    substitute_email = EmailField(
        lazy_gettext("E-mail address of the substitute"), [at_most(254)], filters=[plain]
    )
    guests = IntegerField(
        lazy_gettext("How many people come along?"),
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
        lazy_gettext("Names of who comes along"), [at_most(LONGEST_NAMES)], filters=[plain]
    )
    remark = TextAreaField(
        lazy_gettext("Remark"), [at_most(LONGEST_REMARK)], filters=[plain], render_kw={"rows": 3}
    )
    via = RadioField(lazy_gettext("How did you hear it?"), default=Via.PHONE.value)

    seen = HiddenField()

    question_ids: tuple[int, ...] = ()

    @property
    def is_substitute(self) -> bool:
        """Tell whether somebody else comes."""
        return bool(self.reply.data == SUBSTITUTE)

    def extras(self) -> Extras:
        """Give what goes with the answer; needs are left as they were."""
        comes = self.reply.data in (Reply.ACCEPTED, SUBSTITUTE)
        return Extras(
            guests=(self.guests.data or 0) if comes else None,
            guest_names=self.guest_names.data or "",
            remark=self.remark.data or "",
            answers={one: self[question_field(one)].data or "" for one in self.question_ids},
        )


def answer_form(
    invitation: Invitation, questions: Iterable[Question], said: dict[int, str]
) -> AnswerForm:
    """Make the form for one invitee, filled with the answer as it stands."""
    asked = list(questions)
    fields = {question_field(one.id): _field_for(one) for one in asked}
    standing = SUBSTITUTE if invitation.substitute_name else invitation.reply
    if standing == Reply.WAITLISTED:
        standing = Reply.ACCEPTED
    data: dict[str, Any] = {
        "reply": standing,
        "guests": invitation.guests,
        "seen": stamp(invitation),
        **{question_field(number): value for number, value in said.items()},
    }
    made = type("AnswerForm", (AnswerForm,), fields)
    form: AnswerForm = made(obj=invitation, data=data)
    form.question_ids = tuple(one.id for one in asked)
    form.reply.choices = [
        SelectChoice(Reply.ACCEPTED.value, label(Reply.ACCEPTED)),
        SelectChoice(Reply.TENTATIVE.value, label(Reply.TENTATIVE)),
        SelectChoice(Reply.DECLINED.value, label(Reply.DECLINED)),
        SelectChoice(SUBSTITUTE, gettext("Somebody else comes instead")),
    ]
    form.via.choices = [
        SelectChoice(Via.PHONE.value, gettext("By telephone")),
        SelectChoice(Via.ADVISOR.value, gettext("Otherwise, for instance by mail")),
    ]
    return form


def stamp(invitation: Invitation) -> str:
    """Tell which answer a form was filled in beside."""
    return invitation.replied_at.isoformat() if invitation.replied_at else "none"


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
    choices.append(SelectChoice("", gettext("Not said")))
    return RadioField(
        question.label, [Optional()], choices=choices, default="", validate_choice=False
    )
