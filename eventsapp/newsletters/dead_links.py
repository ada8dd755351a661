"""Follows the links of an edition, to find those that lead nowhere.

The checks page calls it when somebody asks for it, with no database open meanwhile. It asks only
servers that everybody can reach: an address within our own network is never called.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from eventsapp.core.labels import N_, Labelled
from eventsapp.core.settings import settings
from eventsapp.newsletters.links_in_text import links_of

MOST = 60
AT_ONCE = 8
SECONDS, LONGEST = 5, 20
"""For one answer, and for all of them."""
_MOST_HOPS = 4
_PORTS = frozenset({80, 443, 8080, 8443})
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
"""Addresses that a translator turns into those of IPv4 (RFC 6052)."""
_KEPT = "/%:=&?~+!$,;'@()*[]-._"
_GONE = frozenset({404, 410})
_MOVED = frozenset({301, 302, 303, 307, 308})
_SHY = frozenset({400, 403, 405, 501})
"""Answers of servers that do not like to be asked in this way: they are asked again by GET."""


class Fate(Labelled):
    """What became of following a link."""

    ALIVE = "alive", N_("works")
    DEAD = "dead", N_("the page is not there")
    UNREACHED = "unreached", N_("there was no answer; try it yourself")
    UNCLEAR = "unclear", N_("the server answered with a fault; try it yourself")


@dataclass(frozen=True, slots=True)
class Followed:
    """A link that does not simply work: its block, its words, its address, what became of it."""

    key: str
    words: str
    address: str
    fate: Fate


def follow(
    taken: Mapping[str, Any], fate_of: Callable[[str], Fate] | None = None
) -> tuple[int, list[Followed]]:
    """Follow the links that editors wrote; gives how many, and those that do not simply work.

    Takes a few seconds as a rule, LONGEST at most.
    """
    found = list(_outward(taken))
    addresses = list(dict.fromkeys(address for _, _, address in found))[:MOST]
    fates = _all_fates(addresses, fate_of or _fate_of)
    odd = [
        Followed(key, words, address, fates[address])
        for key, words, address in found
        if fates.get(address, Fate.ALIVE) is not Fate.ALIVE
    ]
    return len(addresses), odd


def leads_out(taken: Mapping[str, Any]) -> bool:
    """Tell whether there is a link that can be followed."""
    return next(_outward(taken), None) is not None


def _outward(taken: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Give block, words and address of each link to another website."""
    ours = settings().base_url
    for block in taken["blocks"]:
        for link in links_of(block["data"]):
            is_web = link.address.startswith(("http://", "https://"))
            if is_web and not link.address.startswith(ours):
                yield block["key"], link.words, link.address


def _all_fates(addresses: list[str], fate_of: Callable[[str], Fate]) -> dict[str, Fate]:
    """Follow all of them side by side; who has not answered when time is up has not answered."""
    pool = ThreadPoolExecutor(AT_ONCE)
    asked = {pool.submit(fate_of, address): address for address in addresses}
    done, _late = wait(asked, timeout=LONGEST)
    pool.shutdown(wait=False, cancel_futures=True)
    fates = dict.fromkeys(addresses, Fate.UNREACHED)
    return fates | {asked[one]: one.result() for one in done}


def _fate_of(address: str) -> Fate:
    """Follow one link, wherever it is sent on to."""
    try:
        for _ in range(_MOST_HOPS):
            status, moved = _ask("HEAD", address)
            if status in _SHY:
                status, moved = _ask("GET", address)
            if status not in _MOVED or not moved:
                return _judged(status)
            address = urljoin(address, moved)
    except (OSError, HTTPException, ValueError):
        return Fate.UNREACHED
    return Fate.UNCLEAR


def _judged(status: int) -> Fate:
    if status in _GONE:
        return Fate.DEAD
    # Signing in may be asked of us, and not of who reads.
    return Fate.ALIVE if status < 400 or status in (401, 403, 429) else Fate.UNCLEAR


def _ask(method: str, address: str) -> tuple[int, str]:
    """Ask for a page and give the answer's status, and where it sends us on to."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("not an address of the web")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    sock = socket.create_connection((_public(parts.hostname, port), port), SECONDS)
    # The connection is to the number that was judged: the name is not looked up a second time.
    connection = HTTPConnection(parts.hostname, port, timeout=SECONDS)
    if parts.scheme == "https":
        connection = HTTPSConnection(parts.hostname, port, timeout=SECONDS)
        context = ssl.create_default_context()
        sock = context.wrap_socket(sock, server_hostname=parts.hostname)
    connection.sock = sock
    try:
        path = quote(parts.path or "/", _KEPT) + (
            f"?{quote(parts.query, _KEPT)}" * bool(parts.query)
        )
        connection.request(method, path, headers={"User-Agent": "eventsapp link check"})
        answer = connection.getresponse()
        return answer.status, answer.headers.get("Location", "")
    finally:
        connection.close()


def _public(host: str, port: int) -> str:
    """Find the number of a host; OSError where it is not one that everybody can reach."""
    if port not in _PORTS:
        raise OSError("no port of a website")
    for *_, where in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        number = str(where[0])
        if not _is_of_all(ipaddress.ip_address(number.partition("%")[0])):
            raise OSError("within our own network")
    return number


def _is_of_all(number: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Tell whether everybody can reach it; of one that carries an older one, by that."""
    if isinstance(number, ipaddress.IPv6Address):
        inner = number.ipv4_mapped or number.sixtofour
        if inner is None and number in _TRANSLATED:
            inner = ipaddress.IPv4Address(int(number) & 0xFFFFFFFF)
        if inner is not None:
            return _is_of_all(inner)
    return number.is_global and not number.is_multicast and not number.is_reserved
