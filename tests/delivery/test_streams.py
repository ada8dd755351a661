"""Newsletters with a signature, a rate and connections of their own, beside invitations."""

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from eventsapp.core.settings import keep
from eventsapp.mail.doctor_dns import public_part

BOTH = pytest.mark.databases("sqlite", "postgresql")
LETTER = "lezer0@raad.example"
OF_ALL = "nu._domainkey.programma.example"
OF_LETTERS = "brieven._domainkey.brieven.example"


def private_key():
    key = generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


KEYS = {OF_ALL: private_key(), OF_LETTERS: private_key()}


@pytest.fixture
def using(app, settings):
    """`using(mail_rate=5)` runs the product with other settings."""

    def act(**values):
        keep(app, settings.replace(**values))

    yield act
    keep(app, settings)


@pytest.fixture
def mails(invite_people, edition, send, send_bulk, open_smtp):
    """`mails()` sends an invitation and a newsletter; gives each as the server got it."""

    def act():
        invite_people("Riet Bos")
        edition(1)
        send()
        send_bulk()
        return [open_smtp.to(address)[0].raw for address in ("riet@raad.example", LETTER)]

    return act


def signed_with(octets):
    """Give the names of the keys with which the signature of a mail holds, as the DNS has them."""

    def dns(name, **_options):
        asked.append(name.decode().rstrip("."))
        return f"v=DKIM1; k=rsa; p={public_part(KEYS[asked[-1]])}".encode()

    asked = []
    return asked if dkim.verify(octets, dnsfunc=dns) else ["none that holds"]


def asked_for(octets):
    """Give the name at which a receiver would ask for the key of a mail."""
    asked = []
    dkim.verify(octets, dnsfunc=lambda name, **_options: asked.append(name.decode().rstrip(".")))
    return asked[0]


def test_each_stream_is_signed_with_its_own_key_for_the_domain_of_its_sender(using, mails):
    using(
        dkim_key=KEYS[OF_ALL],
        dkim_selector="nu",
        newsletter_from="brief@brieven.example",
        newsletter_dkim_key=KEYS[OF_LETTERS],
        newsletter_dkim_selector="brieven",
    )
    assert [signed_with(one) for one in mails()] == [[OF_ALL], [OF_LETTERS]]


def test_newsletters_alone_can_be_signed(using, mails):
    using(
        newsletter_dkim_key=KEYS[OF_ALL],
        newsletter_dkim_selector="nu",
    )
    invitation, letter = mails()
    assert b"DKIM-Signature" not in invitation
    assert signed_with(letter) == [OF_ALL]


def test_without_a_key_of_their_own_newsletters_are_signed_as_all_mail(using, mails):
    using(dkim_key=KEYS[OF_ALL], dkim_selector="nu")
    assert [signed_with(one) for one in mails()] == [[OF_ALL], [OF_ALL]]


def test_a_domain_of_their_own_goes_with_the_key_of_all_mail(using, mails):
    own = "brieven.programma.example"
    using(dkim_key=KEYS[OF_ALL], dkim_selector="nu", newsletter_dkim_domain=own)
    assert [asked_for(one) for one in mails()] == [OF_ALL, f"nu._domainkey.{own}"]


@BOTH
def test_the_rate_of_newsletters_holds_up_no_invitation(
    invite_people, edition, send, send_bulk, using, open_smtp
):
    using(newsletter_mail_rate=5)
    invite_people(*[f"Lid{one} Bos" for one in range(12)])
    edition(12)
    assert (send_bulk().sent, send().sent) == (0, 12)


@BOTH
def test_newsletters_go_at_their_own_rate(edition, send_bulk, using, freeze, open_smtp):
    using(mail_rate=100, newsletter_mail_rate=5)
    freeze("2027-01-04 09:00:00")
    edition(30)
    came = []
    for second in range(4):
        freeze(f"2027-01-04 09:00:0{second}")
        send_bulk()
        came.append(len(open_smtp.letters))
    assert came == [0, 5, 10, 15]


@BOTH
def test_invitations_that_wait_for_their_rate_hold_up_no_newsletter(
    invite_people, edition, send_bulk, using, freeze, open_smtp
):
    using(mail_rate=1, newsletter_mail_rate=100)
    invite_people(*[f"Lid{one} Bos" for one in range(12)])
    edition(20)
    send_bulk()  # makes the buckets
    freeze("2027-01-04 09:00:10")  # the invitations have no lane of their own
    send_bulk()
    letters = [one for one in open_smtp.letters if one.to.startswith("lezer")]
    assert len(letters) == 20


@pytest.mark.parametrize(("own", "opened"), [(0, 4), (2, 2)])
def test_a_sender_of_newsletters_opens_no_more_connections_than_these_may_have(
    edition, send_bulk, using, lane, own, opened
):
    lane.server.gathers = opened  # each mail waits until so many are at it
    using(
        smtp_url=f"smtp://127.0.0.1:{lane.server.port}?starttls=never",
        smtp_connections=4,
        newsletter_smtp_connections=own,
    )
    edition(20)
    send_bulk()
    assert (len(lane.server.letters), lane.server.most_at_once) == (20, opened)


def test_connections_of_newsletters_are_not_those_of_invitations(invite_people, send, using, lane):
    lane.server.gathers = 3
    using(
        smtp_url=f"smtp://127.0.0.1:{lane.server.port}?starttls=never",
        smtp_connections=3,
        newsletter_smtp_connections=1,
    )
    invite_people(*[f"Lid{one} Bos" for one in range(12)])
    send()
    assert lane.server.most_at_once == 3
