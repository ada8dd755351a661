"""Why a mail came back, judged by what the other side says. Pure.

`judge` is asked by the reader of reports and wherever a server refuses a mail at the door. It goes
by the reason, not by the class of the status alone: "mailbox full" with status 5.1.1 still is a
full mailbox. Only words that say that nobody is there make a bounce final.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from eventsapp.core.labels import N_, Labelled
from eventsapp.mail.kinds import BounceKind


class BounceReason(Labelled):
    """Why a mail did not reach its reader, in words for the advisor."""

    NO_SUCH_USER = "no_such_user", N_("This address does not exist.")
    DOMAIN_GONE = "domain_gone", N_("What stands behind the @ does not exist any more.")
    DISABLED = "disabled", N_("This mailbox was closed.")
    MAILBOX_FULL = "mailbox_full", N_("The mailbox is full.")
    TOO_LARGE = "too_large", N_("The mail was too large for this mailbox.")
    SPAM = "spam", N_("The receiver took it for unwanted mail.")
    BLOCKED_SENDER = "blocked_sender", N_("The receiver blocks our mail server.")
    AUTHENTICATION = "authentication", N_("The receiver could not check that the mail is ours.")
    RATE_LIMITED = "rate_limited", N_("The receiver takes only little mail at a time.")
    NOT_ALLOWED = "not_allowed", N_("This mailbox takes no mail from outside.")
    RELAY = "relay", N_("The server that was asked does not take mail for this address.")
    LOOP = "loop", N_("The mail went round in circles at the receiver.")
    RECEIVER_AWAY = "receiver_away", N_("The mail server of the receiver could not be reached.")
    POLICY = "policy", N_("The receiver has a rule against this mail.")
    COMPLAINED = "complained", N_("The receiver marked our mail as unwanted.")
    NOT_CLEAR = "not_clear", N_("The receiver did not say clearly why.")


FINAL = frozenset({BounceReason.NO_SUCH_USER, BounceReason.DOMAIN_GONE, BounceReason.DISABLED})
"""The reasons after which writing again is of no use to anybody."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a refusal means."""

    reason: BounceReason
    kind: BounceKind


# The first line that fits decides, so what is special stands before what is general. "Unknown
# user" stands late: full, blocked and suspected mail is often refused with the same status.
_SAID: tuple[tuple[BounceReason, str], ...] = (
    (
        BounceReason.MAILBOX_FULL,
        r"(mailbox|mail box|inbox|account|user|recipient|storage|box)\S* (is |has |was |storage )*"
        r"(\w+ ){0,2}(full|over ?quota|exceeded)|quota (is )?(full|exceeded)|over ?quota"
        r"|exceed\w* (\w+ ){0,4}(quota|storage|mailbox size)|out of (storage|space|disk)"
        r"|insufficient (system |disk )?(storage|space)|not enough (storage|space)"
        r"|disk (is )?full|no space left|QuotaExceeded|mailbox (is )?vol\b|postvak is vol",
    ),
    (
        BounceReason.TOO_LARGE,
        r"(message|mail|content|size|body)\S* (\w+ ){0,4}(too (large|big)|exceed\w*)"
        r"|too (large|big)|exceed\w* (\w+ ){0,4}size|maximum (message |mail )?size|te groot",
    ),
    (
        BounceReason.RATE_LIMITED,
        r"rate.?limit|too many (messages|mails|emails|recipients|connections|sessions)"
        r"|too (quickly|fast|frequent)|receiving mail at a rate|throttl|try again later due to load"
        r"|unusual rate|exceeded the (rate|maximum number)",
    ),
    (
        BounceReason.BLOCKED_SENDER,
        r"black.?list|block.?list|deny.?list|\b(dnsbl|rbl|spamhaus|spamcop|barracuda|sorbs)\b"
        r"|(client host|ip|ip address|server|host|network|sender)\S* (\S+ ){0,3}"
        r"(is |was |has been |are )?(\w+ )?(blocked|banned|listed)"
        r"|(poor|bad|low) reputation|reputation (of|is)|block list|S3140|banned sending",
    ),
    (
        BounceReason.AUTHENTICATION,
        r"\b(dmarc|dkim|spf)\b|sender policy framework|unauthenticated (e-?mail|message|mail)"
        r"|not (pass|meet) (\w+ ){0,3}authentication|authentication (checks?|results?) fail",
    ),
    (
        BounceReason.SPAM,
        r"\bspam\b|unsolicited|\bjunk\b|\bbulk mail\b|(virus|malware|phish)\w*|likely unwanted"
        r"|suspicious|content (was )?(rejected|refused|blocked)|message (was )?(filtered|blocked)",
    ),
    (
        BounceReason.NOT_ALLOWED,
        r"RESOLVER\.RST|only (accepts?|allows?|from) |authenticated senders|internal (users|mail)"
        r"|restricted (recipient|address|group)|not (authori[sz]ed|permitted|allowed) to"
        r" (send|post|mail|email)|not on (the|its) (allowed|list)|members only|sender not allowed",
    ),
    (
        BounceReason.DISABLED,
        r"(mailbox|account|user|recipient|address|e-?mail account)\S* (\S+ ){0,7}"
        r"(disabled|inactive|suspended|deactivated|closed|not active|no longer active|expired|"
        r"discontinued|locked|terminated)|inactive (user|account|mailbox|recipient)"
        r"|disabled (user|account|mailbox|recipient)|buiten gebruik|opgeheven",
    ),
    (
        BounceReason.DOMAIN_GONE,
        r"domain (\S+ )?(does not|doesn'?t|did not) exist|no such (domain|host)|unknown (domain|"
        r"host)|bad destination (mailbox address|system|host)|(host|domain)( name)?"
        r"( or domain name)?( was)? not found|nxdomain|null ?mx|does not accept mail"
        r"|unrouteable address|unrouteable mail domain|couldn'?t be found|no mx|illegal host"
        r"|domain is (not|no longer) (in use|active|available|registered)",
    ),
    (
        BounceReason.NO_SUCH_USER,
        r"(user|recipient|mailbox|address|account|addressee|alias|person|local part|e-?mail)\S* "
        r"(\S+ ){0,6}(unknown|not found|does ?n[o']t exist|not exist|not known|is invalid|invalid|"
        r"unavailable|not available|no longer|not here|no such|not valid|not listed|undeliverable|"
        r"could ?n[o']t be found|wasn'?t found|removed|deleted)"
        r"|(unknown|invalid|no such|non-?existent|bad|nonexistent|not a valid|undefined|no valid)"
        r" (\S+ )?(user|recipient|mailbox|address|account|person|addressee|alias|local|email)"
        r"|no (mailbox|user|account) (here|by|with|named)|not a (known|local|registered) (user|"
        r"recipient)|no one (here )?by|does not (have|work)|no longer (works|employed|with|at|"
        r"in use)|RecipientNotFound|ADR\.RecipNotFound|ExRecipNotFound|AS\(2018"
        r"|onbekende (gebruiker|ontvanger|geadresseerde)|(bestaat|werkt) niet|niet gevonden"
        r"|unknown or illegal alias|dd this user doesn'?t have",
    ),
    (BounceReason.LOOP, r"\bloop|too many hops|hop ?count|rout(ing|e) loop"),
    (
        BounceReason.RELAY,
        r"relay(ing)?\b.{0,30}(denied|not permitted|not allowed|prohibited|rejected|access)"
        r"|(unable|not able|cannot|can'?t|not permitted|not allowed|denied) to relay|no relay"
        r"|not (a )?local (domain|host)|rcpthosts|not our (customer|domain)|does not handle mail",
    ),
    (
        BounceReason.RECEIVER_AWAY,
        r"(connection|operation|session|delivery)\S* (\S+ ){0,3}(timed? ?out|refused|reset|lost|"
        r"dropped|failed|expired)|(no route|unreachable)|(host|server|network) (is )?(down|away)"
        r"|timed? ?out|(message|delivery) (time )?expired|retry time(out)? (not reached|exceeded)"
        r"|could not connect|couldn'?t (connect|deliver within)|lookup fail|try again"
        r"|in reply to (RCPT|MAIL|DATA)|retention|in queue too long|been in the queue",
    ),
    (
        BounceReason.POLICY,
        r"polic(y|ies)|access denied|not accepted|not permitted|rejected by|administrative\w*"
        r"|prohibit|refused by|violat|security|denied by|transaction failed|verif",
    ),
)
_PATTERNS = tuple((reason, re.compile(words, re.IGNORECASE)) for reason, words in _SAID)

# Enhanced status codes (RFC 3463) that mean one thing where the words say nothing.
_STATUS = {
    "1.1": BounceReason.NO_SUCH_USER,
    "1.2": BounceReason.DOMAIN_GONE,
    "1.3": BounceReason.NO_SUCH_USER,
    "1.6": BounceReason.NO_SUCH_USER,
    "1.10": BounceReason.DOMAIN_GONE,
    "2.1": BounceReason.DISABLED,
    "2.2": BounceReason.MAILBOX_FULL,
    "2.3": BounceReason.TOO_LARGE,
    "3.1": BounceReason.MAILBOX_FULL,
    "3.4": BounceReason.TOO_LARGE,
    "4.1": BounceReason.RECEIVER_AWAY,
    "4.2": BounceReason.RECEIVER_AWAY,
    "4.3": BounceReason.RECEIVER_AWAY,
    "4.4": BounceReason.RECEIVER_AWAY,
    "4.5": BounceReason.RATE_LIMITED,
    "4.6": BounceReason.LOOP,
    "4.7": BounceReason.RECEIVER_AWAY,
    "7.1": BounceReason.POLICY,
    "7.20": BounceReason.AUTHENTICATION,
    "7.21": BounceReason.AUTHENTICATION,
    "7.22": BounceReason.AUTHENTICATION,
    "7.23": BounceReason.AUTHENTICATION,
    "7.25": BounceReason.AUTHENTICATION,
    "7.26": BounceReason.AUTHENTICATION,
    "7.27": BounceReason.DOMAIN_GONE,
}
_OWN_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3}\.\d{1,3})(?![\d.])")
_OWN_CODE = re.compile(r"(?<![\d.])([45]\d\d)(?![\d.])")
# What a server adds for readers who want to know more: it names addresses, not reasons.
_LINK = re.compile(r"https?://\S+|\S+@\S+|\[[\d.:a-f]+\]", re.IGNORECASE)
_LONGEST = 2000


def judge(text: str, *, status: str = "", code: int = 0) -> Verdict:
    """Tell why a mail was refused, and whether that is for good.

    `text` is what the server said, `status` an enhanced code such as 5.1.1 (RFC 3463), `code` a
    reply such as 550; what is missing is looked for in the text. A server that says "later" (4xx)
    never makes a bounce final: it does not say "never".
    """
    text = text[:_LONGEST]
    words = " ".join(_LINK.sub(" ", text).split())
    grade, detail = _graded(text, status, code)
    reason = next((why for why, pattern in _PATTERNS if pattern.search(words)), None)
    if reason in (None, BounceReason.POLICY):
        # A status that names nobody says more than "access denied".
        reason = _STATUS.get(detail, reason or BounceReason.NOT_CLEAR)
    is_final = reason in FINAL and grade != "4"
    return Verdict(reason, BounceKind.HARD if is_final else BounceKind.SOFT)


def _graded(text: str, status: str, code: int) -> tuple[str, str]:
    """Give the class (4 or 5) and the rest of the status: the server's own words come first."""
    own, said, given = _OWN_STATUS.search(text), _OWN_CODE.search(text), status.strip()
    detail = own[2] if own else ""
    grade = own[1] if own else ""
    if match := _OWN_STATUS.fullmatch(given):
        # Reporters fill in 5.0.0 when they mean "I gave up"; the quoted reply knows better.
        detail, grade = detail or match[2], grade or match[1]
    if code:
        grade = str(code)[0]
    elif said and not own:
        grade = said[1][0]
    return grade, detail
