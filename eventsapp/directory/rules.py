"""Decides about people and functions over time: who holds one, where they belong, how to greet.

Pure: takes rows or anything shaped like them. The use cases, the queries and the import ask it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Protocol, TypeVar

from eventsapp.core.text import fold, one_line
from eventsapp.directory.kinds import OrganisationKind, RoleKind

MAILBOX = "mailbox:"
_WITH_BOARD = frozenset(
    {
        OrganisationKind.SOCIAL_COUNCIL,
        OrganisationKind.WORK_COUNCIL,
        OrganisationKind.DISABILITY_PLATFORM,
        OrganisationKind.SENIOR_COUNCIL,
        OrganisationKind.SENIOR_ASSOCIATION,
        OrganisationKind.INSTITUTION_COUNCIL,
        OrganisationKind.CLIENT_ORGANISATION,
        OrganisationKind.TENANTS,
    }
)
SHORTEST_INSIDE = 4
LONGEST_SEARCH = 8  # words of a query that are looked at


class Held(Protocol):
    """Something that holds from a day until a day, the end excluded."""

    @property
    def valid_from(self) -> date: ...  # noqa: D102
    @property
    def valid_until(self) -> date | None: ...  # noqa: D102


H = TypeVar("H", bound=Held)


def current(role: Held, on: date) -> bool:
    """Tell whether a function is held on this day; the last day itself is excluded."""
    return role.valid_from <= on and (role.valid_until is None or on < role.valid_until)


def current_of(roles: Iterable[H], on: date) -> list[H]:
    """Give the functions that are held on this day, in the order given."""
    return [role for role in roles if current(role, on)]


def vacant(kind: str, held: Collection[str]) -> list[RoleKind]:
    """Give the functions that such an organisation needs and nobody is known to hold."""
    if kind not in _WITH_BOARD:
        return []
    return [needed for needed in (RoleKind.CHAIR, RoleKind.SECRETARY) if needed not in held]


def overlaps(one: Held, begin: date, end: date | None) -> bool:
    """Tell whether a function shares at least one day with this period."""
    begins_before_end = end is None or one.valid_from < end
    return begins_before_end and (one.valid_until is None or begin < one.valid_until)


def regions_of(role_regions: Iterable[Iterable[int]], own: Iterable[int]) -> frozenset[int]:
    """Give a person's regions: those of the present functions, else of the own municipality."""
    found = frozenset(region for regions in role_regions for region in regions)
    return found or frozenset(own)


def proposed_salutation(given: str, prefix: str, family: str, language: str = "nl") -> str:
    """Propose how a letter begins: "Beste Riet", or with only a family name the formal way.

    An initial ("R.", "M.J.") is no name to greet somebody by.
    """
    if len(given.strip(" .")) > 1 and "." not in given:
        return one_line(("Dear " if language == "en" else "Beste ") + given, 160)
    surname = " ".join(part for part in (prefix, family) if part)
    surname = surname[:1].upper() + surname[1:]
    if not surname:
        return "Hello" if language == "en" else "Goedendag"
    opening = "Dear Sir or Madam " if language == "en" else "Geachte heer of mevrouw "
    return one_line(opening + surname, 160)


def sort_key(given: str, prefix: str, family: str) -> str:
    """Make the key that lists go by, in the Dutch way: by family name, the prefix last."""
    return fold(" ".join((family, given, prefix)))[:300]


def search_key(*parts: str, limit: int = 600) -> str:
    """Make the key in which words are looked for: every part folded, each word once."""
    words = dict.fromkeys(word for part in parts for word in fold(part).split())
    key = ""
    for word in words:
        if len(key) + len(word) + 1 > limit:
            break
        key = f"{key} {word}" if key else word
    return key


def words_of(text: str) -> list[str]:
    """Split what was typed in a search box into the folded words that must all be found."""
    return fold(text[:200]).split()[:LONGEST_SEARCH]


def begins_a_word(word: str) -> bool:
    """Tell whether a word of a query is so short that it must stand at the beginning of a word.

    Longer ones are found anywhere: "raad" is meant to find "Adviesraad".
    """
    return len(word) < SHORTEST_INSIDE


def has_words(key: str, words: Collection[str]) -> bool:
    """Tell whether a folded key holds all these folded words, as the searches in SQL do."""
    return all((f" {word}" if begins_a_word(word) else word) in f" {key}" for word in words)


def mailbox_id(organisation_id: int) -> str:
    """Give the outside number by which an organisation's mailbox is kept as a person."""
    return f"{MAILBOX}{organisation_id}"


def mailbox_salutation(name: str) -> str:
    """Say how a letter to the general mailbox of an organisation begins."""
    return one_line(f"Beste mensen van {name}", 160)


def split_prefix(name: str) -> tuple[str, str]:
    """Split "van der Berg" into its prefix and the name proper; "Berg, van der" as well."""
    if "," in name:
        family, _, prefix = (part.strip() for part in name.partition(","))
        if prefix and all(word in PREFIX_WORDS for word in prefix.casefold().split()):
            return prefix, family
    words = name.split()
    count = 0
    while count < len(words) - 1 and words[count].casefold() in PREFIX_WORDS:
        count += 1
    return " ".join(words[:count]), " ".join(words[count:])


def split_name(name: str) -> tuple[str, str, str]:
    """Split a name in one cell into given name, prefix and family name.

    Takes "Riet van der Berg" and "Berg, Riet van der"; one word is a family name.
    """
    if "," in name:
        family, _, rest = (part.strip() for part in name.partition(","))
        words = rest.split()
        count = len(words)
        while count and words[count - 1].casefold() in PREFIX_WORDS:
            count -= 1
        own_prefix, family = split_prefix(family)
        prefix = " ".join(words[count:]) or own_prefix
        return " ".join(words[:count]), prefix, family
    words = name.split()
    first = next(
        (i for i, word in enumerate(words) if word.casefold() in PREFIX_WORDS and i > 0), None
    )
    if first is None:
        first = max(len(words) - 1, 0)
    prefix, family = split_prefix(" ".join(words[first:]))
    return " ".join(words[:first]), prefix, family


PREFIX_WORDS: Sequence[str] = (
    *("van", "von", "de", "den", "der", "het", "'t", "’t", "t", "ten", "ter", "te", "in", "op"),
    *("aan", "bij", "uit", "uijt", "over", "onder", "voor", "d'", "da", "di", "du", "del", "della"),
    *("dos", "el", "al", "la", "le", "l'", "zu", "zum", "zur", "van't", "'s", "’s"),
)


def may_be_same_name(told: str, known: str) -> bool:
    """Tell whether two ways of writing may be of one person at one address.

    "Petra" and "P. de Wit" may be Petra de Wit; "Wim de Wit" is somebody else in the same house.
    """
    short, long = sorted((fold(told).split(), fold(known).split()), key=len)
    if not short or not long:
        return False
    if set(short) <= set(long):
        return True
    is_initial = len(short[0]) == 1 or len(long[0]) == 1
    return is_initial and short[0][0] == long[0][0] and short[-1] == long[-1] and len(short) > 1
