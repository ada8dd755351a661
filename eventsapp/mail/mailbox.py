"""Fetches what waits in the mailbox over IMAP, hands each mail on, and files it away after.

Called by the job that reads the mailbox. A mail leaves the folder only when whoever takes it says
that it is kept; a connection that breaks at any moment costs nothing but time, because the same
mail twice is once. By UID, in batches, and of a huge mail only the beginning.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from eventsapp.core.dates import today
from eventsapp.core.errors import MailboxError
from eventsapp.core.settings import Mailbox
from eventsapp.mail.intake import IntakeFault
from eventsapp.mail.opening import LARGEST

DONE, UNREAD = "eventsapp-done", "eventsapp-unread"
"""Folders for what was taken in, and for what nobody could read."""
KEPT_FOR = timedelta(days=30)
"""So long what was taken in stays in its folder: long enough to look back, no archive of people."""
BATCH = 50
TOGETHER = 10
"""So many mails are taken in at a time: who asks to stop waits no longer than for these."""
MOST_AT_ONCE = 4 * LARGEST
BEGINNING = 256 * 1024
"""Octets of a mail too large to fetch whole: what somebody wrote stands in front."""
_TIMEOUT = SocketTimeout(connect=15, read=60)


class Unreachable(MailboxError):
    """The mailbox can't be read; `fault` says what is to be mended."""

    def __init__(self, fault: IntakeFault, detail: str) -> None:
        super().__init__(fault.label)
        self.fault, self.detail = fault, detail


@dataclass(slots=True)
class Read:
    """What one reading of the mailbox did."""

    filed: int = 0
    unread: int = 0


def read(
    mailbox: Mailbox,
    take: Callable[[Sequence[bytes]], Sequence[bool]],
    is_over: Callable[[], bool] = lambda: False,
) -> Read:
    """Hand the mails that wait to `take`, the oldest first, until all are filed or it is over.

    `take` gets a few at a time and returns once they are kept for good, with True for each that
    was read and False for each that somebody must look at. Raises Unreachable; what was taken by
    then stays taken.
    """
    result = Read()
    try:
        with _signed_in(mailbox) as client:
            _choose(client, mailbox.folder)
            done, unread = _folders(client)
            uids = sorted(client.search(["UNDELETED"]))
            for batch in _batches(client, uids):
                if is_over():
                    break
                good, bad = _hand_on(_fetch(client, batch), take, is_over)
                _move(client, good, done)
                _move(client, bad, unread)
                result.filed += len(good)
                result.unread += len(bad)
            _forget_old(client, done)
    except (OSError, IMAPClientError) as fault:
        raise Unreachable(_fault(fault), str(fault)) from fault
    return result


def look(mailbox: Mailbox) -> int:
    """Tell how many mails lie in the folder, and change nothing. Raises Unreachable."""
    try:
        with _signed_in(mailbox) as client:
            if not client.folder_exists(mailbox.folder):
                raise Unreachable(IntakeFault.FOLDER, mailbox.folder)
            client.select_folder(mailbox.folder, readonly=True)
            return len(client.search(["UNDELETED"]))
    except (OSError, IMAPClientError) as fault:
        raise Unreachable(_fault(fault), str(fault)) from fault


@contextlib.contextmanager
def _signed_in(mailbox: Mailbox) -> Iterator[IMAPClient]:
    context = ssl.create_default_context()
    client = IMAPClient(
        mailbox.host,
        mailbox.port,
        ssl=mailbox.security == "tls",
        ssl_context=context if mailbox.security == "tls" else None,
        timeout=_TIMEOUT,
    )
    try:
        if mailbox.security == "required":
            client.starttls(context)
        client.login(mailbox.user, mailbox.password)
        yield client
        client.logout()
    finally:
        with contextlib.suppress(OSError, IMAPClientError):
            client.shutdown()


def _choose(client: IMAPClient, folder: str) -> None:
    if not client.folder_exists(folder):
        raise Unreachable(IntakeFault.FOLDER, folder)
    client.select_folder(folder)


def _folders(client: IMAPClient) -> tuple[str, str]:
    """Give the folders to file in, made when they are not there."""
    prefix = ""
    if client.has_capability("NAMESPACE"):
        personal = client.namespace().personal
        prefix = personal[0][0] if personal else ""
    names = prefix + DONE, prefix + UNREAD
    for name in names:
        if not client.folder_exists(name):
            client.create_folder(name)
            client.subscribe_folder(name)
    return names


def _batches(client: IMAPClient, uids: Sequence[int]) -> Iterator[dict[int, int]]:
    """Give mails with their sizes, as many at a time as memory and a broken line can bear."""
    for start in range(0, len(uids), BATCH):
        found = client.fetch(uids[start : start + BATCH], ["RFC822.SIZE"])
        batch: dict[int, int] = {}
        for uid in sorted(found):
            size = int(found[uid].get(b"RFC822.SIZE", 0))
            if batch and sum(batch.values()) + size > MOST_AT_ONCE:
                yield batch
                batch = {}
            batch[uid] = size
        if batch:
            yield batch


def _fetch(client: IMAPClient, batch: dict[int, int]) -> dict[int, bytes]:
    """Fetch mails without marking them as read; of those that are too large the beginning."""
    found: dict[int, bytes] = {}
    for small, wanted in ((True, "BODY.PEEK[]"), (False, f"BODY.PEEK[]<0.{BEGINNING}>")):
        uids = [uid for uid, size in batch.items() if (size <= LARGEST) is small]
        for uid, item in (client.fetch(uids, [wanted]) if uids else {}).items():
            octets = next((held for name, held in item.items() if name[:5] == b"BODY["), None)
            if octets is not None:
                found[uid] = octets
    return found


def _hand_on(
    mails: dict[int, bytes],
    take: Callable[[Sequence[bytes]], Sequence[bool]],
    is_over: Callable[[], bool],
) -> tuple[list[int], list[int]]:
    good: list[int] = []
    bad: list[int] = []
    uids = sorted(mails)
    for start in range(0, len(uids), TOGETHER):
        if is_over():
            break
        few = uids[start : start + TOGETHER]
        for uid, was_read in zip(few, take([mails[uid] for uid in few]), strict=True):
            (good if was_read else bad).append(uid)
    return good, bad


def _move(client: IMAPClient, uids: list[int], folder: str) -> None:
    if not uids:
        return
    if client.has_capability("MOVE"):
        client.move(uids, folder)
        return
    client.copy(uids, folder)
    _delete(client, uids)


def _delete(client: IMAPClient, uids: list[int]) -> None:
    client.delete_messages(uids, silent=True)
    if client.has_capability("UIDPLUS"):
        client.uid_expunge(uids)
    else:
        client.expunge()


def _forget_old(client: IMAPClient, folder: str) -> None:
    """Empty the folder of what was taken in of all that lies there for long."""
    client.select_folder(folder)
    if old := client.search(["BEFORE", today() - KEPT_FOR]):
        _delete(client, list(old))


def _fault(fault: Exception) -> IntakeFault:
    # The library calls a line that broke while it signed in a refusal as well, and so does it a
    # server that cannot look anybody up at the moment (RFC 5530).
    is_broken = isinstance(fault.__context__, IMAPClientAbortError) or "[UNAVAILABLE]" in str(fault)
    if isinstance(fault, LoginError) and not is_broken:
        return IntakeFault.PASSWORD
    is_untrusted = isinstance(fault, ssl.SSLCertVerificationError)
    return IntakeFault.CERTIFICATE if is_untrusted else IntakeFault.AWAY
