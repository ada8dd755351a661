"""How the log "who did what" says each act, and under which kind one finds it.

A structure test sees to it that every act that is recorded anywhere has words here.
"""

from __future__ import annotations

from eventsapp.core.labels import N_

SENT = {
    "invite": N_("Sent invitations"),
    "undo_invite": N_("Took invitations back"),
    "withdraw": N_("Withdrew an invitation"),
    "remind": N_("Sent a reminder"),
    "tell_changed": N_("Mailed a change"),
    "tell_cancelled": N_("Mailed that the meeting is cancelled"),
    "letter": N_("Wrote a letter"),
    "undo_letter": N_("Took a letter back"),
    "edition.send": N_("Sent an edition"),
    "edition.undo": N_("Took an edition back"),
    "undo_mailing": N_("Took mails back"),
    "mailing.pause": N_("Paused a mailing"),
    "mailing.resume": N_("Went on with a mailing"),
    "mailing.stop": N_("Stopped a mailing"),
    "mailing.send_failed_again": N_("Sent again what did not arrive"),
    "mail.read": N_("Read a mail that was sent"),
    "send_again": N_("Sent a mail again"),
    "send_held": N_("Sent mails that were waiting"),
    "leave_held": N_("Left mails that lay too long"),
    "suppression.release": N_("Let somebody get mail again"),
}
TAKEN_OUT = {
    "list.export": N_("Downloaded a contact list"),
    "subscribers.export": N_("Downloaded readers of a newsletter"),
    "survey.export": N_("Downloaded the answers to a survey"),
    "edition.export": N_("Downloaded the figures of an edition"),
}
MEETINGS = {
    "meeting_planned": N_("Planned a meeting"),
    "meeting_changed": N_("Changed a meeting"),
    "meeting_put_back": N_("Undid a change of a meeting"),
    "meeting_published": N_("Made a meeting visible"),
    "meeting_cancelled": N_("Cancelled a meeting"),
    "meeting_thrown_away": N_("Threw a draft away"),
    "meeting_handed_over": N_("Handed a meeting over"),
    "mail_plan_changed": N_("Changed the mail plan"),
    "paper_added": N_("Added a paper"),
    "paper_removed": N_("Removed a paper"),
    "logo_changed": N_("Changed a logo"),
}
ANSWERS = {
    "answer": N_("Gave an answer"),
    "give_seat": N_("Gave a seat from the waiting list"),
    "settle_notice": N_("Settled a notice"),
    "settle_letter": N_("Settled a letter"),
    "reopen_letter": N_("Let a letter wait again"),
    "attendance.start": N_("Started the attendance"),
    "attendance.walk_in": N_("Added somebody who came unannounced"),
    "attendance.remove_walk_in": N_("Removed somebody from the attendance"),
    "attendance.correct": N_("Corrected the attendance"),
    "attendance.close": N_("Closed the attendance"),
    "attendance.reopen": N_("Opened the attendance again"),
}
ADDRESS_BOOK = {
    "person.added": N_("Added a person"),
    "person.changed": N_("Changed a person"),
    "erasure.asked": N_("Asked to be erased"),
    "erasure.extended": N_("Took more time for a request to be erased"),
    "erasure.begun": N_("Pressed to have somebody erased"),
    "erasure.undone": N_("Let a request to be erased wait again"),
    "erasure.taken_back": N_("Took a request to be erased back"),
    "erasure.refused": N_("Refused to erase somebody"),
    "erasure.done": N_("Erased somebody who asked for it"),
    "erasure.by_clock": N_("Erased somebody whose time was over"),
    "hand_over": N_("Handed functions over"),
    "organisation.added": N_("Added an organisation"),
    "organisation.changed": N_("Changed an organisation"),
    "organisation.ended": N_("Ended an organisation"),
    "network.added": N_("Added a network"),
    "network.changed": N_("Changed a network"),
    "network.ended": N_("Ended a network"),
    "region.added": N_("Added a region"),
    "region.renamed": N_("Gave a region another name"),
    "region.dissolved": N_("Dissolved a region"),
    "region.municipality_moved": N_("Put a municipality in another region"),
    "addresses.read_in": N_("Read addresses in"),
}
LISTS = {
    "list.add": N_("Made a contact list"),
    "list.change": N_("Changed a contact list"),
    "list.drop": N_("Threw a contact list away"),
    "list.add_people": N_("Added people to a list"),
    "list.leave_out_people": N_("Left people out of a list"),
}
NEWSLETTERS = {
    "newsletter.changed": N_("Changed a newsletter"),
    "subscribers.read_in": N_("Read in readers of a newsletter"),
    "subscribers.taken_back": N_("Took a list of readers back"),
    "edition.opened": N_("Began an edition"),
    "edition.reopened": N_("Opened an edition again"),
    "edition.limited": N_("Chose which readers get an edition"),
    "edition.dropped": N_("Dropped an edition"),
    "edition.trial": N_("Sent a test mail of an edition"),
    "edition.ask_sign_off": N_("Asked for a sign-off"),
    "edition.sign_off": N_("Signed an edition off"),
    "edition.send_back": N_("Gave an edition back"),
    "edition.schedule": N_("Planned when an edition leaves"),
    "edition.unschedule": N_("Took an edition off the clock"),
    "edition.too_late": N_("Held an edition whose moment had passed"),
    "contribution.ask": N_("Asked for a contribution"),
    "contribution.ask_again": N_("Asked again for a contribution"),
    "contribution.withdraw": N_("Did without a contribution"),
    "contribution.take_in": N_("Took a contribution in"),
}
SURVEYS = {
    "survey.make": N_("Made a survey"),
    "survey.change": N_("Changed a survey"),
    "survey.open": N_("Opened a survey"),
    "survey.close": N_("Closed a survey"),
    "survey.drop": N_("Threw a survey away"),
}
ACCOUNTS = {
    "account.added": N_("Added a colleague"),
    "account.changed": N_("Changed an account"),
    "account.closed": N_("Closed an account"),
    "account.opened": N_("Opened an account again"),
    "account.link_mailed": N_("Mailed a link for a password"),
    "account.password": N_("Chose a new password"),
}

KINDS: dict[str, tuple[str, dict[str, str]]] = {
    "sent": (N_("Mail"), SENT),
    "taken_out": (N_("Downloads"), TAKEN_OUT),
    "meetings": (N_("Meetings"), MEETINGS),
    "answers": (N_("Answers and attendance"), ANSWERS),
    "address_book": (N_("Address book"), ADDRESS_BOOK),
    "lists": (N_("Contact lists"), LISTS),
    "newsletters": (N_("Newsletter"), NEWSLETTERS),
    "surveys": (N_("Surveys"), SURVEYS),
    "accounts": (N_("Accounts"), ACCOUNTS),
}
WORDS: dict[str, str] = {
    action: text for _, acts in KINDS.values() for action, text in acts.items()
}

# The detail of an act that tells how many it was about.
COUNTS = ("invited", "told", "count", "marks", "people")
