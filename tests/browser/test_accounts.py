"""The pages of colleagues, one's own account and the log, on a desk and on a phone."""

import os

import pytest

from eventsapp.accounts.models import Account
from eventsapp.accounts.passwords import hash_password
from eventsapp.core import audit
from eventsapp.directory.models import Person, Region
from tests.browsing import arrive, visit
from tests.factories import actor_of, make_invitation, make_meeting, make_network
from tests.signing_in import COOKIE

pytestmark = pytest.mark.databases("sqlite")

OLD = "vier groene fietsen"


@pytest.fixture
def work(cast, transaction):
    """Anna has a meeting to come and a network; the log holds what was done."""
    with transaction() as session:
        session.get(Account, cast.kees.id).password_hash = hash_password(OLD)
        anna = session.get(Person, cast.anna.person_id)
        held = make_meeting(anna, session.get(Region, cast.noord.id))
        invitation = make_invitation(held, session.get(Person, cast.petra.id))
        network = make_network("Netwerk vervoer", organiser_person_id=anna.id)
        did = actor_of(session.get(Account, cast.anna.id))
        audit.record(did, "meeting_planned", "meeting", held.id)
        audit.record(did, "invite", "meeting", held.id, invited=34, mailing=1)
        audit.record(did, "answer", "invitation", invitation.id, reply="accepted")
        audit.record(did, "network.changed", "network", network.id, handed_over=True)
        audit.record(
            actor_of(session.get(Account, cast.kees.id)), "account.changed", "account",
            cast.bram.id, level_before="advisor", level="coordinator",
            regions_before=[cast.zuid.id], regions=[cast.noord.id, cast.zuid.id],
        )  # fmt: skip
        return held


@pytest.fixture(params=["page", "phone"])
def screen(request, cast, work, sign_in, app):
    """Kees, who coordinates, is signed in."""
    page = request.getfixturevalue(request.param)
    client = sign_in(app.test_client(), cast.kees)
    address = request.getfixturevalue("live_server")
    page.context.add_cookies(
        [{"name": COOKIE, "value": client.get_cookie(COOKIE).value, "url": address}]
    )
    return page


def keep_picture(page, name):
    if folder := os.environ.get("PICTURES"):
        width = page.viewport_size["width"]
        page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("colleagues", "/manage/colleagues/?closed=yes"),
        ("new", "/manage/colleagues/new"),
        ("colleague", "/manage/colleagues/{anna}"),
        ("edit", "/manage/colleagues/{anna}/edit"),
        ("hand-over", "/manage/colleagues/{anna}/hand-over"),
        ("me", "/manage/me/"),
        ("password", "/manage/me/password"),
        ("log", "/manage/log/"),
        ("log-filter", "/manage/log/?kind=sent"),
        ("log-nothing", "/manage/log/?until=2001-01-01"),
    ],
)
def test_the_pages_of_accounts_can_be_read_by_everybody(screen, cast, axe, name, path):
    visit(screen, path.format(anna=cast.anna.id))
    axe(screen)
    keep_picture(screen, name)


def test_a_coordinator_adds_a_colleague_with_what_is_wrong_beside_the_field(screen, axe):
    visit(screen, "/manage/colleagues/")
    screen.get_by_role("link", name="Collega toevoegen").click()
    arrive(screen, "Collega toevoegen")
    screen.get_by_label("Voornaam").fill("Dewi")
    screen.get_by_label("Achternaam").fill("Jansen")
    screen.get_by_label("E-mailadres").fill("dewi")
    screen.get_by_label("Noord").check()
    screen.get_by_role("button", name="Toevoegen en uitnodigen").click()
    arrive(screen, "Dit klopt nog niet")
    axe(screen)
    screen.get_by_label("E-mailadres").fill("dewi@programma.example")
    screen.get_by_role("button", name="Toevoegen en uitnodigen").click()
    arrive(screen, "Dewi Jansen")
    keep_picture(screen, "added")


def test_one_changes_own_password(screen, axe):
    visit(screen, "/manage/me/")
    screen.get_by_role("link", name="Wachtwoord veranderen").click()
    arrive(screen, "Wachtwoord veranderen")
    screen.get_by_label("Huidige wachtwoord").fill(OLD)
    screen.get_by_label("Nieuw wachtwoord").fill("kort")
    screen.get_by_role("button", name="Bewaren").click()
    arrive(screen, "Dit klopt nog niet")
    axe(screen)
    screen.get_by_label("Huidige wachtwoord").fill(OLD)
    screen.get_by_label("Nieuw wachtwoord").fill("een regenton vol appels")
    screen.get_by_role("button", name="Bewaren").click()
    screen.get_by_text("Je nieuwe wachtwoord is bewaard.").wait_for()
