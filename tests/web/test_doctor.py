"""`flask doctor` and its page: what can be tried is tried, the rest is said to be unknown."""

import re
import socket
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Thread

import dns.message
import dns.resolver
import dns.rrset
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from eventsapp.background.leader import FileLeader
from eventsapp.core.dates import now
from eventsapp.core.settings import keep
from eventsapp.mail import (
    doctor_database,
    doctor_dns,
    doctor_machine,
    doctor_servers,
    lists,
    outbox,
    return_path,
)
from eventsapp.mail.doctor_dns import NameServerAway
from eventsapp.mail.doctor_words import Verdict
from eventsapp.mail.kinds import MailingKind, Purpose
from eventsapp.mail.models import InboundMail, Intake, Message
from tests.checks import check_page


@pytest.fixture
def using(app, settings):
    """`using(smtp_url="…")` runs the product with another setting."""

    def change(**values):
        keep(app, settings.replace(**values))

    yield change
    keep(app, settings)


@pytest.fixture
def network(open_smtp, closed_network, settings):
    """The doctor may ask the mail server, and look whether our own address answers."""
    closed_network.open.add(settings.port)
    return open_smtp


@pytest.fixture
def nobody(closed_network):
    """A port on which nobody answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        closed_network.open.add(port)
        yield port


def only(findings):
    found = list(findings)
    assert len(found) == 1
    return found[0]


@contextmanager
def name_server(records):
    """A real name server on this machine that knows these TXT records, or says nothing at all."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.bind(("127.0.0.1", 0))

        def answer():
            while True:
                octets, sender = link.recvfrom(4096)
                if octets == b"stop":
                    return
                asked = dns.message.from_wire(octets)
                made = dns.message.make_response(asked)
                name = asked.question[0].name.to_text().rstrip(".")
                for text in records.get(name, []):
                    made.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "TXT", text))
                link.sendto(made.to_wire(), sender)

        helper = Thread(target=answer, daemon=True)
        helper.start()
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], link.getsockname()[1]
        yield resolver
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"stop", link.getsockname())
        helper.join(120)


def private_key():
    key = generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def test_records_are_asked_of_the_name_server(app):
    with name_server({"programma.example": ['"v=spf1 " "-all"']}) as resolver:
        assert doctor_dns.texts("programma.example", resolver) == ["v=spf1 -all"]
        assert doctor_dns.texts("leeg.example", resolver) == []


def test_without_a_name_server_nobody_can_know(app):
    def away(_name):
        raise NameServerAway("no route")

    with app.app_context():
        for check in (doctor_dns.spf, doctor_dns.dmarc):
            assert only(check(away)).verdict is Verdict.UNKNOWN


def test_our_own_key_is_compared_with_the_published_one(app, using):
    pem = private_key()
    using(dkim_key=pem, dkim_selector="nu", dkim_domain="programma.example")
    record = f"v=DKIM1; k=rsa; p={doctor_dns.public_part(pem)}"
    with app.app_context():
        names = []
        found = only(doctor_dns.dkim(lambda name: names.append(name) or [record]))
    assert found.verdict is Verdict.GOOD
    assert names == ["nu._domainkey.programma.example"]


def test_whether_the_relay_signs_cannot_be_known(app):
    with app.app_context():
        assert only(doctor_dns.dkim(lambda _name: [])).verdict is Verdict.UNKNOWN


def test_each_sender_is_looked_at(app, using):
    using(newsletter_from="brief@brieven.example", bounce_address="")
    with app.app_context():
        said = [one.values["domain"] for one in doctor_dns.spf(lambda _name: ["v=spf1 -all"])]
    assert said == ["programma.example", "brieven.example"]


def test_a_relay_that_answers_is_in_order(app, network):
    with app.app_context():
        found = only(doctor_servers.relays())
    assert found.verdict is Verdict.GOOD


def test_a_relay_that_is_away_is_told_with_what_helps(app, using, nobody):
    using(smtp_url=f"smtp://127.0.0.1:{nobody}?starttls=never")
    with app.app_context():
        found = only(doctor_servers.relays())
    assert found.verdict is Verdict.BAD
    assert "EVENTS_SMTP_URL" in found.remedy % found.values


def test_a_mailbox_that_is_away_is_told_with_what_helps(app, using, nobody):
    using(imap_url=f"imap://retour:geheim@127.0.0.1:{nobody}/INBOX?starttls=never")
    with app.app_context():
        found = only(doctor_servers.mailbox())
    assert found.verdict is Verdict.BAD
    assert "geheim" not in str(found)


def test_leaving_with_one_click_is_tried_as_a_mail_programme_does(app, live_server):
    with app.app_context():
        found = only(doctor_servers.one_click())
    assert found.verdict is Verdict.GOOD


def test_an_address_that_cannot_be_reached_from_here_is_unknown(app, using, nobody):
    using(base_url=f"http://127.0.0.1:{nobody}")
    with app.app_context():
        found = only(doctor_servers.one_click())
    assert found.verdict is Verdict.UNKNOWN


@pytest.fixture
def late(transaction):
    with transaction() as session:
        made = outbox.open_mailing(
            kind=MailingKind.LETTER,
            purpose=Purpose.MEETINGS,
            reference="",
            title="",
            by=None,
            undo=False,
        )
        number = outbox.enqueue(
            made, [outbox.Letter("x", "riet@raad.example", "Riet", "nl", "letter")]
        )[0]
        session.get(Message, number).not_before = now() - timedelta(minutes=10)


def test_mail_that_lies_too_long_is_not_in_order(app, late):
    with app.app_context():
        found = only(doctor_database.waiting())
    assert (found.verdict, found.values["minutes"]) == (Verdict.BAD, 10)


def test_nothing_that_waits_is_in_order(app):
    with app.app_context():
        assert only(doctor_database.waiting()).verdict is Verdict.GOOD


def test_a_reader_that_fails_is_told(app, transaction):
    with transaction() as session:
        session.add(Intake(name="mailbox", fault="password", detail="no", failing_since=now()))
    with app.app_context():
        assert only(doctor_database.intake()).verdict is Verdict.BAD


@pytest.fixture
def try_out(using, network, app, settings):
    """A try-out that runs: its mail goes to the post office, and its clock is at work."""
    office = f"smtp://127.0.0.1:{network.port}?starttls=never"
    using(postoffice_port=network.port, smtp_url=office, deliver=True)
    clock = FileLeader(settings.data_dir / "clock.lock")
    clock.leads()
    yield
    clock.resign()


def test_the_post_office_of_a_try_out_hands_in_what_comes_back(app, try_out):
    with app.app_context():
        assert only(doctor_database.intake()).verdict is Verdict.GOOD


@pytest.mark.parametrize(
    "values", [{"mode": "production"}, {"smtp_url": "smtp://relay.example:25?starttls=never"}]
)
def test_where_mail_goes_elsewhere_somebody_must_read_what_comes_back(app, try_out, using, values):
    using(postoffice_port=0, **values)
    with app.app_context():
        assert only(doctor_database.intake()).verdict is Verdict.BAD


def test_a_try_out_that_runs_has_nothing_that_is_not_in_order(app, try_out):
    told = app.test_cli_runner().invoke(args=["doctor"])
    assert "NOT IN ORDER" not in told.output
    assert told.exit_code == 0


def test_a_trial_mail_that_came_in_shows_that_the_way_back_works(app, transaction):
    with app.app_context():
        assert only(doctor_database.trial()).verdict is Verdict.UNKNOWN
        address = return_path.address_for(lists.TRIAL)
    with transaction() as session:
        session.add(
            InboundMail(fingerprint="t", source="mailbox", kind="auto_reply", recipient=address)
        )
    with app.app_context():
        assert only(doctor_database.trial()).verdict is Verdict.GOOD


def test_room_zones_and_clock_are_looked_at(app):
    with app.app_context():
        assert only(doctor_machine.room()).verdict is Verdict.GOOD
        assert only(doctor_machine.zones()).verdict is Verdict.GOOD
        assert only(doctor_machine.clock()).verdict in (Verdict.GOOD, Verdict.UNKNOWN)


def test_the_command_tells_everything_and_fails_where_something_is_wrong(
    app, network, using, nobody
):
    using(smtp_url=f"smtp://127.0.0.1:{nobody}?starttls=never")
    told = app.test_cli_runner().invoke(args=["doctor"])
    assert "in order      Settings: This is a try-out" in told.output
    assert "NOT IN ORDER  Mail server: 127.0.0.1" in told.output
    assert told.exit_code == 1


def test_the_page_shows_the_same_table_after_a_press(kees, network):
    assert "Nu kijken" in check_page(kees.get("/manage/doctor/"))
    page = check_page(kees.post("/manage/doctor/"))
    assert "Dit is een proef" in page
    assert "Wat helpt:" in page


def test_the_page_says_of_an_example_domain_what_it_is_for(kees, network):
    page = check_page(kees.post("/manage/doctor/"))
    assert "programma.example is een voorbeelddomein" in page
    assert "Een voorbeelddomein is alleen om uit te proberen." in page
    assert "RFC 6761" not in page


def test_the_page_writes_numbers_and_moments_as_its_reader_does(kees, network, transaction):
    with transaction() as session:
        session.add(Intake(name="mailbox", tried_at=datetime(2027, 3, 2, 12, 5, tzinfo=UTC)))
    page = kees.post("/manage/doctor/").text
    assert re.search(r"[0-9],[0-9] GB", page)
    assert re.search(r"[0-9],[0-9] ms", page)
    assert "2 mrt 2027, 13.05 uur" in page


def test_the_command_writes_numbers_and_moments_in_english(app, network, transaction):
    with transaction() as session:
        session.add(Intake(name="mailbox", tried_at=datetime(2027, 3, 2, 12, 5, tzinfo=UTC)))
    told = app.test_cli_runner().invoke(args=["doctor"]).output
    assert re.search(r"[0-9]\.[0-9] GB", told)
    assert "read last at 2027-03-02 12:05 UTC" in told


def test_a_command_that_helps_is_code_on_the_page(kees, network):
    page = check_page(kees.post("/manage/doctor/"))
    assert "<code>flask doctor --trial</code>" in page
    assert "`" not in page


def test_what_is_seen_is_shown_as_it_is_and_not_as_code(kees, network, transaction):
    with transaction() as session:
        odd = "`x` <b>fout</b>"
        session.add(Intake(name="mailbox", fault="x", detail=odd, failing_since=now()))
    assert "`x` &lt;b&gt;fout&lt;/b&gt;" in check_page(kees.post("/manage/doctor/"))


def test_the_page_lies_under_mail(kees):
    page = check_page(kees.get("/manage/doctor/"))
    assert re.search(r'class="back[^>]*href="/manage/mail/"', page)
    assert re.search(r'href="/manage/mail/" aria-current="true"', page)


def test_only_looking_is_said_to_change_nothing(kees):
    page = check_page(kees.get("/manage/doctor/"))
    assert page.index("verandert niets") < page.index("Nu kijken") < page.index("Proefmail")


def test_the_trial_mail_leaves_for_the_bounce_address(kees, app, network):
    assert kees.post("/manage/doctor/trial").status_code == 303
    with app.app_context():
        address = return_path.address_for(lists.TRIAL)
    assert network.to(address)[0].message["Auto-Submitted"] == "auto-generated"


def test_a_trial_mail_that_cannot_leave_is_told(kees, using, nobody):
    using(smtp_url=f"smtp://127.0.0.1:{nobody}?starttls=never")
    kees.post("/manage/doctor/trial")
    assert "kon niet worden verstuurd" in check_page(kees.get("/manage/doctor/"))


def test_only_the_coordinator_sees_it(anna):
    check_page(anna.get("/manage/doctor/"), 403)
    check_page(anna.post("/manage/doctor/"), 403)
    check_page(anna.post("/manage/doctor/trial"), 403)
