"""What one sees of mail that does not arrive, on a desk and on a phone."""

import os
from pathlib import Path

import pytest

from eventsapp.accounts.sessions import open_session
from eventsapp.core.dates import now
from eventsapp.mail import intake, suppression
from eventsapp.mail.intake import IntakeFault
from eventsapp.mail.kinds import Purpose
from tests import factories as make
from tests.browsing import visit
from tests.signing_in import COOKIE

SAID = (
    "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient riet.van.der.berg@adviesraad-sociaal-"
    "domein-noordwolde.example not found by SMTP address lookup"
)
EMAIL = "riet.van.der.berg@adviesraad-sociaal-domein-noordwolde.example"


@pytest.fixture
def story(transaction, live_server):
    """A council whose contact is nowhere, an address of nobody, and a mailbox that refuses us."""
    with transaction():
        cast = make.make_cast()
        town = make.make_municipality("Noordwolde", cast.noord)
        raad = make.make_organisation("Adviesraad Sociaal Domein Noordwolde", town)
        riet = make.make_person("Riet van der Berg", EMAIL)
        make.make_role(riet, raad)
        suppression.withhold_address(EMAIL, None, "no_such_user", evidence=SAID, person_id=riet.id)
        suppression.withhold_address("weg@raad.example", None, "mailbox_full", evidence="552 vol")
        suppression.withhold_address("boos@post.example", Purpose.NEWSLETTER, "complained")
        suppression.withhold_person(cast.petra.id, Purpose.MEETINGS, "opted_out")
        intake.note_fault("mailbox", IntakeFault.PASSWORD, "AUTHENTICATIONFAILED")
        cast.places = {
            "today": "/manage/",
            "organisation": f"/manage/organisations/{raad.id}",
            "person": f"/manage/people/{riet.id}",
            "withheld": "/manage/mail/withheld/",
        }
        cast.secret = open_session(cast.kees.id, "Chromium")
        assert now() is not None
    return cast


@pytest.mark.parametrize("kind", ["page", "phone"])
def test_the_pages_of_mail_that_does_not_arrive_read_well(request, kind, story, live_server, axe):
    page = request.getfixturevalue(kind)
    page.context.add_cookies([{"name": COOKIE, "value": story.secret, "url": live_server}])
    for name, place in story.places.items():
        visit(page, place)
        axe(page)
        if folder := os.environ.get("SCREENSHOTS"):
            page.screenshot(path=Path(folder) / f"{name}-{kind}.png", full_page=True)
