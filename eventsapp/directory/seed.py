"""Loads what every programme starts from: the municipalities, their regions, and themes.

The administrator's commands and the demo programme call it. Loading again adds what is missing
and renames what was renamed; it never removes anything and leaves own regions alone.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from eventsapp.core.db import db
from eventsapp.core.text import slug
from eventsapp.directory.models import Municipality, Region, RegionScheme, Theme
from eventsapp.directory.rules import search_key

DATA = Path(__file__).parent / "data" / "municipalities.csv"

# (code, name, is_working): rights and meetings go by the labour regions.
SCHEMES = (
    ("labour", "Arbeidsmarktregio's", True),
    ("province", "Provincies", False),
    ("safety", "Veiligheidsregio's", False),
    ("own", "Eigen indeling", False),
)

# The names that people use beside the official one.
ALIASES = {
    "'s-Gravenhage": "Den Haag, The Hague",
    "'s-Hertogenbosch": "Den Bosch",
    "Bergen (L.)": "Bergen Limburg",
    "Bergen (NH.)": "Bergen Noord-Holland",
    "De Fryske Marren": "De Friese Meren",
    "Noardeast-Fryslân": "Noordoost-Friesland",
    "Súdwest-Fryslân": "Zuidwest-Friesland, Sneek",
    "Hengelo (O.)": "Hengelo Overijssel",
    "Laren (NH.)": "Laren Noord-Holland",
    "Midden-Groningen": "Hoogezand-Sappemeer",
    "Eemsdelta": "Delfzijl, Appingedam",
    "Het Hogeland": "Winsum, Bedum",
    "Meierijstad": "Veghel, Sint-Oedenrode, Schijndel",
    "Gooise Meren": "Naarden, Bussum, Muiden",
    "Dijk en Waard": "Heerhugowaard, Langedijk",
    "Maashorst": "Uden, Landerd",
    "Voorne aan Zee": "Hellevoetsluis, Brielle, Westvoorne",
    "Land van Cuijk": "Boxmeer, Cuijk, Grave",
}

THEMES = (
    ("Wmo en ondersteuning thuis", "Social support at home"),
    ("Jeugd en gezin", "Youth and family"),
    ("Werk en inkomen", "Work and income"),
    ("Armoede en schulden", "Poverty and debt"),
    ("Inclusie en VN-verdrag Handicap", "Inclusion and the UN disability convention"),
    ("Toegankelijkheid", "Accessibility"),
    ("Vervoer", "Transport"),
    ("Wonen en wijk", "Housing and neighbourhood"),
    ("Mantelzorg", "Informal care"),
    ("Eenzaamheid", "Loneliness"),
    ("Ervaringsdeskundigheid", "Lived experience"),
    ("Medezeggenschap en adviseren", "Having a say and giving advice"),
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a loading added: none of it when everything was there already."""

    municipalities: int
    regions: int
    themes: int


def load_reference() -> Loaded:
    """Load municipalities, regions and themes; whatever is there already stays as it is."""
    with DATA.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    regions, new_regions = _regions(rows)
    return Loaded(_municipalities(rows, regions), new_regions, _themes())


def _schemes() -> dict[str, RegionScheme]:
    found = {scheme.code: scheme for scheme in db.session.scalars(select(RegionScheme))}
    has_working = any(scheme.is_working for scheme in found.values())
    for code, name, is_working in SCHEMES:
        if code not in found:
            found[code] = RegionScheme(
                code=code, name=name, is_working=is_working and not has_working
            )
            db.session.add(found[code])
    return found


def codes_of(row: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Give code and name of the region of each scheme in which a municipality lies."""
    labour = row["labour_region_2015"]
    return {
        "labour": (f"AM-{slug(labour, 37)}", labour),
        "province": (row["province_code"], row["province"]),
        "safety": (row["safety_region_code"], row["safety_region"]),
    }


def _regions(rows: list[dict[str, str]]) -> tuple[dict[str, Region], int]:
    schemes = _schemes()
    found = {region.code: region for region in db.session.scalars(select(Region))}
    before = len(found)
    for row in rows:
        for scheme, (code, name) in codes_of(row).items():
            if code not in found:
                found[code] = Region(scheme=schemes[scheme], code=code, name=name)
                db.session.add(found[code])
    return found, len(found) - before


def heir_of(region: Region) -> Region:
    """Give the region itself, or the one that took its place after it was dissolved."""
    while region.successor_id is not None:
        region = db.session.get_one(Region, region.successor_id)
    return region


def _municipalities(rows: list[dict[str, str]], regions: dict[str, Region]) -> int:
    known = {town.code: town for town in db.session.scalars(select(Municipality))}
    added = 0
    for row in rows:
        town = known.get(row["code"])
        if town is None:
            town = Municipality(code=row["code"])
            town.regions = [heir_of(regions[code]) for code, _ in codes_of(row).values()]
            db.session.add(town)
            added += 1
        town.name, town.province_code = row["name"], row["province_code"]
        town.aliases = ALIASES.get(row["name"], town.aliases or "")
        town.search_key = search_key(town.name, town.aliases, limit=400)
        town.latitude, town.longitude = float(row["lat"]), float(row["lon"])
    return added


def _themes() -> int:
    known = set(db.session.scalars(select(Theme.name_nl)))
    missing = [each for each in enumerate(THEMES, start=1) if each[1][0] not in known]
    for position, (dutch, english) in missing:
        db.session.add(Theme(name_nl=dutch, name_en=english, position=position))
    return len(missing)
