"""A disk that is really full: nothing is lost or doubled, it is said in words, and all goes on."""

import re
import signal
import sqlite3
import sys
from collections import Counter
from contextlib import closing
from html import unescape
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import urlopen

import pytest
from sqlalchemy import make_url

from eventsapp.mail import outbox
from tests.checks import faults_of
from tests.delivery.disk import kinds, small_disk
from tests.delivery.editions import letter_to, open_edition
from tests.network import PATIENCE

pytestmark = pytest.mark.databases("sqlite")
MANY = 300
FULL, ROOM = "the disk is full", "there is room on the disk again"
SENDER = (sys.executable, "-m", "tests.delivery.sender")
SERVE = (sys.executable, "-m", "flask", "--app", "eventsapp.app:create_app", "serve")
REMARK = 'Ik kom "later" & breng <Piet> mee'


@pytest.fixture(params=kinds())
def disk(request, tmp_path):
    """A real disk of some megabytes, and a limit on the size of files, which fills up likewise.

    Where no disk can be mounted both are such a limit, and the name of the test says so.
    """
    with small_disk(tmp_path, request.param) as made:
        yield made


@pytest.fixture
def run(disk, environ, settings, tmp_path):
    """`run(*SENDER)` starts a process whose database and journals lie on the disk.

    The first one finds the database as the test has made it so far.
    """

    def act(*command):
        if not (disk.seen / "events.db").exists():
            copied = tmp_path / "events.db"
            with closing(sqlite3.connect(make_url(settings.database_url).database)) as ours:
                # Without the room that earlier tests have left in it.
                ours.execute("VACUUM INTO ?", (str(copied),))
            (disk.seen / "events.db").write_bytes(copied.read_bytes())
        place = {
            "EVENTS_DATABASE_URL": f"sqlite:///{disk.inside}/events.db",
            "EVENTS_DATA_DIR": str(disk.inside),
            "EVENTS_LOG_LEVEL": "warning",
        }
        return disk.run(*command, environ=environ | place)

    return act


@pytest.fixture
def edition(transaction, open_smtp):
    """An edition in the outbox."""
    with transaction():
        mailing = open_edition()
        outbox.enqueue(mailing, [letter_to(number, mailing) for number in range(MANY)])
    return open_smtp


@pytest.fixture
def fill_half_way(disk, edition, run):
    """Let the disk fill up when a third of the edition has left; gives the sender."""
    edition.hold_at(MANY // 3)
    sender = run(*SENDER)
    edition.wait_for(MANY // 3)
    disk.fill()
    edition.go_on()
    sender.hears(FULL)
    assert len(edition.letters) < MANY
    return sender


def states(disk):
    """What the database on the disk says of each mail, now that nobody writes there."""
    with closing(sqlite3.connect(disk.copy())) as link:
        return dict(link.execute("SELECT address, state FROM message").fetchall())


def is_told_in_words(process):
    """It says what is the matter and where, and hides it in no trace of the programme."""
    assert re.search(r"the disk is full: .* folder='.+' free_kb=\d+ doing='.+'", process.log)
    assert "Traceback" not in process.log
    assert process.log.count(FULL) <= 2
    return True


def test_an_edition_goes_on_by_itself_when_there_is_room(disk, edition, fill_half_way):
    sender = fill_half_way
    disk.make_room()
    edition.wait_for(MANY)
    sender.hears(ROOM)
    assert sender.end() == 0
    assert set(Counter(one.to for one in edition.letters).values()) == {1}
    assert Counter(states(disk).values()) == {"sent": MANY}, "who sent them knew it all the time"
    assert is_told_in_words(sender)


def test_a_sender_that_is_killed_on_a_full_disk_loses_and_doubles_nothing(
    disk, edition, fill_half_way, run, settings
):
    fill_half_way.end(signal.SIGKILL)
    disk.make_room()
    after = run(*SENDER)
    edition.wait_for(MANY)
    assert after.end() == 0
    assert set(Counter(one.to for one in edition.letters).values()) == {1}
    found = Counter(states(disk).values())
    assert found["sent"] + found["unknown"] == MANY
    assert found["unknown"] <= settings.smtp_connections


def test_on_a_disk_that_is_full_from_the_start_nothing_leaves_until_there_is_room(
    disk, edition, run
):
    edition.hold_at(1)
    first = run(*SENDER)
    edition.wait_for(1)
    first.end(signal.SIGKILL)
    edition.go_on()
    before = len(edition.letters)
    disk.fill()
    sender = run(*SENDER)
    sender.hears(FULL)
    assert len(edition.letters) == before
    disk.make_room()
    edition.wait_for(MANY)
    assert sender.end() == 0
    assert set(states(disk).values()) <= {"sent", "unknown"}
    assert is_told_in_words(sender)


def ask(address, data=None):
    """Open a page, or send a form; gives the status and the page."""
    sent = urlencode(data).encode() if data else None
    try:
        with urlopen(address, data=sent, timeout=PATIENCE) as page:
            return page.status, page.read().decode()
    except HTTPError as fault:
        with fault:
            return fault.code, fault.read().decode()


def form_in(page):
    """What the browser would send at a press on the button of this page, and where to."""
    form = re.search(r'<form method="post" action="([^"]+)" data-once>(.*?)</form>', page, re.S)
    fields = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form[2])
    return unescape(form[1]), [(unescape(name), unescape(value)) for name, value in fields]


@pytest.fixture
def web(run, invited, stamped, open_smtp, closed_network):
    """Petra, the product that serves her its pages, and its address."""
    petra = invited()
    process = run(*SERVE)
    address = process.hears("ready at").split()[-1]
    closed_network.open.add(urlsplit(address).port)
    return petra, process, address


def test_an_answer_on_a_full_disk_is_not_lost(disk, web, open_smtp):
    petra, process, address = web
    assert ask(f"{address}{petra.at('answer')}", {"reply": "accepted"})[0] == 200
    disk.fill()
    status, page = ask(f"{address}{petra.at('extras')}", {"remark": REMARK, "guests": "0"})
    assert (status, list(faults_of(page, urlsplit(address).netloc))) == (503, [])
    assert "Er is niets veranderd" in page
    assert "Laat die open" in page
    process.hears(FULL)
    disk.make_room()
    action, fields = form_in(page)
    assert dict(fields)["remark"] == REMARK
    status, page = ask(f"{address}{action}", fields)
    assert status == 200
    assert "Wij weten dat u komt" in page
    open_smtp.wait_for(1)
    assert process.end(signal.SIGTERM) == 0
    assert Counter(one.to for one in open_smtp.letters).most_common(1)[0][1] == 1
    assert is_told_in_words(process)
