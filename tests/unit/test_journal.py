"""The journal of a lane: what can be read of it after a kill, and what a full disk does to it."""

import resource
from contextlib import contextmanager

import pytest

from eventsapp.mail import journal
from eventsapp.mail.journal import Journal, JournalFull
from eventsapp.mail.wire import Fate, Outcome

SENT = Outcome(1, Fate.SENT, 250, "250 2.0.0 kept as 4Xk")


@pytest.fixture
def lane(tmp_path):
    made = Journal(tmp_path, "machine.1.abc")
    yield made
    made.close(is_settled=False)


def left_in(folder):
    with journal.look(folder) as found:
        return found


def kill(lane, folder):
    """End a lane as a kill does: its lock goes, its file stays."""
    lane.close(is_settled=False)
    return left_in(folder).left[0]


@contextmanager
def files_of_at_most(size):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_lane_that_lives_is_left_alone(lane, tmp_path):
    found = left_in(tmp_path)
    assert (found.left, found.alive) == ((), {"machine.1.abc"})


def test_a_killed_lane_tells_what_had_begun_and_what_was_answered(tmp_path):
    lane = Journal(tmp_path, "machine.1.abc")
    for number in (1, 2):
        lane.begun(number)
    lane.ended(SENT)
    left = kill(lane, tmp_path)
    assert (left.worker, left.is_whole, left.begun) == ("machine.1.abc", True, {1, 2})
    assert left.outcomes == {1: SENT}


def test_a_result_is_written_with_the_next_start(tmp_path):
    lane = Journal(tmp_path, "one")
    lane.begun(1)
    lane.ended(SENT)
    lane.begun(2)
    lines = (tmp_path / "one.journal").read_text().splitlines()
    assert lines[1:] == ["+ 1", "- 1 sent 250 receiver 250 2.0.0 kept as 4Xk", "+ 2"]
    lane.close(is_settled=False)


def test_a_result_that_was_not_written_leaves_its_mail_as_begun(tmp_path):
    lane = Journal(tmp_path, "one")
    lane.begun(1)
    lane.ended(SENT)
    copy = tmp_path / "killed" / "one.journal"
    copy.parent.mkdir()
    copy.write_bytes((tmp_path / "one.journal").read_bytes())
    assert left_in(copy.parent).left[0].begun == {1}
    assert left_in(copy.parent).left[0].outcomes == {}
    lane.close(is_settled=False)


def test_half_a_line_is_passed_over(tmp_path):
    lane = Journal(tmp_path, "one")
    lane.begun(1)
    path = tmp_path / "one.journal"
    path.write_bytes(path.read_bytes() + b"- 1 sent 25")
    left = kill(lane, tmp_path)
    assert (left.begun, left.outcomes) == ({1}, {})


def test_after_another_start_of_the_machine_lines_may_be_missing(tmp_path):
    (tmp_path / "one.journal").write_text("boot another\n+ 7\n")
    assert not left_in(tmp_path).left[0].is_whole


def test_a_lane_that_settled_everything_leaves_nothing(tmp_path):
    lane = Journal(tmp_path, "one")
    lane.begun(1)
    lane.ended(SENT)
    lane.forget([1])
    lane.close(is_settled=True)
    assert list(tmp_path.iterdir()) == []


def test_a_long_journal_is_written_anew_without_what_is_settled(tmp_path):
    lane = Journal(tmp_path, "one")
    for number in range(20_000):
        lane.begun(number)
        lane.ended(Outcome(number, Fate.SENT, 250, "250 kept"))
    before = (tmp_path / "one.journal").stat().st_size
    lane.forget(range(19_990))
    assert (tmp_path / "one.journal").stat().st_size < before / 100
    assert left_in(tmp_path).alive == {"one"}
    assert kill(lane, tmp_path).begun == set(range(19_990, 20_000))


def test_on_a_full_disk_nothing_is_begun_and_what_was_written_can_be_read(tmp_path):
    lane = Journal(tmp_path, "one")
    lane.begun(1)
    size = (tmp_path / "one.journal").stat().st_size
    with files_of_at_most(size + 2):
        lane.ended(SENT)
        lane.flush()
        assert lane.is_full
        with pytest.raises(JournalFull):
            lane.begun(2)
    copy = tmp_path / "killed" / "one.journal"
    copy.parent.mkdir()
    copy.write_bytes((tmp_path / "one.journal").read_bytes())
    left = left_in(copy.parent).left[0]
    assert (left.begun, left.outcomes) == ({1}, {})
    lane.close(is_settled=False)


def test_a_lane_that_ended_on_a_full_disk_writes_what_it_knows_when_there_is_room(tmp_path):
    lane = Journal(tmp_path, "one")
    lane.begun(1)
    lane.ended(SENT)
    with files_of_at_most((tmp_path / "one.journal").stat().st_size):
        lane.close(is_settled=False)
        assert not journal.catch_up()
        assert left_in(tmp_path) == journal.Found((), frozenset({"one"}))
    assert journal.catch_up()
    assert left_in(tmp_path).left[0].outcomes == {1: SENT}


def test_without_room_no_lane_begins_and_none_leaves_a_file(tmp_path):
    with files_of_at_most(4), pytest.raises(JournalFull):
        Journal(tmp_path, "one")
    assert list(tmp_path.iterdir()) == []
