"""What asks for a decision about an edition, and tells of a mail server that is away."""

from datetime import timedelta

import pytest

from eventsapp.accounts.sessions import open_session
from eventsapp.core.dates import now
from eventsapp.mail import claims, outbox, server_away
from eventsapp.mail.due import URGENT
from eventsapp.mail.kinds import MailingKind, Purpose, Stream
from eventsapp.mail.models import Mailing, Message
from eventsapp.mail.rules import AWAY
from eventsapp.newsletters import sending
from eventsapp.newsletters.models import SignOff
from tests.browsing import visit
from tests.factories import actor_of, make_cast, make_person
from tests.newsletters import make_block, make_edition, make_newsletter, make_reader
from tests.signing_in import COOKIE

pytestmark = pytest.mark.databases("sqlite")
REPLY = "[Errno 111] Connection refused: mail.an-organisation-with-a-long-name.example, port 587"


@pytest.fixture
def story(transaction):
    """Of an edition two mails are held; for long the mail server has taken no letter."""
    with transaction() as session:
        cast = make_cast()
        newsletter = make_newsletter()
        for number in range(3):
            make_reader(make_person(f"Lezer {number}", f"l{number}@raad.example"), newsletter.id)
        edition = make_edition(newsletter, subject="Nieuws van maart", status="signed_off")
        make_block(edition, html="<p>Goed nieuws.</p>")
        session.add(
            SignOff(edition_id=edition.id, content_version=1, by_person_id=cast.kees.person_id)
        )
        session.flush()
        sending.send(actor_of(cast.ilse), edition)
        for row in session.query(Message).order_by(Message.id):
            row.state, row.reason, row.settled_at = "failed", "overdue", now()
        letters = outbox.open_mailing(
            kind=MailingKind.LETTER, purpose=Purpose.MEETINGS, reference="", title="Brief",
            by=None, undo=False,
        )  # fmt: skip
        letter = outbox.Letter("x", "riet@raad.example", "Riet", "nl", "letter")
        outbox.enqueue(letters, [letter])
        long_ago = now() - timedelta(hours=1)
        session.query(Message).filter_by(mailing_id=letters.id).one().created_at = long_ago
        session.get(Mailing, letters.id).not_before = long_ago
        server_away.begin(Stream.INVITATIONS, now() + AWAY, REPLY)
        claims.put_off(URGENT, now() + AWAY, REPLY)
        return open_session(cast.kees.id, "Chromium"), f"/manage/editions/{edition.id}/sending"


@pytest.mark.parametrize("size", ["page", "phone"])
def test_what_asks_for_a_decision_reads_well(request, size, story, live_server, axe):
    secret, place = story
    page = request.getfixturevalue(size)
    page.context.add_cookies([{"name": COOKIE, "value": secret, "url": live_server}])
    visit(page, place)
    assert page.get_by_role("button", name="Niet meer sturen").is_visible()
    axe(page)
    visit(page, "/manage/")
    assert page.get_by_text("De mailserver neemt geen mail aan").is_visible()
    axe(page)
