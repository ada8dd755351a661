"""Petra with her personal link: makes the invitation, opens the page, presses, reads the rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from eventsapp.core.db import Model
from eventsapp.core.links import answer_token
from eventsapp.invitations.models import Invitation
from eventsapp.mail.models import Message
from eventsapp.meetings.models import Meeting, Question
from tests.checks import check_page
from tests.factories import (
    Cast,
    make_cast,
    make_invitation,
    make_meeting,
    make_network,
    make_organisation,
    make_person,
)


@dataclass
class Reader:
    """Somebody with a personal link, on a browser of their own."""

    client: FlaskClient
    transaction: Callable[[], Any]
    cast: Cast
    meeting_id: int
    invitation_id: int
    token: str
    question_ids: list[int]

    def at(self, part: str = "") -> str:
        """The address of the page, or of something beneath it."""
        return f"/a/{self.token}{'/' if part else ''}{part}"

    def page(self, status: int = 200) -> str:
        """The page as it is now, checked; its HTML."""
        return check_page(self.client.get(self.at()), status)

    def press(self, reply: str) -> TestResponse:
        """Press one of the answers."""
        return self.post("answer", reply=reply)

    def post(self, part: str, **data: Any) -> TestResponse:
        """Send one of the forms of the page."""
        return self.client.post(self.at(part), data=data)

    def add(self, **data: Any) -> TestResponse:
        """Send the form with extras; a question is named by its place in the meeting."""
        return self.post("extras", **data)

    def invitation(self) -> Invitation:
        """The invitation as it stands."""
        with self.transaction() as session:
            return session.get_one(Invitation, self.invitation_id)

    def rows(self, model: type[Model]) -> list[Any]:
        """All rows of a table."""
        with self.transaction() as session:
            return list(session.scalars(select(model)))

    def mails(self, template: str) -> list[Message]:
        """The mails of a kind that wait to be sent."""
        return [each for each in self.rows(Message) if each.template == template]

    def change(self, **values: Any) -> None:
        """Change the meeting as an advisor could."""
        with self.transaction() as session:
            meeting = session.get_one(Meeting, self.meeting_id)
            for name, value in values.items():
                setattr(meeting, name, value)


@pytest.fixture
def invited(transaction: Callable[[], Any], client: FlaskClient) -> Callable[..., Reader]:
    """`invited(reply=…, meeting={…})` invites Petra as chair and gives her, ready to answer."""

    def invite(
        *,
        meeting: dict[str, Any] | None = None,
        questions: tuple[Question, ...] = (),
        language: str = "nl",
        taken: int = 0,
        **values: Any,
    ) -> Reader:
        with transaction() as session:
            cast = make_cast()
            cast.petra.language = language
            held = make_meeting(
                cast.anna.person, cast.noord, **{"network": make_network(), **(meeting or {})}
            )
            held.questions = list(questions)
            for number in range(taken):
                make_invitation(held, make_person(f"Gast Nummer{number}"), reply="accepted")
            invitation = make_invitation(
                held,
                cast.petra,
                organisation=make_organisation(),
                role_kind="chair",
                **values,
            )
            session.flush()
            token = answer_token(invitation.id, invitation.generation)
            return Reader(
                client=client,
                transaction=transaction,
                cast=cast,
                meeting_id=held.id,
                invitation_id=invitation.id,
                token=token,
                question_ids=[question.id for question in held.questions],
            )

    return invite
