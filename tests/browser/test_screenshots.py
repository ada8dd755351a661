"""Takes the pictures of the README from the demo programme: `SCREENSHOTS=docs/screenshots`.

Without that variable they are taken all the same, into a folder that is thrown away, so that a page
that breaks is found here and not by whoever makes the pictures anew.
"""

import os
from pathlib import Path

import pytest
from sqlalchemy import select

from eventsapp.accounts.models import Account
from eventsapp.accounts.sessions import open_session
from eventsapp.contacts import lists
from eventsapp.core.dates import now
from eventsapp.core.links import answer_token
from eventsapp.demo import commands
from eventsapp.invitations.models import Invitation
from eventsapp.meetings.models import Meeting
from tests.browsing import visit
from tests.factories import actor_of
from tests.signing_in import COOKIE

AT_LEAST_TWICE = {"all": [{"kind": "attended", "at_least": 2, "since": "2025-01-01"}]}


@pytest.fixture
def demo(app, transaction, live_server):
    """The demo programme, with Anna signed in and the numbers of what is shown."""
    with app.app_context():
        commands.load()
    with transaction() as session:
        anna = session.scalars(
            select(Account).where(Account.email == "anna@programma.example")
        ).one()
        coming = session.scalars(
            select(Meeting)
            .where(Meeting.organiser_person_id == anna.person_id, Meeting.starts_at > now())
            .order_by(Meeting.starts_at)
        ).first()
        held = session.scalars(
            select(Meeting)
            .where(Meeting.organiser_person_id == anna.person_id, Meeting.starts_at < now())
            .order_by(Meeting.starts_at.desc())
        ).first()
        asked = session.scalars(
            select(Invitation).where(
                Invitation.meeting_id == coming.id, Invitation.reply == "needs_action"
            )
        ).first()
        plan = lists.ListPlan("Kwam twee keer of vaker sinds 2025", criteria=AT_LEAST_TWICE)
        kept = lists.add_list(actor_of(anna), plan)
        token = answer_token(asked.id, asked.generation)
        cookie = {"name": COOKIE, "value": open_session(anna.id, "Chromium"), "url": live_server}
        return {
            "cookie": cookie,
            "home": "/manage/",
            "meeting": f"/manage/meetings/{coming.id}",
            "answers": f"/manage/meetings/{coming.id}/answers",
            "attendance": f"/manage/meetings/{held.id}/attendance",
            "list": f"/manage/lists/{kept.id}",
            "answer": f"/a/{token}",
        }


@pytest.fixture
def folder(tmp_path):
    """Where the pictures go."""
    wanted = os.environ.get("SCREENSHOTS")
    place = Path(wanted) if wanted else tmp_path
    place.mkdir(parents=True, exist_ok=True)
    return place


def test_the_readme_shows_the_product(page, phone, demo, folder):
    page.context.add_cookies([demo["cookie"]])
    phone.context.add_cookies([demo["cookie"]])
    for name in ("home", "meeting", "answers", "list"):
        visit(page, demo[name])
        page.screenshot(path=folder / f"{name}.png")
    for name in ("answer", "attendance"):
        visit(phone, demo[name])
        phone.screenshot(path=folder / f"{name}.png")
    assert len(list(folder.glob("*.png"))) == 6
