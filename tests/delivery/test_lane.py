"""The lane over real sockets: each mail once, over few connections, with the right fate."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eventsapp.mail.wire import Fate
from tests.delivery.scripted import (
    CHUNKED,
    DROP,
    KEEP_AND_DROP,
    PIPELINED,
    PLAIN,
)

WAYS = pytest.mark.parametrize(
    "offers", [PLAIN, PIPELINED, CHUNKED], ids=["plain", "piped", "bdat"]
)


@WAYS
def test_every_mail_arrives_once(lane, offers):
    lane.server.offers = offers
    assert lane.send(50) == {Fate.SENT: 50}
    assert lane.server.kept == Counter(lane.addresses(50))


@WAYS
def test_a_mail_arrives_as_it_was_given(lane, offers):
    lane.server.offers = offers
    octets = b"Subject: dots\r\n\r\n.one\r\n..two\r\n.\r\nend\r\n"
    lane.send(1, pieces=[octets[:20], octets[20:]])
    assert lane.server.letters == [(lane.addresses(1)[0], octets)]


@WAYS
def test_octets_without_dots_at_line_starts_travel_as_they_are(lane, offers):
    lane.server.offers = offers
    pieces = [b"Subject: x\r\n\r\n", b"a" * 900_000, b"\r\n"]
    assert lane.send(3, pieces=pieces, is_stuffed=True) == {Fate.SENT: 3}
    assert {octets for _, octets in lane.server.letters} == {b"".join(pieces)}


@WAYS
def test_several_connections_share_the_work(lane, offers):
    lane.server.offers, lane.server.gathers = offers, 6
    lane.send(60, connections=6)
    assert lane.server.connections == lane.server.most_waiting == 6


def test_one_mail_opens_one_connection(lane):
    lane.send(1, connections=8)
    assert lane.server.connections == 1


def test_connections_are_kept_from_one_round_to_the_next(lane):
    with lane.opened(connections=1) as opened:
        lane.send(3, to=opened)
        lane.send(3, to=opened)
    assert lane.server.connections == 1


def test_a_slow_relay_is_asked_by_as_many_as_allowed(lane):
    lane.server.gathers = 8
    lane.send(16, connections=8)
    assert lane.server.most_waiting == 8


def test_a_relay_that_takes_one_connection_gets_all_over_one(lane):
    lane.server.at_once = 1
    assert lane.send(40, connections=8) == {Fate.SENT: 40}
    # The refused calls, not one for each mail: eight at first, and again after five seconds.
    assert lane.server.connections <= 2 + 2 * 8


def test_the_next_mail_is_announced_behind_the_final_dot(lane):
    lane.send(20, connections=1)
    assert lane.server.longest_group >= 2


def test_without_pipelining_each_command_waits_for_its_answer(lane):
    lane.server.offers = PLAIN
    lane.send(20, connections=1)
    assert lane.server.longest_group == 0


@WAYS
def test_after_a_refused_receiver_the_connection_goes_on(lane, offers):
    lane.server.offers = offers
    refused = lane.addresses(9)[::3]
    lane.server.refusals = dict.fromkeys(refused, "550 5.1.1 unknown")
    assert lane.send(9, connections=1) == {Fate.SENT: 6, Fate.REFUSED: 3}
    assert lane.server.connections == 1
    assert not lane.server.kept.keys() & set(refused)


@WAYS
def test_a_server_that_closes_after_some_mails_is_called_anew(lane, offers):
    lane.server.offers = offers
    lane.server.says["MAIL"] = ["", "", "421 4.7.0 enough for one call"] * 3
    lane.server.says["MAIL"] = [word or "250 ok" for word in lane.server.says["MAIL"]]
    assert lane.send(20, connections=1) == {Fate.SENT: 20}
    assert max(lane.server.kept.values()) == 1


def test_a_server_that_hung_up_meanwhile_is_called_again(lane):
    lane.server.says["end"] = [KEEP_AND_DROP]
    with lane.opened(connections=1) as opened:
        assert lane.send(1, to=opened) == {Fate.UNKNOWN: 1}
        assert lane.send(2, to=opened) == {Fate.SENT: 2}


def test_a_foreign_address_is_refused_where_the_server_takes_none(lane):
    assert lane.send_to("riët@raad.example").fate is Fate.REFUSED
    assert lane.server.heard["MAIL"] == 0


def test_a_foreign_address_is_announced_where_the_server_takes_it(lane):
    lane.server.offers = (*PIPELINED, "SMTPUTF8")
    assert lane.send_to("riët@raad.example").fate is Fate.SENT
    assert lane.server.kept == {"riët@raad.example": 1}


@pytest.mark.parametrize("address", ["a b@raad.example", "a@b.example>\r\nRSET", "a\x00@b.example"])
def test_an_address_that_is_none_says_nothing_to_the_server(lane, address):
    assert lane.send_to(address).fate is Fate.REFUSED
    assert lane.server.heard["MAIL"] == 0


WORDS = ["421 4.7.0 x", "451 4.3.0 x", "550 5.1.1 x", DROP, "what?", "250 ok"]
TROUBLE = st.dictionaries(
    st.sampled_from(["MAIL", "RCPT", "DATA", "body", "end", "RSET"]),
    st.lists(st.sampled_from([*WORDS, KEEP_AND_DROP]), max_size=8),
)


def is_possible(stage, word):
    """Nobody can find out a server that lies: it says that it took half a mail."""
    if word == KEEP_AND_DROP:
        return stage == "end"
    return (stage, word) != ("body", "250 ok")


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    trouble=TROUBLE,
    offers=st.sampled_from([PLAIN, PIPELINED, CHUNKED]),
    connections=st.integers(1, 4),
)
def test_whatever_goes_wrong_no_mail_is_lost_or_doubled(lane, trouble, offers, connections):
    lane.forget()
    lane.server.offers = offers
    for stage, words in trouble.items():
        lane.server.says[stage] = [word for word in words if is_possible(stage, word)]
    lane.send(12, connections=connections)
    lane.check()
