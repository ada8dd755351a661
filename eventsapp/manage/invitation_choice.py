"""Reads from the address of the invitation page whom an advisor chose, and writes it down again.

The choice is what the filters find, plus who was added by hand, minus who was left out. It travels
as short keys, "o3" for an organisation and "p12" for a person; nobody's rights hang on them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import request
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from eventsapp.contacts.lists import list_for, lists_page, members
from eventsapp.core.actor import Actor
from eventsapp.core.db import db
from eventsapp.core.errors import EventsError
from eventsapp.core.language import current_language
from eventsapp.directory.models import Network, Theme
from eventsapp.directory.places import working_regions
from eventsapp.directory.queries import network_visible_to
from eventsapp.invitations import candidates
from eventsapp.invitations.audience import Choice, Foresight, Invitee, foresee
from eventsapp.invitations.candidates import Filters
from eventsapp.manage.forms.invitations import PEOPLE, AudienceForm
from eventsapp.meetings.models import Meeting

SIZE = 50
MOST_KEYS = 2_000


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the page: somebody who would be invited, and whether the advisor leaves them."""

    invitee: Invitee
    keys: str
    is_out: bool


@dataclass(frozen=True, slots=True)
class Audience:
    """What the invitation page shows of a choice."""

    rows: list[Row]
    page: int
    pages: int
    foresight: Foresight
    choice: Choice
    by_hand: dict[str, str]
    kept_out: list[str]
    invited: int

    @property
    def is_empty(self) -> bool:
        """Tell whether nobody at all was found or chosen."""
        return not (self.foresight.invitees or self.foresight.left_out)


def audience_form(actor: Actor, meeting: Meeting) -> AudienceForm:
    """Give the form as the address fills it; at first the meeting's own network or region."""
    args = request.args
    if "what" not in args:
        first = {"network": meeting.network_id} if meeting.network_id else {}
        args = MultiDict([*args.items(multi=True), *((k, str(v)) for k, v in first.items())])
    language = current_language()
    themes = db.session.scalars(select(Theme).order_by(Theme.position, Theme.name_nl))
    networks = db.session.execute(
        select(Network.id, Network.name)
        .where(network_visible_to(actor), Network.ended_on.is_(None))
        .order_by(Network.name)
        .limit(200)
    )
    return AudienceForm(
        args,
        regions=[(str(region.id), region.name) for region in working_regions()],
        themes=[(str(theme.id), theme.name(language)) for theme in themes],
        networks=[(str(row.id), row.name) for row in networks],
        lists=[(str(row[0].id), row[0].name) for row in lists_page(actor).items],
    )


def audience(actor: Actor, meeting: Meeting, form: AudienceForm) -> Audience:
    """Work out who is chosen now, what would become of it, and which lines to show."""
    found = _found(actor, form)
    added = read_keys(request.args.getlist("add"))
    chosen = Choice(
        found.person_ids | added.person_ids, found.organisation_ids | added.organisation_ids
    )
    out = set(_split(request.args.getlist("out")))
    foresight = foresee(actor, meeting, chosen) if chosen else Foresight()
    rows = [_row(one, chosen, out) for one in foresight.invitees]
    pages = max(1, -(-len(rows) // SIZE))
    page = min(max(request.args.get("page", 1, type=int), 1), pages)
    shown = rows[(page - 1) * SIZE : page * SIZE]
    seen = {key for row in shown for key in row.keys.split(",")}
    left = {key for row in rows if row.is_out for key in row.keys.split(",")}
    return Audience(
        rows=shown,
        page=page,
        pages=pages,
        foresight=foresight,
        choice=_without(chosen, left),
        by_hand=candidates.names_of(added),
        kept_out=sorted(left - seen),
        invited=sum(1 for row in rows if not row.is_out),
    )


def written(choice: Choice) -> str:
    """Write a choice as one text for a hidden field."""
    keys = [f"o{number}" for number in sorted(choice.organisation_ids)]
    return ",".join([*keys, *(f"p{number}" for number in sorted(choice.person_ids))])


def read_keys(texts: Iterable[str]) -> Choice:
    """Read a choice back; what is no key is left out."""
    people: set[int] = set()
    organisations: set[int] = set()
    for key in _split(texts):
        (people if key[0] == "p" else organisations).add(int(key[1:]))
    return Choice(frozenset(people), frozenset(organisations))


def _found(actor: Actor, form: AudienceForm) -> Choice:
    """Ask for who answers to the filters."""
    filters = Filters(
        region_id=_number(form.region.data),
        municipality=(form.municipality.data or "").strip()[:100],
        organisation_kind=form.kind.data or "",
        role_kind=form.role.data or "",
        theme_id=_number(form.theme.data),
        network_id=_number(form.network.data),
        came_within=_number(form.came.data),
        only_people=_on_list(actor, _number(form.contact_list.data)),
    )
    if form.what.data == PEOPLE:
        return candidates.people(actor, filters)
    return candidates.organisations(actor, filters)


def _on_list(actor: Actor, list_id: int | None) -> frozenset[int] | None:
    if list_id is None:
        return None
    try:
        found = list_for(actor, list_id)
    except EventsError:
        return frozenset()
    return frozenset(db.session.scalars(members(found, actor)))


def _row(one: Invitee, chosen: Choice, out: set[str]) -> Row:
    keys = [f"o{number}" for number, _ in one.organisations]
    if one.person_id is not None and one.person_id in chosen.person_ids:
        keys.append(f"p{one.person_id}")
    return Row(one, ",".join(keys), bool(out & set(keys)))


def _without(choice: Choice, keys: set[str]) -> Choice:
    gone = read_keys(keys)
    return Choice(
        choice.person_ids - gone.person_ids, choice.organisation_ids - gone.organisation_ids
    )


def _split(texts: Iterable[str]) -> list[str]:
    """Give the keys in these texts that make sense, not endlessly many."""
    keys = [key for text in texts for key in text[:20_000].split(",")]
    return [
        key
        for key in keys[:MOST_KEYS]
        if key[:1] in ("o", "p") and key[1:].isascii() and key[1:].isdigit() and len(key) < 10
    ]


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() and len(text) < 10 else None
