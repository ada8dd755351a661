"""Surveys are made, changed, opened, closed and thrown away; what was promised to readers holds."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from eventsapp.background import jobs
from eventsapp.core.audit import AuditEntry
from eventsapp.core.errors import Conflict, Forbidden, InputError
from eventsapp.directory.models import Person
from eventsapp.surveys import answering, forgetting, links, making, queries
from eventsapp.surveys.models import Survey, SurveyAnswer
from eventsapp.surveys.plan import QuestionLine, SurveyPlan
from tests.factories import actor_of, make_person
from tests.surveys import QUESTIONS, make_survey


@pytest.fixture
def ilse(transaction, cast):
    with transaction() as session:
        return actor_of(session.merge(cast.ilse))


@pytest.fixture
def anna(transaction, cast):
    with transaction() as session:
        return actor_of(session.merge(cast.anna))


def reader_of(survey, person):
    return answering.reader_by_token(links.token_for(survey.id, person.id))


def say(survey, person, text="Foto's"):
    first, *_, last = survey.questions
    answering.answer(reader_of(survey, person), {first.id: ["0"], last.id: [text]})


def kept(session, survey):
    session.expire_all()
    return session.scalars(select(SurveyAnswer).where(SurveyAnswer.survey_id == survey.id)).all()


def acts(session):
    return [row.action for row in session.scalars(select(AuditEntry).order_by(AuditEntry.id))]


def test_an_editor_makes_a_draft_and_opens_it(transaction, ilse):
    with transaction() as session:
        survey = making.make(ilse, SurveyPlan(title="Wat vindt u?", questions=QUESTIONS))
        assert (survey.status, survey.is_anonymous, survey.opens_at) == ("draft", True, None)
        making.open_survey(ilse, survey)
        assert survey.status == "open"
        assert survey.opens_at is not None
        assert acts(session) == ["survey.make", "survey.open"]


def test_an_advisor_makes_none(transaction, anna):
    with transaction(), pytest.raises(Forbidden):
        making.make(anna, SurveyPlan(title="Wat vindt u?"))


@pytest.mark.parametrize("verb", ["open_survey", "close", "copy", "drop"])
def test_an_advisor_does_nothing_with_one(transaction, anna, verb):
    with transaction(), pytest.raises(Forbidden):
        getattr(making, verb)(anna, make_survey())


def test_an_advisor_changes_none(transaction, anna):
    with transaction():
        survey = make_survey()
        with pytest.raises(Forbidden):
            making.change(anna, survey, making.plan_of(survey), survey.version)


def test_two_surveys_of_one_title_have_addresses_of_their_own(transaction):
    with transaction():
        assert len({make_survey().slug, make_survey().slug, make_survey(title="???").slug}) == 3


def test_a_survey_that_asks_nothing_is_not_opened(transaction, ilse):
    with transaction(), pytest.raises(Conflict):
        making.open_survey(ilse, make_survey(is_open=False, questions=()))


def test_a_survey_is_not_opened_after_its_last_day(transaction, ilse, freeze):
    freeze("2027-03-01 10:00")
    with transaction():
        plan = SurveyPlan(title="Wat?", questions=QUESTIONS, closes_on=making.today())
        survey = making.make(ilse, plan)
        freeze("2027-03-02 00:00")
        with pytest.raises(Conflict):
            making.open_survey(ilse, survey)


def test_questions_keep_their_numbers_when_a_survey_is_changed(transaction, ilse):
    with transaction() as session:
        survey = make_survey()
        before = [question.id for question in survey.questions]
        first, *rest = making.questions_of(survey)
        lines = (replace(first, words="Leest u het?"), *reversed(rest))
        plan = replace(making.plan_of(survey), questions=lines)
        making.change(ilse, survey, plan, survey.version)
        session.flush()
        session.expire_all()
        after = [question.id for question in survey.questions]
        assert after == [before[0], *reversed(before[1:])]
        assert survey.questions[0].words == "Leest u het?"


def test_a_question_of_another_survey_is_refused(transaction, ilse):
    with transaction():
        survey, other = make_survey(), make_survey()
        line = QuestionLine(id=other.questions[0].id, words="Wat?", choices=("a", "b"))
        plan = replace(making.plan_of(survey), questions=(line,))
        with pytest.raises(InputError) as fault:
            making.change(ilse, survey, plan, survey.version)
    assert fault.value.field == "questions-0-words"


def test_who_changes_an_older_version_is_told(transaction, ilse):
    with transaction():
        survey = make_survey()
        plan = making.plan_of(survey)
        with pytest.raises(Conflict):
            making.change(ilse, survey, plan, survey.version - 1)


def test_questions_stay_once_somebody_answered(transaction, ilse, cast):
    with transaction() as session:
        survey = make_survey()
        say(survey, cast.petra)
        plan = replace(making.plan_of(survey), questions=making.questions_of(survey)[1:])
        with pytest.raises(Conflict):
            making.change(ilse, survey, plan, survey.version)
        assert len(kept(session, survey)) == 1


def test_the_words_around_the_questions_may_change_afterwards(transaction, ilse, cast):
    with transaction():
        survey = make_survey()
        say(survey, cast.petra)
        plan = replace(making.plan_of(survey), title="Nog even", thanks="<p>Dank u</p>")
        making.change(ilse, survey, plan, survey.version)
        assert (survey.title, survey.thanks) == ("Nog even", "<p>Dank u</p>")


@pytest.mark.parametrize("is_anonymous", [True, False])
def test_an_open_survey_stays_as_anonymous_as_it_was(transaction, ilse, is_anonymous):
    with transaction():
        survey = make_survey(is_anonymous=is_anonymous)
        plan = replace(making.plan_of(survey), is_anonymous=not is_anonymous)
        with pytest.raises(Conflict):
            making.change(ilse, survey, plan, survey.version)


def test_a_closed_survey_is_neither_changed_nor_opened(transaction, ilse):
    with transaction():
        survey = make_survey()
        making.close(ilse, survey)
        with pytest.raises(Conflict):
            making.change(ilse, survey, making.plan_of(survey), survey.version)
        with pytest.raises(Conflict):
            making.open_survey(ilse, survey)


def test_closing_an_anonymous_survey_leaves_no_way_back_to_its_readers(transaction, ilse, cast):
    with transaction() as session:
        survey = make_survey()
        riet = make_person("Riet Vos")
        for person in (cast.petra, riet):
            say(survey, person)
        making.close(ilse, survey)
        marks = {row.reader for row in kept(session, survey)}
        known = {answering.reader_mark(survey.id, one.id) for one in (cast.petra, riet)}
        assert len(marks) == 2
        assert not marks & known


def test_a_closed_survey_with_names_keeps_them_for_a_year(transaction, ilse, cast, freeze):
    freeze("2027-03-01 10:00")
    with transaction() as session:
        survey = make_survey(is_anonymous=False)
        say(survey, cast.petra)
        making.close(ilse, survey)
        for day, person_id in (("2028-02-29 09:00", cast.petra.id), ("2028-03-01 10:00", None)):
            freeze(day)
            forgetting.forget_old_names()
            assert [row.person_id for row in kept(session, survey)] == [person_id]


def test_the_clock_closes_a_survey_whose_last_day_has_passed(app, transaction, cast, freeze):
    freeze("2027-03-01 10:00")
    with transaction():
        survey = make_survey(closes_on=making.today())
        say(survey, cast.petra)
    freeze("2027-03-01 23:59")
    with app.app_context():
        jobs.tidy()
    with transaction() as session:
        assert session.get(Survey, survey.id).status == "open"
    freeze("2027-03-02 00:00")
    with transaction():
        jobs.tidy()
    with transaction() as session:
        assert session.get(Survey, survey.id).status == "closed"
        mark = answering.reader_mark(survey.id, cast.petra.id)
        assert [row.reader == mark for row in kept(session, survey)] == [False]
        assert acts(session)[-1] == "survey.close"


def test_closing_twice_is_closing_once(transaction, ilse, freeze):
    freeze("2027-03-01 10:00")
    with transaction() as session:
        survey = make_survey()
        making.close(ilse, survey)
        closed = survey.closes_at
        freeze("2027-03-02 10:00")
        making.close(ilse, survey)
        assert survey.closes_at == closed
        assert acts(session).count("survey.close") == 1


def test_a_draft_is_not_closed(transaction, ilse):
    with transaction(), pytest.raises(Conflict):
        making.close(ilse, make_survey(is_open=False))


def test_a_copy_asks_the_same_and_has_no_answers(transaction, ilse, cast):
    with transaction() as session:
        survey = make_survey(is_anonymous=False, intro="<p>Hallo</p>", closes_on=making.today())
        say(survey, cast.petra)
        made = making.copy(ilse, survey)
        assert (made.status, made.closes_at, kept(session, made)) == ("draft", None, [])
        assert (made.title, made.intro, made.is_anonymous) == (survey.title, survey.intro, False)
        assert [(one.words, one.choices) for one in made.questions] == [
            (one.words, one.choices) for one in survey.questions
        ]
        assert {one.id for one in made.questions}.isdisjoint(one.id for one in survey.questions)


def test_a_survey_is_thrown_away_with_its_answers_but_not_while_open(transaction, ilse, cast):
    with transaction() as session:
        survey = make_survey()
        say(survey, cast.petra)
        with pytest.raises(Conflict):
            making.drop(ilse, survey)
        making.close(ilse, survey)
        making.drop(ilse, survey)
        session.flush()
        assert kept(session, survey) == []
        assert session.get(Survey, survey.id) is None


def test_of_an_erased_person_the_answers_stay_without_the_name(transaction, cast):
    with transaction() as session:
        survey = make_survey(is_anonymous=False)
        say(survey, cast.petra)
        assert [one.survey_id for _, one in forgetting.answers_of(cast.petra.id)] == [survey.id]
        ((_, title, told),) = forgetting.told_by(cast.petra.id)
        assert (title, told) == (survey.title, "Leest u alles? Ja; Wat mist u? Foto's")
        forgetting.forget_person(cast.petra.id)
        assert [row.person_id for row in kept(session, survey)] == [None]
        assert forgetting.answers_of(cast.petra.id) == []
        assert session.get(Person, cast.petra.id) is not None


def test_who_answers_an_anonymous_survey_has_nothing_of_it_in_a_dossier(transaction, cast):
    with transaction():
        say(make_survey(), cast.petra)
        assert forgetting.answers_of(cast.petra.id) == []


def test_an_edition_may_point_at_what_is_not_closed_the_newest_first(transaction, ilse):
    with transaction():
        draft, opened, closed = make_survey(is_open=False), make_survey(), make_survey()
        making.close(ilse, closed)
        assert [number for number, _ in queries.surveys_to_link()] == [opened.id, draft.id]


def test_only_the_coordinator_sees_names_and_only_where_readers_were_told(transaction, cast, ilse):
    with transaction() as session:
        kees = actor_of(session.merge(cast.kees))
        named, anonymous = make_survey(is_anonymous=False), make_survey()
        assert queries.sees_names(kees, named)
        assert not queries.sees_names(ilse, named)
        assert not queries.sees_names(kees, anonymous)
