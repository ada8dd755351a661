"""A mail as its reader got it, made again from what is kept, for who looks back at it.

The pages of mail call this after they judged who may read. Personal links are left out: whoever
opens one would act as that person. Nothing is left to read once the mailing is purged.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from email import message_from_bytes
from email.policy import default

from eventsapp.core.settings import settings
from eventsapp.mail import lists, mime, renewing, retention
from eventsapp.mail.compose import compose_template
from eventsapp.mail.judging import Cover
from eventsapp.mail.models import Message
from eventsapp.mail.rendering import parts_of

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
    if retention.erased_at(message) is not None:
        return None
    now = Cover._make(getattr(mailing, name) for name in Cover._fields)
    cover = now._replace(**renewing.as_said(message))
    values = {**cover.data, **message.data, "link": f"{settings().base_url}/a/{LEFT_OUT}"}
    made = compose_template(message.template, message.language, values)
    parts = replace(parts_of(message, cover, made), headers=())
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
