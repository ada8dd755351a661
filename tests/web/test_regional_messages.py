"""A message to the readers of one region: approved or not, and corrected by its advisor."""

from types import SimpleNamespace

import pytest
from sqlalchemy import select

from eventsapp.contacts.models import Subscription
from eventsapp.core.dates import now
from eventsapp.directory.models import Person
from eventsapp.mail.compose import compose
from eventsapp.mail.models import Message
from eventsapp.newsletters import corrections, sending, sign_off
from eventsapp.newsletters.kinds import BlockKind, EditionKind
from eventsapp.newsletters.models import Edition, Newsletter
from tests.checks import check_page
from tests.factories import actor_of, make_cast, make_person
from tests.newsletters import make_block, make_edition, make_newsletter, make_reader


@pytest.fixture
def story(transaction, freeze, app, sign_in):
    """Anna wrote a message to the readers in Noord, of whom there is one."""
    freeze("2027-03-01 10:00")
    with transaction():
        cast = make_cast()
        newsletter = make_newsletter()
        edition = make_edition(
            newsletter,
            "Verplaatst",
            subject="Verplaatst",
            kind=EditionKind.REGIONAL.value,
            region_id=cast.noord.id,
            created_by=cast.anna.person_id,
        )
        make_block(edition, BlockKind.TEXT, html="<p>Wij zijn in het dorpshuis.</p>")
        reader = make_person("Riet Bos", email="riet@post.example")
        make_reader(reader, newsletter.id, regions=[cast.noord])
        found = SimpleNamespace(cast=cast, number=edition.id, reader=reader.id)
    found.at = f"/manage/editions/{found.number}/sign-off"
    for name in ("anna", "bram", "kees", "ilse"):
        setattr(found, name, sign_in(app.test_client(), getattr(cast, name)))
    return found


def approval(transaction, is_needed):
    with transaction() as session:
        session.scalars(select(Newsletter)).one().regional_needs_approval = is_needed


def press(client, story, what, **data):
    return client.post(f"{story.at}/{what}", data=data, follow_redirects=True)


def status_of(transaction, story):
    with transaction() as session:
        return session.get(Edition, story.number).status


def mails(transaction, template):
    with transaction() as session:
        found = session.scalars(select(Message).where(Message.template == template))
        return [(one.name, compose(one)) for one in found]


def test_it_waits_for_the_coordinator_who_is_told_which_region(story, transaction):
    page = check_page(press(story.anna, story, "ask"))
    assert "De coördinator leest dit bericht" in page
    ((name, mail),) = mails(transaction, "sign_off_asked")
    assert name == "Kees Smit"
    assert "een bericht aan de lezers in Noord" in mail.text
    assert press(story.anna, story, "agree", content_version=1).status_code == 403
    check_page(press(story.kees, story, "agree", content_version=1))
    assert status_of(transaction, story) == "signed_off"


def test_an_editor_does_not_approve_it(story):
    press(story.anna, story, "ask")
    assert press(story.ilse, story, "agree", content_version=1).status_code == 403


def test_it_needs_no_approval_where_that_is_off(story, transaction):
    approval(transaction, is_needed=False)
    check_page(press(story.anna, story, "agree", content_version=1))
    assert status_of(transaction, story) == "signed_off"


def test_a_coordinator_needs_nobody_for_an_own_message(story, transaction):
    with transaction() as session:
        session.get(Edition, story.number).created_by = story.cast.kees.person_id
    page = check_page(story.kees.get(story.at))
    assert "Ik geef akkoord" in page
    check_page(press(story.kees, story, "agree", content_version=1))
    assert status_of(transaction, story) == "signed_off"


def test_a_coordinator_does_not_approve_what_nobody_asked_for(story, transaction):
    page = check_page(press(story.kees, story, "agree", content_version=1))
    assert "Nog niemand heeft om akkoord gevraagd" in page
    assert status_of(transaction, story) == "draft"


def test_the_advisor_of_another_region_changes_nothing(story, transaction):
    approval(transaction, is_needed=False)
    for what in ("ask", "agree", "plan"):
        assert press(story.bram, story, what, content_version=1).status_code == 403


@pytest.fixture
def gone(story, transaction, freeze):
    """It was approved and sent, a day ago."""
    press(story.anna, story, "ask")
    press(story.kees, story, "agree", content_version=1)
    with transaction() as session:
        sending.send(actor_of(story.cast.anna), session.get(Edition, story.number))
        for one in session.scalars(select(Message)):
            one.state = "sent"
    freeze("2027-03-01 12:00")
    with transaction():
        sending.settle()
    story.figures = f"/manage/editions/{story.number}/figures"
    return story


def test_the_advisor_sees_what_became_of_it(gone):
    assert "Verbetering maken" in check_page(gone.anna.get(gone.figures))
    assert "Verbetering maken" not in check_page(gone.bram.get(gone.figures))


def correction_of(session, story):
    return session.scalars(select(Edition).where(Edition.corrects_id == story.number)).one()


def test_the_advisor_corrects_an_own_message_and_it_is_approved_alike(gone, transaction):
    page = check_page(gone.anna.post(f"{gone.figures}/correct", follow_redirects=True))
    assert "Verbetering: Verplaatst" in page
    assert "Wie de nieuwsbrief kreeg die hiermee wordt verbeterd" in page
    assert "Elke lezer van" not in page
    with transaction() as session:
        made = correction_of(session, gone)
        assert (made.kind, made.region_id) == ("correction", gone.cast.noord.id)
        anna, kees = actor_of(gone.cast.anna), actor_of(gone.cast.kees)
        sign_off.ask(anna, made)
        assert sign_off.why_not(anna, made) is not None
        sign_off.agree(kees, made, made.content_version)
        assert sending.plan(anna, made).count == 1


def test_a_second_press_goes_on_with_the_same_correction(gone, transaction):
    gone.anna.post(f"{gone.figures}/correct")
    page = check_page(gone.kees.post(f"{gone.figures}/correct", follow_redirects=True))
    assert "Er wordt al een verbetering gemaakt" in page
    with transaction() as session:
        assert correction_of(session, gone) is not None


def test_others_do_not_correct_it(gone):
    assert gone.bram.post(f"{gone.figures}/correct").status_code == 403


def test_what_can_still_be_undone_is_not_corrected(story, transaction):
    approval(transaction, is_needed=False)
    press(story.anna, story, "agree", content_version=1)
    with transaction() as session:
        mailing = sending.send(actor_of(story.cast.anna), session.get(Edition, story.number))
        mailing.not_before = mailing.not_before.replace(hour=23)
    page = check_page(
        story.anna.post(f"/manage/editions/{story.number}/figures/correct", follow_redirects=True)
    )
    assert "Maak het versturen ongedaan" in page


def test_a_correction_waits_until_the_other_has_left(gone, transaction):
    with transaction() as session:
        made = corrections.begin(actor_of(gone.cast.anna), session.get(Edition, gone.number))
        kees = actor_of(gone.cast.kees)
        sign_off.ask(actor_of(gone.cast.anna), made)
        sign_off.agree(kees, made, made.content_version)
        session.get(Edition, gone.number).status = "sending"
        assert sending.why_not(made) is not None
        session.get(Edition, gone.number).status = "sent"
        assert sending.why_not(made) is None


@pytest.mark.parametrize("what", ["ended_at", "erased_at"])
def test_who_left_or_was_erased_since_gets_no_correction(gone, transaction, what):
    with transaction() as session:
        anna = actor_of(gone.cast.anna)
        made = corrections.begin(anna, session.get(Edition, gone.number))
        leave(session, gone, what)
        session.flush()
        assert sending.plan(anna, made).count == 0


def leave(session, gone, what):
    if what == "erased_at":
        session.get(Person, gone.reader).erased_at = now()
    else:
        row = session.scalars(select(Subscription)).one()
        row.ended_at = now()
