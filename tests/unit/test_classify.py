"""What came in: a report, a complaint, a calendar's answer, an automatic answer or a letter."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventsapp.mail.classify import classify
from eventsapp.mail.kinds import InboundKind
from eventsapp.mail.opening import LARGEST, MOST_PARTS
from tests.samples import names, sample

KINDS = {
    "bounce": [
        "exchange",
        "postfix",
        "gmail",
        "exim",
        "qmail",
        "sendmail_no_such_host",
        "no_first_block",
        "encoded_status",
    ],
    "complaint": ["complaint"],
    "calendar_reply": ["calendar_reply"],
    "auto_reply": ["postfix_delayed", "out_of_office", "vacation_of_old", "read_receipt"],
    "letter": ["letter"],
}
EACH = [(kind, name) for kind, some in KINDS.items() for name in some]


def mail(*lines: str, body: str = "Ik kom graag.") -> bytes:
    return "\r\n".join(["From: r.bos@raad.example", *lines, "", body]).encode()


def test_each_sample_has_a_kind():
    assert sorted(name for _, name in EACH) == names()


@pytest.mark.parametrize(("kind", "name"), EACH)
def test_a_mail_is_known_for_what_it_is(kind, name):
    assert classify(sample(name)).kind == kind


@pytest.mark.parametrize(
    "line",
    [
        "Auto-Submitted: auto-replied (vacation)",
        "Precedence: auto_reply",
        "X-Autoreply: yes",
        "X-Autorespond:",
        "Subject: Out of Office: Uitnodiging",
        "Subject: =?utf-8?q?Automatisch_antwoord=3A_Uitnodiging?=",
        "Return-Path: <>",
    ],
)
def test_what_a_machine_wrote_is_no_letter(line):
    assert classify(mail(line)).kind is InboundKind.AUTO_REPLY


@pytest.mark.parametrize(
    "line",
    [
        "Auto-Submitted: no",
        "Precedence: normal",
        "Subject: Re: ik ben niet afwezig",
        "X-Auto-Response-Suppress: All",
        "Subject: Undeliverable?",
    ],
)
def test_what_a_person_wrote_stays_a_letter(line):
    assert classify(mail(line)).kind is InboundKind.LETTER


def test_whoever_delivered_it_knows_best_for_whom_it_was():
    post = classify(sample("postfix"), "Retour+42.x@programma.example")
    assert post.recipients[:3] == (
        "retour+42.x@programma.example",
        "post@programma.example",
        "retour+42.k3vq7m2xw5ta@programma.example",
    )


def test_a_letter_says_who_wrote_what_about_which_mail():
    post = classify(sample("letter"))
    assert (post.sender, post.sender_name) == ("r.bos@gemeente.example", "Riët Bos")
    assert post.subject == "Re: Uitnodiging café"
    assert post.body == "Ik kom graag, samen met Piet. Is er koffie in het café?"
    assert post.replies_to == ("<0a1b2c@programma.example>", "<eerst@programma.example>")


def test_a_forwarded_mail_is_not_opened():
    assert classify(sample("letter")).calendar is None


def test_the_method_within_the_calendar_counts_and_not_the_header():
    post = classify(sample("calendar_reply"))
    assert b"METHOD:REPLY" in post.calendar


def test_a_calendar_file_that_somebody_attached_makes_no_answer():
    octets = mail(
        "Content-Type: multipart/mixed; boundary=b",
        body="--b\r\n\r\nKijk eens.\r\n--b\r\nContent-Type: text/calendar\r\n"
        "Content-Disposition: attachment; filename=uitje.ics\r\n\r\n"
        "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n--b--\r\n",
    )
    post = classify(octets)
    assert (post.kind, post.calendar) == (InboundKind.LETTER, None)


def test_a_letter_in_html_is_read_as_text():
    post = classify(mail("Content-Type: text/html", body="<p>Ik <b>kom</b>.</p><script>x</script>"))
    assert post.body == "Ik kom."


def test_the_same_mail_over_two_ways_has_one_fingerprint():
    stamped = b"Received: from a by b\r\nDelivered-To: x@programma.example\r\n"
    for name in ("letter", "qmail"):
        one, other = classify(sample(name)), classify(stamped + sample(name))
        assert one.fingerprint == other.fingerprint


def test_another_answer_of_a_calendar_has_another_fingerprint():
    accepted = sample("calendar_reply")
    declined = accepted.replace(b"ACCEPTED", b"DECLINED")
    assert classify(accepted).fingerprint != classify(declined).fingerprint


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\r\n\r\n",
        b"From: \xff\xfe\r\n\r\n\x00\x01",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\n" * 200_000,
        b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (one, one)
            for one in range(5000)
        ),
        b"Content-Type: message/rfc822\r\n\r\n" * 5000,
        b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n"
        b"Content-Type: message/delivery-status\r\n\r\n" + b"Status: 5\r\n\r\n" * 100_000,
        b"Subject: " + b"=?utf-8?q?=41?= " * 50_000 + b"\r\n\r\n",
        b"To: " + b"a@b.example, " * 100_000 + b"\r\n\r\n",
        b"Subject: x\r\n\r\n" + b"\r\n" * 1_000_000,
        b"From: " + b"(" * 100_000 + b"\r\n\r\n",
        b"From: " + b'"' * 100_000 + b"\r\n\r\n",
        b"Content-Type: text/html\r\n\r\n" + b"<div>" * 150_000,
        b"Content-Type: text/plain; charset=" + b"x" * 100_000 + b"\r\n\r\n\xff",
        b"Content-Type: text/plain; charset=rot13\r\n\r\n\xff",
        b"Content-Transfer-Encoding: base64\r\n\r\n" + b"A" * 999_999,
    ],
    ids=range(16),
)
def test_a_mail_made_to_break_us_is_read_within_bounds(octets):
    began = time.process_time()
    assert classify(octets).kind in InboundKind
    assert time.process_time() - began < 10


def test_of_a_huge_mail_the_beginning_is_read():
    post = classify(sample("letter") + b"x" * 3 * LARGEST)
    assert post.body.startswith("Ik kom graag")


def test_beyond_the_bound_of_parts_only_the_headers_count():
    boundaries = "".join(
        f"--b\r\nContent-Type: multipart/mixed; boundary=c{n}\r\n\r\n" for n in range(MOST_PARTS)
    )
    post = classify(
        mail("Content-Type: multipart/mixed; boundary=b", "Subject: Hoi", body=boundaries)
    )
    assert (post.kind, post.subject, post.body) == (InboundKind.LETTER, "Hoi", "")


@settings(max_examples=200)
@given(st.sampled_from(names()), st.integers(0, 3000), st.binary(max_size=30))
def test_a_damaged_mail_is_still_something(name, place, noise):
    octets = sample(name)
    assert classify(octets[:place] + noise + octets[place + 9 :]).kind in InboundKind
    assert classify(octets[:place]).kind in InboundKind


def test_a_style_sheet_does_not_hide_what_somebody_wrote():
    styled = "<html><head><style>" + "p { color: red } " * 9000 + "</style></head><p>Ik kom.</p>"
    assert classify(mail("Content-Type: text/html", body=styled)).body == "Ik kom."
