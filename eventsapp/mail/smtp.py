"""One SMTP connection, kept open over a round of mails.

Tells apart what must be told apart: refused for good, later, the server is away, and the one case
in which nobody can know: the connection broke after the final dot. Knows no database.
"""

from __future__ import annotations

import contextlib
import functools
import re
import smtplib
import socket
import ssl
from types import TracebackType
from typing import Self

from eventsapp.core.errors import N_, DeliveryError
from eventsapp.core.settings import MailServer
from eventsapp.mail.rules import is_permanent

TIMEOUT = 30
_IN_NO_ADDRESS = re.compile(r"[\s<>,;]")
_LINE_START_DOT = re.compile(rb"(?m)^\.")


class ServerAway(DeliveryError):
    """The mail server can't be reached or won't talk to us: nothing was handed over."""

    code = "server_away"


class FateUnknown(DeliveryError):
    """The connection broke between the final dot and the reply: it may have arrived."""

    code = "fate_unknown"


class Connection:
    """A connection to the relay, made at the first mail. Use it in a `with` block."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        """Begin a round; nothing is opened yet."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Say goodbye to the server."""
        if self._smtp is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                self._smtp.quit()
        self._smtp = None

    @property
    def is_open(self) -> bool:
        """Tell whether the next mail can go without calling the server anew."""
        return self._smtp is not None

    def open(self) -> None:
        """Make the connection now, before anything is begun. Raises ServerAway."""
        if self._smtp is not None:
            return
        self._smtp = dial(self._server, TIMEOUT)

    def send(self, sender: str, recipient: str, octets: bytes) -> str:
        """Hand over one mail and give the server's reply.

        Raises DeliveryError (permanent or not), ServerAway, or FateUnknown.
        """
        if _IN_NO_ADDRESS.search(recipient):
            # smtplib would quietly take the first address that it finds in such a text.
            raise DeliveryError(N_("This is not an e-mail address."), permanent=True)
        try:
            smtp = self._begin(sender)
            self._expect(smtp.rcpt(recipient), (250, 251, 252))
            self._expect(smtp.docmd("DATA"), (354,))
            body = _LINE_START_DOT.sub(b"..", octets)
            smtp.send(body if body.endswith(b"\r\n") else body + b"\r\n")
        except (OSError, smtplib.SMTPException) as fault:
            self._drop()
            raise ServerAway(_short(str(fault)), permanent=False) from fault
        except ValueError as fault:  # letters or line breaks that no address holds
            self._reset()
            raise DeliveryError(N_("This is not an e-mail address."), permanent=True) from fault
        return self._finish(smtp)

    def _begin(self, sender: str) -> smtplib.SMTP:
        """Name the sender; a server that closed an older connection meanwhile is called again.

        A server that refuses our sender refuses every mail: it counts as away.
        """
        is_fresh = self._smtp is None
        for attempt in range(2):
            self.open()
            assert self._smtp is not None
            smtp = self._smtp
            try:
                code, text = smtp.mail(sender)
            except (OSError, smtplib.SMTPException):
                self._drop()
                if is_fresh or attempt:
                    raise
                continue
            if code == 250:
                return smtp
            self._drop()
            if code != 421 or is_fresh or attempt:
                break
        raise ServerAway(_short(f"{code} {text.decode('utf-8', 'replace')}"), permanent=False)

    def _finish(self, smtp: smtplib.SMTP) -> str:
        try:
            smtp.send(b".\r\n")
            reply = smtp.getreply()
        except (OSError, smtplib.SMTPException) as fault:
            self._drop()
            raise FateUnknown(_short(str(fault)), permanent=False) from fault
        if reply[0] == -1:
            self._drop()
            raise FateUnknown(_short(repr(reply[1])), permanent=False)
        return self._expect(reply, (250,))

    def _expect(self, reply: tuple[int, bytes], wanted: tuple[int, ...]) -> str:
        code, text = reply
        sentence = f"{code} {text.decode('utf-8', 'replace')}"
        if code in wanted:
            return sentence
        if code in (-1, 421):
            self._drop()
            raise ServerAway(_short(sentence), permanent=False)
        self._reset()
        raise DeliveryError(_short(sentence), permanent=is_permanent(code))

    def _reset(self) -> None:
        try:
            if self._smtp is not None:
                self._smtp.rset()
        except (OSError, smtplib.SMTPException):
            self._drop()

    def _drop(self) -> None:
        if self._smtp is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                self._smtp.close()
        self._smtp = None


def dial(server: MailServer, timeout: float) -> smtplib.SMTP:
    """Call the mail server, agree on encryption and sign in. Raises ServerAway.

    Also a refused password is a server that is away: that is ours to mend, and no mail is lost.
    """
    try:
        return _connect(server, timeout)
    except (OSError, smtplib.SMTPException, ValueError) as fault:
        raise ServerAway(_short(str(fault)), permanent=False) from fault


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


def _short(sentence: str) -> str:
    return sentence[:500]
