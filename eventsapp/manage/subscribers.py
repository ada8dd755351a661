"""Who reads the newsletter: figures for everybody who makes it, the list for the address book.

Editors see counts, never who it is. Every figure leads to the rows behind it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext

from eventsapp.contacts import (
    reach_snapshots,
    subscriber_exports,
    subscriber_figures,
    subscriber_queries,
)
from eventsapp.contacts.reach_snapshots import Look
from eventsapp.core.dates import now, today
from eventsapp.core.db import reading_first
from eventsapp.core.errors import NotFound
from eventsapp.core.settings import settings
from eventsapp.core.text import slug
from eventsapp.manage import reader_words
from eventsapp.manage.charts import bars, line_chart
from eventsapp.manage.downloads import handed_out
from eventsapp.manage.forms.directory import number_or_none
from eventsapp.manage.forms.readers import ReadersFilter, TownsFilter
from eventsapp.manage.guard import current_actor
from eventsapp.manage.reader_words import kind_name, month_name, percent, story_of, way_name
from eventsapp.newsletters.models import Newsletter
from eventsapp.newsletters.newsletters import newsletter_for, newsletters

bp = Blueprint("manage_subscribers", __name__, url_prefix="/manage/subscribers")

LATELY = timedelta(days=30)


@bp.get("/")
def index() -> str:
    """Show how many read, of what kind and where, and how that went over time."""
    newsletter = chosen_newsletter()
    if newsletter is None:
        return render_template("manage/subscribers/none.html")
    day = today(settings().timezone)
    figures = subscriber_figures.figures(newsletter.id, day, anew="anew" in request.args)
    kinds, regions = figures.by_kind, figures.by_region
    looks = _looks(Look(newsletter.id, day, figures.reach, kinds))
    return render_template(
        "manage/subscribers/index.html",
        **frame_of(newsletter),
        reach=figures.reach,
        counted_at=figures.counted_at,
        movement=subscriber_figures.movement(newsletter.id, now() - LATELY, day),
        kinds=list(zip(kinds.items(), bars(list(kinds.values())), strict=True)),
        regions=list(zip(regions, bars([one.readers for one in regions]), strict=True)),
        looks=looks,
        chart=line_chart([(one.on, one.reach.share) for one in looks], most=1.0),
        story=story_of(looks),
        lately=LATELY.days,
        sees_readers=current_actor().sees_address_book,
        rows=_rows_of(newsletter),
        kind_name=kind_name,
        percent=percent,
        month_name=month_name,
    )


@bp.get("/all")
def everybody() -> str:
    """List the readers, narrowed down by words, kind, place, region, theme and state."""
    actor = current_actor()
    actor.demand_address_book()
    newsletter = chosen_newsletter()
    if newsletter is None:
        return render_template("manage/subscribers/none.html")
    form = ReadersFilter(request.args)
    sort = "since" if request.args.get("sort") == "since" else "name"
    page = subscriber_queries.readers_page(
        actor,
        newsletter.id,
        form.wanted(),
        today(settings().timezone),
        sort=sort,
        cursor=request.args.get("after") or request.args.get("before"),
    )
    form.offer()
    return render_template(
        "manage/subscribers/everybody.html",
        **frame_of(newsletter),
        page=page,
        form=form,
        sort=sort,
        may_export=actor.may_write([form.region.data if form.region.data else -1]),
        kind_name=kind_name,
        way_name=way_name,
    )


@bp.post("/export")
def export() -> Response:
    """Hand out the readers that the list shows as a file; written to the audit log."""
    actor = current_actor()
    actor.demand_address_book()
    kind = "xlsx" if request.form.get("as") == "xlsx" else "csv"
    with reading_first():  # nobody waits while a file is made
        newsletter = chosen_newsletter()
        if newsletter is None:
            raise NotFound
        file = subscriber_exports.file_of(
            actor,
            newsletter.id,
            ReadersFilter(request.form).wanted(),
            today(settings().timezone),
            kind=kind,
            name=f"{slug(gettext('Readers'))}-{newsletter.slug}",
            headers=reader_words.column_titles(),
            say=reader_words.cells,
        )
    subscriber_exports.note(actor, newsletter.id, file, kind)
    return handed_out(file)


@bp.get("/municipalities")
def municipalities() -> str:
    """List the municipalities with their number of readers, those without any among them."""
    newsletter = chosen_newsletter()
    if newsletter is None:
        return render_template("manage/subscribers/none.html")
    form = TownsFilter(request.args)
    sort = "readers" if request.args.get("sort") == "readers" else "name"
    page, counted_at = subscriber_figures.municipalities_page(
        newsletter.id,
        today(settings().timezone),
        region_id=form.region.data,
        reached=form.shows(),
        sort=sort,
        cursor=request.args.get("after") or request.args.get("before"),
    )
    form.offer()
    return render_template(
        "manage/subscribers/municipalities.html",
        **frame_of(newsletter),
        page=page,
        counted_at=counted_at,
        form=form,
        sort=sort,
        sees_readers=current_actor().sees_address_book,
    )


def chosen_newsletter() -> Newsletter | None:
    """Give the newsletter that the address names, else the first; 404 for one that is not there."""
    wanted = request.values.get("newsletter")
    if wanted:
        return newsletter_for(current_actor(), number_or_none(wanted) or 0)
    return next(iter(newsletters()), None)


def frame_of(newsletter: Newsletter) -> dict[str, Any]:
    """Give what the head of these pages shows; `which` names the newsletter in addresses."""
    there_are = newsletters()
    return {
        "newsletter": newsletter,
        "newsletters": there_are,
        "which": newsletter.id if len(there_are) > 1 else None,
    }


def _rows_of(newsletter: Newsletter) -> Callable[..., str | None]:
    """Give who writes the address of the readers behind a figure: none for who may not see them."""
    if not current_actor().sees_address_book:
        return lambda **_asked: None
    which = frame_of(newsletter)["which"]
    return lambda **asked: url_for(".everybody", newsletter=which, **asked)


def _looks(present: Look) -> list[Look]:
    """Give what was counted at the end of each month, the present day as the last one."""
    kept = [
        Look(
            one.newsletter_id,
            one.on,
            replace(
                present.reach,
                readers=one.readers,
                municipalities=one.municipalities,
                of_municipalities=one.of_municipalities,
            ),
            one.by_kind,
        )
        for one in reach_snapshots.months(present.newsletter_id, present.on)
    ]
    month = (present.on.year, present.on.month)
    return [one for one in kept if (one.on.year, one.on.month) != month] + [present]
