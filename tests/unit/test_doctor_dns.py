"""What the records in the DNS mean, and what is said when nobody can tell."""

import pytest

from eventsapp.mail.doctor_dns import (
    is_aligned,
    judge_dkim,
    judge_dmarc,
    judge_spf,
    tags_of,
)
from eventsapp.mail.doctor_words import Verdict

SAYS_NONE = "v=DMARC1; p=none"


@pytest.mark.parametrize(
    ("records", "verdict"),
    [
        ([], Verdict.BAD),
        (["v=spf1 include:relay.example -all"], Verdict.GOOD),
        (["v=spf1 ip4:192.0.2.1 ~all"], Verdict.GOOD),
        (["v=spf1 +all"], Verdict.BAD),
        (["v=spf1 a all"], Verdict.BAD),
        (["v=spf1 a -all", "v=spf1 mx -all"], Verdict.BAD),
    ],
)
def test_spf_is_one_record_that_names_who_may_send(records, verdict):
    assert judge_spf("programma.example", records).verdict is verdict


@pytest.mark.parametrize(
    ("records", "verdict"),
    [
        (["v=DKIM1; k=rsa; p=AAAA"], Verdict.GOOD),
        (["v=DKIM1;k=rsa;p=AA AA"], Verdict.GOOD),
        (["v=DKIM1; k=rsa; p=BBBB"], Verdict.BAD),
        (["v=DKIM1; p="], Verdict.BAD),
        ([], Verdict.BAD),
    ],
)
def test_the_published_key_must_be_ours(records, verdict):
    assert judge_dkim("s._domainkey.programma.example", records, "AAAA").verdict is verdict


def test_what_to_publish_is_said_in_full():
    found = judge_dkim("s._domainkey.programma.example", [], "AAAA")
    assert found.remedy % found.values == "Publish there as TXT: v=DKIM1; k=rsa; p=AAAA"


@pytest.mark.parametrize(
    ("records", "envelope", "signer", "verdict"),
    [
        ([], "programma.example", "", Verdict.BAD),
        ([SAYS_NONE, SAYS_NONE], "programma.example", "", Verdict.BAD),
        ([SAYS_NONE], "programma.example", "", Verdict.GOOD),
        ([SAYS_NONE], "retour.programma.example", "", Verdict.GOOD),
        ([SAYS_NONE + "; aspf=s"], "retour.programma.example", "", Verdict.UNKNOWN),
        ([SAYS_NONE], "bureau.test", "", Verdict.UNKNOWN),
        ([SAYS_NONE], "bureau.test", "programma.example", Verdict.GOOD),
        ([SAYS_NONE], "bureau.test", "other.test", Verdict.BAD),
    ],
)
def test_dmarc_asks_that_envelope_or_signature_belongs_to_the_sender(
    records, envelope, signer, verdict
):
    assert judge_dmarc("programma.example", records, envelope, signer).verdict is verdict


def test_tags_are_read_whatever_white_space_stands_between():
    assert tags_of("v=DMARC1 ;p=reject; rua = mailto:x@y.example;") == {
        "v": "DMARC1",
        "p": "reject",
        "rua": "mailto:x@y.example",
    }


def test_strict_means_the_very_same_domain():
    assert is_aligned("a.programma.example", "b.programma.example", "r")
    assert not is_aligned("a.programma.example", "b.programma.example", "s")
