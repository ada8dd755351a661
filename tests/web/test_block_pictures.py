"""Pictures in blocks: uploaded, described, chosen once more, taken away; those nobody uses go."""

from datetime import timedelta
from io import BytesIO
from types import SimpleNamespace

import pytest
import time_machine
from PIL import Image
from sqlalchemy import select

from eventsapp.background import jobs
from eventsapp.core.dates import now
from eventsapp.newsletters.kinds import BlockKind
from eventsapp.newsletters.models import ArchivePage, Block, Contribution, Newsletter, Picture
from tests.checks import check_page
from tests.factories import make_cast
from tests.newsletters import make_block, make_edition, make_picture

PART = {"HX-Request": "true"}


@pytest.fixture
def story(transaction):
    with transaction():
        cast = make_cast()
        edition = make_edition()
        article = make_block(edition, BlockKind.ARTICLE, title="Vervoer", html="<p>Lang</p>")
        return SimpleNamespace(**vars(cast), edition=edition, article=article.id)


@pytest.fixture
def ilse(client, story, sign_in):
    return sign_in(client, story.ilse)


@pytest.fixture
def read(transaction):
    """Read a block as it is kept."""

    def read(number):
        with transaction() as session:
            session.expire_all()
            return session.get(Block, number)

    return read


@pytest.fixture
def old(transaction):
    """A picture that somebody used before, with its description."""
    with transaction():
        picture = make_picture("teal")
        picture.name, picture.alternative = "IMG_2041.jpg", "Riet schenkt koffie in Zwolle"
        picture.search_key = "img 2041 jpg riet schenkt koffie in zwolle"
        return picture.id


def _typed(number, **values):
    """What a form sends: each name begins with its block."""
    values.setdefault("version", "1")
    return {f"b{number}-{name}": value for name, value in values.items()}


def _photo():
    target = BytesIO()
    Image.new("RGB", (900, 600), "green").save(target, "JPEG")
    target.seek(0)
    return target


def test_a_picture_is_taken_as_soon_as_it_is_chosen(ilse, story, transaction):
    answer = ilse.post("/manage/pictures/", data={"file": (_photo(), "foto.jpg")})
    assert (answer.json["width"], answer.json["height"]) == (900, 600)
    assert ilse.get(answer.json["address"]).status_code == 200
    with transaction() as session:
        assert session.get(Picture, answer.json["id"]).name == "foto.jpg"


def test_a_drawing_with_a_script_is_refused(ilse, story):
    drawing = BytesIO(b"<svg xmlns='http://www.w3.org/2000/svg'><script>x()</script></svg>")
    answer = ilse.post("/manage/pictures/", data={"file": (drawing, "foto.png")})
    assert answer.status_code == 422
    assert "SVG kan niet" in answer.json["words"]


def test_a_picture_comes_along_with_the_form_without_script(ilse, story, read):
    data = _typed(story.article, title="Met foto")
    data[f"b{story.article}-picture_file"] = (_photo(), "foto.jpg")
    answer = ilse.post(f"/manage/blocks/{story.article}", data=data)
    page = check_page(ilse.get(answer.location.partition("#")[0]))
    assert "/small" in page
    assert "Beschrijf de afbeelding" in page
    assert read(story.article).data["picture_id"]


def test_a_file_that_is_no_picture_is_told_beside_the_field(ilse, story):
    data = _typed(story.article, title="Met foto")
    data[f"b{story.article}-picture_file"] = (BytesIO(b"MZ"), "foto.jpg")
    page = check_page(ilse.post(f"/manage/blocks/{story.article}", data=data), 422)
    assert "beschadigd" in page
    assert 'value="Met foto"' in page


def test_a_picture_is_taken_away(ilse, story, transaction, read):
    with transaction() as session:
        block = session.get(Block, story.article)
        block.data = {**block.data, "picture_id": make_picture().id}
    version = str(read(story.article).version)
    data = _typed(story.article, picture_gone="y", version=version)
    ilse.post(f"/manage/blocks/{story.article}", data=data)
    assert read(story.article).data["picture_id"] is None


def test_earlier_pictures_are_shown_with_how_they_were_described(ilse, story, old):
    page = check_page(ilse.get(f"/manage/blocks/{story.article}/picture"))
    assert "Riet schenkt koffie in Zwolle" in page
    part = ilse.get(f"/manage/blocks/{story.article}/picture", headers=PART).text
    assert "<html" not in part
    assert 'data-alternative="Riet schenkt koffie in Zwolle"' in part


@pytest.mark.parametrize(("words", "is_found"), [
    ("Koffie", True), ("zwolle riet", True), ("2041", True), ("kóffie", True),
    ("%", True), ("thee", False), ("<script>", False),
])  # fmt: skip
def test_pictures_are_found_by_their_words(ilse, story, old, words, is_found):
    answer = ilse.get(f"/manage/blocks/{story.article}/picture", query_string={"q": words})
    assert ("Riet schenkt" in check_page(answer)) == is_found


def test_an_earlier_picture_comes_with_its_description(ilse, story, old, read):
    path = f"/manage/blocks/{story.article}/picture"
    answer = ilse.post(path, data={"picture": old})
    page = check_page(ilse.get(answer.location.partition("#")[0]))
    assert 'value="Riet schenkt koffie in Zwolle"' in page
    assert read(story.article).data["picture_id"] == old


def test_the_description_of_another_picture_does_not_stay(ilse, story, old, transaction, read):
    with transaction() as session:
        other = make_picture("red").id
        block = session.get(Block, story.article)
        block.data = {**block.data, "picture_id": other, "alternative": "Een rode bus"}
        session.get(Picture, old).alternative = ""
    ilse.post(f"/manage/blocks/{story.article}/picture", data={"picture": old})
    assert read(story.article).data["alternative"] == ""


def test_choosing_without_script_keeps_what_was_typed(ilse, story, read):
    data = _typed(story.article, title="Half getypt", choose="1")
    data["choose"] = "1"
    answer = ilse.post(f"/manage/blocks/{story.article}", data=data)
    assert answer.location.endswith(f"/manage/blocks/{story.article}/picture")
    assert read(story.article).data["title"] == "Half getypt"


def test_choosing_before_the_script_has_come_leads_to_the_pictures_as_well(ilse, story, read):
    data = {**_typed(story.article, title="Half getypt"), "choose": "1"}
    answer = ilse.post(f"/manage/blocks/{story.article}", data=data, headers=PART)
    assert answer.headers["HX-Redirect"].endswith(f"/manage/blocks/{story.article}/picture")
    assert read(story.article).data["title"] == "Half getypt"


def test_a_picture_that_is_no_more_is_told_and_the_old_one_stays(ilse, story, old, read):
    ilse.post(f"/manage/blocks/{story.article}/picture", data={"picture": old})
    version = str(read(story.article).version)
    data = _typed(story.article, picture_id="99999", version=version)
    page = check_page(ilse.post(f"/manage/blocks/{story.article}", data=data), 422)
    assert "Deze afbeelding is er niet meer" in page
    assert read(story.article).data["picture_id"] == old
    gone = ilse.post(f"/manage/blocks/{story.article}/picture", data={"picture": "99999"})
    assert gone.status_code == 404


def test_what_an_editor_wrote_describes_the_picture_next_time(ilse, story, old):
    data = _typed(story.article, picture_id=old, alternative="Twee buren aan tafel")
    ilse.post(f"/manage/blocks/{story.article}", data=data)
    path = f"/manage/blocks/{story.article}/picture"
    assert "Twee buren aan tafel" in check_page(ilse.get(path, query_string={"q": "buren"}))


def test_many_pictures_are_leafed_through(ilse, story, transaction, statements):
    with transaction() as session:
        for number in range(30):
            session.add(Picture(
                digest=f"{number:064d}", name=f"foto{number}.jpg", type="image/jpeg",
                width=900, height=600, octets=1,
            ))  # fmt: skip
    path = f"/manage/blocks/{story.article}/picture"
    with statements() as asked:
        page = check_page(ilse.get(path))
    assert page.count('name="picture"') == 24
    assert "Oudere afbeeldingen" in page
    assert len(asked) <= 8


def test_an_advisor_of_another_region_chooses_nothing(app, story, old, sign_in):
    bram = sign_in(app.test_client(), story.bram)
    path = f"/manage/blocks/{story.article}/picture"
    assert bram.get(path).status_code == 403
    assert bram.post(path, data={"picture": old}).status_code == 403


LATER = timedelta(days=91)


def _run_later(app):
    with time_machine.travel(now() + LATER, tick=False), app.app_context():
        assert jobs.run(next(one for one in jobs.TABLE if one.name == "forget-pictures"))


def _is_there(transaction, number):
    with transaction() as session:
        session.expire_all()
        return session.get(Picture, number) is not None


def test_a_picture_that_nobody_uses_is_deleted_in_the_end(app, story, old, transaction):
    with app.app_context():
        jobs.run(next(one for one in jobs.TABLE if one.name == "forget-pictures"))
    assert _is_there(transaction, old)
    _run_later(app)
    assert not _is_there(transaction, old)


@pytest.mark.parametrize("use", ["block", "dropped", "masthead", "piece", "archive"])
def test_a_picture_in_use_is_never_deleted(app, story, old, transaction, use):
    with transaction() as session:
        block = session.get(Block, story.article)
        picture = session.get(Picture, old)
        if use in ("block", "dropped"):
            block.data = {**block.data, "picture_id": old}
            block.dropped_at = now() if use == "dropped" else None
        elif use == "masthead":
            session.scalars(select(Newsletter)).one().masthead_picture_id = old
        elif use == "piece":
            session.add(Contribution(
                edition_id=story.edition.id, author_person_id=story.anna.person_id, picture_id=old
            ))  # fmt: skip
        else:
            address = f"https://example.org/pictures/{picture.digest}/large"
            frozen = [{"kind": "picture", "data": {"picture": {"address": address}}}]
            session.add(ArchivePage(edition_id=story.edition.id, title="Maart", blocks=frozen))
    _run_later(app)
    assert _is_there(transaction, old)
    _run_later(app)  # seen in use a moment ago
    assert _is_there(transaction, old)


def test_a_picture_that_was_used_stays_for_a_while_afterwards(app, story, old, transaction):
    with transaction() as session:
        block = session.get(Block, story.article)
        block.data = {**block.data, "picture_id": old}
    _run_later(app)
    with transaction() as session:
        session.delete(session.get(Block, story.article))
        used_at = session.get(Picture, old).used_at
    assert used_at > now() + timedelta(days=80)
