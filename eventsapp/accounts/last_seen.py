"""When sessions were last used, kept in memory until the clock writes it down (docs/adr/0004).

The one exception to "GET changes nothing": a page view may not write, yet an unused session must
end. Without a clock in this process, a request that writes anyway does it (`write_if_due`).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy import update
from sqlalchemy.orm import Session as Transaction

from eventsapp.accounts.models import Session
from eventsapp.core.dates import now

WRITTEN_EVERY = timedelta(minutes=5)


class LastSeen:
    """A buffer of moments by the hash of a session's secret."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._moments: dict[str, datetime] = {}
        self._written_at: datetime | None = None

    def note(self, token_hash: str, moment: datetime) -> None:
        """Remember that a session was used."""
        with self._lock:
            self._moments[token_hash] = moment

    def of(self, token_hash: str) -> datetime | None:
        """Give when a session was last used, where it is not written down yet."""
        return self._moments.get(token_hash)

    def write(self, transaction: Transaction) -> int:
        """Write what is remembered to the rows, never backwards; give how many there were."""
        with self._lock:
            moments = dict(self._moments)
            self._written_at = now()
        for token_hash, moment in moments.items():
            transaction.execute(
                update(Session)
                .where(Session.token_hash == token_hash, Session.last_seen_at < moment)
                .values(last_seen_at=moment)
            )
        self._forget(now() - timedelta(hours=1))
        return len(moments)

    def write_if_due(self, transaction: Transaction) -> None:
        """Write within a request that writes anyway, at most once in some minutes."""
        if self._written_at is None or now() - self._written_at >= WRITTEN_EVERY:
            self.write(transaction)

    def _forget(self, before: datetime) -> None:
        # Kept an hour longer than needed: a write that was rolled back loses nothing that matters.
        with self._lock:
            for token_hash in [key for key, seen in self._moments.items() if seen < before]:
                del self._moments[token_hash]


last_seen = LastSeen()
