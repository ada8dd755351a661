"""What may be told about a person, a function, an organisation or a network, before it is kept.

Forms, the import and sign-ups fill these in; the use cases keep them. Everything is brought into
one form here, and what does not fit is refused by its field, never cut off. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date

from eventsapp.core.addresses import parse_address
from eventsapp.core.errors import InputError
from eventsapp.core.labels import N_
from eventsapp.core.phones import parse_phone
from eventsapp.core.text import one_line
from eventsapp.directory.kinds import OrganisationKind, RoleKind
from eventsapp.directory.rules import proposed_salutation

LANGUAGES = ("nl", "en")
MOST_ADDRESSES = 10
LONGEST_NOTE = 20_000
_ENDLESS = 1_000_000
_WEBSITE = re.compile(
    r"https?://[^\s/?#@:\\]+\.[^\s/?#@:.\\]{2,}(:\d{1,5})?([/?#]\S*)?", re.IGNORECASE
)


def line(text: str, limit: int, field: str) -> str:
    """Bring a short text on one line; InputError when it is longer than we can keep."""
    tidy = one_line(text, _ENDLESS)
    if len(tidy) > limit:
        raise InputError(N_("This is too long: at most %(limit)s characters."), field, limit=limit)
    return tidy


def note(text: str, field: str = "note") -> str:
    """Tidy a text of several lines; InputError when it is longer than we can keep."""
    tidy = text.replace("\r\n", "\n").replace("\x00", "").strip()
    if len(tidy) > LONGEST_NOTE:
        raise InputError(
            N_("This is too long: at most %(limit)s characters."), field, limit=LONGEST_NOTE
        )
    return tidy


def address(text: str, field: str = "email") -> str:
    """Give an address as the directory keeps it: in lower case, so that it is found again."""
    return parse_address(text, field).lower()


@dataclass(frozen=True, slots=True)
class AddressFacts:
    """An e-mail address; `via` names who reads it when that is somebody else."""

    email: str
    via: str = ""


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """All that a form can say about a person; the first address is the one we write to."""

    given_name: str = ""
    prefix: str = ""
    family_name: str = ""
    salutation: str = ""
    language: str = "nl"
    phone: str = ""
    municipality_id: int | None = None
    note: str = ""
    external_id: str | None = None
    addresses: tuple[AddressFacts, ...] = ()

    def tidied(self) -> PersonFacts:
        """Bring all into the form in which we keep it; InputError names the field at fault."""
        given = line(self.given_name, 100, "given_name")
        prefix = line(self.prefix, 40, "prefix")
        family = line(self.family_name, 120, "family_name")
        if not (given or family):
            raise InputError(N_("Fill in a name."), "family_name")
        language = self.language if self.language in LANGUAGES else "nl"
        return replace(
            self,
            given_name=given,
            prefix=prefix,
            family_name=family,
            salutation=line(self.salutation, 160, "salutation")
            or proposed_salutation(given, prefix, family, language),
            language=language,
            phone=phone(self.phone),
            note=note(self.note),
            external_id=external_id(self.external_id),
            addresses=tidied_addresses(self.addresses),
        )


@dataclass(frozen=True, slots=True)
class RoleFacts:
    """A function: from a day, until a day that is itself excluded."""

    kind: str
    valid_from: date
    valid_until: date | None = None
    title: str = ""
    is_contact: bool = False
    address_id: int | None = None

    def tidied(self) -> RoleFacts:
        """Judge kind and period; InputError names the field at fault."""
        if self.kind not in set(RoleKind):
            raise InputError(N_("Choose a function from the list."), "kind")
        if self.valid_until is not None and self.valid_until < self.valid_from:
            raise InputError(N_("The last day is before the first day."), "valid_until")
        return replace(self, title=line(self.title, 120, "title"))


@dataclass(frozen=True, slots=True)
class OrganisationFacts:
    """All that a form can say about an organisation; `email` is its general mailbox."""

    name: str
    kind: str = OrganisationKind.OTHER
    municipality_id: int | None = None
    region_id: int | None = None
    aliases: str = ""
    email: str = ""
    phone: str = ""
    website: str = ""
    note: str = ""
    external_id: str | None = None
    theme_ids: tuple[int, ...] = ()

    def tidied(self) -> OrganisationFacts:
        """Bring all into the form in which we keep it; InputError names the field at fault."""
        name = line(self.name, 200, "name")
        if not name:
            raise InputError(N_("Fill in a name."), "name")
        if self.kind not in set(OrganisationKind):
            raise InputError(N_("Choose a kind from the list."), "kind")
        return replace(
            self,
            name=name,
            aliases=line(self.aliases, 200, "aliases"),
            email=address(self.email) if self.email.strip() else "",
            phone=phone(self.phone),
            website=website(self.website),
            note=note(self.note),
            external_id=external_id(self.external_id),
        )


def phone(text: str) -> str:
    """Keep a number in one form where we understand it; InputError when it is endless."""
    return parse_phone(line(text, 60, "phone"))


def external_id(text: str | None) -> str | None:
    """Keep the number by which another system knows somebody; none is None."""
    return line(text or "", 80, "external_id") or None


def website(text: str) -> str:
    """Keep an address of the web, with https before it; InputError for whatever is none."""
    tidy = line(text, 290, "website")
    if not tidy:
        return ""
    full = tidy if "://" in tidy else f"https://{tidy}"
    if not _WEBSITE.fullmatch(full):
        raise InputError(N_("This is not the address of a website."), "website")
    return full


def tidied_addresses(addresses: tuple[AddressFacts, ...]) -> tuple[AddressFacts, ...]:
    """Bring the addresses into one form, leave out empty ones and doubles, keep the order."""
    kept: dict[str, AddressFacts] = {}
    for index, each in enumerate(addresses):
        if not each.email.strip():
            continue
        email = address(each.email, f"addresses-{index}-email")
        via = line(each.via, 120, f"addresses-{index}-via")
        kept.setdefault(email, AddressFacts(email, via))
    if len(kept) > MOST_ADDRESSES:
        raise InputError(
            N_("At most %(limit)s addresses can be kept."), "addresses", limit=MOST_ADDRESSES
        )
    return tuple(kept.values())
