"""One SMTP connection, kept open over a round of mails.

Tells apart what must be told apart: refused for good, later, the server is away, and the one case
in which nobody can know: the connection broke after the final dot. Knows no database.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import ssl
from types import TracebackType
from typing import Self

from eventsapp.core.errors import DeliveryError
from eventsapp.core.settings import MailServer
from eventsapp.mail.rules import is_permanent

TIMEOUT = 30
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

    def send(self, sender: str, recipient: str, octets: bytes) -> str:
        """Hand over one mail and give the server's reply.

        Raises DeliveryError (permanent or not), ServerAway, or FateUnknown.
        """
        smtp = self._opened()
        try:
            self._expect(smtp.mail(sender), (250,))
            self._expect(smtp.rcpt(recipient), (250, 251, 252))
            self._expect(smtp.docmd("DATA"), (354,))
            body = _LINE_START_DOT.sub(b"..", octets)
            smtp.send(body if body.endswith(b"\r\n") else body + b"\r\n")
        except DeliveryError:
            self._reset(smtp)
            raise
        except (OSError, smtplib.SMTPException) as fault:
            self._drop()
            raise ServerAway(permanent=False) from fault
        return self._finish(smtp)

    def _finish(self, smtp: smtplib.SMTP) -> str:
        try:
            smtp.send(b".\r\n")
            reply = smtp.getreply()
        except (OSError, smtplib.SMTPException) as fault:
            self._drop()
            raise FateUnknown(permanent=False) from fault
        try:
            return self._expect(reply, (250,))
        except DeliveryError:
            self._reset(smtp)
            raise

    def _opened(self) -> smtplib.SMTP:
        if self._smtp is None:
            try:
                self._smtp = self._open()
            except DeliveryError:
                raise
            except (OSError, smtplib.SMTPException) as fault:
                raise ServerAway(str(fault)[:200], permanent=False) from fault
        return self._smtp

    def _open(self) -> smtplib.SMTP:
        server, context = self._server, ssl.create_default_context()
        smtp: smtplib.SMTP
        if server.security == "tls":
            smtp = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT, context=context)
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT)
        smtp.ehlo_or_helo_if_needed()
        if server.security == "required" or (
            server.security == "optional" and smtp.has_extn("starttls")
        ):
            smtp.starttls(context=context)
            smtp.ehlo()
        if server.user:
            smtp.login(server.user, server.password)
        return smtp

    def _expect(self, reply: tuple[int, bytes], wanted: tuple[int, ...]) -> str:
        code, text = reply
        sentence = f"{code} {text.decode('utf-8', 'replace')}"
        if code in wanted:
            return sentence
        if code in (-1, 421):
            self._drop()
            raise ServerAway(_literal(sentence), permanent=False)
        raise DeliveryError(_literal(sentence), permanent=is_permanent(code))

    def _reset(self, smtp: smtplib.SMTP) -> None:
        try:
            smtp.rset()
        except (OSError, smtplib.SMTPException):
            self._drop()

    def _drop(self) -> None:
        if self._smtp is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                self._smtp.close()
        self._smtp = None


def _literal(sentence: str) -> str:
    """Keep a foreign server's percent signs from being read as places to fill in."""
    return sentence.replace("%", "%%")[:500]
