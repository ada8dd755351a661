"""A sender as a process of its own, that tests may kill: `python -m tests.delivery.sender`.

It does what the clock does, without the pages: rounds of both lanes and sweeps, until its input
ends. The settings stand in the environment. There may stand as well: FILE_LIMIT, the most octets of
a file; LOOK_EVERY and DOUBT, in seconds, instead of what the product takes.
"""

import os
import resource
import sys
from datetime import timedelta
from threading import Event, Thread

from config import Settings
from eventsapp.app import create_app
from eventsapp.background import jobs
from eventsapp.mail import delivery, rules


def main() -> None:
    """Work until standard input is closed."""
    ended = Event()
    app = create_app(Settings.from_env())
    table = {job.name: job for job in jobs.TABLE}
    if limit := os.environ.get("FILE_LIMIT"):
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), resource.RLIM_INFINITY))
    delivery.LOOK_EVERY = float(os.environ.get("LOOK_EVERY", delivery.LOOK_EVERY))
    if (doubt := os.environ.get("DOUBT")) is not None:
        rules.DOUBT = timedelta(seconds=float(doubt))
    Thread(target=lambda: (sys.stdin.read(), ended.set(), jobs.STOPPING.set()), daemon=True).start()
    print("ready", flush=True)
    while not ended.is_set():
        with app.app_context():
            for name in ("deliver-mail", "deliver-bulk", "sweep-mail"):
                jobs.run(table[name])
        ended.wait(0.05)


if __name__ == "__main__":
    main()
