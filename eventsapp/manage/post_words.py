"""Says in words what waits on the page "Post", and why. For the pages only."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext

from eventsapp.core.dates import long_date, time_of_day
from eventsapp.core.language import current_language, label
from eventsapp.invitations.kinds import HeldReason, Reply, SettledAs
from eventsapp.invitations.post import Item
from eventsapp.mail.kinds import InboundKind

NOT_READ = "not_read"  # as the door names a mail over which it stumbled
_SAID = {
    "ACCEPTED": Reply.ACCEPTED,
    "DECLINED": Reply.DECLINED,
    "TENTATIVE": Reply.TENTATIVE,
}


def writer_of(item: Item) -> str:
    """Name who wrote: the person whose address it came to, else whoever signed it."""
    if item.person is not None:
        return item.person.name
    return item.inbound.sender_name or item.inbound.sender or gettext("Unknown sender")


def settled_line(item: Item) -> str:
    """Say how something was settled, in one word or two."""
    reason = item.inbound.reason
    return label(SettledAs(reason)) if reason in set(SettledAs) else gettext("Settled")


def proposed(item: Item) -> str:
    """Name who seems to come instead: who answered, or to whom somebody handed it on."""
    detail = item.inbound.detail or {}
    if item.inbound.reason == HeldReason.FORWARDED:
        return str(detail.get("attendee_name") or detail.get("attendee") or "")
    return str(detail.get("delegated_to") or "")


def explanation(item: Item) -> str:
    """Say in one sentence why an answer of a calendar waits; nothing for a letter."""
    if item.inbound.reason == NOT_READ:
        return gettext("We could not read this mail. Ask the sender what it says.")
    if item.inbound.kind != InboundKind.CALENDAR_REPLY:
        return ""
    detail = item.inbound.detail or {}
    other = detail.get("attendee_name") or detail.get("attendee") or item.inbound.sender
    told = {
        "name": writer_of(item),
        "other": other,
        "answer": _said(detail.get("partstat", "")),
        "when": _proposed(detail.get("proposed") or []),
        "whom": detail.get("delegated_to") or gettext("somebody else"),
    }
    reason = item.inbound.reason
    held = detail.get("held") or reason
    return _sentences().get(held, gettext("A calendar answered.")) % told


def _sentences() -> dict[str, str]:
    return {
        HeldReason.FORWARDED: gettext(
            "%(other)s answered “%(answer)s” to the invitation of %(name)s. It was probably passed "
            "on. Nothing has changed."
        ),
        HeldReason.WRONG_ADDRESS: gettext(
            "An answer in the name of %(name)s (“%(answer)s”) came in at an address that is not "
            "theirs. Ask whether it is right before you keep it."
        ),
        HeldReason.UNKNOWN_EVENT: gettext(
            "The calendar of %(name)s answered “%(answer)s” to an invitation that no longer holds, "
            "or that is not ours."
        ),
        HeldReason.OLDER_TIME: gettext(
            "%(name)s answered “%(answer)s” to the earlier time. We asked again by mail."
        ),
        HeldReason.PROPOSAL: gettext("%(name)s proposes another time: %(when)s."),
        HeldReason.DELEGATED: gettext("%(name)s wants to send %(whom)s."),
        HeldReason.TOO_LATE: gettext(
            "%(name)s answered “%(answer)s” when answers could no longer be given."
        ),
        HeldReason.REFUSED: gettext("%(name)s answered “%(answer)s”, but that could not be kept."),
        HeldReason.UNREADABLE: gettext(
            "The calendar of %(name)s answered, but we can't read what it says."
        ),
    }


def _said(partstat: str) -> str:
    reply = _SAID.get(partstat)
    return label(reply).lower() if reply else gettext("unknown")


def _proposed(moments: list[str]) -> str:
    """Write the proposed beginning as the calendar of the proposer wrote it."""
    if not moments:
        return gettext("which one is not clear")
    begins, language = datetime.fromisoformat(moments[0]), current_language()
    if begins.tzinfo is not None:
        begins = begins.astimezone()
    return f"{long_date(begins, language)}, {time_of_day(begins, language)}"
