"""Makes the programme that is measured, and finds the addresses that are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import func, select, text, update

from eventsapp.core import links
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.demo import commands
from eventsapp.demo.visitor import Visitor
from eventsapp.invitations.models import Invitation
from eventsapp.meetings.models import Meeting

TIMES = 5
SEATS = 100  # checked at every answer; enough, as at most meetings


@dataclass(frozen=True)
class Addresses:
    """What is asked for."""

    meeting: str
    answer: str
    month: str


def load(app: Flask, times: int = TIMES) -> None:
    """Make the demo programme, so many times as large as usual."""
    with app.app_context():
        upgrade()
        commands.load(times)


def look_around() -> None:
    """Do now what PostgreSQL does by itself within a minute: gather what it knows of its rows."""
    db.session.remove()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as link:
        link.execute(text("VACUUM ANALYZE"))


def prepare(app: Flask, folder: Path) -> Addresses:
    """Choose a meeting to come; write down where its invitees and those of others answer."""
    with app.app_context():
        meetings = db.session.scalars(
            select(Meeting.id)
            .join(Invitation)
            .where(Meeting.starts_at > now(), Meeting.status == "visible")
            .group_by(Meeting.id)
            .order_by(func.count().desc())
        ).all()
        db.session.execute(update(Meeting).where(Meeting.id.in_(meetings)).values(capacity=SEATS))
        invited = db.session.execute(
            select(Invitation.id, Invitation.generation).where(Invitation.meeting_id.in_(meetings))
        )
        paths = [urlsplit(links.answer_link(one, generation)).path for one, generation in invited]
        db.session.commit()
        starts = db.session.get_one(Meeting, meetings[0]).starts_wall
    (folder / "answers.txt").write_text("".join(f"{path}/answer\n" for path in paths))
    return Addresses(
        meeting=f"/manage/meetings/{meetings[0]}",
        answer=paths[0],
        month=f"/manage/meetings/month?month={starts:%Y-%m}&region=all",
    )


def silent(app: Flask, folder: Path) -> list[str]:
    """Let nobody have answered yet; give the paths on which they do, with room for all."""
    prepare(app, folder)
    with app.app_context():
        nothing = {"reply": "needs_action", "guests": 0, "replied_at": None}
        db.session.execute(update(Invitation).values(nothing))
        db.session.commit()
    return (folder / "answers.txt").read_text().splitlines()


def sign_in(address: str, password: str) -> str:
    """Sign in through the page and give the cookies as one header."""
    return "; ".join(f"{one.name}={one.value}" for one in visit(address, password).cookies)


def visit(address: str, password: str, name: str = "anna") -> Visitor:
    """Sign in through the page, as an advisor."""
    visitor = Visitor(address)
    page = visitor.open("/sign-in")
    form = page.form("/sign-in", asks="password")
    visitor.send(form, {"email": f"{name}@programma.example", "password": password})
    return visitor
