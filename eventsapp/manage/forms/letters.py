"""What an advisor fills in to write a letter. `manage/letters.py` uses it."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectChoice, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from eventsapp.contacts.letters import LetterPlan
from eventsapp.core.text import without_controls
from eventsapp.meetings.models import Paper


def plain(text: str | None) -> str:
    """Drop the characters that no mail can carry, as soon as they come in."""
    return without_controls(text or "")


class LetterForm(FlaskForm):  # type: ignore[misc]
    """To whom, about what, and what to say. Lengths are judged by `contacts/letters.py`."""

    audience = RadioField(
        lazy_gettext("To whom do you write?"),
        [InputRequired(lazy_gettext("Choose to whom you write."))],
    )
    subject = StringField(
        lazy_gettext("Subject"),
        [InputRequired(lazy_gettext("Fill in a subject."))],
        filters=[plain],
    )
    body = TextAreaField(
        lazy_gettext("Letter"),
        [InputRequired(lazy_gettext("Write the letter first."))],
        filters=[plain],
        render_kw={"rows": 12},
    )
    papers = SelectMultipleField(
        lazy_gettext("Papers that go along as links"),
        coerce=int,
        validate_choice=False,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    def offer(self, audiences: Iterable[tuple[str, str]], papers: Iterable[Paper]) -> None:
        """Say what can be chosen."""
        self.audience.choices = [SelectChoice(value, text) for value, text in audiences]
        self.papers.choices = [SelectChoice(one.id, one.title) for one in papers]

    def plan(self) -> LetterPlan:
        """Give the letter as it was filled in."""
        return LetterPlan(
            audience=self.audience.data or "",
            subject=self.subject.data or "",
            body=self.body.data or "",
            paper_ids=[one for one in self.papers.data or () if 0 < one < 2**31][:50],
        )
