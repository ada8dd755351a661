"""Sign in, stay signed in, sign out: session rows that the server can end.

Called by the doors only. The browser holds a random secret, the row its SHA-256, so a copy of the
database opens no session. Never hashes a password while a transaction is open.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, delete, or_, select, update

from eventsapp.accounts.last_seen import last_seen
from eventsapp.accounts.models import Account, Session
from eventsapp.accounts.passwords import hash_password, is_password, needs_new_hash
from eventsapp.core import limits
from eventsapp.core.actor import Actor, Level
from eventsapp.core.dates import now
from eventsapp.core.db import db, read_only
from eventsapp.core.errors import N_, InputError, NotFound
from eventsapp.core.settings import settings
from eventsapp.core.text import one_line
from eventsapp.directory.models import AdvisorRegion, Person, Region, RegionScheme

TRIES_WITHIN = timedelta(minutes=15)
# Many colleagues may share the address of one office.
TRIES_PER_ADDRESS = 5
KEPT_AFTER_END = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An open session as the guard needs it: who acts, in which session."""

    actor: Actor
    session_id: int


def sign_in(email: str, password: str, *, address: str, browser: str) -> str:
    """Open a session for who gives the right password; give the secret for the cookie.

    Raises `TooMany` after too many wrong tries for this account or from this network address, and
    `InputError` with one and the same sentence whatever was wrong. Call it before the request has
    asked the database anything: it counts tries in a transaction of its own.
    """
    name = one_line(email, 254).lower()
    most = settings().sign_in_attempts
    limits.hit("sign in", name, most, TRIES_WITHIN)
    attempt = limits.hit("sign in from", address, most * TRIES_PER_ADDRESS, TRIES_WITHIN)
    account_id, kept = _kept_hash(name)
    is_right = is_password(password, kept)
    if not is_right or account_id is None:
        raise InputError(N_("This e-mail address and password do not go together."), "password")
    fresh = hash_password(password) if needs_new_hash(kept) else kept
    moment = now()
    opened = db.session.execute(
        update(Account)
        .where(Account.id == account_id, Account.is_active, Account.password_hash == kept)
        .values(last_signed_in_at=moment, password_hash=fresh)
    )
    if opened.rowcount != 1:  # type: ignore[attr-defined]
        raise InputError(N_("Your account was changed just now. Sign in again."), "password")
    limits.forgive("sign in", name)
    limits.take_back(attempt)
    return open_session(account_id, browser)


def _kept_hash(email: str) -> tuple[int | None, str]:
    """Look up an active account in a short transaction that is over before the hashing."""
    with read_only(), db.engine.connect() as connection:
        found = connection.execute(
            select(Account.id, Account.password_hash).where(
                Account.email == email, Account.is_active
            )
        ).one_or_none()
    return (found.id, found.password_hash) if found else (None, "")


def open_session(account_id: int, browser: str) -> str:
    """Add a session row; give the secret that only the cookie holds."""
    secret = secrets.token_urlsafe(32)
    moment = now()
    db.session.add(
        Session(
            token_hash=_hashed(secret),
            account_id=account_id,
            browser=one_line(browser, 200),
            created_at=moment,
            last_seen_at=moment,
            expires_at=moment + timedelta(days=settings().session_days),
        )
    )
    return secret


def resolve(secret: str) -> SignedIn | None:
    """Give who is signed in with this secret; None when the session is unknown, ended or expired.

    A session ends when it was not used for some hours, and some days after it began in any case.
    Costs one query, and writes nothing: when it was last used goes to a memory buffer.
    """
    if not secret:
        return None
    token_hash, moment = _hashed(secret), now()
    asked = {"token_hash": token_hash, "moment": moment}
    rows = db.session.execute(_RESOLVING, asked).all()
    if not rows:
        return None
    session = rows[0]
    seen_at = max(session.last_seen_at, last_seen.of(token_hash) or session.last_seen_at)
    if moment - seen_at > timedelta(hours=settings().session_idle_hours):
        return None
    last_seen.note(token_hash, moment)
    actor = Actor(
        level=Level(session.level),
        person_id=session.person_id,
        account_id=session.account_id,
        name=" ".join(filter(None, (session.given_name, session.prefix, session.family_name))),
        language=session.language,
        regions=frozenset(row.region_id for row in rows if row.region_id is not None),
    )
    return SignedIn(actor, session.id)


def _resolving() -> Select[*tuple[Any, ...]]:
    """Select an open session with its person, a row for each working region."""
    working = select(Region.id).join(RegionScheme).where(RegionScheme.is_working)
    tie = (AdvisorRegion.person_id == Person.id) & AdvisorRegion.region_id.in_(working)
    return (
        select(
            Session.id,
            Session.last_seen_at,
            Session.account_id,
            Account.level,
            Account.person_id,
            Person.given_name,
            Person.prefix,
            Person.family_name,
            Person.language,
            AdvisorRegion.region_id,
        )
        .join(Account, Account.id == Session.account_id)
        .join(Person, Person.id == Account.person_id)
        .outerjoin(AdvisorRegion, tie)
        .where(
            Session.token_hash == bindparam("token_hash"),
            Session.ended_at.is_(None),
            Session.expires_at > bindparam("moment"),
            Account.is_active,
        )
    )


_RESOLVING = _resolving()  # built once: every page of the advisors asks it


def sign_out(secret: str) -> None:
    """End the session of this secret; an unknown one is no fault."""
    _end(Session.token_hash == _hashed(secret))


def open_sessions(actor: Actor) -> list[Session]:
    """Give the actor's own sessions that still work, the latest used first."""
    moment = now()
    statement = select(Session).where(
        Session.account_id == actor.account_id,
        Session.ended_at.is_(None),
        Session.expires_at > moment,
    )
    found = list(db.session.scalars(statement))
    idle = timedelta(hours=settings().session_idle_hours)
    return sorted(
        (session for session in found if moment - seen_at(session) <= idle),
        key=seen_at,
        reverse=True,
    )


def seen_at(session: Session) -> datetime:
    """Give the moment at which a session was last used, as far as this process knows."""
    return max(session.last_seen_at, last_seen.of(session.token_hash) or session.last_seen_at)


def end_own_session(actor: Actor, session_id: int) -> None:
    """End one of the actor's own sessions; raises `NotFound` for anybody else's."""
    if not _end(Session.id == session_id, Session.account_id == actor.account_id):
        raise NotFound(N_("This session is over already."))


def end_all(account_id: int, but: int | None = None) -> int:
    """End all sessions of an account, but for the one in which this is asked; give how many."""
    return _end(Session.account_id == account_id, Session.id != (but or 0))


def _end(*which: ColumnElement[bool]) -> int:
    done = db.session.execute(
        update(Session).where(Session.ended_at.is_(None), *which).values(ended_at=now())
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def write_last_seen() -> int:
    """Write down when sessions were last used; the clock calls it. Gives how many."""
    return last_seen.write(db.session())


def write_last_seen_if_due() -> None:
    """Do the same within a request that writes anyway, for a process without a clock."""
    last_seen.write_if_due(db.session())


def forget_old() -> None:
    """Drop sessions that were over a month ago; for the nightly round."""
    limit = now() - KEPT_AFTER_END
    db.session.execute(
        delete(Session).where(or_(Session.ended_at < limit, Session.expires_at < limit))
    )


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
