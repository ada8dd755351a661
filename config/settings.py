"""The settings of one running product: read, completed and judged.

Which settings there are stands in `fields.py`.
"""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, fields, replace
from pathlib import Path
from typing import Any, get_type_hints

from config.checks import SettingsFault, faults_of
from config.fields import BY_MODE, NEWSLETTERS, PREFIX, Fields, variable
from config.servers import Mailbox, MailServer, Signature, read_mail_server, read_mailbox

_YES, _NO = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


@dataclass(frozen=True, kw_only=True)
class Settings(Fields):
    """The settings of one running product. Raises `SettingsFault` when any of them is wrong."""

    def __post_init__(self) -> None:
        """Fill what depends on other settings, then refuse what cannot work."""
        for each in fields(self):
            if getattr(self, each.name) is BY_MODE:
                self._set(each.name, each.metadata["demo" if self.is_demo else "default"])
        self._set("data_dir", self.data_dir.absolute())
        self._set("database_url", _database_url(self.database_url, self.data_dir))
        self._set("base_url", self.base_url.rstrip("/"))
        if self.is_demo:
            self._set("base_url", self.base_url or f"http://127.0.0.1:{self.port}")
            self._set("smtp_url", self.smtp_url or self._postoffice_url)
        if faults := list(faults_of(self)):
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
        return read_mail_server(self.smtp_url)

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
        return read_mail_server(own or self.smtp_url)

    def sender_of(self, stream: str) -> str:
        """The address from which mail of a stream is sent."""
        return (self.newsletter_from if stream == NEWSLETTERS else "") or self.mail_from

    def rate_of(self, stream: str) -> float:
        """How many mails a second of a stream may leave at most; 0 has no limit."""
        return (self.newsletter_mail_rate if stream == NEWSLETTERS else 0) or self.mail_rate

    def connections_of(self, stream: str) -> int:
        """How many connections each sender of a stream keeps open."""
        own = self.newsletter_smtp_connections if stream == NEWSLETTERS else 0
        return own or self.smtp_connections

    def signature_of(self, stream: str) -> Signature:
        """With what mail of a stream is signed; key and selector are one stream's own together."""
        domain = (self.newsletter_dkim_domain if stream == NEWSLETTERS else "") or self.dkim_domain
        if stream == NEWSLETTERS and self.newsletter_dkim_key:
            own = variable("newsletter_dkim_key")
            return Signature(self.newsletter_dkim_key, self.newsletter_dkim_selector, domain, own)
        return Signature(self.dkim_key, self.dkim_selector, domain, variable("dkim_key"))

    @property
    def mailbox(self) -> Mailbox | None:
        """The parts of `imap_url`; None when no mailbox is read."""
        return read_mailbox(self.imap_url) if self.imap_url else None


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
    if kind is float:
        if not re.fullmatch(r"-?[0-9]{1,9}(\.[0-9]{1,6})?", text):
            raise ValueError(f"{text!r} is not a number such as 2 or 0.5")
        return float(text)
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
