"""The doctor at the DNS: SPF (RFC 7208), the DKIM key (RFC 6376) and DMARC (RFC 7489).

Without network or name server the answer is "cannot know". What the records say is judged by pure
functions; which address our relay shows to the world only the relay knows.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from eventsapp.core.errors import SettingsError
from eventsapp.core.labels import N_
from eventsapp.core.settings import Signature, settings
from eventsapp.mail import lists, return_path, signing
from eventsapp.mail.doctor_words import Finding, bad, good, unknown
from eventsapp.mail.kinds import Stream

if TYPE_CHECKING:
    from dns.resolver import Resolver

SPF, DKIM, DMARC = N_("SPF"), N_("DKIM"), N_("DMARC")
DKIM_OF_LETTERS = N_("DKIM of newsletters")
PATIENCE = 8.0
NO_ANSWER = N_("The name server does not answer about %(domain)s: %(why)s")
ASK_ELSEWHERE = N_("Look from a machine that has a network.")

_EXAMPLES = {"example", "invalid", "localhost", "test"}

Lookup = Callable[[str], list[str]]


class NameServerAway(Exception):  # noqa: N818 - a state of the world, not a fault
    """No name server can tell."""


class ExampleOnly(NameServerAway):
    """The domain is one of those that are kept for examples (RFC 6761): nobody has it."""


def texts(name: str, resolver: Resolver | None = None) -> list[str]:
    """Give the TXT records of a name, none where it has none. Raises NameServerAway."""
    import dns.resolver  # 4 MB, which no process needs but who looks at this page

    if resolver is None and name.rpartition(".")[2] in _EXAMPLES:
        raise ExampleOnly(name)
    try:
        asked = resolver or dns.resolver.Resolver()
        answer = asked.resolve(name, "TXT", lifetime=PATIENCE)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError) as fault:
        raise NameServerAway(str(fault)) from fault
    return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]


def senders() -> Iterator[tuple[str, str, Stream]]:
    """Give the domain of the sender of each stream, with the domain of its envelope."""
    for stream in Stream:
        address = settings().sender_of(stream)
        envelope = return_path.address_for(lists.TRIAL, address)
        yield domain_of(address), domain_of(envelope), stream


def domain_of(address: str) -> str:
    """Give what stands behind the @."""
    return address.rpartition("@")[2].lower()


def _away(about: str, name: str, fault: NameServerAway) -> Finding:
    """Say that the DNS tells nothing about a name, and what helps."""
    if isinstance(fault, ExampleOnly):
        seen = N_("%(domain)s is an example domain: no name server knows it.")
        remedy = N_(
            "An example domain is only for trying out. Before you send real mail, set "
            "EVENTS_MAIL_FROM to an address at your own domain."
        )
        return unknown(about, seen, remedy, domain=name)
    return unknown(about, NO_ANSWER, ASK_ELSEWHERE, domain=name, why=str(fault))


def spf(lookup: Lookup = texts) -> Iterator[Finding]:
    """Look whether the envelope's domain names who may send for it."""
    for domain in dict.fromkeys(envelope for _, envelope, _ in senders()):
        try:
            found = [one for one in lookup(domain) if one.lower().split()[:1] == ["v=spf1"]]
        except NameServerAway as fault:
            yield _away(SPF, domain, fault)
            continue
        yield judge_spf(domain, found)


def judge_spf(domain: str, records: list[str]) -> Finding:
    """Judge the SPF records of a domain."""
    remedy = N_("Publish at %(domain)s as one TXT record what the relay's manager gives you.")
    if not records:
        return bad(SPF, N_("%(domain)s has no SPF record."), remedy, domain=domain)
    if len(records) > 1:
        return bad(
            SPF,
            N_("%(domain)s has %(count)s SPF records, so that none of them counts."),
            remedy,
            domain=domain,
            count=len(records),
        )
    words = records[0].lower().split()
    if "+all" in words or "all" in words:
        return bad(
            SPF,
            N_("The SPF record of %(domain)s lets everybody send: %(record)s"),
            remedy,
            domain=domain,
            record=records[0],
        )
    return good(
        SPF,
        N_("%(domain)s says: %(record)s Whether our mail server is in it, its manager knows."),
        domain=domain,
        record=records[0],
    )


def dkim(lookup: Lookup = texts) -> Iterator[Finding]:
    """Look for each stream whether the key in the DNS is the one with which we sign."""
    signatures = {stream: (key_name(stream), _signature(stream).key) for stream in Stream}
    yield _dkim(DKIM, Stream.INVITATIONS, lookup)
    if signatures[Stream.NEWSLETTERS] != signatures[Stream.INVITATIONS]:
        yield _dkim(DKIM_OF_LETTERS, Stream.NEWSLETTERS, lookup)


def _signature(stream: Stream) -> Signature:
    return settings().signature_of(stream)


def signing_domain(stream: Stream) -> str:
    """Give the domain in whose name we sign mail of a stream; empty where we do not."""
    signature = _signature(stream)
    if not signature.key:
        return ""
    return signature.domain or domain_of(settings().sender_of(stream))


def key_name(stream: Stream) -> str:
    """Give the name at which DNS publishes the key of a stream; empty where we do not sign."""
    domain = signing_domain(stream)
    return domain and f"{_signature(stream).selector}._domainkey.{domain}"


def _dkim(about: str, stream: Stream, lookup: Lookup) -> Finding:
    signature, name = _signature(stream), key_name(stream)
    if not name:
        return unknown(
            about,
            N_("We do not sign ourselves; whether the mail server does, we cannot see."),
            N_("Send a mail to a mailbox elsewhere and look for DKIM-Signature in its headers."),
        )
    try:
        signing.signer_of(settings(), stream, settings().sender_of(stream))
    except SettingsError:
        return bad(
            about,
            N_("No mail can be signed: %(setting)s is no private RSA key of 2048 bits or more."),
            N_("Make a key with `openssl genrsa 2048`; put all its lines there."),
            setting=signature.key_variable,
        )
    try:
        found = lookup(name)
    except NameServerAway as fault:
        return _away(about, name, fault)
    return judge_dkim(name, found, public_part(signature.key), about)


def public_part(key: str) -> str:
    """Give what DNS must say of a private key: its public half, DER in base 64."""
    from cryptography.hazmat.primitives.serialization import (  # see signing.py
        Encoding,
        PublicFormat,
        load_pem_private_key,
    )

    public = load_pem_private_key(key.encode(), password=None).public_key()
    octets = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(octets).decode()


def judge_dkim(name: str, records: list[str], ours: str, about: str = DKIM) -> Finding:
    """Judge the key record at a name against our own public key."""
    published = ["".join(tags_of(one).get("p", "").split()) for one in records]
    if ours in published:
        return good(about, N_("The key at %(name)s is ours."), name=name)
    seen = (
        N_("The key at %(name)s is another one than ours.")
        if any(published)
        else N_("There is no key at %(name)s.")
    )
    return bad(
        about, seen, N_("Publish there as TXT: v=DKIM1; k=rsa; p=%(key)s"), name=name, key=ours
    )


def dmarc(lookup: Lookup = texts) -> Iterator[Finding]:
    """Look whether a policy is published, and whether our mail would meet it."""
    cases: dict[tuple[str, str, str], Stream] = {}
    for domain, envelope, stream in senders():
        cases.setdefault((domain, envelope, signing_domain(stream)), stream)
    judged: list[Finding] = []
    for (domain, envelope, signer), stream in cases.items():
        try:
            found = _dmarc_of(domain, lookup)
        except NameServerAway as fault:
            finding = _away(DMARC, domain, fault)
        else:
            finding = judge_dmarc(domain, found, envelope, signer, stream)
        # Where the envelope of one sender will do, it does not matter who signs which stream.
        if finding not in judged:
            judged.append(finding)
            yield finding


def _dmarc_of(domain: str, lookup: Lookup) -> list[str]:
    """Give the policy of a domain, or of the organisation above it (RFC 7489 6.6.3)."""
    for name in dict.fromkeys((domain, organisation(domain))):
        found = [one for one in lookup(f"_dmarc.{name}") if one.lower().startswith("v=dmarc1")]
        if found:
            return found
    return []


def judge_dmarc(
    domain: str,
    records: list[str],
    envelope: str,
    signer: str,
    stream: Stream = Stream.INVITATIONS,
) -> Finding:
    """Judge the policy of a From domain, for mail with this envelope and this signing domain.

    `signer` is empty where we do not sign: then only the envelope can be seen from here.
    """
    if len(records) != 1:
        return bad(
            DMARC,
            N_("%(domain)s has %(count)s DMARC records; there must be one."),
            N_("Publish at _dmarc.%(domain)s as TXT: v=DMARC1; p=none; rua=mailto:…"),
            domain=domain,
            count=len(records),
        )
    tags = tags_of(records[0])
    values = {"domain": domain, "record": records[0], "envelope": envelope}
    if is_aligned(domain, envelope, tags.get("aspf", "r")):
        return good(
            DMARC, N_("%(record)s The envelope (%(envelope)s) belongs to %(domain)s."), **values
        )
    if signer and is_aligned(domain, signer, tags.get("adkim", "r")):
        return good(
            DMARC,
            N_("%(record)s The signature (%(signer)s) belongs to %(domain)s."),
            signer=signer,
            **values,
        )
    if signer:
        of_letters = stream is Stream.NEWSLETTERS
        return bad(
            DMARC,
            N_("Neither envelope (%(envelope)s) nor signature (%(signer)s) belongs to %(domain)s."),
            N_("Choose a bounce address or %(setting)s within %(domain)s."),
            setting="EVENTS_NEWSLETTER_DKIM_DOMAIN" if of_letters else "EVENTS_DKIM_DOMAIN",
            signer=signer,
            **values,
        )
    return unknown(
        DMARC,
        N_("The envelope (%(envelope)s) is not of %(domain)s; a signature of the relay may be."),
        N_("Choose a bounce address in %(domain)s, or look at the headers of a mail elsewhere."),
        **values,
    )


def tags_of(record: str) -> dict[str, str]:
    """Read “name=value; name=value”."""
    pairs = (part.partition("=") for part in record.split(";") if "=" in part)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def is_aligned(domain: str, other: str, mode: str) -> bool:
    """Tell whether two domains belong together: the same, or by the same organisation."""
    if mode.lower() == "s":
        return domain == other
    return organisation(domain) == organisation(other)


def organisation(domain: str) -> str:
    """Give the last two parts of a domain: right for .nl and most others, not for .co.uk."""
    return ".".join(domain.split(".")[-2:])
