"""E-mail addresses as typed, kept, compared, shown and hidden."""

from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsapp.core import addresses
from eventsapp.core.errors import InputError


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("petra@council.example", "petra@council.example"),
        ("  Petra.Berg@COUNCIL.Example \n", "Petra.Berg@council.example"),
        ("Petra Berg <petra@council.example>", "petra@council.example"),
        ("mailto:petra@council.example", "petra@council.example"),
        ("info+raad@Müller.example", "info+raad@xn--mller-kva.example"),
    ],
)
def test_an_address_is_kept_in_one_form(typed, kept):
    assert addresses.parse_address(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "  ",
        "petra",
        "petra@",
        "@council.example",
        "petra@council",
        "a b@council.example",
        "petra@council..example",
        "petra@council.example\nBcc: x@example.org",
        "jürgen@council.example",
        "a@b.example, c@d.example",
        "x" * 10_000 + "@council.example",
        "petra@[127.0.0.1]",
        "😀@😀",
        "petra@council.example\0",
        "\ud800@council.example",
    ],
)
def test_what_no_mail_can_reach_is_refused_beside_its_field(typed):
    with pytest.raises(InputError) as refused:
        addresses.parse_address(typed, "contact_email")

    assert refused.value.field == "contact_email"


@given(st.text(max_size=60))
def test_any_typed_text_is_an_address_or_a_fault_of_input(typed):
    try:
        kept = addresses.parse_address(typed)
    except InputError:
        return
    assert addresses.parse_address(kept) == kept
    assert kept.isascii()


def test_addresses_that_differ_in_case_reach_the_same_mailbox():
    assert addresses.same_address("Petra@council.example", "petra@Council.example")
    assert not addresses.same_address("petra@council.example", "piet@council.example")


@given(st.text(st.characters(codec=None), max_size=150))
def test_any_name_gives_a_header_that_leads_to_one_address(name):
    mail = EmailMessage(policy=policy.SMTP)
    mail["To"] = addresses.display(name, "petra@council.example")

    read = message_from_bytes(mail.as_bytes(), policy=policy.SMTP)

    assert list(read) == ["To"]
    assert [address.addr_spec for address in read["To"].addresses] == ["petra@council.example"]


def test_a_name_is_shown_with_its_address():
    assert addresses.display("Petra Berg", "p@council.example") == "Petra Berg <p@council.example>"
    assert addresses.display(" ", "p@council.example") == "p@council.example"
    assert addresses.display('Berg, "Petra"', "p@council.example") == (
        "\"Berg, 'Petra'\" <p@council.example>"
    )


def test_the_fingerprint_needs_the_key_and_forgets_case():
    made = addresses.address_hash(b"key", "Petra@council.example")

    assert made == addresses.address_hash(b"key", " petra@council.example")
    assert made != addresses.address_hash(b"other", "petra@council.example")
    assert "petra" not in made


def test_a_hidden_address_shows_one_letter_and_the_domain():
    assert addresses.mask("petra@council.example") == "p…@council.example"


@pytest.mark.parametrize("base", ["antwoord@programma.example", "@antwoord.example"])
@pytest.mark.parametrize("separator", ["+", "-"])
def test_what_was_added_to_our_address_is_read_back(base, separator):
    made = addresses.extended(base, "a1.b2", separator)
    assert made.count("@") == 1
    assert addresses.addition_to(base, made.upper(), separator) == "a1.b2"


@pytest.mark.parametrize(
    "email",
    [
        "antwoorden+a1@programma.example",
        "antwoord+a1@elders.example",
        "antwoord-a1@programma.example",
        "a1@programma.example",
        "@programma.example",
        "",
    ],
)
def test_another_address_is_not_taken_for_ours(email):
    assert addresses.addition_to("antwoord@programma.example", email, "+") is None


def test_our_address_itself_has_no_addition():
    assert (
        addresses.addition_to("antwoord@programma.example", "Antwoord@Programma.example", "+") == ""
    )


def test_without_an_address_of_our_own_nothing_is_ours():
    assert addresses.addition_to("", "petra@council.example", "+") is None


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("r.bos@gmail.com", "rbos@googlemail.com", True),
        ("R.Bos+wmo@gmail.com", "rbos@gmail.com", True),
        ("r.bos@raad.example", "rbos@raad.example", False),
        ("r.bos@gmail.com", "r.bos@raad.example", False),
        ("riet+wmo@raad.example", "riet@raad.example", False),
        ("Riet@raad.example", "riet@RAAD.example", True),
    ],
)
def test_dots_do_not_count_where_the_mailbox_says_so(one, other, is_same):
    assert addresses.same_mailbox(one, other) is is_same
