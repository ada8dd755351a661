"""The pages on which editors make surveys, open and close them, and try them out."""

import pytest
from sqlalchemy import select

from eventsapp.core.actor import SYSTEM
from eventsapp.surveys import links, making
from eventsapp.surveys.models import Survey, SurveyAnswer
from tests.checks import check_page
from tests.surveys import filled_in, make_story, make_survey, say

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
def story(transaction, cast):
    with transaction():
        return make_story()


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
