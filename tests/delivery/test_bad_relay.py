"""Bad luck at the mail server, stage by stage: the fate is exact, and nothing goes twice."""

from collections import Counter

import pytest

from eventsapp.mail.smtp import ServerAway
from eventsapp.mail.wire import Fate
from tests.delivery.scripted import CHUNKED, DROP, KEEP_AND_DROP, PIPELINED, PLAIN, SILENCE

NAMES = {PLAIN: "plain", PIPELINED: "piped", CHUNKED: "bdat"}
WAYS = pytest.mark.parametrize("offers", NAMES, ids=NAMES.get)
SOON = ["450 4.2.1 busy", "451 4.3.0 not now", "452 4.5.3 full"]
NEVER = ["550 5.1.1 unknown", "552 5.2.2 too large", "554 5.7.1 no"]
EVERY = ["421 4.3.2 going down", *SOON, *NEVER]
FATES = [(word, Fate.LATER) for word in SOON] + [(word, Fate.REFUSED) for word in NEVER]
STAGES = ["MAIL", "RCPT", "DATA", "end"]
ENDS = pytest.mark.parametrize("word", [EVERY[0], DROP], ids=["421", "drop"])
BEFORE_THE_OCTETS = pytest.mark.parametrize(
    ("offers", "stage"),
    [(offers, stage) for offers in (PLAIN, PIPELINED) for stage in ("MAIL", "RCPT", "DATA")]
    + [(CHUNKED, stage) for stage in ("MAIL", "RCPT")],
    ids=lambda one: NAMES.get(one, one),
)


@pytest.fixture
def bad(lane, request):
    """The lane, to a server that offers what the test is run with."""
    lane.server.offers = request.getfixturevalue("offers")
    yield lane
    lane.check()


def one(lane):
    """What was said of the one mail."""
    assert len(lane.outcomes) == 1
    return lane.outcomes[0]


@WAYS
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize(("word", "fate"), FATES)
def test_a_refusal_says_what_the_server_said(bad, offers, stage, word, fate):
    if stage == "DATA" and offers is CHUNKED:
        stage = "end"  # there is no DATA
    bad.server.says[stage] = [word]
    bad.send(1)
    assert (one(bad).fate, one(bad).code, one(bad).reply) == (fate, int(word[:3]), word)
    assert one(bad).is_about_sender == (stage == "MAIL" and not word.startswith("552"))


@WAYS
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("word", [*SOON, *NEVER])
def test_a_refused_mail_stops_no_other(bad, offers, stage, word):
    bad.server.says[stage] = ["250 ok" if stage != "DATA" else "354 go", word]
    fates = bad.send(4)
    refused = {Fate.LATER: 1, Fate.REFUSED: 0} if word in SOON else {Fate.REFUSED: 1}
    missed = 0 if stage == "DATA" and offers is CHUNKED else 1
    assert fates[Fate.SENT] == 4 - missed
    assert all(fates[fate] == count * missed for fate, count in refused.items())
    assert bad.server.connections == 1


@BEFORE_THE_OCTETS
@ENDS
def test_a_connection_that_ends_before_the_mail_left_is_made_anew(bad, offers, stage, word):
    bad.server.says[stage] = ["", "", word]
    assert bad.send(6) == {Fate.SENT: 6}
    assert bad.server.connections == 2


@BEFORE_THE_OCTETS
@ENDS
def test_a_mail_at_which_each_connection_ends_is_put_off(bad, offers, stage, word):
    bad.server.says[stage] = [word, word]
    assert bad.send(3) == {Fate.LATER: 1, Fate.SENT: 2}
    assert bad.outcomes[-1].fate is Fate.SENT


@WAYS
@pytest.mark.parametrize("word", EVERY)
def test_a_server_that_will_not_forget_a_refused_mail_is_called_anew(bad, offers, word):
    bad.server.refusals = {bad.addresses(1)[0]: NEVER[0]}
    bad.server.says["RSET"] = [word]
    assert bad.send(4) == {Fate.REFUSED: 1, Fate.SENT: 3}
    assert (bad.server.says["RSET"], bad.server.connections) == ([], 2)


@pytest.mark.parametrize("offers", [CHUNKED], ids=["bdat"])
@pytest.mark.parametrize("word", EVERY)
def test_a_refused_reset_between_two_mails_costs_neither(bad, offers, word):
    bad.server.says["RSET"] = [word]
    assert bad.send(4) == {Fate.SENT: 4}
    assert (bad.server.says["RSET"], bad.server.connections) == ([], 2)


@WAYS
def test_a_server_that_always_hangs_up_is_away_and_nothing_is_lost(bad, offers):
    bad.server.says["MAIL"] = [DROP] * 50
    bad.send(10)
    assert isinstance(bad.fault, ServerAway)
    assert bad.begun == []
    assert bad.taken < 10
    assert bad.server.connections <= 4


@WAYS
def test_a_drop_within_the_octets_sends_the_mail_again(bad, offers):
    bad.server.says["body"] = [DROP]
    assert bad.send(1, pieces=[(b"x" * 900 + b"\r\n") * 12_000]) == {Fate.SENT: 1}
    assert bad.server.connections == 2


@WAYS
def test_a_drop_after_the_final_dot_is_unknown_and_not_sent_again(bad, offers):
    bad.server.says["end"] = [KEEP_AND_DROP]
    assert bad.send(3) == {Fate.UNKNOWN: 1, Fate.SENT: 2}
    assert bad.server.kept == Counter(bad.addresses(3))


@WAYS
def test_a_drop_at_the_final_dot_is_unknown_also_when_it_was_not_kept(bad, offers):
    bad.server.says["end"] = [DROP]
    assert bad.send(1) == {Fate.UNKNOWN: 1}


@WAYS
def test_a_421_after_the_final_dot_is_a_clear_answer(bad, offers):
    bad.server.says["end"] = ["421 4.3.2 going down"]
    assert bad.send(3) == {Fate.LATER: 1, Fate.SENT: 2}


@WAYS
def test_silence_after_the_final_dot_is_unknown(bad, offers):
    bad.gives_up_on_silence = True
    bad.server.says["end"] = [SILENCE]
    assert bad.send(2) == {Fate.UNKNOWN: 1, Fate.SENT: 1}


@WAYS
@pytest.mark.parametrize("stage", ["MAIL", "RCPT"])
def test_silence_before_the_mail_left_costs_nothing(bad, offers, stage):
    bad.gives_up_on_silence = True
    bad.server.says[stage] = [SILENCE]
    assert bad.send(2) == {Fate.SENT: 2}


@WAYS
def test_an_answer_that_is_none_after_the_final_dot_is_unknown(bad, offers):
    bad.server.says["end"] = ["hello?"]
    assert bad.send(2) == {Fate.UNKNOWN: 1, Fate.SENT: 1}


@WAYS
def test_many_connections_that_break_leave_one_unknown_each_at_most(bad, offers):
    bad.server.delay = 0.02
    bad.server.says["end"] = [KEEP_AND_DROP] * 5
    fates = bad.send(60, connections=5)
    # Where connection after connection breaks it stops, rather than to bring more in doubt.
    assert 3 <= fates[Fate.UNKNOWN] <= 5
    assert fates.keys() <= {Fate.UNKNOWN, Fate.SENT, Fate.UNTRIED}


def test_a_server_that_takes_data_for_nobody_gets_an_empty_mail(lane):
    lane.server.takes_data_for_nobody = True
    lane.server.refusals = {lane.addresses(1)[0]: "550 5.1.1 unknown"}
    assert lane.send(3) == {Fate.REFUSED: 1, Fate.SENT: 2}
    assert lane.server.connections == 1
    lane.check()


@WAYS
@pytest.mark.parametrize("security", ["required", "optional", "tls"])
def test_over_encryption_every_mail_arrives_once(lane, certificate, trusted, security, offers):
    lane.security, lane.server.tls, lane.server.offers = security, certificate.server, offers
    lane.server.is_tls_from_the_start = security == "tls"
    pieces = [b"Subject: x\r\n\r\n", b"abcdefghij\r\n" * 30_000]
    assert lane.send(10, connections=3, pieces=pieces) == {Fate.SENT: 10}
    assert {octets for _, octets in lane.server.letters} == {b"".join(pieces)}
    lane.check()


@pytest.mark.parametrize("word", [DROP, KEEP_AND_DROP], ids=["lost", "kept"])
def test_over_encryption_a_drop_after_the_final_dot_is_unknown(lane, certificate, trusted, word):
    lane.security, lane.server.tls = "required", certificate.server
    lane.server.says["end"] = [word]
    assert lane.send(2) == {Fate.UNKNOWN: 1, Fate.SENT: 1}
    lane.check()


def test_what_cannot_be_written_down_does_not_leave(lane):
    def full(_identity):
        raise OSError(28, "No space left on device")

    with lane.opened() as opened, pytest.raises(OSError, match="No space"):
        opened.send(lane.envelopes(["a@b.example"], (b"x\r\n",), False), full, lane.ended)
    assert lane.server.letters == []
    assert [each.fate for each in lane.outcomes] == [Fate.UNTRIED]


def test_mails_under_way_end_when_the_list_of_mails_breaks(lane):
    def broken():
        yield from lane.envelopes(lane.addresses(3), (b"x\r\n",), False)
        raise LookupError("the database is gone")

    with lane.opened(connections=3) as opened, pytest.raises(LookupError):
        opened.send(broken(), lane.begun.append, lane.ended)
    lane.check()


def test_a_lane_that_must_stop_takes_no_more_and_ends_what_it_took(lane):
    with lane.opened() as opened:
        envelopes = lane.envelopes(lane.addresses(20), (b"x\r\n",), False)
        opened.send(envelopes, lane.begun.append, lane.ended, lambda: len(lane.outcomes) >= 5)
    assert 5 <= lane.taken <= 7
    lane.check()


@WAYS
@pytest.mark.parametrize("delay", [0.02, 0.3], ids=["20 ms", "300 ms"])
def test_a_relay_that_takes_its_time_gets_each_mail_once(bad, offers, delay):
    bad.server.delay, bad.server.gathers = delay, 4
    assert bad.send(12, connections=4) == {Fate.SENT: 12}
    assert bad.server.kept == Counter(bad.addresses(12))
    assert bad.server.connections == bad.server.most_waiting == 4


@WAYS
@pytest.mark.parametrize("delay", [0.02, 0.3], ids=["20 ms", "300 ms"])
def test_what_goes_wrong_while_a_slow_relay_has_others_in_hand_stays_with_one(bad, offers, delay):
    bad.server.delay, bad.server.gathers = delay, 4
    bad.server.says["end"] = [KEEP_AND_DROP, SOON[0], NEVER[0]]
    fates = bad.send(12, connections=4)
    assert fates == {Fate.UNKNOWN: 1, Fate.LATER: 1, Fate.REFUSED: 1, Fate.SENT: 9}
