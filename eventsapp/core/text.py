"""Text that people typed: cleaned for a page, made plain for a mail, folded for a search.

Everybody uses it. Rich text goes through `clean_html` once, when it is saved, and whatever goes
into a header or a file name through `one_line` or `slug`. Pure, and never raises on odd text.
"""

import re
import unicodedata
from html import escape

from eventsapp.core.plain_text import lines_of, wrapped

_KEPT_TAGS = {"p", "br", "strong", "em", "h2", "h3", "ul", "ol", "li", "a", "blockquote"}
# What word processors and mail programs paste, and what it becomes. Each is let through the
# sanitiser (which writes every tag in one fixed form) and replaced in its output.
_PASTED_TAGS = {
    "b": ("<strong>", "</strong>"),
    "i": ("<em>", "</em>"),
    "h1": ("<h2>", "</h2>"),
    "h4": ("<h3>", "</h3>"),
    "h5": ("<h3>", "</h3>"),
    "h6": ("<h3>", "</h3>"),
    "div": ("", "<br>"),
    "table": ("", ""),
    "tbody": ("", ""),
    "thead": ("", ""),
    "tr": ("", "<br>"),
    "th": ("", " "),
    "td": ("", " "),
}
_PASTED = re.compile(rf"<(/?)({'|'.join(_PASTED_TAGS)})>")
# What `clean_html` gives, more or less: its tags in their one form. None of it is hidden or dead,
# so that plain text need not have it cleaned again.
_CLEANED = re.compile(
    rf"(?:[^<&]++|&(?:amp|lt|gt|quot|nbsp);|<br>|</?(?:{'|'.join(sorted(_KEPT_TAGS - {'br'}))})>"
    r'|<a href="(?:https?://|mailto:|tel:)[^"<>]++" rel="noopener">)*'
)
_LOOSE_BREAKS = re.compile(r"(?:\s|<br>)+$")
_MANY_BREAKS = re.compile(r"(?:<br>\s*){3,}")
_DEAD_LINK = re.compile(r'<a rel="noopener">(.*?)</a>', re.DOTALL)
# A link has none within it, and one that is not closed is none: strangers write us too.
_LINK = re.compile(r'<a href="([^"]*)"[^>]*>((?:(?!<a ).)*?)</a>', re.DOTALL)

# Letters that decompose into nothing simpler, though people type them as something simpler.
_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ß": "ss"}
)
# Invisible marks that turn the direction of text, and so can make a name read as another one.
# Categories Cc and Cs of Unicode, but for the line end and the tab; and the other line ends.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_UNUSUAL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")
_ONE_LINE = re.compile(r"(?:[!-~]+(?: [!-~]+)*)?")
_TURNERS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0xFEFF])


def clean_html(html: str) -> str:
    """Keep of rich text what our pages and mails can show; the rest goes, its words stay.

    Links keep only addresses of the web, mail and telephone. Text without a word gives "".
    """
    import nh3  # 2 MB, which who only sends what others wrote does not need

    cleaned = nh3.clean(
        without_controls(html),
        tags=_KEPT_TAGS | set(_PASTED_TAGS),
        clean_content_tags={"script", "style", "title", "head"},
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto", "tel"},
        url_relative="deny",
        link_rel="noopener",
    )
    cleaned = _PASTED.sub(lambda tag: _PASTED_TAGS[tag[2]][bool(tag[1])], cleaned)
    cleaned = _DEAD_LINK.sub(r"\1", cleaned)
    cleaned = _LOOSE_BREAKS.sub("", _MANY_BREAKS.sub("<br><br>", cleaned)).strip()
    return cleaned if re.sub(r"<[^>]*>|&nbsp;|\s", "", cleaned) else ""


def html_to_text(html: str, width: int | None = 72) -> str:
    """Turn rich text into plain lines for a mail or a calendar, each link followed by its address.

    Lines are broken at `width` characters (None: not at all, as calendars want it), an address
    never.
    """
    cleaned = html if _CLEANED.fullmatch(html) else clean_html(html)
    # After it, as entities may have stood for some.
    lines = lines_of(_LINK.sub(_spell_out, without_controls(cleaned)))
    if width:
        lines = [part for line in lines for part in wrapped(line, width)]
    return "\n".join(lines)


def text_to_html(text: str) -> str:
    """Turn plain text into paragraphs: an empty line begins a new one, a line end is kept."""
    paragraphs = re.split(r"\n\s*\n", without_controls(text).strip())
    kept = [escape(part.strip()).replace("\n", "<br>") for part in paragraphs if part.strip()]
    return "".join(f"<p>{part}</p>" for part in kept)


def fold(text: str) -> str:
    """Make the key under which a name is found, whatever its accents, case and punctuation.

    "'s-Gravenhage" becomes "s gravenhage", "Łódź" becomes "lodz". Folding twice changes nothing.
    """
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = unicodedata.normalize("NFKD", plain).casefold().translate(_LETTERS)
    letters = (char for char in plain if not unicodedata.combining(char))
    return " ".join("".join(char if char.isalnum() else " " for char in letters).split())


def slug(text: str, limit: int = 60) -> str:
    """Make the part of an address or file name that tells what it is: "overleg-zutphen"."""
    words = fold(text).encode("ascii", "ignore").decode().split()
    made = ""
    for word in words:
        longer = f"{made}-{word}" if made else word[:limit]
        if len(longer) > limit:
            break
        made = longer
    return made


def one_line(text: str, limit: int = 200) -> str:
    """Make text safe for a header or a table cell: one line, no control characters, not endless.

    What is longer than `limit` characters ends in "…".
    """
    if len(text) <= limit and _ONE_LINE.fullmatch(text):
        return text  # as nearly always: a newsletter asks this for each of its readers
    line = " ".join(without_controls(text).translate(_TURNERS).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def initials(name: str) -> str:
    """Give at most two letters that stand for a person: "Petra van der Berg" is PB."""
    words = fold(name).split()
    ends = words if len(words) < 2 else [words[0], words[-1]]
    return "".join(word[0] for word in ends).upper()


def without_controls(text: str) -> str:
    """Drop control characters and broken halves of characters; make each line end a plain one."""
    if not _UNUSUAL.search(text):
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for separator in "\u2028\u2029\x0b\x0c\x85":
        text = text.replace(separator, "\n")
    return _CONTROLS.sub("", text)


def _spell_out(link: re.Match[str]) -> str:
    address, words = link[1], link[2]
    bare = re.sub(r"^(mailto:|tel:|https?://)|/$", "", address)
    shown = re.sub(r"<[^>]*>", "", words)
    if not shown.strip() or bare in shown:
        return words if shown.strip() else address
    return f"{words} ({address.removeprefix('mailto:').removeprefix('tel:')})"
