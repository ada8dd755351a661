"""What is filled in to sign off an edition and to plan when it leaves, for `manage/sign_off.py`."""

from __future__ import annotations

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import DateField, TextAreaField, TimeField
from wtforms.validators import InputRequired, Optional

from eventsapp.core.text import without_controls
from eventsapp.newsletters.duties import DAYS, Days

TIMES = ["%H:%M", "%H:%M:%S"]


def plain(text: str | None) -> str:
    """Drop the characters that no mail can carry, as soon as they come in."""
    return without_controls(text or "")


class RemarkForm(FlaskForm):  # type: ignore[misc]
    """What should be different before somebody agrees. Judged by `newsletters/sign_off.py`."""

    remark = TextAreaField(
        lazy_gettext("What should be different?"), filters=[plain], render_kw={"rows": 4}
    )


class PlanForm(FlaskForm):  # type: ignore[misc]
    """When an edition leaves by itself, in the time of its newsletter."""

    send_on = DateField(lazy_gettext("Day"), [InputRequired(lazy_gettext("Fill in a day."))])
    send_at = TimeField(
        lazy_gettext("Time"), [InputRequired(lazy_gettext("Fill in a time."))], format=TIMES
    )


class DaysForm(FlaskForm):  # type: ignore[misc]
    """When each step of an edition is due."""

    contributions_on = DateField(lazy_gettext("Contributions are in"), [Optional()])
    review_on = DateField(lazy_gettext("Ready to be read"), [Optional()])
    sign_off_on = DateField(lazy_gettext("Signed off"), [Optional()])
    send_on = DateField(lazy_gettext("To be sent on"), [Optional()])

    def days(self) -> Days:
        """Give the days as they were filled in."""
        return Days(**{name: self[name].data for name in DAYS})
