"""Every setting of the product, once: its name, its type, its default and one line of help.

Look here for a setting by name; `docs/settings.md` is made from this file. `settings.py` beside it
works out what depends on others, `checks.py` says what is refused.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

PREFIX = "EVENTS_"
NEWSLETTERS = "newsletters"
"""The stream of mail that may have a sender, a mail server, a rate and a signature of its own."""
BY_MODE: Any = object()  # stands in a field until the mode has chosen its default


def variable(name: str) -> str:
    """The environment variable of a setting: `port` is read from `EVENTS_PORT`."""
    return PREFIX + name.upper()


def setting(
    default: Any,
    text: str,
    *,
    demo: Any = None,
    shown: str = "",
    secret: bool = False,
    needed: bool = False,
    least: int | None = None,
    has_lines: bool = False,
) -> Any:
    """Declare a setting.

    `demo` is the default in demo mode where it differs, `shown` describes a default that is
    worked out, `secret` hides the value and allows a `_FILE` variable, `needed` refuses an
    empty value, `least` is the lowest number that makes sense, `has_lines` allows line breaks.
    """
    about = {
        "default": default,
        "demo": default if demo is None else demo,
        "text": text,
        "shown": shown,
        "secret": secret,
        "needed": needed,
        "least": least,
        "has_lines": has_lines,
    }
    kept = default if demo is None else BY_MODE
    return field(default=kept, repr=not secret, metadata=about)


@dataclass(frozen=True, kw_only=True)
class Fields:
    """What can be set; `Settings` is this and what follows from it."""

    mode: Literal["demo", "production"] = setting(
        "production", "demo fills in invented values and opens the built-in post office"
    )
    secret_key: str = setting(
        "",
        "signs cookies and links; 32 characters or more; in demo mode one is made and kept",
        secret=True,
    )
    data_dir: Path = setting(Path("instance"), "folder for the database file and what is kept")
    database_url: str = setting(
        "",
        "sqlite:///… or postgresql://…",
        secret=True,
        shown="`sqlite:///<data_dir>/eventsapp.db`",
    )
    engine: Literal["embedded", "workers"] = setting(
        "embedded",
        "who runs the jobs: embedded in the process that serves the pages, or workers beside it "
        "(`flask worker`), which need PostgreSQL",
    )
    host: str = setting("127.0.0.1", "address on which the web server listens")
    port: int = setting(8000, "port of the web server", least=0)
    base_url: str = setting(
        "",
        "address as visitors type it, for links in mail; needed in production",
        shown="`http://127.0.0.1:<port>` in demo mode",
        needed=True,
    )
    trusted_proxies: int = setting(
        0, "how many reverse proxies stand in front and set X-Forwarded-*", least=0
    )
    threads: int = setting(8, "threads of the web server", least=1)
    upload_limit_mb: int = setting(10, "largest upload in megabytes", least=1)
    postoffice_port: int = setting(2525, "port of the built-in post office (demo mode)", least=0)
    smtp_url: str = setting(
        "",
        "smtp://user:password@host:port or smtps://…; ?starttls=required (default), "
        "optional or never",
        secret=True,
        needed=True,
        shown="the built-in post office in demo mode",
    )
    mail_from: str = setting(
        "", "address from which mail is sent", demo="bijeenkomsten@programma.example", needed=True
    )
    dkim_key: str = setting(
        "",
        "private RSA key (PEM) with which we sign mail ourselves; empty: the mail server signs",
        secret=True,
        has_lines=True,
    )
    dkim_selector: str = setting("", "name under which DNS publishes the key of our signature")
    dkim_domain: str = setting(
        "", "domain in whose name we sign", shown="the domain of the sender of each mail"
    )
    newsletter_from: str = setting(
        "", "address from which newsletters are sent", shown="`EVENTS_MAIL_FROM`"
    )
    newsletter_smtp_url: str = setting(
        "",
        "mail server for newsletters alone, so that they cannot spoil the name of invitations",
        secret=True,
        shown="`EVENTS_SMTP_URL`",
    )
    newsletter_smtp_connections: int = setting(
        0,
        "connections that each sender of newsletters keeps open; 0: as EVENTS_SMTP_CONNECTIONS",
        least=0,
    )
    newsletter_mail_rate: float = setting(
        0.0, "newsletters a second at most; 0: as EVENTS_MAIL_RATE", least=0
    )
    newsletter_dkim_key: str = setting(
        "",
        "private RSA key (PEM) with which we sign newsletters ourselves",
        secret=True,
        has_lines=True,
        shown="`EVENTS_DKIM_KEY`",
    )
    newsletter_dkim_selector: str = setting(
        "",
        "name under which DNS publishes the key of newsletters; goes with that key",
        shown="`EVENTS_DKIM_SELECTOR`",
    )
    newsletter_dkim_domain: str = setting(
        "",
        "domain in whose name we sign newsletters; of the same organisation as their sender",
        shown="`EVENTS_DKIM_DOMAIN`",
    )
    keep_mail_days: int = setting(
        400, "days after which what a mail said is erased; what became of it is kept", least=30
    )
    keep_unused_pictures_days: int = setting(
        90, "days after which a picture of a newsletter that nobody uses is deleted", least=7
    )
    keep_left_readers_days: int = setting(
        730,
        "days after which a reader who left, and is known by nothing else, is erased",
        least=30,
    )
    keep_inactive_days: int = setting(
        1825,
        "days without a function, a newsletter, a meeting or a mail after which somebody is erased",
        least=365,
    )
    metrics_key: str = setting(
        "", "opens `/metrics` to whoever sends it as bearer token; empty: off", secret=True
    )
    programme_name: str = setting(
        "",
        "name of the programme, on pages and as sender",
        demo="Programma Samen Meedoen",
        needed=True,
    )
    programme_phone: str = setting(
        "", "telephone number for who needs help", demo="070 000 00 00", needed=True
    )
    programme_postal_address: str = setting(
        "", "postal address of the programme", demo="Postbus 0, 0000 AA Voorbeeldstad"
    )
    reply_address: str = setting(
        "",
        "address at which answers of participants and their calendars are read; each person gets "
        "one's own, made with the separator; empty: answers go to the advisor, unread",
        demo="antwoord@programma.example",
    )
    bounce_address: str = setting(
        "",
        "address to which undeliverable mail comes back; each mail gets its own, made with the "
        "separator; @domain.example when a whole domain is for this; empty: EVENTS_MAIL_FROM",
        demo="retour@programma.example",
    )
    address_separator: str = setting(
        "+", "what the mail server accepts between an address and what is added to it: + or -"
    )
    imap_url: str = setting(
        "",
        "imaps://user:password@host/folder, the mailbox in which answers and undeliverable mail "
        "arrive; imap://…?starttls=never only on this machine; empty: no mailbox is read",
        secret=True,
    )
    receiver_port: int = setting(
        0, "port of the built-in receiver of answers and undeliverable mail; 0: none", least=0
    )
    receiver_host: str = setting("127.0.0.1", "address on which the built-in receiver listens")
    deliver: bool = setting(True, "whether this process, or this worker, delivers mail")
    sender_threads: int = setting(1, "mails that are sent at the same time", least=1)
    sender_processes: int = setting(
        2,
        "processes that the built-in clock starts to send a newsletter to thousands, so that "
        "pages stay quick; 0: none",
        least=0,
    )
    smtp_connections: int = setting(
        8, "connections to the mail server that each sender keeps open", least=1
    )
    mail_rate: float = setting(
        0.0,
        "mails a second at most, such as 0.5, of invitations and of newsletters each; 0: no limit",
        least=0,
    )
    undo_seconds: int = setting(
        60, "how long a sending can be undone before it leaves", demo=0, least=0
    )
    timezone: str = setting("Europe/Amsterdam", "zone of meetings that name no other")
    demo_password: str = setting(
        "", "password of the invented people (demo mode)", demo="welkom-bij-eventsapp", secret=True
    )
    session_days: int = setting(14, "days after which one must sign in again", least=1)
    session_idle_hours: int = setting(12, "hours without use that end a session", least=1)
    sign_in_attempts: int = setting(
        10, "failed tries to sign in within 15 minutes, after which one waits", least=1
    )
    log_level: Literal["debug", "info", "warning", "error"] = setting(
        "info", "least serious log line that is written"
    )
