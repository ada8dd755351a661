"""Is the mail in order? For the coordinator: a table of what was tried and what helps.

Looking takes some seconds and asks other machines, so it is a press of a button; it changes
nothing. The same table is `flask doctor` in the terminal.
"""

from __future__ import annotations

import re
import smtplib
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import format_decimal, gettext
from markupsafe import Markup, escape
from werkzeug.wrappers import Response

from eventsapp.core.actor import Actor
from eventsapp.core.errors import DeliveryError, Forbidden
from eventsapp.core.labels import N_
from eventsapp.core.settings import settings
from eventsapp.core.templates import moment
from eventsapp.mail import doctor, doctor_servers
from eventsapp.mail.doctor_words import Finding, Verdict
from eventsapp.manage.guard import current_actor

_BACKTICKS = re.compile(r"`([^`]+)`")

bp = Blueprint("manage_doctor", __name__, url_prefix="/manage/doctor")


@bp.get("/")
def show() -> str:
    """Say what the button does."""
    _coordinator()
    return _page([])


@bp.post("/")
def examine() -> str:
    """Try everything and show what was found."""
    _coordinator()
    return _page(doctor.examine())


@bp.post("/trial")
def trial() -> Response:
    """Send a mail to our own bounce address."""
    _coordinator()
    try:
        doctor_servers.send_trial()
    except (DeliveryError, OSError, smtplib.SMTPException) as fault:
        flash(gettext("The trial mail could not be sent: %(why)s", why=str(fault)), "error")
    else:
        text = gettext("The trial mail is on its way. Look again in some minutes.")
        flash(text, "success")
    return redirect(url_for(".show"), 303)


def _coordinator() -> Actor:
    actor = current_actor()
    if not actor.is_coordinator:
        raise Forbidden(N_("Only the coordinator can look at this."))
    return actor


def _page(findings: list[Finding]) -> str:
    return render_template(
        "manage/doctor/show.html",
        findings=findings,
        said=_said,
        verdict_of=Verdict,
        counts=[(one, sum(each.verdict is one for each in findings)) for one in Verdict],
        has_bounce_address=bool(settings().bounce_address),
    )


def _said(finding: Finding, text: str) -> Markup:
    """Translate it; what stands between backticks, as a terminal wants it, is code on a page."""
    marked = _BACKTICKS.sub(r"<code>\1</code>", str(escape(gettext(text))))
    said = Markup(marked)  # noqa: S704 - our own text, escaped; the values are escaped below
    values = {name: _written(value) for name, value in finding.values.items()}
    return said % values if values else said


def _written(value: Any) -> Any:
    """Write a moment or a measure as the reader's language does."""
    if isinstance(value, datetime):
        return moment(value)
    return format_decimal(value, "#,##0.0") if isinstance(value, float) else value
