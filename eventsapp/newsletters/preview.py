"""An edition as one sort of reader would get it, before anything is sent.

The preview and the test mail ask here. The mail is put together from the same pieces as when it
is sent; links of a reader's own lead nowhere, since there is no reader yet. Writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eventsapp.newsletters import own_links
from eventsapp.newsletters.blocks import Reader, fits, name_of
from eventsapp.newsletters.kinds import BlockKind
from eventsapp.newsletters.models import Edition
from eventsapp.newsletters.render import Rendered, for_reader, frozen, items_for, pieces

NOWHERE = "#"
_DARK = "@media (prefers-color-scheme: dark)"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A block that this sort of reader does not get."""

    key: str
    kind: BlockKind
    name: str
    is_for_nobody: bool = False
    """No reader at all gets it: the regions that it is for are no more."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The mail of one sort of reader, and what it leaves out."""

    subject: str
    preview_line: str
    html: str
    text: str
    left_out: tuple[LeftOut, ...]

    @property
    def octets(self) -> int:
        """Tell how large the HTML is; mail programs cut off what is over 100 kB."""
        return len(self.html.encode())

    @property
    def in_the_dark(self) -> str:
        """Give the HTML as a reader sees it whose screen is set to dark."""
        return self.html.replace(_DARK, "@media all").replace(
            '<meta name="color-scheme" content="light dark">',
            '<meta name="color-scheme" content="dark">',
        )


def seen_by(edition: Edition, reader: Reader | None, language: str) -> Seen:
    """Show an edition as it is now to one sort of reader; without one, all that stands in it."""
    taken = frozen(edition)
    return put_together(taken, pieces(taken, language), reader)


def put_together(taken: Mapping[str, Any], rendered: Rendered, reader: Reader | None) -> Seen:
    """Put a mail together from pieces that were rendered already."""
    html, text = for_reader(rendered, reader)
    return Seen(
        subject=rendered.subject,
        preview_line=rendered.preview_line,
        html=own_links.for_everybody("".join(html), NOWHERE),
        text=own_links.for_everybody("".join(text), "…"),
        left_out=tuple(_left_out(taken, rendered, reader)),
    )


def _left_out(taken: Mapping[str, Any], rendered: Rendered, reader: Reader | None) -> list[LeftOut]:
    found = []
    for block, made in zip(taken["blocks"], rendered.blocks, strict=True):
        is_empty = made.is_list and not items_for(made, reader)
        if is_empty or (reader is not None and not fits(made.limits, reader)):
            kind = BlockKind(block["kind"])
            found.append(
                LeftOut(
                    key=made.key,
                    kind=kind,
                    name=name_of(kind, block["data"]),
                    is_for_nobody=made.limits.get("regions") == [0],
                )
            )
    return found
