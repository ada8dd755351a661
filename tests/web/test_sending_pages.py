"""The pages of sending and of afterwards, as editors, advisors and coordinators see them."""

import re
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from eventsapp.contacts.models import Subscription
from eventsapp.core.audit import AuditEntry
from eventsapp.core.dates import now
from eventsapp.core.settings import keep
from eventsapp.mail.models import Mailing, Message
from eventsapp.newsletters import afterwards, sending
from eventsapp.newsletters.kinds import BlockKind
from eventsapp.newsletters.models import Edition, SignOff
from tests.checks import check_page
from tests.factories import make_person
from tests.newsletters import make_block, make_edition, make_newsletter, make_reader


@pytest.fixture
def story(app, cast, transaction, freeze, sign_in):
    """An edition that Kees signed off, with two readers in Noord and one in Zuid."""
    freeze("2027-03-01 09:00")
    afterwards.forget()
    with transaction() as session:
        newsletter = make_newsletter()
        people = []
        for name, region, values in (
            ("Riet Bos", cast.noord, {"reader_kind": "seniors"}),
            ("Joop Vos", cast.noord, {"wants_text": True}),
            ("Ans Kok", cast.zuid, {"reader_kind": "seniors"}),
        ):
            person = make_person(name, f"{name.split()[0].lower()}@raad.example")
            make_reader(person, newsletter.id, regions=[region], **values)
            people.append(person)
        edition = make_edition(newsletter, subject="Nieuws van maart", slug="maart")
        make_block(edition, html="<p>Goed nieuws.</p>")
        make_block(edition, BlockKind.BLOG, title="Op pad in Noord", html="<p>Fietsen.</p>",
                   limits={"regions": [cast.noord.id]})  # fmt: skip
        edition.status = "signed_off"
        session.add(
            SignOff(edition_id=edition.id, content_version=1, by_person_id=cast.kees.person_id)
        )
    address = f"/manage/editions/{edition.id}"
    return SimpleNamespace(
        cast=cast, edition=edition, newsletter=newsletter, people=people,
        sending=f"{address}/sending", figures=f"{address}/figures",
        ilse=sign_in(app.test_client(), cast.ilse), kees=sign_in(app.test_client(), cast.kees),
        bram=sign_in(app.test_client(), cast.bram),
    )  # fmt: skip


@pytest.fixture
def minute(app, settings):
    """A minute to undo."""
    keep(app, settings.replace(undo_seconds=60))
    yield
    keep(app, settings)


def press(client, address, words, largest=None):
    """Press the button with these words on a page, and give the page that follows."""
    page = check_page(client.get(address))
    forms = re.findall(r'<form[^>]*action="([^"]+)"(.*?)</form>', page, re.S)
    action, fields = next((a, f) for a, f in forms if words in f)
    data = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', fields))
    return check_page(client.post(action, data=data, follow_redirects=True)), (action, data)


def test_before_sending_one_sees_who_gets_what(story):
    html = check_page(story.ilse.get(story.sending))
    assert "3 lezers krijgen deze nieuwsbrief." in html
    assert "in het Nederlands, als platte tekst" in html
    assert "Op pad in Noord" in html
    assert "Verstuur naar 3 lezers" in html
    assert "Er is nog niets verstuurd" in html


def test_editors_see_no_address_and_no_name(story):
    press(story.ilse, story.sending, "Verstuur naar")
    for address in (story.sending, story.figures):
        html = check_page(story.ilse.get(address))
        assert "raad.example" not in html
        assert "Riet" not in html
        assert "/manage/mail/" not in html


def test_pressing_twice_sends_once(story, transaction):
    html, (action, data) = press(story.ilse, story.sending, "Verstuur naar")
    assert "Afgehandeld" in html
    assert story.ilse.post(action, data=data).status_code == 303
    with transaction() as session:
        assert session.query(Mailing).count() == 1
        assert session.query(Message).count() == 3


def test_without_a_sign_off_there_is_no_button(story, transaction):
    with transaction() as session:
        session.get(Edition, story.edition.id).content_version = 2
    html = check_page(story.ilse.get(story.sending))
    assert "Verstuur naar" not in html
    assert "geen akkoord gegeven" in html
    answer = story.ilse.post(f"{story.sending}/send", follow_redirects=True)
    assert "geen akkoord gegeven" in check_page(answer)
    with transaction() as session:
        assert session.query(Mailing).count() == 0


def test_others_look_on_without_buttons(story):
    html = check_page(story.bram.get(story.sending))
    assert "Verstuur naar" not in html
    assert story.bram.post(f"{story.sending}/send").status_code == 403


@pytest.mark.usefixtures("minute")
def test_within_a_minute_it_is_undone(story, transaction):
    html, _ = press(story.ilse, story.sending, "Verstuur naar")
    assert "Deze nieuwsbrief gaat zo weg." in html
    html, _ = press(story.ilse, story.sending, "Ongedaan maken")
    assert "3 mails zijn teruggehaald" in html
    assert "Verstuur naar 3 lezers" in html


def test_it_is_paused_goes_on_and_is_stopped(story, transaction):
    press(story.ilse, story.sending, "Verstuur naar")
    html, _ = press(story.ilse, story.sending, "Even stilzetten")
    assert "staat stil" in html
    press(story.ilse, story.sending, "Doorgaan")
    html, _ = press(story.ilse, story.sending, "Definitief stoppen")
    assert "gestopt" in html
    assert "Verstuurd" not in badges(html)
    with transaction() as session:
        assert set(session.scalars(select(Message.state))) == {"cancelled"}


def test_the_numbers_move_by_themselves(story):
    press(story.ilse, story.sending, "Verstuur naar")
    told = story.ilse.get(f"{story.sending}/progress.json").json
    assert (told["done"], told["total"], told["finished"]) == (0, 3, False)


def test_the_numbers_of_one_that_stands_still_move_while_a_sender_holds_mails(story, transaction):
    press(story.ilse, story.sending, "Verstuur naar")
    with transaction() as session:
        session.scalars(select(Message).order_by(Message.id)).first().state = "leased"
    html, _ = press(story.ilse, story.sending, "Even stilzetten")
    assert "data-live-progress" in html
    with transaction() as session:
        session.scalars(select(Message).order_by(Message.id)).first().state = "queued"
    assert story.ilse.get(f"{story.sending}/progress.json").json["finished"]


def fare(transaction, *fates):
    """Let the first mails of the edition fare like this: its state, and why."""
    with transaction() as session:
        rows = session.scalars(select(Message).order_by(Message.id)).all()
        for row, (state, reason) in zip(rows, fates, strict=False):
            row.state, row.reason = state, reason


def test_what_may_still_begin_has_its_place_from_the_start(story):
    html, _ = press(story.ilse, story.sending, "Verstuur naar")
    for name in ("queued", "sent", "deferred", "failed", "unknown", "came_back"):
        assert f'data-progress-part="{name}"' in html
    assert "Niet aangekomen" in html


def test_of_an_edition_that_went_well_only_that_is_told(story, transaction):
    press(story.ilse, story.sending, "Verstuur naar")
    fare(transaction, *[("sent", "")] * 3)
    html = check_page(story.ilse.get(story.sending))
    assert re.findall(r'data-progress-part="(\w+)"', html) == ["queued", "sent"]


def test_an_edition_of_which_the_last_mail_left_is_called_sent_at_once(story, transaction):
    html, _ = press(story.ilse, story.sending, "Verstuur naar")
    assert badges(html) == ["Wordt verstuurd"]
    fare(transaction, *[("sent", "")] * 3)
    assert badges(check_page(story.ilse.get(story.sending))) == ["Verstuurd"]


def badges(html):
    """Give the words of the badges beside the title."""
    return re.findall(r'class="badge[^>]*>.*?</svg>([^<]+)</span>', html, re.S)


def test_what_failed_leads_who_may_act_to_its_rows_and_the_way_back(story, transaction):
    press(story.ilse, story.sending, "Verstuur naar")
    fare(transaction, ("failed", "refused"))
    html = check_page(story.kees.get(story.sending))
    rows = re.search(r'href="(/manage/mail/\d+\?state=failed)"', html)[1]
    mails = check_page(story.kees.get(rows))
    assert "Riet Bos" in mails
    assert "Opnieuw sturen" in mails


def test_figures_lead_an_editor_nowhere(story, transaction):
    press(story.ilse, story.sending, "Verstuur naar")
    fare(transaction, ("failed", "refused"))
    assert '<a class="figure"' not in check_page(story.ilse.get(story.sending))


def test_before_it_left_there_are_no_figures(story):
    assert "nog niet verstuurd" in check_page(story.ilse.get(story.figures))


@pytest.fixture
def gone(story, transaction, freeze):
    """It left to the three and to ten more; Joop's mail came back, Riet and four others left."""
    with transaction() as session:
        edition = session.get(Edition, story.edition.id)
        for number in range(10):
            kind, region = ("seniors", story.cast.noord) if number < 5 else ("", story.cast.zuid)
            person = make_person(f"Lezer {number}", f"lezer{number}@raad.example")
            make_reader(person, edition.newsletter_id, regions=[region], reader_kind=kind)
            story.people.append(person)
        sending.send(story_actor(story), edition)
    freeze("2027-03-01 12:00")
    with transaction() as session:
        for row in session.scalars(select(Message)):
            row.state, row.attempts, row.settled_at = "sent", 1, now()
            if row.name == "Joop Vos":
                row.bounced_at, row.bounce_kind, row.bounce_reason = now(), "hard", "no_such_user"
        for person in [story.people[0], *story.people[3:7]]:
            left = session.query(Subscription).filter_by(person_id=person.id).one()
            left.ended_at, left.end_reason = now(), "too_much"
        sending_edition = session.get(Edition, story.edition.id)
        sending_edition.status = "sent"
    return story


def story_actor(story):
    from tests.factories import actor_of

    return actor_of(story.cast.ilse)


def row_of(html, name):
    row = re.search(rf'<th scope="row">{name}</th>(.*?)</tr>', html, re.S)[1]
    return [int(one) for one in re.findall(r">(\d+)</td>", row)]


def test_afterwards_regions_and_kinds_are_told_apart(gone):
    html = check_page(gone.ilse.get(gone.figures))
    assert row_of(html, "Noord") == [6, 1, 5]
    assert row_of(html, "Zuid") == [6, 0, 0]
    assert row_of(html, "Ouderenorganisatie") == [7, 0, 5]
    assert row_of(html, "Ik krijg te veel mail") == [5]
    assert "Kleine groepen" not in html


def test_groups_in_which_somebody_could_be_recognised_are_told_together(gone, transaction):
    with transaction() as session:
        ans = session.query(Subscription).filter_by(person_id=gone.people[2].id).one()
        ans.reader_kind = "officials"
    html = check_page(gone.ilse.get(gone.figures))
    assert not re.search(r"<th scope=.row.>(?:Medewerkers|Niet ingevuld)", html)
    assert row_of(html, "Ouderenorganisatie") == [6, 0, 5]
    assert row_of(html, "Kleine groepen samen") == [6, 1, 0]
    assert "minder dan 5 lezers" in html


def test_too_few_readers_are_not_told_apart_nor_why_one_of_them_left(gone, transaction):
    with transaction() as session:
        for row in session.scalars(select(Message).where(Message.name.startswith("Lezer"))):
            session.delete(row)
    html = check_page(gone.ilse.get(gone.figures))
    assert html.count("te weinig lezers om dit uit te splitsen") == 2
    assert "Ik krijg te veel mail" not in html
    assert "vanaf 5 lezers" in html


def test_the_figures_can_be_taken_along_without_names(gone, transaction):
    page = check_page(gone.ilse.get(gone.figures))
    token = re.search(r'name="csrf_token" value="([^"]*)"', page)[1]
    file = gone.ilse.post(f"{gone.figures}/export", data={"csrf_token": token, "kind": "csv"})
    lines = file.data.decode("utf-8-sig").splitlines()
    assert lines[0] == "Wat;Naam;Aangekomen;Kwam terug;Uitgeschreven;Keer gevolgd"
    assert "Regio;Noord;6;1;5;" in lines
    assert "Bos" not in file.text
    with transaction() as session:
        assert session.query(AuditEntry).filter_by(action="edition.export").count() == 1


def test_figures_are_taken_along_only_by_who_makes_newsletters(gone):
    assert gone.bram.post(f"{gone.figures}/export").status_code == 403


def test_before_it_left_there_is_nothing_to_take_along(story):
    assert story.ilse.post(f"{story.figures}/export").status_code == 404


def test_who_leaves_after_the_next_edition_does_not_count_here(gone, transaction, freeze):
    with transaction():
        make_edition(gone.newsletter, slug="mei", sent_at=gone.edition.created_at)
    with transaction() as session:
        found = afterwards.aftermath_of(
            session.get(Edition, gone.edition.id), session.query(Mailing).one()
        )
        assert found.whole.left == 5


def test_when_mails_are_erased_the_totals_stay(gone, transaction):
    with transaction() as session:
        session.query(Mailing).one().purged_at = now()
        for row in session.scalars(select(Message)):
            row.data = {}
    html = check_page(gone.ilse.get(gone.figures))
    assert "is gewist" in html
    assert row_of(html, "Ouderenorganisatie") == [7, 0, 5]


def test_a_correction_is_a_draft_for_the_same_people(gone, transaction):
    press(gone.ilse, gone.figures, "Verbetering maken")
    with transaction() as session:
        made = session.query(Edition).filter_by(corrects_id=gone.edition.id).one()
        assert (made.kind, made.status) == ("correction", "draft")
        assert made.subject == "Verbetering: Nieuws van maart"
        plan = sending.plan(story_actor(gone), made)
    assert plan.count == 8
    assert {one.why for one in plan.left_out} <= {"got_nothing"}


def test_only_what_has_left_can_be_corrected(story, transaction):
    page = check_page(story.ilse.post(f"{story.figures}/correct", follow_redirects=True))
    assert "niet verstuurd" in page
    with transaction() as session:
        assert session.query(Edition).count() == 1


def test_the_coordinator_can_go_on_to_the_mails(gone):
    assert "/manage/mail/" in check_page(gone.kees.get(gone.sending))
    assert "/manage/mail/" in check_page(gone.kees.get(gone.figures))


def test_the_coordinator_reads_a_mail_again_without_the_readers_own_links(gone, transaction):
    with transaction() as session:
        number = session.scalars(select(Message.id).order_by(Message.id)).first()
    page = gone.kees.post(f"/manage/mail/messages/{number}/open", follow_redirects=True)
    html = check_page(page)
    frame = re.search(r'src="(/manage/mail/messages/\d+/html[^"]+)"', html)[1]
    mail = gone.kees.get(frame.replace("&amp;", "&")).text
    assert "Goed nieuws." in mail
    assert "Op pad in Noord" in mail
    assert "/u/" not in mail
    assert "own.invalid" not in mail
