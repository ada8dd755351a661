"""The address to which one mail comes back names that mail, and nobody else can make it."""

import pytest

from eventsapp.core.settings import keep
from eventsapp.mail import return_path


@pytest.fixture
def running(app, settings):
    """`running(bounce_address="…")` changes settings until the test is over."""
    with app.app_context():
        yield lambda **changes: keep(app, settings.replace(**changes))
        keep(app, settings)


@pytest.mark.parametrize("base", ["retour@programma.example", "@retour.programma.example"])
def test_the_address_names_its_message(running, base):
    running(bounce_address=base)
    address = return_path.address_for(4_000_000_123)
    assert len(address.rpartition("@")[0]) <= 64
    assert return_path.message_id_of(address) == 4_000_000_123


def test_the_case_may_change_on_the_way(running):
    running(bounce_address="retour@programma.example")
    assert return_path.message_id_of(return_path.address_for(42).upper()) == 42


@pytest.mark.parametrize(
    "address",
    [
        "retour@programma.example",
        "retour+@programma.example",
        "retour+42@programma.example",
        "retour+42.aaaaaaaaaaaaaaaaaaaa@programma.example",
        "retour+٤٢.aaaaaaaaaaaaaaaaaaaa@programma.example",
        "retour+99999999999999999999999999.aaaaaaaaaaaaaaaaaaaa@programma.example",
        "petra@post.example",
        "",
    ],
)
def test_an_address_that_somebody_made_up_names_none(running, address):
    running(bounce_address="retour@programma.example")
    assert return_path.message_id_of(address) is None


def test_the_mark_of_one_message_does_not_fit_another(running):
    running(bounce_address="retour@programma.example")
    forged = return_path.address_for(42).replace("+42.", "+43.")
    assert return_path.message_id_of(forged) is None


def test_another_separator_serves_a_mail_server_that_wants_it(running):
    running(bounce_address="retour@programma.example", address_separator="-")
    address = return_path.address_for(42)
    assert address.startswith("retour-42.")
    assert return_path.message_id_of(address) == 42


def test_without_a_bounce_address_mail_comes_back_to_its_sender(running):
    running(bounce_address="")
    assert return_path.address_for(42, "noord@programma.example") == "noord@programma.example"
    assert return_path.message_id_of("noord@programma.example") is None


def test_only_the_bare_address_and_signed_ones_are_ours(running):
    running(bounce_address="retour@programma.example")
    ours = ["retour@programma.example", return_path.address_for(42)]
    assert [return_path.is_ours(one) for one in [*ours, "retour+42.x@programma.example"]] == [
        True,
        True,
        False,
    ]
