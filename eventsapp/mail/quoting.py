"""Text as mail carries it: quoted-printable, base64, and words in headers.

`mail/pieces.py` encodes each value of a reader on its own with this, so every function is quick
on what is common and right on what is rare. No result has a line that begins with a dot, so
nothing needs stuffing later. Pure.
"""

from __future__ import annotations

import re
from binascii import b2a_base64
from email import policy
from email.headerregistry import Address, HeaderRegistry
from typing import Any


class _Headers(HeaderRegistry):
    """Makes one class for each name of a header; the library makes one for each header.

    Such a class is a kilobyte or more that only the garbage collector frees, a mail has twenty,
    and making one takes longer than writing the header.
    """

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[str, Any] = {}  # as many as the names that `mime.py` writes

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = super().__getitem__(name)
        return self._made[name]


POLICY = policy.SMTP.clone(max_line_length=76, header_factory=_Headers())
_LONGEST = 76
_PLAIN = re.compile(r"(?!\.)[ -<>-~]{1,73}(?<! )")
_HEX = [b"=%02X" % octet for octet in range(256)]
_TO_BE_CODED = re.compile(rb"[^\t -<>-~]")
_IN_NO_HEADER = re.compile(r"[^ -~]")
_LINE_END = re.compile(r"\r\n|\r|\n")
_SIMPLE = re.compile(r"[!-~]+(?: [!-~]+)*")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/?^_`{|}~-]+)*")
_QUOTABLE = re.compile(r"[!-~]+(?: [!-~]+)*")
_IN_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+")
_WORD_OCTETS = 42  # 56 characters of base64, with "=?utf-8?b??=" fewer than the 75 of RFC 2047


def quoted(text: str) -> bytes:
    """Encode text for a quoted-printable body: a line of its own, whatever stands around it.

    The result ends in a soft line break (or in a hard one where the text does); for no text it
    is nothing at all.
    """
    if _PLAIN.fullmatch(text):
        return text.encode("ascii") + b"=\r\n"
    if not text:
        return b""
    lines = [_quoted_line(line) for line in _LINE_END.split(text)]
    return b"\r\n".join(lines) + (b"=\r\n" if lines[-1] else b"")


def _quoted_line(line: str) -> bytes:
    """Encode one line, with soft breaks where it would grow too long (RFC 2045 6.7)."""
    octets = line.encode("utf-8", "replace")
    if line.isascii() and line.isprintable():
        octets = octets.replace(b"=", b"=3D")
    else:
        octets = _TO_BE_CODED.sub(_code_of, octets)
    if octets.endswith((b" ", b"\t")):
        octets = octets[:-1] + _HEX[octets[-1]]
    done: list[bytes] = []
    while True:
        if octets.startswith(b"."):
            octets = _HEX[46] + octets[1:]
        if len(octets) < _LONGEST:
            return b"=\r\n".join([*done, octets])
        cut = _LONGEST - 1
        # A code of three characters is not cut in two.
        cut -= 1 if octets[cut - 1] == 61 else 2 if octets[cut - 2] == 61 else 0
        done.append(octets[:cut])
        octets = octets[cut:]


def _code_of(found: re.Match[bytes]) -> bytes:
    return _HEX[found[0][0]]


def base64_lines(octets: bytes) -> bytes:
    """Encode a file in lines of 76 characters, each with its end."""
    lines = [b2a_base64(octets[at : at + 57], newline=False) for at in range(0, len(octets), 57)]
    return b"\r\n".join(lines) + b"\r\n"


def text_header(name: str, text: str) -> bytes:
    """Write a header that holds free text, such as Subject. The text is one line already."""
    if len(name) + len(text) <= _LONGEST - 2 and _SIMPLE.fullmatch(text) and "=?" not in text:
        return f"{name}: {text}\r\n".encode("ascii")
    if text.isascii() or "=?" in text:
        return _folded(name, text)
    return f"{name}: ".encode("ascii") + _words(text) + b"\r\n"


def raw_header(name: str, value: str) -> bytes:
    """Write a header word for word, such as List-Unsubscribe, whose addresses must stay whole.

    Whatever could end the header is left out.
    """
    if not (value.isascii() and value.isprintable()):
        value = _IN_NO_HEADER.sub("", value)
    kept = value.replace(">, <", ">,\r\n <")
    return f"{name}: {kept}\r\n".encode("ascii")


def address_header(name: str, display_name: str, address: str) -> bytes:
    """Write a header that holds one address. The display name is one line already."""
    if not _IN_ADDRESS.fullmatch(address) or "=?" in display_name + address:
        return _folded(name, Address(display_name=display_name, addr_spec=address))
    if not display_name:
        return f"{name}: {address}\r\n".encode("ascii")
    if not display_name.isascii():
        words = _words(display_name)
        return f"{name}: ".encode("ascii") + words + f"\r\n <{address}>\r\n".encode("ascii")
    if len(name) + len(display_name) + len(address) > _LONGEST - 10:
        return _folded(name, Address(display_name=display_name, addr_spec=address))
    if _ATOMS.fullmatch(display_name):
        return f"{name}: {display_name} <{address}>\r\n".encode("ascii")
    if _QUOTABLE.fullmatch(display_name):
        marked = display_name.replace("\\", "\\\\").replace('"', '\\"')
        return f'{name}: "{marked}" <{address}>\r\n'.encode("ascii")
    return _folded(name, Address(display_name=display_name, addr_spec=address))


def _words(text: str) -> bytes:
    """Write text as encoded words (RFC 2047), each on a line; no letter is cut in two."""
    words: list[bytes] = []
    chunk = b""
    for letter in text:
        octets = letter.encode("utf-8", "replace")
        if len(chunk) + len(octets) > _WORD_OCTETS:
            words.append(chunk)
            chunk = b""
        chunk += octets
    words.append(chunk)
    return b"\r\n ".join(b"=?utf-8?b?" + b2a_base64(one, newline=False) + b"?=" for one in words)


def _folded(name: str, value: str | Address) -> bytes:
    """Let the standard library write a header that is out of the ordinary."""
    header = POLICY.header_factory(name, value)
    return str(header.fold(policy=POLICY)).encode("ascii", "replace")
