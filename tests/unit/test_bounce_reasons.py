"""Why a mail came back: judged by the reason, not by the class of the status."""

import pytest

from eventsapp.mail.kinds import BounceKind
from eventsapp.mail.reasons import FINAL, BounceReason, judge

SAYINGS = [
    ("no_such_user", "550 5.1.1 The email account that you tried to reach does not exist."),
    ("no_such_user", "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by lookup"),
    ("no_such_user", "550 5.1.1 <p@raad.example>: Recipient address rejected: User unknown"),
    ("no_such_user", "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)"),
    ("no_such_user", "550 No such user here"),
    ("no_such_user", "511 sorry, no mailbox here by that name (#5.1.1)"),
    ("no_such_user", "550 5.7.1 User unknown"),
    ("no_such_user", "553 5.3.0 <p@raad.example>... Addressee unknown"),
    ("no_such_user", "550 Onbekende gebruiker"),
    ("no_such_user", "550 Requested action not taken: mailbox unavailable"),
    ("no_such_user", "550 5.1.1"),
    ("domain_gone", "Host or domain name not found. Name service error for raad.example"),
    ("domain_gone", "550 5.1.2 Bad destination system address"),
    ("domain_gone", "556 5.1.10 Domain raad.example does not accept mail (nullMX)"),
    ("domain_gone", "DNS Error: domain name not found"),
    ("domain_gone", "Unrouteable address"),
    ("disabled", "550 5.2.1 The email account that you tried to reach is disabled."),
    ("disabled", "554 delivery error: This account has been disabled or discontinued"),
    ("disabled", "550 5.2.1 Mailbox inactive"),
    ("mailbox_full", "552 5.2.2 The email account that you tried to reach is over quota"),
    ("mailbox_full", "550 5.1.1 Mailbox full"),
    ("mailbox_full", "452 4.2.2 Mailbox full, user unknown to our storage"),
    ("mailbox_full", "554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException"),
    ("mailbox_full", "Het postvak is vol"),
    ("mailbox_full", "452 4.3.1 Insufficient system storage"),
    ("too_large", "552 5.3.4 Message size exceeds fixed maximum message size"),
    ("too_large", "5.2.3 message too large for recipient"),
    ("spam", "554 5.7.1 This message looks like spam"),
    ("spam", "550 5.7.1 Our system has detected that this message is likely unsolicited mail."),
    ("spam", "550 5.1.1 Message rejected as spam, user unknown"),
    (
        "blocked_sender",
        "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using a list",
    ),
    ("blocked_sender", "550 5.7.606 Access denied, banned sending IP [192.0.2.1]"),
    ("blocked_sender", "550 Your IP address is on our blocklist"),
    ("blocked_sender", "550 5.7.1 message from a server with a poor reputation"),
    ("authentication", "550 5.7.26 This mail is unauthenticated, DMARC policy of the sender"),
    ("authentication", "550 5.7.23 The message was rejected because of Sender Policy Framework"),
    ("rate_limited", "450 4.2.1 The user you are trying to contact is receiving mail too quickly"),
    ("rate_limited", "421 4.7.0 Too many connections from your host"),
    (
        "not_allowed",
        "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication needed",
    ),
    ("not_allowed", "550 5.7.1 You are not authorized to send to this group"),
    ("relay", "554 5.7.1 <p@raad.example>: Relay access denied"),
    ("relay", "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)"),
    ("loop", "554 5.4.6 Too many hops 26 (25 max)"),
    ("receiver_away", "connect to mx.raad.example[192.0.2.1]:25: Connection timed out"),
    ("receiver_away", "4.4.7 Message expired"),
    ("policy", "550 5.7.1 Message refused by the administrator"),
    ("not_clear", "550 Error"),
    ("not_clear", ""),
]


@pytest.mark.parametrize(("word", "said"), SAYINGS)
def test_what_a_server_says_has_one_reason(word, said):
    assert judge(said).reason == word


@pytest.mark.parametrize(("word", "said"), SAYINGS)
def test_only_where_nobody_is_a_bounce_is_final(word, said):
    verdict = judge(said)
    assert (verdict.kind is BounceKind.HARD) == (verdict.reason in FINAL)


def test_a_server_that_says_later_does_not_say_never():
    assert judge("450 4.1.1 User unknown").kind is BounceKind.SOFT
    assert judge("User unknown", code=450).kind is BounceKind.SOFT
    assert judge("Recipient address rejected: User unknown", status="4.1.1").kind is BounceKind.SOFT


def test_the_quoted_reply_knows_better_than_the_reporter():
    verdict = judge("smtp; 550 5.1.1 no thanks", status="5.0.0")
    assert (verdict.reason, verdict.kind) == (BounceReason.NO_SUCH_USER, BounceKind.HARD)


def test_words_in_an_address_or_a_link_are_no_reason():
    said = "550 no, spam.unknown@user-unknown.example, see https://blocked.example/mailbox-full"
    assert judge(said).reason is BounceReason.NOT_CLEAR


@pytest.mark.parametrize("text", ["user " * 100_000, "a" * 100_000, "mailbox is " * 50_000])
def test_endless_text_is_judged_at_once(text):
    assert judge(text).kind is BounceKind.SOFT
