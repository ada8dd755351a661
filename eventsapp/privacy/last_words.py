"""The mails that answer a request to be erased: that it is done, why not, or why later.

`erasing.py` and `erasure_requests.py` call it. The mail that it is done is the last one: when it
has left, the address is forgotten with the rest.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from eventsapp.core.dates import long_date, now
from eventsapp.core.db import db
from eventsapp.core.labels import N_
from eventsapp.core.language import label, speaking, translate
from eventsapp.core.settings import settings
from eventsapp.directory.reach import addresses_of
from eventsapp.invitations.facts import greeting
from eventsapp.mail import outbox
from eventsapp.mail.kinds import MailingKind, MessageState, Purpose
from eventsapp.mail.models import Mailing, Message
from eventsapp.privacy.kinds import Refusal
from eventsapp.privacy.models import ErasureRequest

AT_ONCE = 1
TRIED_FOR = timedelta(days=3)


def tell_done(request: ErasureRequest) -> int | None:
    """Put the last mail in the outbox and give its number; None without an address to go to."""
    return _mail(request, "erasure_done", {})


def tell_refused(request: ErasureRequest) -> bool:
    """Mail why a request is refused, and where one may complain; gives whether it could leave."""
    with speaking(request.person.language):
        reason = label(Refusal(request.refusal))
    number = _mail(request, "erasure_refused", {"reason": reason, "words": request.words})
    return number is not None and _is_queued(number)


def tell_extended(request: ErasureRequest) -> bool:
    """Mail why the answer takes longer, and by when it comes; gives whether it could leave."""
    day = long_date(request.answer_by, request.person.language)
    data = {"words": request.delay, "day": day}
    number = _mail(request, "erasure_extended", data, by=request.extended_by)
    return number is not None and _is_queued(number)


def has_left(number: int | None) -> bool | None:
    """Tell whether a mail has gone out: None while it waits, False where it never will."""
    message = db.session.get(Message, number) if number is not None else None
    if message is None:
        return False
    if message.state in (MessageState.SENT.value, MessageState.UNKNOWN.value):
        return True
    is_on_its_way = message.state in (
        MessageState.QUEUED.value,
        MessageState.LEASED.value,
        MessageState.DEFERRED.value,
    )
    return None if is_on_its_way else False


def _is_queued(number: int) -> bool:
    return db.session.get_one(Message, number).state == MessageState.QUEUED.value


def _mail(
    request: ErasureRequest, template: str, data: dict[str, Any], by: int | None = None
) -> int | None:
    person = request.person
    address = addresses_of([person.id]).get(person.id)
    if not address:
        return None
    letter = outbox.Letter(
        key=f"{template}:{request.id}",
        address=address,
        name=person.name,
        language=person.language,
        template=template,
        data={"salutation": greeting(person), "phone": settings().programme_phone, **data},
        person_id=person.id,
        reference=f"erasure:{request.id}",
        priority=AT_ONCE,
        expires_at=now() + TRIED_FOR,
    )
    added = outbox.enqueue(_mailing(request, by or request.settled_by), [letter])
    return added[0] if added else None


def _mailing(request: ErasureRequest, by: int | None) -> Mailing:
    with speaking("nl"):  # of those who read the pages of mail
        title = translate(N_("Answer to a request to be erased"))
    return outbox.open_mailing(
        kind=MailingKind.CONFIRMATION,
        purpose=Purpose.ACCOUNT,
        reference=f"erasure:{request.id}",
        title=title,
        by=by,
        undo=False,
    )
