"""The pages around signing in and the page of today, on a desk and on a phone, judged by axe."""

import pytest
from sqlalchemy import select

from eventsapp.accounts.models import Account
from eventsapp.accounts.passwords import hash_password
from eventsapp.mail.models import Message
from tests.browsing import arrive, visit
from tests.factories import make_invitation, make_meeting

pytestmark = pytest.mark.databases("sqlite")

PATHS = (
    "/", "/about", "/privacy", "/sign-in", "/forgotten", "/forgotten?done=asked", "/reset/x",
)  # fmt: skip
OLD, NEW = "vier groene fietsen", "een regenton vol appels"


@pytest.fixture
def anna(cast, transaction):
    with transaction() as session:
        anna = session.get(Account, cast.anna.id)
        anna.password_hash = hash_password(OLD)
        held = make_meeting(anna.person, cast.noord, days=2, is_public=True)
        make_invitation(held, anna.person, reply="accepted", email="")
        make_meeting(anna.person, cast.noord, days=40, title="Themamiddag", status="draft")
        return anna


@pytest.mark.parametrize("size", ["page", "phone"])
@pytest.mark.parametrize("path", PATHS)
def test_every_visitor_can_read_the_pages_of_the_site(request, size, path, anna, axe):
    page = request.getfixturevalue(size)
    page.goto(path)
    axe(page)


@pytest.mark.parametrize("size", ["page", "phone"])
def test_who_forgot_a_password_chooses_one_and_reads_what_to_do_today(
    request, size, anna, axe, transaction
):
    page = request.getfixturevalue(size)
    visit(page, "/sign-in")
    page.get_by_role("link", name="Wachtwoord vergeten?").click()
    arrive(page, "Wachtwoord vergeten?")
    page.get_by_label("E-mailadres").fill(anna.email)
    page.keyboard.press("Enter")
    arrive(page, "Kijk in je mail")
    with transaction() as session:
        link = session.scalars(select(Message)).one().data["link"]
    visit(page, link)
    axe(page)
    page.get_by_label("Nieuw wachtwoord").fill(NEW)
    page.get_by_role("button", name="Wachtwoord bewaren").click()
    arrive(page, "Dit vraagt vandaag je aandacht")
    axe(page)


def test_a_visitor_presses_english_and_reads_english(page, anna):
    visit(page, "/privacy")
    page.get_by_role("button", name="English").click()
    arrive(page, "What we keep about you")
    visit(page, "/")
    assert page.get_by_role("heading", name="Meetings open to all").is_visible()
