"""The closed lists of words of privacy: how far a request is, why it is refused. Pure."""

from __future__ import annotations

from eventsapp.core.labels import N_, Labelled


class RequestState(Labelled):
    """How far somebody's request to be erased is."""

    WAITING = "waiting", N_("Waits for the coordinator")
    BEGUN = "begun", N_("Begins in a moment")
    TELLING = "telling", N_("The last mail is on its way")
    ERASED = "erased", N_("Erased")
    REFUSED = "refused", N_("Refused")
    TAKEN_BACK = "taken_back", N_("Taken back")


class Way(Labelled):
    """How somebody asked."""

    PAGE = "page", N_("By the own page")
    MAIL = "mail", N_("By mail")
    PHONE = "phone", N_("By telephone")
    LETTER = "letter", N_("By letter")
    SPOKEN = "spoken", N_("In person")


class Refusal(Labelled):
    """Why a request is refused (GDPR article 12(5) and article 17(3)); told to who asked."""

    PUBLIC_ROLE = "public_role", N_("Your function is public, and others must be able to find you")
    LAW = "law", N_("The law obliges us to keep it")
    CLAIM = "claim", N_("We need it for a claim or a dispute")
    UNKNOWN = "unknown", N_("We can't tell for certain that it is about you")
    EXCESSIVE = "excessive", N_("You asked the same not long ago")


class Fate(Labelled):
    """What happens with one sort of what we hold on somebody who is erased."""

    ERASED = "erased", N_("Is erased")
    NAMELESS = "nameless", N_("Stays without a name")
    KEPT = "kept", N_("Stays, with a reason")
