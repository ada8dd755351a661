"""One line of the page of today; `home.py` and `newsletter_tasks.py` write them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Task:
    """One line of the page: what it is about, what is the matter, and where to do it."""

    icon: str
    title: str
    text: str
    href: str
    action: str = ""


def line_of(parts: list[str]) -> str:
    """Put facts side by side: the first with a capital, whatever it is."""
    # No line begins with the dot: it stays with the words before it.
    text = "\u00a0· ".join(part for part in parts if part)
    return text[:1].upper() + text[1:]
