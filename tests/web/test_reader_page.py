"""A reader's own page: choosing, pausing, leaving, coming back; by the link in every edition."""

import pytest
from sqlalchemy import select

from eventsapp.contacts import subscriptions
from eventsapp.contacts.models import Consent, Subscription
from eventsapp.contacts.subscriptions import Choices
from eventsapp.core import tokens
from eventsapp.core.actor import SYSTEM
from eventsapp.core.dates import now, today
from eventsapp.directory.models import Person
from eventsapp.mail import outbox
from eventsapp.mail.kinds import MailingKind, Purpose
from eventsapp.mail.models import Message
from eventsapp.newsletters.models import Newsletter
from tests.checks import check_page
from tests.factories import make_municipality, make_person, make_region, make_theme


class Page:
    """Riet's page, and what became of her subscription."""

    def __init__(self, client, transaction, place, number):
        self.client, self.transaction = client, transaction
        self.place, self.number = place, number

    def get(self, status=200, query=""):
        return check_page(self.client.get(self.place + query), status)

    def post(self, act, status=303, **values):
        answer = self.client.post(f"{self.place}/{act}", data=values)
        assert answer.status_code == status
        return check_page(self.client.get(answer.location) if status == 303 else answer,
                          200 if status == 303 else status)  # fmt: skip

    def row(self):
        with self.transaction() as session:
            session.expire_all()
            return session.get(Subscription, self.number)

    def reads(self):
        with self.transaction() as session:
            return len(session.execute(subscriptions.reading(1, today())).all())


@pytest.fixture
def riet(client, transaction):
    with transaction() as session:
        session.add(Newsletter(id=1, name="Nieuwsbrief Samen", slug="samen"))
        region = make_region("Noord")
        person = make_person("Riet van der Berg", email="riet@raad.example")
        made = subscriptions.subscribe(
            SYSTEM, 1, person, how="page", words="Ja",
            choices=Choices(municipality_id=make_municipality("Noordwolde", region).id),
        )  # fmt: skip
        place = "/r/" + subscriptions.link_for(made).rpartition("/")[2]
    return Page(client, transaction, place, made.id)


def choices(riet, **values):
    return {"language": "nl", "version": riet.row().version, **values}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_opening_the_page_changes_nothing(riet, client, method):
    before = riet.row().updated_at
    assert client.open(riet.place, method=method).status_code == 200
    assert riet.row().updated_at == before


def test_the_page_shows_choices_but_neither_name_nor_whole_address(riet):
    page = riet.get()
    assert "r…@raad.example" in page
    assert "riet@raad.example" not in page
    assert "Berg" not in page
    assert "Noordwolde" in page


def test_what_is_chosen_is_kept(riet, transaction):
    with transaction():
        region, theme = make_region("Zuid").id, make_theme("Jeugd").id
    page = riet.post(
        "choices",
        **choices(riet, region_ids=region, theme_ids=theme, wants_text="y", reader_kind="official"),
    )
    assert "Uw keuzes zijn bewaard" in page
    with transaction() as session:
        kept = session.get(Subscription, riet.number)
        assert [one.id for one in kept.regions] == [region]
        assert [one.id for one in kept.themes] == [theme]
        assert (kept.wants_text, kept.reader_kind) == (True, "official")
        assert kept.person.municipality_id is None


def test_the_page_speaks_the_language_that_was_chosen(riet):
    assert "Your choices are kept" in riet.post("choices", **choices(riet, language="en"))


def test_two_pages_at_once_lose_nothing_that_was_typed(riet):
    old = choices(riet)
    riet.post("choices", **choices(riet, wants_text="y"))
    page = riet.post("choices", 409, **{**old, "reader_kind": "official"})
    assert "intussen op een andere pagina veranderd" in page
    assert 'value="official" selected' in page or 'selected value="official"' in page
    assert riet.row().wants_text


def test_the_page_that_was_refused_can_be_sent_once_more(riet):
    old = choices(riet)
    riet.post("choices", **choices(riet, wants_text="y"))
    page = riet.post("choices", 409, **old)
    assert f'name="version" type="hidden" value="{riet.row().version}"' in page


@pytest.mark.parametrize(
    "values",
    [
        {"language": "xx"},
        {"reader_kind": "koning"},
        {"municipality_id": "99999999"},
        {"version": "x"},
        {"version": ""},
    ],
)
def test_what_makes_no_sense_changes_nothing(riet, values):
    before = riet.row().version
    answer = riet.client.post(f"{riet.place}/choices", data={**choices(riet), **values})
    assert answer.status_code in {409, 422}
    assert riet.row().version == before


def test_a_pause_is_told_with_its_day_and_ended_with_one_press(riet):
    page = riet.post("pause", months="2")
    assert "U krijgt geen nieuwsbrief tot" in page
    assert riet.reads() == 0
    assert "De nieuwsbrief komt weer" in riet.post("resume")
    assert riet.reads() == 1


def test_a_pause_without_a_choice_asks_for_one(riet):
    assert "Kies hoe lang" in riet.post("pause", 422)
    assert riet.reads() == 1


def test_one_press_leaves_and_nothing_is_asked(riet, transaction):
    page = riet.post("leave")
    assert "U krijgt Nieuwsbrief Samen niet meer" in page
    assert riet.reads() == 0
    with transaction() as session:
        log = session.scalars(select(Consent).order_by(Consent.id))
        lines = [(one.is_given, one.how) for one in log]
    assert lines == [(True, "page"), (False, "own_page")]


def test_a_second_press_leaves_no_more_than_the_first(riet, transaction):
    for _ in range(3):
        riet.post("leave")
    with transaction() as session:
        assert len(session.scalars(select(Consent)).all()) == 2


def test_who_left_may_say_why(riet):
    riet.post("leave")
    assert "Dank u wel" in riet.post("why", reason="too_much")
    assert riet.row().end_reason == "too_much"


@pytest.mark.parametrize("reason", ["", "koning", "x" * 10_000])
def test_a_reason_that_is_not_offered_is_not_kept(riet, reason):
    riet.post("leave")
    riet.post("why", 422, reason=reason)
    assert riet.row().end_reason == ""


def test_who_left_comes_back_with_one_press(riet):
    riet.post("leave")
    assert "weer ingeschreven" in riet.post("come-back")
    assert riet.reads() == 1


def test_who_left_cannot_choose_or_pause_on_a_page_that_stood_open(riet):
    riet.post("leave")
    assert "niet meer" in riet.post("pause", 409, months="2")


def test_what_waits_of_the_newsletter_is_taken_back_with_the_press(riet, transaction):
    with transaction() as session:
        waiting = [letter(session, riet, n, newsletter) for n, newsletter in enumerate((1, 2))]
    riet.post("pause", months="2")
    with transaction() as session:
        states = [session.get(Message, number).state for number in waiting]
    assert states == ["skipped", "queued"]


def letter(session, riet, number, newsletter):
    mailing = outbox.open_mailing(
        kind=MailingKind.EDITION, purpose=Purpose.NEWSLETTER, reference=f"edition:{number}",
        title="Maart", by=None, data={"newsletter_id": newsletter},
    )  # fmt: skip
    person = session.get(Subscription, riet.number).person_id
    made = outbox.Letter(
        f"e{number}", "riet@raad.example", "Riet", "nl", "letter", person_id=person
    )
    return outbox.enqueue(mailing, [made])[0]


def test_what_a_mail_program_adds_to_the_link_does_no_harm(riet, client):
    answer = client.get(riet.place + ").")
    assert answer.status_code == 302
    assert answer.location == riet.place


def test_the_address_of_a_form_leads_back_to_the_page(riet, client):
    assert client.get(riet.place + "/choices").location == riet.place


@pytest.mark.parametrize("token", ["x", "WzFd.forged", "a" * 3000, "%00"])
@pytest.mark.parametrize("act", ["choices", "pause", "resume", "leave", "why", "come-back"])
def test_a_link_that_is_not_ours_does_nothing(client, token, act):
    assert client.post(f"/r/{token}/{act}").status_code == 404


def test_a_link_that_was_revoked_tells_where_the_new_one_is(riet, client, transaction):
    with transaction() as session:
        subscriptions.revoke_links(session.get(Subscription, riet.number))
    page = riet.get(410)
    assert "nieuwste nieuwsbrief" in page
    assert "/subscribe/link" in page


def test_who_passed_the_newsletter_on_gets_a_new_link_and_the_old_one_is_worthless(
    riet, client, transaction
):
    page = check_page(client.post(f"{riet.place}/new-link"))
    assert "r…@raad.example" in page
    riet.get(410)
    with transaction() as session:
        mail = session.scalars(select(Message)).one()
        assert (mail.template, mail.address) == ("reader_link", "riet@raad.example")
        new = mail.data["link"].rpartition("/")[2]
    assert client.get(f"/r/{new}").status_code == 200
    assert client.post(f"{riet.place}/new-link").status_code == 410


def test_the_longer_link_of_an_earlier_mail_goes_on_working(riet, client, app):
    with app.app_context():
        token = tokens.sign("reader", riet.number, 1)
    assert client.get(f"/r/{token}").status_code == 200
    check_page(client.post(f"/r/{token}/new-link"))
    assert client.get(f"/r/{token}").status_code == 410


def test_the_link_of_who_was_erased_opens_nothing(riet, transaction):
    with transaction() as session:
        session.get(Person, session.get(Subscription, riet.number).person_id).erased_at = now()
    riet.get(404)


def test_the_address_of_the_page_is_kept_from_other_sites(riet, client):
    headers = client.get(riet.place).headers
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in headers["X-Robots-Tag"]


def test_the_page_stays_small_with_all_municipalities(riet, transaction, client):
    with transaction():
        for number in range(342):
            make_municipality(f"Gemeente {number}")
        for number in range(35):
            make_region(f"Regio {number}")
        for number in range(12):
            make_theme(f"Thema {number}")
    assert len(client.get(riet.place).data) < 60_000
