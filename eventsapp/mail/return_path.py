"""The address to which a mail comes back when it cannot be delivered: one of its own each (VERP).

Delivery gives it as the sender of the envelope, so that a report names the mail of ours whatever
else it says. The number is signed: nobody can make us withhold an address by inventing a report.
"""

from __future__ import annotations

from collections.abc import Callable

from eventsapp.core import tokens
from eventsapp.core.addresses import addition_to, extended
from eventsapp.core.settings import settings

_PURPOSE = "return-path"
_NUMBER = "0.0"  # stands where the token belongs, while an address is made


def address_for(message_id: int, sender: str = "") -> str:
    """Give the sender of the envelope of one message, such as retour+42.9f86…@programma.example.

    Without a bounce address of our own the sender of the mail itself gets what comes back.
    """
    return addresser()(message_id, sender)


def addresser() -> Callable[[int, str], str]:
    """Give what does as `address_for`, for who asks it for each mail of an edition."""
    running = settings()
    if not running.bounce_address:
        return lambda _number, sender: sender or running.mail_from
    whole = extended(running.bounce_address, _NUMBER, running.address_separator)
    before, _, behind = whole.rpartition(_NUMBER)
    numbered = tokens.numberer(_PURPOSE)
    return lambda number, _sender: f"{before}{numbered(number)}{behind}"


def message_id_of(address: str) -> int | None:
    """Tell which message came back to this address; None when the address is not one of ours."""
    running = settings()
    added = addition_to(running.bounce_address, address, running.address_separator)
    return tokens.number_in(_PURPOSE, added) if added else None


def is_ours(address: str) -> bool:
    """Tell whether an address is our bounce address, signed or bare."""
    running = settings()
    added = addition_to(running.bounce_address, address, running.address_separator)
    return added is not None and (added == "" or message_id_of(address) is not None)
