"""The advisors' pages of answers: who said what, answering for somebody, a reminder by hand."""

from types import SimpleNamespace

import pytest
from sqlalchemy import select

from eventsapp.invitations.models import Answer, Invitation
from eventsapp.mail.kinds import Purpose
from eventsapp.mail.models import Message
from eventsapp.mail.suppression import withhold_person
from tests.checks import check_page
from tests.factories import (
    make_cast,
    make_invitation,
    make_meeting,
    make_organisation,
    make_person,
)


@pytest.fixture
def story(transaction, freeze):
    """A meeting of Anna's with Riet silent, Piet coming with a guest, and Jan who does not come."""
    freeze("2027-01-04 10:00")
    with transaction():
        cast = make_cast()
        meeting = make_meeting(cast.anna.person, cast.noord, days=8)
        council = make_organisation("Adviesraad Noordwolde", phone="+31700000009")
        riet = make_person("Riet van der Berg", "riet@raad.example")
        piet = make_person("Piet Jansen", "piet@raad.example")
        jan = make_person("Jan Adriaans", "jan@raad.example")
        return SimpleNamespace(
            **vars(cast),
            meeting=meeting,
            at=f"/manage/meetings/{meeting.id}/answers",
            person=riet,
            riet=make_invitation(meeting, riet, organisation=council),
            piet=make_invitation(
                meeting,
                piet,
                reply="accepted",
                guests=1,
                guest_names="Ans",
                remark="Ik kom te laat",
            ),
            jan=make_invitation(meeting, jan, reply="declined"),
        )


@pytest.fixture
def anna(story, client, sign_in):
    """Anna's browser."""
    return sign_in(client, story.anna)


def invitation(transaction, row):
    with transaction() as session:
        return session.get(Invitation, row.id)


def said(**values):
    return {"reply": "accepted", "via": "phone", **values}


def test_all_answers_stand_there_with_guests_remark_and_how(story, anna):
    page = check_page(anna.get(story.at))
    for words in ("Riet", "Adviesraad Noordwolde", "Ans", "Ik kom te laat", "persoonlijke link"):
        assert words in page


def test_a_tab_shows_one_answer_with_its_count(story, anna):
    page = check_page(anna.get(f"{story.at}?reply=declined"))
    assert "Jan Adriaans" in page
    assert "Piet Jansen" not in page
    assert 'Komt niet <span class="tabs__count">1</span>' in page


@pytest.mark.parametrize(
    ("query", "first"),
    [("", "Jan"), ("sort=name&desc=1", "Piet"), ("sort=answer", "Piet"), ("sort=when", "Jan")],
)
def test_the_list_is_sorted_as_asked(story, anna, query, first):
    page = check_page(anna.get(f"{story.at}?{query}"))
    names = ("Jan Adriaans", "Piet Jansen", "Riet van der Berg")
    assert min(names, key=lambda name: page.index(f">{name}<")).startswith(first)


@pytest.mark.parametrize("by", ["name", "answer", "when"])
def test_each_row_stands_on_one_page_whatever_the_sort(story, anna, transaction, by):
    with transaction():
        for number in range(57):
            make_invitation(story.meeting, make_person(f"Nummer N{number:02}"), reply="accepted")
    seen, address = [], f"{story.at}?sort={by}"
    for _ in range(2):
        page = check_page(anna.get(address))
        seen += [f"N{number:02}" for number in range(57) if f"Nummer N{number:02}<" in page]
        if 'rel="next"' in page:
            address = story.at + page.split('rel="next" href="')[1].split('"')[0].replace(
                "&amp;", "&"
            )
    assert sorted(seen) == [f"N{number:02}" for number in range(57)]


@pytest.mark.parametrize(
    "query", ["reply=x&sort=<b>&desc=9", "after=%00", "mailing=99999999999999", "q=" + "x" * 3000]
)
def test_an_address_may_hold_anything(story, anna, query):
    check_page(anna.get(f"{story.at}?{query}"))


def test_a_full_page_asks_a_bounded_number_of_questions(story, anna, transaction, statements):
    with transaction():
        for number in range(60):
            council = make_organisation(f"Raad {number}")
            make_invitation(story.meeting, make_person(f"P {number}"), organisation=council)
    with statements() as asked:
        check_page(anna.get(story.at))
    assert len(asked) <= 14, asked


def test_an_answer_by_telephone_is_kept_with_how_it_came(story, anna, transaction):
    done = anna.post(f"{story.at}/{story.riet.id}", data=said(guests="2", remark="Belt terug"))
    assert done.status_code == 303
    kept = invitation(transaction, story.riet)
    assert (kept.reply, kept.guests, kept.remark, kept.replied_via) == (
        "accepted", 2, "Belt terug", "phone",
    )  # fmt: skip


def test_the_log_tells_who_entered_an_answer(story, anna):
    anna.post(f"{story.at}/{story.riet.id}", data=said(reply="declined", via="advisor"))
    page = check_page(anna.get(f"{story.at}/{story.riet.id}"))
    assert "ingevuld door een regioadviseur, Anna de Vries" in page


def test_a_substitute_is_named_for_somebody(story, anna, transaction):
    data = said(reply="substitute", substitute_name="Toon Bos", guests="1")
    anna.post(f"{story.at}/{story.riet.id}", data=data)
    kept = invitation(transaction, story.riet)
    assert (kept.reply, kept.substitute_name, kept.guests) == ("declined", "Toon Bos", 1)


def test_without_a_name_of_the_substitute_nothing_is_kept(story, anna, transaction):
    data = said(reply="substitute", remark="Bewaar mij")
    page = check_page(anna.post(f"{story.at}/{story.riet.id}", data=data), 422)
    assert "Bewaar mij" in page
    assert invitation(transaction, story.riet).reply == "needs_action"


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"reply": "waitlisted"},
        {"guests": "99"},
        {"guests": "x"},
        {"remark": "x" * 3000},
        {"substitute_name": "n" * 10_000},
    ],
)
def test_what_is_wrong_stands_beside_the_field(story, anna, data):
    sent = {"via": "phone", **data} if not data else said(**data)
    page = check_page(anna.post(f"{story.at}/{story.riet.id}", data=sent), 422)
    assert "field__error" in page


def test_a_form_that_is_sent_twice_is_one_answer(story, anna, transaction):
    for _ in range(2):
        anna.post(f"{story.at}/{story.riet.id}", data=said(form_key="k" * 20))
    with transaction() as session:
        assert len(session.scalars(select(Answer)).all()) == 1


def test_who_answered_meanwhile_is_not_overwritten_unseen(story, anna, transaction):
    page = check_page(anna.get(f"{story.at}/{story.riet.id}"))
    seen = page.split('name="seen" type="hidden" value="')[1].split('"')[0]
    anna.post(f"{story.at}/{story.riet.id}", data=said(reply="declined"))
    sent = said(seen=seen, remark="Nog steeds hier")
    page = check_page(anna.post(f"{story.at}/{story.riet.id}", data=sent), 409)
    assert "Nog steeds hier" in page
    assert invitation(transaction, story.riet).reply == "declined"


def test_an_advisor_of_another_region_reads_and_does_not_answer(story, client, sign_in):
    bram = sign_in(client, story.bram)
    page = check_page(bram.get(f"{story.at}/{story.riet.id}"))
    assert "Bewaar dit antwoord" not in page
    assert bram.post(f"{story.at}/{story.riet.id}", data=said()).status_code == 403


def test_an_editor_sees_no_answers(story, client, sign_in):
    assert sign_in(client, story.ilse).get(story.at).status_code == 403


def test_an_answer_under_another_meeting_is_not_found(story, anna, transaction):
    with transaction():
        other = make_meeting(story.anna.person, story.noord)
    assert anna.get(f"/manage/meetings/{other.id}/answers/{story.riet.id}").status_code == 404


def test_a_reminder_is_shown_before_anything_is_sent(story, anna, transaction):
    chosen = [story.riet.id, story.piet.id, story.jan.id]
    page = check_page(anna.post(f"{story.at}/remind", data={"chosen": chosen}))
    assert "Verstuur 2 herinneringen" in page
    with transaction() as session:
        assert session.scalars(select(Message)).all() == []


def test_each_of_the_chosen_gets_the_reminder_that_fits(story, anna, transaction):
    chosen = f"{story.riet.id},{story.piet.id},{story.jan.id},x,99999"
    for _ in range(2):
        anna.post(f"{story.at}/remind/send", data={"chosen": chosen, "form_key": "r" * 20})
    with transaction() as session:
        mails = session.scalars(select(Message).order_by(Message.id)).all()
        assert [(one.address, one.template) for one in mails] == [
            ("riet@raad.example", "reminder_silent"),
            ("piet@raad.example", "reminder_week"),
        ]


def test_who_wants_no_mail_is_named_as_left_out(story, anna, transaction):
    with transaction():
        withhold_person(story.person.id, Purpose.MEETINGS, "opted_out")
    page = check_page(anna.post(f"{story.at}/remind", data={"chosen": story.riet.id}))
    assert "Niemand van deze keuze kan worden herinnerd" in page


def test_nobody_ticked_leads_back_with_a_word(story, anna):
    page = check_page(anna.post(f"{story.at}/remind", data={}, follow_redirects=True))
    assert "Kies eerst wie een herinnering krijgt" in page


@pytest.mark.parametrize("what", ["remind", "remind/send"])
def test_an_advisor_of_another_region_reminds_nobody(story, client, sign_in, what):
    bram = sign_in(client, story.bram)
    assert bram.post(f"{story.at}/{what}", data={"chosen": story.riet.id}).status_code == 403
