"""What lies on the desk of the invented editors: the next edition in the making, and a message.

A newcomer finds something to do in each role: Anna was asked for a piece, Ilse got one to take in,
Kees reads a message to one region. Nothing of it is ever sent, and nobody is mailed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from eventsapp.accounts.models import Account
from eventsapp.core.actor import Actor, Level
from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.directory.models import AdvisorRegion
from eventsapp.newsletters import composing, contributions, editions, opening
from eventsapp.newsletters.kinds import BlockKind, ContributionState, EditionKind, EditionStatus
from eventsapp.newsletters.models import Contribution, Edition, Newsletter

ASKED_AGO = timedelta(days=3)
WELCOME = (
    "<p>Beste lezer,</p><p>Hoe komt u waar u moet zijn? Voor veel mensen is dat een vraag. "
    "In deze nieuwsbrief leest u wat raden en vrijwilligers daaraan doen.</p>"
)
MOVED = (
    "<p>Beste lezer,</p><p>De bijeenkomst over vervoer is niet in het gemeentehuis, maar in het "
    "dorpshuis. Dag en tijd blijven hetzelfde. De bus stopt voor de deur.</p>"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A piece that Ilse asked for: of whom, about what, and what came of it."""

    brief: str
    title: str = ""
    body: str = ""
    kind: BlockKind | None = None


OF_ANNA = Asked(
    "Kun je opschrijven wat er uit de bijeenkomst over vervoer kwam? Zo'n 150 woorden, graag met "
    "een foto."
)
OF_BRAM = Asked(
    "Jij vertelde over de wijkbus. Wil je dat opschrijven voor alle lezers?",
    "De wijkbus rijdt weer",
    "<p>Twaalf vrijwilligers rijden elke dag van de flat naar het gezondheidscentrum. De "
    "seniorenraad vroeg erom, de gemeente betaalt de bus.</p><p>Nu reizen veertig mensen per dag "
    "mee. Zij hoeven niet meer te bellen: de bus komt elk half uur.</p>",
)
OF_KEES = Asked(
    "Wil je een blog schrijven, vanuit jouw werk?",
    "Meepraten begint met meerijden",
    "<p>Vorige week reed ik een dag mee met de wijkbus. Aan het eind wist ik meer dan na een jaar "
    "vergaderen. Een mevrouw vertelde dat zij nooit naar een avond komt: dan rijdt er niets.</p>"
    "<p>Sindsdien vraag ik bij elke bijeenkomst eerst: hoe komt u hier?</p>",
    BlockKind.BLOG,
)


def load_desk() -> None:
    """Open the next edition as the clock would, with pieces, and a message that waits for Kees."""
    newsletter = db.session.scalars(select(Newsletter).order_by(Newsletter.id)).first()
    staff = _staff()
    if newsletter is None or not {"Anna", "Bram", "Kees", "Ilse"} <= staff.keys():
        return
    edition = opening.open_next(newsletter.id, now(), ())
    if edition is not None:
        _make(edition, staff)
    _write_to_region(newsletter, staff["Anna"])


def _make(edition: Edition, staff: Mapping[str, Actor]) -> None:
    """Let Ilse have worked on the edition for some days."""
    ilse = staff["Ilse"]
    edition.created_at = now() - ASKED_AGO
    edition.subject, edition.preview_line = "Samen op pad", "Over vervoer, en wie erover meepraat"
    first = next((one for one in edition.blocks if one.kind == BlockKind.TEXT), None)
    if first is not None:
        composing.change_block(ilse, first, version=first.version, data={"html": WELCOME})
    for name, asked in (("Anna", OF_ANNA), ("Bram", OF_BRAM), ("Kees", OF_KEES)):
        piece = Contribution(
            edition_id=edition.id,
            author_person_id=staff[name].person_id,
            asked_by_id=ilse.person_id,
            asked_at=now() - ASKED_AGO,
            due_on=edition.contributions_on,
            brief=asked.brief,
            title=asked.title,
            body=asked.body,
            state=(ContributionState.WRITTEN if asked.body else ContributionState.ASKED).value,
        )
        db.session.add(piece)
        db.session.flush()  # a block names it
        if asked.kind is not None:
            contributions.take_in(ilse, piece, edition, asked.kind)


def _write_to_region(newsletter: Newsletter, anna: Actor) -> None:
    """Let Anna have asked for the sign-off of a message to her first region."""
    edition = editions.open_edition(
        anna,
        newsletter,
        "De bijeenkomst over vervoer is verplaatst",
        kind=EditionKind.REGIONAL,
        region_id=min(anna.regions),
    )
    edition.subject, edition.preview_line = edition.title, "Wij zien u graag in het dorpshuis"
    composing.add_block(anna, edition, BlockKind.TEXT, data={"html": MOVED})
    composing.add_block(anna, edition, BlockKind.MEETINGS)
    edition.status, edition.asked_by_id = EditionStatus.REVIEW.value, anna.person_id


def _staff() -> dict[str, Actor]:
    """Give those whom the README names, as they act when they are signed in."""
    found = {}
    for account in db.session.scalars(select(Account).order_by(Account.id)):
        name = account.person.given_name
        regions = select(AdvisorRegion.region_id).where(
            AdvisorRegion.person_id == account.person_id
        )
        if name in ("Anna", "Bram", "Kees", "Ilse") and name not in found:
            found[name] = Actor(
                level=Level(account.level),
                person_id=account.person_id,
                name=account.person.name,
                regions=frozenset(db.session.scalars(regions)),
            )
    return found
