"""Makes a process that sends mail yield to those that serve pages on the same machine.

`worker.py` and `sender.py` call it once, when they start.
"""

from __future__ import annotations

import os
from pathlib import Path
from time import sleep

NICENESS = 10
GROUP_NICENESS = 5
"""A third of the weight of pages: enough for them, and little lost with a mail server beside us."""
TRIES, AGAIN = 20, 0.1
"""How often, and after how many seconds, it is said again where others just said the same."""
GROUP = Path("/proc/self/autogroup")


def yield_to_pages() -> None:
    """Give this process less weight than pages have.

    Where Linux weighs sessions, niceness counts only within one (sched(7), autogroup), and a
    service has a session of its own: that one is made to yield too.
    """
    os.nice(NICENESS)
    if os.getsid(0) != os.getpid():
        return
    for _ in range(TRIES):
        try:
            GROUP.write_text(str(GROUP_NICENESS))
        except BlockingIOError:  # one session of the whole machine may say so at a time
            sleep(AGAIN)
        except OSError:  # no such thing here, or not ours to say
            return
        else:
            return
