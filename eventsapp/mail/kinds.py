"""The closed lists of words of mail: states of a message, purposes, why mail is withheld. Pure."""

from __future__ import annotations

from eventsapp.core.labels import N_, Labelled


class MessageState(Labelled):
    """What became of one mail to one person."""

    QUEUED = "queued", N_("Waiting to be sent")
    LEASED = "leased", N_("Being sent")
    SENT = "sent", N_("Sent")
    DEFERRED = "deferred", N_("We try again")
    FAILED = "failed", N_("Did not arrive")
    UNKNOWN = "unknown", N_("Not sure whether it arrived")
    SKIPPED = "skipped", N_("Not sent")
    CANCELLED = "cancelled", N_("Taken back")


class Purpose(Labelled):
    """What a mail is for; people opt out of a purpose."""

    MEETINGS = "meetings", N_("Invitations and mail about meetings")
    NEWSLETTER = "newsletter", N_("Newsletter")
    ACCOUNT = "account", N_("Mail about an account")


class Scope(Labelled):
    """What a suppression is about: an address that fails, or a person who opted out."""

    ADDRESS = "address", N_("Address")
    PERSON = "person", N_("Person")
    IDENTITY = "identity", N_("Address with a name, of somebody who was erased")


class Course(Labelled):
    """Whether the mails of a mailing may leave."""

    OPEN = "open", N_("Being sent")
    PAUSED = "paused", N_("Paused")
    STOPPED = "stopped", N_("Stopped")


class Stream(Labelled):
    """Which sender settings a mailing uses, so that one cannot spoil the name of the other."""

    INVITATIONS = "invitations", N_("Invitations")
    NEWSLETTERS = "newsletters", N_("Newsletters")


class BounceKind(Labelled):
    """How final a bounce is."""

    HARD = "hard", N_("For good")
    SOFT = "soft", N_("For now")


class InboundKind(Labelled):
    """What came in."""

    BOUNCE = "bounce", N_("Came back")
    COMPLAINT = "complaint", N_("Marked as unwanted")
    CALENDAR_REPLY = "calendar_reply", N_("Answer of a calendar")
    AUTO_REPLY = "auto_reply", N_("Automatic answer")
    LETTER = "letter", N_("Letter")


class InboundState(Labelled):
    """What became of a mail that came in."""

    WAITING = "waiting", N_("Waits for somebody")
    APPLIED = "applied", N_("Done by itself")
    SETTLED = "settled", N_("Settled")
    IGNORED = "ignored", N_("Nothing to do")


class MailingKind(Labelled):
    """Why a group of mails was sent."""

    INVITATION = "invitation", N_("Invitation")
    UPDATE = "update", N_("Mail about a change")
    CANCELLATION = "cancellation", N_("Cancellation")
    REMINDER = "reminder", N_("Reminder")
    CONFIRMATION = "confirmation", N_("Confirmation")
    LETTER = "letter", N_("Letter")
    EDITION = "edition", N_("Newsletter")
    WORK = "work", N_("Mail between colleagues")
    COPY = "copy", N_("Copy of what came in")
    ACCOUNT = "account", N_("Account")
