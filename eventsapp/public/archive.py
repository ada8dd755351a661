"""`/newsletters`: editions and articles that anybody may read, with a search and a feed.

Mails lead here for "read in your browser"; the address says nothing about who reads. Only what
has left is shown, as the mails said it, with all that is meant for one region or theme.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, render_template, request
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from eventsapp.core.dates import utc_to_local
from eventsapp.core.language import LANGUAGES, current_language, speaking
from eventsapp.core.settings import settings
from eventsapp.core.text import one_line
from eventsapp.mail.layout import NOT_IN_XML
from eventsapp.newsletters import archive
from eventsapp.newsletters.models import ArchivePage, Edition
from eventsapp.newsletters.web_pieces import laid_out

bp = Blueprint("public_archive", __name__, url_prefix="/newsletters")

FEED = "application/atom+xml; charset=utf-8"


@bp.after_request
def may_be_kept(response: Response) -> Response:
    """Let the browser keep a page that says the same to everybody; it asks whether it changed.

    Language is chosen by cookie, so no proxy keeps it for others.
    """
    if response.status_code == 200 and "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "private, no-cache"
        response.vary.add("Cookie")
        response.add_etag()
        response.make_conditional(request)
    return response


@bp.get("/")
def index() -> str:
    """List the editions, the last one first, or what was looked for."""
    words = one_line(request.args.get("q", ""), 200)
    cursor = request.args.get("after") or request.args.get("before")
    return render_template(
        "public/archive/index.html",
        words=words,
        found=archive.search(words) if words else None,
        page=archive.editions_page(cursor) if not words else None,
        day_of=_day,
        most=archive.MOST_FOUND,
    )


@bp.get("/<slug>")
def edition(slug: str) -> str:
    """Show an edition with everything that stood in it for anybody."""
    return _page("edition", archive.page_of(slug))


@bp.get("/<slug>/<article>")
def article(slug: str, article: str) -> str:
    """Show one article of an edition."""
    page = archive.page_of(slug, article)
    return _page("article", page, others=archive.articles_of(page))


@bp.get("/feed.atom")
def feed() -> AnyResponse:
    """Give the last editions as a feed (RFC 4287), for who follows with a reader."""
    pages = archive.newest()
    host = urlsplit(settings().base_url)
    with speaking(LANGUAGES[0]):  # one feed for all, whatever language somebody chose on the pages
        body = render_template("public/archive/feed.xml", pages=pages, key_of=_key, host=host)
    response = Response(NOT_IN_XML.sub("", body), content_type=FEED)
    response.headers["Cache-Control"] = "public, max-age=900"
    response.add_etag()
    return response.make_conditional(request)


def _page(name: str, page: ArchivePage, **more: Any) -> str:
    edition = page.edition
    return render_template(
        f"public/archive/{name}.html",
        page=page,
        edition=edition,
        newsletter=edition.newsletter,
        blocks=laid_out(
            page.blocks,
            top=2 if name == "edition" else 1,
            written_in=edition.newsletter.language,
        ),
        day=_day(edition),
        written_in=edition.newsletter.language,
        language=current_language(),
        safe=Markup,  # cleaned when it was typed, and once more when it was frozen
        **more,
    )


def _day(edition: Edition) -> Any:
    """Give the day on which an edition left, on the programme's clocks."""
    assert edition.sent_at is not None  # only what has left is shown  # noqa: S101
    return utc_to_local(edition.sent_at, settings().timezone)


def _key(page: ArchivePage) -> str:
    """Give the name of an edition that never changes (RFC 4151), whatever its address does."""
    day = _day(page.edition)
    return f"tag:{urlsplit(settings().base_url).hostname},{day:%Y-%m-%d}:{page.edition.slug}"
