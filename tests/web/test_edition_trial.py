"""The test mail: made as the mails of readers are, to the addresses that were typed, no more."""

import pytest
from sqlalchemy import select

from eventsapp.core import limits
from eventsapp.core.audit import AuditEntry
from eventsapp.core.errors import InputError
from eventsapp.mail.compose import compose
from eventsapp.mail.delivery import deliver
from eventsapp.mail.models import Mailing, Message
from eventsapp.newsletters.trial import HOUR, MOST_AN_HOUR, TRIAL, addresses_in
from tests.checks import check_page
from tests.factories import make_cast
from tests.rendering import make_edition


@pytest.fixture
def story(transaction):
    """An edition with a block for Noord only."""
    with transaction():
        cast = make_cast()
        edition = make_edition(
            ("text", {"html": "<p>Voor iedereen</p>"}),
            ("text", {"html": "<p>Alleen Noord</p>", "limits": {"regions": [cast.noord.id]}}),
            subject="Samen eten",
        )
        cast.at = f"/manage/editions/{edition.id}/preview"
        cast.reference = f"edition_work:{edition.id}"
    return cast


@pytest.fixture
def ilse(story, client, sign_in):
    """The editor's browser."""
    return sign_in(client, story.ilse)


@pytest.fixture
def mails(transaction):
    """Give the test mails as their readers see them."""

    def look():
        with transaction() as session:
            rows = session.scalars(select(Message).order_by(Message.id)).all()
            return [(row.address, compose(row)) for row in rows if row.state == "queued"]

    return look


def test_it_goes_to_the_addresses_that_were_typed(ilse, story, mails):
    data = {"addresses": "ilse@programma.example, Kees@programma.example"}
    page = ilse.post(f"{story.at}/trial", data=data, follow_redirects=True)
    assert "2 proefmails zijn onderweg" in page.text
    assert [address for address, _ in mails()] == [
        "ilse@programma.example", "kees@programma.example",
    ]  # fmt: skip


def test_it_says_in_its_subject_that_it_is_a_test(ilse, story, mails):
    ilse.post(f"{story.at}/trial", data={"addresses": "ilse@programma.example"})
    [(_address, mail)] = mails()
    assert mail.subject == "Proef: Samen eten"


@pytest.mark.parametrize(("asked", "is_there"), [("", True), ("?region=none", False)])
def test_it_holds_what_the_chosen_reader_gets(ilse, story, mails, asked, is_there):
    ilse.post(f"{story.at}/trial{asked}", data={"addresses": "ilse@programma.example"})
    [(_address, mail)] = mails()
    assert "Voor iedereen" in mail.html
    assert ("Alleen Noord" in mail.html) is is_there
    assert ("Alleen Noord" in mail.text) is is_there
    assert "own.invalid" not in mail.html + mail.text


def test_it_arrives_as_a_mail_with_html_and_text_and_nothing_of_a_list(
    ilse, story, transaction, open_smtp
):
    ilse.post(f"{story.at}/trial", data={"addresses": "ilse@programma.example"})
    with transaction():
        deliver("test")
    (letter,) = open_smtp.wait_for(1)
    message = letter.message
    assert message["Subject"] == "Proef: Samen eten"
    assert message["List-Unsubscribe"] is None
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds[1:] == ["text/plain", "text/html"]
    assert "Alleen Noord" in message.get_body(("html",)).get_content()


def test_a_reader_of_text_only_gets_text_only(ilse, story, transaction, open_smtp):
    data = {"addresses": "ilse@programma.example", "wants_text": "y"}
    ilse.post(f"{story.at}/trial", data=data)
    with transaction():
        deliver("test")
    (letter,) = open_smtp.wait_for(1)
    assert letter.message.get_content_type() == "text/plain"
    assert "Alleen Noord" in letter.message.get_content()


def test_it_counts_for_nothing_in_the_edition(ilse, story, transaction):
    ilse.post(f"{story.at}/trial", data={"addresses": "ilse@programma.example"})
    with transaction() as session:
        mailing = session.scalars(select(Mailing)).one()
        assert (mailing.kind, mailing.reference) == ("work", story.reference)
        assert mailing.list_id == ""
        assert session.scalars(select(AuditEntry.action)).all() == ["edition.trial"]


def test_a_double_click_sends_one_mail(ilse, story, mails):
    data = {"addresses": "ilse@programma.example", "form_key": "a" * 32}
    for _ in range(2):
        ilse.post(f"{story.at}/trial", data=data)
    assert len(mails()) == 1


@pytest.mark.parametrize(
    ("typed", "told"),
    [("", "Vul een adres in"), ("geen adres", "adres"), ("a@b.example " * 9, None),
     (",".join(f"a{n}@b.example" for n in range(6)), "Hoogstens 5 adressen")],
)  # fmt: skip
def test_what_is_wrong_with_the_addresses_is_said_at_the_field(ilse, story, mails, typed, told):
    answer = ilse.post(f"{story.at}/trial", data={"addresses": typed})
    if told is None:
        assert answer.status_code == 303
    else:
        assert told in check_page(answer, 422)
        assert mails() == []


def test_nobody_sends_test_mails_without_end(ilse, story, transaction):
    data = {"addresses": "ilse@programma.example"}
    assert ilse.post(f"{story.at}/trial", data=data).status_code == 303
    with transaction():
        for _ in range(MOST_AN_HOUR - 1):
            limits.spend(TRIAL, str(story.ilse.person_id), MOST_AN_HOUR, HOUR)
    assert ilse.post(f"{story.at}/trial", data=data).status_code == 429


def test_an_advisor_may_look_but_not_send(story, client, sign_in):
    anna = sign_in(client, story.anna)
    assert "Stuur een proefmail" not in check_page(anna.get(story.at))
    answer = anna.post(f"{story.at}/trial", data={"addresses": "anna@programma.example"})
    assert answer.status_code == 403


def test_a_header_is_not_smuggled_in():
    with pytest.raises(InputError):
        addresses_in("a@b.example\nBcc:c@d.example")
