"""Changing and cancelling a meeting to which people were invited: shown first, then told."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from eventsapp.core.settings import keep
from eventsapp.invitations.clashes import invitees_elsewhere
from eventsapp.invitations.models import Invitation
from eventsapp.mail.models import Message
from eventsapp.meetings.models import Meeting
from tests.checks import check_page
from tests.factories import actor_of, make_invitation, make_meeting, make_person, wall
from tests.meetings import MEETINGS, as_shown, hidden, typed


@pytest.fixture
def invited(cast, meeting, transaction):
    """Petra comes and has it in her calendar, Joop has not answered."""
    with transaction() as session:
        meeting = session.merge(meeting)
        petra = session.merge(cast.petra)
        make_invitation(meeting, petra, reply="accepted", last_method="REQUEST")
        make_invitation(meeting, make_person("Joop Kok"), last_method="REQUEST")
    return meeting


def form_of(anna, cast, meeting, **values):
    place = f"{MEETINGS}{meeting.id}/edit"
    data = typed(check_page(anna.get(place)), cast.noord, organiser=cast.anna.person_id)
    kept = {
        "title": meeting.title,
        "kind": meeting.kind,
        "day": f"{meeting.starts_wall:%Y-%m-%d}",
        "place_name": meeting.place_name,
        "town": meeting.town,
    }
    return place, {**data, **kept, **values}


def kept_of(transaction, meeting):
    with transaction() as session:
        messages = session.scalars(select(Message)).all()
        return session.get(Meeting, meeting.id), messages


def test_another_time_is_shown_first_and_nothing_is_kept_or_sent_yet(
    anna, cast, invited, transaction
):
    place, data = form_of(anna, cast, invited, starts="10:00", ends="12:00")

    page = check_page(anna.post(place, data=data))

    assert "2</span>" in page
    meeting, messages = kept_of(transaction, invited)
    assert (meeting.starts_wall.hour, messages) == (13, [])


def test_pressing_the_button_on_that_page_changes_and_tells(anna, cast, invited, transaction):
    place, data = form_of(
        anna, cast, invited, starts="10:00", ends="12:00", directions="Links.\nDan rechts."
    )
    page = check_page(anna.post(place, data=data))

    answer = anna.post(place, data=dict(as_shown(page), tell="1"))

    assert answer.status_code == 303
    meeting, messages = kept_of(transaction, invited)
    assert (meeting.starts_wall.hour, meeting.directions) == (10, "Links.\nDan rechts.")
    assert {message.template for message in messages} == {"update"}
    assert len(messages) == 2


@pytest.fixture
def undo_time(app, settings):
    """There is a minute to take things back, as in production."""
    keep(app, settings.replace(undo_seconds=60))
    yield
    keep(app, settings)


def changed(anna, cast, invited, **values):
    """Change it, and give the page that one comes to."""
    place, data = form_of(anna, cast, invited, **values)
    page = check_page(anna.post(place, data=data))
    return check_page(anna.post(place, data=dict(as_shown(page), tell="1"), follow_redirects=True))


def link_to_mails(page):
    return re.search(r'<a href="(/manage/mail/\d+)">([^<]*)</a>', page).groups()


def test_news_of_a_text_can_be_taken_back_from_its_page(
    anna, cast, invited, transaction, undo_time
):
    text = {"starts": "13:30", "ends": "16:00", "description": "<p>Neem brood mee.</p>"}
    place, words = link_to_mails(changed(anna, cast, invited, **text))
    assert words == "Bekijk ze of maak dit ongedaan"
    assert f'action="{place}/undo"' in check_page(anna.get(place))
    anna.post(f"{place}/undo")
    meeting, messages = kept_of(transaction, invited)
    assert {message.state for message in messages} == {"cancelled"}
    assert meeting.description == ""
    with transaction() as session:
        entries = session.scalars(select(Invitation)).all()
        assert {(one.sequence, one.last_method) for one in entries} == {(0, "REQUEST")}


def test_another_time_can_be_undone_on_the_page_of_the_meeting(
    anna, cast, invited, transaction, undo_time
):
    page = changed(anna, cast, invited, starts="10:00", ends="12:00")
    place, _ = link_to_mails(page)
    assert f'action="{place}/undo"' in page
    page = check_page(anna.post(f"{place}/undo", follow_redirects=True))
    assert "De bijeenkomst is weer zoals die was." in page
    assert "/undo" not in page
    meeting, messages = kept_of(transaction, invited)
    assert {message.state for message in messages} == {"cancelled"}
    assert meeting.starts_wall.hour == 13


def test_a_cancellation_can_be_undone_on_the_page_of_the_meeting(
    anna, invited, transaction, undo_time
):
    page = anna.post(f"/manage/meetings/{invited.id}/cancel", data={"reason": "Te weinig mensen"})
    page = check_page(anna.get(page.location))
    assert "gaat de bijeenkomst toch door" in page
    place, _ = link_to_mails(page)
    page = check_page(anna.post(f"{place}/undo", follow_redirects=True))
    assert "Deze bijeenkomst is afgelast" not in page
    meeting, messages = kept_of(transaction, invited)
    assert (meeting.status, meeting.cancel_reason) == ("visible", "")
    assert {message.state for message in messages} == {"cancelled"}


def test_a_change_that_was_changed_again_can_no_longer_be_undone(
    anna, cast, invited, transaction, undo_time
):
    first, _ = link_to_mails(changed(anna, cast, invited, starts="10:00", ends="12:00"))
    second, _ = link_to_mails(changed(anna, cast, invited, starts="11:00", ends="13:00"))
    assert f'action="{first}/undo"' not in check_page(anna.get(first))
    assert "nog eens veranderd" in check_page(anna.post(f"{first}/undo"), 409)
    check_page(anna.post(f"{second}/undo", follow_redirects=True))
    meeting, messages = kept_of(transaction, invited)
    assert meeting.starts_wall.hour == 10
    assert sorted(message.state for message in messages) == ["cancelled"] * 2 + ["queued"] * 2


def test_pressing_it_twice_tells_once(anna, cast, invited, transaction):
    place, data = form_of(anna, cast, invited, starts="10:00", ends="12:00")
    page = check_page(anna.post(place, data=data))

    answers = [anna.post(place, data=dict(as_shown(page), tell="1")) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert len(kept_of(transaction, invited)[1]) == 2


def test_one_can_go_back_to_the_form_and_all_is_still_there(anna, cast, invited, transaction):
    place, data = form_of(anna, cast, invited, starts="10:00", ends="12:00", street="Dorpsweg 3")
    page = check_page(anna.post(place, data=data))

    back = check_page(anna.post(place, data=dict(as_shown(page), again="1")))

    assert 'value="Dorpsweg 3"' in back
    assert kept_of(transaction, invited)[1] == []


def test_a_new_text_may_be_kept_without_mail(anna, cast, invited, transaction):
    place, data = form_of(anna, cast, invited, title="Overleg Noord, met lunch")
    page = check_page(anna.post(place, data=data))

    anna.post(place, data=dict(as_shown(page), tell="0"))

    meeting, messages = kept_of(transaction, invited)
    assert (meeting.title, messages) == ("Overleg Noord, met lunch", [])


def test_what_nobody_is_told_of_asks_nothing(anna, cast, invited, transaction):
    place, data = form_of(anna, cast, invited, capacity="40")

    assert anna.post(place, data=data).status_code == 303
    assert kept_of(transaction, invited)[0].capacity == 40


def test_cancelling_shows_who_is_told_and_then_tells_them(anna, invited, transaction):
    place = f"{MEETINGS}{invited.id}/cancel"
    page = check_page(anna.get(place))
    assert "2</span>" in page

    anna.post(place, data={**hidden(page), "reason": "Storm."})

    meeting, messages = kept_of(transaction, invited)
    assert meeting.status == "cancelled"
    assert {message.template for message in messages} == {"cancellation"}


def test_answers_so_far_stand_on_the_page_and_in_the_list(anna, invited):
    page = check_page(anna.get(f"{MEETINGS}{invited.id}"))
    assert '<span class="figure__number">1</span>' in page

    assert "1 van 2" in check_page(anna.get(MEETINGS))


def test_more_seats_taken_than_there_are_is_told(anna, cast, invited, transaction):
    with transaction() as session:
        meeting = session.merge(invited)
        make_invitation(meeting, make_person("Ria Bos"), reply="accepted", guests=2)
    place, data = form_of(anna, cast, invited, capacity="1")

    page = check_page(anna.post(place, data=data, follow_redirects=True))

    assert "4 plaatsen bezet" in page


def test_invitees_who_are_asked_elsewhere_that_day_are_told(anna, cast, invited, transaction):
    with transaction() as session:
        zuid, bram = session.merge(cast.zuid), session.merge(cast.bram)
        other = make_meeting(
            bram.person, zuid, title="Elders", starts=invited.starts_wall, ends=invited.ends_wall
        )
        make_invitation(other, session.merge(cast.petra))

    page = check_page(anna.get(f"{MEETINGS}{invited.id}"))

    assert "Elders" in page


def test_who_declined_elsewhere_or_is_asked_to_a_closed_group_is_not_told_of(
    cast, invited, transaction
):
    with transaction() as session:
        zuid, bram, petra = (session.merge(each) for each in (cast.zuid, cast.bram, cast.petra))
        times = {"starts": invited.starts_wall, "ends": invited.ends_wall}
        make_invitation(make_meeting(bram.person, zuid, **times), petra, reply="declined")
        closed = make_meeting(bram.person, zuid, is_confidential=True, **times)
        make_invitation(closed, petra)
        day = invited.starts_wall.date()

        assert invitees_elsewhere(actor_of(cast.anna), invited.id, day) == []
        assert len(invitees_elsewhere(actor_of(cast.bram), invited.id, day)) == 1
        assert invitees_elsewhere(actor_of(cast.bram), invited.id, wall(2030, 1, 1).date()) == []


def test_each_mail_of_the_plan_has_a_switch(anna, bram, invited, transaction):
    place = f"{MEETINGS}{invited.id}/mail-plan"
    page = check_page(anna.get(place))
    assert page.count("Uitzetten") == 5

    anna.post(place + "/switch", data={**hidden(page), "mail": "reminder_day", "is_on": ""})

    assert kept_of(transaction, invited)[0].mail_plan == {"reminder_day": False}
    assert check_page(anna.get(place)).count("Uitzetten") == 4
    assert "Uitzetten" not in check_page(bram.get(place))
    token = hidden(check_page(bram.get(MEETINGS + "new")))
    bram.post(place + "/switch", data={**token, "mail": "invitation", "is_on": ""})
    assert "invitation" not in kept_of(transaction, invited)[0].mail_plan
    check_page(anna.post(place + "/switch", data={**hidden(page), "mail": "x"}), 422)
