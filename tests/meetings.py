"""What the tests of meetings share: the cast, who is signed in, and a form filled in."""

from __future__ import annotations

import base64
import json
import re
from html import unescape

import pytest

from tests.factories import make_meeting

MEETINGS = "/manage/meetings/"


def hidden(html: str) -> dict[str, str]:
    """Give what a form carries unseen."""
    found = {}
    for name in ("csrf_token", "form_key", "version"):
        if value := re.search(rf'name="{name}"[^>]*value="([^"]*)"', html):
            found[name] = value[1]
    return found


def typed(html, region, **values):
    """Fill in the short form of a meeting; `organiser` is the number of a person."""
    return {
        **hidden(html),
        "title": "Themabijeenkomst vervoer",
        "kind": "theme",
        "lead_region_id": str(region.id),
        "day": "2027-01-12",
        "starts": "13:30",
        "ends": "16:00",
        "place_name": "Dorpshuis",
        "organiser_person_id": str(values.pop("organiser", "")),
        "audience": "invited",
        "language": "nl",
        **values,
    }


def as_shown(html):
    """Give what a browser would send of a page's hidden fields, as pairs."""
    fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', html, re.S)
    return [(name, unescape(value)) for name, value in fields]


def cursor(*values):
    """Forge a place in a list."""
    return base64.urlsafe_b64encode(json.dumps(["after", *values]).encode()).decode()


@pytest.fixture
def meeting(cast, transaction):
    with transaction():
        return make_meeting(cast.anna.person, cast.noord, title="Overleg Noord")


@pytest.fixture
def anna(app, cast, sign_in):
    return sign_in(app.test_client(), cast.anna)


@pytest.fixture
def bram(app, cast, sign_in):
    return sign_in(app.test_client(), cast.bram)


@pytest.fixture
def kees(app, cast, sign_in):
    return sign_in(app.test_client(), cast.kees)
