"""The page after signing in: what it tells, to whom, in which order, with how many questions."""

from datetime import timedelta

import pytest

from eventsapp.core import room
from eventsapp.core.dates import now, today
from eventsapp.invitations.models import Notice
from eventsapp.mail.models import Mailing, Message
from eventsapp.meetings.models import Meeting
from tests.checks import check_page
from tests.factories import make_invitation, make_meeting, make_network, make_person
from tests.newsletters import make_edition

HOME = "/manage/"
pytestmark = pytest.mark.usefixtures("monday")


@pytest.fixture
def monday(freeze):
    freeze("2027-01-11 09:00")


@pytest.fixture
def plan(cast, transaction):
    """`plan(days=3, replies=("accepted",))` plans a meeting of Anna with these answers."""

    def plan(title="Overleg Noord", replies=(), organiser=None, **values):
        with transaction():
            held = make_meeting(organiser or cast.anna.person, cast.noord, title=title, **values)
            for number, reply in enumerate(replies):
                make_invitation(held, make_person(f"Gast Nummer{number}"), reply=reply)
            return held

    return plan


def fail_a_mail(transaction, meeting, *states):
    with transaction() as session:
        mailing = Mailing(
            kind="invitation",
            purpose="meetings",
            reference=f"meeting:{meeting.id}",
            title=meeting.title,
            sender_name="Anna",
            sender_address="x@y.example",
        )
        mailing.messages = [
            Message(
                key=f"key {number}",
                address="x@y.example",
                template="invitation",
                state=state,
                message_id=f"<{number}@y.example>",
                settled_at=now(),
            )
            for number, state in enumerate(states)
        ]
        session.add(mailing)


def test_a_new_advisor_reads_how_to_begin(anna):
    html = check_page(anna.get(HOME))
    assert "Plan je eerste bijeenkomst" in html
    assert 'href="/manage/meetings/new"' in html


def test_meetings_of_this_week_show_their_answers(anna, plan):
    plan(days=3, replies=("accepted", "accepted", "declined", "needs_action"))
    html = check_page(anna.get(HOME))
    assert "Overleg Noord" in html
    assert "2 komen" in html
    assert "1 heeft nog niet geantwoord" in html


def test_a_meeting_later_than_this_week_is_no_task(anna, plan):
    plan(days=20, replies=("accepted",))
    html = check_page(anna.get(HOME))
    assert "Overleg Noord" not in html
    assert "Er is vandaag niets te doen" in html


def test_the_silent_are_told_when_the_deadline_is_near(anna, plan):
    plan(days=20, replies=("needs_action",) * 3, answer_by=(now() + timedelta(days=4)).date())
    html = check_page(anna.get(HOME))
    assert "3 hebben nog niet geantwoord" in html
    assert "antwoord graag vóór vrijdag 15 januari 2027" in html


def test_a_deadline_that_is_far_away_waits(anna, plan):
    plan(days=20, replies=("needs_action",), answer_by=(now() + timedelta(days=12)).date())
    assert "Overleg Noord" not in check_page(anna.get(HOME))


def test_a_past_meeting_asks_who_was_there(anna, plan):
    plan(days=-3, replies=("accepted",))
    assert "wie er was, is nog niet ingevuld" in check_page(anna.get(HOME))


@pytest.mark.parametrize("values", [{"attendance_closed_at": True}, {"status": "cancelled"}])
def test_a_past_meeting_that_is_settled_asks_nothing(anna, plan, values):
    values = {key: now() if value is True else value for key, value in values.items()}
    plan(days=-3, replies=("accepted",), **values)
    assert "Overleg Noord" not in check_page(anna.get(HOME))


def test_what_participants_told_waits_for_an_advisor(anna, plan, transaction):
    held = plan(days=20)
    with transaction() as session:
        invitation = make_invitation(held, make_person("Riet Vos"), reply="accepted")
        session.add(Notice(invitation_id=invitation.id, kind="not_me"))
    assert "1 deelnemer heeft iets laten weten" in check_page(anna.get(HOME))


def test_mail_that_did_not_arrive_is_told_by_number(anna, plan, transaction):
    held = plan(days=20, replies=("accepted",))
    fail_a_mail(transaction, held, "failed", "failed", "unknown", "sent")
    html = check_page(anna.get(HOME))
    assert "2 mails niet aangekomen" in html
    assert "1 mail misschien niet aangekomen" in html


def test_a_meeting_to_which_nobody_is_invited_may_wait(anna, plan):
    plan("Themamiddag", days=30)
    plan("Nieuw idee", days=40, status="draft")
    html = check_page(anna.get(HOME))
    later = html[html.index("Als je tijd hebt") :]
    assert "er is nog niemand uitgenodigd" in later
    assert "nog een concept" in later


def test_a_network_that_has_not_met_for_long_is_named(anna, cast, plan, transaction):
    with transaction():
        make_network("Netwerk Stil", region_id=cast.noord.id, cadence_weeks=8)
        met = make_network("Netwerk Druk", region_id=cast.noord.id, cadence_weeks=8)
        far = make_network("Netwerk Elders", region_id=cast.zuid.id, cadence_weeks=8)
    plan(days=-20, network=met, attendance_closed_at=now())
    html = check_page(anna.get(HOME))
    assert "Netwerk Stil" in html
    assert met.name not in html
    assert far.name not in html


def test_five_things_stand_on_top_one_of_each_kind_first(anna, plan):
    for day in (1, 2, 3, 4, 5, 6):
        plan(f"Deze week {day}", days=day, replies=("accepted",))
    plan("Nog invullen", days=-2, replies=("accepted",))
    html = check_page(anna.get(HOME))
    top, later = html.split("Als je tijd hebt")
    assert top.count("task-list__title") == 5
    assert "Nog invullen" in top
    assert later.count("task-list__title") == 2


def test_a_meeting_of_a_colleague_in_another_region_is_nobodys_task_here(bram, plan):
    plan(days=3, replies=("needs_action",))
    assert "Overleg Noord" not in check_page(bram.get(HOME))


def test_the_coordinator_sees_whose_meeting_it_is(kees, plan):
    plan(days=3, replies=("needs_action",))
    html = check_page(kees.get(HOME))
    assert "Overleg Noord" in html
    assert "Anna de Vries" in html


def test_a_closed_group_of_somebody_else_is_not_here(kees, plan):
    plan("Lotgenoten", days=3, replies=("needs_action",), is_confidential=True)
    assert "Lotgenoten" not in check_page(kees.get(HOME))


def test_an_editor_sees_no_tasks_and_no_button_to_plan(app, cast, sign_in, plan):
    plan(days=3, replies=("needs_action",))
    html = check_page(sign_in(app.test_client(), cast.ilse).get(HOME))
    assert "/manage/meetings/new" not in html
    assert "Er wordt nu geen nieuwsbrief gemaakt" in html


def test_an_editor_lands_on_the_editions_in_the_making(app, cast, sign_in, transaction):
    day = today() + timedelta(days=30)
    with transaction():
        make_edition(title="Nieuwsbrief van mei", review_on=day - timedelta(days=9), send_on=day)
        make_edition(title="Nieuwsbrief van maart", status="sent")
    html = check_page(sign_in(app.test_client(), cast.ilse).get(HOME))
    assert "In de maak" in html
    assert "Nieuwsbrief van mei" in html
    assert "Klaar om mee te lezen" in html
    assert "Nieuwsbrief van maart" not in html


def test_hostile_titles_are_only_text(anna, plan):
    plan("<script>alert(1)</script>" + "x" * 170, days=2, replies=("accepted",))
    assert "<script>alert" not in check_page(anna.get(HOME))


def test_the_number_of_questions_does_not_grow(kees, cast, plan, transaction, statements):
    def fill(number):
        for each in range(number):
            held = plan(f"Week {number} {each}", days=3, replies=("accepted", "needs_action"))
            plan(f"Voorbij {number} {each}", days=-3, replies=("accepted",))
            plan(f"Concept {number} {each}", days=30, status="draft")
            with transaction():
                make_network(f"Netwerk {number} {each}", region_id=cast.noord.id, cadence_weeks=4)
        return held

    def asked():
        with statements() as found:
            check_page(kees.get(HOME))
        return len([line for line in found if line.startswith("SELECT")])

    fill(1)
    few = asked()
    fill(8)
    assert asked() == few <= 19


def test_the_long_list_of_a_busy_week_is_cut(kees, plan, transaction):
    for number in range(14):
        plan(f"Overleg {number}", days=2, replies=("accepted",))
    with transaction() as session:
        assert session.query(Meeting).count() == 14
    assert check_page(kees.get(HOME)).count("task-list__title") <= 17


def test_who_can_have_room_made_hears_that_there_is_little(kees, anna, monkeypatch):
    words = "De schijf van de server is bijna vol"
    assert words not in check_page(kees.get(HOME))
    monkeypatch.setattr(room, "LITTLE", 1 << 62)
    assert words in check_page(kees.get(HOME))
    assert words not in check_page(anna.get(HOME))
