"""An invitation from the button to the octets that the receiver's server gets."""

import pytest
from sqlalchemy import select

from eventsapp.mail.models import Message


@pytest.fixture
def letter(story, invite_people, send):
    """The invitation that Riet's mail server received."""
    invite_people("Riet Bos")
    send()
    return story.server.letters[0]


def alternatives(letter):
    return list(next(letter.message.iter_parts()).iter_parts())


def test_the_first_part_holds_the_alternatives(letter):
    assert letter.message.get_content_type() == "multipart/mixed"
    first = next(letter.message.iter_parts())
    assert first.get_content_type() == "multipart/alternative"


def test_text_comes_first_and_the_calendar_last(letter):
    kinds = [part.get_content_type() for part in alternatives(letter)]
    assert kinds == ["text/plain", "text/html", "text/calendar"]


def test_the_calendar_names_its_method_and_no_file(letter):
    calendar = alternatives(letter)[-1]
    assert calendar["Content-Type"].params == {"charset": "utf-8", "method": "REQUEST"}
    assert calendar["Content-Disposition"] is None
    assert calendar["Content-Transfer-Encoding"] == "base64"


def test_the_attached_file_holds_the_same_octets(letter):
    attachment = list(letter.message.iter_parts())[-1]
    assert attachment.get_content_type() == "application/ics"
    assert attachment.get_filename() == "invite.ics"
    calendar = alternatives(letter)[-1]
    assert attachment.get_payload(decode=True) == calendar.get_payload(decode=True)


def test_the_mail_names_one_reader_only(letter):
    assert letter.to == "riet@raad.example"
    assert [one.addr_spec for one in letter.message["To"].addresses] == ["riet@raad.example"]
    assert letter.message["Cc"] is None


def test_no_line_is_longer_than_mail_servers_take(letter):
    assert max(len(line) for line in letter.raw.split(b"\r\n")) <= 998
    assert letter.raw.isascii()


def test_the_mail_says_that_a_programme_made_it(letter):
    assert letter.message["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("evil", ["R\r\nBcc: all@raad.example", "R\nX-Evil: 1", "<b>\u2028é😀"])
def test_no_name_or_title_can_write_a_header(story, transaction, invite_people, send, evil):
    with transaction() as session:
        session.merge(story.meeting).title = evil
        session.merge(story.cast.anna.person).given_name = evil
    mailing = invite_people("Riet Bos")
    with transaction() as session:
        session.query(Message).filter_by(mailing_id=mailing.id).one().name = evil
    send()
    message = story.server.letters[0].message
    assert (message["Bcc"], message["X-Evil"]) == (None, None)
    assert [len(message[field].addresses) for field in ("From", "To")] == [1, 1]


def test_a_dot_at_the_start_of_a_line_arrives_once(story, transaction, invite_people, send):
    story_text = ".begint met een punt"
    with transaction() as session:
        session.merge(story.meeting).opening = story_text
    invite_people("Riet Bos")
    send()
    text = story.server.letters[0].message.get_body(("plain",)).get_content()
    assert f"\n{story_text}\n" in text.replace("\r\n", "\n")


def test_a_second_try_is_the_same_mail_to_the_octet(
    story, invite_people, send, freeze, transaction
):
    invite_people("Riet Bos")
    story.server.silences = {"riet@raad.example"}
    send()
    with transaction() as session:
        row = session.scalars(select(Message)).one()
        row.state, row.reason = "queued", ""
    freeze("2027-01-04 10:00")
    send()
    assert story.server.letters[0].raw == story.server.letters[1].raw
