"""Files stay small enough to be read in one sitting: `make lint` names those above 350 lines."""

import pytest

from tests.structure.source import files, named

# Migrations are written by a tool and never edited again, so their length says nothing.
COUNTED = files(
    "config/*.py", "eventsapp/*.py", "tests/*.py", "bench/*.py", "docs/*.py", "migrations/env.py",
    "templates/*", "eventsapp/static/*.js", "eventsapp/static/*.css",
)  # fmt: skip
REFUSED = 500


def lines_of(path):
    return len(path.read_bytes().splitlines())


@pytest.mark.parametrize("path", COUNTED, ids=named)
def test_a_file_does_one_thing(path):
    assert lines_of(path) <= REFUSED


def test_conftest_only_gathers():
    assert all(lines_of(path) < 150 for path in files("tests/**conftest.py"))
