"""The pages on which everybody reads what came in on a survey, and editors take it along."""

import csv
import io
from collections import Counter

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from eventsapp.core.actor import SYSTEM
from eventsapp.core.audit import AuditEntry
from eventsapp.core.db import db
from eventsapp.surveys import answering, making
from eventsapp.surveys.models import Survey, SurveyAnswer
from eventsapp.surveys.results import results_of
from eventsapp.surveys.tally import counted, counts_of
from tests.checks import check_page
from tests.factories import make_person
from tests.surveys import QUESTIONS, make_story, say


@pytest.fixture(autouse=True)
def march(freeze):
    freeze("2027-03-01 10:00")


@pytest.fixture
def ilse(client, cast, sign_in):
    return sign_in(client, cast.ilse)


@pytest.fixture
def kees(app, cast, sign_in):
    return sign_in(app.test_client(), cast.kees)


@pytest.fixture
def story(transaction, cast):
    with transaction():
        return make_story()


def test_the_results_stand_in_numbers_beside_the_bars(ilse, story):
    page = check_page(ilse.get(story.at_named))
    assert page.count("2 lezers gaven hier antwoord") == 5
    assert "Gemiddeld: 3,0" in page
    assert "Gemiddeld: 8,0" in page
    assert '1 (50%)</span><svg class="bar__box"' in page
    assert '<rect width="50"' in page


def test_what_was_written_can_be_read(ilse, story):
    question = story.named.questions[-1]
    page = check_page(ilse.get(f"{story.at_named}/questions/{question.id}"))
    assert "Foto" in page
    assert "=1+1" in page
    assert "Riet" not in page


def test_the_coordinator_reads_names_where_readers_were_told(kees, story):
    question = story.named.questions[-1]
    page = check_page(kees.get(f"{story.at_named}/questions/{question.id}"))
    assert "Riet Vos" in page
    assert "Piet Jansen" in page


@pytest.mark.parametrize(
    ("place", "number", "names"),
    [
        (0, 0, {"Riet Vos"}),
        (0, 1, {"Piet Jansen"}),
        (1, 2, {"Riet Vos"}),
        (1, 1, {"Piet Jansen"}),
        (2, 4, {"Riet Vos"}),
        (3, 8, {"Riet Vos", "Piet Jansen"}),
        (3, 1, set()),
    ],
)
def test_a_count_leads_to_the_people_behind_it(kees, story, place, number, names):
    question = story.named.questions[place]
    page = check_page(kees.get(f"{story.at_named}/questions/{question.id}?answer={number}"))
    assert {name for name in ("Riet Vos", "Piet Jansen") if name in page} == names


@pytest.mark.parametrize("answer", ["99", "x", "-1", "9" * 30])
def test_an_answer_that_is_not_there_does_no_harm(kees, story, answer):
    question = story.named.questions[0]
    page = kees.get(f"{story.at_named}/questions/{question.id}?answer={answer}")
    assert page.status_code in {200, 404}


def test_nobody_else_reads_names(app, ilse, cast, sign_in, story):
    anna = sign_in(app.test_client(), cast.anna)
    for client in (ilse, anna):
        for question in story.named.questions:
            page = check_page(client.get(f"{story.at_named}/questions/{question.id}?answer=1"))
            assert "Riet" not in page
        assert "Riet" not in check_page(client.get(story.at_named))


def test_of_an_anonymous_survey_nobody_reads_names(kees, story, transaction):
    with transaction() as session:
        for number in range(3):
            say(session.get(Survey, story.anonymous.id), make_person(f"Lezer {number}"), {})
    for question in story.anonymous.questions:
        page = check_page(kees.get(f"{story.at_anonymous}/questions/{question.id}?answer=1"))
        assert "Riet" not in page


def test_a_question_of_another_survey_is_not_found(kees, story):
    question = story.named.questions[0]
    assert kees.get(f"{story.at_anonymous}/questions/{question.id}").status_code == 404


def test_an_advisor_reads_the_results_and_has_nothing_to_press(app, cast, sign_in, story):
    anna = sign_in(app.test_client(), cast.anna)
    page = check_page(anna.get(story.at_named)).partition("<main")[2].partition("</main")[0]
    assert "Gemiddeld" in page
    assert "<form" not in page
    for verb in ("open", "close", "copy", "drop", "export", "edit"):
        assert anna.post(f"{story.at_named}/{verb}").status_code == 403


def sheet(response):
    return list(csv.reader(io.StringIO(response.data.decode("utf-8-sig")), delimiter=";"))


def test_the_answers_are_downloaded_one_line_a_reader(ilse, story):
    head, *rows = sheet(ilse.post(f"{story.at_named}/export", data={"kind": "csv"}))
    assert head == ["Dag", *(line.words for line in QUESTIONS)]
    assert sorted(rows) == [
        ["2027-03-01", "Ja", "Vervoer; Jeugd", "4", "8", "Foto's"],
        ["2027-03-01", "Nee", "Wonen", "2", "8", "'=1+1"],
    ]


def test_an_anonymous_survey_tells_no_day_of_an_answer(ilse, story, transaction):
    with transaction() as session:
        for number in range(3):
            say(session.get(Survey, story.anonymous.id), make_person(f"Lezer {number}"), {})
    head, *rows = sheet(ilse.post(f"{story.at_anonymous}/export"))
    assert head == [line.words for line in QUESTIONS]
    assert len(rows) == 5


def test_of_an_anonymous_survey_with_few_answers_nothing_is_told(kees, story):
    page = check_page(kees.get(story.at_anonymous))
    assert "Te weinig antwoorden om te laten zien" in page
    assert "Gemiddeld" not in page
    question = story.anonymous.questions[-1]
    assert kees.get(f"{story.at_anonymous}/questions/{question.id}").status_code == 302
    assert kees.post(f"{story.at_anonymous}/export").status_code == 409


def test_names_are_downloaded_by_the_coordinator_only(ilse, kees, story):
    head, *rows = sheet(kees.post(f"{story.at_named}/export"))
    assert head[:2] == ["Naam", "Dag"]
    assert {row[0] for row in rows} == {"Riet Vos", "Piet Jansen"}
    assert "Riet" not in ilse.post(f"{story.at_named}/export").get_data(as_text=True)


def test_the_download_as_excel_holds_the_same(ilse, story):
    response = ilse.post(f"{story.at_named}/export", data={"kind": "xlsx"})
    rows = list(load_workbook(io.BytesIO(response.data)).active.iter_rows(values_only=True))
    assert len(rows) == 3
    assert "'=1+1" in {row[-1] for row in rows}
    assert ".xlsx" in response.headers["Content-Disposition"]


def test_a_download_stands_in_who_did_what(ilse, transaction, story):
    ilse.post(f"{story.at_named}/export")
    with transaction() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "survey.export"))
        assert entry.one().detail == {"kind": "csv", "count": 2}


def test_the_results_ask_a_bounded_number_of_questions(ilse, transaction, story, statements):
    with statements() as asked:
        check_page(ilse.get(story.at_named))
    assert len(asked) <= 10, asked


def test_answers_are_searched_for_every_word(ilse, story):
    question = story.named.questions[-1]
    place = f"{story.at_named}/questions/{question.id}"
    assert "Foto&#39;s" in check_page(ilse.get(place, query_string={"q": "foto s"}))
    assert "Foto&#39;s" not in check_page(ilse.get(place, query_string={"q": "1+1"}))
    page = check_page(ilse.get(place, query_string={"q": "foto 1+1"}))
    assert "In geen antwoord staan deze woorden" in page


@pytest.mark.parametrize("words", ["%", "_", "\\", "' or 1=1", "x" * 10_000])
def test_odd_words_to_search_for_find_nothing(ilse, story, words):
    question = story.named.questions[-1]
    place = f"{story.at_named}/questions/{question.id}"
    page = check_page(ilse.get(place, query_string={"q": words}))
    assert "=1+1" not in page


def test_the_tally_follows_each_change_of_an_answer(story, transaction):
    with transaction():
        survey, (riet, piet) = story.named, story.people
        say(survey, riet, {"q1": "1", "q2": [], "q3": "", "q5": ""})
        say(survey, piet, {"q1": "", "q2": ["1", "2"]} | {"q1": "1"})
        tally = {each: count for each, count in counts_of(survey).items() if count}
        kept = select(SurveyAnswer.values).where(SurveyAnswer.survey_id == survey.id)
        assert tally == sum(map(counted, db.session.scalars(kept)), Counter())


def test_closing_an_anonymous_survey_leaves_no_order_day_or_hash(story, transaction):
    with transaction() as session:
        survey = session.get(Survey, story.anonymous.id)
        people = [make_person(f"Lezer {number}") for number in range(20)]
        for number, person in enumerate(people):
            say(survey, person, {"q5": f"Antwoord {number}"})
        marks = {answering.reader_mark(survey.id, person.id) for person in people}
        making.close(SYSTEM, survey)
        kept = select(SurveyAnswer).where(SurveyAnswer.survey_id == survey.id)
        rows = db.session.scalars(kept.order_by(SurveyAnswer.id)).all()
        own = str(survey.questions[-1].id)
        texts = [row.values[own] for row in rows]
        assert len(rows) == 22
        assert texts[2:] != [f"Antwoord {number}" for number in range(20)]
        assert not marks & {row.reader for row in rows}
        assert {row.answered_at for row in rows} == {survey.closes_at}
        assert results_of(survey).count == 22
