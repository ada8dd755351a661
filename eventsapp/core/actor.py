"""Who is acting, and within which regions.

Every use case takes an `Actor` as its first argument, so that no floor below the doors needs to
know about sign-in, cookies or accounts. Pure: asks neither database nor request.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from eventsapp.core.errors import Forbidden
from eventsapp.core.labels import N_, Labelled


class Level(Labelled):
    """What an account may do in general; the regions say where."""

    ADVISOR = "advisor", N_("Advisor")
    COORDINATOR = "coordinator", N_("Coordinator")
    EDITOR = "editor", N_("Newsletter editor")
    SYSTEM = "system", N_("The programme itself")
    LINK = "link", N_("Holder of a personal link")


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever acts: somebody with an account, the clock, or the holder of a personal link."""

    level: Level
    person_id: int | None = None
    account_id: int | None = None
    name: str = ""
    language: str = "nl"
    regions: frozenset[int] = field(default_factory=frozenset)

    @property
    def is_coordinator(self) -> bool:
        """Tell whether this actor may write in every region."""
        return self.level in (Level.COORDINATOR, Level.SYSTEM)

    @property
    def sees_address_book(self) -> bool:
        """Tell whether people and organisations may be read; editors may not."""
        return self.level in (Level.ADVISOR, Level.COORDINATOR, Level.SYSTEM)

    @property
    def makes_newsletters(self) -> bool:
        """Tell whether editions of the newsletter may be made, by editors and coordinators."""
        return self.level in (Level.EDITOR, Level.COORDINATOR, Level.SYSTEM)

    def may_write(self, regions: Iterable[int]) -> bool:
        """Tell whether the actor may change, export or send for something in these regions.

        A subject that has no region at all may be written by every advisor.
        """
        if self.is_coordinator:
            return True
        if self.level is not Level.ADVISOR:
            return False
        wanted = frozenset(regions)
        return not wanted or bool(wanted & self.regions)

    def demand_write(self, regions: Iterable[int]) -> None:
        """Raise `Forbidden` unless the actor may write within one of these regions."""
        if not self.may_write(regions):
            raise Forbidden(N_("This belongs to another region. You can read it, not change it."))

    def demand_address_book(self) -> None:
        """Raise `Forbidden` unless the actor may read people and organisations."""
        if not self.sees_address_book:
            raise Forbidden(N_("Your account does not give access to the address book."))


SYSTEM = Actor(level=Level.SYSTEM, name="eventsapp")
