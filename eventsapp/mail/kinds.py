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


class MailingKind(Labelled):
    """Why a group of mails was sent."""

    INVITATION = "invitation", N_("Invitation")
    UPDATE = "update", N_("Change")
    CANCELLATION = "cancellation", N_("Cancellation")
    REMINDER = "reminder", N_("Reminder")
    CONFIRMATION = "confirmation", N_("Confirmation")
    LETTER = "letter", N_("Letter")
    ACCOUNT = "account", N_("Account")
