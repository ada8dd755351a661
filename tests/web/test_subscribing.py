"""Subscribing oneself: the page, the mail that follows, the press that makes it hold."""

import re

import pytest
from sqlalchemy import select

from eventsapp.contacts import subscription_requests, typing_errors
from eventsapp.contacts.models import Consent, Subscription, SubscriptionRequest
from eventsapp.directory.models import Person
from eventsapp.mail.models import Message
from eventsapp.newsletters.models import Newsletter
from tests.checks import check_page
from tests.factories import (
    make_municipality,
    make_person,
    make_region,
    make_theme,
)
from tests.subscribing import ADDRESS, count, readers


def test_the_page_asks_for_little(client, newsletter):
    page = check_page(client.get("/subscribe"))
    assert "Nieuwsbrief Samen" in page
    assert "Zes keer per jaar." in page
    assert page.count("required") <= 1


def test_without_a_newsletter_the_page_says_so(client):
    assert "nog geen nieuwsbrief" in check_page(client.get("/subscribe"))


def test_several_newsletters_can_be_chosen_from(client, newsletter, transaction):
    with transaction() as session:
        session.add(Newsletter(name="Jeugd", slug="jeugd"))
        session.add(Newsletter(name="Oud", slug="oud", is_active=False))
    page = check_page(client.get("/subscribe"))
    assert "Jeugd" in page
    assert "Oud" not in page


def test_nobody_subscribes_to_a_newsletter_that_ended(client, newsletter, transaction):
    with transaction() as session:
        session.merge(newsletter).is_active = False
    assert client.get(f"/subscribe/{newsletter.id}").status_code == 404
    assert client.post(f"/subscribe/{newsletter.id}", data={"email": ADDRESS}).status_code == 404


def test_asking_only_sends_a_mail(ask, mails, transaction):
    page = ask()
    assert "kijk in uw mail" in page
    assert ADDRESS in page
    assert count(transaction, Person) == count(transaction, Subscription) == 0
    assert [one.subject for one in mails()] == ["Bevestig dat u Nieuwsbrief Samen wilt krijgen"]


def test_opening_the_link_changes_nothing(ask, client, link, transaction):
    ask()
    for method in ("GET", "HEAD", "GET"):
        assert client.open(link(), method=method).status_code == 200
    assert count(transaction, Subscription) == 0


def test_one_press_makes_a_reader_with_all_that_was_chosen(ask, client, link, transaction):
    with transaction():
        region = make_region("Noord")
        town, theme = make_municipality("Noordwolde", region).id, make_theme().id
    ask(
        name="Truus van der Vos",
        municipality_id=town,
        reader_kind="official",
        region_ids=[region.id],
        theme_ids=[theme],
        wants_text="y",
        language="en",
    )
    answer = client.post(link())
    assert answer.status_code == 303
    assert readers(transaction) == [("Truus van der Vos", ADDRESS, True)]
    with transaction() as session:
        made = session.scalars(select(Subscription)).one()
        assert (made.reader_kind, made.wants_text, made.how) == ("official", True, "page")
        assert [one.id for one in made.regions] == [region.id]
        assert [one.id for one in made.themes] == [theme]
        assert (made.person.municipality_id, made.person.language) == (town, "en")
    assert "You are subscribed" in check_page(client.get(answer.location))


def test_the_words_above_the_button_are_kept_as_proof(ask, client, link, transaction):
    ask()
    client.post(link())
    with transaction() as session:
        line = session.scalars(select(Consent)).one()
    assert "Nieuwsbrief Samen" in line.words
    assert (line.is_given, line.how) == (True, "page")


def test_pressing_twice_and_on_another_device_is_pressing_once(ask, client, app, link, transaction):
    ask()
    places = {client.post(link()).location, app.test_client().post(link()).location}
    assert len(places) == 1
    assert len(readers(transaction)) == 1
    assert count(transaction, Consent) == 1


def test_opening_it_again_afterwards_says_that_it_is_done(ask, client, link):
    ask()
    client.post(link())
    page = check_page(client.get(link()))
    assert "U bent ingeschreven" in page
    assert "<form" not in page.split("<main")[1].split("</main")[0]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("pressed", [True, False])
def test_a_week_later_the_link_tells_what_to_do(
    ask, client, link, transaction, freeze, method, pressed
):
    freeze("2026-12-01 12:00")
    ask()
    place = link()
    if pressed:
        client.post(place)
    freeze("2026-12-08 12:01")
    with transaction():
        assert subscription_requests.forget_old() == 1
    page = check_page(client.open(place, method=method), 410)
    assert "Dan bent u ingeschreven" in page
    assert "/subscribe" in page
    assert len(readers(transaction)) == int(pressed)


def test_what_nobody_confirmed_is_forgotten_with_its_mail(ask, transaction, freeze):
    freeze("2026-12-01 12:00")
    ask()
    with transaction() as session:
        session.scalars(select(Message)).one().state = "sent"
    freeze("2026-12-09 12:00")
    with transaction():
        subscription_requests.forget_old()
    assert count(transaction, SubscriptionRequest) == count(transaction, Message) == 0


@pytest.mark.parametrize("token", ["x", "WzFd.forged", "a" * 3000, "%00"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_that_is_not_ours_does_nothing(client, newsletter, token, method):
    assert client.open(f"/subscribe/confirm/{token}", method=method).status_code == 404


def test_a_double_click_sends_one_mail(ask, mails):
    for _ in range(2):
        ask(form_key="een")
    assert len(mails()) == 1


def test_an_address_gets_three_mails_an_hour_at_most_and_the_page_says_the_same(ask, mails):
    pages = {re.sub(r'value="[^"]*"', "", ask()) for _ in range(5)}
    assert len(pages) == 1
    assert len(mails()) == 3


def test_a_visitor_asks_so_often_an_hour(client, newsletter):
    answers = [
        client.post(
            f"/subscribe/{newsletter.id}",
            data={"email": f"a{each}@post.example", "language": "nl", "website": "x"},
        )
        for each in range(61)
    ]
    assert {one.status_code for one in answers[:60]} == {200}
    assert answers[60].status_code == 429


def test_a_program_that_fills_in_everything_gets_no_mail(ask, mails):
    assert "kijk in uw mail" in ask(website="https://spam.example")
    assert mails() == []


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"email": ""}, "Vul een e-mailadres in."),
        ({"email": "niets"}, "Dit is geen e-mailadres"),
        ({"email": "a@b.example\r\nBcc: c@d.example"}, "Dit is geen e-mailadres"),
        ({"email": "x" * 10_000}, "te lang"),
        ({"name": "x" * 10_000}, "te lang"),
        ({"name": "x" * 130}, "te lang"),
        ({"reader_kind": "koning"}, "Kies iets uit de lijst"),
        ({"municipality_id": "99999999"}, "Kies iets uit de lijst"),
    ],
)
def test_what_makes_no_sense_is_told_beside_its_field(ask, mails, values, words):
    assert words in ask(status=422, **values)
    assert mails() == []


@pytest.mark.parametrize("field", ["region_ids", "theme_ids", "municipality_id"])
@pytest.mark.parametrize("value", ["x", "-1", "9" * 400, "1'", "１"])
def test_a_choice_that_is_no_number_is_no_choice(ask, mails, field, value):
    ask(**{field: value})
    assert len(mails()) == 1


def test_html_in_a_name_is_shown_as_text(ask, client, link):
    ask(name="<b>Truus</b>")
    page = check_page(client.get(client.post(link()).location))
    assert "<b>Truus" not in page


def test_who_made_a_slip_in_the_address_is_asked(ask, mails):
    page = ask("truus@gmial.com", name="Truus Vos")
    assert "truus@gmail.com" in page
    assert 'value="Truus Vos"' in page


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("a@gmial.com", "a@gmail.com"),
        ("a@gmail.co", "a@gmail.com"),
        ("a@gmaill.com", "a@gmail.com"),
        ("A@Zigo.nl", "a@ziggo.nl"),
        ("a@gmail.com", ""),
        ("a@raad.example", ""),
        ("gmial.com", ""),
        ("", ""),
    ],
)
def test_a_slip_in_a_well_known_address_is_seen(typed, meant):
    assert typing_errors.meant(typed) == meant


def test_readers_get_the_link_to_their_page_by_mail(ask, client, link, mails):
    ask()
    client.post(link())
    page = check_page(client.post("/subscribe/link", data={"email": ADDRESS.upper()}))
    assert "Kijk nu in uw mail" in page
    assert mails()[-1].subject == "De link naar uw eigen pagina"
    assert client.get(link()).status_code == 200


def test_who_is_no_reader_gets_the_same_answer_and_no_mail(client, newsletter, mails, transaction):
    with transaction():
        make_person("Riet Bos", email="riet@post.example")
    answers = {
        re.sub(
            r"\S+@post\.example", "", check_page(client.post("/subscribe/link", data={"email": e}))
        )
        for e in ("riet@post.example", "niemand@post.example")
    }
    assert len(answers) == 1
    assert mails() == []


def test_the_mail_is_in_the_language_that_was_chosen(ask, mails):
    ask(language="en")
    assert mails()[-1].subject == "Confirm that you want Nieuwsbrief Samen"


def test_the_address_of_confirming_is_kept_from_other_sites(ask, client, link):
    ask()
    for headers in (client.get(link()).headers, client.post(link()).headers):
        assert headers["Referrer-Policy"] == "no-referrer"
