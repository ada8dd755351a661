"""Pieces that a colleague writes for an edition, from the question to the text that is agreed."""

from io import BytesIO
from types import SimpleNamespace

import pytest
from PIL import Image
from sqlalchemy import select

from eventsapp.mail.compose import compose
from eventsapp.mail.models import Message
from eventsapp.newsletters import composing, sign_off
from eventsapp.newsletters.kinds import BlockKind
from eventsapp.newsletters.models import Block, Contribution, Edition
from tests.checks import check_page
from tests.factories import actor_of, make_cast
from tests.newsletters import make_edition, make_newsletter


@pytest.fixture
def story(transaction, freeze):
    """Ilse makes an edition that leaves on 9 March; Anna is asked to write."""
    freeze("2027-02-01 10:00")
    with transaction() as session:
        cast = make_cast()
        edition = make_edition(make_newsletter(), subject="Nieuws van maart")
        edition.send_on = edition.created_at.date().replace(month=3, day=9)
        session.flush()
        return SimpleNamespace(
            cast=cast,
            number=edition.id,
            at=f"/manage/editions/{edition.id}/contributions",
            anna=cast.anna.person_id,
            ilse=actor_of(cast.ilse),
        )


@pytest.fixture
def ilse(app, sign_in, story):
    return sign_in(app.test_client(), story.cast.ilse)


@pytest.fixture
def anna(app, sign_in, story):
    return sign_in(app.test_client(), story.cast.anna)


def question(story, **values):
    data = {"author": story.anna, "brief": "Iets over vervoer.", "due_on": "2027-02-16"}
    return {**data, **values}


def ask(client, story, **values):
    return client.post(story.at, data=question(story, **values), follow_redirects=True)


def piece_of(transaction):
    with transaction() as session:
        return session.scalars(select(Contribution)).one_or_none()


@pytest.fixture
def asked(story, ilse, transaction):
    """The address of the page of a piece that Anna was asked for."""
    check_page(ask(ilse, story))
    return f"/manage/contributions/{piece_of(transaction).id}"


def words(transaction, **values):
    data = {"title": "De belbus", "body": "<p>De bus rijdt weer.</p>"}
    return {**data, "version": piece_of(transaction).version, **values}


def hand_in(client, asked, transaction, **values):
    data = words(transaction, hand_in="1", **values)
    return client.post(asked, data=data, follow_redirects=True)


def mails(transaction, template):
    with transaction() as session:
        found = session.scalars(select(Message).where(Message.template == template)).all()
        return [(one.name, compose(one)) for one in found]


@pytest.fixture
def taken(asked, anna, ilse, transaction):
    """The same page, once the piece was handed in and taken in."""
    hand_in(anna, asked, transaction)
    ilse.post(f"{asked}/take-in", data={"kind": "article"})
    return asked


def picture():
    target = BytesIO()
    Image.new("RGB", (40, 30), "teal").save(target, "PNG")
    return target.getvalue()


def test_who_is_asked_gets_one_mail_that_leads_to_the_form(story, asked, transaction):
    ((name, mail),) = mails(transaction, "contribution_asked")
    assert name == "Anna de Vries"
    assert "Iets over vervoer." in mail.text
    assert "dinsdag 16 februari 2027" in mail.text
    assert asked in mail.text


def test_the_same_form_twice_asks_nobody_twice(story, ilse, transaction):
    for _ in range(2):
        ilse.post(story.at, data=question(story, form_key="k" * 20))
    assert piece_of(transaction) is not None
    assert len(mails(transaction, "contribution_asked")) == 1


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
def test_what_is_wrong_with_a_question_is_told_beside_the_field(story, ilse, transaction, wrong):
    page = check_page(ilse.post(story.at, data=question(story, **wrong)), 422)
    assert "field__error" in page
    assert piece_of(transaction) is None


def test_a_participant_can_not_be_asked(story, ilse, transaction):
    check_page(ilse.post(story.at, data=question(story, author=story.cast.petra.id)), 422)


def test_what_is_kept_is_not_seen_as_handed_in(asked, anna, transaction):
    page = check_page(anna.post(asked, data=words(transaction, body=""), follow_redirects=True))
    assert "De redactie ziet het nog niet" in page
    assert piece_of(transaction).state == "asked"
    assert piece_of(transaction).title == "De belbus"
    assert mails(transaction, "contribution_news") == []


def test_handing_in_tells_who_asked_once(asked, anna, transaction):
    check_page(hand_in(anna, asked, transaction))
    hand_in(anna, asked, transaction)
    assert piece_of(transaction).state == "written"
    ((name, mail),) = mails(transaction, "contribution_news")
    assert name == "Ilse Meijer"
    assert "Anna de Vries heeft een stuk ingeleverd" in mail.subject


@pytest.mark.parametrize(
    "wrong", [{"title": ""}, {"body": "<p> </p>"}, {"title": "x" * 500}, {"body": "x" * 70_000}]
)
def test_what_is_missing_is_told_and_nothing_typed_is_lost(asked, anna, transaction, wrong):
    typed = {"title": "Mijn titel", "body": "<p>Mijn tekst</p>", **wrong}
    page = check_page(hand_in(anna, asked, transaction, **typed), 422, largest=200_000)
    assert "field__error" in page
    assert "Mijn t" in page
    assert piece_of(transaction).state == "asked"


def test_html_that_could_harm_goes_out_of_a_piece(asked, anna, transaction):
    hand_in(anna, asked, transaction, body="<p onclick=x>Dag<script>alert(1)</script></p>")
    assert piece_of(transaction).body == "<p>Dag</p>"


def test_two_windows_of_one_author_do_not_overwrite_each_other(asked, anna, transaction):
    old = words(transaction, title="Oud venster")
    anna.post(asked, data=words(transaction))
    page = check_page(anna.post(asked, data=old), 409)
    assert "Oud venster" in page
    assert piece_of(transaction).title == "De belbus"


def test_a_picture_goes_along_with_a_description(asked, anna, transaction):
    file = (BytesIO(picture()), "bus.png")
    page = check_page(hand_in(anna, asked, transaction, picture=file), 422)
    assert "field__error" in page
    file = (BytesIO(picture()), "bus.png")
    check_page(hand_in(anna, asked, transaction, picture=file, alternative="De belbus"))
    kept = piece_of(transaction)
    assert kept.picture_id is not None
    assert kept.alternative == "De belbus"


def test_a_drawing_with_script_is_no_picture(asked, anna, transaction):
    file = (BytesIO(b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"), "x.png")
    page = check_page(hand_in(anna, asked, transaction, picture=file), 422)
    assert "field__error" in page
    assert piece_of(transaction).picture_id is None


def test_an_author_may_say_no_and_change_her_mind(asked, anna, transaction):
    check_page(anna.post(f"{asked}/decline", data={"no-remark": "Druk"}, follow_redirects=True))
    assert piece_of(transaction).state == "declined"
    assert "kan het stuk niet schrijven" in mails(transaction, "contribution_news")[0][1].subject
    check_page(hand_in(anna, asked, transaction))
    assert piece_of(transaction).state == "written"


@pytest.mark.parametrize("what", ["", "/decline", "/agree", "/comment"])
def test_nobody_writes_under_anothers_name(asked, ilse, transaction, what):
    assert ilse.post(f"{asked}{what}", data=words(transaction)).status_code == 403


def test_a_piece_is_not_there_for_other_advisors(asked, app, sign_in, story):
    bram = sign_in(app.test_client(), story.cast.bram)
    assert bram.get(asked).status_code == 404
    assert bram.post(f"{asked}/take-in", data={"kind": "article"}).status_code == 404
    assert bram.get(story.at).status_code == 403


def test_an_author_does_not_take_in_her_own_piece(asked, anna, transaction):
    hand_in(anna, asked, transaction)
    assert anna.post(f"{asked}/take-in", data={"kind": "article"}).status_code == 403


@pytest.mark.parametrize("kind", ["article", "practice", "blog", "text"])
def test_the_editor_takes_a_piece_in_as_what_it_should_become(asked, anna, ilse, transaction, kind):
    hand_in(anna, asked, transaction)
    ilse.post(f"{asked}/take-in", data={"kind": kind})
    with transaction() as session:
        (block,) = session.scalars(select(Block)).all()
    assert block.kind == kind
    assert "De bus rijdt weer." in block.data["html"]
    assert "De belbus" in (block.data.get("title") or block.data["html"])
    assert block.contribution_id == piece_of(transaction).id
    assert piece_of(transaction).state == "taken"


def test_a_piece_is_taken_in_once(taken, ilse, transaction):
    assert ilse.post(f"{taken}/take-in", data={"kind": "blog"}).status_code == 409
    with transaction() as session:
        assert len(session.scalars(select(Block)).all()) == 1


def test_what_was_not_handed_in_is_not_taken_in(asked, ilse):
    assert ilse.post(f"{asked}/take-in", data={"kind": "article"}).status_code == 409


def test_an_author_does_not_rewrite_what_was_taken_in(taken, anna, transaction):
    check_page(anna.post(taken, data=words(transaction, title="Toch anders")), 409)
    assert piece_of(transaction).title == "De belbus"


def edit(transaction, story, text):
    with transaction() as session:
        (block,) = session.scalars(select(Block)).all()
        composing.change_block(
            story.ilse, block, version=block.version, data={"html": f"<p>{text}</p>"}
        )


def test_the_author_sees_the_edited_text_with_the_request_for_a_sign_off(
    story, taken, anna, ilse, transaction
):
    edit(transaction, story, "De belbus rijdt weer elke dag.")
    ilse.post(f"/manage/editions/{story.number}/sign-off/ask")
    ((name, mail),) = mails(transaction, "contribution_edited")
    assert name == "Anna de Vries"
    assert taken in mail.text
    assert "De belbus rijdt weer elke dag." in check_page(anna.get(taken))


def block_version(transaction):
    with transaction() as session:
        return session.scalars(select(Block)).one().version


def test_the_author_agrees_and_the_editors_know(story, taken, anna, ilse, transaction):
    version = block_version(transaction)
    check_page(anna.post(f"{taken}/agree", data={"block_version": version}, follow_redirects=True))
    assert piece_of(transaction).state == "seen"
    assert "Gezien door de schrijver" in check_page(ilse.get(story.at))


def test_what_changed_while_it_was_read_is_not_agreed(story, taken, anna, transaction):
    version = block_version(transaction)
    edit(transaction, story, "Heel anders.")
    page = check_page(
        anna.post(f"{taken}/agree", data={"block_version": version}, follow_redirects=True)
    )
    assert "veranderd terwijl je las" in page
    assert piece_of(transaction).state == "taken"


def test_a_change_after_the_author_agreed_is_shown_again(
    story, taken, anna, ilse, transaction, freeze
):
    anna.post(f"{taken}/agree", data={"block_version": block_version(transaction)})
    freeze("2027-02-01 10:30")
    edit(transaction, story, "Toch nog anders.")
    page = check_page(ilse.post(f"{taken}/show", follow_redirects=True))
    assert "krijgt een mail om naar de tekst te kijken" in page
    assert len(mails(transaction, "contribution_edited")) == 1
    ilse.post(f"{taken}/show")
    assert len(mails(transaction, "contribution_edited")) == 1


def test_the_author_tells_what_should_be_different(story, taken, anna, ilse, transaction):
    data = {"remark-remark": "Het is <i>elke</i> dag."}
    check_page(anna.post(f"{taken}/comment", data=data, follow_redirects=True))
    assert "Het is &lt;i&gt;elke&lt;/i&gt; dag." in check_page(ilse.get(story.at))
    subjects = [mail.subject for _, mail in mails(transaction, "contribution_news")]
    assert any("wil graag iets anders zien" in one for one in subjects)


def test_a_remark_without_words_is_refused(taken, anna):
    page = check_page(anna.post(f"{taken}/comment", data={"remark-remark": " "}), 422)
    assert "field__error" in page


def test_a_piece_whose_block_was_taken_away_can_be_taken_in_again(story, taken, ilse, transaction):
    with transaction() as session:
        (block,) = session.scalars(select(Block)).all()
        composing.drop_block(story.ilse, block)
    assert "het onderdeel is weggehaald" in check_page(ilse.get(story.at))
    ilse.post(f"{taken}/take-in", data={"kind": "blog"})
    with transaction() as session:
        assert [block.kind for block in session.get(Edition, story.number).blocks] == ["blog"]


def test_a_question_that_is_withdrawn_is_not_mailed_any_more(story, asked, ilse, anna, transaction):
    check_page(ilse.post(f"{asked}/withdraw", follow_redirects=True))
    assert piece_of(transaction) is None
    assert anna.get(asked).status_code == 404
    with transaction() as session:
        assert session.scalars(select(Message.state)).all() == ["cancelled"]


def test_what_was_written_is_not_withdrawn(asked, anna, ilse, transaction):
    hand_in(anna, asked, transaction)
    assert ilse.post(f"{asked}/withdraw").status_code == 409


def test_the_pages_are_right_when_the_edition_stands_fast(story, taken, anna, ilse, transaction):
    with transaction() as session:
        session.get(Edition, story.number).status = "signed_off"
    for client, place in ((anna, taken), (ilse, taken), (ilse, story.at)):
        check_page(client.get(place))
    assert ilse.post(story.at, data=question(story)).status_code == 409
    data = {"remark-remark": "Te laat?"}
    assert anna.post(f"{taken}/comment", data=data).status_code == 409


def test_many_pieces_do_not_make_many_questions(story, ilse, transaction, statements):
    with transaction() as session:
        for number in range(40):
            session.add(
                Contribution(
                    edition_id=story.number,
                    author_person_id=story.anna,
                    title=f"Stuk {number}",
                    brief="Iets",
                )
            )
    with statements() as asked:
        check_page(ilse.get(story.at))
    assert len(asked) <= 8, asked


def test_authors_who_have_not_looked_are_named_at_the_sign_off(story, taken, ilse):
    page = check_page(ilse.get(f"/manage/editions/{story.number}/sign-off"))
    assert "1 schrijver heeft nog niet gezegd" in page
    assert "Anna de Vries" in page


def test_taking_in_makes_a_sign_off_worth_nothing(story, asked, anna, ilse, transaction):
    hand_in(anna, asked, transaction)
    with transaction() as session:
        before = session.get(Edition, story.number).content_version
    ilse.post(f"{asked}/take-in", data={"kind": BlockKind.ARTICLE.value})
    with transaction() as session:
        edition = session.get(Edition, story.number)
        assert edition.content_version > before
        assert not sign_off.is_signed_off(edition)
