"""What requests to be erased ask of the coordinator, for the page of today. One question."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext, ngettext

from eventsapp.core.actor import Actor
from eventsapp.core.dates import long_date
from eventsapp.core.language import current_language
from eventsapp.manage.tasks import Task, line_of
from eventsapp.privacy import erasure_requests


def tasks(actor: Actor) -> list[Task]:
    """Give one line while anybody waits: how many, and by when the first must be answered."""
    waiting = erasure_requests.pressing(actor)
    if waiting is None:
        return []
    day = long_date(waiting.answer_by, current_language())
    due = (
        gettext("should have been answered by %(day)s", day=day)
        if waiting.is_overdue
        else gettext("answer by %(day)s", day=day)
    )
    asked = ngettext("%(num)s person waits", "%(num)s people wait", waiting.number)
    return [
        Task(
            "warning" if waiting.is_overdue else "person",
            gettext("Requests to be erased"),
            line_of([asked, due]),
            url_for("manage_erasures.index"),
            gettext("Look"),
        )
    ]
