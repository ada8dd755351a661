"""How gunicorn serves the pages, with several processes.

Started with `gunicorn --config deploy/gunicorn.conf.py`. `WEB_CONCURRENCY` says how
many processes, the settings of the product say the rest. Each process runs the clock: with workers
only for what is local to it, without them one process leads.
"""

import os
from typing import Any

from config import Settings

_settings = Settings.from_env()

wsgi_app = "eventsapp.app:create_app()"
bind = f"{_settings.host}:{_settings.port}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = _settings.threads
keepalive = 60
# A stop waits for the requests, and for the jobs of the clock, that are under way.
graceful_timeout = 60
timeout = 90
# Nobody steers it while it runs, and its home is not its own to write in.
control_socket_disable = True
_clocks: dict[int, Any] = {}


def post_worker_init(worker: Any) -> None:
    """Start the clock of a process once it has its application."""
    from eventsapp.background.clock import Clock
    from eventsapp.core import heap

    _clocks[worker.pid] = Clock(worker.wsgi)
    _clocks[worker.pid].start()
    heap.settle()


def worker_exit(_server: Any, worker: Any) -> None:
    """Stop the clock of a process with the process."""
    if clock := _clocks.pop(worker.pid, None):
        clock.stop()
