"""Seats, the waiting list, and until when an answer can be given."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsapp.core.errors import Conflict, Expired, InputError
from eventsapp.invitations import rules
from eventsapp.invitations.kinds import Presence, Reply
from eventsapp.invitations.rules import Decision, Reason, Standing

YES, MAYBE, NO, WAITS = Reply.ACCEPTED, Reply.TENTATIVE, Reply.DECLINED, Reply.WAITLISTED


@pytest.mark.parametrize(
    ("reply", "guests", "has_substitute", "seats"),
    [
        (YES, 0, False, 1),
        (YES, 3, False, 4),
        (YES, 1, True, 2),
        (NO, 0, True, 1),
        (NO, 2, False, 0),
        (MAYBE, 2, False, 0),
        (WAITS, 2, False, 0),
        (Reply.NEEDS_ACTION, 0, False, 0),
        (Reply.WITHDRAWN, 1, False, 0),
    ],
)
def test_only_who_comes_takes_a_seat(reply, guests, has_substitute, seats):
    assert rules.seats_of(reply, guests, has_substitute) == seats


def test_without_a_limit_everybody_gets_a_seat():
    decision = rules.decide(YES, guests=2, capacity=None, taken_by_others=500, waiting_before=[9])

    assert decision == Decision(YES, 2, 3)


def test_the_last_seat_is_given_and_then_people_wait():
    assert rules.decide(YES, capacity=10, taken_by_others=9) == Decision(YES, 0, 1)
    assert rules.decide(YES, capacity=10, taken_by_others=10) == Decision(WAITS, 0, 0, Reason.FULL)


def test_a_newcomer_does_not_pass_who_waits_and_fits():
    assert rules.decide(YES, capacity=10, taken_by_others=9, waiting_before=[1]).reply == WAITS


def test_a_newcomer_passes_who_waits_for_more_seats_than_there_are():
    assert rules.decide(YES, capacity=10, taken_by_others=9, waiting_before=[3]).reply == YES


def test_a_holder_keeps_the_seat_when_there_is_no_room_for_guests():
    decision = rules.decide(YES, guests=3, capacity=10, taken_by_others=8, held=1)

    assert decision == Decision(YES, 0, 1, Reason.NO_ROOM_FOR_GUESTS)


def test_a_holder_keeps_the_seat_when_the_limit_is_lowered():
    assert rules.decide(YES, capacity=3, taken_by_others=9, held=1) == Decision(YES, 0, 1)
    assert rules.decide(YES, guests=1, capacity=3, taken_by_others=9, held=3).seats == 2


def test_bringing_fewer_guests_lets_who_waits_in():
    assert rules.decide(YES, guests=3, capacity=2, taken_by_others=0).reply == WAITS
    assert rules.decide(YES, guests=1, capacity=2, taken_by_others=0).reply == YES


@pytest.mark.parametrize("asked", [MAYBE, NO])
def test_doubt_and_declining_give_the_seats_back(asked):
    decision = rules.decide(asked, guests=2, capacity=5, taken_by_others=2, held=3)

    assert decision == Decision(asked, 0, 0)


def test_a_substitute_takes_the_seat():
    assert rules.decide(NO, has_substitute=True, capacity=5, taken_by_others=4, held=1) == (
        Decision(NO, 0, 1)
    )
    assert rules.decide(NO, has_substitute=True, capacity=5, taken_by_others=5).reply == WAITS


@pytest.mark.parametrize("guests", [-1, 21, 10_000])
def test_a_number_of_guests_that_can_not_be_is_refused(guests):
    with pytest.raises(InputError) as refused:
        rules.decide(YES, guests=guests, capacity=None, taken_by_others=0)

    assert refused.value.field == "guests"


@pytest.mark.parametrize("asked", [WAITS, Reply.WITHDRAWN, Reply.NEEDS_ACTION])
def test_nobody_can_ask_for_an_answer_that_only_we_give(asked):
    with pytest.raises(InputError):
        rules.decide(asked, capacity=None, taken_by_others=0)


def test_the_first_who_fits_moves_up():
    waiting = [(11, 3), (12, 1), (13, 1), (14, 1)]

    assert rules.first_that_fits(waiting, 0) == []
    assert rules.first_that_fits(waiting, 2) == [12, 13]
    assert rules.first_that_fits(waiting, 4) == [11, 12]
    assert rules.first_that_fits(waiting, None) == [11, 12, 13, 14]


QUEUES = st.lists(st.integers(1, 21), max_size=12).map(lambda seats: list(enumerate(seats)))


@given(QUEUES, st.integers(0, 60))
def test_moving_up_takes_no_more_seats_than_are_free(waiting, free):
    seats = dict(waiting)

    assert sum(seats[one] for one in rules.first_that_fits(waiting, free)) <= free


@given(QUEUES, st.integers(0, 60))
def test_nobody_who_fits_is_passed_by_somebody_who_waits_less_long(waiting, free):
    moved = rules.first_that_fits(waiting, free)

    for place, seats in waiting:
        if place not in moved:
            given_before = sum(size for one, size in waiting[:place] if one in moved)
            assert seats > free - given_before


class Room:
    """A meeting with a limit, as the answers of many people would leave it."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.kept: dict[int, Decision] = {}
        self.queue: list[int] = []

    def taken(self) -> int:
        return sum(decision.seats for decision in self.kept.values())

    def waiting(self, until: int | None = None) -> list[tuple[int, int]]:
        end = self.queue.index(until) if until in self.queue else len(self.queue)
        return [(one, 1 + self.kept[one].guests) for one in self.queue[:end]]

    def answer(self, who: int, asked: Reply, guests: int) -> None:
        held = self.kept[who].seats if who in self.kept else 0
        decision = rules.decide(
            asked,
            guests=guests,
            capacity=self.capacity,
            taken_by_others=self.taken() - held,
            held=held,
            waiting_before=[seats for _, seats in self.waiting(until=who)],
        )
        assert decision.seats >= held or asked is not YES or guests + 1 < held
        self.kept[who] = decision
        if decision.reply is not WAITS and who in self.queue:
            self.queue.remove(who)
        elif decision.reply is WAITS and who not in self.queue:
            self.queue.append(who)
        self.move_up()

    def move_up(self) -> None:
        free = rules.free_seats(self.capacity, self.taken())
        for who in rules.first_that_fits(self.waiting(), free):
            self.queue.remove(who)
            guests = self.kept[who].guests
            self.kept[who] = Decision(YES, guests, rules.seats_of(YES, guests))


ANSWERS = st.lists(
    st.tuples(st.integers(0, 7), st.sampled_from([YES, YES, MAYBE, NO]), st.integers(0, 4)),
    max_size=40,
)


@given(st.integers(1, 12), ANSWERS)
def test_whatever_people_answer_seats_suffice_and_nobody_who_fits_waits(capacity, answers):
    room = Room(capacity)
    for answer in answers:
        room.answer(*answer)

        assert room.taken() <= capacity
        assert all(seats > capacity - room.taken() for _, seats in room.waiting())


START = datetime(2027, 1, 12, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "faults", "found"),
    [
        (START - timedelta(seconds=1), {}, Standing.OPEN),
        (START, {}, Standing.STARTED),
        (START - timedelta(days=1), {"is_cancelled": True}, Standing.CANCELLED),
        (START - timedelta(days=1), {"is_withdrawn": True}, Standing.WITHDRAWN),
        (START, {"is_cancelled": True}, Standing.CANCELLED),
    ],
)
def test_an_answer_can_be_given_until_the_start(at, faults, found):
    assert rules.standing(starts_at=START, at=at, **faults) is found


@pytest.mark.parametrize(
    ("found", "error"),
    [
        (Standing.CANCELLED, Conflict),
        (Standing.WITHDRAWN, Expired),
        (Standing.STARTED, Expired),
    ],
)
def test_an_answer_that_comes_too_late_is_refused(found, error):
    rules.check_open(Standing.OPEN)
    with pytest.raises(error):
        rules.check_open(found)


@pytest.mark.parametrize(
    ("reply", "has_substitute", "mark"),
    [
        (YES, False, Presence.PRESENT),
        (NO, False, Presence.EXCUSED),
        (MAYBE, False, None),
        (WAITS, False, None),
        (Reply.NEEDS_ACTION, False, None),
        (YES, True, Presence.REPRESENTED),
        (NO, True, Presence.REPRESENTED),
    ],
)
def test_the_attendance_sheet_starts_from_the_answers(reply, has_substitute, mark):
    assert rules.first_mark(reply, has_substitute) is mark
