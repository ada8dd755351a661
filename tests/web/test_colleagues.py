"""Colleagues: added, changed, closed, and their work handed over; and who may not do that."""

import pytest
from sqlalchemy import select

from eventsapp.accounts.models import Account
from eventsapp.core.audit import AuditEntry
from eventsapp.directory.models import AdvisorRegion, Network, Person, Region
from eventsapp.mail.models import Message
from eventsapp.meetings.models import Meeting
from tests.checks import check_page
from tests.factories import make_invitation, make_meeting, make_network

NEW = {
    "given_name": "Dewi",
    "family_name": "Jansen",
    "email": "Dewi@programma.example",
    "phone": "",
    "language": "nl",
    "level": "advisor",
}


@pytest.fixture
def kees(app, cast, sign_in):
    return sign_in(app.test_client(), cast.kees)


@pytest.fixture
def anna(app, cast, sign_in):
    return sign_in(app.test_client(), cast.anna)


def page_of(account, rest=""):
    return f"/manage/colleagues/{account.id}{rest}"


def account_of(transaction, email):
    with transaction() as session:
        return session.scalar(select(Account).where(Account.email == email))


def actions(transaction):
    with transaction() as session:
        return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_everybody_sees_who_works_where(anna):
    html = check_page(anna.get("/manage/colleagues/"))
    assert "Bram Bakker" in html
    assert "Zuid" in html
    assert "Collega toevoegen" not in html


def test_a_new_colleague_gets_regions_and_a_mail_to_choose_a_password(kees, cast, transaction):
    data = NEW | {"region_ids": [cast.noord.id, cast.zuid.id]}
    response = kees.post("/manage/colleagues/new", data=data)
    dewi = account_of(transaction, "dewi@programma.example")
    assert response.location == page_of(dewi)
    with transaction() as session:
        (message,) = session.scalars(select(Message)).all()
        ties = select(AdvisorRegion.region_id).where(AdvisorRegion.person_id == dewi.person_id)
        assert set(session.scalars(ties)) == {cast.noord.id, cast.zuid.id}
    assert (message.address, message.template) == ("dewi@programma.example", "choose_password")
    assert actions(transaction) == ["account.added"]


def test_a_double_click_adds_one_colleague(kees, transaction):
    places = {
        kees.post("/manage/colleagues/new", data=NEW | {"form_key": "once"}).location
        for _ in range(2)
    }
    assert len(places) == 1
    with transaction() as session:
        assert len(session.scalars(select(Message)).all()) == 1


def test_somebody_we_know_stays_one_person(kees, cast, transaction):
    with transaction() as session:
        email = session.get(Person, cast.petra.id).addresses[0].email
    data = NEW | {"given_name": "Petra", "prefix": "de", "family_name": "Wit", "email": email}
    kees.post("/manage/colleagues/new", data=data)
    assert account_of(transaction, email).person_id == cast.petra.id


def test_an_address_signs_in_one_colleague_only(kees, cast):
    response = kees.post("/manage/colleagues/new", data=NEW | {"email": cast.anna.email.upper()})
    html = check_page(response, 422)
    assert "Iemand logt al in met dit adres." in html
    assert "Jansen" in html


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "dewi"), ("email", "x" * 250 + "@post.example"), ("email", ""),
        ("family_name", ""), ("family_name", "x" * 10_000), ("level", "system"), ("level", ""),
        ("region_ids", "999999"), ("region_ids", "x"), ("language", "fr"), ("phone", "1" * 90),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_and_nothing_is_lost(kees, transaction, field, value):
    html = check_page(kees.post("/manage/colleagues/new", data=NEW | {field: value}), 422)
    assert 'value="Dewi"' in html
    assert account_of(transaction, "dewi@programma.example") is None


def test_html_in_a_name_stays_text(kees, transaction):
    odd = '<b onclick="x">🚲</b>\r\nBcc: a@b.example'
    kees.post("/manage/colleagues/new", data=NEW | {"family_name": odd})
    assert account_of(transaction, "dewi@programma.example").person.family_name.startswith("<b")
    assert "&lt;b onclick" in check_page(kees.get("/manage/colleagues/"))


def change(client, account, **values):
    page = client.get(page_of(account, "/edit")).text
    version = page.split('name="version" type="hidden" value="')[1].split('"')[0]
    data = {
        "given_name": "Anna",
        "prefix": "de",
        "family_name": "Vries",
        "email": account.email,
        "language": "nl",
        "level": "advisor",
        "version": version,
    }
    return client.post(page_of(account, "/edit"), data=data | values)


def test_a_coordinator_changes_the_regions_of_a_colleague(kees, anna, cast, transaction):
    assert change(kees, cast.anna, region_ids=[cast.zuid.id]).status_code == 303
    with transaction() as session:
        entry = session.scalar(select(AuditEntry))
    assert entry.detail["regions_before"] == [cast.noord.id]
    assert entry.detail["regions"] == [cast.zuid.id]


def test_an_editor_has_no_regions(kees, cast, transaction):
    change(kees, cast.anna, level="editor", region_ids=[cast.noord.id])
    with transaction() as session:
        assert session.get(Account, cast.anna.id).level == "editor"
        ties = select(AdvisorRegion).where(AdvisorRegion.person_id == cast.anna.person_id)
        assert session.scalars(ties).all() == []


def test_a_new_address_replaces_the_old_one(kees, cast, transaction):
    change(kees, cast.anna, email="anna@nieuw.example")
    with transaction() as session:
        anna = session.get(Account, cast.anna.id)
        emails = [row.email for row in anna.person.addresses]
    assert (anna.email, emails) == ("anna@nieuw.example", ["anna@nieuw.example"])


def test_a_link_to_a_mistyped_address_dies_when_that_is_mended(kees, cast, transaction, settings):
    kees.post(page_of(cast.anna, "/mail-link"))
    with transaction() as session:
        link = session.scalar(select(Message)).data["link"].removeprefix(settings.base_url)
    assert kees.get(link).status_code == 200
    change(kees, cast.anna, email="anna@nieuw.example")
    assert kees.get(link).status_code == 410


def test_the_second_of_two_coordinators_is_told_and_loses_nothing(kees, cast):
    assert change(kees, cast.anna, family_name="Eerst").status_code == 303
    html = check_page(change(kees, cast.anna, family_name="Daarna", version="1"), 409)
    assert "Kees Smit heeft dit intussen gewijzigd" in html
    assert 'value="Daarna"' in html
    assert "Anna de Eerst" in html


def test_closing_an_account_ends_sessions_and_frees_the_regions(kees, anna, cast, transaction):
    assert anna.get("/manage/").status_code == 200
    assert kees.post(page_of(cast.anna, "/close")).status_code == 303
    assert anna.get("/manage/").status_code == 303
    with transaction() as session:
        assert session.get(AdvisorRegion, (cast.anna.person_id, cast.noord.id)) is None
    kees.get(page_of(cast.anna))  # reads what was told of the closing
    assert "Anna de Vries" not in check_page(kees.get("/manage/colleagues/"))
    assert "Anna de Vries" in check_page(kees.get("/manage/colleagues/?closed=yes"))


def test_a_closed_account_can_be_opened_again(kees, cast, transaction):
    kees.post(page_of(cast.anna, "/close"))
    kees.post(page_of(cast.anna, "/open"))
    assert account_of(transaction, cast.anna.email).is_active


def test_nobody_closes_their_own_account(kees, cast, transaction):
    response = kees.post(page_of(cast.kees, "/close"), follow_redirects=True)
    assert "Je kunt je eigen account niet sluiten." in response.text
    assert account_of(transaction, cast.kees.email).is_active


def test_somebody_stays_coordinator(kees, cast, transaction):
    html = check_page(change(kees, cast.kees, level="advisor"), 409)
    assert "Er moet een coördinator zijn." in html
    assert account_of(transaction, cast.kees.email).level == "coordinator"


@pytest.fixture
def work(cast, transaction):
    with transaction() as session:
        anna = session.get(Person, cast.anna.person_id)
        noord = session.get(Region, cast.noord.id)
        coming = make_meeting(anna, noord)
        make_invitation(coming, session.get(Person, cast.petra.id))
        return {
            "coming": coming,
            "past": make_meeting(anna, noord, days=-7),
            "closed": make_meeting(anna, noord, is_confidential=True, title="Lotgenoten"),
            "network": make_network(organiser_person_id=anna.id),
        }


def organisers(transaction, work):
    with transaction() as session:
        found = {
            name: session.get(Meeting, work[name].id).organiser_person_id
            for name in ("coming", "past", "closed")
        }
        return found | {"network": session.get(Network, work["network"].id).organiser_person_id}


def test_a_coordinator_hands_over_what_is_to_come_but_no_closed_group(
    kees, cast, transaction, work
):
    html = check_page(kees.get(page_of(cast.anna, "/hand-over")))
    assert "Netwerkbijeenkomst Noord" in html
    assert "Lotgenoten" not in html
    kees.post(page_of(cast.anna, "/hand-over"), data={"to": cast.bram.person_id})
    anna, bram = cast.anna.person_id, cast.bram.person_id
    assert organisers(transaction, work) == {
        "coming": bram, "past": anna, "closed": anna, "network": bram
    }  # fmt: skip
    assert "meeting_handed_over" in actions(transaction)


def test_an_organiser_hands_over_closed_groups_too(anna, cast, transaction, work):
    check_page(anna.get(page_of(cast.anna, "/hand-over")))
    anna.post(page_of(cast.anna, "/hand-over"), data={"to": cast.bram.person_id})
    assert organisers(transaction, work)["closed"] == cast.bram.person_id


@pytest.mark.parametrize("to", ["", "999999", "x", "editor", "self"])
def test_work_goes_to_a_colleague_who_can_do_it(kees, cast, transaction, work, to):
    to = {"editor": cast.ilse.person_id, "self": cast.anna.person_id}.get(to, to)
    check_page(kees.post(page_of(cast.anna, "/hand-over"), data={"to": to}), 422)
    assert organisers(transaction, work)["coming"] == cast.anna.person_id


@pytest.mark.parametrize("act", ["edit", "close", "open", "mail-link"])
def test_only_a_coordinator_acts_on_colleagues(anna, cast, transaction, act):
    assert anna.post(page_of(cast.bram, f"/{act}"), data=NEW).status_code == 403
    assert anna.post(page_of(cast.anna, f"/{act}"), data=NEW).status_code == 403
    assert actions(transaction) == []


def test_only_a_coordinator_adds_colleagues_and_sees_them_whole(anna, cast):
    assert anna.post("/manage/colleagues/new", data=NEW).status_code == 403
    assert anna.get(page_of(cast.bram)).status_code == 403


def test_nobody_hands_over_the_work_of_a_colleague(anna, cast):
    page = page_of(cast.bram, "/hand-over")
    assert anna.get(page).status_code == 404
    assert anna.post(page, data={"to": cast.anna.person_id}).status_code == 404


def test_the_list_of_colleagues_asks_few_questions(kees, statements):
    with statements() as asked:
        kees.get("/manage/colleagues/")
    assert len([line for line in asked if line.startswith("SELECT")]) <= 4
