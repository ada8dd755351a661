"""An edition on the wire: one freeze, and each reader gets the mail for the own regions."""

import re
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select

from eventsapp.background import jobs
from eventsapp.contacts.models import Subscription
from eventsapp.directory.models import Person, PersonAddress
from eventsapp.mail import assembling, delivery, suppression
from eventsapp.mail.kinds import Purpose
from eventsapp.mail.models import Message
from eventsapp.newsletters import clicks, sending
from eventsapp.newsletters.kinds import BlockKind
from eventsapp.newsletters.models import Edition, SignOff
from tests.factories import actor_of, make_meeting, make_person, make_region
from tests.newsletters import make_block, make_edition, make_newsletter, make_reader

GUIDE = '<p>Lees <a href="https://gids.example/" rel="noopener">de gids</a>.</p>'


@pytest.fixture
def story(cast, transaction, freeze, open_smtp):
    """A signed-off edition; a meeting in Noord, one in Zuid, one in the whole country."""
    freeze("2027-03-01 09:00")
    assembling.forget()
    with transaction() as session:
        newsletter = make_newsletter(sender_name="Samen", counts_clicks=True)
        edition = make_edition(newsletter, subject="Nieuws van maart")
        make_block(edition, html=GUIDE)
        make_block(edition, html="<p>Alleen voor Noord.</p>", limits={"regions": [cast.noord.id]})
        make_block(edition, html="<p>Only in English.</p>", limits={"languages": ["en"]})
        make_block(edition, BlockKind.MEETINGS)
        for title, region in (("Noorderlicht", cast.noord), ("Zuiderzon", cast.zuid)):
            make_meeting(cast.anna.person, region, title=title, is_public=True)
        make_meeting(
            cast.anna.person, cast.noord, title="Landelijke dag", is_public=True,
            regions=[cast.noord, cast.zuid],
        )  # fmt: skip
        edition.status = "signed_off"
        session.add(
            SignOff(edition_id=edition.id, content_version=1, by_person_id=cast.kees.person_id)
        )
        return SimpleNamespace(
            cast=cast, newsletter=newsletter, edition=edition, ilse=actor_of(cast.ilse),
            server=open_smtp,
        )  # fmt: skip


@pytest.fixture
def read(story, transaction):
    """`read("Riet Bos", regions=[…])` lets somebody read the newsletter."""

    def act(name, regions=(), language="nl", **values):
        with transaction():
            person = make_person(name, f"{name.split()[0].lower()}@raad.example",
                                 language=language)  # fmt: skip
            make_reader(person, story.newsletter.id, regions=list(regions), **values)
            return person.id

    return act


@pytest.fixture
def send(story, transaction):
    def act():
        with transaction() as session:
            sending.send(story.ilse, session.get(Edition, story.edition.id))

    return act


@pytest.fixture
def deliver(transaction):
    def act():
        with transaction():
            return delivery.deliver(jobs.worker(), lane=delivery.BULK)

    return act


@pytest.fixture
def mails(story, send, deliver):
    """`mails()` sends it and gives the mail of each reader by the first part of the address."""

    def act():
        send()
        deliver()
        return {one.to.partition("@")[0]: one.message for one in story.server.letters}

    return act


def text_of(mail):
    return mail.get_body(("plain",)).get_content()


def html_of(mail):
    return mail.get_body(("html",)).get_content()


def test_three_readers_get_three_mails_from_one_freeze(story, read, mails):
    read("Riet Bos", [story.cast.noord])
    read("Joop Vos", [story.cast.zuid])
    read("Ans Kok", [story.cast.noord, story.cast.zuid], language="en")
    found = mails()
    assert set(found) == {"riet", "joop", "ans"}
    riet, joop, ans = (html_of(found[name]) for name in ("riet", "joop", "ans"))
    assert [("Alleen voor Noord." in one) for one in (riet, joop, ans)] == [True, False, True]
    assert [("Noorderlicht" in one) for one in (riet, joop, ans)] == [True, False, True]
    assert [("Zuiderzon" in one) for one in (riet, joop, ans)] == [False, True, True]
    assert all("Landelijke dag" in one for one in (riet, joop, ans))
    assert [("Only in English." in one) for one in (riet, joop, ans)] == [False, False, True]
    assert 'lang="en"' in ans


def test_the_text_says_what_the_html_says(story, read, mails):
    read("Riet Bos", [story.cast.noord])
    mail = mails()["riet"]
    for words in ("Alleen voor Noord.", "Noorderlicht", "Landelijke dag", "de gids"):
        assert words in text_of(mail)
        assert words in html_of(mail)
    assert "Zuiderzon" not in text_of(mail)


def test_who_wants_text_gets_no_html(story, read, mails):
    read("Riet Bos", [story.cast.noord], wants_text=True)
    mail = mails()["riet"]
    assert mail.get_content_type() == "text/plain"
    assert "Alleen voor Noord." in mail.get_content()
    assert mail["List-Unsubscribe-Post"]
    assert len(mail.get_all("MIME-Version")) == 1


def test_every_mail_has_the_headers_of_one_click_and_links_of_its_own(story, read, mails):
    read("Riet Bos")
    read("Joop Vos")
    found = mails().values()
    assert all(one["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click" for one in found)
    assert len({one["List-Unsubscribe"] for one in found}) == 2
    assert len({one["List-Id"] for one in found}) == 1
    for mail in found:
        leave = re.match(r"<(https?://[^>]+/u/[^>]+)>", mail["List-Unsubscribe"])[1]
        assert leave in html_of(mail)
        assert leave in text_of(mail)
        assert "own.invalid" not in html_of(mail) + text_of(mail)


def test_one_click_leaves_this_newsletter(story, read, mails, app, transaction):
    person = read("Riet Bos")
    mail = mails()["riet"]
    path = re.search(r"https?://[^/>]+(/u/[^>]+)>", mail["List-Unsubscribe"])[1]
    answer = app.test_client().post(path, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    with transaction():
        assert suppression.withheld([person], [], Purpose.NEWSLETTER)


def test_all_links_to_our_own_pages_lead_to_pages(story, read, mails, app):
    read("Riet Bos", [story.cast.noord])
    links = re.findall(r'href="https?://127[^/"]+(/[^"]+)"', html_of(mails()["riet"]))
    routes = app.url_map.bind("localhost")
    ends = {routes.match(link)[0] for link in links}
    assert {"public_unsubscribe.show", "public_reader.show", "public_archive.edition"} <= ends
    statuses = {app.test_client().get(link).status_code for link in links}
    assert statuses <= {200, 302}


def test_counted_links_go_by_way_of_us_in_html_only(story, read, mails, app):
    read("Riet Bos")
    mail = mails()["riet"]
    counted = re.search(rf'href="https?://[^/"]+(/l/{story.edition.id}/\d+)"', html_of(mail))[1]
    assert app.test_client().get(counted).location == "https://gids.example/"
    assert "https://gids.example/" in text_of(mail) or "gids.example" in text_of(mail)
    clicks.followed.forget()


def test_who_leaves_between_the_freeze_and_the_sending_gets_nothing(
    story, read, send, deliver, transaction
):
    read("Riet Bos")
    gone = read("Joop Vos")
    send()
    with transaction():
        suppression.withhold_person(gone, Purpose.NEWSLETTER, "opted_out")
    deliver()
    assert [one.to for one in story.server.letters] == ["riet@raad.example"]


def test_renderings_are_bounded_by_blocks_not_by_readers(story, send, deliver, transaction):
    """2,000 readers in some 200 combinations: each block is rendered once a language."""
    with transaction() as session:
        regions = [make_region(f"Regio {number}") for number in range(8)]
        readers = [
            Person(
                given_name=f"Lezer{number}", family_name="Bos", sort_key="bos", search_key="bos",
                language="en" if number % 5 == 0 else "nl",
                addresses=[PersonAddress(email=f"lezer{number}@raad.example")],
            )
            for number in range(2000)
        ]  # fmt: skip
        session.add_all(readers)
        session.flush()
        session.add_all(
            Subscription(
                newsletter_id=story.newsletter.id, person_id=person.id,
                wants_text=number % 7 == 0,
                regions=[one for at, one in enumerate(regions) if number >> at & 1],
            )
            for number, person in enumerate(readers)
        )  # fmt: skip
    send()
    before = assembling.made.wholes, assembling.made.pieces
    while deliver().sent:
        pass
    assert len(story.server.letters) == 2000
    blocks, meetings, languages, formats = 4, 3, 2, 2
    around = 3  # before, after, and the end of the list of meetings
    assert assembling.made.wholes - before[0] == languages
    most = (blocks + meetings + around) * languages * formats
    assert assembling.made.pieces - before[1] <= most
    with transaction() as session:
        states = session.execute(select(Message.state, func.count()).group_by(Message.state))
        assert [tuple(row) for row in states] == [("sent", 2000)]
