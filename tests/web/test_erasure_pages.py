"""The coordinator's pages of requests to be erased: what waits, what would happen, yes or no."""

from datetime import date

import pytest
from sqlalchemy import delete, select

from eventsapp.directory.models import Person, PersonAddress
from eventsapp.mail.compose import compose
from eventsapp.mail.models import Message
from eventsapp.privacy import erasure_requests
from eventsapp.privacy.models import ErasureRequest
from tests.checks import check_page
from tests.factories import make_invitation, make_meeting, make_organisation, make_role


@pytest.fixture
def asked(cast, transaction, freeze):
    """The page of Petra's request of 2 March 2027."""
    freeze("2027-03-02 10:00")
    with transaction() as session:
        person = session.get(Person, cast.petra.id)
        make_role(person, make_organisation())
        noord = session.merge(cast.noord)
        held = make_meeting(session.merge(cast.anna).person, noord, days=-9)
        make_invitation(held, person, reply="accepted", remark="Ik kom later")
        erasure_requests.ask(person)
        return f"/manage/erasures/{session.scalars(select(ErasureRequest.id)).one()}"


@pytest.fixture
def kees(client, sign_in, cast, asked):
    return sign_in(client, cast.kees)


@pytest.fixture
def state(transaction):
    def state():
        with transaction() as session:
            return session.scalars(select(ErasureRequest.state)).one()

    return state


def test_today_tells_the_coordinator_by_when(kees):
    page = check_page(kees.get("/manage/"))
    assert "1 persoon wacht" in page
    assert "antwoord uiterlijk vrijdag 2 april 2027" in page


def test_today_tells_nobody_else(client, sign_in, cast, asked):
    assert "Verzoeken om te wissen" not in check_page(sign_in(client, cast.anna).get("/manage/"))


def test_what_is_too_late_is_said(client, asked, sign_in, cast, freeze):
    freeze("2027-04-03 10:00")
    kees = sign_in(client, cast.kees)
    assert "had beantwoord moeten zijn op" in check_page(kees.get("/manage/"))
    assert "te laat" in check_page(kees.get("/manage/erasures/"))


def test_the_list_says_who_when_and_how(kees):
    page = check_page(kees.get("/manage/erasures/"))
    assert "Petra de Wit" in page
    assert "op de eigen pagina" in page


def test_the_page_says_what_goes_and_what_stays(kees, asked):
    page = check_page(kees.get(asked))
    for words in ("Functies, nu en eerder", "Uitnodigingen en antwoorden, als aantallen",
                  "Het bewijs van toestemming, zonder naam", "Wat blijft, en waarom"):  # fmt: skip
        assert words in page


def test_without_the_tick_nothing_begins(kees, asked, state):
    page = check_page(kees.post(f"{asked}/begin"), 422)
    assert "Zet een vinkje" in page
    assert state() == "waiting"


def test_a_press_can_be_undone(kees, asked, state):
    answer = kees.post(f"{asked}/begin", data={"has_read": "y"})
    assert "Het wissen begint om" in check_page(kees.get(answer.location))
    assert state() == "begun"
    kees.post(f"{asked}/undo")
    assert state() == "waiting"


def test_a_double_press_is_one(kees, asked, state):
    statuses = [kees.post(f"{asked}/begin", data={"has_read": "y"}).status_code for _ in "ab"]
    assert statuses == [303, 303]
    assert state() == "begun"


def test_a_refusal_needs_words(kees, asked, state):
    page = check_page(kees.post(f"{asked}/refuse", data={"reason": "law", "words": " "}), 422)
    assert "Leg het uit" in page
    assert state() == "waiting"


def test_what_was_typed_for_a_refusal_is_not_lost(kees, asked):
    sent = {"reason": "", "words": "U bent voorzitter."}
    assert "U bent voorzitter." in check_page(kees.post(f"{asked}/refuse", data=sent), 422)


def test_a_refusal_is_mailed_with_its_reason_and_where_to_complain(kees, asked, state, transaction):
    sent = {"reason": "public_role", "words": "U bent voorzitter van een openbare raad."}
    kees.post(f"{asked}/refuse", data=sent)
    assert state() == "refused"
    with transaction() as session:
        mail = session.scalars(select(Message).where(Message.template == "erasure_refused")).one()
        text = " ".join(compose(mail).text.split())
    assert "Uw functie is openbaar" in text
    assert "U bent voorzitter van een openbare raad." in text
    assert "autoriteitpersoonsgegevens.nl" in text


def test_two_coordinators_are_told_of_each_other(kees, asked):
    sent = {"reason": "law", "words": "De wet zegt het."}
    kees.post(f"{asked}/refuse", data=sent)
    page = check_page(kees.post(f"{asked}/refuse", data=sent), 409)
    assert "Een collega heeft dit verzoek intussen afgehandeld" in page


def test_who_thinks_better_of_it_is_left_alone(kees, asked, state):
    kees.post(f"{asked}/set-aside")
    assert state() == "taken_back"
    assert "Petra de Wit" in check_page(kees.get("/manage/erasures/?state=settled"))


def test_what_stands_in_the_way_is_said(kees, asked, transaction, cast, state):
    with transaction() as session:
        noord = session.merge(cast.noord)
        make_meeting(session.get(Person, cast.petra.id), noord)
    assert "Draag die eerst over" in check_page(kees.get(asked))
    check_page(kees.post(f"{asked}/begin", data={"has_read": "y"}), 409)
    assert state() == "waiting"


def test_a_request_by_telephone_is_noted_with_its_day(client, sign_in, cast, transaction, freeze):
    freeze("2027-03-02 10:00")
    kees = sign_in(client, cast.kees)
    page = f"/manage/erasures/people/{cast.petra.id}"
    assert f'href="{page}"' in check_page(kees.get(f"/manage/people/{cast.petra.id}"))
    check_page(kees.get(page))
    answer = kees.post(page, data={"how": "phone", "asked_on": "2027-02-20"})
    check_page(kees.get(answer.location))
    with transaction() as session:
        made = session.scalars(select(ErasureRequest)).one()
        assert (made.how, made.answer_by) == ("phone", date(2027, 3, 20))


@pytest.mark.parametrize(
    "sent", [{"how": "phone", "asked_on": "2031-01-01"}, {"how": "x", "asked_on": "2027-03-01"}]
)
def test_a_day_or_a_way_that_cannot_be_is_told(client, sign_in, cast, sent, freeze):
    freeze("2027-03-02 10:00")
    page = f"/manage/erasures/people/{cast.petra.id}"
    check_page(sign_in(client, cast.kees).post(page, data=sent), 422)


@pytest.mark.parametrize("who", ["anna", "ilse"])
def test_others_see_no_requests(client, sign_in, cast, asked, who):
    other = sign_in(client, getattr(cast, who))
    assert other.get("/manage/erasures/").status_code == 403
    assert other.get(asked).status_code == 403
    assert other.post(f"{asked}/begin", data={"has_read": "y"}).status_code == 403


def test_who_was_erased_is_named_no_more(kees, asked, transaction, cast):
    from eventsapp.privacy import erasing

    with transaction() as session:
        request = session.scalars(select(ErasureRequest)).one()
        request.state, request.settled_at = "erased", request.asked_at
        erasing.erase(session.get(Person, cast.petra.id))
    for page in (asked, "/manage/erasures/?state=settled"):
        shown = check_page(kees.get(page))
        assert "Petra" not in shown
    assert "Naam gewist" in shown


def test_the_page_asks_a_bounded_number_of_questions(kees, asked, statements):
    with statements() as seen:
        kees.get(asked)
    assert len(seen) <= 45


WHY = {"words": "Er zijn veel verzoeken tegelijk."}


def test_more_time_is_taken_with_a_reason_that_is_mailed(kees, asked, transaction):
    page = check_page(kees.post(f"{asked}/extend", data=WHY, follow_redirects=True))
    assert "Je hebt twee maanden extra." in page
    assert "woensdag 2 juni 2027" in page
    with transaction() as session:
        mail = session.scalars(select(Message).where(Message.template == "erasure_extended")).one()
        text = " ".join(compose(mail).text.split())
        assert session.scalars(select(ErasureRequest.answer_by)).one() == date(2027, 6, 2)
    assert "Er zijn veel verzoeken tegelijk." in text
    assert "U krijgt ons antwoord uiterlijk woensdag 2 juni 2027." in text
    assert "autoriteitpersoonsgegevens.nl" in text


def test_more_time_is_taken_once(kees, asked, transaction):
    kees.post(f"{asked}/extend", data=WHY)
    assert "/extend" not in check_page(kees.get(asked))
    page = check_page(kees.post(f"{asked}/extend", data=WHY), 409)
    assert "Dat kan één keer." in page
    with transaction() as session:
        mails = select(Message.id).where(Message.template == "erasure_extended")
        assert len(session.scalars(mails).all()) == 1


def test_after_the_first_month_no_more_time_can_be_taken(client, asked, sign_in, cast, freeze):
    freeze("2027-04-03 10:00")
    kees = sign_in(client, cast.kees)
    assert "/extend" not in check_page(kees.get(asked))
    assert "De eerste maand is voorbij" in check_page(kees.post(f"{asked}/extend", data=WHY), 409)


def test_more_time_needs_a_reason(kees, asked, transaction):
    page = check_page(kees.post(f"{asked}/extend", data={"words": " "}), 422)
    assert "Leg het uit" in page
    with transaction() as session:
        assert session.scalars(select(ErasureRequest.answer_by)).one() == date(2027, 4, 2)


def test_who_cannot_be_mailed_must_be_told_otherwise(kees, asked, transaction, cast):
    with transaction() as session:
        session.execute(delete(PersonAddress).where(PersonAddress.person_id == cast.petra.id))
    page = check_page(kees.post(f"{asked}/extend", data=WHY, follow_redirects=True))
    assert "Bel of schrijf binnen de eerste maand" in page
    assert "kon het niet per mail horen" in page


def test_taking_more_time_stands_in_the_log(kees, asked):
    kees.post(f"{asked}/extend", data=WHY)
    assert "Meer tijd genomen voor een verzoek om te wissen" in check_page(kees.get("/manage/log/"))


def test_an_advisor_takes_no_more_time(client, sign_in, cast, asked):
    check_page(sign_in(client, cast.anna).post(f"{asked}/extend", data=WHY), 403)
