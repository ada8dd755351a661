"""Choosing a password by a link in a mail: after forgetting the old one, or with a new account.

Called by the doors. A link holds for some time, works once (it is bound to the password that it
replaces), and never tells who asked for it whether an account exists. Hashing happens while no
transaction is open.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, update

from eventsapp.accounts.models import Account
from eventsapp.accounts.passwords import check_new_password, hash_password, is_password
from eventsapp.accounts.sessions import end_all
from eventsapp.core import audit, limits, links, tokens
from eventsapp.core.actor import SYSTEM, Actor, Level
from eventsapp.core.dates import now
from eventsapp.core.db import db, read_only
from eventsapp.core.errors import N_, Expired, InputError, NotFound
from eventsapp.core.language import speaking, translate
from eventsapp.core.settings import settings
from eventsapp.core.text import one_line
from eventsapp.mail import outbox
from eventsapp.mail.kinds import MailingKind, Purpose
from eventsapp.mail.outbox import Letter

RESET, WELCOME = "reset_password", "choose_password"
LIFETIMES = {RESET: timedelta(hours=1), WELCOME: timedelta(days=7)}
WITHIN = timedelta(hours=1)
PER_ACCOUNT, PER_ADDRESS = 5, 30
USED = N_("This link was used already, or a newer one was. Ask for a new link.")
TITLES = {RESET: N_("A new password"), WELCOME: N_("Your account")}


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose password is set; `replaces` is the hash of the present one, "" when there is none."""

    account_id: int
    email: str
    name: str
    language: str
    replaces: str

    @property
    def is_first(self) -> bool:
        """Tell whether this chooses the first password of an account."""
        return not self.replaces


def ask(email: str, address: str) -> None:
    """Mail a link to who has an account with this address; for others nothing happens.

    Raises `TooMany`, whether or not the address is known. Call it before the request has asked
    the database anything: it counts in a transaction of its own.
    """
    name = one_line(email, 254).lower()
    limits.hit("forgotten from", address, PER_ADDRESS, WITHIN)
    limits.hit("forgotten", name, PER_ACCOUNT, WITHIN)
    account = db.session.scalar(select(Account).where(Account.email == name, Account.is_active))
    if account is not None:
        mail_link(SYSTEM, account)


def mail_link(actor: Actor, account: Account) -> None:
    """Put the mail with the link in the outbox: a welcome where there is no password yet."""
    template = RESET if account.password_hash else WELCOME
    with speaking(account.person.language):
        title = translate(TITLES[template])
    moment = now()
    token = tokens.sign_timed(template, account.id, _mark(account.email, account.password_hash))
    mailing = outbox.open_mailing(
        kind=MailingKind.ACCOUNT,
        purpose=Purpose.ACCOUNT,
        reference=f"account:{account.id}",
        title=title,
        by=actor.person_id,
        undo=False,
        expires_at=moment + LIFETIMES[template],
    )
    letter = Letter(
        # Keyed by the minute: an impatient second press sends no second mail.
        key=f"{template}:{account.id}:{moment:%Y%m%d%H%M}",
        address=account.email,
        name=account.person.name,
        language=account.person.language,
        template=template,
        data={
            "given_name": account.person.given_name or account.person.name,
            "invited_by": actor.name if actor.account_id else "",
            "link": links.absolute(links.RESET_PASSWORD, token=token),
        },
        person_id=account.person_id,
        reference=f"account:{account.id}",
        priority=0,
    )
    outbox.enqueue(mailing, [letter])


def read_link(token: str) -> Holder:
    """Tell whose password a link sets.

    Raises `NotFound` for one that is forged or cut off, `Expired` for one that is too old, was
    used, or belongs to an account that is closed.
    """
    account_id, mark = _values(token)
    with read_only():
        account = db.session.get(Account, account_id)
        holder = holder_of(account) if account is not None and account.is_active else None
        db.session.rollback()
    if holder is None or _mark(holder.email, holder.replaces) != mark:
        raise Expired(USED)
    return holder


def holder_of(account: Account) -> Holder:
    """Give whose password is about to be set, and which one it replaces."""
    person = account.person
    return Holder(account.id, account.email, person.name, person.language, account.password_hash)


def replace_password(holder: Holder, password: str, *, keep_session: int | None = None) -> None:
    """Set a new password where the old one still stands; ends all sessions but the named one.

    Raises `InputError` for a password that is too easy, `Expired` when it was set meanwhile. Call
    it while no transaction is open.
    """
    check_new_password(password, holder.name, holder.email)
    fresh = hash_password(password)
    done = db.session.execute(
        update(Account)
        .where(
            Account.id == holder.account_id,
            Account.is_active,
            Account.password_hash == holder.replaces,
        )
        .values(password_hash=fresh)
    )
    if done.rowcount != 1:  # type: ignore[attr-defined]
        raise Expired(USED)
    end_all(holder.account_id, but=keep_session)
    limits.forgive("sign in", holder.email)
    account = db.session.get_one(Account, holder.account_id)
    owner = Actor(level=Level(account.level), person_id=account.person_id)
    audit.record(owner, "account.password", "account", account.id)


def change_password(
    account_id: int, present: str, password: str, *, keep_session: int | None
) -> None:
    """Replace one's own password by who knows the present one; other sessions end.

    Raises `InputError` with the field "present" or "password", `TooMany` after too many wrong
    tries. Call it while no transaction is open.
    """
    limits.hit("present password", str(account_id), settings().sign_in_attempts, WITHIN)
    with read_only():
        holder = holder_of(db.session.get_one(Account, account_id))
        db.session.rollback()
    if not is_password(present, holder.replaces):
        raise InputError(N_("This is not your present password."), "present")
    replace_password(holder, password, keep_session=keep_session)
    limits.forgive("present password", str(account_id))


def _values(token: str) -> tuple[int, str]:
    """Read a link of either kind; the kind says how long it holds."""
    for purpose, lifetime in LIFETIMES.items():
        try:
            values = tokens.read_timed(purpose, token, lifetime)
        except NotFound:
            continue
        if len(values) == 2 and isinstance(values[0], int):
            return values[0], str(values[1])
    raise NotFound(N_("This link is not complete. Copy it whole from the mail, or ask anew."))


def _mark(email: str, password_hash: str) -> str:
    """Name address and present password without telling anything of them: the salt is random.

    With the address a link dies that went to a mistyped one, once that is mended.
    """
    return hashlib.sha256(f"replaces {email} {password_hash}".encode()).hexdigest()[:32]
