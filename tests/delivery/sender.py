"""A sender as a process of its own, that tests may kill: `python -m tests.delivery.sender`.

It does what the clock does, without the pages: rounds of bulk mail and sweeps, until its input
ends. The settings stand in the environment; the limit on the size of files may stand there too.
"""

import os
import resource
import sys
from threading import Event, Thread

from config import Settings
from eventsapp.app import create_app
from eventsapp.background import jobs


def main() -> None:
    """Work until standard input is closed."""
    ended = Event()
    app = create_app(Settings.from_env())
    table = {job.name: job for job in jobs.TABLE}
    if limit := os.environ.get("FILE_LIMIT"):
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), resource.RLIM_INFINITY))
    Thread(target=lambda: (sys.stdin.read(), ended.set(), jobs.STOPPING.set()), daemon=True).start()
    print("ready", flush=True)
    while not ended.is_set():
        with app.app_context():
            for name in ("deliver-bulk", "sweep-mail"):
                jobs.run(table[name])
        ended.wait(0.05)


if __name__ == "__main__":
    main()
