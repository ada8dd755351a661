"""What is refused among the settings, and in which words."""

import re
from collections.abc import Iterator
from dataclasses import fields
from typing import TYPE_CHECKING, get_args, get_type_hints
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from config.fields import NEWSLETTERS, variable
from config.servers import LOOPBACK, read_mail_server, read_mailbox

if TYPE_CHECKING:
    from config.settings import Settings

SHORTEST_SECRET = 32
# The part before the @ may be left out where a whole domain is ours.
_BASE_ADDRESS = r"[^@\s<>]{0,30}@[^@\s<>]+"


class SettingsFault(click.ClickException):
    """The settings are refused; `faults` names each setting that is wrong and says why.

    A command tells them without a traceback and ends with 78 (EX_CONFIG of sysexits.h), at which
    the units of systemd do not try again: trying does not mend a setting.
    """

    exit_code = 78

    def __init__(self, faults: list[str]) -> None:
        super().__init__("These settings need attention:\n" + "\n".join(f"  {f}" for f in faults))
        self.faults = faults


def faults_of(settings: "Settings") -> Iterator[str]:
    """Name each setting that is wrong, by its variable, and say why."""
    for name, fault in _wrong_values(settings):
        yield f"{variable(name)}: {fault}"


def _wrong_values(settings: "Settings") -> Iterator[tuple[str, str]]:
    kinds = get_type_hints(type(settings))
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
    yield from _wrong_signatures(settings)
    yield from _wrong_ground(settings)


def _wrong_addresses(settings: "Settings") -> Iterator[tuple[str, str]]:
    base = urlsplit(settings.base_url)
    if settings.base_url and not (base.scheme in {"http", "https"} and base.hostname):
        yield "base_url", "must begin with https:// (or http://) and name a host"
    elif not settings.is_demo and base.scheme == "http" and base.hostname not in LOOPBACK:
        yield "base_url", "must begin with https:// in production"
    for name in ("mail_from", "newsletter_from"):
        address = getattr(settings, name)
        if address and not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", address):
            yield name, "is not an address like name@organisation.example"
    for name in ("port", "postoffice_port", "receiver_port"):
        if getattr(settings, name) > 65535:
            yield name, "is not a port; 65535 is the highest"
    yield from _wrong_servers(settings)


def _wrong_servers(settings: "Settings") -> Iterator[tuple[str, str]]:
    for name, take_apart in (
        ("smtp_url", read_mail_server),
        ("newsletter_smtp_url", read_mail_server),
        ("imap_url", read_mailbox),
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
    if settings.address_separator not in {"+", "-"}:
        yield "address_separator", "must be + or -"


def _wrong_signatures(settings: "Settings") -> Iterator[tuple[str, str]]:
    for name in ("dkim", "newsletter_dkim"):
        if bool(getattr(settings, f"{name}_key")) != bool(getattr(settings, f"{name}_selector")):
            yield f"{name}_selector", "and the key belong together; give both or neither"
    if not (settings.newsletter_dkim_key or settings.newsletter_dkim_domain):
        return
    signature, sender = settings.signature_of(NEWSLETTERS), settings.sender_of(NEWSLETTERS)
    of_sender = sender.rpartition("@")[2]
    if not signature.key:
        yield "newsletter_dkim_domain", "needs a key; give EVENTS_NEWSLETTER_DKIM_KEY as well"
    elif of_sender and _organisation(signature.domain or of_sender) != _organisation(of_sender):
        # Receivers would count such a signature for nothing (RFC 7489 3.1.1).
        yield (
            "newsletter_dkim_domain",
            f"must be {of_sender} or another domain of that organisation, because {sender} sends "
            f"the newsletters; a signature of {signature.domain} counts for nothing there",
        )


def _organisation(domain: str) -> str:
    """Give the last two parts of a domain; too lenient for .co.uk, and never too strict."""
    return ".".join(domain.lower().split(".")[-2:])


def _wrong_ground(settings: "Settings") -> Iterator[tuple[str, str]]:
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
