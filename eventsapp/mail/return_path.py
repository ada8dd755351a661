"""The address to which a mail comes back when it cannot be delivered: one of its own each (VERP).

Delivery gives it as the sender of the envelope, so that a report names the mail of ours whatever
else it says. The number is signed: nobody can make us withhold an address by inventing a report.
"""

from __future__ import annotations

import hmac

from eventsapp.core.addresses import addition_to, extended
from eventsapp.core.settings import settings

_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"  # base 32 as in RFC 4648
_MARK = 12  # base 32 characters: 60 bits, and together short enough for a local part (64)


def address_for(message_id: int, sender: str = "") -> str:
    """Give the sender of the envelope of one message, such as retour+42.k3v…@programma.example.

    Without a bounce address of our own the sender of the mail itself gets what comes back.
    """
    running = settings()
    if not running.bounce_address:
        return sender or running.mail_from
    mark = _mark(running.secret_key, message_id)
    return extended(running.bounce_address, f"{message_id}.{mark}", running.address_separator)


def message_id_of(address: str) -> int | None:
    """Tell which message came back to this address; None when the address is not one of ours."""
    running = settings()
    added = addition_to(running.bounce_address, address, running.address_separator)
    number, _, mark = (added or "").partition(".")
    if not (number.isascii() and number.isdigit() and len(number) < 19):  # fits a database
        return None
    is_ours = hmac.compare_digest(mark.encode(), _mark(running.secret_key, int(number)).encode())
    return int(number) if is_ours else None


def is_ours(address: str) -> bool:
    """Tell whether an address is our bounce address, signed or bare."""
    running = settings()
    added = addition_to(running.bounce_address, address, running.address_separator)
    return added is not None and (added == "" or message_id_of(address) is not None)


def _mark(key: str, message_id: int) -> str:
    made = hmac.digest(key.encode(), b"return-path:%d" % message_id, "sha256")
    number = int.from_bytes(made[:8], "big") >> (64 - 5 * _MARK)
    return "".join([_LETTERS[(number >> at) & 31] for at in range(5 * _MARK - 5, -1, -5)])
