"""E-mail addresses: judged, brought into one form, compared, shown and hidden.

Forms, imports and the mail room use it. An address is judged by its form only; nothing here ever
looks it up on the network. Pure.
"""

import hashlib
import hmac
from email.headerregistry import Address

from eventsapp.core.errors import N_, InputError
from eventsapp.core.text import one_line

_GMAIL = frozenset({"gmail.com", "googlemail.com"})
LONGEST = 254  # RFC 5321 section 4.5.3.1.3, without the angle brackets


def parse_address(text: str, field: str = "email") -> str:
    """Bring a typed or pasted address into the form in which we keep it.

    The domain becomes lower case and, with foreign letters, the form that travels (xn--…); the
    part before the @ stays as typed. "Petra <petra@council.example>" and "mailto:…" are taken
    too. InputError when no mail could ever be sent to it.
    """
    # Who sends mail judges no addresses, and so loads no tables of foreign letters.
    from email_validator import EmailNotValidError, EmailSyntaxError, validate_email

    typed = text.strip()
    if not typed:
        raise InputError(N_("Fill in an e-mail address."), field)
    if len(typed) > 2 * LONGEST:
        raise InputError(N_("This is too long for an e-mail address."), field)
    try:
        found = validate_email(
            typed.removeprefix("mailto:"),
            check_deliverability=False,
            allow_smtputf8=False,
            allow_display_name=True,
        )
    except (EmailSyntaxError, EmailNotValidError, UnicodeError):
        raise InputError(
            N_("This is not an e-mail address. An address looks like name@organisation.example."),
            field,
        ) from None
    return f"{found.ascii_local_part}@{found.ascii_domain.lower()}"


def same_address(one: str, other: str) -> bool:
    """Tell whether two kept addresses reach the same mailbox, as every real mail server sees it."""
    return one.strip().casefold() == other.strip().casefold()


def same_mailbox(one: str, other: str) -> bool:
    """Tell whether mail to both reaches the same person, where who runs the mailbox says so.

    At Gmail dots and what follows a plus do not count, and its calendar answers in the form that
    the owner chose (support.google.com/mail/answer/7436150).
    """
    return same_address(_plain_gmail(one), _plain_gmail(other))


def _plain_gmail(email: str) -> str:
    local, _, domain = email.strip().casefold().rpartition("@")
    if domain not in _GMAIL:
        return email
    return f"{local.partition('+')[0].replace('.', '')}@gmail.com"


def display(name: str, email: str) -> str:
    """Write name and address for a From or To header: one line, quoted where needed."""
    shown = one_line(name, 100).replace('"', "'").replace("\\", "/")
    return str(Address(display_name=shown, addr_spec=email)) if shown else email


def address_hash(key: bytes, email: str) -> str:
    """Make the keyed fingerprint by which an erased address is still recognised as opted out."""
    return hmac.new(key, email.strip().casefold().encode(), hashlib.sha256).hexdigest()


def extended(base: str, addition: str, separator: str) -> str:
    """Make one of our own addresses say more: "antwoord+a1b2@programma.example".

    Of a base without a part before the @ the whole domain is ours: "a1b2@antwoord.example".
    """
    local, _, domain = base.rpartition("@")
    return f"{local}{separator if local else ''}{addition}@{domain}"


def addition_to(base: str, email: str, separator: str) -> str | None:
    """Read what was added to our own address, in lower case; None when it is another address.

    The base itself gives "". Mail servers on the way may change the case.
    """
    start, _, domain = base.lower().rpartition("@")
    local, _, their_domain = email.strip().lower().rpartition("@")
    if not base or their_domain != domain or not local:
        return None
    if not start or local == start:
        return local.removeprefix(start)
    head = start + separator
    return local.removeprefix(head) if local.startswith(head) else None


def mask(email: str) -> str:
    """Hide who it is but let the owner recognise it: "p…@council.example"."""
    local, _, domain = email.rpartition("@")
    return f"{local[:1]}…@{domain}"
