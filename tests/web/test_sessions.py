"""How long one stays signed in, and what ends it."""

import pytest
from sqlalchemy import select

from eventsapp.accounts import sessions
from eventsapp.accounts.models import Account, Session
from tests.factories import actor_of
from tests.signing_in import COOKIE


def is_in(client):
    return client.get("/manage/").status_code == 200


def test_a_session_that_is_used_stays_open(client, cast, sign_in, freeze, settings):
    freeze("2027-01-11 08:00")
    sign_in(client, cast.anna)
    for hour in ("11 18:00", "12 05:00", "12 16:00"):
        freeze(f"2027-01-{hour}")
        assert is_in(client)


def test_a_session_that_is_not_used_ends(client, cast, sign_in, freeze):
    freeze("2027-01-11 08:00")
    sign_in(client, cast.anna)
    freeze("2027-01-11 20:01")
    assert not is_in(client)


def test_a_session_ends_after_some_days_in_any_case(client, cast, sign_in, freeze):
    freeze("2027-01-01 08:00")
    sign_in(client, cast.anna)
    for day in range(1, 15):
        for hour in (8, 15, 22):
            freeze(f"2027-01-{day:02} {hour:02}:00")
            assert is_in(client)
    freeze("2027-01-15 06:00")
    assert is_in(client)
    freeze("2027-01-15 08:01")
    assert not is_in(client)


def test_looking_at_a_page_writes_nothing_until_the_clock_does(
    client, cast, sign_in, freeze, transaction
):
    freeze("2027-01-11 08:00")
    sign_in(client, cast.anna)
    freeze("2027-01-11 09:00")
    assert is_in(client)
    with transaction() as session:
        before = session.scalar(select(Session.last_seen_at))
        sessions.write_last_seen()
        assert (session.scalar(select(Session.last_seen_at)) - before).seconds == 3600


def test_a_session_that_was_ended_elsewhere_is_over(client, cast, sign_in, transaction):
    sign_in(client, cast.anna)
    assert is_in(client)
    with transaction():
        assert sessions.end_all(cast.anna.id) == 1
    assert not is_in(client)


def test_ending_the_others_leaves_this_one(app, client, cast, sign_in, transaction):
    sign_in(client, cast.anna)
    other = sign_in(app.test_client(), cast.anna)
    with transaction() as session:
        mine = session.scalar(select(Session.id).order_by(Session.id))
        sessions.end_all(cast.anna.id, but=mine)
    assert is_in(client)
    assert not is_in(other)


def test_a_deactivated_account_loses_its_session_at_once(client, cast, sign_in, transaction):
    sign_in(client, cast.anna)
    with transaction() as session:
        session.get(Account, cast.anna.id).is_active = False
    assert not is_in(client)


@pytest.mark.parametrize("secret", ["", "forged", "a" * 4000, "é🚲", "' OR 1=1 --"])
def test_a_made_up_cookie_opens_nothing(client, cast, sign_in, secret):
    sign_in(client, cast.anna)
    client.set_cookie(COOKIE, secret)
    assert not is_in(client)


def test_a_region_of_another_scheme_gives_no_rights(app, cast, transaction):
    from eventsapp.directory.models import AdvisorRegion, RegionScheme
    from tests.factories import make_region

    with transaction() as session:
        province = RegionScheme(code="province", name="Provincies")
        region = make_region("Drenthe", scheme=province)
        session.add(AdvisorRegion(person_id=cast.anna.person_id, region_id=region.id))
        secret = sessions.open_session(cast.anna.id, "")
    with transaction():
        assert sessions.resolve(secret).actor.regions == {cast.noord.id}


def test_the_guard_asks_one_query(cast, transaction, statements):
    with transaction():
        secret = sessions.open_session(cast.anna.id, "")
    with transaction(), statements() as asked:
        sessions.resolve(secret)
    assert len([line for line in asked if line.startswith("SELECT")]) == 1


def test_old_sessions_are_forgotten(cast, transaction, freeze):
    freeze("2027-01-01 08:00")
    with transaction():
        sessions.open_session(cast.anna.id, "")
    freeze("2027-03-01 08:00")
    with transaction() as session:
        sessions.forget_old()
        assert session.scalars(select(Session)).all() == []


def test_who_is_signed_in_sees_only_own_sessions(cast, transaction):
    with transaction():
        sessions.open_session(cast.anna.id, "")
        sessions.open_session(cast.bram.id, "")
    with transaction():
        (own,) = sessions.open_sessions(actor_of(cast.anna))
        assert own.account_id == cast.anna.id
