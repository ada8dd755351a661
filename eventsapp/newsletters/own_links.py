"""Where a reader's own links stand in an edition: addresses that lead nowhere until a mail is made.

Blocks and frame write them, because they are rendered once for all. Sending puts each reader's own
address there; previews and test mails put in what everybody may see. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_HOST = "https://own.invalid/"
_PLACE = re.compile(re.escape(_HOST) + r"(leave|choices|survey/[0-9]+)")

LEAVE_NAME, CHOICES_NAME = "leave", "choices"
LEAVE = _HOST + LEAVE_NAME
"""Where the link stands with which a reader leaves."""
PERSONAL = _HOST + CHOICES_NAME
"""Where the link stands to the page of a reader's own choices."""


def survey(survey_id: int) -> str:
    """Give what stands where a reader's own link to a survey belongs."""
    return f"{_HOST}survey/{survey_id}"


def survey_of(name: str) -> int | None:
    """Read which survey the link of this name leads to; None for another link."""
    kind, _, number = name.partition("/")
    return int(number) if kind == "survey" else None


def is_own(address: str) -> bool:
    """Tell whether an address is another one for each reader."""
    return address.startswith(_HOST)


def names_in(*texts: str) -> set[str]:
    """Give the names of the own links that stand in these texts."""
    return {name for text in texts for name in _PLACE.findall(text)}


def split(text: str) -> list[str]:
    """Take a text apart: text, name of an own link, text, name, text."""
    return _PLACE.split(text)


def put_in(text: str, link_of: Callable[[str], str]) -> str:
    """Put a link in each of the places; `link_of` gives the address by its name."""
    return _PLACE.sub(lambda found: link_of(found[1]), text)


def for_everybody(text: str, address: str) -> str:
    """Put one address that everybody may see in all the places."""
    return put_in(text, lambda _name: address)
