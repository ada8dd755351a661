"""An edition for tests: a mailing with its letters in the outbox, as bulk mail."""

from eventsapp.mail import outbox
from eventsapp.mail.kinds import MailingKind, Purpose

DATA = {
    "letter_subject": "Nieuws uit de regio",
    "letter_text": "Beste lezer,\n.Dit is het nieuws.",
    "letter_html": "<p>Dit is het nieuws.</p>",
    "letter_has_when": False,
    "letter_asks": False,
    "letter_is_neutral": False,
    "letter_papers": [],
    "letter_from": {"name": "Anna Bos", "phone": "070 000 00 00"},
}


def open_edition():
    """Begin a newsletter whose words are shared by all its readers."""
    return outbox.open_mailing(
        kind=MailingKind.EDITION,
        purpose=Purpose.NEWSLETTER,
        reference="",
        title="Nieuws uit de regio",
        by=None,
        data=DATA,
        undo=False,
    )


def letter_to(number, mailing, domain="raad.example"):
    """The row of one reader."""
    return outbox.Letter(
        key=f"edition:{mailing.id}:{number}",
        address=f"lezer{number}@{domain}",
        name=f"Lezer {number}",
        language="nl",
        template="letter",
        data={"salutation": f"Beste lezer {number}", "role_line": "U leest dit als lezer."},
        person_id=number + 1,
        reference=f"person:{number + 1}",
        priority=7,
    )
