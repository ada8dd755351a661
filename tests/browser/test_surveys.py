"""Surveys on a desk and on a phone: an editor makes one, a reader answers by keyboard or thumb."""

from types import SimpleNamespace

import pytest
from sqlalchemy import select

from eventsapp.accounts.sessions import open_session
from eventsapp.core.actor import SYSTEM
from eventsapp.surveys import answering, links, making
from eventsapp.surveys.models import SurveyAnswer
from tests.browsing import arrive, visit
from tests.factories import make_cast, make_person
from tests.signing_in import COOKIE
from tests.surveys import make_survey

pytestmark = pytest.mark.databases("sqlite")
each_size = pytest.mark.parametrize("size", ["page", "phone"])


@pytest.fixture
def story(transaction, live_server):
    """Surveys of each sort, two of them with answers; Ilse edits, Kees coordinates."""
    with transaction():
        cast = make_cast()
        found = SimpleNamespace(
            draft=make_survey(is_open=False, title="Wat wilt u in 2028?"),
            open=make_survey(intro="<p>Wij willen de nieuwsbrief beter maken.</p>"),
            named=make_survey(title="Wie doet er mee?", is_anonymous=False),
            closed=make_survey(title="Hoe was de studiedag?"),
        )
        for number in range(12):
            person = make_person(f"Lezer {number}")
            for survey in (found.open, found.named, found.closed):
                _say(survey, person, number)
        making.close(SYSTEM, found.closed)
        found.token = links.token_for(found.open.id, cast.petra.id)
        found.named_token = links.token_for(found.named.id, cast.petra.id)
        found.early_token = links.token_for(found.draft.id, cast.petra.id)
        found.ilse = _cookie(cast.ilse, live_server)
        found.kees = _cookie(cast.kees, live_server)
        return found


def _say(survey, person, number):
    reader = answering.reader_by_token(links.token_for(survey.id, person.id))
    first, many, scale, mark, own = (question.id for question in survey.questions)
    said = {
        first: [str(number % 3 // 2)],
        many: [str(number % 2), "2"],
        scale: [str(3 + number % 3)],
        mark: [str(6 + number % 4)],
        own: [f"Meer verhalen uit gemeente {number}.\nEn minder lange stukken."],
    }
    answering.answer(reader, said)


def _cookie(account, address):
    return {"name": COOKIE, "value": open_session(account.id, "Chromium"), "url": address}


@each_size
def test_the_pages_of_editors_read_well(request, size, story, axe):
    page = request.getfixturevalue(size)
    page.context.add_cookies([story.kees])
    choice, *_, own = story.named.questions
    for place in (
        "",
        "new",
        f"{story.draft.id}",
        f"{story.draft.id}/edit",
        f"{story.open.id}",
        f"{story.open.id}/edit",
        f"{story.closed.id}",
        f"{story.named.id}/questions/{own.id}",
        f"{story.named.id}/questions/{choice.id}?answer=0",
    ):
        visit(page, f"/manage/surveys/{place}")
        axe(page)


@each_size
def test_the_pages_of_readers_read_well(request, size, story, axe):
    page = request.getfixturevalue(size)
    for place in (
        f"/q/{story.token}",
        f"/q/{story.named_token}",
        f"/q/{story.early_token}",
        f"/surveys/{story.open.slug}",
        f"/surveys/{story.closed.slug}",
    ):
        visit(page, place)
        axe(page)
    visit(page, "/q/x", status=404)
    axe(page)


@each_size
def test_a_reader_answers_and_answers_once_more(request, size, story, axe, transaction):
    page = request.getfixturevalue(size)
    visit(page, f"/q/{story.token}")
    page.get_by_role("button", name="Mijn antwoorden versturen").click()
    arrive(page, "Dit klopt nog niet")
    axe(page)
    page.get_by_role("group", name="Leest u alles?").get_by_label("Ja").check()
    page.get_by_label("Vervoer").check()
    page.get_by_role("group", name="Hoe leesbaar is het?").get_by_label("4", exact=True).check()
    page.get_by_label("Wat mist u?").fill("Een agenda")
    page.get_by_role("button", name="Mijn antwoorden versturen").click()
    arrive(page, "Dank u wel, wij hebben uw antwoorden")
    axe(page)
    page.get_by_role("link", name="Opnieuw invullen").click()
    page.get_by_text("U vulde deze vragenlijst al in").wait_for()
    page.get_by_role("group", name="Leest u alles?").get_by_label("Nee").check()
    page.get_by_role("button", name="Mijn antwoorden versturen").click()
    arrive(page, "Dank u wel, wij hebben uw antwoorden")
    with transaction() as session:
        mark = answering.reader_mark(story.open.id, links.read(story.token)[1])
        row = session.scalars(select(SurveyAnswer).where(SurveyAnswer.reader == mark)).one()
        assert row.values == {str(story.open.questions[0].id): 1}


def test_a_reader_answers_a_scale_by_keyboard_alone(page, story, transaction):
    visit(page, f"/q/{story.named_token}")
    page.get_by_role("group", name="Leest u alles?").get_by_label("Ja").focus()
    page.keyboard.press("Space")
    page.get_by_role("group", name="Hoe leesbaar is het?").get_by_label("1, lastig").focus()
    for key in ("ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    arrive(page, "Dank u wel, wij hebben uw antwoorden")
    with transaction() as session:
        first, _, scale, *_ = story.named.questions
        rows = session.scalars(select(SurveyAnswer).order_by(SurveyAnswer.id.desc()))
        assert rows.first().values == {str(first.id): 0, str(scale.id): 3}


@each_size
def test_an_editor_makes_a_survey_tries_it_out_and_opens_it(request, size, story, axe):
    page = request.getfixturevalue(size)
    page.context.add_cookies([story.ilse])
    visit(page, "/manage/surveys/new")
    page.get_by_label("Titel").fill("Wat vindt u van de agenda?")
    page.get_by_role("group", name="Vraag 1").get_by_label("Vraag", exact=True).fill("Leest u hem?")
    page.get_by_label("Antwoorden om uit te kiezen").fill("Ja\nNee")
    page.get_by_role("button", name="Vraag toevoegen").click()
    second = page.get_by_role("group", name="Vraag 2")
    second.get_by_label("Vraag", exact=True).fill("Wat mist u?")
    second.get_by_label("Hoe wordt de vraag beantwoord?").select_option("In eigen woorden")
    second.get_by_label("Antwoorden om uit te kiezen").wait_for(state="hidden")
    axe(page)
    page.get_by_role("button", name="Bewaren als concept").click()
    arrive(page, "Wat vindt u van de agenda?")
    page.get_by_role("link", name="Uitproberen als lezer").click()
    page.get_by_text("Dit is een proef").wait_for()
    page.go_back()
    page.get_by_role("button", name="Vragenlijst openen").click()
    page.get_by_text("De vragenlijst is open").wait_for()
    axe(page)
