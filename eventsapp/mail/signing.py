"""Our own DKIM signature (RFC 6376), for who has no relay that signs: rsa-sha256, relaxed/simple.

`mail/rendering.py` calls this for each mail when a key is set. The same mail gets the same
signature: no time stands in it, so a second try stays the same to the octet.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256

from eventsapp.core.errors import SettingsError
from eventsapp.core.settings import Settings

SIGNED = (
    "from", "from", "subject", "date", "message-id", "to", "reply-to", "in-reply-to",
    "mime-version", "content-type", "list-id", "list-unsubscribe", "list-unsubscribe-post",
)  # fmt: skip
"""From stands here twice, so that nobody can add a second one (RFC 6376 section 8.15)."""
SMALLEST = 2048
"""Bits of a key that receivers still take (RFC 8301 section 3.2)."""
_HEADER = re.compile(rb"([!-9;-~]+)[ \t]*:((?:[^\r\n]|\r\n[ \t])*)\r\n")
_WHITE = re.compile(rb"[ \t\r\n]+")


class Signer:
    """Signs in the name of one domain. Raises SettingsError for a key that is none.

    `given_by` names the setting that holds the key.
    """

    def __init__(
        self, domain: str, selector: str, pem: str, given_by: str = "EVENTS_DKIM_KEY"
    ) -> None:
        # 8 MB, which no process needs whose relay signs.
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        try:
            key = load_pem_private_key(pem.encode(), password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as fault:
            raise SettingsError(f"{given_by} is not a private key in PEM form.") from fault
        if not isinstance(key, RSAPrivateKey) or key.key_size < SMALLEST:
            raise SettingsError(f"{given_by} must be an RSA key of 2048 bits or more.")
        self._key, self._padding, self._hash = key, PKCS1v15(), SHA256()
        self._begin = f"v=1; a=rsa-sha256; c=relaxed/simple; d={domain}; s={selector};".encode()

    def sign(self, head: bytes, body: Sequence[bytes]) -> bytes:
        """Give the header that goes in front of a mail.

        `head` is all headers, with or without the empty line behind them.
        """
        headers: dict[bytes, bytes] = {}
        for found in _HEADER.finditer(head):
            headers.setdefault(found[1].lower(), found[2])
        names = [name.encode() for name in SIGNED if name.encode() in headers]
        value = b"%b\r\n h=%b;\r\n bh=%b;\r\n b=" % (
            self._begin,
            b":".join(names),
            b64encode(_body_hash(body)),
        )
        # Each once, in the order of `h=`: the second "from" stands for none (RFC 6376 5.4.2).
        signed = b"".join(_relaxed(name, headers[name]) for name in dict.fromkeys(names))
        signed += _relaxed(b"dkim-signature", value).removesuffix(b"\r\n")
        proof = b64encode(self._key.sign(signed, self._padding, self._hash))
        lines = [proof[at : at + 72] for at in range(0, len(proof), 72)]
        return b"DKIM-Signature: " + value + b"\r\n ".join(lines) + b"\r\n"


def signer_of(running: Settings, stream: str, sender: str) -> Signer | None:
    """Give who signs mail of a stream by this sender, None when the relay does it.

    Raises SettingsError. The same one is given again, so that a key is read once.
    """
    signature = running.signature_of(stream)
    if not signature.key:
        return None
    domain = signature.domain or sender.rpartition("@")[2]
    return _signer(domain, signature.selector, signature.key, signature.key_variable)


_signer = lru_cache(maxsize=8)(Signer)


def _relaxed(name: bytes, value: bytes) -> bytes:
    """Write a header as RFC 6376 3.4.2 compares it."""
    if not (b"\n" in value or b"  " in value or b"\t" in value):
        return b"%b:%b\r\n" % (name, value.strip())  # as nearly all are
    return name + b":" + _WHITE.sub(b" ", value).strip() + b"\r\n"


def _body_hash(body: Sequence[bytes]) -> bytes:
    """Hash the body as RFC 6376 3.4.3 compares it: empty lines at its end do not count."""
    if not body or body[-1].endswith(b"\r\n\r\n") or len(body[-1]) < 4:
        octets = b"".join(body)
        while octets.endswith(b"\r\n"):
            octets = octets[:-2]
        return sha256(octets + b"\r\n").digest()
    digest = sha256()
    for piece in body:
        digest.update(piece)
    return digest.digest()
