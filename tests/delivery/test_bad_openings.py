"""Bad luck before the first mail: a server that does not let us in is away, and nothing is begun.

What goes wrong once mails are under way stands in `test_bad_relay.py`.
"""

import ssl
from collections import Counter

import pytest
from sqlalchemy import delete, event, select

from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.core.settings import keep
from eventsapp.mail import server_away
from eventsapp.mail.kinds import Stream
from eventsapp.mail.models import Throttle
from eventsapp.mail.smtp import ServerAway
from eventsapp.mail.wire import Fate
from tests.delivery.scripted import DROP, PIPELINED, SILENCE

CODES = ["421 4.3.2 closing", "450 4.7.0 busy", "451 4.3.0 not now", "452 4.3.1 full",
         "550 5.7.1 no", "552 5.3.4 no room", "554 5.7.1 not you"]  # fmt: skip
RIET = "riet@raad.example"
# How often such a command is heard before that stage, and over a connection that goes well.
BEFORE = {"greeting": 0, "EHLO": 0, "STARTTLS": 0, "EHLO over TLS": 1, "AUTH": 0}
EACH = {"greeting": 1, "EHLO": 2, "STARTTLS": 1, "EHLO over TLS": 2, "AUTH": 1}
STAGES = pytest.mark.parametrize("stage", BEFORE)
WORDS = pytest.mark.parametrize("word", [*CODES, DROP])


@pytest.fixture
def guarded(lane, certificate, trusted):
    """The lane to a server that greets, encrypts and asks for a password."""
    lane.security, lane.server.tls = "required", certificate.server
    lane.user, lane.server.offers = "programma", ("AUTH PLAIN", *PIPELINED)
    yield lane
    lane.check()


@STAGES
@WORDS
def test_a_server_that_does_not_let_us_in_is_away_until_it_does(guarded, stage, word):
    says = guarded.server.says[stage.partition(" ")[0]]
    says += [*[""] * BEFORE[stage], word, word]
    guarded.send(3)
    assert type(guarded.fault) is ServerAway
    assert (guarded.taken, guarded.begun, guarded.server.heard["MAIL"]) == (0, [], 0)
    says.clear()
    assert guarded.send(3) == {Fate.SENT: 3}
    assert guarded.server.kept == Counter(guarded.addresses(3))


@STAGES
@WORDS
def test_a_second_connection_that_is_not_let_in_holds_nothing_up(guarded, stage, word):
    says = guarded.server.says[stage.partition(" ")[0]]
    says += [*[""] * (EACH[stage] + BEFORE[stage]), word]
    guarded.server.waits_for = lambda: not says  # the first mail ends when the word was said
    assert guarded.send(20, connections=2) == {Fate.SENT: 20}
    assert guarded.fault is None


@pytest.mark.parametrize("stage", ["greeting", "STARTTLS", "AUTH"])
@pytest.mark.parametrize("word", CODES)
def test_the_words_of_a_server_that_is_away_are_kept_as_it_said_them(guarded, stage, word):
    guarded.server.says[stage] = [word]
    guarded.send(1)
    assert str(guarded.fault) == word


@pytest.fixture
def scripted(story, app, settings, lane):
    """The product sends to the server with a script."""
    keep(app, settings.replace(smtp_url=f"smtp://127.0.0.1:{lane.server.port}?starttls=never"))
    yield lane.server
    keep(app, settings)


@pytest.mark.parametrize("word", CODES[1:])
def test_while_the_server_is_away_a_mail_waits_a_minute(
    scripted, invite_people, send, rows, freeze, word
):
    invite_people("Riet Bos")
    scripted.says["greeting"] = [word]
    assert send().is_server_away
    assert rows() == [(RIET, "deferred", "server_away")]
    freeze("2027-01-04 09:01:00")
    send()
    assert (rows(), scripted.kept) == ([(RIET, "sent", "")], {RIET: 1})


def test_a_server_that_takes_no_further_connection_is_busy_and_not_away(
    scripted, invite_people, send, rows, freeze
):
    invite_people("Riet Bos")
    scripted.says["greeting"] = [CODES[0]]
    assert not send().is_server_away
    assert rows() == [(RIET, "queued", "")]
    freeze("2027-01-04 09:00:10")
    send()
    assert (rows(), scripted.kept) == ([(RIET, "sent", "")], {RIET: 1})


def known(transaction):
    with transaction():
        found = server_away.lasting(Stream.INVITATIONS)
        return found and (f"{found.since:%H:%M:%S}", found.reply)


@pytest.mark.parametrize("word", CODES[:2])
def test_since_when_the_server_takes_no_mail_is_known_until_it_does(
    scripted, invite_people, send, freeze, transaction, word
):
    invite_people("Riet Bos")
    scripted.says["greeting"] = [word, f"{word} still"]
    send()
    assert known(transaction) == ("08:00:00", word)
    freeze("2027-01-04 09:01:00")
    send()
    assert known(transaction) == ("08:00:00", f"{word} still")
    freeze("2027-01-04 09:02:00")
    send()
    assert known(transaction) is None


def test_an_outage_of_which_nothing_was_heard_for_long_begins_anew(
    scripted, invite_people, send, freeze, transaction
):
    invite_people("Riet Bos")
    scripted.says["greeting"] = [CODES[0], CODES[0]]
    send()
    freeze("2027-01-04 10:00")
    assert known(transaction) is None
    send()
    assert known(transaction) == ("09:00:00", CODES[0])


@pytest.fixture
def wiping(app):
    """Another lane wipes out what is kept of an outage, as soon as nobody holds it."""
    held = select(Throttle.name).with_for_update(skip_locked=True)

    def act(_connection, _cursor, statement, *_rest):
        if statement.startswith("INSERT INTO throttle"):
            with engine.begin() as other:
                other.execute(delete(Throttle).where(Throttle.name.in_(held)))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "after_cursor_execute", act)
    yield
    event.remove(engine, "after_cursor_execute", act)


@pytest.mark.databases("postgresql")
def test_an_outage_that_another_lane_ends_meanwhile_is_noted(transaction, freeze, wiping):
    freeze("2027-01-04 09:00")
    for word in ("first", "second"):
        with transaction():
            server_away.begin(Stream.INVITATIONS, now(), word)
    assert known(transaction) == ("08:00:00", "second")


def test_a_greeting_that_takes_too_long_is_a_server_that_is_away(lane):
    lane.timeout = 0.2
    lane.server.says["greeting"] = [SILENCE]
    with pytest.raises(ServerAway), lane.opened() as opened:
        opened.open()


def test_a_second_connection_that_is_not_greeted_holds_nothing_up(lane):
    lane.server.says["greeting"] = ["220 scripted.example", *[SILENCE] * 8]
    assert lane.send(40, connections=4) == {Fate.SENT: 40}
    lane.check()


def test_a_refused_password_is_a_server_that_is_away(lane):
    lane.user, lane.server.offers = "programma", ("AUTH PLAIN", *PIPELINED)
    lane.server.says["AUTH"] = ["535 5.7.8 wrong"]
    lane.send(2)
    assert isinstance(lane.fault, ServerAway)
    assert "5.7.8" in str(lane.fault)


def test_a_password_that_is_right_opens_the_lane(lane):
    lane.user, lane.server.offers = "programma", ("AUTH PLAIN", *PIPELINED)
    assert lane.send(2) == {Fate.SENT: 2}


def test_encryption_that_is_refused_sends_nothing(lane, certificate):
    lane.security, lane.server.tls = "required", certificate.server
    lane.server.says["STARTTLS"] = ["454 4.7.0 not now"]
    lane.send(2)
    assert (type(lane.fault), lane.server.heard["MAIL"]) == (ServerAway, 0)


def test_a_server_without_encryption_gets_nothing_where_it_is_required(lane):
    lane.security = "required"
    lane.send(2)
    assert (type(lane.fault), lane.server.heard["MAIL"]) == (ServerAway, 0)


@pytest.mark.parametrize("security", ["optional", "never"])
def test_a_server_without_encryption_gets_mail_where_that_is_allowed(lane, security):
    lane.security = security
    assert lane.send(2) == {Fate.SENT: 2}


@pytest.mark.parametrize("security", ["required", "tls"])
def test_a_certificate_that_nobody_vouches_for_sends_nothing(lane, certificate, security):
    lane.security, lane.server.tls = security, certificate.server
    lane.server.is_tls_from_the_start = security == "tls"
    lane.send(2)
    assert (type(lane.fault), lane.server.heard["MAIL"]) == (ServerAway, 0)


def test_the_certificate_of_the_tests_is_one(certificate):
    assert isinstance(certificate.server, ssl.SSLContext)
