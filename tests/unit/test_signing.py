"""Our own DKIM signature, judged by another implementation of RFC 6376."""

from dataclasses import replace

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from eventsapp.core.errors import SettingsError
from eventsapp.mail import mime
from eventsapp.mail.pieces import compile_variant
from eventsapp.mail.signing import Signer
from tests.unit.test_pieces import MARKED, NOTES, RIET

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem_of(key):
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


SIGNER = Signer("samen.example", "eventsapp", pem_of(KEY))
VARIANT = compile_variant(replace(MARKED, headers=(
    *MARKED.headers, ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
)))  # fmt: skip


def dns(name, **_options):
    assert name == b"eventsapp._domainkey.samen.example."
    public = KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return b"v=DKIM1; k=rsa; p=" + b"".join(public.splitlines()[1:-1])


def is_signed(octets):
    return dkim.verify(octets, dnsfunc=dns)


def signed(values=RIET):
    pieces = VARIANT.fill(values)
    head, body = b"".join(pieces[: VARIANT.head]), pieces[VARIANT.head :]
    return b"".join([SIGNER.sign(head, body), *pieces])


@given(name=NOTES, note=NOTES)
def test_a_filled_mail_bears_a_signature_that_holds(name, note):
    assert is_signed(signed({**RIET, "name": name, "note": note}))


@given(st.lists(st.sampled_from([b"\r\n", b"x", b" ", b"\t", b"dag\r\n"]), max_size=8))
def test_the_signature_holds_whatever_the_body_ends_in(pieces):
    head = b"From: a@samen.example\r\nSubject: two\r\n  lines\r\n"
    assert is_signed(SIGNER.sign(head, pieces) + head + b"\r\n" + b"".join(pieces))


def test_a_built_letter_can_be_signed_as_well():
    parts = replace(MARKED, **{
        "message_id": "<1@samen.example>", "to_name": "Riet", "to_address": "riet@raad.example",
        "reply_to": "", "subject": "Dag", "text": "Dag\n", "html": "<p>Dag</p>", "headers": (),
    })  # fmt: skip
    octets = mime.build(parts)
    head, _, body = octets.partition(b"\r\n\r\n")
    assert is_signed(SIGNER.sign(head + b"\r\n", [body]) + octets)


@pytest.mark.parametrize(
    "before",
    [
        b"From: Programma", b"Subject: Nieuws", b"To: Riet", b"Message-ID: <1234",
        b"List-Unsubscribe: <https", b"List-Unsubscribe-Post: List", b"Tot dan.",
    ],
)  # fmt: skip
def test_whatever_matters_is_covered(before):
    octets = signed()
    assert before in octets
    assert not is_signed(octets.replace(before, before + b"x"))


def test_nobody_can_add_a_second_sender():
    assert not is_signed(signed().replace(b"\r\nFrom:", b"\r\nFrom: b@other.example\r\nFrom:", 1))


def test_a_second_try_bears_the_same_signature():
    assert signed() == signed()


def test_no_line_of_the_signature_is_too_long():
    pieces = VARIANT.fill(RIET)
    header = SIGNER.sign(b"".join(pieces[: VARIANT.head]), pieces[VARIANT.head :])
    assert max(map(len, header.split(b"\r\n"))) <= 160


@pytest.mark.parametrize(
    "pem",
    [
        "no key",
        pem_of(ec.generate_private_key(ec.SECP256R1())),
        pem_of(rsa.generate_private_key(public_exponent=65537, key_size=1024)),
    ],
    ids=["none", "elliptic", "short"],
)
def test_a_key_that_receivers_do_not_take_is_refused(pem):
    with pytest.raises(SettingsError):
        Signer("samen.example", "eventsapp", pem)
