"""Keeps the queue of the workers in order: rescues jobs of a killed worker, drops old ones.

`worker.py` registers both as jobs that come by the clock, once for all workers; and it lets turns
come again after the clock was set back. All of it writes to the tables of the queue only; what a
killed worker had leased in the outbox is brought back by the sweep of the mail.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

import structlog
from procrastinate import App
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status

from eventsapp.background.liveness import STALLED
from eventsapp.background.set_back import SLIGHT
from eventsapp.core.dates import now

log = structlog.get_logger()

KEPT_HOURS = 7 * 24
_AHEAD = "DELETE FROM procrastinate_periodic_defers WHERE defer_timestamp > %(moment)s"
_times = count(1)


def register(app: App, queue: str) -> None:
    """Add rescue and clean-up to the jobs of a queue.

    Without a lock: had the killed worker been rescuing, nobody could take its place.
    """

    async def rescue(timestamp: int = 0) -> None:  # noqa: ARG001 - given by the clock
        await rescue_stalled(app)

    async def clean_up(timestamp: int = 0) -> None:  # noqa: ARG001 - given by the clock
        await app.job_manager.delete_old_jobs(
            nb_hours=KEPT_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
        )

    for task, cron in ((rescue, "* * * * * */10"), (clean_up, "30 3 * * *")):
        name = task.__name__.replace("_", "-")
        made = app.task(name=name, queue=queue, queueing_lock=name)(task)
        app.periodic(cron=cron, periodic_id=name)(made)


async def rescue_stalled(app: App) -> int:
    """Put jobs whose worker died back into the queue; give how many there were.

    Where a wake-up for the same job waits already, the dead one is dropped: one is enough.
    """
    stalled = list(await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED))
    for job in stalled:
        try:
            await app.job_manager.retry_job(job)
        except ConnectorException:
            await app.job_manager.finish_job(job, Status.FAILED, delete_job=True)
        log.warning("job of a dead worker rescued", job=job.task_name, worker=job.worker_id)
    return len(stalled)


async def repeat_turns(apps: Sequence[App]) -> None:
    """Let turns of the clock come again that have been, because the clock was set back.

    The queue forgets those that lie ahead now; those of the last seconds it keeps, or a worker that
    notices later would repeat what another one has repeated. Raises `ConnectorException`.
    """
    moment = (now() + SLIGHT).timestamp()
    await apps[0].connector.execute_query_async(_AHEAD, moment=int(moment))
    for app in apps:
        begin_anew(app)


def begin_anew(app: App) -> None:
    """Let the library ask the queue, not its own memory, which turns of its jobs have been.

    It remembers the last turn of a job by the key that the job has in its registry, and uses that
    key for nothing else: the queue knows jobs and turns by the same names as before.
    """
    registry, time = app.periodic_registry, next(_times)
    registry.periodic_tasks = {
        (job.task.name, f"{job.periodic_id} {time}"): job
        for job in registry.periodic_tasks.values()
    }
