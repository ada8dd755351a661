"""The closed lists of words of meetings: kinds, states, kinds of question, mail plan. Pure."""

from __future__ import annotations

from eventsapp.core.labels import N_, Labelled


class MeetingKind(Labelled):
    """What sort of gathering a meeting is."""

    NETWORK = "network", N_("Network meeting")
    THEME = "theme", N_("Theme meeting")
    CHAIRS = "chairs", N_("Meeting of chairs")
    COUNCILS = "councils", N_("Meeting of advisory councils")
    FOCUS_GROUP = "focus_group", N_("Focus group")
    PANEL = "panel", N_("Panel")
    TRAINING = "training", N_("Training")
    VISIT = "visit", N_("Working visit")
    STUDY_DAY = "study_day", N_("Study day (internal)")


class MeetingStatus(Labelled):
    """Where a meeting stands in its life."""

    DRAFT = "draft", N_("Draft")
    VISIBLE = "visible", N_("Visible")
    CANCELLED = "cancelled", N_("Cancelled")


class QuestionKind(Labelled):
    """How an own question of a meeting is answered."""

    TEXT = "text", N_("A few words")
    CHOICE = "choice", N_("One of several")
    WORKSHOP = "workshop", N_("Workshop with seats")


class PlannedMail(Labelled):
    """The mails of a meeting that may be switched on or off."""

    INVITATION = "invitation", N_("Invitation")
    REMINDER_SILENT = "reminder_silent", N_("Reminder to who has not answered")
    REMINDER_WEEK = "reminder_week", N_("Reminder a week before")
    REMINDER_DAY = "reminder_day", N_("Reminder a day before")
    CONFIRMATION = "confirmation", N_("Confirmation of an answer")


class Access(Labelled):
    """What a place offers to people who need it."""

    WHEELCHAIR = "wheelchair", N_("Accessible by wheelchair")
    TOILET = "toilet", N_("Accessible toilet")
    RING_LOOP = "ring_loop", N_("Ring loop")
    PARKING = "parking", N_("Parking for people with a disability")
    TRANSPORT = "transport", N_("Near public transport")
    QUIET_ROOM = "quiet_room", N_("Quiet room")
