"""A message row to subject, text and HTML, in the language of its reader.

`mail/delivery.py` calls this when a mail leaves; the mailing page calls it for a preview. Writes
nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from eventsapp.core.language import speaking
from eventsapp.core.settings import settings
from eventsapp.core.templates import render
from eventsapp.core.text import one_line
from eventsapp.mail import assembling, holes
from eventsapp.mail.assembling import Whole
from eventsapp.mail.layout import compile_mjml
from eventsapp.mail.models import Message

_MANY_BLANKS = re.compile(r"\n\s*\n\s*\n+")


@dataclass(frozen=True, slots=True)
class Composed:
    """A mail as its reader will see it."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a mail is rendered from: a folder under templates/email, a language, and values."""

    template: str
    language: str
    values: Mapping[str, Any]

    @classmethod
    def of(cls, message: Message) -> Self:
        """Take what a row and its mailing hold, so that rendering needs no database."""
        return cls(message.template, message.language, {**message.mailing.data, **message.data})

    def compose(self) -> Composed:
        """Render the mail; ValueError or a Jinja error is a fault of ours."""
        return compose_template(self.template, self.language, self.values)


def compose(message: Message) -> Composed:
    """Render a mail from its own values and those that its mailing shares.

    Raises ValueError or a Jinja error when the template does not fit the values: a fault of ours.
    """
    return Sheet.of(message).compose()


def compose_template(template: str, language: str, values: Mapping[str, Any]) -> Composed:
    """Render one of the folders under templates/email with these values."""
    if (assembler := assembling.assembler_of(template)) is not None:
        return _assembled(assembler(values, language), values)
    running = settings()
    context: dict[str, Any] = {
        **values,
        "language": language,
        "programme_name": running.programme_name,
        "programme_phone": running.programme_phone,
        "programme_postal_address": running.programme_postal_address,
    }
    folder = f"email/{template}"
    with speaking(language):
        subject = one_line(render(f"{folder}/subject.txt", **context), 200)
        text = _MANY_BLANKS.sub("\n\n", render(f"{folder}/body.txt", **context).strip()) + "\n"
        html = compile_mjml(render(f"{folder}/body.html", **context, subject=subject))
    return Composed(subject=subject, text=text, html=html)


def _assembled(whole: Whole, values: Mapping[str, Any]) -> Composed:
    """Put a mail together to be looked at: own links lead where everybody may look."""
    choice = whole.choose(values)

    def shown(pieces: Sequence[str]) -> str:
        chunks = holes.split("".join(pieces))
        chunks[1::2] = [whole.link(name, {}, None, "") for name in chunks[1::2]]
        return "".join(chunks)

    return Composed(whole.subject, shown(choice.text), shown(choice.html))
