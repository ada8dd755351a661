"""The look of mails: MJML in, HTML that holds in Outlook, Gmail and Apple Mail out.

`mail/compose.py` calls `compile_mjml` for each mail, after Jinja has filled the template: compiling
takes well under a millisecond, so nothing is cached and no placeholder has to survive it.
The compiler drops tags that it does not know and forgives tags closed by another's name; here
both are refused, so that a slip in a template is found by its test and not by a reader.
Knows neither Flask nor the database.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

LARGEST = 100_000
"""Bytes. Gmail cuts a mail at 102 kB and hides the rest behind a link."""

_PIECES = frozenset({"mj-text", "mj-button", "mj-table", "mj-divider", "mj-spacer"})
_ATTRIBUTED = frozenset({"mj-all", "mj-class", "mj-wrapper", "mj-section", "mj-column"}) | _PIECES
_MAY_STAND_IN: dict[str, frozenset[str]] = {
    "": frozenset({"mjml"}),
    "mjml": frozenset({"mj-head", "mj-body"}),
    "mj-head": frozenset({"mj-title", "mj-preview", "mj-attributes", "mj-style", "mj-raw"}),
    "mj-attributes": _ATTRIBUTED,
    "mj-body": frozenset({"mj-wrapper", "mj-section", "mj-raw"}),
    "mj-wrapper": frozenset({"mj-section", "mj-raw"}),
    "mj-section": frozenset({"mj-column", "mj-raw"}),
    "mj-column": _PIECES | {"mj-raw"},
}
_HOLDS_HTML = frozenset(
    {"mj-text", "mj-button", "mj-table", "mj-raw", "mj-title", "mj-preview", "mj-style"}
)
NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""XML 1.0, section 2.2. A name pasted from a spreadsheet may well hold such a character."""


def compile_mjml(source: str) -> str:
    """Make the HTML of a mail from MJML that is filled in already.

    ValueError when a tag is unknown, stands in the wrong place or is closed by another; when the
    language is missing; or when the result is larger than mail programs show.
    """
    from mjml import mjml2html  # who sends what was compiled before needs none

    source = NOT_IN_XML.sub("", source).strip()
    check = _Check()
    check.feed(source)
    check.close()
    check.finish()
    html: str = mjml2html(source, fonts={})
    size = len(html.encode())
    if size > LARGEST:
        raise ValueError(f"mail of {size} bytes, at most {LARGEST}")
    return html


class _Check(HTMLParser):
    """Walks through MJML and refuses what the compiler would silently drop."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []

    @property
    def inside(self) -> str:
        return self.open[-1] if self.open else ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._is_html(tag):
            return
        self._judge(tag, attrs)
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not self._is_html(tag):
            self._judge(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self.inside in _HOLDS_HTML and not tag.startswith("mj"):
            return
        if tag != self.inside:
            raise ValueError(self._at(f"</{tag}> closes <{self.inside or 'nothing'}>"))
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if data.strip() and self.inside not in _HOLDS_HTML:
            raise ValueError(self._at(f"text outside a piece of text: {data.strip()[:40]!r}"))

    def finish(self) -> None:
        if self.open:
            raise ValueError(f"<{self.inside}> is not closed")

    def _is_html(self, tag: str) -> bool:
        if self.inside not in _HOLDS_HTML or "mj-attributes" in self.open:
            return False
        if tag.startswith("mj"):
            raise ValueError(self._at(f"<{tag}> inside the text of <{self.inside}>"))
        return True

    def _judge(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _MAY_STAND_IN.get(self.inside, frozenset()):
            raise ValueError(self._at(f"<{tag}> can't stand in <{self.inside or 'a mail'}>"))
        if tag == "mjml" and not dict(attrs).get("lang"):
            raise ValueError(self._at("<mjml> does not name its language"))

    def _at(self, fault: str) -> str:
        return f"line {self.getpos()[0]}: {fault}"
