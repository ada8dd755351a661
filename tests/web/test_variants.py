"""A newsletter that is compiled once says to each reader what a mail of one's own would say."""

from email import message_from_bytes, policy

import pytest

from eventsapp.core.dates import now
from eventsapp.mail import mime, rendering, return_path, variants
from eventsapp.mail.claims import Claimed
from eventsapp.mail.judging import Cover, Ready
from eventsapp.mail.kinds import MailingKind, Purpose, Stream

WORDS = {
    "letter_subject": "Nieuws uit de regio",
    "letter_text": "Beste lezer,\n.Dit is het nieuws.",
    "letter_html": "<p>Dit is het nieuws.</p>",
    "letter_has_when": False,
    "letter_asks": False,
    "letter_is_neutral": False,
    "letter_papers": [],
    "letter_from": {"name": "Anna Bos", "phone": "070 000 00 00"},
}
OWN = {"salutation": "Beste Riet", "role_line": "U bent lid van de raad."}


def blank(of, **values):
    """A row of which a test names only what it is about."""
    return of(**{name: values.get(name) for name in of._fields})


@pytest.fixture
def mail(app, transaction):
    """`mail(own, …)` is a mail of an edition that may leave."""
    cover = blank(
        Cover,
        id=1,
        kind=MailingKind.EDITION.value,
        purpose=Purpose.NEWSLETTER.value,
        sender_name="Programma",
        sender_address="nieuws@samen.example",
        reply_to="",
        stream=Stream.NEWSLETTERS.value,
        list_id="nieuws.samen.example",
        data=WORDS,
    )

    def make(own=OWN, number=7, words=WORDS, kind=MailingKind.EDITION, name="Riet Bos"):
        row = blank(
            Claimed,
            id=number,
            mailing_id=1,
            address=f"lezer{number}@raad.example",
            name=name,
            language="nl",
            template="letter",
            data=own,
            message_id=f"<{number}@samen.example>",
            created_at=now(),
        )
        return Ready(row, cover._replace(data=words, kind=kind.value))

    variants.forget()
    with transaction():
        yield make


def read(pieces):
    message = message_from_bytes(b"".join(pieces), policy=policy.default)
    parts = [part.get_content() for part in message.iter_parts()]
    return [(name, str(value)) for name, value in message.items()], parts


def built(ready):
    return mime.build(rendering.single(ready))


def compiled_of(ready):
    return variants.pieces_of(ready, return_path.address_for(ready.row.id))


EVIL = "R\r\nBcc: x@y.example <b>&amp; “é” 😀 .=20"


@pytest.mark.parametrize("salutation", ["Beste Riet", EVIL, ".", "x" * 500, "%s {0}"])
def test_a_reader_gets_the_same_words_either_way(mail, salutation):
    ready = mail({**OWN, "salutation": salutation}, name=salutation)
    compiled, _head = compiled_of(ready)
    single = built(ready)
    assert read(compiled)[1] == read([single])[1]
    assert dict(read(compiled)[0]).keys() == dict(read([single])[0]).keys()


def test_the_second_reader_is_filled_from_what_the_first_compiled(mail):
    first, _head = compiled_of(mail())
    second, _head = compiled_of(mail({**OWN, "salutation": "Beste Joop"}, number=8))
    assert b"Beste Joop" in b"".join(second)
    assert max(first, key=len) is max(second, key=len)


def test_other_words_are_compiled_anew(mail):
    compiled_of(mail())
    pieces, _head = compiled_of(mail(words={**WORDS, "letter_html": "<p>Ander nieuws</p>"}))
    assert b"Ander nieuws" in b"".join(pieces)


def test_each_reader_has_an_address_to_leave(mail):
    leave = [
        dict(read(compiled_of(mail(number=number))[0])[0])["List-Unsubscribe"] for number in (7, 8)
    ]
    assert leave[0] != leave[1]
    assert leave == [
        dict(read([built(mail(number=number))])[0])["List-Unsubscribe"] for number in (7, 8)
    ]


def test_an_empty_text_of_ones_own_has_a_variant_of_its_own(mail):
    compiled_of(mail())
    ready = mail({**OWN, "salutation": ""})
    assert read(compiled_of(ready)[0])[1] == read([built(ready)])[1]


def test_a_text_that_the_template_works_on_is_rendered_for_each(mail):
    assert compiled_of(mail({**OWN, "letter_html": "<p>rich</p>"})) is None
    assert compiled_of(mail({**OWN, "letter_text": "cut at ninety characters"})) is None


def test_a_single_letter_is_never_compiled(mail):
    assert compiled_of(mail(kind=MailingKind.LETTER)) is None


def test_an_envelope_of_an_edition_needs_no_stuffing(mail):
    envelope = rendering.Renderer().envelope_of(mail())
    assert envelope.is_stuffed
    assert b"\r\n." not in b"".join(envelope.pieces)
