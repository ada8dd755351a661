"""A draft that nobody heard of is thrown away; whatever people may count on is not."""

import pytest
from sqlalchemy import select

from eventsapp.contacts.models import LetterDraft
from eventsapp.core.audit import AuditEntry
from eventsapp.meetings.models import AgendaItem, Meeting, Paper, Speaker
from tests.checks import check_page
from tests.factories import make_attendance, make_meeting, make_person
from tests.meetings import MEETINGS, hidden


@pytest.fixture
def draft(cast, transaction):
    """A draft with an agenda and a paper, of which a copy was made."""
    with transaction() as session:
        point = AgendaItem(title="Welkom", speakers=[Speaker(name="Ad Bos")])
        meeting = make_meeting(
            cast.anna.person, cast.noord, title="Themamiddag", status="draft", agenda=[point]
        )
        session.add(
            Paper(meeting_id=meeting.id, title="Agenda", filename="a.pdf", size=4,
                  media_type="application/pdf", content=b"%PDF")
        )  # fmt: skip
        make_meeting(cast.anna.person, cast.noord, copied_from_id=meeting.id)
        return meeting


def at(meeting):
    return f"{MEETINGS}{meeting.id}/throw-away"


def throw_away(browser, meeting):
    form = hidden(check_page(browser.get(at(meeting))))
    return browser.post(at(meeting), data=form, follow_redirects=True)


def ids(transaction):
    with transaction() as session:
        return set(session.scalars(select(Meeting.id)))


def test_a_draft_is_thrown_away_after_one_more_question(anna, draft, transaction):
    assert f'href="{at(draft)}"' in check_page(anna.get(f"{MEETINGS}{draft.id}"))
    assert "Ook 1 stuk gaat weg." in check_page(anna.get(at(draft)))
    page = check_page(throw_away(anna, draft))
    assert "Het concept “Themamiddag” is weggegooid." in page
    with transaction() as session:
        assert draft.id not in ids(transaction)
        assert session.scalars(select(AgendaItem)).all() == []
        assert session.scalars(select(Paper)).all() == []
        assert session.scalars(select(Meeting.copied_from_id)).all() == [None]
        entry = session.scalars(select(AuditEntry)).one()
        assert (entry.action, entry.object_id) == ("meeting_thrown_away", draft.id)


def test_a_letter_that_was_begun_goes_with_it(anna, draft, transaction, cast):
    with transaction() as session:
        session.add(
            LetterDraft(owner_person_id=cast.anna.person_id, reference=f"meeting:{draft.id}",
                        audience="coming", subject="Dag", body="<p>Dag</p>")
        )  # fmt: skip
    throw_away(anna, draft)
    with transaction() as session:
        assert session.scalars(select(LetterDraft)).all() == []


def test_looking_throws_nothing_away(anna, draft, transaction):
    anna.get(at(draft))
    assert draft.id in ids(transaction)


@pytest.mark.parametrize("status", ["visible", "cancelled"])
def test_a_meeting_that_was_visible_is_kept(anna, draft, transaction, status):
    form = hidden(check_page(anna.get(at(draft))))
    with transaction() as session:
        session.get(Meeting, draft.id).status = status
    assert f'href="{at(draft)}"' not in anna.get(f"{MEETINGS}{draft.id}").text
    check_page(anna.get(at(draft)), 409)
    check_page(anna.post(at(draft), data=form), 409)
    assert draft.id in ids(transaction)


def test_a_draft_with_people_is_kept(anna, draft, transaction):
    with transaction() as session:
        make_attendance(session.get(Meeting, draft.id), make_person("Riet van der Berg"))
    check_page(anna.get(at(draft)), 409)
    assert draft.id in ids(transaction)


def test_an_advisor_of_another_region_throws_nothing_away(bram, draft, transaction):
    form = hidden(check_page(bram.get(f"{MEETINGS}new")))
    check_page(bram.get(at(draft)), 403)
    check_page(bram.post(at(draft), data=form), 403)
    assert draft.id in ids(transaction)
