"""The pages on which editors make surveys and everybody reads what came in."""

import csv
import io
from types import SimpleNamespace

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from eventsapp.core.actor import SYSTEM
from eventsapp.core.audit import AuditEntry
from eventsapp.surveys import answering, links, making
from eventsapp.surveys.models import Survey, SurveyAnswer
from tests.checks import check_page
from tests.factories import make_person
from tests.surveys import QUESTIONS, filled_in, make_survey

NEW = "/manage/surveys/new"


def words(**values):
    """What a browser sends of the form: one question to choose from, one in own words."""
    return {
        "title": "Wat vindt u van de nieuwsbrief?",
        "intro": "<p>Help ons.</p>",
        "promise": "anonymous",
        "questions-0-words": "Leest u alles?",
        "questions-0-kind": "choice",
        "questions-0-choices": "Ja\nNee",
        "questions-0-is_required": "y",
        "questions-1-words": "Wat mist u?",
        "questions-1-kind": "open",
        **values,
    }


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
    """A named survey that Riet and Piet answered, and an anonymous one with the same answers."""
    with transaction() as session:
        people = [make_person("Riet Vos"), make_person("Piet Jansen")]
        found = SimpleNamespace(people=people)
        for name, is_anonymous in (("named", False), ("anonymous", True)):
            survey = make_survey(is_anonymous=is_anonymous)
            for person, said in zip(
                people, ({"q2": ["0", "2"]}, {"q1": "1", "q2": ["1"], "q3": "2", "q5": "=1+1"}),
                strict=True,
            ):  # fmt: skip
                say(survey, person, said)
            setattr(found, name, survey)
            setattr(found, f"at_{name}", f"/manage/surveys/{survey.id}")
        session.flush()
        return found


def say(survey, person, said):
    reader = answering.reader_by_token(links.token_for(survey.id, person.id))
    filled = filled_in(survey, **said)
    answering.answer(
        reader,
        {
            question.id: value if isinstance(value, list) else [value]
            for question in survey.questions
            for value in [filled[f"question-{question.id}"]]
        },
    )


def surveys(transaction):
    with transaction() as session:
        session.expire_all()
        return session.scalars(select(Survey).order_by(Survey.id)).all()


def test_an_editor_makes_a_survey_opens_it_and_closes_it(ilse, transaction):
    place = ilse.post(NEW, data=words()).location
    page = check_page(ilse.get(place))
    assert "Nog niet open" in page
    assert "Leest u alles?" in page
    check_page(ilse.post(f"{place}/open", follow_redirects=True))
    assert surveys(transaction)[0].status == "open"
    assert "Gesloten" in check_page(ilse.post(f"{place}/close", follow_redirects=True))
    assert surveys(transaction)[0].status == "closed"


def test_a_survey_is_kept_as_it_was_typed(ilse, transaction):
    ilse.post(NEW, data=words(promise="named", thanks="<p>Dank!</p>"))
    with transaction() as session:
        (survey,) = session.scalars(select(Survey))
        assert (survey.is_anonymous, survey.thanks) == (False, "<p>Dank!</p>")
        assert [(q.words, q.kind, q.choices, q.is_required) for q in survey.questions] == [
            ("Leest u alles?", "choice", ["Ja", "Nee"], True),
            ("Wat mist u?", "open", [], False),
        ]


def test_a_double_click_makes_one_survey(ilse, transaction):
    first, second = (ilse.post(NEW, data=words(form_key="k1")) for _ in range(2))
    assert first.location == second.location
    assert len(surveys(transaction)) == 1


def test_questions_are_added_raised_and_removed_without_keeping_anything(ilse, transaction):
    page = check_page(ilse.post(NEW, data=words(rows="add:questions")))
    assert "Vraag 3" in page
    page = check_page(ilse.post(NEW, data=words(rows="up:questions:1")))
    assert page.index("Wat mist u?") < page.index("Leest u alles?")
    page = check_page(ilse.post(NEW, data=words(rows="remove:questions:0")))
    assert "Leest u alles?" not in page
    assert surveys(transaction) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": " "},
        {"title": "x" * 10_000},
        {"closes_on": "gisteren"},
        {"closes_on": "2020-01-01"},
        {"closes_on": "2099-01-01"},
        {"promise": "perhaps"},
        {"questions-0-words": ""},
        {"questions-0-words": "x" * 10_000},
        {"questions-0-choices": "Ja"},
        {"questions-0-choices": "Ja\nJa"},
        {"questions-0-kind": "scale", "questions-0-choices": "slecht\ngoed\nbeter"},
    ],
)
def test_what_is_wrong_is_told_beside_its_field_and_nothing_is_lost(ilse, transaction, wrong):
    page = check_page(ilse.post(NEW, data=words(**wrong)), 422, largest=100_000)
    assert "field__error" in page
    assert "Wat mist u?" in page
    assert page.count("Geef de vragenlijst een titel") in (0, 2)  # on top, and beside the field
    assert surveys(transaction) == []


def test_odd_words_are_shown_as_words(ilse, transaction):
    odd = "<script>alert(1)</script> 😀\u202e\0"
    place = ilse.post(NEW, data=words(title=odd, intro=odd, **{"questions-0-words": odd})).location
    for page in (place, f"{place}/edit", "/manage/surveys/"):
        assert "<script>alert" not in check_page(ilse.get(page))


def test_an_open_survey_has_its_promise_settled(ilse, transaction, story):
    page = check_page(ilse.get(f"{story.at_named}/edit"))
    assert 'name="promise"' not in page
    assert "Dat is lezers zo gezegd" in page


def test_an_answered_survey_keeps_its_questions_and_changes_its_words(ilse, transaction, story):
    page = check_page(ilse.get(f"{story.at_named}/edit"))
    assert 'name="questions-0-words"' not in page
    data = {"title": "Nieuwe titel", "version": "2"}
    assert ilse.post(f"{story.at_named}/edit", data=data).status_code == 303
    with transaction() as session:
        survey = session.get(Survey, story.named.id)
        assert (survey.title, survey.is_anonymous) == ("Nieuwe titel", False)
        assert survey.questions[0].words == "Leest u alles?"


def test_of_two_editors_the_second_is_told_and_loses_nothing(ilse, transaction):
    place = ilse.post(NEW, data=words()).location
    older = words(version="1", title="Mijn titel")
    ilse.post(f"{place}/edit", data=words(version="1", title="Hun titel"))
    page = check_page(ilse.post(f"{place}/edit", data=older), 409)
    assert "Iemand anders heeft deze vragenlijst intussen veranderd" in page
    assert "Mijn titel" in page
    assert surveys(transaction)[0].title == "Hun titel"
    assert ilse.post(f"{place}/edit", data={**older, "version": "2"}).status_code == 303
    assert surveys(transaction)[0].title == "Mijn titel"


def test_who_types_questions_while_the_first_answer_comes_in_is_told(ilse, transaction, cast):
    with transaction():
        survey = make_survey()
        place, version = f"/manage/surveys/{survey.id}/edit", str(survey.version)
    assert 'name="questions-0-words"' in check_page(ilse.get(place))
    with transaction() as session:
        say(session.get(Survey, survey.id), cast.petra, {})
    page = check_page(ilse.post(place, data=words(title="Mijn titel", version=version)), 409)
    assert "Daarom blijven de vragen zoals ze zijn" in page
    assert "Mijn titel" in page
    assert ilse.post(place, data={"title": "Mijn titel", "version": version}).status_code == 303
    assert surveys(transaction)[0].title == "Mijn titel"


def test_a_closed_survey_has_no_form(ilse, transaction, story):
    ilse.post(f"{story.at_named}/close")
    check_page(ilse.get(f"{story.at_named}/edit"), 409)
    assert f"{story.at_named}/edit" not in check_page(ilse.get(story.at_named))


def test_opening_a_survey_without_questions_tells_what_to_do(ilse, transaction):
    with transaction():
        survey = make_survey(is_open=False, questions=())
    page = check_page(ilse.post(f"/manage/surveys/{survey.id}/open", follow_redirects=True))
    assert "Voeg eerst een vraag toe" in page


def test_the_results_stand_in_numbers_beside_the_bars(ilse, story):
    page = check_page(ilse.get(story.at_anonymous))
    assert page.count("2 lezers gaven hier antwoord") == 5
    assert "Gemiddeld: 3,0" in page
    assert "Gemiddeld: 8,0" in page
    assert '1 (50%)</span><svg class="bar__box"' in page
    assert '<rect width="50"' in page


def test_what_was_written_can_be_read(ilse, story):
    question = story.anonymous.questions[-1]
    page = check_page(ilse.get(f"{story.at_anonymous}/questions/{question.id}"))
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


def test_of_an_anonymous_survey_nobody_reads_names(kees, story):
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
    head, *rows = sheet(ilse.post(f"{story.at_anonymous}/export", data={"kind": "csv"}))
    assert head == ["Dag", *(line.words for line in QUESTIONS)]
    assert sorted(rows) == [
        ["2027-03-01", "Ja", "Vervoer; Jeugd", "4", "8", "Foto's"],
        ["2027-03-01", "Nee", "Wonen", "2", "8", "'=1+1"],
    ]


def test_names_are_downloaded_by_the_coordinator_only(ilse, kees, story):
    head, *rows = sheet(kees.post(f"{story.at_named}/export"))
    assert head[:2] == ["Naam", "Dag"]
    assert {row[0] for row in rows} == {"Riet Vos", "Piet Jansen"}
    for client, place in ((ilse, story.at_named), (kees, story.at_anonymous)):
        assert "Riet" not in client.post(f"{place}/export").get_data(as_text=True)


def test_the_download_as_excel_holds_the_same(ilse, story):
    response = ilse.post(f"{story.at_anonymous}/export", data={"kind": "xlsx"})
    rows = list(load_workbook(io.BytesIO(response.data)).active.iter_rows(values_only=True))
    assert len(rows) == 3
    assert "'=1+1" in {row[-1] for row in rows}
    assert ".xlsx" in response.headers["Content-Disposition"]


def test_a_download_stands_in_who_did_what(ilse, transaction, story):
    ilse.post(f"{story.at_anonymous}/export")
    with transaction() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "survey.export"))
        assert entry.one().detail == {"kind": "csv", "count": 2}


def test_a_copy_is_made_once(ilse, transaction, story):
    places = {ilse.post(f"{story.at_named}/copy", data={"form_key": "k"}).location for _ in "ab"}
    assert len(places) == 1
    assert len(surveys(transaction)) == 3


def test_a_survey_is_thrown_away_after_closing(ilse, transaction, story):
    ilse.post(f"{story.at_named}/drop")
    assert len(surveys(transaction)) == 2
    ilse.post(f"{story.at_named}/close")
    assert ilse.post(f"{story.at_named}/drop").location == "/manage/surveys/"
    assert [one.id for one in surveys(transaction)] == [story.anonymous.id]


@pytest.mark.parametrize("is_open", [True, False])
def test_a_trial_shows_the_form_and_keeps_nothing(client, app, transaction, is_open):
    with transaction():
        survey = make_survey(is_open=is_open)
    with app.app_context():
        place = f"/q/{links.token_for(survey.id, links.TRIAL)}"
    assert "Dit is een proef" in check_page(client.get(place))
    check_page(client.post(place, data=filled_in(survey, q1="")), 422)
    page = check_page(client.post(place, data=filled_in(survey), follow_redirects=True))
    assert "Dit is een proef" in page
    with transaction() as session:
        assert session.scalars(select(SurveyAnswer)).all() == []


def test_the_list_of_surveys_has_pages_of_fifty(ilse, transaction, statements):
    with transaction():
        for number in range(51):
            make_survey(title=f"Vragenlijst {number}", is_open=False)
    with statements() as asked:
        page = check_page(ilse.get("/manage/surveys/"))
    assert page.count('<th scope="row">') == 50
    assert len(asked) <= 8, asked


def test_an_empty_list_says_what_to_do_first(app, cast, ilse, sign_in):
    assert NEW in check_page(ilse.get("/manage/surveys/"))
    anna = sign_in(app.test_client(), cast.anna)
    assert NEW not in check_page(anna.get("/manage/surveys/"))


def test_the_results_ask_a_bounded_number_of_questions(ilse, transaction, story, statements):
    with statements() as asked:
        check_page(ilse.get(story.at_named))
    assert len(asked) <= 10, asked


def test_the_largest_survey_fits_a_page(ilse, transaction, client, app):
    lines = [
        making.QuestionLine(
            words="x" * 300, choices=tuple(f"{n:02}" + "y" * 118 for n in range(15))
        )
    ] * 20
    with transaction():
        survey = make_survey(questions=tuple(lines))
        making.close(SYSTEM, make_survey())
    check_page(ilse.get(f"/manage/surveys/{survey.id}/edit"), largest=120_000)
    with app.app_context():
        place = f"/q/{links.token_for(survey.id, links.TRIAL)}"
    check_page(client.get(place), largest=120_000)
