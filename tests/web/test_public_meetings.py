"""The page of a public meeting: who finds it, and how somebody signs up."""

import re
from datetime import timedelta

import pytest

from eventsapp.core.dates import now
from eventsapp.directory.models import Person
from eventsapp.invitations.models import Invitation, SignUp
from eventsapp.mail.models import Message
from eventsapp.meetings.models import Meeting
from tests.checks import check_page
from tests.factories import make_cast, make_invitation, make_meeting, make_person

FORM = {"name": "Sanne Vos", "email": "Sanne@post.example", "organisation": "", "language": "nl"}


def without_languages(page: str) -> str:
    """Leave out the choice of language, which stands on every page and names its address."""
    return re.sub(r'<form method="post" action="/language">.*?</form>', "", page, flags=re.DOTALL)


class Site:
    """A public meeting and a visitor at its page."""

    def __init__(self, client, transaction, **values):
        self.client, self.transaction = client, transaction
        with transaction():
            cast = make_cast()
            values = {"is_public": True, "title": "Open middag over vervoer", **values}
            self.id = make_meeting(cast.anna.person, cast.noord, **values).id
        self.at = f"/meetings/{self.id}"

    def page(self, status=200, **query):
        return check_page(self.client.get(self.at, query_string=query), status)

    def sign_up(self, **values):
        """Fill in the form as it stands on the page and send it."""
        html = self.client.get(self.at).text
        hidden = re.findall(r'name="(csrf_token|form_key)"[^>]*value="([^"]*)"', html)
        return self.client.post(self.at, data={**dict(hidden), **FORM, **values})

    def rows(self, model):
        with self.transaction() as session:
            return session.query(model).order_by(model.id).all()

    def confirmation(self):
        """The path in the latest mail that asks to confirm."""
        link = [row for row in self.rows(Message) if row.template == "sign_up"][-1].data["link"]
        return "/meetings/" + link.partition("/meetings/")[2]


@pytest.fixture
def site(client, transaction):
    return lambda **values: Site(client, transaction, **values)


@pytest.mark.parametrize(
    "values",
    [{"is_public": False}, {"status": "draft"}, {"is_confidential": True}],
    ids=["by invitation", "draft", "closed group"],
)
def test_what_is_not_public_is_not_found_without_a_hint(site, values):
    hidden = site(**values)
    page = hidden.page(status=404)
    nothing = check_page(hidden.client.get("/meetings/99999"), 404)
    assert without_languages(page) == without_languages(nothing)
    assert hidden.client.get(f"{hidden.at}/meeting.ics").status_code == 404
    assert hidden.sign_up().status_code in (400, 404)
    assert hidden.rows(SignUp) == []


def test_a_visitor_reads_what_when_where_and_how_to_sign_up(site):
    page = site(access=["wheelchair"], online_url="https://meet.example/x").page()
    assert "Open middag over vervoer" in page
    assert "13.30 tot 16.00 uur" in page
    assert "Dorpshuis De Linde, Noordwolde" in page
    assert "Toegankelijk met een rolstoel" in page
    assert "Aanmelden" in page
    assert "meet.example" not in page


def test_signing_up_sends_a_mail_and_signs_nobody_up_yet(site):
    open_day = site()
    response = open_day.sign_up()
    assert response.status_code == 303
    assert "kijk in uw mail" in check_page(open_day.client.get(response.location))
    (row,) = open_day.rows(SignUp)
    assert (row.name, row.email, row.confirmed_at) == ("Sanne Vos", "sanne@post.example", None)
    assert open_day.rows(Invitation) == []


def test_opening_the_confirmation_does_nothing_and_pressing_signs_up(site):
    open_day = site()
    open_day.sign_up()
    path = open_day.confirmation()
    page = check_page(open_day.client.get(path))
    assert "U meldt zich aan als Sanne Vos." in page
    open_day.client.head(path)
    assert open_day.rows(Invitation) == []
    response = open_day.client.post(path)
    assert "Wij weten dat u komt" in check_page(open_day.client.get(response.location))
    (invitation,) = open_day.rows(Invitation)
    assert (invitation.reply, invitation.source) == ("accepted", "sign_up")


def test_pressing_the_confirmation_twice_signs_up_once(site):
    open_day = site()
    open_day.sign_up()
    path = open_day.confirmation()
    assert len({open_day.client.post(path).location for _ in range(3)}) == 1
    assert len(open_day.rows(Invitation)) == 1


def test_a_form_that_is_sent_twice_mails_once(site):
    open_day = site()
    html = open_day.client.get(open_day.at).text
    data = {**dict(re.findall(r'name="(csrf_token|form_key)"[^>]*value="([^"]*)"', html)), **FORM}
    statuses = {open_day.client.post(open_day.at, data=data).status_code for _ in range(3)}
    assert statuses == {303}
    assert len(open_day.rows(SignUp)) == len(open_day.rows(Message)) == 1


def test_the_page_says_the_same_to_who_is_known_and_who_is_not(site, transaction):
    open_day = site()
    with transaction() as session:
        meeting = session.get_one(Meeting, open_day.id)
        known = make_person("Petra de Wit", email="petra@post.example")
        make_invitation(meeting, known, reply="declined")
    told = {
        open_day.client.get(open_day.sign_up(email=email, name=name).location).text
        for email, name in [("petra@post.example", "Petra de Wit"), ("new@post.example", "Nel")]
    }
    assert len(told) == 1


def test_who_is_known_comes_under_the_invitation_that_stands(site, transaction):
    open_day = site()
    with transaction() as session:
        known = make_person("Petra de Wit", email="petra@post.example")
        make_invitation(session.get_one(Meeting, open_day.id), known, reply="declined")
        people = session.query(Person).count()
    open_day.sign_up(email="petra@post.example", name="Petra de Wit")
    open_day.client.post(open_day.confirmation())
    assert [row.reply for row in open_day.rows(Invitation)] == ["accepted"]
    assert len(open_day.rows(Person)) == people


def test_a_full_meeting_takes_sign_ups_for_the_waiting_list(site, transaction):
    open_day = site(capacity=1)
    with transaction() as session:
        meeting = session.get_one(Meeting, open_day.id)
        make_invitation(meeting, make_person("Riet Bos"), reply="accepted")
    assert "Alle plaatsen zijn bezet" in open_day.page()
    open_day.sign_up()
    response = open_day.client.post(open_day.confirmation())
    assert "U staat op de wachtlijst" in check_page(open_day.client.get(response.location))


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": " \x08 "}, "name"),
        ({"name": "x" * 10_000}, "name"),
        ({"email": ""}, "email"),
        ({"email": "geen adres"}, "email"),
        ({"email": "a@post.example\r\nBcc: b@post.example"}, "email"),
        ({"email": "a@post.example, b@post.example"}, "email"),
        ({"organisation": "x" * 10_000}, "organisation"),
        ({"language": "de"}, "language"),
    ],
)
def test_a_fault_stands_beside_its_field_and_what_was_typed_is_kept(site, sent, field):
    open_day = site()
    page = check_page(open_day.sign_up(**sent), 422)
    assert f'id="{field}-error"' in page
    assert FORM["name"] in page or field == "name"
    assert open_day.rows(SignUp) == open_day.rows(Message) == []


def test_what_is_missing_is_said_in_a_sentence(site):
    page = check_page(site().sign_up(name="", email=""), 422)
    assert "Uw naam: Vul uw naam in." in page
    assert "Uw e-mailadres: Vul een e-mailadres in." in page


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "Zoë 🙂 d'Île", "a\r\nBcc: x@y.example"]
)
def test_an_odd_name_stays_a_name(site, name):
    open_day = site()
    open_day.sign_up(name=name, organisation=name)
    page = check_page(open_day.client.get(open_day.confirmation()))
    assert "<script>alert" not in page
    (row,) = open_day.rows(SignUp)
    assert "\n" not in row.name + row.organisation


def test_a_program_that_fills_the_trap_is_thanked_and_forgotten(site):
    open_day = site()
    assert open_day.sign_up(website="https://spam.example").status_code == 303
    assert open_day.rows(SignUp) == open_day.rows(Message) == []


def test_one_address_of_the_network_may_try_only_so_often(site):
    open_day = site()
    statuses = [
        open_day.sign_up(email=f"a{number}@post.example").status_code for number in range(21)
    ]
    assert statuses == [303] * 20 + [429]


def test_one_mailbox_is_not_flooded(site):
    open_day = site()
    statuses = [open_day.sign_up().status_code for _ in range(7)]
    assert statuses == [303] * 5 + [429] * 2
    assert len(open_day.rows(Message)) == 5


def test_a_form_without_its_secret_is_refused(site):
    open_day = site()
    assert open_day.client.post(open_day.at, data=FORM).status_code == 400
    assert open_day.rows(SignUp) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"status": "cancelled", "cancel_reason": "Storm"}, "Deze bijeenkomst gaat niet door"),
        ({"starts_at": now() - timedelta(hours=1)}, "Deze bijeenkomst is begonnen"),
        (
            {"starts_at": now() - timedelta(days=3), "ends_at": now() - timedelta(days=2)},
            "Deze bijeenkomst is geweest",
        ),
    ],
    ids=["cancelled", "begun", "held"],
)
def test_one_can_not_sign_up_any_more(site, transaction, change, words):
    open_day = site()
    open_day.sign_up()
    path = open_day.confirmation()
    with transaction() as session:
        for name, value in change.items():
            setattr(session.get_one(Meeting, open_day.id), name, value)
    page = open_day.page()
    assert words in page
    assert "<form" not in without_languages(page)
    for response in (open_day.client.get(path), open_day.client.post(path)):
        assert "U bent niet aangemeld" in check_page(response, response.status_code)
        assert response.status_code in (409, 410)
    assert open_day.rows(Invitation) == []


def test_a_confirmation_works_for_seven_days(site, freeze):
    freeze("2027-01-04 10:00")
    open_day = site()
    open_day.sign_up()
    path = open_day.confirmation()
    freeze("2027-01-12 10:00")
    assert "U bent niet aangemeld" in check_page(open_day.client.post(path), 410)
    assert open_day.rows(Invitation) == []


@pytest.mark.parametrize(
    "mangle",
    [
        lambda path: path[:-3],
        lambda _: "/meetings/confirm/x",
        lambda path: path[:-1] + ("A" if path[-1] != "A" else "B") + "x",
    ],
)
def test_a_forged_confirmation_is_told_in_words(site, mangle):
    open_day = site()
    open_day.sign_up()
    path = mangle(open_day.confirmation())
    assert "U bent niet aangemeld" in check_page(open_day.client.get(path), 404)
    assert open_day.client.post(path).status_code == 404
    assert open_day.rows(Invitation) == []


def test_the_entry_of_a_public_meeting_names_nobody(site):
    open_day = site()
    entry = open_day.client.get(f"{open_day.at}/meeting.ics")
    assert entry.content_type == "text/calendar; charset=utf-8"
    assert "SUMMARY;LANGUAGE=nl:Open middag over vervoer" in entry.text
    assert "ATTENDEE" not in entry.text
    assert f"/meetings/{open_day.id}" in entry.text.replace("\r\n ", "")


def test_opening_the_page_changes_nothing_and_asks_little(site, statements):
    open_day = site(capacity=50)
    with statements() as asked:
        open_day.page()
    assert len([each for each in asked if each.startswith("SELECT")]) <= 10
    assert not [each for each in asked if each.startswith(("INSERT", "UPDATE", "DELETE"))]
