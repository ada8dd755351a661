"""Words and links that several pages of the address book write, for use in templates."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Flask, current_app, url_for
from flask_babel import gettext
from markupsafe import Markup

from eventsapp.contacts.consent import OPTED_OUT
from eventsapp.core.actor import Level
from eventsapp.core.language import current_language, label
from eventsapp.directory.kinds import ImportState, OrganisationKind, RoleKind
from eventsapp.directory.matching import Doing
from eventsapp.directory.models import Theme
from eventsapp.invitations.kinds import Presence, Reply
from eventsapp.manage import mailing_words
from eventsapp.meetings.kinds import MeetingStatus


def init_app(app: Flask) -> None:
    """Give the templates these words."""
    app.jinja_env.globals.update(
        level_label=lambda value: label(Level(value)),
        kind_label=lambda value: label(OrganisationKind(value)),
        role_label=lambda value: label(RoleKind(value)),
        reply_of=Reply,
        presence_of=Presence,
        status_of=MeetingStatus,
        state_of=ImportState,
        doing_of=Doing,
        last_day=last_day,
        reason_of=reason_of,
        reason_words=mailing_words.reason_words,
        when_of=mailing_words.when_of,
        server_reply_of=mailing_words.server_reply_of,
        bounce_words=mailing_words.bounce_words,
        meeting_link=meeting_link,
        web_link=web_link,
    )
    app.jinja_env.filters["theme_name"] = theme_name
    app.jinja_env.filters["number"] = mailing_words.number


def last_day(until: date) -> date:
    """Give the last day that something holds: `until` is the first on which it does not."""
    return until - timedelta(days=1)


def reason_of(reason: str) -> str:
    """Say why somebody gets no mail."""
    return gettext("has asked for that") if reason == OPTED_OUT else gettext("mail does not arrive")


def meeting_link(meeting_id: int) -> str:
    """Give the address of the page of a meeting."""
    endpoint = "manage_meetings.show"
    return (
        url_for(endpoint, meeting_id=meeting_id) if endpoint in current_app.view_functions else ""
    )


def web_link(address: str) -> Markup:
    """Link to a website; what is no web address stays text."""
    if not address.startswith(("https://", "http://")):
        return Markup.escape(address)
    shown = address.partition("://")[2].rstrip("/")
    return Markup('<a href="{}" rel="noopener noreferrer">{}</a>').format(address, shown)


def theme_name(theme: Theme) -> str:
    """Give the name of a theme in the reader's language."""
    return theme.name(current_language())
