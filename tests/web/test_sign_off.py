"""Signing off an edition: a second person, these very words, and what becomes of it on the page."""

from types import SimpleNamespace

import pytest
from sqlalchemy import select

from eventsapp.core.errors import Conflict, Forbidden
from eventsapp.mail.compose import compose
from eventsapp.mail.models import Message
from eventsapp.newsletters import editions, scheduling, sign_off
from eventsapp.newsletters.kinds import BlockKind
from eventsapp.newsletters.models import Edition, Newsletter, SignOff
from tests.checks import check_page
from tests.factories import actor_of, make_account, make_cast
from tests.newsletters import make_block, make_edition, make_newsletter, make_picture


@pytest.fixture
def story(transaction, freeze):
    """An edition that Ilse made; Kees coordinates."""
    freeze("2027-03-01 10:00")
    with transaction():
        cast = make_cast()
        edition = make_edition(make_newsletter(), subject="Dit is er in maart")
        make_block(edition, BlockKind.TEXT, html="<p>Dag</p>")
        return SimpleNamespace(
            cast=cast,
            number=edition.id,
            at=f"/manage/editions/{edition.id}/sign-off",
            ilse=actor_of(cast.ilse),
            kees=actor_of(cast.kees),
            anna=actor_of(cast.anna),
        )


@pytest.fixture
def ilse(app, sign_in, story):
    return sign_in(app.test_client(), story.cast.ilse)


@pytest.fixture
def kees(app, sign_in, story):
    return sign_in(app.test_client(), story.cast.kees)


def edition_of(transaction, story):
    with transaction() as session:
        return session.get(Edition, story.number)


def press(client, story, what, **data):
    return client.post(f"{story.at}/{what}", data=data, follow_redirects=True)


def sign(client, story, version):
    return press(client, story, "agree", content_version=version)


def mails(transaction, template):
    with transaction() as session:
        found = session.scalars(select(Message).where(Message.template == template)).all()
        return [(one.name, compose(one)) for one in found]


def test_a_colleague_is_asked_by_mail_and_nobody_else_gets_one(story, ilse, transaction):
    page = check_page(press(ilse, story, "ask"))
    assert "1 collega krijgt een mail" in page
    ((name, mail),) = mails(transaction, "sign_off_asked")
    assert name == "Kees Smit"
    assert "Ilse Meijer" in mail.text
    assert story.at in mail.text


def test_who_asked_does_not_sign_off(story, ilse, transaction):
    press(ilse, story, "ask")
    page = check_page(ilse.get(story.at))
    assert "Iemand anders leest" in page
    assert sign(ilse, story, 1).status_code == 403
    assert edition_of(transaction, story).status == "review"


def test_a_second_person_signs_off_and_who_asked_is_told(story, ilse, kees, transaction):
    press(ilse, story, "ask")
    page = check_page(sign(kees, story, 1))
    assert "Je hebt akkoord gegeven" in page
    assert edition_of(transaction, story).status == "signed_off"
    ((name, mail),) = mails(transaction, "signed_off")
    assert name == "Ilse Meijer"
    assert "Kees Smit" in mail.text


def test_signing_off_twice_is_harmless(story, ilse, kees, transaction):
    press(ilse, story, "ask")
    sign(kees, story, 1)
    assert sign(kees, story, 1).status_code == 200
    with transaction() as session:
        assert len(session.scalars(select(SignOff)).all()) == 1


def test_words_that_changed_while_they_were_read_are_not_signed_off(story, ilse, kees, transaction):
    press(ilse, story, "ask")
    with transaction() as session:
        editions.touch(story.ilse, session.get(Edition, story.number))
    page = check_page(sign(kees, story, 1))
    assert "De tekst is veranderd terwijl je las" in page
    assert edition_of(transaction, story).status == "review"


def test_a_change_of_words_makes_a_sign_off_worth_nothing(story, ilse, kees, transaction):
    press(ilse, story, "ask")
    sign(kees, story, 1)
    with transaction() as session:
        edition = session.get(Edition, story.number)
        assert sign_off.is_signed_off(edition)
        editions.reopen(story.ilse, edition)
        assert not sign_off.is_signed_off(edition)
    assert "tekst is daarna veranderd" in check_page(ilse.get(story.at))


def test_who_changed_the_words_last_does_not_sign_them_off(story, ilse, transaction):
    press(ilse, story, "ask")
    with transaction() as session:
        edition = session.get(Edition, story.number)
        edition.words_by_id = story.kees.person_id
        session.flush()
        with pytest.raises(Forbidden):
            sign_off.agree(story.kees, edition, edition.content_version)


def test_without_a_second_person_the_maker_signs_off(story, ilse, transaction):
    with transaction() as session:
        session.scalars(select(Newsletter)).one().needs_second = False
    check_page(sign(ilse, story, 1))
    assert edition_of(transaction, story).status == "signed_off"


def test_nobody_signs_off_what_nobody_asked_for(story, kees, transaction):
    page = check_page(sign(kees, story, 1))
    assert "Nog niemand heeft om akkoord gevraagd" in page
    assert edition_of(transaction, story).status == "draft"


@pytest.mark.parametrize("lacks", ["subject", "blocks"])
def test_what_is_not_ready_is_not_asked_for(story, ilse, transaction, lacks):
    with transaction() as session:
        edition = session.get(Edition, story.number)
        if lacks == "subject":
            edition.subject = " "
        else:
            session.delete(edition.blocks[0])
    check_page(press(ilse, story, "ask"))
    assert edition_of(transaction, story).status == "draft"
    assert mails(transaction, "sign_off_asked") == []


@pytest.fixture
def undescribed(story, transaction):
    """A picture block of which nobody said what is to be seen: a check demands it."""

    def add():
        with transaction() as session:
            edition = session.get(Edition, story.number)
            picture = make_picture()
            make_block(edition, BlockKind.PICTURE, picture_id=picture.id)
            return edition.content_version

    return add


def test_what_the_checks_demand_is_mended_before_anybody_is_asked(
    story, ilse, transaction, undescribed
):
    undescribed()
    page = check_page(press(ilse, story, "ask"))
    assert "1 punt moet eerst in orde" in page
    assert edition_of(transaction, story).status == "draft"


def test_what_the_checks_demand_is_mended_before_a_sign_off(
    story, ilse, kees, transaction, undescribed
):
    press(ilse, story, "ask")
    check_page(sign(kees, story, undescribed()))
    assert edition_of(transaction, story).status == "review"


def test_an_edition_is_given_back_with_a_remark(story, ilse, kees, transaction):
    press(ilse, story, "ask")
    check_page(
        press(kees, story, "back", **{"back-remark": "Noem <b>Enschede</b> ook.\nEn Almelo."})
    )
    page = check_page(ilse.get(story.at))
    assert "Noem &lt;b&gt;Enschede&lt;/b&gt; ook." in page
    ((name, mail),) = mails(transaction, "sent_back")
    assert name == "Ilse Meijer"
    assert "Almelo" in mail.text
    assert edition_of(transaction, story).status == "draft"


@pytest.mark.parametrize("remark", ["", " \n ", "x" * 10_000])
def test_a_remark_that_can_not_be_is_told_beside_the_field(story, ilse, kees, remark):
    press(ilse, story, "ask")
    page = check_page(press(kees, story, "back", **{"back-remark": remark}), 422)
    assert "field__error" in page


def test_who_gets_it_back_is_not_helped_by_an_older_sign_off(story, ilse, kees, transaction):
    press(ilse, story, "ask")
    sign(kees, story, 1)
    press(kees, story, "back", **{"back-remark": "Toch niet."})
    with transaction() as session:
        assert not sign_off.is_signed_off(session.get(Edition, story.number))


def test_an_advisor_sees_how_it_stands_and_changes_nothing(story, app, sign_in, transaction):
    anna = sign_in(app.test_client(), story.cast.anna)
    page = check_page(anna.get(story.at))
    assert "Vraag om akkoord" not in page
    for what in ("ask", "agree", "back", "days", "plan", "unplan", "reopen"):
        assert anna.post(f"{story.at}/{what}").status_code == 403
    assert edition_of(transaction, story).status == "draft"


def test_what_was_sent_is_not_signed_off_any_more(story, transaction):
    with transaction() as session:
        edition = session.get(Edition, story.number)
        edition.status = "sent"
        with pytest.raises(Conflict):
            sign_off.ask(story.ilse, edition)
        with pytest.raises(Conflict):
            sign_off.send_back(story.kees, edition, "Nee")


def test_many_colleagues_do_not_make_many_questions(story, ilse, transaction, statements):
    with transaction():
        for number in range(30):
            make_account(f"Redacteur Nummer{number}", level=story.ilse.level)
    with statements() as asked:
        check_page(ilse.get(story.at))
    assert len(asked) <= 22, asked


@pytest.mark.parametrize(
    "status", ["draft", "review", "signed_off", "scheduled", "sent", "dropped"]
)
def test_the_page_is_right_whatever_the_state(story, ilse, kees, transaction, status):
    with transaction() as session:
        edition = session.get(Edition, story.number)
        edition.status, edition.is_late = status, status == "scheduled"
        edition.send_on = edition.sign_off_on = edition.created_at.date()
    check_page(ilse.get(story.at))
    check_page(kees.get(story.at))


def test_the_days_of_an_edition_are_kept_in_their_order(story, ilse, transaction):
    days = {"due-contributions_on": "2027-03-10", "due-review_on": "2027-03-12"}
    check_page(press(ilse, story, "days", **days))
    kept = edition_of(transaction, story)
    assert str(kept.review_on) == "2027-03-12"
    assert kept.sign_off_on is None
    page = check_page(press(ilse, story, "days", **{**days, "due-review_on": "2027-03-09"}), 422)
    assert "field__error" in page


def plan(client, story, day, time):
    return press(client, story, "plan", **{"plan-send_on": day, "plan-send_at": time})


@pytest.fixture
def signed(story, ilse, kees):
    press(ilse, story, "ask")
    sign(kees, story, 1)
    return ilse


def test_a_signed_edition_is_planned_in_local_time(story, signed, transaction):
    page = check_page(plan(signed, story, "2027-03-09", "09:00"))
    assert "dinsdag 9 maart 2027, 09.00 uur" in page
    kept = edition_of(transaction, story)
    assert kept.status == "scheduled"
    assert kept.send_utc.isoformat() == "2027-03-09T08:00:00+00:00"


@pytest.mark.parametrize(
    ("day", "time"),
    [
        ("2027-03-28", "02:30"),  # the hour that the clocks skip
        ("2027-03-01", "09:59"),  # a minute ago
        ("2026-03-01", "09:00"),
        ("2028-03-09", "09:00"),
        ("0001-01-01", "00:00"),
        ("9999-12-31", "23:59"),
        ("", ""),
        ("morgen", "negen uur"),
    ],
)
def test_a_moment_that_can_not_be_is_told_beside_the_field(story, signed, transaction, day, time):
    page = check_page(plan(signed, story, day, time), 422)
    assert "field__error" in page
    assert edition_of(transaction, story).status == "signed_off"


def test_in_the_hour_that_comes_twice_it_leaves_the_first_time(story, signed, transaction, freeze):
    page = check_page(plan(signed, story, "2027-10-31", "02:30"))
    assert "vertrekt de eerste keer" in page
    assert edition_of(transaction, story).send_utc.isoformat() == "2027-10-31T00:30:00+00:00"


def test_what_is_planned_can_be_taken_off_again(story, signed, transaction):
    plan(signed, story, "2027-03-09", "09:00")
    check_page(press(signed, story, "unplan"))
    kept = edition_of(transaction, story)
    assert (kept.status, kept.send_utc) == ("signed_off", None)


def test_nothing_is_planned_without_a_sign_off(story, ilse):
    assert plan(ilse, story, "2027-03-09", "09:00").status_code == 409


def test_nine_stays_nine_when_the_rules_of_a_zone_change(story, signed, transaction):
    plan(signed, story, "2027-03-09", "09:00")
    with transaction() as session:
        edition = session.get(Edition, story.number)
        right = edition.send_utc
        edition.send_utc = right.replace(hour=5)
        assert scheduling.derive_again() == 1
        assert edition.send_utc == right
        assert scheduling.derive_again() == 0
