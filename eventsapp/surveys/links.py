"""The addresses at which a survey is answered: one for each reader, and one without a person.

Whoever sends a newsletter asks `link_for` for every reader, so it makes no query. The number of a
reader is sealed with AES-SIV (RFC 5297): always the same link for the same reader, and who finds
it in a log of addresses learns nothing from it.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import lru_cache
from typing import TYPE_CHECKING

from eventsapp.core import links
from eventsapp.core.errors import NotFound
from eventsapp.core.labels import N_
from eventsapp.core.settings import settings
from eventsapp.surveys.models import Survey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

TRIAL = 0
"""Stands for nobody: its link shows the form to whoever makes it, and keeps nothing."""

_OCTETS = 8  # of the number of a reader; sealed they are 24
_WRITTEN = 32  # characters of what was sealed


def link_for(survey_id: int, person_id: int) -> str:
    """Give the personal address at which one reader answers."""
    return links.survey_link(token_for(survey_id, person_id))


def link_without_person(survey: Survey) -> str:
    """Give the address for the archive: it shows what is asked, and nobody can answer there."""
    return links.absolute(links.SURVEY_PAGE, survey_slug=survey.slug)


def token_for(survey_id: int, person_id: int) -> str:
    """Make the secret of a personal link."""
    sealed = _seal(settings().secret_key).encrypt(
        person_id.to_bytes(_OCTETS, "big"), [_about(survey_id)]
    )
    return f"{survey_id}-{urlsafe_b64encode(sealed).decode()}"


def read(token: str) -> tuple[int, int]:
    """Tell which survey and which reader a link is for; `NotFound` for what we did not make."""
    from cryptography.exceptions import InvalidTag

    number, _, sealed = token.partition("-")
    try:
        survey_id = int(number[:10])
        # What mail programs and people add to a link, a full stop or a bracket, is left aside.
        octets = urlsafe_b64decode(sealed[:_WRITTEN].encode())
        opened = _seal(settings().secret_key).decrypt(octets, [_about(survey_id)])
    except (ValueError, InvalidTag) as fault:
        raise NotFound(N_("This link is not complete or not ours.")) from fault
    return survey_id, int.from_bytes(opened, "big")


def _about(survey_id: int) -> bytes:
    """Tie the seal to one survey: it opens at no other."""
    return b"survey:%d" % survey_id


@lru_cache(maxsize=4)
def _seal(key: str) -> AESSIV:
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV  # who sends no survey needs none

    return AESSIV(hmac.digest(key.encode(), b"links to surveys", "sha512"))
