"""What mail goes by: the server and the mailbox, each an address taken apart, and the signature."""

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed over: the parts of `smtp_url`."""

    host: str
    port: int
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    security: Literal["tls", "required", "optional", "never"] = "required"


@dataclass(frozen=True)
class Mailbox:
    """Where mail that comes back is fetched: the parts of `imap_url`."""

    host: str
    port: int
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    folder: str = "INBOX"
    security: Literal["tls", "required", "never"] = "tls"


@dataclass(frozen=True)
class Signature:
    """With what the mail of a stream is signed; without a key its mail server signs."""

    key: str = field(repr=False)
    selector: str
    domain: str
    """Empty: the domain of the sender of each mail."""
    key_variable: str
    """Which setting gave the key, for who must mend it."""


def read_mail_server(url: str) -> MailServer:
    """Take `smtp_url` apart. Raises `ValueError` with what is wrong."""
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError("must look like smtp://user:password@host:port or smtps://…")
    asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    security = "tls" if parts.scheme == "smtps" else asked.pop("starttls", "required")
    if security not in {"tls", "required", "optional", "never"} or asked:
        raise ValueError("takes only ?starttls=required, optional or never, and only on smtp://")
    return MailServer(
        host=parts.hostname,
        port=parts.port or (465 if security == "tls" else 587),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        security=security,  # type: ignore[arg-type]  # looked up in the set just above
    )


def read_mailbox(url: str) -> Mailbox:
    """Take `imap_url` apart. Raises `ValueError` with what is wrong."""
    parts = urlsplit(url)
    if parts.scheme not in {"imap", "imaps"} or not (parts.hostname and parts.username):
        raise ValueError("must look like imaps://user:password@host/folder")
    asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    security = "tls" if parts.scheme == "imaps" else asked.pop("starttls", "required")
    if security not in {"tls", "required", "never"} or asked:
        raise ValueError("takes only ?starttls=required or never, and only on imap://")
    if security == "never" and parts.hostname not in LOOPBACK:
        raise ValueError("may go without TLS only on this machine")
    return Mailbox(
        host=parts.hostname,
        port=parts.port or (993 if security == "tls" else 143),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        folder=unquote(parts.path.strip("/")) or "INBOX",
        security=security,  # type: ignore[arg-type]  # looked up in the set just above
    )
