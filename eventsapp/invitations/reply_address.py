"""The address to which one participant answers, by mail or from a calendar.

Every mail about an invitation comes from it, so that whatever comes back tells who sent it
without trusting a From line. `calendar_event.py` writes it as ORGANIZER, the reading of incoming
mail asks whose it is. It shows nobody's number and cannot be guessed: both halves are keyed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from eventsapp.core.addresses import addition_to, extended
from eventsapp.core.settings import settings
from eventsapp.mail import return_path

TOKEN_LENGTH = 26
_NUMBER, _MARK = 4, 12  # octets: the hidden number of the person, and the proof that it is ours


def are_replies_read() -> bool:
    """Tell whether a mailbox is there in which we read answers."""
    return bool(settings().reply_address)


def reply_address_for(person_id: int) -> str:
    """Give the address to which this person answers, "" where nobody reads answers.

    The same person always has the same address, as long as the secret key stays.
    """
    if not are_replies_read():
        return ""
    mark = _mark(person_id)
    octets = _veiled(person_id.to_bytes(_NUMBER, "big"), mark) + mark
    token = base64.b32encode(octets).decode("ascii").rstrip("=").lower()
    return extended(settings().reply_address, token, settings().address_separator)


def person_of(address: str) -> int | None:
    """Tell whose reply address this is, whatever its capitals; None for any other address."""
    running = settings()
    added = addition_to(running.reply_address, address, running.address_separator)
    return _number_in(added.lower()) if added else None


def is_ours(address: str) -> bool:
    """Tell whether mail to this address comes back to us: a loop, if we wrote to it."""
    running = settings()
    known = address.strip().casefold()
    own = {running.mail_from.casefold(), running.reply_address.casefold()}
    return known in own or person_of(known) is not None or return_path.is_ours(known)


def _number_in(token: str) -> int | None:
    """Read the person from a token; None when it was not made with our key."""
    if len(token) != TOKEN_LENGTH or not token.isascii():
        return None
    try:
        octets = base64.b32decode(token.upper() + "======")
    except binascii.Error:
        return None
    hidden, mark = octets[:_NUMBER], octets[_NUMBER:]
    person_id = int.from_bytes(_veiled(hidden, mark), "big")
    return person_id if hmac.compare_digest(mark, _mark(person_id)) else None


def _mark(person_id: int) -> bytes:
    return _keyed(b"reply:" + person_id.to_bytes(_NUMBER, "big"))[:_MARK]


def _veiled(number: bytes, mark: bytes) -> bytes:
    """Hide or show a number under a mask that follows from the mark."""
    mask = _keyed(b"reply-number:" + mark)
    return bytes(one ^ other for one, other in zip(number, mask, strict=False))


def _keyed(text: bytes) -> bytes:
    return hmac.new(settings().secret_key.encode(), text, hashlib.sha256).digest()
