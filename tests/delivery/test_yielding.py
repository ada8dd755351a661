"""Processes that send yield to those that serve pages."""

import os
import subprocess
import sys
from pathlib import Path

from eventsapp.background import yielding

TELL = """
import os
from eventsapp.background.yielding import GROUP, yield_to_pages
yield_to_pages()
print(os.nice(0), *(GROUP.read_text().split()[-1:] if GROUP.exists() else ()))
"""


def weight_of_session():
    """Give the niceness of our session in a list; an empty one where it has no weight of its own.

    Not every kernel weighs sessions, and what the machine's first process started is in none.
    """
    group = yielding.GROUP.read_text().split()[-1:] if yielding.GROUP.exists() else []
    return [int(word) for word in group]


def niceness(*, leads: bool):
    """Let a process yield; give its own niceness, and that of its session."""
    done = subprocess.run(
        [sys.executable, "-c", TELL], start_new_session=leads, check=True, capture_output=True,
        text=True, cwd=Path(yielding.__file__).parents[2],
    )  # fmt: skip
    return [int(word) for word in done.stdout.split()]


def test_a_worker_that_leads_a_session_makes_it_yield():
    group = [yielding.GROUP_NICENESS] if yielding.GROUP.exists() else []
    assert niceness(leads=True) == [os.nice(0) + yielding.NICENESS, *group]


def test_a_sender_leaves_the_session_of_who_started_it_alone():
    assert niceness(leads=False) == [os.nice(0) + yielding.NICENESS, *weight_of_session()]
