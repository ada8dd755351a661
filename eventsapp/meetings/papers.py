"""Papers of a meeting and logos of who holds it along: kept, removed, found by a signed link.

The doors for advisors and for visitors call it. Mails carry the link, never the file. Nothing here
reads a request or writes a response.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import undefer

from eventsapp.core import audit, tokens
from eventsapp.core.actor import Actor
from eventsapp.core.db import db
from eventsapp.core.errors import Forbidden, InputError, NotFound
from eventsapp.core.labels import N_
from eventsapp.core.links import LOGO, PAPER, absolute
from eventsapp.core.text import one_line
from eventsapp.meetings.files import LARGEST_LOGO, document_type, image_type, safe_name
from eventsapp.meetings.models import CoOrganiser, Meeting, Paper
from eventsapp.meetings.queries import may_change

MOST_PAPERS = 20
_GONE = N_("This paper is not there any more. Ask the organiser.")


def add_paper(
    actor: Actor, meeting: Meeting, filename: str, content: bytes, title: str = ""
) -> Paper:
    """Keep a paper with a meeting; without a title it is called as its file.

    InputError ("file") when the content is not what we hand out, Forbidden without the right.
    """
    _demand_change(actor, meeting)
    media_type, extension = document_type(content)
    name = safe_name(filename, extension)
    title = one_line(title, 1000) or name.rpartition(".")[0]
    if len(title) > 200:
        raise InputError(N_("This is too long: at most %(most)s characters."), "title", most=200)
    if _count(meeting) >= MOST_PAPERS:
        raise InputError(N_("These are too many: at most %(most)s."), "file", most=MOST_PAPERS)
    paper = Paper(
        meeting_id=meeting.id,
        title=title,
        filename=name,
        media_type=media_type,
        size=len(content),
        content=content,
        added_by=actor.person_id,
    )
    db.session.add(paper)
    db.session.flush()  # the audit row holds the number of the paper
    audit.record(actor, "paper_added", "meeting", meeting.id, paper=paper.id)
    return paper


def remove_paper(actor: Actor, meeting: Meeting, paper_id: int) -> None:
    """Remove a paper; links to it in mails that were sent say that it is gone."""
    _demand_change(actor, meeting)
    paper = paper_of(meeting, paper_id)
    db.session.delete(paper)
    audit.record(actor, "paper_removed", "meeting", meeting.id, paper=paper_id)


def papers_of(meeting_id: int) -> list[Paper]:
    """Give the papers of a meeting, in order of adding, without their content."""
    return list(
        db.session.scalars(select(Paper).where(Paper.meeting_id == meeting_id).order_by(Paper.id))
    )


def paper_of(meeting: Meeting, paper_id: int) -> Paper:
    """Give one paper of this meeting, or NotFound."""
    paper = db.session.scalar(
        select(Paper).where(Paper.id == paper_id, Paper.meeting_id == meeting.id)
    )
    if paper is None:
        raise NotFound(_GONE)
    return paper


def link_for(paper: Paper) -> str:
    """Give the address at which whoever got it may read a paper."""
    return absolute(PAPER, token=paper_token(paper))


def paper_token(paper: Paper) -> str:
    """Make the token by which a paper is found.

    It names the moment of adding too: a database may give the number of a removed paper to the
    next one, and the old link must not open that.
    """
    return tokens.sign("paper", paper.id, _second(paper.added_at))


def paper_by_token(token: str) -> Paper:
    """Give the paper of a link with its content; NotFound when forged, cut off or removed."""
    number, second = _numbers("paper", token, 2)
    paper = db.session.scalar(
        select(Paper).where(Paper.id == number).options(undefer(Paper.content))
    )
    if paper is None or _second(paper.added_at) != second:
        raise NotFound(_GONE)
    return paper


def keep_logo(actor: Actor, meeting: Meeting, co_organiser_id: int, content: bytes) -> None:
    """Keep the logo of an organisation that holds the meeting along; empty content removes it.

    InputError ("file") for what is no picture or too large.
    """
    _demand_change(actor, meeting)
    other = next((each for each in meeting.co_organisers if each.id == co_organiser_id), None)
    if other is None:
        raise NotFound(N_("This organisation is not part of the meeting any more."))
    if len(content) > LARGEST_LOGO:
        raise InputError(
            N_("This logo is too large: at most %(most)s kB."), "file", most=LARGEST_LOGO // 1000
        )
    other.logo_type = image_type(content) if content else ""
    other.logo = content or None
    audit.record(actor, "logo_changed", "meeting", meeting.id, co_organiser=other.id)


def logo_links(others: Collection[CoOrganiser]) -> list[tuple[str, str]]:
    """Give name and address of each logo there is, for mails."""
    return [(other.name, logo_link(other)) for other in others if other.logo_type]


def logo_link(other: CoOrganiser) -> str:
    """Give the full address of a logo, for a mail."""
    return absolute(LOGO, token=logo_token(other))


def logo_token(other: CoOrganiser) -> str:
    """Make the token by which a logo is found, for an address on a page."""
    return tokens.sign("logo", other.id)


def logo_by_token(token: str) -> tuple[bytes, str]:
    """Give a logo and its media type; NotFound when there is none."""
    row = db.session.execute(
        select(CoOrganiser.logo, CoOrganiser.logo_type).where(
            CoOrganiser.id == _numbers("logo", token, 1)[0], CoOrganiser.logo_type != ""
        )
    ).one_or_none()
    if row is None or row.logo is None:
        raise NotFound()
    return row.logo, row.logo_type


def _numbers(purpose: str, token: str, count: int) -> list[int]:
    values = tokens.read(purpose, token)
    if len(values) != count or not all(isinstance(value, int) for value in values):
        raise NotFound(_GONE)
    return values


def _second(moment: datetime) -> int:
    return int(moment.timestamp())


def _count(meeting: Meeting) -> int:
    found = db.session.scalar(select(func.count()).where(Paper.meeting_id == meeting.id))
    return found or 0


def _demand_change(actor: Actor, meeting: Meeting) -> None:
    if not may_change(actor, meeting):
        raise Forbidden(N_("This meeting is of another region. You can read it, not change it."))
