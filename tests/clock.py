"""The one fake: the clock."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine


@pytest.fixture
def freeze() -> Iterator[Callable[[str], None]]:
    """`freeze("2027-01-12 13:30")` sets the clock to that Dutch time and stops it there."""
    with ExitStack() as stack:

        def stop_at(text: str) -> None:
            stack.close()
            moment = datetime.fromisoformat(text)
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=ZoneInfo("Europe/Amsterdam"))
            stack.enter_context(time_machine.travel(moment, tick=False))

        yield stop_at
