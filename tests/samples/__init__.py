"""Mails that came in, invented in the manner of well-known mail servers."""

from pathlib import Path

FOLDER = Path(__file__).parent / "mail"


def sample(name: str) -> bytes:
    """Give a mail as it travels, with CRLF; `sample("qmail")` is tests/samples/mail/qmail.eml."""
    return (FOLDER / f"{name}.eml").read_bytes().replace(b"\n", b"\r\n")


def names() -> list[str]:
    """Give the names of all of them."""
    return sorted(path.stem for path in FOLDER.glob("*.eml"))
