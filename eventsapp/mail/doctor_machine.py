"""The doctor on the machine itself: settings, clock, time zone data, room on the disk."""

from __future__ import annotations

import ctypes
import shutil
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from eventsapp.core.dates import now
from eventsapp.core.labels import N_
from eventsapp.core.settings import settings
from eventsapp.mail.doctor_words import Finding, bad, good, unknown

SETTINGS, CLOCK = N_("Settings"), N_("Clock")
ZONES, ROOM = N_("Time zone data"), N_("Room on the disk")
LEAST_ROOM = 1.0  # GB: what a week of mail and a backup can take
_NOT_KEPT_RIGHT = 5  # TIME_ERROR of adjtimex(2)


def running_settings() -> Iterator[Finding]:
    """Look whether mail leaves for real, and whether its links are safe."""
    running = settings()
    if running.is_demo:
        # As it should be for who tries it: no real mail leaves, and nobody need do anything.
        yield good(
            SETTINGS,
            N_("This is a try-out: all mail stays in the built-in post office."),
        )
    elif not running.base_url.startswith("https://"):
        yield bad(
            SETTINGS,
            N_("The links in mails lead to %(address)s, which is not https."),
            N_("Set EVENTS_BASE_URL to the https address that visitors use."),
            address=running.base_url,
        )
    else:
        yield good(SETTINGS, N_("Read without a fault; links lead to %(address)s."),
                   address=running.base_url)  # fmt: skip


def clock() -> Iterator[Finding]:
    """Ask the kernel whether something keeps the clock right."""
    try:
        state = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.create_string_buffer(512))
    except (OSError, AttributeError):
        state = -1
    if 0 <= state < _NOT_KEPT_RIGHT:
        yield good(CLOCK, N_("The clock is kept right by the network."))
    else:
        yield unknown(
            CLOCK,
            N_("It is %(time)s UTC here; nothing on this machine says who keeps that right."),
            N_("Compare it with a clock that you trust, or install chrony."),
            time=f"{now():%Y-%m-%d %H:%M:%S}",
        )


def zones() -> Iterator[Finding]:
    """Look how old the rules of summer time are."""
    try:
        edition = version("tzdata")
    except PackageNotFoundError:
        yield unknown(ZONES, N_("The rules of summer time are those of the machine."))
        return
    year = edition.partition(".")[0]
    if year.isdigit() and int(year) >= now().year - 1:
        yield good(ZONES, N_("Edition %(edition)s."), edition=edition)
    else:
        yield bad(
            ZONES,
            N_("Edition %(edition)s is old: times of meetings may be an hour off."),
            N_("Install a newer version of the product."),
            edition=edition,
        )


def room() -> Iterator[Finding]:
    """Look how much room there is for the database and the journals."""
    usage = shutil.disk_usage(settings().data_dir)
    free = usage.free / 1e9
    values = {"free": free, "folder": str(settings().data_dir)}
    if free < LEAST_ROOM:
        yield bad(
            ROOM,
            N_("Only %(free)s GB are free in %(folder)s."),
            N_("Make room: without it nothing can be sent or answered."),
            **values,
        )
    else:
        yield good(ROOM, N_("%(free)s GB are free in %(folder)s."), **values)
