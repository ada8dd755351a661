"""What newsletters and surveys hold on somebody: subscriptions, consent, answers.

`holdings.py` gathers it. The proof of consent stays for as long as somebody may ask us to show it;
`forgetting.py` throws it away after that.
"""

from __future__ import annotations

from sqlalchemy import Select, String, cast, delete, func, literal, or_, select, update

from eventsapp.contacts.models import (
    Consent,
    Subscription,
    SubscriptionRequest,
    subscription_region,
    subscription_theme,
)
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.labels import N_
from eventsapp.privacy.kinds import Fate
from eventsapp.privacy.traces import Holding, Traces, how_many, run
from eventsapp.surveys.forgetting import answers_of, forget_person
from eventsapp.surveys.kinds import AnswerKind
from eventsapp.surveys.models import SurveyAnswer


def _subscriptions(one: Traces) -> int:
    return how_many(select(Subscription.id).where(Subscription.person_id == one.person_id))


def _strip_subscriptions(one: Traces) -> None:
    """End what somebody reads, and drop what they chose; that somebody read it stays."""
    own = select(Subscription.id).where(Subscription.person_id == one.person_id)
    for table in (subscription_region, subscription_theme):
        run(delete(table).where(table.c.subscription_id.in_(own)))
    run(
        update(Subscription)
        .where(Subscription.person_id == one.person_id)
        .values(
            address_id=None,
            wants_text=False,
            paused_until=None,
            ended_at=func.coalesce(Subscription.ended_at, now()),
            generation=Subscription.generation + 1,
            version=Subscription.version + 1,
        )
    )


def _own_requests(one: Traces) -> Select[int]:
    own = select(Subscription.id).where(Subscription.person_id == one.person_id)
    return select(SubscriptionRequest.id).where(
        or_(
            one.is_own(SubscriptionRequest.email),
            SubscriptionRequest.subscription_id.in_(own),
        )
    )


def request_references(one: Traces) -> Select[str]:
    """Ask for the texts by which mails name the person's requests to subscribe."""
    named = literal("subscription_request:") + cast(SubscriptionRequest.id, String)
    return select(named).where(SubscriptionRequest.id.in_(_own_requests(one)))


def _requests(one: Traces) -> int:
    return how_many(_own_requests(one))


def _erase_requests(one: Traces) -> None:
    run(delete(SubscriptionRequest).where(SubscriptionRequest.id.in_(_own_requests(one))))


def _consents(one: Traces) -> int:
    return how_many(select(Consent.id).where(Consent.person_id == one.person_id))


def _strip_consents(one: Traces) -> None:
    """Take the name out of the proof that an import brought; the rest is our own words."""
    lines = select(Consent).where(Consent.person_id == one.person_id, Consent.proof != "")
    for line in db.session.scalars(lines):
        line.proof = one.struck_from(line.proof)


def _answers(one: Traces) -> int:
    return how_many(select(SurveyAnswer.id).where(SurveyAnswer.person_id == one.person_id))


def _strip_answers(one: Traces) -> None:
    """Take the name from answers to surveys, and what was written in own words."""
    for survey, said in answers_of(one.person_id):
        typed = {str(each.id) for each in survey.questions if each.kind == AnswerKind.OPEN.value}
        if typed & set(said.values):
            said.values = {name: value for name, value in said.values.items() if name not in typed}
    db.session.flush()  # the next statement passes by what is loaded
    forget_person(one.person_id)


HOLDINGS = (
    Holding(
        N_("Requests to subscribe of the last week"),
        Fate.ERASED,
        ("subscription_request",),
        _requests,
        _erase_requests,
    ),
    Holding(
        N_("Subscriptions to a newsletter, as counts: the chosen regions and themes go"),
        Fate.NAMELESS,
        ("subscription", "subscription_region", "subscription_theme"),
        _subscriptions,
        _strip_subscriptions,
    ),
    Holding(
        N_("Answers to surveys; what was written in own words goes"),
        Fate.NAMELESS,
        ("survey_answer",),
        _answers,
        _strip_answers,
    ),
    Holding(
        N_("The proof of consent, without a name"),
        Fate.KEPT,
        ("consent",),
        _consents,
        _strip_consents,
        why=N_(
            "We must be able to show that we were allowed to mail somebody (GDPR article 7). "
            "After five years it goes too."
        ),
    ),
)
