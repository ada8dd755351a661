"""Passwords: hashed with argon2, checked, and refused when they are too easy to guess.

Hashing takes a tenth of a second and 64 MB on purpose, so nobody may call it while a transaction
is open: SQLite has one write lock for all. Asks neither database nor request.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from eventsapp.core.errors import N_, InputError
from eventsapp.core.text import fold

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST, LONGEST = 12, 200
OBVIOUS = Path(__file__).with_name("obvious_passwords.txt")


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher  # workers see no password

    return PasswordHasher()


def hash_password(password: str) -> str:
    """Make the hash that is kept instead of a password."""
    return _hasher().hash(_written(password))


def is_password(password: str, kept: str) -> bool:
    """Tell whether this is the password of a kept hash.

    Without a hash (an unknown account, or one that has no password yet) as much time passes.
    """
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return _hasher().verify(kept or _nobodys_hash(), _written(password)) and bool(kept)
    except (VerificationError, InvalidHashError):
        return False


def needs_new_hash(kept: str) -> bool:
    """Tell whether a hash was made with other parameters than we use now."""
    return _hasher().check_needs_rehash(kept)


def check_new_password(password: str, *about: str, field: str = "password") -> None:
    """Refuse a password that is short, obvious, or made of one's own name or address.

    Raises InputError. No rule asks for digits or signs: a sentence is better and easier to keep.
    """
    if len(password) < SHORTEST:
        raise InputError(
            N_("Take %(least)s characters or more. A short sentence is easy to remember."),
            field,
            least=SHORTEST,
        )
    if len(password) > LONGEST:
        raise InputError(N_("Take at most %(most)s characters."), field, most=LONGEST)
    if is_obvious(password, *about):
        raise InputError(N_("This password is easy to guess. Take another one."), field)


def is_obvious(password: str, *about: str) -> bool:
    """Tell whether others try this first: a known word, one's own name, a few repeated signs."""
    folded = fold(password).replace(" ", "")
    if len(set(folded)) < 5:
        return True
    own = {fold(part).replace(" ", "") for text in about for part in (text, *text.split("@"))}
    words = sorted(_obvious_words() | {word for word in own if len(word) > 3}, key=len)
    rest = folded
    for word in reversed(words):
        rest = rest.replace(word, "")
    # What is left beside the obvious must carry the password by itself.
    return len(rest.strip("0123456789")) < 4


@cache
def _obvious_words() -> frozenset[str]:
    lines = OBVIOUS.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


@cache
def _nobodys_hash() -> str:
    return _hasher().hash("nobody has this password")


def _written(password: str) -> str:
    # Keyboards write "é" in two ways; both are the same password.
    return unicodedata.normalize("NFKC", password[: LONGEST * 5])
