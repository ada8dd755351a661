"""What somebody wrote anew, apart from the mail that was answered; enclosed things only listed."""

from email.message import EmailMessage

import pytest

from eventsapp.mail.letter_text import attachments, new_words
from eventsapp.mail.opening import opened

WORDS = "Ik kom, met Piet.\n\nGroet, Riet"


@pytest.mark.parametrize(
    "quoted",
    [
        "Op ma 4 jan 2027 om 09:00 schreef Anna <a@b.example>:\n> Geachte mevrouw\n> Bos",
        "Op ma 4 jan 2027 om 09:00 schreef Anna de Vries\n<antwoord+x@b.example>:\n\n> Geachte",
        "On Mon, 4 Jan 2027 at 09:00, Anna <a@b.example> wrote:\n> Dear Riet",
        "-----Oorspronkelijk bericht-----\nVan: Anna\nGeachte",
        "________________________________\nVan: Anna\nVerzonden: maandag\nAan: Riet",
        "Van: Anna <a@b.example>\nVerzonden: maandag 4 januari 2027 09:00\nAan: Riet\n\nGeachte",
        "From: Anna\nSent: Monday\nTo: Riet\n\nDear Riet",
        "> Geachte mevrouw Bos\n> u bent uitgenodigd",
        "",
    ],
)
def test_only_what_is_new_is_shown(quoted):
    assert new_words(f"{WORDS}\n\n{quoted}\n") == WORDS


@pytest.mark.parametrize(
    "text",
    [
        "Op maandag 4 januari kom ik niet: ik ben ziek.\nGroet",
        "Van: hier naar daar is ver.\nIk kom niet.",
        "Op ma 4 jan schreef Anna <a@b.example>:\n> Komt u?\nJa\n> Met hoeveel?\nMet Piet",
        "Onze voorzitter komt. Hij wrote: niets",
    ],
)
def test_in_doubt_all_of_it_is_shown(text):
    assert new_words(text) == text


def test_who_writes_only_below_the_quote_is_not_lost():
    text = "Op ma 4 jan schreef Anna <a@b.example>:\n> Komt u?\n\nJa, ik kom.\nRiet"
    assert "Ja, ik kom." in new_words(text)


def test_a_letter_of_nothing_but_quotes_is_shown_whole():
    assert new_words("> alles\n> oud") == "> alles\n> oud"


def test_long_lines_take_no_time():
    assert new_words("Op " + "schreef " * 20_000).startswith("Op schreef")


def test_what_is_enclosed_is_listed_with_its_size():
    mail = EmailMessage()
    mail.set_content("Zie bijlage")
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="Agenda é.pdf")
    mail.add_attachment(b"x" * 10, maintype="image", subtype="png")
    found = attachments(opened(mail.as_bytes()))
    assert [(one["name"], one["kind"], one["size"]) for one in found] == [
        ("Agenda é.pdf", "application/pdf", 4),
        ("image/png", "image/png", 10),
    ]
