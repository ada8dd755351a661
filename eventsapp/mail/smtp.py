"""Calls the mail server: greeting, encryption, password.

What happens over the connection after that stands in `mail/talk.py`. Knows no database.
"""

from __future__ import annotations

import functools
import smtplib
import socket
import ssl

from eventsapp.core.errors import DeliveryError
from eventsapp.core.settings import MailServer


class ServerAway(DeliveryError):
    """The mail server can't be reached or won't talk to us: nothing was handed over."""

    code = "server_away"


def dial(server: MailServer, timeout: float) -> smtplib.SMTP:
    """Call the mail server, agree on encryption and sign in. Raises ServerAway.

    Also a refused password is a server that is away: that is ours to mend, and no mail is lost.
    """
    try:
        return _connect(server, timeout)
    except (OSError, smtplib.SMTPException, ValueError) as fault:
        raise ServerAway(_words(fault), permanent=False) from fault


def _connect(server: MailServer, timeout: float) -> smtplib.SMTP:
    smtp: smtplib.SMTP
    if server.security == "tls":
        smtp = smtplib.SMTP_SSL(
            server.host,
            server.port,
            local_hostname=_own_name(),
            timeout=timeout,
            context=ssl.create_default_context(),
        )
    else:
        smtp = smtplib.SMTP(server.host, server.port, local_hostname=_own_name(), timeout=timeout)
    if smtp.sock is not None:
        # The last dot is a small packet of its own: it must not wait for an acknowledgement.
        smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        smtp.ehlo_or_helo_if_needed()
        if server.security == "required" or (
            server.security == "optional" and smtp.has_extn("starttls")
        ):
            smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo_or_helo_if_needed()
        if server.user:
            smtp.login(server.user, server.password)
    except (OSError, smtplib.SMTPException, ValueError):
        smtp.close()
        raise
    return smtp


@functools.cache
def _own_name() -> str:
    """Ask the machine's name once: where names are looked up slowly it takes seconds."""
    return socket.getfqdn()


def _words(fault: Exception) -> str:
    """Give the server's reply as it said it, on one line; where it said nothing, the fault."""
    if not isinstance(fault, smtplib.SMTPResponseException):
        return str(fault)[:500]
    said = fault.smtp_error
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return " ".join(f"{fault.smtp_code} {text}".split())[:500]
