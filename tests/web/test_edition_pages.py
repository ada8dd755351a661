"""Editions on the screen: begun, given a subject, copied, opened again, dropped, and set."""

from dataclasses import asdict
from threading import Thread
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from eventsapp.core.db import db
from eventsapp.newsletters import newsletters
from eventsapp.newsletters.edition_words import EditionWords
from eventsapp.newsletters.kinds import BlockKind
from eventsapp.newsletters.models import Block, Edition, Newsletter
from tests.checks import check_page
from tests.factories import make_cast
from tests.newsletters import make_block, make_edition, make_newsletter


@pytest.fixture
def story(transaction):
    with transaction():
        cast = make_cast()
        newsletter = make_newsletter()
        edition = make_edition(newsletter, subject="Samen eten")
        make_block(edition, BlockKind.HEADING, text="Uit de regio")
        make_block(edition, BlockKind.TEXT, html="<p>Dag allemaal</p>")
        return SimpleNamespace(**vars(cast), newsletter=newsletter, edition=edition)


@pytest.fixture
def ilse(client, story, sign_in):
    return sign_in(client, story.ilse)


@pytest.fixture
def anna(app, story, sign_in):
    return sign_in(app.test_client(), story.anna)


def _path(story, more=""):
    return f"/manage/editions/{story.edition.id}{more}"


def test_an_editor_finds_the_editions_and_begins_the_next(ilse, story, transaction):
    assert "Nieuwsbrief van maart" in check_page(ilse.get("/manage/newsletters/"))
    check_page(ilse.get("/manage/editions/new"))
    answer = ilse.post("/manage/editions/new", data={"title": "Nieuwsbrief van mei"})
    page = check_page(ilse.get(answer.location))
    assert "Uit de regio" in page
    assert "Dag allemaal" not in page
    with transaction() as session:
        kinds = session.scalars(
            select(Block.kind).join(Edition).where(Edition.title == "Nieuwsbrief van mei")
        ).all()
    assert kinds == ["heading", "text"]


def test_the_first_newsletter_is_made_when_there_is_none(app, transaction, sign_in):
    with transaction():
        cast = make_cast()
    ilse = sign_in(app.test_client(), cast.ilse)
    check_page(ilse.get("/manage/newsletters/"))
    ilse.post("/manage/editions/new", data={"title": "De eerste"})
    with transaction() as session:
        assert session.scalars(select(Newsletter.name)).all() == ["Nieuwsbrief"]


def test_a_double_click_begins_one_edition(ilse, story, transaction):
    for _ in range(2):
        ilse.post("/manage/editions/new", data={"title": "Mei", "form_key": "same"})
    with transaction() as session:
        assert len(session.scalars(select(Edition).where(Edition.title == "Mei")).all()) == 1


def test_an_edition_without_a_name_is_not_begun(ilse):
    assert "Geef de nieuwsbrief een titel" in check_page(
        ilse.post("/manage/editions/new", data={"title": " "}), 422
    )


def test_an_advisor_writes_to_the_own_region(anna, story, transaction):
    page = check_page(anna.get("/manage/editions/new"))
    assert "Noord" in page
    assert "Zuid" not in page
    data = {"title": "Verplaatst", "region_id": story.noord.id}
    answer = anna.post("/manage/editions/new", data=data)
    page = check_page(anna.get(answer.location))
    assert "Klaar" in page
    assert 'name="subject" type="text" value="Verplaatst"' in page
    data["region_id"] = story.zuid.id
    check_page(anna.post("/manage/editions/new", data=data), 403)


def test_two_who_ask_for_the_first_newsletter_at_once_get_the_same(app, transaction):
    made = []

    def ask():
        with app.app_context():
            made.append(newsletters.first_newsletter().id)
            db.session.commit()

    with transaction():
        first = newsletters.first_newsletter().id
        other = Thread(target=ask)
        other.start()
        other.join(0.5)  # it waits for us to end; what it finds does not depend on it
    other.join(120)
    assert made == [first]


def test_what_was_not_sent_has_no_figures_yet(ilse, story, transaction):
    assert "Achteraf" not in check_page(ilse.get(_path(story)))
    with transaction() as session:
        session.get(Edition, story.edition.id).status = "sent"
    assert "Achteraf" in check_page(ilse.get(_path(story)))


def test_a_message_to_a_region_needs_a_region(ilse):
    data = {"title": "Verplaatst", "kind": "regional", "region_id": ""}
    assert "Kies de regio" in check_page(ilse.post("/manage/editions/new", data=data), 422)


def test_an_advisor_reads_an_edition_and_changes_nothing(anna, story):
    page = check_page(anna.get(_path(story)))
    assert "Dag allemaal" in page
    assert "Wijzigen" not in page
    assert "Onderdeel toevoegen" not in page


def _words(title="Nieuwsbrief van maart", subject="Samen eten", preview_line=""):
    return EditionWords(title, subject, preview_line)


def _form(words, seen):
    return {**asdict(words), "version": seen.marks}


def test_the_subject_is_kept_while_somebody_types(ilse, story, transaction):
    typed = _words(subject="Nieuw", preview_line="Zo")
    answer = ilse.post(_path(story, "/autosave"), data=_form(typed, _words()))
    assert answer.json["version"] == typed.marks
    assert answer.json["words"].startswith("Bewaard om")
    with transaction() as session:
        assert session.get(Edition, story.edition.id).subject == "Nieuw"


def test_the_second_of_two_editors_is_told_and_loses_nothing(ilse, story, transaction):
    ilse.post(_path(story), data=_form(_words(subject="Van een"), _words()))
    mine = _form(_words(subject="Van mij"), _words())
    assert ilse.post(_path(story, "/autosave"), data=mine).status_code == 409
    page = check_page(ilse.post(_path(story), data=mine), 409)
    assert "Van mij" in page
    assert "Nu staat er: Van een" in page
    seen = _words(subject="Van een").marks
    assert f'value="{seen}"' in page
    ilse.post(_path(story), data={**mine, "version": seen})
    with transaction() as session:
        assert session.get(Edition, story.edition.id).subject == "Van mij"


def test_two_who_change_other_words_meet_no_conflict(ilse, story, transaction):
    ilse.post(_path(story), data=_form(_words(subject="Van een"), _words()))
    path = _path(story, "/autosave")  # the form still shows the old subject
    answer = ilse.post(path, data=_form(_words(preview_line="Zo"), _words()))
    assert answer.status_code == 200
    with transaction() as session:
        edition = session.get(Edition, story.edition.id)
        assert (edition.subject, edition.preview_line) == ("Van een", "Zo")


def test_a_change_of_state_is_no_conflict_for_who_types(ilse, story, transaction):
    with transaction() as session:
        edition = session.get(Edition, story.edition.id)
        edition.status, edition.remark = "review", "Bijna goed"
    typed = _words(subject="Toch anders")
    answer = ilse.post(_path(story, "/autosave"), data=_form(typed, _words()))
    assert answer.status_code == 200


def test_a_subject_that_is_too_long_is_told_beside_the_field(ilse, story):
    data = {"title": "Maart", "subject": "x" * 10_000, "version": ""}
    assert "hooguit 200" in check_page(ilse.post(_path(story), data=data), 422)


def test_a_copy_is_a_draft_with_the_same_words(ilse, story):
    check_page(ilse.get(_path(story, "/copy")))
    answer = ilse.post(_path(story, "/copy"), data={"title": "Nog eens"})
    assert "Dag allemaal" in check_page(ilse.get(answer.location))


def test_a_signed_off_edition_is_opened_again_first(ilse, story, transaction):
    with transaction() as session:
        session.get(Edition, story.edition.id).status = "signed_off"
    page = check_page(ilse.get(_path(story)))
    assert "Opnieuw openen" in page
    assert "Wijzigen" not in page
    check_page(ilse.post(_path(story), data={"title": "Anders", "version": "9"}), 409)
    ilse.post(_path(story, "/reopen"))
    assert "Wijzigen" in check_page(ilse.get(_path(story)))


def test_an_edition_is_dropped_and_taken_up_again(ilse, story):
    ilse.post(_path(story, "/drop"))
    assert "Weer opnemen" in check_page(ilse.get(_path(story)))
    assert "Nieuwsbrief van maart" not in check_page(ilse.get("/manage/newsletters/"))
    assert "Nieuwsbrief van maart" in check_page(ilse.get("/manage/newsletters/?state=dropped"))
    ilse.post(_path(story, "/take-up"))
    assert "Wijzigen" in check_page(ilse.get(_path(story)))


SETTINGS = {
    "name": "Nieuwsbrief", "language": "nl", "every_months": "3", "send_at": "10:00",
    "opens_days": "40", "contributions_days": "20", "review_days": "9", "sign_off_days": "2",
    "late_hours": "12", "is_active": "y", "version": "1", "next_on": "2027-03-02",
}  # fmt: skip


def test_an_editor_sets_the_rhythm_but_not_who_agrees(ilse, story, transaction):
    path = f"/manage/newsletters/{story.newsletter.id}"
    assert "geeft akkoord" not in check_page(ilse.get(path))
    assert ilse.post(path, data=SETTINGS).status_code == 303
    with transaction() as session:
        kept = session.get(Newsletter, story.newsletter.id)
        assert (kept.every_months, kept.needs_second) == (3, True)
        assert kept.next_on.isoformat() == "2027-03-02"


def test_a_coordinator_says_who_agrees(app, story, sign_in, transaction):
    kees = sign_in(app.test_client(), story.kees)
    path = f"/manage/newsletters/{story.newsletter.id}"
    assert "geeft akkoord" in check_page(kees.get(path))
    kees.post(path, data=SETTINGS)  # both boxes are left unticked
    with transaction() as session:
        assert not session.get(Newsletter, story.newsletter.id).needs_second


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("every_months", "0", "getal in van 1 tot en met 24"),
        ("every_months", "veel", "getal"),
        ("contributions_days", "60", "fewer days"),
        ("reply_to", "geen adres", "e-mailadres"),
        ("name", "x" * 500, "hooguit 120"),
        ("version", "7", "intussen"),
    ],
)
def test_settings_that_can_not_be_are_told_beside_the_field(ilse, story, field, value, words):
    path = f"/manage/newsletters/{story.newsletter.id}"
    status = 409 if field == "version" else 422
    page = check_page(ilse.post(path, data={**SETTINGS, field: value}), status)
    assert words.replace("fewer days", "minder dagen") in page


def test_a_second_newsletter_has_an_address_of_its_own(ilse, story, transaction):
    answer = ilse.post("/manage/newsletters/new", data=SETTINGS)
    assert answer.status_code == 303
    with transaction() as session:
        assert len(set(session.scalars(select(Newsletter.slug)))) == 2
    assert "Nieuwsbrief" in check_page(ilse.get("/manage/newsletters/"))
    assert "newsletter_id" in check_page(ilse.get("/manage/editions/new"))
