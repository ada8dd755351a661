"""Public and school holidays in the Netherlands, to warn whoever plans a meeting on such a day.

Planning asks it; it only warns and never refuses. The dates come from the `holidays` package,
which knows school holidays as far as the ministry has set them: up to and including 2030 now, and
of the May holiday only the week that binds all schools. A year it does not know gives no warning.
Pure.
"""

from datetime import date
from functools import lru_cache
from typing import Literal

SchoolRegion = Literal["north", "middle", "south"]

_SUBDIVISIONS: dict[SchoolRegion, str] = {"north": "Noord", "middle": "Midden", "south": "Zuid"}
# By province (codes of Statistics Netherlands), as the ministry of education divides the country.
# Gelderland, Utrecht, Flevoland and Noord-Brabant are cut by the line; most of each counts.
_REGION_OF_PROVINCE: dict[str, SchoolRegion] = {
    "PV20": "north",  # Groningen
    "PV21": "north",  # Fryslân
    "PV22": "north",  # Drenthe
    "PV23": "north",  # Overijssel
    "PV24": "north",  # Flevoland, without Zeewolde
    "PV25": "middle",  # Gelderland, without Hattem (north) and its own south (south)
    "PV26": "middle",  # Utrecht, without Eemnes (north)
    "PV27": "north",  # Noord-Holland
    "PV28": "middle",  # Zuid-Holland
    "PV29": "south",  # Zeeland
    "PV30": "south",  # Noord-Brabant, without Altena (middle)
    "PV31": "south",  # Limburg
}


def holidays_on(day: date, region: SchoolRegion | None, locale: object) -> list[str]:
    """Name the public holiday, then the school holiday of a region, that fall on a day.

    Without a region only public holidays are named. Names are Dutch or English.
    """
    language = "en_US" if str(locale).lower().startswith("en") else "nl"
    names = [_public(day.year, language).get(day)]
    if region:
        names.append(_school(day.year, region, language).get(day))
    return [name for name in names if name]


def school_region(province_code: str) -> SchoolRegion | None:
    """Give the region for school holidays in which most of a province lies; None if unknown."""
    return _REGION_OF_PROVINCE.get(province_code)


# A year takes some milliseconds to work out, and a month table asks for every day in it.
@lru_cache(maxsize=64)
def _public(year: int, language: str) -> dict[date, str]:
    # 4 MB, here and below, which who plans nothing does not need: a worker, for one.
    from holidays import OPTIONAL, PUBLIC, country_holidays

    # Liberation Day is "optional": not everybody has the day off, but many do.
    found = country_holidays("NL", years=year, categories=(PUBLIC, OPTIONAL), language=language)
    return dict(found.items())


@lru_cache(maxsize=64)
def _school(year: int, region: SchoolRegion, language: str) -> dict[date, str]:
    from holidays import SCHOOL, country_holidays

    found = country_holidays(
        "NL",
        subdiv=_SUBDIVISIONS[region],
        years=year,
        categories=(SCHOOL,),
        language=language,
    )
    return dict(found.items())
