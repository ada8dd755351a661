"""What mail holds on somebody: what we sent, what came in, what came back, and who wants no mail.

`holdings.py` gathers it. That a mail was sent, and whether it arrived, stays for the figures of
its sending; to whom, and what it said, goes. Who wanted no mail is remembered as a keyed digest.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, String, cast, delete, literal, or_, select, text, update

from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.labels import N_
from eventsapp.mail import finding, suppression
from eventsapp.mail.kinds import InboundState, MessageState, Purpose, Scope
from eventsapp.mail.models import PENDING, Bounce, InboundMail, Message, Suppression
from eventsapp.mail.rules import Reason
from eventsapp.privacy.held_on_meetings import sign_up_references
from eventsapp.privacy.held_on_reading import request_references
from eventsapp.privacy.kinds import Fate
from eventsapp.privacy.traces import Holding, Traces, how_many, run

REGIONS = "regions"
"""The one value of a mail that stays: for which regions an edition was, for its figures."""
OPTED_OUT = "opted_out"


def _is_to(one: Traces) -> ColumnElement[bool]:
    """Condition on Message: it went to this person, or to an address of nobody else."""
    by_address = (Message.person_id.is_(None)) & one.is_own(Message.address)
    return or_(Message.person_id == one.person_id, by_address)


def _mails(one: Traces) -> int:
    return how_many(select(Message.id).where(Message.person_id == one.person_id))


def _strip_mails(one: Traces) -> None:
    """Take address, name and words from what was mailed; what still waits is not sent."""
    touched = or_(_is_to(one), _is_about(one))
    late = {"state": MessageState.CANCELLED.value, "reason": Reason.OBSOLETE.value}
    run(update(Message).where(touched, text(PENDING)).values(**late, settled_at=now()))
    of_regions = select(Message.id, Message.data).where(_is_to(one))
    kept: dict[int, dict[str, Any]] = {
        number: {REGIONS: data[REGIONS]}
        for number, data in db.session.execute(of_regions)
        if REGIONS in (data or {})
    }
    run(update(Message).where(touched).values(data={}, last_reply=""))
    run(update(Message).where(_is_to(one)).values(address="", name="", domain=""))
    for number, data in kept.items():
        run(update(Message).where(Message.id == number).values(data=data))


def _is_about(one: Traces) -> ColumnElement[bool]:
    """Condition on Message: it is about this person, to a colleague or a substitute too."""
    post = select(literal("post:") + cast(InboundMail.id, String)).where(_is_from(one))
    return or_(
        finding.about([f"person:{one.person_id}"]),
        finding.about(one.references()),
        finding.about(one.substitute_references()),
        finding.about(post),
        finding.about(sign_up_references(one)),
        finding.about(request_references(one)),
    )


def _is_from(one: Traces) -> ColumnElement[bool]:
    """Condition on InboundMail: this person wrote it, or it is about one of their invitations."""
    return or_(
        InboundMail.person_id == one.person_id,
        one.is_own(InboundMail.sender),
        InboundMail.reference == f"person:{one.person_id}",
        InboundMail.reference.in_(one.references()),
    )


def _letters(one: Traces) -> int:
    return how_many(select(InboundMail.id).where(_is_from(one)))


def _strip_letters(one: Traces) -> None:
    emptied: dict[str, Any] = {
        "sender": "",
        "sender_name": "",
        "recipient": "",
        "subject": "",
        "body": "",
        "octets": None,
        "detail": {},
        "person_id": None,
    }
    waiting = InboundMail.state == InboundState.WAITING.value
    ignored = {"state": InboundState.IGNORED.value, "settled_at": now()}
    run(update(InboundMail).where(_is_from(one), waiting).values(**ignored))
    run(update(InboundMail).where(_is_from(one)).values(**emptied))


def _bounces(one: Traces) -> int:
    return how_many(select(Bounce.id).where(Bounce.person_id == one.person_id))


def _strip_bounces(one: Traces) -> None:
    own = select(Message.id).where(Message.person_id == one.person_id)
    mine = or_(Bounce.person_id == one.person_id, Bounce.message_id.in_(own))
    run(update(Bounce).where(mine).values(person_id=None, diagnostic=""))


def _withheld(_one: Traces) -> int:
    return 1


def _keep_digests(one: Traces) -> None:
    """Remember as keyed digests that no list may bring somebody back, nor mail them.

    What somebody did not want holds from now on for their own addresses; an address that others
    use goes on getting mail, and only this name at it is remembered.
    """
    running = select(Suppression.purpose, Suppression.reason).where(
        Suppression.scope == Scope.PERSON.value,
        Suppression.person_id == one.person_id,
        Suppression.released_at.is_(None),
    )
    wishes = {(purpose, reason) for purpose, reason in db.session.execute(running)}
    wishes.add((Purpose.NEWSLETTER.value, OPTED_OUT))
    for email in one.own:
        for purpose, reason in sorted(wishes):
            known = Purpose(purpose) if purpose else None
            suppression.withhold_address(email, known, reason, person_id=one.person_id)
    for email in one.emails:
        suppression.keep_out(suppression.identity_of(email, one.name), one.person_id)
    db.session.flush()  # the rows below are not these
    mine = Suppression.person_id == one.person_id
    run(delete(Suppression).where(mine, Suppression.scope == Scope.PERSON.value))
    run(update(Suppression).where(mine).values(evidence=""))


HOLDINGS = (
    Holding(N_("Mails that came in, with all that they say"), Fate.ERASED, ("inbound_mail",),
            _letters, _strip_letters),
    Holding(N_("Mails that we sent, as counts"), Fate.NAMELESS, ("message",), _mails, _strip_mails),
    Holding(N_("Mails that came back, as counts"), Fate.NAMELESS, ("bounce",), _bounces,
            _strip_bounces),
    Holding(
        N_("That this person wants no newsletter, as a digest"),
        Fate.KEPT,
        ("suppression",),
        _withheld,
        _keep_digests,
        why=N_(
            "So that no list that is read in brings them back. Nobody can read an address from it; "
            "it only tells whether an address that somebody fills in is the same."
        ),
    ),
)  # fmt: skip
