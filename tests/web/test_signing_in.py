"""Signing in and out: who gets in, who does not, and what nobody learns from it."""

import re

import pytest
from sqlalchemy import select

from eventsapp.accounts.models import Account, Session
from eventsapp.accounts.passwords import hash_password
from tests.checks import check_page
from tests.signing_in import COOKIE

PASSWORD = "vier groene fietsen"
HASH = hash_password(PASSWORD)
WRONG = "horen niet bij elkaar"


@pytest.fixture
def anna(cast, transaction):
    with transaction() as session:
        anna = session.get(Account, cast.anna.id)
        anna.password_hash = HASH
        return anna


def token_in(html):
    return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', html)[1]


def try_to_sign_in(client, email, password=PASSWORD, wanted=""):
    token = token_in(client.get("/sign-in").text)
    data = {"email": email, "password": password, "csrf_token": token}
    return client.post("/sign-in", data=data, query_string={"next": wanted})


def sessions_of(transaction):
    with transaction() as session:
        return session.scalars(select(Session).order_by(Session.id)).all()


def test_the_right_password_opens_the_advisors_pages(client, anna):
    response = try_to_sign_in(client, anna.email)
    assert (response.status_code, response.location) == (303, "/manage/")
    assert "Anna de Vries" in check_page(client.get("/manage/"))


def test_an_address_may_be_typed_in_capitals_and_with_spaces(client, anna):
    assert try_to_sign_in(client, f"  {anna.email.upper()} ").status_code == 303


def test_the_database_does_not_hold_the_secret_of_the_cookie(client, anna, transaction):
    try_to_sign_in(client, anna.email)
    secret = client.get_cookie(COOKIE).value
    (row,) = sessions_of(transaction)
    assert secret not in {str(value) for value in vars(row).values()}


def test_scripts_and_other_sites_do_not_get_the_cookie(client, anna):
    header = try_to_sign_in(client, anna.email).headers.getlist("Set-Cookie")
    (cookie,) = [line for line in header if line.startswith(COOKIE)]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


@pytest.mark.parametrize("password", ["vier groene fiets", "x" * 1000, "🚲\x00", " "])
def test_a_wrong_password_opens_nothing_and_keeps_the_address(client, anna, transaction, password):
    response = try_to_sign_in(client, anna.email, password)
    html = check_page(response, 422)
    assert anna.email in html
    assert WRONG in html
    assert sessions_of(transaction) == []


@pytest.mark.parametrize("email", ["nobody@post.example", "a\x00b@post.example", "<b>", "é" * 254])
def test_an_unknown_address_reads_the_same_as_a_wrong_password(client, anna, email):
    assert WRONG in check_page(try_to_sign_in(client, email), 422)


def test_an_account_without_password_cannot_be_entered(client, cast):
    assert WRONG in check_page(try_to_sign_in(client, cast.bram.email, "kies er een"), 422)


def test_whoever_was_deactivated_does_not_get_in(client, anna, transaction):
    with transaction() as session:
        session.get(Account, anna.id).is_active = False
    assert WRONG in check_page(try_to_sign_in(client, anna.email), 422)


def test_an_empty_form_says_what_is_missing(client, cast):
    html = check_page(try_to_sign_in(client, "", ""), 422)
    assert "Vul je e-mailadres in." in html
    assert "Vul je wachtwoord in." in html


def test_after_too_many_tries_the_right_password_waits_too(client, anna, settings, freeze):
    freeze("2027-01-12 13:30")
    for _ in range(settings.sign_in_attempts):
        assert try_to_sign_in(client, anna.email, "niet goed").status_code == 422
    assert "kwartier" in check_page(try_to_sign_in(client, anna.email), 429)
    freeze("2027-01-12 13:46")
    assert try_to_sign_in(client, anna.email).status_code == 303


def test_trying_many_accounts_from_one_place_is_stopped(client, anna, settings, app):
    from eventsapp.accounts.sessions import TRIES_PER_ADDRESS, TRIES_WITHIN
    from eventsapp.core import limits

    most = settings.sign_in_attempts * TRIES_PER_ADDRESS
    with app.app_context():
        for _ in range(most):
            limits.hit("sign in from", "127.0.0.1", most, TRIES_WITHIN)
    assert check_page(try_to_sign_in(client, anna.email), 429)


def test_a_right_password_takes_back_the_tries_before_it(client, anna, settings):
    for _ in range(2):
        for _ in range(settings.sign_in_attempts - 1):
            try_to_sign_in(client, anna.email, "niet goed")
        assert try_to_sign_in(client, anna.email).status_code == 303
        client.delete_cookie(COOKIE)


def test_a_hash_of_an_older_make_is_renewed(client, anna, transaction):
    from argon2 import PasswordHasher

    with transaction() as session:
        account = session.get(Account, anna.id)
        account.password_hash = PasswordHasher(time_cost=1, memory_cost=1024).hash(PASSWORD)
        before = account.password_hash
    assert try_to_sign_in(client, anna.email).status_code == 303
    with transaction() as session:
        assert session.get(Account, anna.id).password_hash != before


def test_signing_in_leads_to_the_page_that_was_asked(client, anna):
    asked = client.get("/manage/?week=3")
    assert asked.location == "/sign-in?next=/manage/?week%3D3"
    assert (
        try_to_sign_in(client, anna.email, wanted="/manage/?week=3").location == "/manage/?week=3"
    )


@pytest.mark.parametrize(
    "goal",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example",
     "javascript:1", "/\t/evil.example", "manage/", "http:evil.example", "///evil.example",
     "/%0d%0aX: y\r\nX: z"],
)  # fmt: skip
def test_signing_in_never_leads_to_another_site(client, anna, goal):
    assert try_to_sign_in(client, anna.email, wanted=goal).location == "/manage/"


def test_the_form_session_is_renewed_by_signing_in(client, anna):
    before = token_in(client.get("/sign-in").text)
    try_to_sign_in(client, anna.email)
    refused = client.post("/sign-out", data={"csrf_token": before})
    assert refused.status_code == 400


def test_nobody_is_signed_in_by_a_form_of_another_site(client, anna, transaction):
    response = client.post("/sign-in", data={"email": anna.email, "password": PASSWORD})
    assert check_page(response, 400)
    assert sessions_of(transaction) == []


def test_signing_out_ends_the_session_on_the_server(client, cast, sign_in, transaction):
    sign_in(client, cast.anna)
    secret = client.get_cookie(COOKIE).value
    assert client.post("/sign-out").status_code == 303
    client.set_cookie(COOKIE, secret)
    assert client.get("/manage/").status_code == 303


def test_who_is_signed_in_needs_no_form(client, cast, sign_in):
    sign_in(client, cast.anna)
    assert client.get("/sign-in").location == "/manage/"
