"""An edition with a block of every kind, for tests of how it looks."""

from __future__ import annotations

from typing import Any

from eventsapp.core.db import db
from eventsapp.newsletters.models import Block, Edition, Newsletter, Picture

LONG = "<p>Inwoners weten het beste wat er beter kan.</p>" * 60
WORDS: dict[str, dict[str, Any]] = {
    "text": {"html": "<p>Beste lezer,</p><p>Dit is de <strong>nieuwsbrief</strong> van maart.</p>"},
    "heading": {"text": "Uit de regio's"},
    "article": {
        "title": "Jongeren praten mee in Noordwolde",
        "intro": "Acht jongeren gaven de wethouder raad.",
        "html": "<h2>Hoe het begon</h2><p>Met een <a href='https://council.example/x'>brief</a>.</p>",
    },
    "quote": {"text": "Niemand vroeg het ons ooit.", "who": "Riet, voorzitter"},
    "practice": {"title": "Een ervaringskaart", "html": "<p>Zij vroegen <em>alle</em> lezers.</p>"},
    "blog": {"title": "Op bezoek", "author": "Anna", "html": "<ul><li>een</li><li>twee</li></ul>"},
    "literature": {
        "title": "Samen besluiten",
        "authors": "J. Voorbeeld en P. Proef",
        "year": "2026",
        "note_html": "<p>Kort en bruikbaar.</p>",
        "url": "https://library.example/samen",
    },
    "publication": {
        "title": "Handreiking",
        "html": "<p>In tien stappen.</p>",
        "url": "https://library.example/gids",
        "link_words": "Lees de handreiking",
    },
    "meetings": {"title": "", "days": 60, "national": True, "most": 10},
    "picture": {"caption": "Het dorpshuis", "alternative": "Mensen om een tafel", "url": ""},
    "call": {"title": "Wat vindt u?", "html": "<p>Vijf vragen.</p>", "survey_id": 12},
    "divider": {},
}


def make_edition(*blocks: tuple[str, dict[str, Any]], **values: Any) -> Edition:
    """Make a draft; each block is a kind with what differs from `WORDS`, its limits among it."""
    slug = values.pop("newsletter", "samen")
    paper = Newsletter(name="Samen Meedoen", slug=slug, masthead="Voor raden en gemeenten")
    values = {"title": "Nieuwsbrief van maart", "slug": "maart-2027"} | values
    edition = Edition(newsletter=paper, **values)
    for position, (kind, own) in enumerate(blocks):
        data = {**WORDS[kind], **own}
        limits = data.pop("limits", {})
        edition.blocks.append(
            Block(position=position, kind=kind, data=data, limits=limits, slug=f"stuk-{position}")
        )
    db.session.add(edition)
    db.session.flush()
    return edition


def every_block(picture: Picture | None = None) -> list[tuple[str, dict[str, Any]]]:
    """Name one block of every kind, with a picture wherever one can stand."""
    pictured = {"article", "quote", "practice", "publication", "picture"}
    own = {"picture_id": picture.id, "alternative": "Mensen om een tafel"} if picture else {}
    return [(kind, own if kind in pictured else {}) for kind in WORDS]


ADDRESS = "https://events.example"
PICTURE = {"address": f"{ADDRESS}/pictures/d.png", "width": 1104, "height": 600}


def meeting_to_come(title: str, *region_ids: int, **values: Any) -> dict[str, Any]:
    """Give a meeting as an edition keeps it."""
    return {
        "title": title,
        "when": {"nl": "dinsdag 6 april 2027, 13.30 tot 16.00 uur", "en": "Tuesday 6 April 2027"},
        "place": "Dorpshuis De Linde, Noordwolde",
        "is_online": False,
        "region": "Noord",
        "region_ids": list(region_ids),
        "is_national": False,
        "language": "nl",
        "address": f"{ADDRESS}/meetings/{len(title)}",
    } | values


def taken(*blocks: tuple[str, dict[str, Any]], **values: Any) -> dict[str, Any]:
    """Give an edition as it is taken for mails, without a database; all blocks where none is named.

    Each block is a kind with what differs from `WORDS`, its limits among it.
    """
    edition: dict[str, Any] = {
        "edition": 7,
        "kind": "regular",
        "title": "Nieuwsbrief van maart",
        "region": "",
        "subject": "Jongeren praten mee",
        "preview_line": "En: wat een ervaringskaart vertelt",
        "language": "nl",
        "newsletter": {
            "name": "Samen Meedoen",
            "masthead": "Voor raden en gemeenten",
            "picture": None,
        },
        "page": f"{ADDRESS}/nieuwsbrieven/maart-2027",
        "subscribe": f"{ADDRESS}/inschrijven",
        "blocks": [],
    }
    for number, (kind, own) in enumerate(blocks or [(kind, PICTURED) for kind in WORDS]):
        data = {**WORDS[kind], **own}
        if kind == "article":
            data.setdefault("page", f"{ADDRESS}/nieuwsbrieven/maart-2027/stuk-{number}")
        if kind == "practice":
            data.setdefault("region", "Noord")
        if kind == "meetings":
            data.setdefault(
                "meetings",
                [
                    meeting_to_come("Netwerkbijeenkomst", 1),
                    meeting_to_come("Landelijke dag", 1, 2, is_national=True, place="Almere"),
                    meeting_to_come("Online", 2, is_online=True, place="", region="Zuid"),
                ],
            )
        limits = {"regions": [], "themes": [], "languages": []} | data.pop("limits", {})
        edition["blocks"].append(
            {
                "key": str(number),
                "kind": kind,
                "slug": f"stuk-{number}",
                "data": data,
                "limits": limits,
            }
        )
    return edition | values


PICTURED = {"picture": PICTURE, "alternative": "Mensen om een tafel"}
