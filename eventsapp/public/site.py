"""The start page and what the site says of itself: sources, privacy, and which language it speaks.

Open to all. The choice of a language is a cookie of its own and says nothing about anybody.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Flask, Response, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from eventsapp.accounts import sessions
from eventsapp.core import http, language
from eventsapp.core.dates import when
from eventsapp.core.settings import settings
from eventsapp.meetings.queries import meetings_for_all
from eventsapp.public.paths import own_path

bp = Blueprint("public_site", __name__)

REMEMBERED = timedelta(days=365)
# As their givers ask for them, in the words of eventsapp/directory/data/NOTICE.md.
CREDITS = ("Gemeentegrenzen: © CBS en Kadaster, bewerkt (CC BY 4.0).",)
ROBOTS = """\
User-agent: *
Disallow: /a/
Disallow: /l/
Disallow: /manage/
Disallow: /meetings/confirm/
Disallow: /mine/
Disallow: /postoffice
Disallow: /r/
Disallow: /reset/
Disallow: /subscribe/confirm/
Disallow: /u/
"""


def init_app(app: Flask) -> None:
    """Give visitors' pages their footer, and the choice of a language."""
    app.context_processor(_for_the_frame)


def _for_the_frame() -> dict[str, Any]:
    pages = [
        (gettext("Newsletters"), url_for("public_archive.index")),
        (gettext("Subscribe to the newsletter"), url_for("public_subscribe.index")),
        (gettext("What we keep about you"), url_for("public_site.privacy")),
        (gettext("Sources"), url_for("public_site.about")),
    ]
    # Somebody's own language is kept with the person; then there is nothing to choose here.
    is_known = g.get("language") is not None
    return {
        "site_pages": pages,
        "language_action": None if is_known else url_for("public_site.choose_language"),
    }


@bp.get("/")
def home() -> str:
    """Show what this is, which meetings are open to all, and where advisors sign in."""
    words = language.current_language()
    meetings = [(one, when(one.starts_wall, one.ends_wall, words)) for one in meetings_for_all()]
    is_signed_in = bool(sessions.resolve(http.cookie()))
    return render_template("public/site/home.html", meetings=meetings, is_signed_in=is_signed_in)


@bp.post("/language")
def choose_language() -> ResponseReturnValue:
    """Keep the chosen language in a cookie and go back to the same page."""
    back = own_path(request.form.get("back", ""), url_for(".home"))
    response = redirect(back, 303)
    chosen = request.form.get("language", "")
    if chosen in language.LANGUAGES:
        response.set_cookie(
            language.COOKIE,
            chosen,
            max_age=int(REMEMBERED.total_seconds()),
            httponly=True,
            samesite="Lax",
            secure=settings().base_url.startswith("https:"),
        )
    return response


# Another site can at most change the language of a page; a token would demand a session first.
http.csrf.exempt(choose_language)


@bp.get("/about")
def about() -> str:
    """Show what this is made of and whose data it uses."""
    return render_template("public/site/about.html", credits=CREDITS)


@bp.get("/privacy")
def privacy() -> str:
    """Show in plain words what is kept of participants, and how long."""
    running = settings()
    return render_template(
        "public/site/privacy.html",
        keep_mail_days=running.keep_mail_days,
        left_years=_years(running.keep_left_readers_days),
        silent_years=_years(running.keep_inactive_days),
    )


@bp.get("/robots.txt")
def robots() -> Response:
    """Ask search machines to keep to what is open to all."""
    return Response(ROBOTS, content_type="text/plain; charset=utf-8")


def _years(days: int) -> str:
    """Write so many days as years, with a half where that is nearer: 730 is "2"."""
    halves = max(1, round(days / 365 * 2))
    whole, half = divmod(halves, 2)
    return f"{whole or ''}{'½' if half else ''}"
