"""The closed lists of words of newsletters: states of an edition, kinds of block. Pure."""

from __future__ import annotations

from eventsapp.core.labels import N_, Labelled


class EditionKind(Labelled):
    """Why an edition is made."""

    REGULAR = "regular", N_("Newsletter")
    REGIONAL = "regional", N_("Message to one region")
    CORRECTION = "correction", N_("Correction")


class EditionStatus(Labelled):
    """How far an edition is. Only what was signed off is ever sent."""

    DRAFT = "draft", N_("Being made")
    REVIEW = "review", N_("Being reviewed")
    SIGNED_OFF = "signed_off", N_("Signed off")
    SCHEDULED = "scheduled", N_("Will be sent")
    SENDING = "sending", N_("Being sent")
    SENT = "sent", N_("Sent")
    DROPPED = "dropped", N_("Dropped")


class BlockKind(Labelled):
    """What a block of an edition is."""

    HEADING = "heading", N_("Heading")
    TEXT = "text", N_("Text")
    ARTICLE = "article", N_("Article")
    QUOTE = "quote", N_("Interview or quote")
    PRACTICE = "practice", N_("Good practice")
    BLOG = "blog", N_("Blog")
    LITERATURE = "literature", N_("Literature")
    PUBLICATION = "publication", N_("Publication")
    MEETINGS = "meetings", N_("Meetings to come")
    PICTURE = "picture", N_("Picture")
    CALL = "call", N_("Call")
    DIVIDER = "divider", N_("Divider")


class ContributionState(Labelled):
    """How far a piece is that somebody was asked for."""

    ASKED = "asked", N_("Asked")
    WRITTEN = "written", N_("Written")
    TAKEN = "taken", N_("Taken in")
    SEEN = "seen", N_("Seen by the author")
    DECLINED = "declined", N_("Comes not")
    WITHDRAWN = "withdrawn", N_("Not needed any more")
