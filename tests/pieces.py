"""A desk at which Ilse asks for pieces and Anna writes them, for the tests of contributions."""

from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from eventsapp.mail.compose import compose
from eventsapp.mail.models import Message
from eventsapp.newsletters import composing
from eventsapp.newsletters.models import Block, Contribution, Edition
from tests.factories import actor_of, make_cast
from tests.newsletters import make_edition, make_newsletter


def picture() -> tuple[BytesIO, str]:
    """A small photo, as a browser sends it."""
    target = BytesIO()
    Image.new("RGB", (40, 30), "teal").save(target, "PNG")
    target.seek(0)
    return target, "bus.png"


class Desk:
    """What Ilse and Anna do with one piece of an edition that leaves on 9 March."""

    def __init__(self, transaction: Any, client_of: Any) -> None:
        """`client_of(account)` signs somebody in."""
        self.transaction = transaction
        with transaction() as session:
            self.cast = make_cast()
            edition = make_edition(make_newsletter(), subject="Nieuws van maart")
            edition.send_on = edition.created_at.date().replace(month=3, day=9)
            session.flush()
            self.number = edition.id
            self.author_id = self.cast.anna.person_id
            self.maker = actor_of(self.cast.ilse)
        self.client_of = client_of
        self.sign_in()
        self.list_at = f"/manage/editions/{self.number}/contributions"

    def sign_in(self) -> None:
        """Sign both in; once more where days have gone by."""
        self.ilse, self.anna = self.client_of(self.cast.ilse), self.client_of(self.cast.anna)

    def question(self, **values: Any) -> dict[str, Any]:
        """What Ilse fills in to ask Anna."""
        return {
            "author": self.author_id,
            "brief": "Iets over vervoer.",
            "due_on": "2027-02-16",
            **values,
        }

    def ask(self, **values: Any) -> Any:
        """Ilse asks for a piece."""
        return self.ilse.post(self.list_at, data=self.question(**values), follow_redirects=True)

    @property
    def piece(self) -> Contribution:
        """The piece as it stands."""
        with self.transaction() as session:
            return session.scalars(select(Contribution)).one_or_none()

    @property
    def edition(self) -> Edition:
        """The edition as it stands."""
        with self.transaction() as session:
            return session.get(Edition, self.number)

    @property
    def block(self) -> Block:
        """The block that the piece became."""
        with self.transaction() as session:
            return session.scalars(select(Block)).one()

    @property
    def at(self) -> str:
        """The page of the piece."""
        return f"/manage/contributions/{self.piece.id}"

    def words(self, **values: Any) -> dict[str, Any]:
        """What Anna has filled in."""
        data = {"title": "De belbus", "body": "<p>De bus rijdt weer.</p>"}
        return {**data, "version": self.piece.version, **values}

    def keep(self, **values: Any) -> Any:
        """Anna keeps what she wrote so far."""
        return self.anna.post(self.at, data=self.words(**values), follow_redirects=True)

    def hand_in(self, **values: Any) -> Any:
        """Anna hands in what she wrote."""
        return self.keep(hand_in="1", **values)

    def press(self, who: str, what: str, **data: Any) -> Any:
        """Ilse or Anna presses a button of the page of the piece."""
        client = getattr(self, who)
        return client.post(f"{self.at}/{what}", data=data, follow_redirects=True)

    def take_in(self, kind: str = "article") -> Any:
        """Ilse takes the piece in."""
        return self.press("ilse", "take-in", kind=kind)

    def edit(self, text: str) -> None:
        """Ilse changes the text in the edition."""
        with self.transaction() as session:
            block = session.scalars(select(Block)).one()
            data = {"html": f"<p>{text}</p>"}
            composing.change_block(self.maker, block, version=block.version, data=data)

    def mails(self, template: str) -> list[tuple[str, Any]]:
        """Who was mailed, and what."""
        with self.transaction() as session:
            found = session.scalars(
                select(Message).where(Message.template == template).order_by(Message.id)
            )
            return [(one.name, compose(one)) for one in found]

    def let_mails_leave(self) -> None:
        """Let all that waits have been sent."""
        with self.transaction() as session:
            for one in session.scalars(select(Message)):
                one.state = "sent"


@pytest.fixture
def desk(app: Any, sign_in: Any, transaction: Any, freeze: Any) -> Desk:
    """Ilse makes an edition; nothing is asked yet."""
    freeze("2027-02-01 10:00")
    return Desk(transaction, lambda account: sign_in(app.test_client(), account))


@pytest.fixture
def asked(desk: Desk) -> Desk:
    """Anna was asked for a piece."""
    assert desk.ask().status_code == 200
    return desk


@pytest.fixture
def written(asked: Desk) -> Desk:
    """Anna handed it in."""
    assert asked.hand_in().status_code == 200
    return asked


@pytest.fixture
def taken(written: Desk) -> Desk:
    """Ilse took it in as an article."""
    assert written.take_in().status_code == 200
    return written
