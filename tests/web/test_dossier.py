"""What we hold on somebody: seen by a fresh link, taken along as a file, erased on asking."""

import json
import re

import pytest
from sqlalchemy import select

from eventsapp.contacts import subscriptions
from eventsapp.contacts.models import Subscription
from eventsapp.core import tokens
from eventsapp.core.actor import SYSTEM
from eventsapp.core.dates import now
from eventsapp.directory.models import Person
from eventsapp.mail import suppression
from eventsapp.mail.compose import compose
from eventsapp.mail.kinds import Purpose
from eventsapp.mail.models import Message
from eventsapp.newsletters.models import Newsletter
from eventsapp.privacy.models import ErasureRequest
from eventsapp.surveys.models import Survey, SurveyAnswer, SurveyQuestion
from tests.checks import check_page
from tests.factories import make_invitation, make_meeting, make_organisation, make_role


@pytest.fixture
def petra(cast, transaction):
    """The path of Petra's own page; she reads, was invited, and answered a survey."""
    with transaction() as session:
        person = session.get(Person, cast.petra.id)
        person.note = "Belt liever"
        make_role(person, make_organisation())
        session.add(Newsletter(id=1, name="Nieuwsbrief Samen", slug="samen"))
        made = subscriptions.subscribe(SYSTEM, 1, person, how="page", words="Ja, graag")
        for title, closed in (("Netwerkdag", False), ("Groep hersenletsel", True)):
            held = make_meeting(cast.anna.person, cast.noord, title=title, is_confidential=closed)
            make_invitation(held, person, reply="accepted", remark="Ik kom later")
        survey = Survey(title="Wat vindt u ervan?", slug="wat", is_anonymous=False)
        asked = SurveyQuestion(kind="choice", words="Hoe is het?", choices=["Lelijk", "Mooi"])
        survey.questions = [asked]
        session.add(survey)
        session.flush()
        session.add(SurveyAnswer(survey_id=survey.id, reader="x", person_id=person.id,
                                 values={str(asked.id): 1}))  # fmt: skip
        return "/r/" + subscriptions.link_for(made).rpartition("/")[2]


@pytest.fixture
def mine(app, cast, petra):
    with app.app_context():
        return f"/mine/{tokens.sign_timed('dossier', cast.petra.id)}"


def waiting(transaction):
    with transaction() as session:
        return session.scalars(select(ErasureRequest.state)).all()


def test_the_link_goes_to_the_address_that_we_know_only(client, petra, cast, transaction):
    assert "Wij hebben een mail" in check_page(client.get(client.post(f"{petra}/dossier").location))
    with transaction() as session:
        mail = session.scalars(select(Message)).one()
        assert mail.address == session.get(Person, cast.petra.id).addresses[0].email
        link = re.search(r"https?://[^/]+(/mine/\S+)", compose(mail).text)[1]
    assert "Petra de Wit" in check_page(client.get(link))


def test_the_page_shows_all_that_we_hold(client, mine):
    page = check_page(client.get(mine))
    held = ("Petra de Wit", "Belt liever", "Adviesraad Noordwolde", "Nieuwsbrief Samen",
            "Ja, graag", "Netwerkdag", "Ik kom later", "Wat vindt u ervan?", "Mooi")  # fmt: skip
    assert [each for each in held if each not in page] == []


def test_a_closed_group_is_not_told_where_others_may_read_along(client, mine):
    assert "hersenletsel" not in check_page(client.get(mine))
    assert b"hersenletsel" not in client.post(f"{mine}/file").data


def test_the_file_holds_the_same(client, mine):
    answer = client.post(f"{mine}/file")
    assert "attachment" in answer.headers["Content-Disposition"]
    sections = {each["title"]: each["rows"] for each in json.loads(answer.data)}
    assert sections["Bijeenkomsten"][0]["Bijeenkomst"] == "Netwerkdag"


def test_nobody_else_is_on_the_page(client, mine, transaction, cast):
    page = check_page(client.get(mine))
    assert "Anna" not in page.split("<main")[1].split("</main")[0]


def test_the_page_asks_the_same_questions_however_much_there_is(
    client, mine, transaction, cast, statements
):
    def count():
        with statements() as seen:
            client.get(mine)
        return len(seen)

    before = count()
    with transaction() as session:
        person = session.get(Person, cast.petra.id)
        for each in range(5):
            held = make_meeting(cast.anna.person, cast.noord, title=f"Dag {each}")
            make_invitation(session.merge(held), person)
    assert count() == before


def test_the_link_works_for_a_day(client, app, cast, petra, freeze):
    freeze("2026-12-01 12:00")
    with app.app_context():
        place = f"/mine/{tokens.sign_timed('dossier', cast.petra.id)}"
    freeze("2026-12-02 11:59")
    assert client.get(place).status_code == 200
    freeze("2026-12-02 12:01")
    assert "één dag" in check_page(client.get(place), 410)
    assert client.post(f"{place}/erase").status_code == 410


@pytest.mark.parametrize("token", ["x", "WzFd.forged", "a" * 3000, "%00"])
def test_a_link_that_is_not_ours_shows_nothing(client, token, petra):
    assert client.get(f"/mine/{token}").status_code == 404
    assert client.post(f"/mine/{token}/file").status_code == 404


def test_the_link_of_a_newsletter_alone_shows_nothing_of_this(client, petra):
    assert client.get(petra.replace("/r/", "/mine/")).status_code == 404


def test_asking_to_be_erased_stops_the_newsletter_and_waits_for_the_coordinator(
    client, mine, transaction, cast
):
    page = check_page(client.get(client.post(f"{mine}/erase").location))
    assert "U hebt ons gevraagd alles te wissen" in page
    with transaction() as session:
        assert session.scalars(select(ErasureRequest.person_id)).all() == [cast.petra.id]
        assert session.scalars(select(Subscription.ended_at)).one() is not None
        assert suppression.withheld([cast.petra.id], [], Purpose.NEWSLETTER)


def test_asking_twice_is_asking_once(client, mine, transaction):
    for _ in range(3):
        client.post(f"{mine}/erase")
    assert len(waiting(transaction)) == 1


def test_who_thinks_better_of_it_takes_it_back(client, mine, transaction):
    client.post(f"{mine}/erase")
    page = check_page(client.get(client.post(f"{mine}/keep").location))
    assert "Er wordt niets gewist" in page
    assert waiting(transaction) == ["taken_back"]


def test_what_has_begun_is_not_taken_back(client, mine, transaction):
    client.post(f"{mine}/erase")
    with transaction() as session:
        session.scalars(select(ErasureRequest)).one().state = "telling"
    client.post(f"{mine}/keep")
    assert waiting(transaction) == ["telling"]


def test_who_was_erased_since_sees_nothing(client, mine, transaction, cast):
    with transaction() as session:
        session.get(Person, cast.petra.id).erased_at = now()
    assert client.get(mine).status_code == 404


def test_a_link_is_mailed_three_times_an_hour_at_most(client, petra):
    statuses = [client.post(f"{petra}/dossier").status_code for _ in range(4)]
    assert statuses == [303, 303, 303, 429]


def test_the_page_is_kept_from_other_sites(client, mine):
    assert client.get(mine).headers["Referrer-Policy"] == "no-referrer"
    assert client.get(mine).headers["Cache-Control"] == "no-store"
