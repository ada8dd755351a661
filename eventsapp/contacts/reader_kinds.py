"""The closed lists of words about readers: what they are, why they left, how long they pause."""

from __future__ import annotations

from eventsapp.core.labels import N_, Labelled


class ReaderKind(Labelled):
    """What a reader of the newsletter is; asked of everybody alike, answered by who likes to."""

    SOCIAL_COUNCIL = "social_council", N_("I am in an advisory council for social affairs")
    WORK_COUNCIL = "work_council", N_("I am in a client council for work and income")
    INSTITUTION_COUNCIL = "institution_council", N_("I am in a client council of an institution")
    CLIENT_ORGANISATION = (
        "client_organisation",
        N_("I am active for people with an illness or disability"),
    )
    SENIORS = "seniors", N_("I am active for the elderly")
    VOLUNTEER = "volunteer", N_("I am a volunteer, or active for a church or for tenants")
    OFFICIAL = "official", N_("I work for a municipality")
    POLITICIAN = "politician", N_("I am an alderman or a member of the municipal council")
    PROFESSIONAL = "professional", N_("I work in care or welfare")
    RESEARCH = "research", N_("I work in education or research")
    OTHER = "other", N_("I am something else")


class LeaveReason(Labelled):
    """Why somebody left, where they wanted to say so afterwards."""

    NOT_FOR_ME = "not_for_me", N_("It is not about what I do")
    TOO_MUCH = "too_much", N_("I get too much mail")
    TOO_HARD = "too_hard", N_("It is hard to read")
    STOPPED = "stopped", N_("I stopped with this work")
    OTHER_ADDRESS = "other_address", N_("I want it at another address")
    NEVER_ASKED = "never_asked", N_("I did not ask for it")
    OTHER = "other", N_("Something else")


class Pause(Labelled):
    """How long a reader wants no newsletter; the word is the number of months."""

    TWO = "2", N_("Two months")
    FOUR = "4", N_("Four months")
    SIX = "6", N_("Half a year")
    TWELVE = "12", N_("A year")
