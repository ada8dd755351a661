"""A mail that may leave, made into the octets of its envelope; needs no database.

`mail/delivery.py` calls this between two transactions: rendering holds no lock.
"""

from __future__ import annotations

from collections.abc import Sequence

from eventsapp.mail import lists, mime, return_path
from eventsapp.mail.compose import compose_template
from eventsapp.mail.judging import Ready
from eventsapp.mail.models import FROM, IN_REPLY_TO, REPLY_TO
from eventsapp.mail.wire import Envelope


def envelope_of(ready: Ready) -> Envelope:
    """Render a mail. A template that does not fit its values raises one of our faults."""
    row = ready.row
    sender = return_path.address_for(row.id, ready.cover.sender_address)
    return Envelope(row.id, sender, row.address, _single(ready))


def _single(ready: Ready) -> Sequence[bytes]:
    row, cover, own = ready.row, ready.cover, ready.row.data
    made = compose_template(row.template, row.language, {**cover.data, **own})
    parts = mime.Parts(
        message_id=row.message_id,
        date=row.created_at,
        sender_name=cover.sender_name,
        sender_address=own.get(FROM, "") or cover.sender_address,
        reply_to=own.get(FROM, "") or own.get(REPLY_TO, "") or cover.reply_to,
        to_name=row.name,
        to_address=row.address,
        subject=made.subject,
        text=made.text,
        html=made.html,
        language=row.language,
        calendar=ready.calendar,
        in_reply_to=own.get(IN_REPLY_TO, ""),
        headers=lists.headers_of(cover.list_id, row.id),
    )
    return (mime.build(parts),)
