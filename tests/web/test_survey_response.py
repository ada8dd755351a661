"""Of the readers who were sent a survey: how many answered, and of which groups that is told."""

from types import SimpleNamespace

import pytest

from eventsapp.core.dates import now
from eventsapp.core.db import db
from eventsapp.mail.models import Mailing, Message
from eventsapp.newsletters import survey_response
from eventsapp.newsletters.kinds import BlockKind
from eventsapp.newsletters.survey_response import response_of
from tests.checks import check_page
from tests.factories import make_person
from tests.newsletters import make_block, make_edition, make_newsletter, make_reader
from tests.surveys import make_survey, say


@pytest.fixture
def story(transaction, cast, freeze):
    """Twelve seniors in Noord and thirteen officials in Zuid who read the newsletter."""
    freeze("2027-03-01 10:00")
    survey_response.forget()
    with transaction():
        newsletter = make_newsletter()
        found = SimpleNamespace(newsletter=newsletter, noord=[], zuid=[], cast=cast)
        for some, region, kind, count in (
            (found.noord, cast.noord, "seniors", 12),
            (found.zuid, cast.zuid, "municipality", 13),
        ):
            for number in range(count):
                person = make_person(f"Lezer {region.name} {number}")
                make_reader(person, newsletter.id, regions=[region], reader_kind=kind)
                some.append((person, region))
        found.everybody = found.noord + found.zuid
        return found


def send(story, survey, readers, limits=None, **values):
    """Send an edition with a call to this survey; `values` stand in each of its mails."""
    edition = make_edition(story.newsletter)
    make_block(edition, BlockKind.CALL, survey_id=survey.id, limits=limits)
    mailing = Mailing(kind="edition", purpose="newsletter", reference=f"edition:{edition.id}",
                      sender_name="Ilse", sender_address="brief@programma.example")  # fmt: skip
    db.session.add(mailing)
    db.session.flush()
    edition.mailing_id, edition.status = mailing.id, "sent"
    for person, region in readers:
        facts = {
            "mailing_id": mailing.id, "key": f"{mailing.id}:{person.id}", "person_id": person.id,
            "address": person.addresses[0].email, "template": "edition", "state": "sent",
            "message_id": f"{mailing.id}.{person.id}@programma.example",
            "data": {"regions": str(region.id), "themes": ""},
        }  # fmt: skip
        db.session.add(Message(**{**facts, **values}))
    db.session.flush()
    return edition


def shares(groups):
    return [(name, part.sent, part.answered) for name, part in groups]


def test_who_got_two_editions_counts_once(story, transaction):
    with transaction():
        survey = make_survey()
        send(story, survey, story.everybody)
        send(story, survey, story.noord)
        say(survey, story.noord[0][0], {})
        found = response_of(survey)
        assert (found.whole.sent, found.whole.answered, found.whole.share) == (25, 1, 4)
        assert len(found.editions) == 2


@pytest.mark.parametrize(
    "values", [{"state": "failed"}, {"state": "queued"}, {"bounced_at": now()}]
)
def test_mail_that_did_not_arrive_does_not_count(story, transaction, values):
    with transaction():
        survey = make_survey()
        send(story, survey, story.noord, **values)
        send(story, survey, story.zuid)
        assert response_of(survey).whole.sent == 13


def test_who_got_the_edition_without_the_call_does_not_count(story, transaction):
    with transaction():
        survey = make_survey()
        send(story, survey, story.everybody, {"regions": [story.cast.noord.id]})
        assert response_of(survey).whole.sent == 12


@pytest.mark.parametrize(("limits", "sent"), [({"languages": ["en"]}, 0), ({"themes": [7]}, 25)])
def test_a_call_is_counted_for_whom_it_was_meant(story, transaction, limits, sent):
    with transaction():
        survey = make_survey()
        send(story, survey, story.everybody, limits)
        assert response_of(survey).whole.sent == sent


def test_a_survey_that_no_edition_carried_has_no_share(story, transaction):
    with transaction():
        survey = make_survey()
        send(story, make_survey(), story.everybody)
        assert (response_of(survey).whole.sent, response_of(survey).editions) == (0, [])


def test_of_a_survey_with_names_it_is_told_by_region_and_kind(story, transaction):
    with transaction():
        survey = make_survey(is_anonymous=False)
        send(story, survey, story.everybody)
        for person, _ in story.noord[:3]:
            say(survey, person, {})
        found = response_of(survey)
        assert shares(found.by_region) == [("Zuid", 13, 0), ("Noord", 12, 3)]
        assert shares(found.by_kind) == [("municipality", 13, 0), ("seniors", 12, 3)]


def test_small_groups_are_put_together_and_never_one_alone(story, transaction):
    with transaction():
        survey = make_survey(is_anonymous=False)
        send(story, survey, story.zuid + story.noord[:4])
        say(survey, story.noord[0][0], {})
        # Of Zuid alone one would see by subtraction what the four of Noord did.
        assert shares(response_of(survey).by_region) == [("", 17, 1)]


def test_of_an_anonymous_survey_no_group_is_told(story, transaction, client, sign_in):
    with transaction():
        survey = make_survey()
        send(story, survey, story.everybody)
        say(survey, story.noord[0][0], {})
        found = response_of(survey)
        assert (found.by_region, found.by_kind) == ([], [])
    page = check_page(sign_in(client, story.cast.kees).get(f"/manage/surveys/{survey.id}"))
    assert "Van de 25 lezers die een link kregen, gaven er 1 antwoord: 4%." in page
    assert "De vragenlijst is anoniem. Daarom staat hier niet per regio" in page


def test_an_editor_reads_the_share_of_each_region_beside_its_bar(
    story, transaction, client, sign_in
):
    with transaction():
        survey = make_survey(is_anonymous=False)
        send(story, survey, story.everybody)
        say(survey, story.noord[0][0], {})
    page = check_page(sign_in(client, story.cast.ilse).get(f"/manage/surveys/{survey.id}"))
    assert "1 (8%)" in page
    assert "Lezer Noord" not in page
