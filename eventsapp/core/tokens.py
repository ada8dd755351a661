"""Signed tokens for links: bound to one purpose, revocable or expiring.

Used by the links in mails and by forgotten passwords. A token says which row it is for; it never
holds personal data.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache
from typing import Any

from itsdangerous import BadData, SignatureExpired, URLSafeSerializer, URLSafeTimedSerializer

from eventsapp.core.errors import Expired, NotFound
from eventsapp.core.labels import N_
from eventsapp.core.settings import settings

READING = "reader"
"""The purpose of the token by which a reader of a newsletter opens the own page."""
LEAVING = "unsubscribe"
"""The purpose of the short token by which the reader of one mail leaves its list."""
_MARK = 10  # octets: nobody guesses one of so many, and an address of mail still has room for it
_LONGEST_NUMBER = 18  # digits that fit a database
_PAIR = re.compile(r"([0-9]{1,18})-([0-9]{1,18})\.")
_SIGNER = {"key_derivation": "hmac", "digest_method": hashlib.sha256}


def sign(purpose: str, *values: int | str) -> str:
    """Make a token for these values that only `read` with the same purpose accepts."""
    return str(_signer(settings().secret_key, purpose).dumps(list(values)))


@lru_cache(maxsize=16)
def _signer(key: str, purpose: str) -> URLSafeSerializer:
    """Make the signer of a purpose once: an edition asks it for every reader."""
    return URLSafeSerializer(key, salt=purpose, signer_kwargs=_SIGNER)


def read(purpose: str, token: str) -> list[Any]:
    """Give the values of a token; raise `NotFound` when it is forged, cut off or of another kind.

    Whether it was revoked is for the caller to see, by the generation among the values.
    """
    try:
        return list(_signer(settings().secret_key, purpose).loads(token))
    except BadData as fault:
        raise NotFound(N_("This link is not complete or not ours.")) from fault


def sign_timed(purpose: str, *values: int | str) -> str:
    """Make a token that knows when it was made, for links that expire."""
    return URLSafeTimedSerializer(settings().secret_key, salt=purpose, signer_kwargs=_SIGNER).dumps(
        list(values)
    )


def read_timed(purpose: str, token: str, lifetime: timedelta) -> list[Any]:
    """Give the values of an expiring token; raise `Expired` when it is too old, else `NotFound`."""
    serializer = URLSafeTimedSerializer(settings().secret_key, salt=purpose, signer_kwargs=_SIGNER)
    try:
        return list(serializer.loads(token, max_age=int(lifetime.total_seconds())))
    except SignatureExpired as fault:
        raise Expired(N_("This link has expired.")) from fault
    except BadData as fault:
        raise NotFound(N_("This link is not complete or not ours.")) from fault


def numberer(purpose: str) -> Callable[[int], str]:
    """Give what makes short tokens such as "42.9f86d081884c7d659a2f", one for each number.

    For links and addresses of which an edition has a hundred thousand: the mark is a keyed BLAKE2b
    (RFC 7693), and upper or lower case does not matter on the way.
    """
    begun = _keyed(settings().secret_key, purpose)

    def numbered(number: int) -> str:
        made = begun.copy()
        made.update(b"%d" % number)
        return f"{number}.{made.hexdigest()}"

    return numbered


def number_in(purpose: str, token: str) -> int | None:
    """Give the number of a short token, None when we did not make it for this purpose."""
    digits = token.partition(".")[0]
    if not (digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST_NUMBER):
        return None
    number = int(digits)
    ours = numberer(purpose)(number)
    return number if hmac.compare_digest(ours.encode(), token.lower().encode()) else None


def pairer(purpose: str) -> Callable[[int, int], str]:
    """Give what makes short tokens such as "42-1.9f86d081884c7d659a2f": a row and its generation.

    As `numberer` does, for links that can be revoked.
    """
    begun = _keyed(settings().secret_key, purpose)

    def paired(number: int, generation: int) -> str:
        made = begun.copy()
        made.update(b"%d-%d" % (number, generation))
        return f"{number}-{generation}.{made.hexdigest()}"

    return paired


def pair_in(purpose: str, token: str) -> tuple[int, int] | None:
    """Give row and generation of a short token, None when we did not make it for this purpose."""
    found = _PAIR.match(token)
    if found is None:
        return None
    number, generation = int(found[1]), int(found[2])
    ours = pairer(purpose)(number, generation)
    is_ours = hmac.compare_digest(ours.encode(), token.lower().encode())
    return (number, generation) if is_ours else None


@lru_cache(maxsize=16)
def _keyed(key: str, purpose: str) -> hashlib.blake2b:
    """Begin the mark of a purpose once."""
    derived = hashlib.sha256(key.encode()).digest()
    return hashlib.blake2b(
        key=derived, digest_size=_MARK, person=hashlib.sha256(purpose.encode()).digest()[:16]
    )
