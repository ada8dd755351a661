"""The list of all that we hold on a person, table by table, in the order in which it is erased.

A structure test fails when a table that names a person does not stand in it.
"""

from __future__ import annotations

from eventsapp.core.labels import N_
from eventsapp.privacy import held_in_mail, held_on_meetings, held_on_people, held_on_reading
from eventsapp.privacy.kinds import Fate
from eventsapp.privacy.traces import Holding

# The request itself names the person by number, and nothing else.
_REQUEST = Holding(
    N_("That somebody asked to be erased, and when it was done"),
    Fate.KEPT,
    ("erasure_request",),
    lambda _one: 1,
    why=N_("It holds no name and no address, and shows that we did as we should."),
)

# Mail asks by invitations, sign-ups and requests, so it comes before these; the person comes last.
HOLDINGS: tuple[Holding, ...] = (
    *held_in_mail.HOLDINGS,
    *held_on_reading.HOLDINGS,
    *held_on_meetings.HOLDINGS,
    _REQUEST,
    *held_on_people.HOLDINGS,
)
