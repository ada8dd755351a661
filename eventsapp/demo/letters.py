"""Reads what lies in the built-in post office, through its pages, as whoever tries out would.

`demo/play.py` waits here for mails to arrive and takes the personal links out of them.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

from eventsapp.demo.pages import Trouble
from eventsapp.demo.visitor import Visitor

# Seconds: how long a set of mails may take to arrive, and between two looks.
PATIENCE, PAUSE = 180.0, 0.25


@dataclass(frozen=True)
class Letter:
    """One mail as it lies in the post office."""

    id: int
    to: str
    subject: str


class PostBox:
    """What arrived since it was made: earlier mails are somebody else's story."""

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor
        self._read = max((letter.id for letter in self._since(0)), default=0)

    def wait_for(self, count: int, what: str) -> list[Letter]:
        """Give the new mails as soon as there are so many. Raises `Trouble` when they stay away."""
        until = time.monotonic() + PATIENCE
        found = self._since(self._read)
        while len(found) < count:
            if time.monotonic() > until:
                raise Trouble(
                    f"Of {count} {what} only {len(found)} arrived within {PATIENCE:.0f} seconds."
                )
            time.sleep(PAUSE)
            found = self._since(self._read)
        self._read = max((letter.id for letter in found), default=self._read)
        return found

    def answer_link(self, letter: Letter) -> str:
        """Give the personal link in a mail. Raises `Trouble` when it holds none."""
        text = self.open(letter).get_body(("plain",))
        found = re.search(r"https?://\S+/a/[\w.-]+", text.get_content() if text else "")
        if found is None:
            raise Trouble(f"The mail to {letter.to} holds no link to answer by.")
        return found[0]

    def open(self, letter: Letter) -> EmailMessage:
        """Read one mail as it came in."""
        raw = self._visitor.open(f"/postoffice/{letter.id}.eml").body
        return message_from_bytes(raw, policy=policy.default)

    def _since(self, number: int) -> list[Letter]:
        listed = self._visitor.open(f"/postoffice.json?after={number}").json
        return [Letter(one["id"], str(one["to"]), one["subject"]) for one in listed]
