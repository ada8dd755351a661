"""Pieces that editors ask for: asking, reminding, asking again, taking in, doing without."""

import pytest
from sqlalchemy import select

from eventsapp.newsletters import composing, sign_off
from eventsapp.newsletters.models import Block, Contribution, Edition
from tests.checks import check_page


def test_who_is_asked_gets_one_mail_that_leads_to_the_form(asked):
    ((name, mail),) = asked.mails("contribution_asked")
    assert name == "Anna de Vries"
    assert "Iets over vervoer." in mail.text
    assert "dinsdag 16 februari 2027" in mail.text
    assert asked.at in mail.text


def test_the_same_form_twice_asks_nobody_twice(desk):
    for _ in range(2):
        desk.ask(form_key="k" * 20)
    assert desk.piece is not None
    assert len(desk.mails("contribution_asked")) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"author": ""},
        {"author": "0"},
        {"author": "999999"},
        {"author": "x"},
        {"brief": " "},
        {"brief": "x" * 10_000},
        {"due_on": "2027-01-31"},
        {"due_on": "2027-03-09"},
        {"due_on": "morgen"},
    ],
)
def test_what_is_wrong_with_a_question_is_told_beside_the_field(desk, wrong):
    page = check_page(desk.ask(**wrong), 422)
    assert "field__error" in page
    assert desk.piece is None


def test_a_participant_can_not_be_asked(desk):
    check_page(desk.ask(author=desk.cast.petra.id), 422)


def test_a_piece_is_not_there_for_other_advisors(asked):
    bram = asked.client_of(asked.cast.bram)
    assert bram.get(asked.at).status_code == 404
    for what in ("take-in", "remind", "ask-again", "withdraw"):
        assert bram.post(f"{asked.at}/{what}").status_code == 404
    assert bram.get(asked.list_at).status_code == 403


@pytest.mark.parametrize("what", ["take-in", "remind", "ask-again", "withdraw"])
def test_an_author_does_not_do_the_editors_work(written, what):
    response = written.press("anna", what, kind="article", **{"again-brief": "Iets"})
    assert response.status_code == 403


@pytest.mark.parametrize("kind", ["article", "practice", "blog", "text"])
def test_the_editor_takes_a_piece_in_as_what_it_should_become(written, kind):
    check_page(written.take_in(kind))
    block = written.block
    assert block.kind == kind
    assert "De bus rijdt weer." in block.data["html"]
    assert "De belbus" in (block.data.get("title") or block.data["html"])
    assert block.contribution_id == written.piece.id
    assert written.piece.state == "taken"


def test_a_piece_is_taken_in_once(taken):
    assert "staat al in de nieuwsbrief" in check_page(taken.take_in("blog"))
    assert taken.block.kind == "article"


def test_what_was_not_handed_in_is_not_taken_in(asked, transaction):
    assert "nog niet ingeleverd" in check_page(asked.take_in())
    with transaction() as session:
        assert session.scalars(select(Block)).all() == []


def test_what_its_author_changed_while_it_was_read_is_read_again(written):
    version = written.piece.version
    written.hand_in(body="<p>Toch anders.</p>")
    page = check_page(written.press("ilse", "take-in", kind="article", version=version))
    assert "Lees het nog eens" in page
    assert "Toch anders." in page
    assert written.piece.state == "written"


def test_a_piece_whose_block_was_taken_away_can_be_taken_in_again(taken, transaction):
    with transaction() as session:
        composing.drop_block(taken.maker, session.scalars(select(Block)).one())
    assert "het onderdeel is weggehaald" in check_page(taken.ilse.get(taken.list_at))
    taken.take_in("blog")
    with transaction() as session:
        assert [block.kind for block in session.get(Edition, taken.number).blocks] == ["blog"]


def test_an_author_is_reminded_by_hand_once_a_day(asked, freeze):
    assert "krijgt een herinnering" in check_page(asked.press("ilse", "remind"))
    assert "vandaag al" in check_page(asked.press("ilse", "remind"))
    assert len(asked.mails("contribution_due")) == 1
    freeze("2027-02-02 10:00")
    asked.sign_in()
    asked.press("ilse", "remind")
    assert [name for name, _ in asked.mails("contribution_due")] == ["Anna de Vries"] * 2


def test_a_piece_without_a_day_can_be_reminded_of(desk):
    desk.ask(due_on="")
    desk.press("ilse", "remind")
    assert "Het is nog niet ingeleverd" in desk.mails("contribution_due")[0][1].text


def test_nobody_is_reminded_of_what_came_in(written):
    assert written.press("ilse", "remind").status_code == 409


def again(desk, **values):
    data = {"again-brief": "Toch graag!", "again-due_on": "2027-02-20", **values}
    return desk.press("ilse", "ask-again", **data)


@pytest.mark.parametrize("before", ["declined", "withdrawn", "written", "asked"])
def test_a_piece_is_asked_again_with_other_words_and_another_day(asked, before):
    asked.let_mails_leave()
    acts = {
        "declined": lambda: asked.press("anna", "decline"),
        "withdrawn": lambda: asked.press("ilse", "withdraw"),
        "written": asked.hand_in,
    }
    acts.get(before, lambda: None)()
    assert asked.piece.state == before
    check_page(again(asked))
    assert (asked.piece.state, str(asked.piece.due_on)) == ("asked", "2027-02-20")
    _, mail = asked.mails("contribution_asked")[-1]
    assert "vraagt je nog eens om een stuk" in mail.text
    assert "Toch graag!" in mail.text


def test_what_was_written_is_still_there_when_it_is_asked_again(written):
    again(written)
    assert "De bus rijdt weer." in check_page(written.anna.get(written.at))


def test_asking_again_twice_mails_once(asked):
    asked.let_mails_leave()
    for _ in range(2):
        again(asked)
    assert len(asked.mails("contribution_asked")) == 2


@pytest.mark.parametrize(
    "wrong", [{"again-brief": ""}, {"again-due_on": "2027-01-01"}, {"again-due_on": "x"}]
)
def test_what_is_wrong_with_a_second_question_is_told_beside_the_field(asked, wrong):
    assert "field__error" in check_page(again(asked, **wrong), 422)
    assert asked.piece.brief == "Iets over vervoer."


def test_what_stands_in_the_edition_is_not_asked_again(taken):
    assert again(taken).status_code == 409


def test_a_question_that_never_left_is_gone_without_a_word(asked, transaction):
    check_page(asked.press("ilse", "withdraw"))
    assert asked.piece is None
    assert asked.mails("contribution_withdrawn") == []
    with transaction() as session:
        assert len(session.scalars(select(Contribution)).all()) == 0


def test_who_got_the_question_is_told_that_it_is_not_needed(asked):
    asked.let_mails_leave()
    check_page(asked.press("ilse", "withdraw", **{"without-remark": "Het is <b>vol</b>."}))
    ((name, mail),) = asked.mails("contribution_withdrawn")
    assert name == "Anna de Vries"
    assert "Het is <b>vol</b>." in mail.text
    assert "Niet meer nodig" in check_page(asked.ilse.get(asked.list_at))


def test_what_was_written_stays_with_its_author(written):
    written.press("ilse", "withdraw")
    assert written.piece.state == "withdrawn"
    page = check_page(written.anna.get(written.at))
    assert "heeft dit stuk niet meer nodig" in page
    assert "De bus rijdt weer." in page
    assert written.keep(title="Nog iets").status_code == 409


def test_doing_without_twice_tells_once(written):
    for _ in range(2):
        check_page(written.press("ilse", "withdraw"))
    assert len(written.mails("contribution_withdrawn")) == 1


def test_what_stands_in_the_edition_is_not_withdrawn(taken):
    assert taken.press("ilse", "withdraw").status_code == 409


def test_many_pieces_do_not_make_many_questions(desk, transaction, statements):
    with transaction() as session:
        for number in range(40):
            session.add(
                Contribution(
                    edition_id=desk.number,
                    author_person_id=desk.author_id,
                    title=f"Stuk {number}",
                    brief="Iets",
                )
            )
    with statements() as asked:
        check_page(desk.ilse.get(desk.list_at))
    assert len(asked) <= 8, asked


def test_authors_who_have_not_looked_are_named_at_the_sign_off(taken):
    page = check_page(taken.ilse.get(f"/manage/editions/{taken.number}/sign-off"))
    assert "1 schrijver heeft nog niet gezegd" in page
    assert "Anna de Vries" in page


def test_taking_in_makes_a_sign_off_worth_nothing(written, transaction):
    before = written.edition.content_version
    written.take_in()
    with transaction() as session:
        edition = session.get(Edition, written.number)
        assert edition.content_version > before
        assert not sign_off.is_signed_off(edition)
