"""A mail as its reader got it, made again from what is kept, for who looks back at it.

The pages of mail call this after they judged who may read. Personal links are left out: whoever
opens one would act as that person. Nothing is left to read once the mailing is purged.
"""

from __future__ import annotations

from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default

from eventsapp.core.settings import settings
from eventsapp.mail import lists, mime
from eventsapp.mail.compose import compose_template
from eventsapp.mail.models import FROM, IN_REPLY_TO, REPLY_TO, Message

_ABOUT_THE_PARTS = ("content-", "mime-version")
LEFT_OUT = "…"


@dataclass(frozen=True, slots=True)
class Copy:
    """What a reader saw, and the headers that went with it."""

    subject: str
    text: str
    html: str
    headers: list[tuple[str, str]]


def copy_of(message: Message) -> Copy | None:
    """Make a mail again without its personal links; None when what it said was erased.

    Raises ValueError or a Jinja error when the template does not fit the values any more.
    """
    mailing = message.mailing
    if mailing.purged_at is not None:
        return None
    values = {**mailing.data, **message.data, "link": f"{settings().base_url}/a/{LEFT_OUT}"}
    made = compose_template(message.template, message.language, values)
    own = message.data
    parts = mime.Parts(
        message_id=message.message_id,
        date=message.created_at,
        sender_name=mailing.sender_name,
        sender_address=own.get(FROM, "") or mailing.sender_address,
        reply_to=own.get(FROM, "") or own.get(REPLY_TO, "") or mailing.reply_to,
        to_name=message.name,
        to_address=message.address,
        subject=made.subject,
        text=made.text,
        html=made.html,
        language=message.language,
        in_reply_to=own.get(IN_REPLY_TO, ""),
    )
    headers = [*_list_headers(message), *_headers(mime.build(parts))]
    return Copy(made.subject, made.text, made.html, headers)


def _list_headers(message: Message) -> list[tuple[str, str]]:
    """Give the headers of a list, without the address at which this reader leaves it."""
    given = lists.headers_of(message.mailing.list_id, message.id)
    return [(name, LEFT_OUT if name == "List-Unsubscribe" else value) for name, value in given]


def _headers(octets: bytes) -> list[tuple[str, str]]:
    read = message_from_bytes(octets, policy=default)
    return [
        (name, str(value))
        for name, value in read.items()
        if not name.lower().startswith(_ABOUT_THE_PARTS)
    ]
