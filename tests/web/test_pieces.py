"""The author of a piece: writes it, hands it in, says no, sees the edited text and agrees."""

from io import BytesIO

import pytest

from eventsapp.newsletters.models import Edition
from tests.checks import check_page
from tests.pieces import picture


def test_what_is_kept_is_not_seen_as_handed_in(asked):
    page = check_page(asked.keep(body=""))
    assert "De redactie ziet het nog niet" in page
    assert asked.piece.state == "asked"
    assert asked.piece.title == "De belbus"
    assert asked.mails("contribution_news") == []


def autosave(desk, **values):
    return desk.anna.post(f"{desk.at}/autosave", data=desk.words(**values))


def test_what_is_typed_keeps_itself(asked):
    told = autosave(asked, title="Half af").get_json()
    assert told["words"] == "Bewaard om 10.00 uur"
    assert told["version"] == str(asked.piece.version)
    assert asked.piece.title == "Half af"
    assert asked.mails("contribution_news") == []


def test_a_form_may_overwrite_what_it_kept_itself_and_never_heard_of(asked):
    old = asked.piece.version
    autosave(asked, title="Een", pen="p" * 20, version=old)
    assert autosave(asked, title="Twee", pen="p" * 20, version=old).status_code == 200
    assert asked.piece.title == "Twee"


def test_keeping_by_itself_stops_where_another_window_kept_something_else(asked):
    old = asked.piece.version
    autosave(asked, title="Telefoon")
    answer = autosave(asked, title="Laptop", pen="q" * 20, version=old)
    assert answer.status_code == 409
    assert asked.piece.title == "Telefoon"


def test_too_long_a_text_is_not_kept_by_itself_and_said(asked):
    answer = autosave(asked, title="x" * 500)
    assert answer.status_code == 422
    assert "te lang" in answer.get_json()["words"]


def test_what_is_not_handed_in_is_its_authors_alone(asked):
    asked.keep(title="Nog geheim", body="<p>Onaf.</p>")
    for place in (asked.at, asked.list_at):
        page = check_page(asked.ilse.get(place))
        assert "Nog geheim" not in page
        assert "Onaf." not in page


def test_handing_in_tells_who_asked_once(asked):
    check_page(asked.hand_in())
    asked.hand_in()
    assert asked.piece.state == "written"
    ((name, mail),) = asked.mails("contribution_news")
    assert name == "Ilse Meijer"
    assert "Anna de Vries heeft een stuk ingeleverd" in mail.subject


@pytest.mark.parametrize("wrong", [{"title": ""}, {"body": "<p> </p>"}])
def test_what_is_not_whole_is_kept_and_not_handed_in(asked, wrong):
    page = check_page(asked.hand_in(**wrong))
    assert "Bewaard, maar nog niet ingeleverd" in page
    assert "field__error" in page
    assert asked.piece.state == "asked"
    assert asked.piece.title or asked.piece.body


@pytest.mark.parametrize("wrong", [{"title": "x" * 500}, {"body": "x" * 70_000}])
def test_what_is_too_long_is_told_and_nothing_typed_is_lost(asked, wrong):
    typed = {"title": "Mijn titel", "body": "<p>Mijn tekst</p>", **wrong}
    page = check_page(asked.hand_in(**typed), 422, largest=200_000)
    assert "field__error" in page
    assert "Mijn t" in page
    assert asked.piece.state == "asked"


def test_html_that_could_harm_goes_out_of_a_piece(asked):
    asked.hand_in(body="<p onclick=x>Dag<script>alert(1)</script></p>")
    assert asked.piece.body == "<p>Dag</p>"


def test_two_windows_of_one_author_do_not_overwrite_each_other(asked):
    old = asked.words(title="Oud venster")
    asked.keep()
    page = check_page(asked.anna.post(asked.at, data=old), 409)
    assert "Oud venster" in page
    assert "De bus rijdt weer." in page
    assert asked.piece.title == "De belbus"


def test_a_picture_that_lacks_its_description_is_kept(asked):
    page = check_page(asked.hand_in(picture=picture()))
    assert "field__error" in page
    number = asked.piece.picture_id
    assert number is not None
    check_page(asked.hand_in(picture_id=number, alternative="De belbus"))
    assert (asked.piece.state, asked.piece.picture_id) == ("written", number)


def test_a_picture_is_taken_off_again(asked):
    asked.keep(picture=picture(), alternative="De belbus")
    asked.keep(picture_id=asked.piece.picture_id, remove_picture="y")
    assert asked.piece.picture_id is None


@pytest.mark.parametrize("number", ["999999", "x", "-1"])
def test_a_picture_that_is_not_there_is_none(asked, number):
    check_page(asked.keep(picture_id=number))
    assert asked.piece.picture_id is None


def test_a_drawing_with_script_is_no_picture(asked):
    file = (BytesIO(b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"), "x.png")
    page = check_page(asked.hand_in(picture=file), 422)
    assert "field__error" in page
    assert asked.piece.picture_id is None


def test_an_author_may_say_no_and_change_her_mind(asked):
    check_page(asked.press("anna", "decline", **{"no-remark": "Druk"}))
    assert asked.piece.state == "declined"
    _, mail = asked.mails("contribution_news")[0]
    assert "kan het stuk niet schrijven" in mail.subject
    assert "Druk" in mail.text
    check_page(asked.hand_in())
    assert asked.piece.state == "written"


@pytest.mark.parametrize("what", ["", "/autosave", "/decline", "/agree", "/comment"])
def test_nobody_writes_under_anothers_name(asked, what):
    assert asked.ilse.post(f"{asked.at}{what}", data=asked.words()).status_code == 403


def test_the_author_sees_until_when_a_piece_is_wanted(asked, freeze):
    for day, words in (
        ("2027-02-01 11:00", "dinsdag 16 februari 2027, over 15 dagen"),
        ("2027-02-16 10:00", "dat is vandaag"),
        ("2027-02-17 10:00", "dat is voorbij"),
    ):
        freeze(day)
        asked.sign_in()
        assert words in check_page(asked.anna.get(asked.at))


def test_an_author_does_not_rewrite_what_was_taken_in(taken):
    check_page(taken.keep(title="Toch anders"), 409)
    assert taken.piece.title == "De belbus"


def test_the_author_sees_the_edited_text_with_the_request_for_a_sign_off(taken):
    taken.edit("De belbus rijdt weer elke dag.")
    taken.ilse.post(f"/manage/editions/{taken.number}/sign-off/ask")
    ((name, mail),) = taken.mails("contribution_edited")
    assert name == "Anna de Vries"
    assert taken.at in mail.text
    assert "De belbus rijdt weer elke dag." in check_page(taken.anna.get(taken.at))


def test_the_author_agrees_and_the_editors_know(taken):
    check_page(taken.press("anna", "agree", block_version=taken.block.version))
    assert taken.piece.state == "seen"
    assert "Gezien door de schrijver" in check_page(taken.ilse.get(taken.list_at))


def test_what_changed_while_it_was_read_is_not_agreed(taken):
    version = taken.block.version
    taken.edit("Heel anders.")
    page = check_page(taken.press("anna", "agree", block_version=version))
    assert "veranderd terwijl je las" in page
    assert taken.piece.state == "taken"


def test_a_change_after_the_author_agreed_is_shown_again(taken, freeze):
    taken.press("anna", "agree", block_version=taken.block.version)
    freeze("2027-02-01 10:30")
    taken.edit("Toch nog anders.")
    page = check_page(taken.press("ilse", "show"))
    assert "krijgt een mail om naar de tekst te kijken" in page
    taken.press("ilse", "show")
    assert len(taken.mails("contribution_edited")) == 1


def test_the_author_tells_what_should_be_different(taken):
    check_page(taken.press("anna", "comment", **{"remark-remark": "Het is <i>elke</i> dag."}))
    assert "Het is &lt;i&gt;elke&lt;/i&gt; dag." in check_page(taken.ilse.get(taken.list_at))
    subjects = [mail.subject for _, mail in taken.mails("contribution_news")]
    assert any("wil graag iets anders zien" in one for one in subjects)


def test_a_remark_without_words_is_refused(taken):
    page = check_page(taken.press("anna", "comment", **{"remark-remark": " "}), 422)
    assert "field__error" in page


def test_the_pages_are_right_when_the_edition_stands_fast(taken, transaction):
    with transaction() as session:
        session.get(Edition, taken.number).status = "signed_off"
    for client, place in (
        (taken.anna, taken.at),
        (taken.ilse, taken.at),
        (taken.ilse, taken.list_at),
    ):
        check_page(client.get(place))
    assert taken.ask().status_code == 409
    assert taken.press("anna", "comment", **{"remark-remark": "Te laat?"}).status_code == 409
