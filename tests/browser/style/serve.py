"""A living style page: every macro with sample data, in the real frames, for looking and for axe.

Not a page of the product. `serve()` starts it on a free port and stops with the block; the browser
tests use it, and `python -m tests.browser.style.serve` prints its address and waits.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import wtforms as w
from flask import Flask, flash, g, jsonify, render_template
from flask_wtf import FlaskForm
from jinja2 import ChoiceLoader, FileSystemLoader
from wtforms.fields.choices import SelectChoice

from config import Settings
from eventsapp.app import create_app
from eventsapp.background.serve import open_web
from eventsapp.core.actor import Actor, Level
from eventsapp.core.dates import now
from eventsapp.core.settings import KEY
from eventsapp.invitations.kinds import Presence, Reply
from eventsapp.mail.kinds import MessageState
from eventsapp.manage import navigation
from eventsapp.meetings.kinds import MeetingStatus

HERE = Path(__file__).parent
DAY = date(2027, 1, 12)
ENDPOINTS = (
    "manage_home.show",
    "manage_meetings.index",
    "manage_people.index",
    "manage_organisations.index",
    "manage_lists.index",
    "manage_mail.index",
    "public_signin.sign_out",
)
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
MEETINGS: dict[tuple[int, int], list[dict[str, str]]] = {
    (1, 12): [
        {
            "href": "#",
            "time": "13.30",
            "title": "Netwerkbijeenkomst adviesraden",
            "place": "Heerlen",
        },
        {
            "href": "#",
            "time": "19.00",
            "title": "Themabijeenkomst Wmo",
            "state": "draft",
            "state_text": "Concept",
        },
    ],
    (1, 20): [{"href": "#", "time": "13.30", "title": "Training", "place": "Sittard"}],
    (1, 22): [
        {
            "href": "#",
            "time": "10.00",
            "title": "Voorzittersoverleg",
            "state": "cancelled",
            "state_text": "Gaat niet door",
        },
    ],
}


def words(*pairs: tuple[str, str]) -> list[SelectChoice]:
    """Make the choices of a field."""
    return [SelectChoice(value=value, label=label) for value, label in pairs]


class Search(FlaskForm):
    """Fields of a filter."""

    q = w.StringField("Zoeken")
    region = w.SelectField("Regio", choices=words(("", "Alle regio's"), ("1", "Zuid-Limburg")))
    since = w.DateField("Sinds")


class Sample(FlaskForm):
    """One field of each kind."""

    title = w.StringField("Titel", [w.validators.InputRequired()])
    day = w.DateField("Dag", [w.validators.InputRequired()])
    starts = w.TimeField("Van", [w.validators.InputRequired()])
    ends = w.TimeField("Tot", [w.validators.InputRequired()])
    kind = w.SelectField(
        "Soort", choices=words(("n", "Netwerkbijeenkomst"), ("t", "Themabijeenkomst"))
    )
    shape = w.RadioField("Waar?", choices=words(("place", "Op een plek"), ("online", "Online")))
    themes = w.SelectMultipleField(
        "Thema's",
        choices=words(*((x, x) for x in ("Wmo", "Jeugd", "Participatie", "Armoede", "Vervoer"))),
        widget=w.widgets.ListWidget(),
        option_widget=w.widgets.CheckboxInput(),
    )
    description = w.TextAreaField("Beschrijving")
    file = w.FileField("Adressen inlezen", description="Een bestand uit Excel, hoogstens 5 MB.")
    public = w.BooleanField("Iedereen mag zich aanmelden", description="Er komt een open pagina.")


def make_app() -> Flask:
    """Make the product with the style page beside it; nothing is stored."""
    folder = Path(mkdtemp())
    app = create_app(
        Settings(data_dir=folder, mode="demo", secret_key="only for looking at the style" * 2)
    )
    app.jinja_loader = ChoiceLoader([app.jinja_loader, FileSystemLoader(HERE)])  # type: ignore[list-item,assignment]
    for endpoint in ENDPOINTS:
        if endpoint not in app.view_functions:
            app.add_url_rule(f"/not-there-yet/{endpoint}", endpoint, lambda: "")
    app.add_url_rule("/style", "style", style)
    app.add_url_rule("/style/public", "style_public", style_public)
    app.add_url_rule("/style/error", "style_error", lambda: 1 / 0)
    app.add_url_rule("/preview", "preview", preview)
    app.add_url_rule("/progress.json", "progress", progress)
    return app


def style() -> str:
    """Show all pieces as an advisor sees them."""
    g.actor = Actor(Level.ADVISOR, name="Anna de Vries")
    flash("De bijeenkomst is bewaard.", "success")
    bad = Sample(
        title="",
        shape="place",
        themes=["Wmo"],
        description="<p>Welkom, <strong>iedereen</strong>.</p>",
    )
    bad.csrf_token.data = ""
    bad.title.errors = ["Vul een titel in."]
    bad.ends.errors = ["Het einde ligt vóór het begin."]
    bad.shape.errors = ["Kies waar de bijeenkomst is."]
    return render_template(
        "page.html",
        bad=bad,
        search=Search(region="1"),
        replies=Reply,
        presences=Presence,
        statuses=MeetingStatus,
        states=MessageState,
        until=now() + timedelta(seconds=60),
        first=DAY.replace(day=1),
        today=DAY,
        weeks=list(weeks()),
        navigation=marked(navigation.navigation()),
    )


def marked(bar: dict[str, Any]) -> dict[str, Any]:
    """Pretend to be on the page of meetings."""
    for entry in bar["main"][1:2]:
        entry["current"] = True
    return bar


def weeks() -> Iterator[list[dict[str, Any]]]:
    """Give January 2027 with a few meetings and a holiday."""
    day = date(2026, 12, 28)
    while day <= date(2027, 1, 31):
        week = []
        for _ in range(7):
            new_year = (day.month, day.day) == (1, 1)
            week.append(
                {
                    "date": day,
                    "items": MEETINGS.get((day.month, day.day), []),
                    "holiday": "Nieuwjaarsdag" if new_year else None,
                }
            )
            day += timedelta(days=1)
        yield week


def style_public() -> str:
    """Show a page as a participant sees it."""
    return render_template("public.html", language_action="/language")


def preview() -> Any:
    """Show something in the sandboxed frame."""
    page = "<!doctype html><html lang=nl><title>Voorbeeld</title><p>Beste Riet,</p></html>"
    return page, 200, {"Content-Security-Policy": POLICY, "X-Frame-Options": "SAMEORIGIN"}


def progress() -> Any:
    """Say how far the pretended job is."""
    return jsonify(done=130, total=342, text="130 van 342 verstuurd", finished=False)


@contextmanager
def serve() -> Iterator[str]:
    """Run the style page on a free port, on the web server of the product; give its address."""
    app, listener = make_app(), socket.create_server(("127.0.0.1", 0))
    server: Any = open_web(app, listener, app.extensions[KEY])
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        # Its own loop closes it, and no answer is cut off half-way.
        server.trigger.pull_trigger(server.close)
        thread.join(timeout=30)


if __name__ == "__main__":
    with serve() as address:
        print(f"{address}/style and {address}/style/public; Ctrl+C stops", flush=True)
        threading.Event().wait(600)
