"""Pictures of editions: kept once, handed out to anybody, without counting."""

from io import BytesIO

from PIL import Image

from eventsapp.core.actor import SYSTEM
from eventsapp.newsletters import pictures
from eventsapp.newsletters.models import Picture, PictureFile
from tests.newsletters import make_picture


def test_the_same_picture_is_kept_once(transaction):
    with transaction() as session:
        assert make_picture("navy").id == make_picture("navy").id
        make_picture("red")
        assert session.query(Picture).count() == 2
        assert session.query(PictureFile).count() == 4


def test_a_picture_is_handed_out_for_ever_and_can_run_nothing(client, transaction):
    with transaction():
        digest = make_picture().digest
    answer = client.get(f"/pictures/{digest}/large")
    assert answer.status_code == 200
    assert Image.open(BytesIO(answer.data)).size == (600, 400)
    assert "immutable" in answer.headers["Cache-Control"]
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_a_picture_that_is_not_there_is_not_found(client, transaction):
    with transaction():
        digest = make_picture().digest
    for path in (f"{digest}/huge", f"{'0' * 64}/large", f"{digest}/%00", f"{digest}x/small"):
        assert client.get(f"/pictures/{path}").status_code == 404


def test_mails_get_a_full_address_and_the_size(transaction):
    with transaction():
        picture = make_picture()
        shown = pictures.shown([picture.id, 0, 999])
        assert list(shown) == [picture.id]
        assert shown[picture.id].address.endswith(f"/pictures/{picture.digest}/large")
        assert shown[picture.id].address.startswith("http")
        assert shown[picture.id][1:] == (600, 400)


def test_a_picture_knows_who_uploaded_it_and_how_it_was_called(transaction):
    with transaction():
        assert make_picture().name == "foto.png"
        assert make_picture().uploaded_by is SYSTEM.person_id
