"""The grammar of a contact list's criteria: what may be asked, and whether it makes sense. Pure.

Criteria are kept as JSON: all of a row of conditions must hold, and in the place of a condition
may stand a group of which any is enough. `contacts/segments.py` makes them a question.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from eventsapp.core.errors import InputError
from eventsapp.core.labels import N_, Labelled

MOST_CONDITIONS = 20
MOST_MEETINGS = 99
MOST_MONTHS = 120


class Ask(Labelled):
    """What a condition asks of a person."""

    ATTENDED = "attended", N_("was at a number of meetings")
    NEVER_ANSWERED = "invited_never_answered", N_("was invited but never answered")
    NOT_ATTENDED_FOR = "not_attended_for", N_("was at meetings before, but not lately")
    IN_REGION = "in_region", N_("works or lives in a region")
    IN_MUNICIPALITY = "in_municipality", N_("works or lives in a municipality")
    ORGANISATION_KIND = "organisation_kind", N_("belongs to a certain kind of organisation")
    ROLE_KIND = "role_kind", N_("has a certain function")
    THEME = "theme", N_("belongs to an organisation with a certain theme")
    NETWORK = "network", N_("belongs to a network")
    LANGUAGE = "language", N_("gets mail in a certain language")


_ABOUT_MEETINGS = frozenset({"since", "until", "region", "network", "theme", "meeting_kind"})
FIELDS: Mapping[Ask, frozenset[str]] = {
    Ask.ATTENDED: _ABOUT_MEETINGS | {"at_least"},
    Ask.NEVER_ANSWERED: _ABOUT_MEETINGS,
    Ask.NOT_ATTENDED_FOR: frozenset({"months", "region", "network", "theme", "meeting_kind"}),
    Ask.IN_REGION: frozenset({"region"}),
    Ask.IN_MUNICIPALITY: frozenset({"municipality"}),
    Ask.ORGANISATION_KIND: frozenset({"word"}),
    Ask.ROLE_KIND: frozenset({"word"}),
    Ask.THEME: frozenset({"theme"}),
    Ask.NETWORK: frozenset({"network"}),
    Ask.LANGUAGE: frozenset({"word"}),
}
_NEEDED: Mapping[Ask, str] = {
    Ask.IN_REGION: "region",
    Ask.IN_MUNICIPALITY: "municipality",
    Ask.ORGANISATION_KIND: "word",
    Ask.ROLE_KIND: "word",
    Ask.THEME: "theme",
    Ask.NETWORK: "network",
    Ask.LANGUAGE: "word",
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing asked of a person; fields that its kind does not use stay None."""

    ask: Ask
    is_not: bool = False
    at_least: int = 1
    months: int = 12
    since: date | None = None
    until: date | None = None
    region: int | None = None
    municipality: int | None = None
    network: int | None = None
    theme: int | None = None
    meeting_kind: str | None = None
    word: str | None = None


@dataclass(frozen=True, slots=True)
class Criteria:
    """Groups that must all hold; of the conditions within a group any is enough."""

    groups: tuple[tuple[Condition, ...], ...] = field(default_factory=tuple)

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is asked; such a list has only people added by hand."""
        return not self.groups


def parse(stored: Mapping[str, Any] | None) -> Criteria:
    """Read criteria from JSON or a form; raise `InputError` naming what does not make sense."""
    entries = (stored or {}).get("all", [])
    if not isinstance(entries, Sequence) or isinstance(entries, str):
        raise InputError(N_("These conditions could not be read."), "criteria")
    groups = []
    for entry in entries:
        if not isinstance(entry, Mapping):
            raise InputError(N_("These conditions could not be read."), "criteria")
        leaves = entry.get("any") if "any" in entry else [entry]
        if not isinstance(leaves, Sequence) or isinstance(leaves, str):
            raise InputError(N_("These conditions could not be read."), "criteria")
        conditions = tuple(_condition(leaf) for leaf in leaves)
        if conditions:
            groups.append(conditions)
    if sum(len(group) for group in groups) > MOST_CONDITIONS:
        raise InputError(
            N_("A list may have %(most)s conditions at most."), "criteria", most=MOST_CONDITIONS
        )
    return Criteria(tuple(groups))


def stored(criteria: Criteria) -> dict[str, Any]:
    """Write criteria as the JSON that `parse` reads back to the same."""
    entries: list[dict[str, Any]] = []
    for group in criteria.groups:
        leaves = [_leaf(condition) for condition in group]
        entries.append(leaves[0] if len(leaves) == 1 else {"any": leaves})
    return {"all": entries}


def _leaf(condition: Condition) -> dict[str, Any]:
    used = FIELDS[condition.ask]
    leaf: dict[str, Any] = {"kind": condition.ask.value}
    if condition.is_not:
        leaf["not"] = True
    for name, value in asdict(condition).items():
        if name in used and value is not None:
            leaf[name] = value.isoformat() if isinstance(value, date) else value
    return leaf


def _condition(leaf: Any) -> Condition:
    if not isinstance(leaf, Mapping):
        raise InputError(N_("These conditions could not be read."), "criteria")
    try:
        ask = Ask(str(leaf.get("kind", "")))
    except ValueError as fault:
        raise InputError(N_("Choose what this condition asks."), "criteria") from fault
    used = FIELDS[ask]
    values: dict[str, Any] = {"ask": ask, "is_not": bool(leaf.get("not"))}
    for name in used:
        raw = leaf.get(name)
        if raw in (None, ""):
            continue
        values[name] = _value(name, raw)
    condition = Condition(**values)
    _judge(condition)
    return condition


def _judge(condition: Condition) -> None:
    """Refuse a condition that asks for nothing or for the impossible."""
    needed = _NEEDED.get(condition.ask)
    if needed and getattr(condition, needed) is None:
        raise InputError(
            N_("Fill in what “%(ask)s” is about."), "criteria", ask=condition.ask.label
        )
    if not 1 <= condition.at_least <= MOST_MEETINGS:
        raise InputError(N_("Ask for 1 to %(most)s meetings."), "criteria", most=MOST_MEETINGS)
    if not 1 <= condition.months <= MOST_MONTHS:
        raise InputError(N_("Ask for 1 to %(most)s months."), "criteria", most=MOST_MONTHS)
    if condition.since and condition.until and condition.since > condition.until:
        raise InputError(N_("The first day lies after the last day."), "criteria")


def _value(name: str, raw: Any) -> Any:
    try:
        if name in ("since", "until"):
            return raw if isinstance(raw, date) else date.fromisoformat(str(raw))
        if name in ("word", "meeting_kind"):
            return str(raw)[:40]
        return int(raw)
    except (ValueError, TypeError) as fault:
        raise InputError(
            N_("“%(value)s” is not a date or number that can be used here."),
            "criteria",
            value=str(raw)[:40],
        ) from fault
