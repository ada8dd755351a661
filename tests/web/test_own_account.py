"""My account: own details, a new password, and the devices on which one is signed in."""

import pytest
from sqlalchemy import select

from eventsapp.accounts.models import Account, Session
from eventsapp.accounts.passwords import hash_password, is_password
from tests.checks import check_page

OLD, NEW = "vier groene fietsen", "een regenton vol appels"
HASH = hash_password(OLD)


@pytest.fixture
def anna(app, cast, sign_in, transaction):
    with transaction() as session:
        session.get(Account, cast.anna.id).password_hash = HASH
    return sign_in(app.test_client(), cast.anna)


def change_password(client, present=OLD, password=NEW):
    return client.post("/manage/me/password", data={"present": present, "password": password})


def kept_hash(transaction, cast):
    with transaction() as session:
        return session.get(Account, cast.anna.id).password_hash


def details(client, **values):
    page = client.get("/manage/me/").text
    version = page.split('name="version" type="hidden" value="')[1].split('"')[0]
    data = {"given_name": "Anna", "family_name": "Bos", "language": "nl", "version": version}
    return client.post("/manage/me/", data=data | values)


def test_one_changes_own_name_and_telephone(anna, cast, transaction):
    assert details(anna, phone="06 12 34 56 78").status_code == 303
    html = check_page(anna.get("/manage/me/"))
    assert "Anna Bos" in html
    with transaction() as session:
        assert session.get(Account, cast.anna.id).person.phone == "+31612345678"


def test_pages_speak_the_language_one_chooses(anna):
    details(anna, language="en")
    assert "My account" in check_page(anna.get("/manage/me/"))


def test_one_cannot_raise_own_level_or_regions(anna, cast, transaction):
    details(anna, level="coordinator", region_ids=[cast.zuid.id], email="x@post.example")
    with transaction() as session:
        account = session.get(Account, cast.anna.id)
    assert (account.level, account.email) == ("advisor", cast.anna.email)


def test_what_is_wrong_stands_beside_the_field_and_nothing_is_lost(anna):
    html = check_page(details(anna, family_name="", phone="12x"), 422)
    assert "Vul een naam in." in html
    assert 'value="12x"' in html


def test_a_change_made_elsewhere_meanwhile_is_told(anna):
    details(anna)
    html = check_page(details(anna, family_name="Later", version="1"), 409)
    assert "intussen gewijzigd" in html
    assert 'value="Later"' in html


def test_the_password_changes_and_other_devices_are_signed_out(
    app, anna, cast, sign_in, transaction
):
    other = sign_in(app.test_client(), cast.anna)
    assert change_password(anna).status_code == 303
    assert is_password(NEW, kept_hash(transaction, cast))
    assert anna.get("/manage/me/").status_code == 200
    assert other.get("/manage/me/").status_code == 303


def test_who_does_not_know_the_present_password_changes_nothing(anna, cast, transaction):
    html = check_page(change_password(anna, present="iets anders"), 422)
    assert "Dit is niet je huidige wachtwoord." in html
    assert kept_hash(transaction, cast) == HASH


def test_guessing_the_present_password_is_stopped(anna, settings):
    for _ in range(settings.sign_in_attempts):
        assert change_password(anna, present="iets anders").status_code == 422
    check_page(change_password(anna), 429)


@pytest.mark.parametrize(
    "password",
    ["kort", "welkom123456", "aaaaaaaaaaaaaaaa", "Anna de Vries 1", "wachtwoord2027!", "x" * 201,
     "123456789012", "Welkom Welkom Welkom", ""],
)  # fmt: skip
def test_an_obvious_password_is_refused(anna, cast, transaction, password):
    check_page(change_password(anna, password=password), 422)
    assert kept_hash(transaction, cast) == HASH


def test_one_sees_and_ends_own_devices(app, anna, cast, sign_in, transaction):
    other = sign_in(app.test_client(), cast.anna)
    with transaction() as session:
        ids = session.scalars(select(Session.id).order_by(Session.id)).all()
    assert "dit apparaat" in check_page(anna.get("/manage/me/"))
    assert anna.post(f"/manage/me/sessions/{ids[1]}/end").status_code == 303
    assert other.get("/manage/me/").status_code == 303
    assert anna.get("/manage/me/").status_code == 200


def test_one_ends_all_other_devices_at_once(app, anna, cast, sign_in):
    other = sign_in(app.test_client(), cast.anna)
    anna.post("/manage/me/sessions/end")
    assert other.get("/manage/me/").status_code == 303
    assert anna.get("/manage/me/").status_code == 200


def test_nobody_ends_the_session_of_somebody_else(app, anna, cast, sign_in, transaction):
    bram = sign_in(app.test_client(), cast.bram)
    with transaction() as session:
        of_bram = select(Session.id).where(Session.account_id == cast.bram.id)
        number = session.scalar(of_bram)
    anna.post(f"/manage/me/sessions/{number}/end")
    assert bram.get("/manage/me/").status_code == 200


def test_an_editor_has_an_account_page_too(app, cast, sign_in):
    ilse = sign_in(app.test_client(), cast.ilse)
    assert "Redacteur" in check_page(ilse.get("/manage/me/"))
