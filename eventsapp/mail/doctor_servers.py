"""The doctor at the servers: the relays that take our mail, the mailbox, our own address."""

from __future__ import annotations

import contextlib
import smtplib
import urllib.error
from collections.abc import Iterator
from http.client import HTTPException
from urllib.request import HTTPRedirectHandler, Request, build_opener

from eventsapp.core.dates import now
from eventsapp.core.labels import N_
from eventsapp.core.links import unsubscribe_link
from eventsapp.core.settings import MailServer, settings
from eventsapp.mail import lists, mime, return_path
from eventsapp.mail import mailbox as imap
from eventsapp.mail.doctor_words import Finding, bad, good, unknown
from eventsapp.mail.greeting import greeting_at, is_ours
from eventsapp.mail.kinds import Stream
from eventsapp.mail.mailbox import Unreachable
from eventsapp.mail.smtp import ServerAway, dial

RELAY, RELAY_OF_LETTERS = N_("Mail server"), N_("Mail server of newsletters")
RECEIVER = N_("Receiver")
MAILBOX, ONE_CLICK = N_("Mailbox"), N_("Leaving with one click")
PATIENCE = 10
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def relays() -> Iterator[Finding]:
    """Sign in at each mail server as if a mail went out now."""
    running = settings()
    yield _relay(RELAY, running.mail_server, "EVENTS_SMTP_URL")
    if running.newsletter_smtp_url:
        server = running.mail_server_of(Stream.NEWSLETTERS)
        yield _relay(RELAY_OF_LETTERS, server, "EVENTS_NEWSLETTER_SMTP_URL")


def _relay(about: str, server: MailServer, setting: str) -> Finding:
    where = {"host": server.host, "port": server.port, "setting": setting}
    try:
        smtp = dial(server, PATIENCE)
    except ServerAway as fault:
        return bad(
            about,
            N_("%(host)s, port %(port)s does not let us in: %(why)s"),
            N_("Check %(setting)s: name, port, encryption, user and password."),
            why=str(fault),
            **where,
        )
    extensions = ", ".join(sorted(name.upper() for name in smtp.esmtp_features))
    with contextlib.suppress(OSError, smtplib.SMTPException):
        smtp.quit()
    if server.security in {"never", "optional"} and server.host not in _LOOPBACK:
        return bad(
            about,
            N_("%(host)s, port %(port)s takes our mail, but it may travel unencrypted."),
            N_("Ask for ?starttls=required in %(setting)s, or use smtps://."),
            **where,
        )
    return good(
        about,
        N_("%(host)s, port %(port)s lets us in. It offers: %(offers)s"),
        offers=extensions or "-",
        **where,
    )


def mailbox() -> Iterator[Finding]:
    """Sign in at the mailbox and look into its folder."""
    box = settings().mailbox
    if box is None:
        return
    try:
        count = imap.look(box)
    except Unreachable as fault:
        yield bad(
            MAILBOX,
            N_("%(host)s: %(why)s"),
            N_("Check EVENTS_IMAP_URL: name, user, password and folder."),
            host=box.host,
            why=fault.detail or str(fault),
        )
    else:
        yield good(
            MAILBOX,
            N_("%(host)s lets us in; 1 mail lies in %(folder)s.")
            if count == 1
            else N_("%(host)s lets us in; %(count)s mails lie in %(folder)s."),
            host=box.host,
            count=count,
            folder=box.folder,
        )


def receiver() -> Iterator[Finding]:
    """Call the receiver as the mail server of the organisation does, and hear its greeting."""
    running = settings()
    if not running.receiver_port or running.has_postoffice:
        return
    where = {"host": running.receiver_host, "port": running.receiver_port}
    try:
        heard = greeting_at(running.receiver_host, running.receiver_port)
    except OSError as fault:
        heard = str(fault)
    if is_ours(heard):
        yield good(RECEIVER, N_("The receiver at %(host)s, port %(port)s answers."), **where)
    else:
        yield bad(
            RECEIVER,
            N_("No receiver of ours answers at %(host)s, port %(port)s: %(heard)s"),
            N_("A worker or `flask serve` opens it; with workers elsewhere, look there."),
            heard=heard or "-",
            **where,
        )


class _StayHere(HTTPRedirectHandler):
    """A receiver of RFC 8058 follows no redirect, so neither do we."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


def one_click() -> Iterator[Finding]:
    """Leave a list in nobody's name, as a mail programme would: GET, HEAD and POST."""
    address = unsubscribe_link(lists.TRIAL)
    body = lists.ONE_CLICK.encode()
    for method, data in (("GET", None), ("HEAD", None), ("POST", body)):
        asked = Request(address, data=data, method=method)  # noqa: S310 - an address of our own
        try:
            with build_opener(_StayHere).open(asked, timeout=PATIENCE) as answer:
                status = answer.status
        except urllib.error.HTTPError as fault:
            status = fault.code
            fault.close()
        except (OSError, HTTPException) as fault:
            yield unknown(
                ONE_CLICK,
                N_("From here %(address)s cannot be reached: %(why)s"),
                N_("Open the address elsewhere; some networks do not let a machine call itself."),
                address=settings().base_url,
                why=str(fault),
            )
            return
        if status != 200:  # noqa: PLR2004 - RFC 8058 3.2: no redirect, nothing else
            yield bad(
                ONE_CLICK,
                N_("%(method)s gives %(status)s, where mail programmes need 200."),
                N_("See to it that the web server in front passes /u/ on as it is."),
                method=method,
                status=status,
            )
            return
    yield good(ONE_CLICK, N_("GET, HEAD and POST are answered as RFC 8058 asks."))


def send_trial() -> None:
    """Send a mail to our own bounce address, which comes in again when all is well.

    Raises ServerAway where the mail server is away, smtplib's errors where it refuses.
    """
    running = settings()
    address = return_path.address_for(lists.TRIAL)
    moment = now()
    octets = mime.build(
        mime.Parts(
            message_id=f"<trial.{moment:%Y%m%d%H%M%S%f}@{running.mail_from.rpartition('@')[2]}>",
            date=moment,
            sender_name=running.programme_name,
            sender_address=running.mail_from,
            reply_to="",
            to_name="",
            to_address=address,
            subject="eventsapp: trial of the bounce address",
            text="Nobody needs to read this.\n",
            html="<p>Nobody needs to read this.</p>",
            language="en",
        )
    )
    smtp = dial(running.mail_server, PATIENCE)
    try:
        smtp.sendmail(running.mail_from, [address], octets)
    finally:
        with contextlib.suppress(OSError, smtplib.SMTPException):
            smtp.quit()
