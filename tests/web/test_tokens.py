"""Short tokens name one number for one purpose, and nobody else can make them."""

import pytest

from eventsapp.core.errors import NotFound
from eventsapp.core.settings import keep
from eventsapp.core.tokens import number_in, numberer, pair_in, pairer, read


@pytest.fixture(autouse=True)
def running(app):
    with app.app_context():
        yield


@pytest.mark.parametrize("number", [0, 42, 4_000_000_123])
def test_a_short_token_gives_its_number_back(number):
    assert number_in("leave", numberer("leave")(number)) == number


def test_its_case_may_change_on_the_way():
    assert number_in("leave", numberer("leave")(42).upper()) == 42


def test_it_fits_no_other_purpose():
    assert number_in("return", numberer("leave")(42)) is None


def test_its_mark_fits_no_other_number():
    assert number_in("leave", numberer("leave")(42).replace("42.", "43.")) is None


def test_another_key_makes_another_mark(app, settings):
    token = numberer("leave")(42)
    keep(app, settings.replace(secret_key="another key, as long as the first one was"))
    try:
        assert number_in("leave", token) is None
    finally:
        keep(app, settings)


@pytest.mark.parametrize(
    "token", ["", ".", "42", "42.", "x.y", "٤٢.aa", "042.00", "-1.aa", "9" * 400 + ".aa", "42.é"]
)
def test_what_somebody_made_up_gives_none(token):
    assert number_in("leave", token) is None


def test_a_short_token_is_no_long_one():
    with pytest.raises(NotFound):
        read("leave", numberer("leave")(42))


def test_a_short_token_of_two_numbers_gives_both_back():
    assert pair_in("read", pairer("read")(42, 3)) == (42, 3)


@pytest.mark.parametrize(
    "change",
    [("42-3", "42-4"), ("42-3", "43-3"), ("42-3", "042-3"), ("42-3", "42"), ("-", "."), (".", "")],
)
def test_two_numbers_that_somebody_changed_give_none(change):
    assert pair_in("read", pairer("read")(42, 3).replace(*change, 1)) is None


def test_two_numbers_fit_no_other_purpose_and_one_number_is_not_two():
    assert pair_in("leave", pairer("read")(42, 3)) is None
    assert pair_in("read", numberer("read")(42)) is None
