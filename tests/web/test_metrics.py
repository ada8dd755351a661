"""`/metrics`: off without a key, and numbers only with it."""

import pytest

from eventsapp.core.dates import now
from eventsapp.core.settings import keep
from eventsapp.mail import outbox
from eventsapp.mail.kinds import MailingKind, Purpose
from eventsapp.mail.models import InboundMail, Message

KEY = "a key of this test"


@pytest.fixture
def watched(app, settings):
    """The product with a key for who watches it."""
    keep(app, settings.replace(metrics_key=KEY))
    yield
    keep(app, settings)


@pytest.fixture
def mails(transaction):
    """One urgent mail that waits, two bulk ones, and one each that was sent, failed, in doubt."""
    with transaction() as session:
        made = outbox.open_mailing(
            kind=MailingKind.LETTER,
            purpose=Purpose.MEETINGS,
            reference="list:1",
            title="Nieuws",
            by=None,
            undo=False,
        )
        letters = [
            outbox.Letter(f"{n}", f"l{n}@raad.example", "Riet Bos", "nl", "letter", priority=level)
            for n, level in enumerate((1, 8, 8, 5, 5, 5))
        ]
        numbers = outbox.enqueue(made, letters)
        for number, state in zip(numbers[3:], ("sent", "failed", "unknown"), strict=True):
            session.get(Message, number).state = state
        session.add(
            InboundMail(fingerprint="x", source="mailbox", kind="letter", received_at=now())
        )


def read(client, key=KEY):
    return client.get("/metrics", headers={"Authorization": f"Bearer {key}"})


def figures_in(text):
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_without_a_key_in_the_settings_it_is_not_there(client):
    assert client.get("/metrics").status_code == 404
    assert read(client, "").status_code == 404


@pytest.mark.parametrize("key", ["", "wrong", KEY + "x", "é"])
def test_a_wrong_key_opens_nothing(client, watched, key):
    answer = read(client, key)
    assert answer.status_code == 401
    assert "eventsapp_mail" not in answer.text


def test_the_figures_are_told_by_lane_and_by_state(client, watched, mails):
    told = figures_in(read(client).text)
    assert told['eventsapp_mail_queued{lane="urgent"}'] == 1
    assert told['eventsapp_mail_queued{lane="bulk"}'] == 2
    assert told['eventsapp_mail_settled{state="sent"}'] == 1
    assert told['eventsapp_mail_settled{state="failed"}'] == 1
    assert told["eventsapp_mail_unknown"] == 1
    assert told["eventsapp_mail_inbound_waiting"] == 1


def test_how_long_the_oldest_waits_is_told_in_seconds(client, watched, mails, freeze):
    moment = now()
    freeze(moment.replace(year=moment.year + 1).isoformat())
    assert figures_in(read(client).text)["eventsapp_mail_oldest_waiting_seconds"] > 364 * 86400


def test_each_figure_says_what_it_is(client, watched):
    answer = read(client)
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    names = {line.split()[2] for line in answer.text.splitlines() if line.startswith("# HELP")}
    kinds = {line.split()[2] for line in answer.text.splitlines() if line.startswith("# TYPE")}
    assert names == kinds == {name.partition("{")[0] for name in figures_in(answer.text)}


def test_nobodys_name_or_address_is_in_it(client, watched, mails):
    text = read(client).text
    assert "Riet" not in text
    assert "@" not in text
