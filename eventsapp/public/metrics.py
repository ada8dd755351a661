"""`/metrics`: how the mail goes, in the text format of Prometheus, for who watches the machine.

Off, as if it were not there, until EVENTS_METRICS_KEY is set; then whoever sends that key as
bearer token may read. Numbers only: nobody's name or address.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator

from flask import Blueprint, Response, abort, request

from eventsapp.core.dates import now
from eventsapp.core.settings import settings
from eventsapp.mail import figures
from eventsapp.mail.kinds import MessageState
from eventsapp.mail.outbox import FIRST_BULK

bp = Blueprint("public_metrics", __name__)

FORMAT = "text/plain; version=0.0.4; charset=utf-8"
# What is counted once and for all; the other states are passing ones.
SETTLED = (MessageState.SENT, MessageState.FAILED, MessageState.SKIPPED, MessageState.CANCELLED)

Line = tuple[str, str, str, list[tuple[str, float]]]


@bp.get("/metrics")
def show() -> Response:
    """Tell the figures to who has the key."""
    key = settings().metrics_key
    if not key:
        abort(404)
    given = request.headers.get("Authorization", "").encode("utf-8", "replace")
    if not hmac.compare_digest(given, f"Bearer {key}".encode()):
        refusal = Response("the key is needed\n", 401, content_type="text/plain; charset=utf-8")
        refusal.headers["WWW-Authenticate"] = "Bearer"
        return refusal
    return Response("".join(_written(one) for one in _lines()), content_type=FORMAT)


def _lines() -> Iterator[Line]:
    waiting, totals = figures.waiting(FIRST_BULK), figures.totals()
    lanes: list[tuple[str, float]] = [
        ('{lane="urgent"}', waiting.urgent),
        ('{lane="bulk"}', waiting.bulk),
    ]
    yield "queued", "gauge", "Mails that may leave now and have not.", lanes
    since = waiting.since
    age = max((now() - since).total_seconds(), 0.0) if since else 0.0
    yield "oldest_waiting_seconds", "gauge", "How long the oldest of them waits.", [("", age)]
    settled = [
        (f'{{state="{state.value}"}}', float(totals.by_state.get(state, 0))) for state in SETTLED
    ]
    yield "settled", "gauge", "Mails that are done with, by what became of them.", settled
    unknown = float(totals.by_state.get(MessageState.UNKNOWN, 0))
    yield "unknown", "gauge", "Mails of which nobody knows whether they arrived.", [("", unknown)]
    yield "came_back", "gauge", "Mails that left and came back.", [("", totals.came_back)]
    yield "held_mailings", "gauge", "Mailings that are paused or stopped.", [("", totals.held)]
    waits = "Mails that came in and wait for somebody."
    yield "inbound_waiting", "gauge", waits, [("", totals.inbound_waiting)]


def _written(line: Line) -> str:
    name, kind, about, values = line
    full = f"eventsapp_mail_{name}"
    rows = "".join(f"{full}{labels} {value:g}\n" for labels, value in values)
    return f"# HELP {full} {about}\n# TYPE {full} {kind}\n{rows}"
