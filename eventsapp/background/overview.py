"""What `flask jobs workers` tells: which workers live, what they do, and what waits."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import text

from eventsapp.background.liveness import STALLED
from eventsapp.core.db import db

_WORKERS = text("""
    SELECT worker.id, extract(epoch FROM now() - worker.last_heartbeat) AS seconds,
        coalesce(string_agg(job.task_name, ', ' ORDER BY job.task_name), '') AS doing
    FROM procrastinate_workers AS worker
    LEFT JOIN procrastinate_jobs AS job ON job.worker_id = worker.id AND job.status = 'doing'
    GROUP BY worker.id ORDER BY worker.id
""")
_WAITING = text("""
    SELECT task_name, count(*) FILTER (WHERE scheduled_at IS NULL OR scheduled_at <= now()) AS due,
        count(*) AS waiting
    FROM procrastinate_jobs WHERE status = 'todo' GROUP BY task_name ORDER BY task_name
""")


def lines() -> Iterator[str]:
    """Tell it line by line; a worker has a line for each queue that it works off."""
    alive = 0
    for number, seconds, doing in db.session.execute(_WORKERS):
        is_dead = seconds > STALLED
        alive += not is_dead
        sign = f"no sign of life for {seconds:.0f} s" if is_dead else "lives"
        yield f"worker {number:<8} {sign:30} {doing or 'rests'}"
    if not alive:
        yield "No worker lives: no mail leaves. Start one with `flask worker`."
    for name, due, waiting in db.session.execute(_WAITING):
        yield f"{name:24} {due} due, {waiting - due} for later"
