"""What a mail programme sees in the octets of a mail, and texts that try a mail to its limits."""

from __future__ import annotations

from email import message_from_bytes
from email.header import decode_header, make_header
from email.utils import parseaddr
from typing import Any

from hypothesis import strategies as st

ADDRESSES = {"From", "To", "Reply-To"}
LETTERS = st.characters(exclude_categories=["Cs", "Cc"])
NASTY = st.sampled_from(
    [
        ".", "..", "\n.\n", "\n", " ", "=", "=20", "=?utf-8?q?x?=", "<b>&amp;", '"', "'", "\\",
        "é", "😀", "R\r\nBcc: all@raad.example", "x" * 200, "ij " * 60, "From ", "\t", "%s", "--",
    ]
)  # fmt: skip
NOTES = st.lists(NASTY | st.text(LETTERS, max_size=100), max_size=8).map("".join)


def words_of(name: str, header: str) -> tuple[str, str]:
    """A header as mail programs show it (the new policy sets spaces between encoded words)."""
    shown, address = parseaddr(header) if name in ADDRESSES else (header, "")
    return " ".join(str(make_header(decode_header(shown))).split()), address


def read(octets: bytes) -> tuple[list[tuple[str, Any]], str | None, list[Any]]:
    """What a mail program sees: headers in order, and each part with what is in it."""
    message = message_from_bytes(octets)
    headers = [(name, words_of(name, " ".join(value.split()))) for name, value in message.items()]
    parts = [
        (part.items(), part.get_payload(decode=True).replace(b"\r\n", b"\n"))
        for part in message.walk()
        if not part.is_multipart()
    ]
    return headers, message.get_boundary(), parts
