"""Every setting of the product, once: its type, its default and one line of help.

`create_app` calls `Settings.from_env()` at start; tests build `Settings(...)` by hand.
Below `app.py` the object is read through `eventsapp.core.settings`. This file imports
nothing of the product, and it never writes: what must be made (a folder, a secret key)
is made by who starts the application.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args, get_type_hints
from urllib.parse import parse_qs, unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

PREFIX = "EVENTS_"
SHORTEST_SECRET = 32
_BY_MODE: Any = object()  # stands in a field until the mode has chosen its default
NEWSLETTERS = "newsletters"
"""The stream of mail that may have a sender and a mail server of its own."""
_YES, _NO = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}
# The part before the @ may be left out where a whole domain is ours.
_BASE_ADDRESS = r"[^@\s<>]{0,30}@[^@\s<>]+"
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class SettingsFault(Exception):
    """The settings are refused; `faults` names each setting that is wrong and says why."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("These settings need attention:\n" + "\n".join(f"  {f}" for f in faults))
        self.faults = faults


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
    kept = default if demo is None else _BY_MODE
    return field(default=kept, repr=not secret, metadata=about)


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


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of one running product. Raises `SettingsFault` when any of them is wrong."""

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
    mail_rate: int = setting(
        0, "mails a second at most, of invitations and of newsletters each; 0 has no limit", least=0
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

    def __post_init__(self) -> None:
        """Fill what depends on other settings, then refuse what cannot work."""
        for each in fields(self):
            if getattr(self, each.name) is _BY_MODE:
                self._set(each.name, each.metadata["demo" if self.is_demo else "default"])
        self._set("data_dir", self.data_dir.absolute())
        self._set("database_url", _database_url(self.database_url, self.data_dir))
        self._set("base_url", self.base_url.rstrip("/"))
        if self.is_demo:
            self._set("base_url", self.base_url or f"http://127.0.0.1:{self.port}")
            self._set("smtp_url", self.smtp_url or self._postoffice_url)
        if faults := list(_faults(self)):
            raise SettingsFault(faults)

    def _set(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """Read the settings; all faults, in reading and in sense, come in one error."""
        values: dict[str, Any] = {}
        kinds = get_type_hints(cls)
        faults = list(_unknown(environ, {variable(f.name): f for f in fields(cls)}))
        for each in fields(cls):
            try:
                text = _text(environ, each)
                if text:
                    values[each.name] = _value(text, kinds[each.name])
            except ValueError as fault:
                faults.append(f"{variable(each.name)}: {fault}")
        try:
            settings = cls(**values)
        except SettingsFault as more:
            named = {fault.partition(":")[0] for fault in faults}
            faults += [f for f in more.faults if f.partition(":")[0] not in named]
        if faults:
            raise SettingsFault(faults)
        return settings

    def replace(self, **changes: Any) -> "Settings":
        """The same settings but for these; what was worked out before is kept."""
        return replace(self, **changes)

    @property
    def is_demo(self) -> bool:
        """Whether this is a try-out with invented people, whose mail stays in the house."""
        return self.mode == "demo"

    @property
    def _postoffice_url(self) -> str:
        return f"smtp://127.0.0.1:{self.postoffice_port}?starttls=never"

    @property
    def has_postoffice(self) -> bool:
        """Whether our mail goes to the built-in post office, which hands in what is answered."""
        return self.is_demo and self.smtp_url == self._postoffice_url

    @property
    def mail_server(self) -> MailServer:
        """The parts of `smtp_url`."""
        return _mail_server(self.smtp_url)

    def environ(self) -> dict[str, str]:
        """Give the environment in which another process reads these very settings.

        Ports that were left open in the environment have been worked out by now.
        """
        ports = {
            "EVENTS_PORT": str(self.port),
            "EVENTS_BASE_URL": self.base_url,
            "EVENTS_POSTOFFICE_PORT": str(self.postoffice_port),
        }
        return {**os.environ, **ports}

    def mail_server_of(self, stream: str) -> MailServer:
        """Where mail of a stream is handed over: newsletters may have a server of their own."""
        own = self.newsletter_smtp_url if stream == NEWSLETTERS else ""
        return _mail_server(own or self.smtp_url)

    def sender_of(self, stream: str) -> str:
        """The address from which mail of a stream is sent."""
        return (self.newsletter_from if stream == NEWSLETTERS else "") or self.mail_from

    @property
    def mailbox(self) -> Mailbox | None:
        """The parts of `imap_url`; None when no mailbox is read."""
        return _mailbox(self.imap_url) if self.imap_url else None


def _unknown(environ: Mapping[str, str], known: Mapping[str, "Field[Any]"]) -> Iterator[str]:
    """A misspelt setting would be ignored in silence, so it is a fault."""
    files = {f"{name}_FILE" for name, about in known.items() if about.metadata["secret"]}
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in known and name not in files:
            yield f"{name}: there is no such setting"


def _text(environ: Mapping[str, str], about: "Field[Any]") -> str:
    name = variable(about.name)
    text = environ.get(name, "")
    file = environ.get(f"{name}_FILE", "") if about.metadata["secret"] else ""
    if text and file:
        raise ValueError(f"is also given by {name}_FILE; give one of the two")
    if file:
        try:
            text = Path(file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as fault:
            raise ValueError(f"the file {file} cannot be read") from fault
    return text.strip()


def _value(text: str, kind: Any) -> Any:
    if kind is bool:
        if text.lower() not in _YES | _NO:
            raise ValueError(f"{text!r} is neither yes nor no")
        return text.lower() in _YES
    if kind is int:
        if not re.fullmatch(r"-?[0-9]{1,9}", text):
            raise ValueError(f"{text!r} is not a whole number")
        return int(text)
    return Path(text) if kind is Path else text


def _database_url(url: str, data_dir: Path) -> str:
    """Name the driver, and make the path of a file absolute."""
    if not url:
        return f"sqlite:///{data_dir}/eventsapp.db"
    scheme, mark, rest = url.partition("://")
    if scheme in {"postgres", "postgresql"}:
        return f"postgresql+psycopg{mark}{rest}"
    if scheme == "sqlite" and rest.startswith("/") and rest.strip("/"):
        return f"sqlite:///{Path(rest[1:]).absolute()}"
    return url


def _mail_server(url: str) -> MailServer:
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


def _mailbox(url: str) -> Mailbox:
    """Take `imap_url` apart. Raises `ValueError` with what is wrong."""
    parts = urlsplit(url)
    if parts.scheme not in {"imap", "imaps"} or not (parts.hostname and parts.username):
        raise ValueError("must look like imaps://user:password@host/folder")
    asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    security = "tls" if parts.scheme == "imaps" else asked.pop("starttls", "required")
    if security not in {"tls", "required", "never"} or asked:
        raise ValueError("takes only ?starttls=required or never, and only on imap://")
    if security == "never" and parts.hostname not in _LOOPBACK:
        raise ValueError("may go without TLS only on this machine")
    return Mailbox(
        host=parts.hostname,
        port=parts.port or (993 if security == "tls" else 143),
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        folder=unquote(parts.path.strip("/")) or "INBOX",
        security=security,  # type: ignore[arg-type]  # looked up in the set just above
    )


def _faults(settings: Settings) -> Iterator[str]:
    for name, fault in _wrong_values(settings):
        yield f"{variable(name)}: {fault}"


def _wrong_values(settings: Settings) -> Iterator[tuple[str, str]]:
    kinds = get_type_hints(Settings)
    for each in fields(settings):
        value, about = getattr(settings, each.name), each.metadata
        allowed = get_args(kinds[each.name])
        if allowed and value not in allowed:
            yield each.name, f"{value!r} is not one of {', '.join(allowed)}"
        if about["needed"] and not value:
            yield each.name, "is needed in production"
        if about["least"] is not None and value < about["least"]:
            yield each.name, f"{value} is too low; {about['least']} is the least"
        lines = value.split("\n") if about["has_lines"] else [value]
        if isinstance(value, str) and not all(line.isprintable() for line in lines):
            yield each.name, "holds a line break or another character that cannot be shown"
    yield from _wrong_addresses(settings)
    yield from _wrong_ground(settings)


def _wrong_addresses(settings: Settings) -> Iterator[tuple[str, str]]:
    base = urlsplit(settings.base_url)
    if settings.base_url and not (base.scheme in {"http", "https"} and base.hostname):
        yield "base_url", "must begin with https:// (or http://) and name a host"
    elif not settings.is_demo and base.scheme == "http" and base.hostname not in _LOOPBACK:
        yield "base_url", "must begin with https:// in production"
    for name in ("mail_from", "newsletter_from"):
        address = getattr(settings, name)
        if address and not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", address):
            yield name, "is not an address like name@organisation.example"
    for name in ("port", "postoffice_port", "receiver_port"):
        if getattr(settings, name) > 65535:
            yield name, "is not a port; 65535 is the highest"
    yield from _wrong_servers(settings)


def _wrong_servers(settings: Settings) -> Iterator[tuple[str, str]]:
    for name, take_apart in (
        ("smtp_url", _mail_server),
        ("newsletter_smtp_url", _mail_server),
        ("imap_url", _mailbox),
    ):
        try:
            if getattr(settings, name):
                take_apart(getattr(settings, name))
        except ValueError as fault:
            yield name, str(fault)
    if settings.bounce_address and not re.fullmatch(_BASE_ADDRESS, settings.bounce_address):
        yield "bounce_address", "is not an address like return@organisation.example"
    if settings.reply_address and not re.fullmatch(_BASE_ADDRESS, settings.reply_address):
        yield "reply_address", "is not an address like antwoord@organisation.example"
    if bool(settings.dkim_key) != bool(settings.dkim_selector):
        yield "dkim_selector", "and the key belong together; give both or neither"
    if settings.address_separator not in {"+", "-"}:
        yield "address_separator", "must be + or -"


def _wrong_ground(settings: Settings) -> Iterator[tuple[str, str]]:
    if not settings.is_demo and len(settings.secret_key) < SHORTEST_SECRET:
        yield "secret_key", f"needs {SHORTEST_SECRET} characters or more in production"
    if not re.match(r"sqlite:////?[^/]|postgresql\+psycopg://.", settings.database_url):
        yield "database_url", "must be sqlite:///a/file or postgresql://user@host/database"
    elif settings.engine == "workers" and settings.database_url.startswith("sqlite"):
        yield "engine", "workers need PostgreSQL; name one with EVENTS_DATABASE_URL"
    try:
        ZoneInfo(settings.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield "timezone", f"{settings.timezone!r} is not a time zone such as Europe/Amsterdam"
