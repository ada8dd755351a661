"""The invented edition that left some weeks ago: in the archive, with what became of its mails.

The next one takes over its shape as soon as the clock opens it. Nothing of it is ever sent.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select, update

from eventsapp.accounts.models import Account
from eventsapp.core.actor import SYSTEM, Level
from eventsapp.core.audit import AuditEntry
from eventsapp.core.dates import local_to_utc
from eventsapp.core.db import db
from eventsapp.demo.names import Names
from eventsapp.directory.models import Region
from eventsapp.mail.kinds import BounceKind, MessageState
from eventsapp.mail.models import Mailing, Message
from eventsapp.mail.reasons import BounceReason
from eventsapp.newsletters import composing, editions, opening, sending
from eventsapp.newsletters.kinds import BlockKind, EditionStatus
from eventsapp.newsletters.models import Edition, LinkClicks, Newsletter, SignOff
from eventsapp.surveys.models import Survey

AGO = timedelta(weeks=3)
NINE = time(9, 0)
BOUNCED = 110  # one mail in so many came back
SUBJECT = "Zo praat u mee: drie gemeenten laten het zien"
PREVIEW = "Samen eten in Zutphen, een spreekuur in de bibliotheek en een nieuwe handreiking"
GUIDE = "https://handreiking.example/samen-beslissen"

DINNER = (
    "<p>Elke woensdag om zes uur staat de soep op tafel in het dorpshuis. Veertig mensen eten "
    "mee. Wie wil, blijft daarna zitten voor het gesprek van de week.</p>"
    "<h2>Geen vergadering</h2>"
    "<p>De adviesraad komt er al een jaar. Niet met een agenda, maar met één vraag. Zo hoorde de "
    "raad dat de bus naar het ziekenhuis te vroeg vertrekt. Nu rijdt hij een half uur later.</p>"
    "<h2>Zo begint u</h2>"
    "<ul><li>Kies een plek waar mensen toch al komen.</li><li>Stel één vraag per keer.</li>"
    "<li>Vertel de week erna wat er met het antwoord is gedaan.</li></ul>"
)
BLOCKS: tuple[tuple[BlockKind, dict[str, Any]], ...] = (
    (BlockKind.TEXT, {
        "html": "<p>Beste lezer,</p><p>Hoe hoort u wat er leeft in uw gemeente? In deze "
        "nieuwsbrief vertellen drie raden hoe zij het doen. U kunt er morgen mee beginnen.</p>",
    }),
    (BlockKind.ARTICLE, {
        "title": "Samen eten, samen beslissen",
        "intro": "In het dorpshuis schuift de adviesraad elke week aan. Dat levert meer op dan "
        "een vergadering.",
        "html": DINNER, "link_words": "Lees hoe zij dat doen",
    }),
    (BlockKind.PRACTICE, {
        "title": "Een spreekuur tussen de boeken",
        "html": "<p>De cliëntenraad zit elke dinsdagmiddag in de bibliotheek. Mensen lopen "
        "binnen zonder afspraak. De raad schrijft op wat zij horen en neemt het mee naar de "
        "wethouder.</p>",
    }),
    (BlockKind.MEETINGS, {"title": "", "days": 60, "national": True, "most": 8}),
    (BlockKind.QUOTE, {
        "text": "Ik dacht dat meepraten iets voor anderen was. Nu zit ik aan tafel.",
        "who": "Een lid van een seniorenraad",
    }),
    (BlockKind.PUBLICATION, {
        "title": "Handreiking: samen beslissen in de gemeente",
        "html": "<p>Twaalf bladzijden met voorbeelden, vragen en een stappenplan.</p>",
        "url": GUIDE, "link_words": "Open de handreiking",
    }),
    (BlockKind.CALL, {
        "title": "Loopt u ergens tegenaan?",
        "html": "<p>Vertel het ons. Wij zoeken uit wie u verder kan helpen.</p>",
        "url": "https://meld.example/vraag", "link_words": "Stel uw vraag",
    }),
)  # fmt: skip
ASKED = {
    "title": "Wat vindt u van de nieuwsbrief?",
    "html": "<p>Vijf vragen, drie minuten. Uw antwoorden zijn anoniem.</p>",
    "link_words": "Vul de vragenlijst in",
}


def left_on(today: date) -> date:
    """Give the day on which the edition left, a Tuesday."""
    return today - AGO - timedelta(days=(today.weekday() - 1) % 7)


def load_edition(names: Names, today: date) -> None:
    """Make the edition that left some weeks ago; call it when all readers are saved."""
    newsletter = db.session.scalars(select(Newsletter).order_by(Newsletter.id)).first()
    signer = db.session.scalar(
        select(Account.person_id).where(Account.level == Level.COORDINATOR.value)
    )
    if newsletter is None or signer is None:
        return
    newsletter.counts_clicks = True
    day = left_on(today)
    edition = editions.open_edition(SYSTEM, newsletter, opening.title_of(newsletter, day))
    edition.subject, edition.preview_line = SUBJECT, PREVIEW
    region = db.session.scalars(
        select(Region).where(Region.scheme.has(is_working=True)).order_by(Region.name)
    ).first()
    for kind, data in BLOCKS:
        of_region = {"region_id": region.id} if kind is BlockKind.PRACTICE and region else {}
        composing.add_block(SYSTEM, edition, kind, data={**data, **of_region})
    survey = db.session.scalars(select(Survey.id).order_by(Survey.id)).first()
    if survey is not None:
        data = {**ASKED, "survey_id": survey}
        composing.add_block(SYSTEM, edition, BlockKind.CALL, data=data)
    db.session.flush()
    edition.status = EditionStatus.SIGNED_OFF.value
    moment = local_to_utc(datetime.combine(day, NINE), newsletter.timezone)
    db.session.add(
        SignOff(
            edition_id=edition.id,
            content_version=edition.content_version,
            by_person_id=signer,
            at=moment - timedelta(days=2),
        )
    )
    db.session.flush()
    mailing = sending.send(SYSTEM, edition)
    _let_it_have_left(names, edition, mailing, moment)


def _let_it_have_left(names: Names, edition: Edition, mailing: Mailing, moment: datetime) -> None:
    """Bring the edition, its mails and its figures to how they stand some weeks later."""
    mailing.created_at = mailing.not_before = moment
    edition.status, edition.sent_at, edition.frozen_at = EditionStatus.SENT.value, moment, moment
    edition.send_on, edition.send_at = moment.date(), NINE
    edition.created_at = moment - timedelta(days=40)
    db.session.flush()
    of_it = Message.mailing_id == mailing.id
    db.session.execute(
        update(Message)
        .where(of_it, Message.state == MessageState.QUEUED.value)
        .values(
            state=MessageState.SENT.value,
            attempts=1,
            created_at=moment,
            not_before=moment,
            started_at=moment,
            settled_at=moment + timedelta(minutes=2),
        )
    )
    db.session.execute(
        update(Message)
        .where(of_it, Message.state == MessageState.SENT.value, Message.id % BOUNCED == 7)
        .values(
            bounced_at=moment + timedelta(minutes=5),
            bounce_kind=BounceKind.SOFT.value,
            bounce_reason=BounceReason.MAILBOX_FULL.value,
        )
    )
    for link in db.session.scalars(select(LinkClicks).where(LinkClicks.edition_id == edition.id)):
        link.clicks = names.random.randrange(20, 400)
    written = AuditEntry.object_type == "edition", AuditEntry.object_id == edition.id
    db.session.execute(update(AuditEntry).where(*written).values(at=moment))
