"""The closed lists of words of the directory: kinds of organisation and of function. Pure."""

from __future__ import annotations

from eventsapp.core.labels import N_, Labelled


class OrganisationKind(Labelled):
    """What sort of body an organisation is."""

    SOCIAL_COUNCIL = "social_council", N_("Advisory council for social affairs")
    WORK_COUNCIL = "work_council", N_("Client council for work and income")
    DISABILITY_PLATFORM = "disability_platform", N_("Disability platform")
    SENIOR_COUNCIL = "senior_council", N_("Council of the elderly")
    CLIENT_ORGANISATION = "client_organisation", N_("Client organisation")
    SENIOR_ASSOCIATION = "senior_association", N_("Association of the elderly")
    INSTITUTION_COUNCIL = "institution_council", N_("Client council of an institution")
    VOLUNTEERS = "volunteers", N_("Volunteers' organisation")
    CHURCH = "church", N_("Church")
    TENANTS = "tenants", N_("Tenants' organisation")
    UNIVERSITY = "university", N_("University of applied science")
    INSTITUTE = "institute", N_("Institute")
    MUNICIPALITY = "municipality", N_("Municipality")
    OTHER = "other", N_("Other organisation")


class RoleKind(Labelled):
    """What somebody does for an organisation."""

    CHAIR = "chair", N_("Chair")
    SECRETARY = "secretary", N_("Secretary")
    TREASURER = "treasurer", N_("Treasurer")
    MEMBER = "member", N_("Member")
    CONTACT = "contact", N_("Contact person")
    SUPPORTER = "supporter", N_("Supporter")
    OFFICIAL = "official", N_("Official")
    ALDERMAN = "alderman", N_("Alderman")
    COUNCILLOR = "councillor", N_("Council member of the municipality")
    VOLUNTEER = "volunteer", N_("Volunteer")
    STAFF = "staff", N_("Member of staff")
    OTHER = "other", N_("Other function")


class ImportState(Labelled):
    """How far the reading in of a list has come."""

    RECEIVED = "received", N_("Choose the columns")
    TO_CHECK = "to_check", N_("Is being checked")
    CHECKED = "checked", N_("Look at what will happen")
    TO_APPLY = "to_apply", N_("Is being read in")
    APPLIED = "applied", N_("Read in")
    TO_TAKE_BACK = "to_take_back", N_("Is being taken back")
    TAKEN_BACK = "taken_back", N_("Taken back")
    DROPPED = "dropped", N_("Not carried out")
