"""Reports that a mail did not arrive, in the manner of several mail servers."""

import pytest

from eventsapp.mail.classify import classify
from eventsapp.mail.reasons import judge
from tests.samples import sample

RIET = "r.bos@raad.example"
JUDGED = [
    ("exchange", "r.bos@gemeente.example", "5.1.10", "no_such_user", "hard"),
    ("postfix", RIET, "5.2.2", "mailbox_full", "soft"),
    ("gmail", "riet.bos@post.example", "5.2.1", "disabled", "hard"),
    ("exim", RIET, "", "no_such_user", "hard"),
    ("qmail", RIET, "", "no_such_user", "hard"),
    ("sendmail_no_such_host", "r.bos@opgeheven-raad.example", "5.1.2", "domain_gone", "hard"),
    ("no_first_block", RIET, "5.0.0", "spam", "soft"),
    ("encoded_status", RIET, "5.3.4", "too_large", "soft"),
]


@pytest.mark.parametrize(("name", "address", "status", "reason", "kind"), JUDGED)
def test_a_report_names_the_address_and_the_reason(name, address, status, reason, kind):
    report = classify(sample(name)).report
    verdict = judge(report.diagnostic, status=report.status)
    assert (report.address, report.status) == (address, status)
    assert (verdict.reason, verdict.kind) == (reason, kind)


@pytest.mark.parametrize(
    "name", ["exchange", "postfix", "gmail", "exim", "qmail", "encoded_status", "complaint"]
)
def test_a_report_names_the_mail_that_came_back(name):
    assert classify(sample(name)).report.about == "<0a1b2c@programma.example>"


def test_what_we_wrote_ourselves_is_no_reason():
    report = classify(sample("qmail")).report
    assert "vol" not in report.diagnostic


def test_a_delay_is_no_failure():
    report = classify(sample("postfix_delayed")).report
    assert (report.action, report.has_failed) == ("delayed", False)


def test_of_several_receivers_the_one_that_failed_counts():
    octets = sample("postfix").replace(
        b"Final-Recipient: rfc822; r.bos",
        b"Final-Recipient: rfc822; anna@raad.example\r\nAction: relayed\r\nStatus: 2.0.0\r\n\r\n"
        b"Final-Recipient: rfc822; r.bos",
    )
    assert classify(octets).report.address == RIET


def test_a_complaint_tells_who_pressed_unwanted():
    report = classify(sample("complaint")).report
    assert (report.action, report.address) == ("complaint", "riet.bos@post.example")


def test_somebody_who_took_a_complaint_back_does_not_complain():
    octets = sample("complaint").replace(b"Feedback-Type: abuse", b"Feedback-Type: not-spam")
    assert classify(octets).report is None


def test_a_report_without_a_reason_quotes_what_was_written_for_people():
    octets = sample("postfix").replace(b"Diagnostic-Code: smtp; 552 5.2.2", b"X-Note: none")
    report = classify(octets).report
    assert judge(report.diagnostic, status=report.status).reason == "mailbox_full"


def test_a_report_in_an_odd_form_still_gives_the_address():
    octets = (
        b"From: postmaster@raad.example\r\nTo: retour@programma.example\r\n"
        b"Subject: Undeliverable: Uitnodiging\r\nMessage-ID: <z@raad.example>\r\n\r\n"
        b"Your message did not reach the following recipient(s):\r\n\r\n"
        b"r.bos@raad.example on Mon, 4 Jan 2027 10:03:00 +0100\r\n"
        b"    The recipient name is not recognized\r\n"
    )
    post = classify(octets)
    assert (post.kind, post.report.address) == ("bounce", RIET)
