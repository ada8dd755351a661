"""The closed lists of words of invitations: answers, ways of answering, attendance. Pure."""

from __future__ import annotations

from eventsapp.core.labels import N_, Labelled


class Reply(Labelled):
    """What an invitee said; the first four are the words of iCalendar."""

    NEEDS_ACTION = "needs_action", N_("No answer yet")
    ACCEPTED = "accepted", N_("Comes")
    TENTATIVE = "tentative", N_("Does not know yet")
    DECLINED = "declined", N_("Does not come")
    WAITLISTED = "waitlisted", N_("Is on the waiting list")
    WITHDRAWN = "withdrawn", N_("Invitation withdrawn")


class Via(Labelled):
    """How an answer reached us."""

    LINK = "link", N_("by the personal link")
    ADVISOR = "advisor", N_("entered by an advisor")
    PHONE = "phone", N_("by telephone")
    CALENDAR = "calendar", N_("from a calendar")
    MAIL = "mail", N_("by a mail that somebody wrote")
    SIGN_UP = "sign_up", N_("by own sign-up")
    WAITING_LIST = "waiting_list", N_("moved up from the waiting list")
    MOVED = "moved", N_("asked again because the meeting moved")
    RESTORED = "restored", N_("holds again because a change was undone")


class HeldReason(Labelled):
    """Why the answer of a calendar waits for somebody."""

    FORWARDED = "forwarded", N_("Somebody else answered")
    WRONG_ADDRESS = "wrong_address", N_("Came to an address that does not fit")
    UNKNOWN_EVENT = "unknown_event", N_("Is about no invitation that we know")
    OLDER_TIME = "older_time", N_("Answered an earlier time")
    PROPOSAL = "proposal", N_("Proposes another time")
    DELEGATED = "delegated", N_("Wants to send somebody else")
    TOO_LATE = "too_late", N_("Came too late")
    REFUSED = "refused", N_("Could not be kept")
    UNREADABLE = "unreadable", N_("Could not be read")


class SettledAs(Labelled):
    """How somebody settled a letter or an answer of a calendar that waited."""

    COMES = "comes", N_("Comes")
    DECLINES = "declines", N_("Does not come")
    SUBSTITUTE = "substitute", N_("A substitute comes")
    ANSWERED = "answered", N_("Dealt with")
    REPLIED = "replied", N_("Answered by mail")
    INVITED = "invited", N_("Invited who answered")


class Source(Labelled):
    """How somebody came to be invited."""

    INVITED = "invited", N_("Invited")
    SIGN_UP = "sign_up", N_("Signed up")
    WALK_IN = "walk_in", N_("Came without an invitation")


class Presence(Labelled):
    """Who was there: fact, not promise."""

    PRESENT = "present", N_("Present")
    EXCUSED = "excused", N_("Excused")
    ABSENT = "absent", N_("Did not come")
    REPRESENTED = "represented", N_("A substitute came")


class CallOutcome(Labelled):
    """What a telephone call to a silent invitee gave."""

    NO_REPLY = "no_reply", N_("Did not pick up")
    LEFT_MESSAGE = "left_message", N_("Left a message")
    CALL_BACK = "call_back", N_("Calls back")
    WRONG_NUMBER = "wrong_number", N_("Wrong number")


class Need(Labelled):
    """What somebody may need to take part."""

    WHEELCHAIR = "wheelchair", N_("Room for a wheelchair")
    RING_LOOP = "ring_loop", N_("Ring loop")
    SIGN_LANGUAGE = "sign_language", N_("Sign language interpreter")
    SPEECH_TO_TEXT = "speech_to_text", N_("Speech-to-text interpreter")
    LARGE_PRINT = "large_print", N_("Papers in large print")
    DIET = "diet", N_("Diet")
    SUPPORTER = "supporter", N_("A supporter comes along")


class LeftOutReason(Labelled):
    """Why somebody who was chosen gets no invitation."""

    INVITED = "invited", N_("Is invited already")
    CONTACT_INVITED = "contact_invited", N_("The contact person is invited already")
    NO_ADDRESS = "no_address", N_("No e-mail address is known")
    NO_CONTACT = "no_contact", N_("No contact person and no mailbox is known")
    OPTED_OUT = "opted_out", N_("Wants no mail about meetings")
    ADDRESS_FAILS = "address_fails", N_("Mail to this address does not arrive")
    ENDED = "ended", N_("No longer exists or is no longer active")


class NoticeKind(Labelled):
    """What an invitee told us beside an answer."""

    SUCCESSOR = "successor", N_("Somebody else does this now")
    NOT_ME = "not_me", N_("This is not me")
