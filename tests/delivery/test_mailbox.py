"""What waits in a mailbox is taken in once, whatever happens on the way: with a real Dovecot."""

import tempfile
from pathlib import Path

import pytest
from sqlalchemy import func, select

from config import Settings
from eventsapp.background import inbox, jobs
from eventsapp.core.settings import keep
from eventsapp.mail import mailbox
from eventsapp.mail.mailbox import DONE, UNREAD, Unreachable
from eventsapp.mail.models import InboundMail, Intake
from tests.delivery.cutting import cut_line
from tests.delivery.dovecot import running_dovecot
from tests.samples import sample

DONE_FOLDER, UNREAD_FOLDER = f".{DONE}", f".{UNREAD}"
WAITING = 5000


@pytest.fixture(scope="module")
def dovecot():
    # Not below the folder of pytest, which is closed to the name under which the server runs.
    with tempfile.TemporaryDirectory(prefix="dovecot-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with running_dovecot(folder) as server:
            yield server


@pytest.fixture
def postbox(dovecot, closed_network):
    """An empty mailbox on the running server."""
    closed_network.open.add(dovecot.port)
    return dovecot.postbox()


@pytest.fixture
def reading(app, settings, postbox):
    """`reading()` runs the job that reads the mailbox, as the clock does."""

    def act(url=postbox.url):
        with app.app_context():
            keep(app, settings.replace(imap_url=url))
            job = next(one for one in jobs.TABLE if one.name == "read-mailbox")
            assert jobs.run(job)

    yield act
    with app.app_context():
        keep(app, settings)


@pytest.fixture
def kept(transaction):
    """`kept(InboundMail.subject)` gives what is kept of each mail that came in, sorted."""

    def read(*columns):
        with transaction() as session:
            return sorted((tuple(row) for row in session.execute(select(*columns))), key=str)

    return read


def letter(number, size=0):
    head = f"From: riet@raad.example\r\nSubject: {number}\r\nMessage-ID: <{number}@raad.example>"
    return f"{head}\r\n\r\nIk kom met {number}.\r\n".encode() + b"x" * 70 * (size // 70)


def taking(taken):
    """Take whatever comes, and note it."""

    def take(mails):
        taken.extend(mails)
        return [True] * len(mails)

    return take


def place_of(url):
    return Settings(mode="demo", imap_url=url).mailbox


def test_what_waits_is_taken_in_and_filed_away(postbox, reading, kept):
    postbox.put(sample("letter"), sample("qmail"))
    reading()
    assert kept(InboundMail.kind, InboundMail.source) == [
        ("bounce", "mailbox"),
        ("letter", "mailbox"),
    ]
    assert (postbox.lying_in(), postbox.lying_in(DONE_FOLDER)) == (0, 2)


def test_the_same_mail_twice_is_once(postbox, reading, kept):
    postbox.put(letter(1), b"Received: by another way\r\n" + letter(1))
    reading()
    postbox.put(letter(1))
    reading()
    assert kept(InboundMail.subject) == [("1",)]
    assert (postbox.lying_in(), postbox.lying_in(DONE_FOLDER)) == (0, 3)


def test_of_a_mail_of_thirty_megabytes_the_beginning_is_read(postbox, reading, kept):
    postbox.put(letter("huge", 30 * 1024 * 1024), letter("small"))
    reading()
    told = kept(InboundMail.subject, func.length(InboundMail.octets))
    assert [subject for subject, _ in told] == ["huge", "small"]
    assert told[0][1] == mailbox.BEGINNING
    assert postbox.lying_in(DONE_FOLDER) == 2


@pytest.mark.parametrize("after", [0, 40, 200, 400, 900, 2500, 4200, 6000, 9000])
def test_a_connection_that_is_cut_loses_and_doubles_nothing(
    postbox, reading, kept, closed_network, after
):
    postbox.put(*[letter(number, 700) for number in range(6)])
    with cut_line(postbox.port, after) as port:
        closed_network.open.add(port)
        reading(postbox.url_by(port))
    reading()
    assert kept(InboundMail.subject) == [(str(number),) for number in range(6)]
    assert (postbox.lying_in(), postbox.lying_in(DONE_FOLDER)) == (0, 6)


def test_a_stop_leaves_the_rest_for_the_next_turn(postbox):
    postbox.put(*[letter(number) for number in range(mailbox.TOGETHER + 5)])
    taken = []
    mailbox.read(place_of(postbox.url), taking(taken), lambda: bool(taken))
    assert (len(taken), postbox.lying_in()) == (mailbox.TOGETHER, 5)


def test_five_thousand_that_wait_are_taken_in(postbox, reading, kept):
    away = b"Auto-Submitted: auto-replied\r\n"
    postbox.put(*[away + letter(number) for number in range(WAITING)])
    for _ in range(20):  # one turn is bounded; a busy machine needs more of them
        if postbox.lying_in():
            reading()
    assert kept(func.count(InboundMail.id)) == [(WAITING,)]
    assert postbox.lying_in(DONE_FOLDER) == WAITING


def test_what_nobody_can_read_lies_apart(postbox, reading, kept, monkeypatch):
    def stumble(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(inbox, "_hand_on", stumble)
    postbox.put(letter(1))
    reading()
    assert kept(InboundMail.reason) == [("not_read",)]
    assert (postbox.lying_in(DONE_FOLDER), postbox.lying_in(UNREAD_FOLDER)) == (0, 1)


def test_while_the_database_is_away_mail_stays_where_it_is(postbox):
    def away(_mails):
        raise ConnectionError

    postbox.put(letter(1))
    with pytest.raises(Unreachable):
        mailbox.read(place_of(postbox.url), away)
    assert postbox.lying_in() == 1


def test_a_wrong_password_is_told_and_not_tried_each_minute(postbox, reading, kept, freeze):
    freeze("2027-01-04 09:00")
    postbox.put(letter(1))
    reading(postbox.url_by(postbox.port, "fout"))
    assert kept(Intake.name, Intake.fault) == [("mailbox", "password")]
    freeze("2027-01-04 09:01")
    reading()
    assert kept(InboundMail.id) == []
    freeze("2027-01-04 09:16")
    reading()
    assert kept(Intake.fault, Intake.failing_since) == [("", None)]
    assert kept(InboundMail.subject) == [("1",)]


def test_a_folder_that_is_not_there_is_told(postbox, reading, kept):
    reading(postbox.url.replace("?", "/INBOX.nergens?"))
    assert kept(Intake.fault, Intake.detail) == [("folder", "INBOX.nergens")]


def test_a_server_that_is_away_is_told(postbox, reading, kept, closed_network):
    with cut_line(postbox.port, 0) as port:
        closed_network.open.add(port)
        reading(postbox.url_by(port))
    assert kept(Intake.fault) == [("away",)]


def test_what_was_taken_in_long_ago_is_forgotten(postbox, reading, freeze):
    postbox.put(letter(1))
    reading()
    freeze("2037-01-04 09:00")
    reading()
    assert postbox.lying_in(DONE_FOLDER) == 0
