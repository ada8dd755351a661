"""What meetings hold on somebody: invitations, answers, needs, attendance; and what stays of it.

`holdings.py` gathers it. Who was asked and who came stays as a row without a name, so that "12 of
30 came" stays true; every word that somebody wrote goes.
"""

from __future__ import annotations

from sqlalchemy import Select, String, cast, delete, literal, or_, select, union_all, update

from eventsapp.core.db import db
from eventsapp.core.labels import N_
from eventsapp.invitations.models import (
    AccessNeed,
    Answer,
    Attendance,
    CallNote,
    Invitation,
    Notice,
    QuestionAnswer,
    RememberedNeed,
    SignUp,
)
from eventsapp.meetings.kinds import QuestionKind
from eventsapp.meetings.models import Question
from eventsapp.privacy.kinds import Fate
from eventsapp.privacy.traces import Holding, Traces, how_many, run


def _invitations(one: Traces) -> int:
    return how_many(one.invitations)


def _strip_invitations(one: Traces) -> None:
    """Take everything from the invitations but that somebody was asked, and the answer.

    Also where the person was named as somebody else's substitute.
    """
    run(
        update(Invitation)
        .where(Invitation.person_id == one.person_id)
        .values(
            email="",
            role_kind="",
            guest_names="",
            remark="",
            substitute_name="",
            substitute_email="",
            reply_alias="",
            organizer="",
            generation=Invitation.generation + 1,
            version=Invitation.version + 1,
        )
    )
    run(update(Answer).where(Answer.invitation_id.in_(one.invitations)).values(substitute_name=""))
    instead = select(Invitation.id).where(one.is_own(Invitation.substitute_email))
    run(update(Answer).where(Answer.invitation_id.in_(instead)).values(substitute_name=""))
    run(
        update(Invitation)
        .where(one.is_own(Invitation.substitute_email))
        .values(substitute_name="", substitute_email="")
    )


def _words(one: Traces) -> int:
    own = one.invitations
    return how_many(
        union_all(
            select(Invitation.id).where(
                Invitation.person_id == one.person_id,
                or_(
                    Invitation.remark != "",
                    Invitation.guest_names != "",
                    Invitation.substitute_name != "",
                ),
            ),
            _typed_answers(one),
            select(Notice.id).where(Notice.invitation_id.in_(own)),
            select(CallNote.id).where(CallNote.invitation_id.in_(own)),
        )
    )


def _typed_answers(one: Traces) -> Select[int]:
    """Ask for answers in own words and about health; choices stay, as counts do."""
    return (
        select(QuestionAnswer.id)
        .join(Question, Question.id == QuestionAnswer.question_id)
        .where(
            QuestionAnswer.invitation_id.in_(one.invitations),
            or_(Question.kind == QuestionKind.TEXT.value, Question.is_sensitive),
        )
    )


def _erase_words(one: Traces) -> None:
    run(delete(QuestionAnswer).where(QuestionAnswer.id.in_(_typed_answers(one))))
    run(delete(Notice).where(Notice.invitation_id.in_(one.invitations)))
    run(delete(CallNote).where(CallNote.invitation_id.in_(one.invitations)))
    named = select(Notice).where(Notice.detail["email"].as_string() != "")
    for notice in db.session.scalars(named):
        if str(notice.detail.get("email", "")).lower() in one.own:
            notice.detail = {"name": "", "email": "", "phone": "", "remark": ""}


def _needs(one: Traces) -> int:
    return how_many(
        union_all(
            select(AccessNeed.id).where(AccessNeed.invitation_id.in_(one.invitations)),
            select(RememberedNeed.id).where(RememberedNeed.person_id == one.person_id),
        )
    )


def _erase_needs(one: Traces) -> None:
    run(delete(AccessNeed).where(AccessNeed.invitation_id.in_(one.invitations)))
    run(delete(RememberedNeed).where(RememberedNeed.person_id == one.person_id))


def _attendance(one: Traces) -> int:
    return how_many(select(Attendance.id).where(Attendance.person_id == one.person_id))


def _strip_attendance(one: Traces) -> None:
    run(
        update(Attendance)
        .where(Attendance.person_id == one.person_id)
        .values(may_invite=None, may_send_newsletter=None)
    )


def _own_sign_ups(one: Traces) -> Select[int]:
    return select(SignUp.id).where(
        or_(SignUp.invitation_id.in_(one.invitations), one.is_own(SignUp.email))
    )


def _sign_ups(one: Traces) -> int:
    return how_many(_own_sign_ups(one))


def _erase_sign_ups(one: Traces) -> None:
    run(delete(SignUp).where(SignUp.id.in_(_own_sign_ups(one))))


def sign_up_references(one: Traces) -> Select[str]:
    """Ask for the texts by which mails name the person's sign-ups."""
    named = literal("sign_up:") + cast(SignUp.id, String)
    return select(named).where(SignUp.id.in_(_own_sign_ups(one)))


HOLDINGS = (
    Holding(
        N_("What somebody needs to take part"),
        Fate.ERASED,
        ("access_need", "remembered_need"),
        _needs,
        _erase_needs,
    ),
    Holding(
        N_("Remarks, names of guests and substitutes, answers in own words"),
        Fate.ERASED,
        ("question_answer", "notice", "call_note"),
        _words,
        _erase_words,
    ),
    Holding(
        N_("Own sign-ups for public meetings"),
        Fate.ERASED,
        ("sign_up",),
        _sign_ups,
        _erase_sign_ups,
    ),
    Holding(
        N_("Invitations and answers, as counts"),
        Fate.NAMELESS,
        ("invitation", "answer", "invited_organisation"),
        _invitations,
        _strip_invitations,
    ),
    Holding(
        N_("Attendance, as counts"),
        Fate.NAMELESS,
        ("attendance",),
        _attendance,
        _strip_attendance,
    ),
)
