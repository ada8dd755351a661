"""A reader answers a survey by the link in a newsletter; nobody learns more than was promised."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from eventsapp.core.actor import SYSTEM
from eventsapp.core.errors import Expired, NotFound
from eventsapp.directory.models import Person
from eventsapp.surveys import answering, links, making
from eventsapp.surveys.models import Survey, SurveyAnswer
from tests.checks import check_page
from tests.factories import make_person
from tests.surveys import QUESTIONS, filled_in, make_survey

ANONYMOUS, NAMED = "anonymous", "named"


@pytest.fixture
def story(transaction, cast, freeze):
    """Two open surveys, an anonymous and a named one, with Petra's links to them."""
    freeze("2027-03-01 10:00")
    with transaction():
        found = SimpleNamespace(petra=cast.petra)
        for name, is_anonymous in ((ANONYMOUS, True), (NAMED, False)):
            survey = make_survey(
                is_anonymous=is_anonymous, intro="<p>Help ons.</p>", thanks="<p>Tot later!</p>"
            )
            setattr(found, name, survey)
            setattr(found, f"at_{name}", place(links.link_for(survey.id, cast.petra.id)))
        return found


def place(link):
    return urlsplit(link).path


def rows(transaction):
    with transaction() as session:
        session.expire_all()
        return session.scalars(select(SurveyAnswer)).all()


def at(story, name):
    return getattr(story, name), getattr(story, f"at_{name}")


each = pytest.mark.parametrize("name", [ANONYMOUS, NAMED])


@each
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_opening_the_link_answers_nothing(client, story, transaction, name, method):
    assert client.open(at(story, name)[1], method=method).status_code == 200
    assert rows(transaction) == []


@each
def test_every_question_stands_on_the_page_with_its_choices(client, story, name):
    page = check_page(client.get(at(story, name)[1]))
    for words in (
        "Leest u alles?",
        "Vervoer",
        "heel goed",
        "Welk cijfer",
        "Wat mist u?",
        "Help ons",
    ):
        assert words in page


@each
def test_the_answers_are_kept_by_one_press(client, story, transaction, name):
    survey, address = at(story, name)
    answer = client.post(address, data=filled_in(survey))
    assert (answer.status_code, answer.location) == (303, address)
    numbers = [str(question.id) for question in survey.questions]
    (row,) = rows(transaction)
    assert row.values == dict(zip(numbers, [0, [0, 2], 4, 8, "Foto's"], strict=True))


@each
def test_afterwards_the_page_says_thanks(client, story, name):
    survey, address = at(story, name)
    page = check_page(client.post(address, data=filled_in(survey), follow_redirects=True))
    assert "Tot later!" in page
    assert "maandag 1 maart 2027" in page


@each
def test_answering_again_takes_the_place_of_the_first_answer(client, story, transaction, name):
    survey, address = at(story, name)
    for text in ("Foto's", "Meer foto's", "Meer foto's"):
        client.post(address, data=filled_in(survey, q5=text))
    (row,) = rows(transaction)
    assert row.values[str(survey.questions[-1].id)] == "Meer foto's"


@each
def test_who_answers_again_is_told_that_it_replaces(client, story, name):
    survey, address = at(story, name)
    client.post(address, data=filled_in(survey))
    page = check_page(client.get(f"{address}?change=1"))
    assert "Wat u nu verstuurt, komt daarvoor in de plaats" in page


def test_a_named_reader_finds_the_earlier_answers_filled_in(client, story):
    client.post(story.at_named, data=filled_in(story.named, q5="Meer foto's"))
    page = check_page(client.get(f"{story.at_named}?change=1"))
    assert "Meer foto" in page
    assert page.count("checked") == 5


def test_an_anonymous_page_never_shows_what_was_answered(client, story):
    client.post(story.at_anonymous, data=filled_in(story.anonymous, q5="Geheimpje"))
    for address in (story.at_anonymous, f"{story.at_anonymous}?change=1"):
        page = check_page(client.get(address))
        assert "Geheimpje" not in page
        assert "checked" not in page


def test_of_an_anonymous_answer_neither_person_nor_hour_is_kept(client, story, transaction, freeze):
    client.post(story.at_anonymous, data=filled_in(story.anonymous))
    freeze("2027-03-01 17:12")
    with transaction():
        riet = make_person("Riet Vos")
        link = place(links.link_for(story.anonymous.id, riet.id))
    client.post(link, data=filled_in(story.anonymous))
    found = rows(transaction)
    assert [row.person_id for row in found] == [None, None]
    assert len({row.answered_at for row in found}) == 1


def test_the_pages_say_beforehand_whether_names_are_kept(client, story):
    assert "Uw antwoorden zijn anoniem" in check_page(client.get(story.at_anonymous))
    named = check_page(client.get(story.at_named))
    assert "Uw naam staat bij uw antwoorden" in named
    assert "Petra de Wit" in named


def test_an_anonymous_page_names_nobody(client, story):
    page = check_page(client.get(story.at_anonymous))
    assert "Petra" not in page


def test_a_link_tells_nothing_of_its_reader(story, app):
    with app.app_context():
        tokens = [links.token_for(story.anonymous.id, number) for number in range(1, 200)]
        assert len(set(tokens)) == 199
        assert links.token_for(story.anonymous.id, 7) == tokens[6]
        other = links.token_for(story.named.id, 7).partition("-")[2]
    assert all(len(token) < 40 for token in tokens)
    assert tokens[6].partition("-")[2] != other


@each
def test_the_link_to_one_survey_opens_no_other(client, story, transaction, name):
    survey, address = at(story, name)
    other = story.named if survey is story.anonymous else story.anonymous
    forged = f"/q/{other.id}-{address.partition('-')[2]}"
    assert client.get(forged).status_code == 404
    assert client.post(forged, data=filled_in(other)).status_code == 404
    assert rows(transaction) == []


@pytest.mark.parametrize(
    "token", ["x", "1-", "1-" + "A" * 32, "é-é", "-1-x", "9" * 50, "a" * 3000, "%00"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_that_is_not_ours_opens_nothing(client, story, token, method):
    check_page(client.open(f"/q/{token}", method=method), 404)


def test_a_full_stop_behind_the_link_does_no_harm(client, story):
    check_page(client.get(f"{story.at_named})."))


@each
def test_what_must_be_answered_is_asked_for_and_nothing_is_lost(client, story, transaction, name):
    survey, address = at(story, name)
    page = check_page(client.post(address, data=filled_in(survey, q1="", q5="Mijn verhaal")), 422)
    assert "Geef hier een antwoord" in page
    assert "Mijn verhaal" in page
    assert rows(transaction) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"q1": "7"}, {"q1": "Ja"}, {"q2": ["0", "99"]}, {"q3": "0"}, {"q4": "11"}, {"q4": "8.5"},
        {"q5": "x" * 10_000},
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_refused_beside_the_question(client, story, transaction, wrong):
    data = filled_in(story.anonymous, **wrong)
    assert "field__error" in check_page(client.post(story.at_anonymous, data=data), 422)
    assert rows(transaction) == []


def test_too_long_an_answer_stays_on_the_page_to_be_shortened(client, story):
    assert "maxlength" not in check_page(client.get(story.at_anonymous))  # it would cut it off
    data = filled_in(story.anonymous, q5="x" * 10_000)
    assert "x" * 10_000 in check_page(client.post(story.at_anonymous, data=data), 422)


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "😀 ﷽ \u202e", "=1+1", "a\0b\x07c"])
def test_odd_words_are_kept_as_words(client, story, transaction, text):
    client.post(story.at_named, data=filled_in(story.named, q5=text))
    page = check_page(client.get(f"{story.at_named}?change=1"))
    assert "<script>alert" not in page
    assert len(rows(transaction)) == 1


@each
def test_two_presses_at_the_same_moment_leave_one_answer(app, story, transaction, name):
    survey, address = at(story, name)
    gate = Barrier(4)

    def press(number):
        gate.wait(timeout=120)
        data = filled_in(survey, q5=f"Versie {number}")
        return app.test_client().post(address, data=data).status_code

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(press, range(4))) == {303}
    assert len(rows(transaction)) == 1


def test_a_form_without_anything_is_no_answer(client, transaction, cast):
    with transaction():
        survey = make_survey(questions=QUESTIONS[1:3])
        address = place(links.link_for(survey.id, cast.petra.id))
    check_page(client.post(address), 422)
    assert rows(transaction) == []


@each
def test_a_closed_survey_takes_no_answer(client, story, transaction, name):
    survey, address = at(story, name)
    with transaction() as session:
        making.close(SYSTEM, session.get(Survey, survey.id))
    assert "gesloten" in check_page(client.get(address))
    for data in (filled_in(survey), {}):
        assert "gesloten" in check_page(client.post(address, data=data), 410)
    assert rows(transaction) == []


def test_no_answer_is_taken_after_the_last_day_though_nobody_closed_it(
    client, transaction, cast, freeze
):
    freeze("2027-03-01 10:00")
    with transaction():
        survey = make_survey(closes_on=making.today())
        address = place(links.link_for(survey.id, cast.petra.id))
    assert "maandag 1 maart 2027" in check_page(client.get(address))
    freeze("2027-03-01 23:59")
    assert client.post(address, data=filled_in(survey)).status_code == 303
    freeze("2027-03-02 00:00")
    check_page(client.post(address, data=filled_in(survey)), 410)


def test_a_draft_says_that_it_is_not_open_yet(client, transaction, cast):
    with transaction():
        survey = make_survey(is_open=False)
        address = place(links.link_for(survey.id, cast.petra.id))
    assert "nog niet open" in check_page(client.get(address))
    check_page(client.post(address, data=filled_in(survey)), 410)


def test_a_survey_that_was_thrown_away_has_no_page(client, story, transaction):
    with transaction() as session:
        session.delete(session.get(Survey, story.named.id))
    check_page(client.get(story.at_named), 404)


def test_without_a_person_one_reads_and_answers_nowhere(client, story, app, transaction):
    with app.app_context():
        address = place(links.link_without_person(story.anonymous))
    page = check_page(client.get(address))
    assert "Wat mist u?" in page
    assert "<input" not in page.partition("<main")[2].partition("</main")[0]
    assert client.post(address, data=filled_in(story.anonymous)).status_code == 405
    assert rows(transaction) == []


def test_the_archive_finds_a_survey_by_its_number(client, story):
    assert "Wat mist u?" in check_page(client.get(f"/surveys/{story.anonymous.id}"))


@pytest.mark.parametrize("slug", ["0", "99999", "9" * 30, "²", "é", "x", "%00"])
def test_a_survey_that_is_not_there_has_no_public_page(client, story, slug):
    check_page(client.get(f"/surveys/{slug}"), 404)


def test_a_draft_has_no_public_page(client, transaction, app):
    with transaction():
        survey = make_survey(is_open=False)
        address = place(links.link_without_person(survey))
    check_page(client.get(address), 404)
    check_page(client.get(f"/surveys/{survey.id}"), 404)


def test_the_page_speaks_the_language_of_a_named_reader(client, story, transaction):
    with transaction() as session:
        session.get(Person, story.petra.id).language = "en"
    assert "Send my answers" in check_page(client.get(story.at_named))


def test_the_address_is_kept_from_other_sites_and_no_cookie_is_set(client, story):
    for answer in (
        client.get(story.at_anonymous),
        client.post(story.at_anonymous, data=filled_in(story.anonymous)),
    ):
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert "Set-Cookie" not in answer.headers


def test_a_person_who_is_gone_answers_no_named_survey(story, transaction):
    with transaction(), pytest.raises(NotFound):
        answering.reader_by_token(links.token_for(story.named.id, 999_999))


def test_the_use_case_itself_refuses_what_comes_too_late(story, transaction):
    with transaction() as session:
        survey = session.get(Survey, story.named.id)
        making.close(SYSTEM, survey)
        reader = answering.reader_by_token(links.token_for(survey.id, story.petra.id))
        with pytest.raises(Expired):
            answering.answer(reader, {survey.questions[0].id: ["0"]})


@each
def test_answering_asks_a_bounded_number_of_questions(client, story, statements, name):
    survey, address = at(story, name)
    with statements() as asked:
        client.post(address, data=filled_in(survey))
    assert len(asked) <= 12, asked
