"""A mail that may leave, made into the octets of its envelope; needs no database.

`mail/delivery.py` calls this between two transactions: rendering holds no lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from eventsapp.core.links import unsubscribe_links
from eventsapp.core.settings import settings
from eventsapp.mail import frames, lists, mime, return_path, variants
from eventsapp.mail.claims import Claimed
from eventsapp.mail.compose import Composed, compose_template
from eventsapp.mail.judging import Cover, Ready
from eventsapp.mail.kinds import Stream
from eventsapp.mail.models import FROM, IN_REPLY_TO, REPLY_TO, Mailing, Message
from eventsapp.mail.signing import Signer, signer_of
from eventsapp.mail.wire import Envelope


class Renderer:
    """Makes the envelopes of a lane; what does not change from mail to mail is looked up once."""

    def __init__(self) -> None:
        self._settings = running = settings()
        # A tuple: as a rule it is empty, and each mail looks into it.
        self._is_signed = tuple(one.value for one in Stream if running.signature_of(one).key)
        self._signers: dict[tuple[str, str], Signer | None] = {}
        self._sender_of = return_path.addresser()
        self._leave_at = unsubscribe_links()

    def envelope_of(self, ready: Ready) -> Envelope:
        """Render a mail. A template that does not fit its values raises one of our faults."""
        row, cover = ready.row, ready.cover
        sender = self._sender_of(row.id, cover.sender_address)
        filled = variants.pieces_of(ready, sender, self._leave_at)
        if filled is None:
            parts = single(ready)
            filled = frames.pieces_of(parts)
        if filled is None:
            octets = mime.build(parts)
            head = octets.index(b"\r\n\r\n") + 4
            pieces = self._signed(ready, octets[:head], [octets[head:]], [octets])
            return Envelope(row.id, sender, row.address, pieces)
        pieces, head = filled
        if cover.stream in self._is_signed:
            pieces = self._signed(ready, b"".join(pieces[:head]), pieces[head:], pieces)
        return Envelope(row.id, sender, row.address, pieces, is_stuffed=True)

    def _signed(
        self, ready: Ready, head: bytes, body: Sequence[bytes], pieces: list[bytes]
    ) -> list[bytes]:
        """Put our signature in front, where we sign mail of this stream ourselves."""
        asked = (ready.cover.stream, ready.cover.sender_address)
        if asked not in self._signers:
            self._signers[asked] = signer_of(self._settings, *asked)
        signer = self._signers[asked]
        return pieces if signer is None else [signer.sign(head, body), *pieces]


def single(ready: Ready) -> mime.Parts:
    """Render a mail for this reader alone."""
    row, cover = ready.row, ready.cover
    made = compose_template(row.template, row.language, {**cover.data, **row.data})
    return replace(parts_of(row, cover, made), calendar=ready.calendar)


def parts_of(row: Claimed | Message, cover: Cover | Mailing, made: Composed) -> mime.Parts:
    """Lay out the headers of a mail around what it says; a calendar entry is put in by the caller.

    Its own sender, where it has one, stands in From and Reply-To.
    """
    own = row.data
    return mime.Parts(
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
        in_reply_to=own.get(IN_REPLY_TO, ""),
        headers=lists.headers_of(cover.list_id, row.id),
    )
