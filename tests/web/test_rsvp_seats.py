"""Two who press at the same moment, on connections of their own: nobody gets a seat twice."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import select

from eventsapp.core.links import answer_token
from eventsapp.invitations.models import Answer, Invitation, QuestionAnswer
from eventsapp.meetings.models import Question
from tests.factories import make_invitation, make_person


def neighbour(petra, **values):
    """Invite Riet to the same meeting; give her token."""
    with petra.transaction() as session:
        meeting = session.get_one(Invitation, petra.invitation_id).meeting
        invitation = make_invitation(meeting, make_person("Riet Bos"), **values)
        return answer_token(invitation.id, invitation.generation)


def at_once(app, *sent):
    """Post these (address, data) at the same moment; give the statuses."""
    start = Barrier(len(sent))

    def post(address, data):
        browser = app.test_client()
        start.wait(120)
        return browser.post(address, data=data).status_code

    with ThreadPoolExecutor(len(sent)) as pool:
        return sorted(each.result(120) for each in [pool.submit(post, *one) for one in sent])


def replies(petra):
    with petra.transaction() as session:
        return sorted(session.scalars(select(Invitation.reply)))


def test_two_who_press_at_once_do_not_both_get_the_last_seat(app, invited):
    petra = invited(meeting={"capacity": 1})
    riet = neighbour(petra)
    yes = {"reply": "accepted"}
    assert at_once(app, (petra.at("answer"), yes), (f"/a/{riet}/answer", yes)) == [303, 303]
    assert replies(petra) == ["accepted", "waitlisted"]


def test_a_double_click_that_comes_at_once_answers_once(app, invited):
    petra = invited()
    one = (petra.at("answer"), {"reply": "accepted"})
    assert at_once(app, one, one, one) == [303, 303, 303]
    assert len(petra.rows(Answer)) == 1
    assert len(petra.mails("confirmation")) == 1


def test_two_who_choose_at_once_do_not_both_get_the_last_seat_of_a_workshop(app, invited):
    options = [{"label": "Raad", "seats": 1}]
    petra = invited(
        reply="accepted", questions=(Question(kind="workshop", label="Welke?", options=options),)
    )
    riet = neighbour(petra, reply="accepted")
    choice = {f"question-{petra.question_ids[0]}": "Raad"}
    statuses = at_once(app, (petra.at("extras"), choice), (f"/a/{riet}/extras", choice))
    assert statuses == [303, 422]
    assert len(petra.rows(QuestionAnswer)) == 1


def test_a_seat_that_is_given_up_goes_to_who_waits_with_a_mail(invited):
    petra = invited(meeting={"capacity": 1}, reply="accepted")
    riet = neighbour(petra, reply="waitlisted")
    petra.press("declined")
    assert replies(petra) == ["accepted", "declined"]
    assert "Wij weten dat u komt" in petra.client.get(f"/a/{riet}").text
    assert len(petra.mails("seat_offered")) == 1
