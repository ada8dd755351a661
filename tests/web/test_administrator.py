"""The administrator's commands: accounts from the terminal."""

import pytest
from sqlalchemy import select

from eventsapp.accounts.models import Account
from eventsapp.accounts.passwords import is_password
from eventsapp.mail.models import Message

PASSWORD = "een regenton vol appels"


@pytest.fixture
def run(app):
    def run(*words, **values):
        return app.test_cli_runner().invoke(args=["advisors", *words], **values)

    return run


def account(transaction, email):
    with transaction() as session:
        return session.scalar(select(Account).where(Account.email == email))


def test_the_first_coordinator_is_made_in_the_terminal(run, transaction):
    told = run("add", "Els@programma.example", "--family-name", "Bos", "--level", "coordinator")
    assert told.exit_code == 0
    assert account(transaction, "els@programma.example").level == "coordinator"
    with transaction() as session:
        assert session.scalar(select(Message.template)) == "choose_password"


def test_an_advisor_gets_regions_by_name_or_code(run, cast, transaction):
    words = ("--family-name", "Bos", "--region", "noord", "--region", cast.zuid.code)
    assert run("add", "els@programma.example", *words).exit_code == 0
    told = run("list").output
    assert "els@programma.example\tBos\tadvisor\tNoord, Zuid\tno password yet" in told


@pytest.mark.parametrize(
    "words",
    [("add", "els"), ("add", "els@programma.example", "--region", "Nergens"),
     ("password", "niemand@programma.example"), ("deactivate", "niemand@programma.example")],
)  # fmt: skip
def test_what_cannot_be_done_is_said_in_one_line(run, cast, words):
    extra = ("--family-name", "Bos") if words[0] == "add" else ()
    told = run(*words, *extra, input=f"{PASSWORD}\n{PASSWORD}\n")
    assert told.exit_code == 2
    assert len(told.stderr.splitlines()) == 1


def test_a_password_is_set_without_mail(run, cast, transaction):
    told = run("password", cast.anna.email, input=f"{PASSWORD}\n{PASSWORD}\n")
    assert told.exit_code == 0
    assert is_password(PASSWORD, account(transaction, cast.anna.email).password_hash)
    assert PASSWORD not in told.output


def test_an_obvious_password_is_refused(run, cast, transaction):
    told = run("password", cast.anna.email, input="welkom123456\nwelkom123456\n")
    assert told.exit_code == 2
    assert account(transaction, cast.anna.email).password_hash == ""


def test_an_account_is_closed_and_opened_again(run, cast, transaction):
    assert run("deactivate", cast.anna.email).exit_code == 0
    assert not account(transaction, cast.anna.email).is_active
    assert cast.anna.email not in run("list").output
    assert "closed" in run("list", "--closed").output
    assert run("activate", cast.anna.email).exit_code == 0
    assert account(transaction, cast.anna.email).is_active


def test_the_last_coordinator_cannot_be_closed(run, cast, transaction):
    assert run("deactivate", cast.kees.email).exit_code == 2
    assert account(transaction, cast.kees.email).is_active
