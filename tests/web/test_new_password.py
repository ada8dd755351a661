"""Forgotten passwords and first ones: who gets a link, what it does, and that it does it once."""

import pytest
from sqlalchemy import select

from eventsapp.accounts.models import Account, Session
from eventsapp.accounts.passwords import hash_password, is_password
from eventsapp.core.audit import AuditEntry
from eventsapp.mail.compose import compose
from eventsapp.mail.models import Message
from tests.checks import check_page
from tests.signing_in import COOKIE
from tests.web.test_signing_in import token_in

OLD, NEW = "vier groene fietsen", "een regenton vol appels"
HASH = hash_password(OLD)


@pytest.fixture
def anna(cast, transaction):
    with transaction() as session:
        anna = session.get(Account, cast.anna.id)
        anna.password_hash = HASH
        return anna


@pytest.fixture
def ask(client):
    def ask(email):
        token = token_in(client.get("/forgotten").text)
        return client.post("/forgotten", data={"email": email, "csrf_token": token})

    return ask


@pytest.fixture
def mails(transaction):
    def mails():
        with transaction() as session:
            return session.scalars(select(Message).order_by(Message.id)).all()

    return mails


@pytest.fixture
def link(ask, anna, mails, settings):
    ask(anna.email)
    return mails()[-1].data["link"].removeprefix(settings.base_url)


def password_of(account, transaction):
    with transaction() as session:
        return session.get(Account, account.id).password_hash


def test_who_has_an_account_gets_a_mail_with_the_link(ask, anna, transaction):
    ask(f" {anna.email.upper()} ")
    with transaction() as session:
        message = session.scalars(select(Message)).one()
        mail = compose(message)
        assert (message.address, message.priority) == (anna.email, 0)
    assert mail.subject == "Kies een nieuw wachtwoord"
    assert message.data["link"] in mail.text
    assert message.data["link"] in mail.html


def test_the_page_says_the_same_for_an_unknown_address(ask, client, anna, mails):
    known, unknown = ask(anna.email), ask("nobody@post.example")
    assert (known.status_code, known.location) == (unknown.status_code, unknown.location)
    assert "Kijk in je mail" in check_page(client.get(unknown.location))
    assert [mail.address for mail in mails()] == [anna.email]


def test_a_closed_account_gets_no_mail(ask, anna, transaction, mails):
    with transaction() as session:
        session.get(Account, anna.id).is_active = False
    ask(anna.email)
    assert mails() == []


def test_asking_twice_at_once_mails_once(ask, anna, mails, freeze):
    freeze("2027-01-12 13:30")
    ask(anna.email)
    ask(anna.email)
    assert len(mails()) == 1


@pytest.mark.parametrize("email", ["anna", "nobody@post.example"])
def test_asking_too_often_is_refused_for_whoever_it_is(ask, anna, email):
    email = anna.email if email == "anna" else email
    for _ in range(5):
        assert ask(email).status_code == 303
    assert "kwartier" in check_page(ask(email), 429)


@pytest.mark.parametrize("email", ["", "x" * 10_000, "a\x00@b.example\r\nBcc: c@d.example"])
def test_what_is_no_address_leads_to_no_mail(ask, anna, mails, email):
    assert ask(email).status_code in {303, 422}
    assert mails() == []


def test_opening_the_link_changes_nothing(client, link, anna, transaction):
    html = check_page(client.get(link))
    assert anna.email in html
    assert client.head(link).headers["Referrer-Policy"] == "no-referrer"
    assert password_of(anna, transaction) == HASH


def test_the_link_sets_the_password_and_signs_in(client, link, anna, transaction):
    response = client.post(link, data={"password": NEW})
    assert (response.status_code, response.location) == (303, "/manage/")
    assert "Je wachtwoord is ingesteld" in check_page(client.get("/manage/"))
    assert is_password(NEW, password_of(anna, transaction))


def test_a_new_password_ends_every_other_session(app, link, anna, transaction, sign_in, client):
    elsewhere = sign_in(app.test_client(), anna)
    client.post(link, data={"password": NEW})
    assert elsewhere.get("/manage/").status_code == 303
    assert client.get("/manage/").status_code == 200


def test_the_link_works_once(app, client, link, anna, transaction):
    client.post(link, data={"password": NEW})
    other = app.test_client()
    check_page(other.get(link), 410)
    response = other.post(link, data={"password": "nog een andere zin"})
    assert "al gebruikt" in check_page(response, 410)
    assert other.get_cookie(COOKIE) is None
    assert is_password(NEW, password_of(anna, transaction))


def test_the_link_works_for_an_hour(client, ask, anna, mails, freeze, settings):
    freeze("2027-01-12 13:30")
    ask(anna.email)
    link = mails()[0].data["link"].removeprefix(settings.base_url)
    freeze("2027-01-12 14:29")
    check_page(client.get(link))
    freeze("2027-01-12 14:31")
    assert "Vraag een nieuwe link" in check_page(client.get(link), 410)


def test_a_first_password_may_be_chosen_within_a_week(client, cast, ask, mails, freeze, settings):
    freeze("2027-01-12 13:30")
    ask(cast.bram.email)
    assert mails()[0].template == "choose_password"
    freeze("2027-01-18 13:30")
    link = mails()[0].data["link"].removeprefix(settings.base_url)
    assert client.post(link, data={"password": NEW}).status_code == 303


def test_the_welcome_mail_reads_well(ask, cast, transaction):
    ask(cast.bram.email)
    with transaction() as session:
        mail = compose(session.scalars(select(Message)).one())
    assert mail.text.startswith("Hallo Bram,")
    assert "zeven dagen" in mail.html


def test_a_link_of_a_closed_account_is_over(client, link, anna, transaction):
    with transaction() as session:
        session.get(Account, anna.id).is_active = False
    check_page(client.post(link, data={"password": NEW}), 410)
    assert password_of(anna, transaction) == HASH


@pytest.mark.parametrize("token", ["x", "WzEsMV0.aaaa.bbbb", "%00", "é" * 50])
def test_a_forged_link_is_not_found(client, token):
    check_page(client.get(f"/reset/{token}"), 404)
    check_page(client.post(f"/reset/{token}", data={"password": NEW}), 404)


def test_a_link_that_was_cut_off_is_not_found(client, link):
    check_page(client.get(link[:-4]), 404)


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("", "Vul een nieuw wachtwoord in."),
        ("kort", "12 tekens"),
        ("annadevries", "12 tekens"),
        ("annadevries1", "makkelijk te raden"),
        ("x" * 10_000, "hoogstens 200 tekens"),
    ],
)
def test_a_password_that_is_too_easy_is_refused(
    client, link, anna, transaction, password, sentence
):
    response = client.post(link, data={"password": password})
    assert sentence in check_page(response, 422)
    assert password_of(anna, transaction) == HASH


def test_a_new_password_is_written_down_without_names(client, link, anna, transaction):
    client.post(link, data={"password": NEW})
    with transaction() as session:
        entry = session.scalars(select(AuditEntry)).one()
        assert (entry.action, entry.object_id) == ("account.password", anna.id)
        assert session.scalars(select(Session)).one().account_id == anna.id
