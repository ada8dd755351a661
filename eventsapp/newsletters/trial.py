"""A test mail: an edition as it is now, to a few addresses that somebody chose.

It is made the same way as the mails of readers, so that what arrives is what they will get; only
its subject says what it is, and links of a reader's own lead to the page for everybody. It counts
for nothing: not as sent, not among the figures of the edition.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from eventsapp.core import audit, limits
from eventsapp.core.actor import Actor
from eventsapp.core.addresses import parse_address
from eventsapp.core.errors import InputError
from eventsapp.core.labels import N_
from eventsapp.core.language import speaking, translate
from eventsapp.mail import outbox
from eventsapp.mail.kinds import MailingKind, Purpose
from eventsapp.newsletters import notes
from eventsapp.newsletters.blocks import Reader
from eventsapp.newsletters.editions import demand_make
from eventsapp.newsletters.models import Edition
from eventsapp.newsletters.snapshot import frozen

TEMPLATE = "edition"
"""As of the mails of readers; see `sending.py`."""
MOST = 5
MOST_AN_HOUR, HOUR = 30, timedelta(hours=1)
"""So many test mails one person sends: enough for an afternoon's work, useless for a nuisance."""
TRIAL = "edition.trial"
_BETWEEN = re.compile(r"[\s,;]+")


def addresses_in(text: str, field: str = "addresses") -> list[str]:
    """Read the addresses that were typed, each once; InputError names what is wrong with them."""
    typed = [one for one in _BETWEEN.split(text[:5_000]) if one]
    if not typed:
        raise InputError(N_("Fill in an address."), field)
    found = list(dict.fromkeys(parse_address(one, field).lower() for one in typed))
    if len(found) > MOST:
        raise InputError(
            N_("At most %(most)s addresses at once: this is only a test."), field, most=MOST
        )
    return found


def send(
    actor: Actor,
    edition: Edition,
    addresses: list[str],
    reader: Reader | None,
    language: str,
    *,
    wants_text: bool = False,
) -> int:
    """Send an edition as it is now to these addresses, as one sort of reader would get it.

    Without a reader all that stands in it goes along. Gives how many mails leave: an address that
    gets no mail from us at all gets no test either. Raises Forbidden, and TooMany for who sends
    one after another.
    """
    demand_make(actor, edition)
    limits.spend(TRIAL, str(actor.person_id), MOST_AN_HOUR, HOUR)
    taken = frozen(edition)
    with speaking(language):
        subject = translate(N_("Test: %(subject)s"), subject=taken["subject"])
    mailing = outbox.open_mailing(
        kind=MailingKind.WORK,
        purpose=Purpose.ACCOUNT,
        reference=notes.reference(edition),
        title=subject,
        by=actor.person_id,
        sender_name=edition.newsletter.sender_name or edition.newsletter.name,
        reply_to=edition.newsletter.reply_to,
        data={**(taken if reader is not None else _for_all(taken)), "subject": subject},
        undo=False,
    )
    own = {
        "regions": ",".join(map(str, sorted(reader.regions))) if reader is not None else "",
        "themes": ",".join(map(str, sorted(reader.themes))) if reader is not None else "",
        "text": wants_text,
    }
    letters = [
        outbox.Letter(
            key=f"trial:{mailing.id}:{place}",
            address=address,
            name="",
            language=language,
            template=TEMPLATE,
            data=own,
            reference=notes.reference(edition),
        )
        for place, address in enumerate(addresses)
    ]
    outbox.enqueue(mailing, letters)
    audit.record(actor, "edition.trial", "edition", edition.id, count=len(letters))
    return sum(1 for one in mailing.messages if one.state == "queued")


def _for_all(taken: Mapping[str, Any]) -> dict[str, Any]:
    """Lift what limits blocks, so that one mail holds them all."""
    none: dict[str, list[Any]] = {"regions": [], "themes": [], "languages": []}
    return {**taken, "blocks": [{**block, "limits": none} for block in taken["blocks"]]}
