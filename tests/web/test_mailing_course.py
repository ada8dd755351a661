"""What somebody does with a mailing: undo, pause, stop, send again, and who may."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from eventsapp.core.audit import AuditEntry
from eventsapp.core.dates import now
from eventsapp.invitations.models import Invitation
from eventsapp.mail import outbox
from eventsapp.mail.models import Mailing, Message
from tests.checks import check_page
from tests.mailed import MAIL, change, first, invite_two


@pytest.fixture
def sending(cast, transaction):
    """Anna invited Riet and Joop; the mails still wait."""
    return invite_two(cast, transaction)


def test_undo_takes_the_invitations_back(anna, sending, transaction):
    later = now().replace(year=now().year + 1)
    with transaction() as session:
        session.get(Mailing, sending.id).not_before = later
    assert "/undo" in check_page(anna.get(f"{MAIL}{sending.id}"))
    anna.post(f"{MAIL}{sending.id}/undo")
    with transaction() as session:
        assert session.query(Invitation).count() == 0
        assert set(session.scalars(select(Message.state))) == {"cancelled"}


def test_what_was_erased_offers_no_way_to_send_it_again(anna, sending, transaction):
    change(transaction, sending, state="failed", reason="refused")
    assert "again" in check_page(anna.get(f"{MAIL}{sending.id}"))
    with transaction() as session:
        session.get(Mailing, sending.id).purged_at = now()
    page = check_page(anna.get(f"{MAIL}{sending.id}"))
    assert "/again" not in page
    assert "send-failed-again" not in page


def test_what_was_erased_by_its_own_age_offers_no_way_to_send_it_again(
    anna, sending, transaction, settings
):
    change(transaction, sending, state="failed", reason="refused")
    old = first(transaction, sending)
    with transaction() as session:
        session.get(Message, old).created_at -= timedelta(days=settings.keep_mail_days + 1)
    page = check_page(anna.get(f"{MAIL}{sending.id}"))
    assert page.count("/again") == 1
    assert f"{MAIL}messages/{old}/again" not in page


def test_undo_after_the_time_is_refused(anna, sending):
    check_page(anna.post(f"{MAIL}{sending.id}/undo"), 409)


def test_a_failed_mail_is_sent_again_once(anna, sending, transaction):
    change(transaction, sending, state="failed", reason="refused")
    number = first(transaction, sending)
    for _ in range(2):
        answer = anna.post(f"{MAIL}messages/{number}/again", data={"form_key": "k"})
        assert answer.status_code == 303
    with transaction() as session:
        assert session.get(Message, number).state == "queued"
        assert session.query(AuditEntry).filter_by(action="send_again").count() == 1


def test_what_was_sent_is_not_sent_again(anna, sending, transaction):
    change(transaction, sending, state="sent")
    check_page(anna.post(f"{MAIL}messages/{first(transaction, sending)}/again"), 409)


def test_what_lay_too_long_goes_after_all_with_one_press(anna, sending, transaction):
    change(transaction, sending, state="failed", reason="overdue")
    assert "/send-held" in check_page(anna.get(f"{MAIL}{sending.id}"))
    anna.post(f"{MAIL}{sending.id}/send-held")
    with transaction() as session:
        assert set(session.scalars(select(Message.state))) == {"queued"}


def test_another_region_reads_but_does_not_send(bram, sending, transaction):
    change(transaction, sending, state="failed", reason="refused")
    assert "/again" not in check_page(bram.get(f"{MAIL}{sending.id}"))
    check_page(bram.post(f"{MAIL}messages/{first(transaction, sending)}/again"), 403)
    check_page(bram.post(f"{MAIL}{sending.id}/undo"), 403)


def test_a_letter_to_a_list_is_taken_back_by_its_writer_only(bram, sending, transaction):
    change(transaction, sending, state="queued")
    with transaction() as session:
        session.get(Mailing, sending.id).reference = "list:1"
    assert bram.post(f"{MAIL}{sending.id}/undo").status_code == 403


def course_of(transaction, mailing):
    with transaction() as session:
        return session.get(Mailing, mailing.id).course


def test_a_mailing_is_paused_and_goes_on_by_buttons(anna, sending, transaction):
    anna.post(f"{MAIL}{sending.id}/pause")
    assert course_of(transaction, sending) == "paused"
    page = check_page(anna.get(f"{MAIL}{sending.id}"))
    assert "Deze verzending staat stil" in page
    assert "/pause" not in page
    anna.post(f"{MAIL}{sending.id}/resume")
    assert course_of(transaction, sending) == "open"


def test_mails_of_a_change_have_no_button_that_holds_them_back(anna, sending, transaction):
    with transaction() as session:
        session.get(Mailing, sending.id).kind = "update"
    page = check_page(anna.get(f"{MAIL}{sending.id}"))
    assert "/pause" not in page
    assert "/stop" not in page
    assert "Zonder deze mails" in check_page(anna.post(f"{MAIL}{sending.id}/stop"), 409)


def test_stopping_an_invitation_round_removes_who_was_not_told(anna, sending, transaction):
    assert anna.post(f"{MAIL}{sending.id}/stop").status_code == 303
    with transaction() as session:
        assert session.query(Invitation).count() == 0
        assert set(session.scalars(select(Message.state))) == {"cancelled"}
    assert course_of(transaction, sending) == "stopped"


def test_stopping_says_what_may_still_leave_and_the_bar_goes_on(anna, sending, transaction):
    number = first(transaction, sending)
    with transaction() as session:
        session.get(Message, number).state = "leased"
    page = check_page(anna.post(f"{MAIL}{sending.id}/stop", follow_redirects=True))
    assert "1 mail wordt niet verstuurd" in page
    assert "Nog 1 werd net overgedragen" in page
    assert "data-live-progress" in page
    assert not anna.get(f"{MAIL}{sending.id}/progress.json").json["finished"]


def test_what_failed_goes_again_with_one_press_and_pressed_twice_once(anna, sending, transaction):
    change(transaction, sending, state="failed", reason="refused")
    place = f"{MAIL}{sending.id}/send-failed-again"
    assert place in check_page(anna.get(f"{MAIL}{sending.id}"))
    for _ in range(2):
        assert anna.post(place, data={"form_key": "k"}).status_code == 303
    with transaction() as session:
        assert set(session.scalars(select(Message.state))) == {"queued"}
        assert session.query(AuditEntry).filter_by(action="mailing.send_failed_again").count() == 1


def test_another_region_steers_no_mailing(bram, sending, transaction):
    for act in ("pause", "resume", "stop", "send-failed-again"):
        check_page(bram.post(f"{MAIL}{sending.id}/{act}"), 403)
    assert course_of(transaction, sending) == "open"


def test_that_we_stopped_by_ourselves_is_said_in_numbers(anna, sending, transaction):
    change(transaction, sending, state="failed", reason="refused")
    with transaction() as session:
        found = session.get(Mailing, sending.id)
        found.course, found.course_reason = "paused", "breaker"
        session.get(Message, found.messages[0].id).state = "sent"
        found.messages[0].reason = ""
    page = check_page(anna.get(f"{MAIL}{sending.id}"))
    assert "van de eerste 2 kwamen er 1 terug" in page


def test_that_we_stopped_by_ourselves_counts_as_the_breaker_does(anna, sending, transaction):
    with transaction() as session:
        letters = [
            outbox.Letter(f"letter:{one}", f"lid{one}@raad.example", "Lid", "nl", "invitation")
            for one in range(502)
        ]
        numbers = sorted(outbox.enqueue(session.get(Mailing, sending.id), letters))
        found = session.get(Mailing, sending.id)
        found.course, found.course_reason = "paused", "breaker"
        backs = {numbers[0]: "hard", numbers[1]: "soft", numbers[-1]: "hard"}
        for row in session.scalars(select(Message).where(Message.id.in_(numbers))):
            row.state, row.bounce_kind = "sent", backs.get(row.id, "")
            row.bounced_at = now() if row.bounce_kind else None
    page = check_page(anna.get(f"{MAIL}{sending.id}"))
    assert "van de eerste 500 kwamen er 1 terug" in page
