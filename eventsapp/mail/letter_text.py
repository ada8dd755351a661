"""What a person wrote, apart from what stood in the mail that was answered. Pure.

The pages for letters show the new words first; nothing is lost, for the whole text is kept beside
them. Where it is in doubt what is new, all of it is.
"""

from __future__ import annotations

import re
from email.message import Message

from eventsapp.core.text import one_line
from eventsapp.mail.opening import content_of, decoded, parts_of

MOST_ATTACHMENTS = 20
_LONGEST_LINE = 400  # of a line that may introduce what is quoted; longer ones are words
_QUOTE = re.compile(r"^\s{0,3}>")
# How mail programs introduce what they quote, in Dutch and English.
_WROTE = re.compile(
    r"(?i)^\s*(op\s.{4,200}\b(schreef|heeft|geschreven)\b.{0,200}:|on\s.{4,200}\bwrote:)\s*$"
)
_ORIGINAL = re.compile(
    r"(?i)^\s*-{2,}\s*(oorspronkelijk bericht|origineel bericht|doorgestuurd bericht|"
    r"original (message|appointment)|forwarded message)\s*-{2,}"
)
_RULE = re.compile(r"^\s*_{20,}\s*$")
_HEAD = re.compile(r"(?i)^\s*\*?(van|from)\s*:\*?\s+\S")
_HEAD_FOLLOWS = re.compile(r"(?i)^\s*\*?(verzonden|datum|sent|date|aan|to)\s*:")


def new_words(text: str) -> str:
    """Give what was written anew: all above the mail that is answered; all, where none is found.

    Words between quoted lines are kept, with the lines they answer.
    """
    lines = text.splitlines()
    cut = next((at for at in range(len(lines)) if _begins_original(lines, at)), len(lines))
    kept = lines[:cut]
    while kept and (not kept[-1].strip() or _QUOTE.match(kept[-1])):
        kept.pop()
    return "\n".join(kept).strip() or text.strip()


def _begins_original(lines: list[str], at: int) -> bool:
    line = lines[at][:_LONGEST_LINE]
    if _ORIGINAL.match(line) or _RULE.match(line):
        return True
    if _HEAD.match(line):
        return any(_HEAD_FOLLOWS.match(next_line) for next_line in lines[at + 1 : at + 4])
    # The introduction may be broken over two lines.
    following = lines[at + 1] if at + 1 < len(lines) else ""
    joined = f"{line} {following[:_LONGEST_LINE]}"
    is_introduced = bool(_WROTE.match(line)) or (
        not _QUOTE.match(following) and bool(_WROTE.match(joined))
    )
    return is_introduced and not _is_answered_below(lines[at + 1 :])


def _is_answered_below(lines: list[str]) -> bool:
    """Tell whether words stand between quoted lines: then they are the answer."""
    has_quote = any(_QUOTE.match(line) for line in lines)
    words = [line for line in lines if line.strip() and not _QUOTE.match(line)]
    return has_quote and len(words) > 1


def attachments(message: Message) -> list[dict[str, object]]:
    """List what is enclosed, with name, kind and size in octets; nothing is opened."""
    found: list[dict[str, object]] = []
    for part in parts_of(message):
        name = part.get_filename()
        if not name and part.get_content_disposition() != "attachment":
            continue
        shown = one_line(decoded(str(name or "")), 120)
        kind = one_line(part.get_content_type(), 80)
        found.append({"name": shown or kind, "kind": kind, "size": len(content_of(part))})
    return found[:MOST_ATTACHMENTS]
