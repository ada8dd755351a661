"""What an editor fills in for an edition as a whole, and for a newsletter and its rhythm.

Lengths and bounds are judged by `newsletters/`; its refusals are shown beside the field.
"""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    FileField,
    HiddenField,
    IntegerField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import InputRequired, Optional

from eventsapp.manage.forms.directory import number_or_none
from eventsapp.manage.forms.meeting_rows import TIMES
from eventsapp.newsletters.edition_words import EditionWords, merged
from eventsapp.newsletters.editions import tidy_words, words_of
from eventsapp.newsletters.models import Edition, Newsletter
from eventsapp.newsletters.newsletters import FOR_COORDINATORS, NewsletterPlan, plan_of

_NUMBER = lazy_gettext("Fill in a number.")


class WordsForm(FlaskForm):  # type: ignore[misc]
    """What readers see of an edition before they open it."""

    subject = StringField(
        lazy_gettext("Subject"),
        description=lazy_gettext(
            "What is most worth reading this time? Best within 50 characters."
        ),
    )
    preview_line = StringField(
        lazy_gettext("Preview line"),
        description=lazy_gettext(
            "Stands behind or beneath the subject, before the mail is opened."
        ),
    )
    title = StringField(
        lazy_gettext("Name of this edition"),
        description=lazy_gettext("So it is called here and on the website."),
    )
    version = HiddenField()

    @classmethod
    def of(cls, edition: Edition) -> WordsForm:
        """Fill the form with what was sent, else with what is kept."""
        return cls(data=_words(edition))

    @classmethod
    def kept(cls, edition: Edition) -> WordsForm:
        """Fill the form with what is kept, whatever was sent."""
        return cls(formdata=None, data=_words(edition))

    def words(self) -> EditionWords:
        """Give what was filled in."""
        return EditionWords(
            title=self.title.data or "",
            subject=self.subject.data or "",
            preview_line=self.preview_line.data or "",
        )

    def meet(self, edition: Edition) -> None:
        """Put the words of another beside what was typed; whoever sends this again has seen both.

        Fields that were left as they were get the words of the other.
        """
        result = merged(words_of(edition), tidy_words(self.words()), self.version.data or "")
        for name, value in asdict(result.words).items():
            self[name].data = value
        for name in result.torn:
            there = getattr(edition, name) or "–"
            self[name].errors = [gettext("Stands there now: %(text)s", text=there)]
        self.version.data, self.version.raw_data = words_of(edition).marks, None


class NewEditionForm(FlaskForm):  # type: ignore[misc]
    """How a new edition is called, and what it begins with."""

    title = StringField(
        lazy_gettext("Name of this edition"),
        [InputRequired(lazy_gettext("Give the edition a title."))],
        description=lazy_gettext("For instance: Newsletter of March"),
    )
    newsletter_id = SelectField(lazy_gettext("Newsletter"), coerce=int, validate_choice=False)
    region_id = SelectField(
        lazy_gettext("To readers in which region?"), coerce=number_or_none, validate_choice=False
    )


class CopyEditionForm(FlaskForm):  # type: ignore[misc]
    """How a copy is called."""

    title = StringField(
        lazy_gettext("Name of this edition"),
        [InputRequired(lazy_gettext("Give the edition a title."))],
    )


class NewsletterForm(FlaskForm):  # type: ignore[misc]
    """The settings of a newsletter; who must agree is for coordinators."""

    name = StringField(
        lazy_gettext("Name"), [InputRequired(lazy_gettext("Give the newsletter a name."))]
    )
    about = TextAreaField(
        lazy_gettext("What it is about"),
        description=lazy_gettext("Stands on the page where people subscribe."),
    )
    language = SelectField(
        lazy_gettext("Language"),
        choices=[
            SelectChoice("nl", lazy_gettext("Dutch")),
            SelectChoice("en", lazy_gettext("English")),
        ],
    )
    is_active = BooleanField(lazy_gettext("This newsletter is in use"))
    sender_name = StringField(
        lazy_gettext("Name of the sender"),
        description=lazy_gettext("As readers see it in their mailbox. Left empty: the programme."),
    )
    reply_to = EmailField(
        lazy_gettext("Answers go to"),
        description=lazy_gettext("The address of who reads what readers answer."),
    )
    masthead = StringField(
        lazy_gettext("Words at the top"),
        description=lazy_gettext("Left empty, the name stands there."),
    )
    picture_file = FileField(
        lazy_gettext("Logo at the top"),
        description=lazy_gettext("PNG, JPEG or WebP. We scale it."),
    )
    picture_gone = BooleanField(lazy_gettext("Take the logo away"))
    every_months = IntegerField(
        lazy_gettext("Every so many months"), [InputRequired(_NUMBER)], default=2
    )
    next_on = DateField(
        lazy_gettext("The next edition is sent on"),
        [Optional()],
        description=lazy_gettext("Left empty, no edition begins by itself."),
    )
    send_at = TimeField(lazy_gettext("At what time?"), [InputRequired(_NUMBER)], format=TIMES)
    opens_days = IntegerField(lazy_gettext("The draft begins"), [InputRequired(_NUMBER)])
    contributions_days = IntegerField(
        lazy_gettext("Contributions are in"), [InputRequired(_NUMBER)]
    )
    review_days = IntegerField(lazy_gettext("Ready to be reviewed"), [InputRequired(_NUMBER)])
    sign_off_days = IntegerField(lazy_gettext("Signed off"), [InputRequired(_NUMBER)])
    late_hours = IntegerField(
        lazy_gettext("So many hours later it is still sent by itself"),
        [InputRequired(_NUMBER)],
        description=lazy_gettext(
            "For when the machine stood still at the planned time. Beyond it we ask you first."
        ),
    )
    needs_second = BooleanField(
        lazy_gettext("Somebody else than who made the last change signs off")
    )
    regional_needs_approval = BooleanField(
        lazy_gettext("A coordinator approves messages to one region")
    )
    counts_clicks = BooleanField(
        lazy_gettext("Count how often each link is followed"),
        description=lazy_gettext(
            "Totals only: never who followed it. We never count opened mails."
        ),
    )
    version = HiddenField()

    @classmethod
    def of(cls, newsletter: Newsletter | None) -> NewsletterForm:
        """Fill the form with what is kept, or with what was sent."""
        if newsletter is None:
            return cls(data=_values(NewsletterPlan("")))
        return cls(data={**_values(plan_of(newsletter)), "version": str(newsletter.version)})

    def plan(self, picture_id: int | None) -> NewsletterPlan:
        """Give the settings as they were filled in."""
        asked = {one.name for one in fields(NewsletterPlan)} - {"masthead_picture_id"}
        values: dict[str, Any] = {name: self[name].data for name in asked if name in self}
        for name, value in values.items():
            if value is None and name not in _MAY_BE_EMPTY:
                values[name] = ""
        return NewsletterPlan(**values, masthead_picture_id=picture_id)

    def hide_from_editors(self) -> None:
        """Leave out what only coordinators decide."""
        for name in FOR_COORDINATORS:
            del self[name]


_MAY_BE_EMPTY = ("next_on",)


def _words(edition: Edition) -> dict[str, str]:
    return {
        "subject": edition.subject,
        "preview_line": edition.preview_line,
        "title": edition.title,
        "version": words_of(edition).marks,
    }


def _values(plan: NewsletterPlan) -> dict[str, Any]:
    return {one.name: getattr(plan, one.name) for one in fields(NewsletterPlan)}
