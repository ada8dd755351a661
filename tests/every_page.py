"""Asks every page of the doors with numbers and links that exist: `pages(app, "GET", sample)`.

Used by the tests that hold for all pages alike. A new page is asked as soon as it is there; what
its address names must be among the samples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from eventsapp.accounts.models import Account, Session
from eventsapp.accounts.new_password import mail_link
from eventsapp.accounts.sessions import open_session
from eventsapp.contacts.models import ContactList, Subscription, SubscriptionRequest
from eventsapp.core import tokens
from eventsapp.core.actor import SYSTEM
from eventsapp.core.db import Model, db
from eventsapp.core.links import answer_token
from eventsapp.directory.models import AddressImport, Person
from eventsapp.invitations.models import Invitation, Notice, SignUp
from eventsapp.mail.models import InboundMail, Mailing, Message, Suppression
from eventsapp.meetings.models import CoOrganiser, Meeting, Paper, Question
from eventsapp.meetings.papers import paper_token
from eventsapp.newsletters.models import Contribution
from eventsapp.privacy.models import ErasureRequest
from eventsapp.surveys import links as survey_links
from tests.archived import make_sent_edition
from tests.factories import (
    make_cast,
    make_invitation,
    make_meeting,
    make_municipality,
    make_network,
    make_organisation,
    make_person,
    make_role,
)
from tests.newsletters import make_picture
from tests.surveys import make_survey


@dataclass
class Sample:
    """The cast, and one of everything, all of it in Noord and kept by Anna."""

    cast: Any
    numbers: dict[str, int] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)


def pages(
    app: Flask, method: str, sample: Sample, doors: tuple[str, ...] = ("manage", "public")
) -> Iterator[tuple[Any, str]]:
    """Give each rule of these doors that takes this method, with an address that exists."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        module = app.view_functions[rule.endpoint].__module__.split(".")
        if len(module) < 2 or module[1] not in doors or method not in rule.methods:
            continue
        values: dict[str, Any] = {}
        for name in rule.arguments:
            is_number = type(rule._converters[name]).__name__ == "IntegerConverter"
            values[name] = sample.numbers.get(name, 0) if is_number else sample.texts.get(name, "x")
            if name == "token":
                values[name] = sample.tokens[rule.endpoint.partition(".")[0]]
        if rule.endpoint == "public_papers.logo":
            values["token"] = sample.tokens["logo"]
        yield rule, app.url_map.bind("localhost").build(rule.endpoint, values, method=method)


def rows_of_everything() -> dict[str, list[tuple[Any, ...]]]:
    """Give every row of every table, to compare."""
    return {
        table.name: sorted(
            (tuple(map(repr, row)) for row in db.session.execute(select(table))), key=repr
        )
        for table in Model.metadata.sorted_tables
    }


def make_sample(session: Any) -> Sample:
    """Make one of everything, in the transaction of the caller."""
    cast = make_cast()
    town = make_municipality("Noordwolde", cast.noord)
    organisation = make_organisation(municipality=town)
    petra = session.get(Person, cast.petra.id)
    role = make_role(petra, organisation)
    network = make_network(
        region_id=cast.noord.id, organiser_person_id=cast.anna.person_id, cadence_weeks=8
    )
    held = _meeting(session, cast, network)
    invitation = make_invitation(held, petra, organisation=organisation, reply="accepted")
    signing_up = SignUp(meeting_id=held.id, name="Riet Vos", email="riet@post.example")
    notice = Notice(invitation_id=invitation.id, kind="successor", detail={"name": "Riet Vos"})
    mailing = _mailing(held, invitation, petra)
    kept = _kept(session, cast)
    session.add_all([signing_up, notice, mailing, *kept.values()])
    session.flush()
    kept["inbound_id"].reference = f"invitation:{invitation.id}"
    open_session(cast.bram.id, "Firefox")
    session.flush()
    survey = make_survey()
    sample = Sample(cast)
    paper = session.scalars(select(Paper)).one()
    sample.numbers = {
        "meeting_id": held.id,
        "invitation_id": invitation.id,
        "person_id": petra.id,
        "organisation_id": organisation.id,
        "role_id": role.id,
        "network_id": network.id,
        "region_id": cast.noord.id,
        "municipality_id": town.id,
        "paper_id": paper.id,
        "co_organiser_id": held.co_organisers[0].id,
        "question_id": held.questions[0].id,
        "notice_id": notice.id,
        "mailing_id": mailing.id,
        "message_id": mailing.messages[0].id,
        "account_id": cast.anna.id,
        "session_id": session.scalars(select(Session.id)).one(),
        "survey_id": survey.id,
        "asked_id": survey.questions[0].id,
        "number": 1,
        **{name: row.id for name, row in kept.items()},
    }
    sent = make_sent_edition(slug="maart-2027", mailing_id=mailing.id)
    sample.numbers["edition_id"] = sent.id
    piece = Contribution(edition_id=sent.id, author_person_id=cast.anna.person_id, title="Bus")
    session.add(piece)
    session.flush()
    sample.numbers["contribution_id"] = piece.id
    sample.numbers["block_id"] = sent.blocks[0].id
    sample.numbers["newsletter_id"] = sent.newsletter_id
    picture = make_picture()
    sample.texts = {
        "slug": sent.slug,
        "article": "samen-eten",
        "digest": picture.digest,
        "size": "large",
        "survey_slug": survey.slug,
    }
    sample.tokens = {
        "public_rsvp": answer_token(invitation.id, invitation.generation),
        "public_meetings": tokens.sign_timed("sign_up", signing_up.id),
        "public_signin": _link(session, cast.anna).rpartition("/")[2],
        "public_papers": paper_token(paper),
        "public_surveys": survey_links.token_for(survey.id, petra.id),
        "public_unsubscribe": tokens.numberer("unsubscribe")(0),
        **_reading(session, petra, sent.newsletter_id),
        "logo": tokens.sign("logo", sample.numbers["co_organiser_id"]),
    }
    return sample


def _reading(session: Any, person: Person, newsletter_id: int) -> dict[str, str]:
    """Let somebody read a newsletter and somebody ask for it; give the secrets of their pages."""
    reader = Subscription(newsletter_id=newsletter_id, person_id=person.id, how="test")
    asked = SubscriptionRequest(newsletter_id=newsletter_id, email="riet@post.example")
    session.add_all([reader, asked])
    session.flush()
    return {
        "public_reader": tokens.sign("reader", reader.id, reader.generation),
        "public_subscribe": tokens.sign_timed("subscribe", asked.id),
        "public_dossier": tokens.sign_timed("dossier", person.id),
    }


def _meeting(session: Any, cast: Any, network: Any) -> Meeting:
    """A public meeting to come, with a paper and with somebody who holds it too."""
    held = make_meeting(
        cast.anna.person, cast.noord, days=20, network=network, is_public=True, capacity=1
    )
    held.co_organisers = [CoOrganiser(name="Zorgbelang", logo=b"GIF89a", logo_type="image/gif")]
    held.questions = [Question(kind="text", label="Met de trein?")]
    session.add(
        Paper(meeting_id=held.id, title="Agenda", filename="agenda.pdf", size=4,
              media_type="application/pdf", content=b"%PDF")
    )  # fmt: skip
    session.flush()
    return held


def _mailing(held: Meeting, invitation: Invitation, reader: Person) -> Mailing:
    mailing = Mailing(
        kind="invitation",
        purpose="meetings",
        reference=f"meeting:{held.id}",
        title=held.title,
        sender_name="Anna",
        sender_address="x@programma.example",
    )
    mailing.messages = [
        Message(
            key="sample",
            reference=f"invitation:{invitation.id}",
            address="petra@post.example",
            person_id=reader.id,
            template="reset_password",
            data={"given_name": "Petra", "link": "http://localhost/"},
            message_id="<sample@programma.example>",
        )
    ]
    return mailing


def _link(session: Any, account: Account) -> str:
    mail_link(SYSTEM, session.get(Account, account.id))
    wanted = select(Message).where(Message.template == "choose_password")
    return str(session.scalars(wanted).one().data["link"])


def _kept(session: Any, cast: Any) -> dict[str, Model]:
    fails = make_person("Riet Vos")
    return {
        "list_id": ContactList(
            name="Trouwe bezoekers",
            owner_person_id=cast.anna.person_id,
            region_id=cast.noord.id,
            criteria={"all": [{"kind": "attended", "at_least": 1, "since": "2026-01-01"}]},
        ),
        "import_id": AddressImport(
            by_person_id=cast.anna.person_id,
            file_name="adressen.csv",
            digest="0" * 64,
            state="dropped",
        ),
        "inbound_id": InboundMail(
            fingerprint="sample",
            source="test",
            kind="letter",
            sender="petra@post.example",
            body="Ik kom",
            detail={"attachments": [], "is_known": True, "message_id": "<a@post.example>"},
        ),
        "request_id": ErasureRequest(
            person_id=fails.id, how="phone", answer_by=date(2027, 4, 2), state="waiting"
        ),
        "suppression_id": Suppression(
            scope="person", purpose="meetings", person_id=fails.id, reason="opted_out"
        ),
    }


@pytest.fixture
def sample(transaction: Callable[[], Any]) -> Sample:
    """One of everything, kept in the database."""
    with transaction() as session:
        return make_sample(session)
