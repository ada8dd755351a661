"""Reads reports that a mail did not arrive, or was marked as unwanted. Pure.

Own reader for delivery status notifications (RFC 3464) and complaints (RFC 5965); for the odd
formats of old servers flufl.bounce finds the address, never the verdict. What a report says may
be invented: which mail of ours it is about is for `bounces.py` to prove.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from email.errors import MessageError
from email.message import Message
from email.parser import HeaderParser

from eventsapp.core.addresses import LONGEST
from eventsapp.mail import opening
from eventsapp.mail.opening import addresses_in, content_of, header, parts_of, text_of

# It writes down each detector that stumbles over a mail; that is no fault of ours to look at.
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)

LONGEST_DIAGNOSTIC = 1000
_STUMBLES = (ValueError, LookupError, TypeError, AttributeError, RecursionError, MessageError)
_DSN = {"message/delivery-status", "message/global-delivery-status"}
_RETURNED = {
    "message/rfc822",
    "message/global",
    "text/rfc822-headers",
    "message/rfc822-headers",
    "text/global-headers",
}
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,110}@[^<>\s]{1,80}>")
_OWN_MESSAGE_ID = re.compile(r"(?im)^message-id:\s*(<[^<>\s]{1,110}@[^<>\s]{1,80}>)")
_REPLY = re.compile(r"(?m)^.*(?<!\d)[45]\d\d[ -]?(?:#?[45]\.\d{1,3}\.\d{1,3})?.*$")
_MARK_OF_OLD_SERVERS = re.compile(
    r"this is the qmail-send program|this message was created automatically by mail delivery"
    r"|the original message was received at|could not be delivered|undeliver|delivery (has )?fail"
    r"|returned mail|mail delivery (failed|subsystem)|niet (worden )?(bezorgd|afgeleverd)",
    re.IGNORECASE,
)
_WRITTEN_BY = re.compile(r"mailer-daemon|postmaster|mail-?delivery|^mailer@|^bounce", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Report:
    """What a report says of one receiver, the first that failed.

    `action` is `failed`, `delayed`, `delivered`, `relayed` or `expanded` (RFC 3464 section 2.3.3),
    or `complaint`. `about` is the Message-ID of the mail that came back.
    """

    action: str
    address: str = ""
    status: str = ""
    diagnostic: str = ""
    about: str = ""

    @property
    def has_failed(self) -> bool:
        """Tell whether it says that the mail will not arrive any more."""
        return self.action == "failed"


def read_report(message: Message) -> Report | None:
    """Read a delivery report of any make; None when the mail is none."""
    parts = list(parts_of(message))
    notes = [part for part in parts if part.get_content_type() in _DSN]
    if notes:
        return _of_standard(notes, parts)
    return _of_old_server(message, parts) if _looks_like_one(message, parts) else None


def read_complaint(message: Message) -> Report | None:
    """Read a complaint (RFC 5965): somebody pressed "unwanted"; None when the mail is none."""
    parts = list(parts_of(message))
    for part in parts:
        if part.get_content_type() == "message/feedback-report":
            fields = _blocks(part)
            told = fields[0] if fields else Message()
            kind = header(told, "Feedback-Type", 40).lower() or "abuse"
            if kind == "not-spam":
                return None
            address = header(told, "Original-Rcpt-To", LONGEST).strip("<> ").lower()
            return Report("complaint", address, diagnostic=kind, about=_about(parts))
    return None


def _of_standard(notes: list[Message], parts: list[Message]) -> Report:
    found = []
    for note in notes:
        blocks = _blocks(note)
        # The first block is about the report itself, each further one about a receiver; some
        # servers leave the first out.
        found += [
            _receiver(block) for block in blocks if block.get("Action") or block.get("Status")
        ]
    failed = [one for one in found if one.has_failed]
    chosen = (failed or found or [Report("failed")])[0]
    said = chosen.diagnostic
    if chosen.has_failed and len(said) < 12:
        # A bare "550" or nothing at all: the human part often quotes what the server said.
        said = f"{said} {_quoted(_human(parts), chosen.address)}".strip()
    return Report(
        chosen.action, chosen.address, chosen.status, said[:LONGEST_DIAGNOSTIC], _about(parts)
    )


def _receiver(block: Message) -> Report:
    status = re.match(r"\s*([245]\.\d{1,3}\.\d{1,3})", opening.header(block, "Status", 40))
    action = header(block, "Action", 40).lower().partition(" ")[0]
    if not action:
        action = "failed" if status and status[1].startswith("5") else "delayed"
    final = _typed(
        header(block, "Original-Recipient", 400) or header(block, "Final-Recipient", 400)
    )
    said = _typed(header(block, "Diagnostic-Code", 2 * LONGEST_DIAGNOSTIC))
    return Report(
        action,
        final.strip("<>").lower()[:LONGEST],
        status[1] if status else "",
        said[:LONGEST_DIAGNOSTIC],
    )


def _typed(value: str) -> str:
    """Drop the type that stands before a value: "rfc822; petra@council.example"."""
    kind, mark, rest = value.partition(";")
    return (rest if mark and " " not in kind.strip() else value).strip()


def _blocks(part: Message) -> list[Message]:
    """Give the groups of fields of a status part; some encode it, which they should not."""
    held = part.get_payload()
    blocks = [one for one in held if isinstance(one, Message)] if isinstance(held, list) else []
    if any(one.keys() for one in blocks):
        return [one for one in blocks if one.keys()]
    # The library takes such a part for plain fields; some servers encode it all the same.
    plain = Message()
    plain["Content-Transfer-Encoding"] = part.get("Content-Transfer-Encoding", "7bit")
    plain.set_payload("\n\n".join(str(one.get_payload()) for one in blocks) or str(held or ""))
    octets = content_of(plain)
    text = octets.decode("utf-8", "replace").replace("\r\n", "\n")
    parsed = [HeaderParser().parsestr(block.strip()) for block in re.split(r"\n\s*\n", text)[:50]]
    return [block for block in parsed if block.keys()]


def _about(parts: Iterable[Message]) -> str:
    """Give the Message-ID of the mail that came back, from its headers as far as they came."""
    for part in parts:
        if part.get_content_type() not in _RETURNED:
            continue
        held = part.get_payload()
        if isinstance(held, list) and held and isinstance(held[0], Message):
            found = _MESSAGE_ID.search(str(held[0].get("Message-ID", "")))
        else:
            found = _OWN_MESSAGE_ID.search(text_of(part))
            found = _MESSAGE_ID.search(found[1]) if found else None
        if found:
            return found[0][:200]
    return ""


def _looks_like_one(message: Message, parts: list[Message]) -> bool:
    if message.get("X-Failed-Recipients"):
        return True
    senders = addresses_in(message, "From", "Return-Path", "Sender")
    is_null = any(one.strip() == "<>" for one in opening.headers(message, "Return-Path"))
    if not is_null and not any(_WRITTEN_BY.search(address) for _, address in senders):
        return False
    said = f"{header(message, 'Subject')}\n{_human(parts)[:4000]}"
    return _MARK_OF_OLD_SERVERS.search(said) is not None


def _of_old_server(message: Message, parts: list[Message]) -> Report:
    human = _human(parts)
    named = addresses_in(message, "X-Failed-Recipients")
    address = named[0][1] if named else _found(message)
    own = _OWN_MESSAGE_ID.search(human)
    about = _about(parts) or (own[1] if own else "")
    return Report("failed", address, "", _quoted(human, address), about)


def _found(message: Message) -> str:
    """Let the library look for the address; its faults are not ours."""
    from flufl.bounce import all_failures  # for the few that we cannot read ourselves

    try:
        temporary, permanent = all_failures(message)
    except _STUMBLES:  # written for mail of the nineties, and fed with anything
        return ""
    found = sorted(permanent or temporary)
    return found[0].decode("ascii", "replace").strip().lower()[:LONGEST] if found else ""


def _human(parts: Iterable[Message]) -> str:
    """Give the part that was written for people."""
    for part in parts:
        if part.get_content_maintype() == "text" and part.get_content_type() not in _RETURNED:
            return text_of(part)[: opening.LONGEST_TEXT]
    return ""


def _quoted(text: str, address: str) -> str:
    """Find what the server said: what stands around the address, or the lines with a reply code.

    What follows the copy of our own mail is ours, and says nothing.
    """
    text = re.split(r"(?im)^-{2,}.*(copy|original|below this line).*$|^return-path:", text)[0]
    blocks = [block.strip() for block in re.split(r"\n\s*\n", text) if block.strip()]
    near = [block for block in blocks if address and address in block.lower()]
    told = [line.strip() for block in (near or blocks) for line in _REPLY.findall(block)]
    if told:
        return " ".join(told)[:LONGEST_DIAGNOSTIC]
    if near:
        # qmail and Exim give the address on a line of its own, and the reason beneath it.
        return " ".join(" ".join(near).split())[:LONGEST_DIAGNOSTIC]
    return " ".join(text.split())[:LONGEST_DIAGNOSTIC]
