"""The doctor looks at newsletters apart where these have settings of their own."""

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from eventsapp.core.settings import keep
from eventsapp.mail import doctor_dns, doctor_servers
from eventsapp.mail.doctor_words import Verdict
from tests.checks import check_page


@pytest.fixture
def using(app, settings):
    """`using(newsletter_from="…")` runs the product with another setting."""

    def change(**values):
        keep(app, settings.replace(**values))

    yield change
    keep(app, settings)


def private_key():
    key = generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def test_of_the_relay_of_newsletters_its_own_setting_is_named(
    app, open_smtp, using, closed_network
):
    closed_network.away.add(9)
    closed_network.open.add(9)
    using(newsletter_smtp_url="smtp://127.0.0.1:9?starttls=never")
    with app.app_context():
        _, found = doctor_servers.relays()
    assert "EVENTS_NEWSLETTER_SMTP_URL" in found.remedy % found.values


@pytest.fixture
def two_keys(using):
    """A key for all mail and one for newsletters, of which only the first is published."""
    of_all, of_letters = private_key(), private_key()
    using(
        dkim_key=of_all,
        dkim_selector="nu",
        newsletter_from="brief@brieven.example",
        newsletter_dkim_key=of_letters,
        newsletter_dkim_selector="brieven",
    )
    record = f"v=DKIM1; p={doctor_dns.public_part(of_all)}"
    return lambda name: [record] if name == "nu._domainkey.programma.example" else []


def test_the_key_of_newsletters_is_looked_for_under_its_own_name(app, two_keys):
    with app.app_context():
        of_all, of_letters = doctor_dns.dkim(two_keys)
    assert (of_all.about, of_all.verdict) == ("DKIM", Verdict.GOOD)
    assert (of_letters.about, of_letters.verdict) == ("DKIM of newsletters", Verdict.BAD)
    assert of_letters.values["name"] == "brieven._domainkey.brieven.example"


def test_where_all_mail_has_one_signature_it_is_told_once(app, using):
    using(dkim_key=private_key(), dkim_selector="nu", newsletter_from="brief@programma.example")
    with app.app_context():
        [found] = doctor_dns.dkim(lambda _name: [])
    assert found.about == "DKIM"


def test_a_key_with_which_nothing_can_be_signed_is_told_with_its_setting(app, using):
    using(newsletter_dkim_key="no key", newsletter_dkim_selector="brieven")
    with app.app_context():
        _, found = doctor_dns.dkim(lambda _name: [])
    assert found.verdict is Verdict.BAD
    assert found.values["setting"] == "EVENTS_NEWSLETTER_DKIM_KEY"


def test_dmarc_is_judged_by_the_signature_of_each_stream(app, two_keys):
    with app.app_context():
        found = list(doctor_dns.dmarc(lambda _name: ["v=DMARC1; p=none"]))
    assert [one.verdict for one in found] == [Verdict.GOOD, Verdict.GOOD]
    assert [one.values.get("signer") for one in found] == [None, "brieven.example"]


def test_where_newsletters_have_no_name_of_their_own_the_setting_that_helps_is_named(app, using):
    using(
        newsletter_from="brief@brieven.test",
        dkim_key=private_key(),
        dkim_selector="nu",
        dkim_domain="programma.example",
    )
    with app.app_context():
        _, found = doctor_dns.dmarc(lambda _name: ["v=DMARC1; p=none"])
    assert "EVENTS_NEWSLETTER_DKIM_DOMAIN" in found.remedy % found.values


def test_two_signatures_of_one_sender_whose_envelope_is_right_need_one_line(app, using):
    using(newsletter_dkim_key=private_key(), newsletter_dkim_selector="brieven")
    with app.app_context():
        [found] = doctor_dns.dmarc(lambda _name: ["v=DMARC1; p=none"])
    assert found.verdict is Verdict.GOOD


def test_the_page_shows_the_key_of_newsletters_on_a_line_of_its_own(
    kees, open_smtp, closed_network, settings, two_keys
):
    closed_network.open.add(settings.port)
    page = check_page(kees.post("/manage/doctor/"))
    assert "DKIM van nieuwsbrieven" in page
    assert "brieven._domainkey.brieven.example" in page
