"""Planning a meeting: what it becomes, who may, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time

import pytest
from sqlalchemy import select

from eventsapp.core.audit import AuditEntry
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, Forbidden, InputError, NotFound
from eventsapp.meetings import planning
from eventsapp.meetings.kinds import PlannedMail, QuestionKind
from eventsapp.meetings.plan import (
    AgendaLine,
    CoOrganiserLine,
    MeetingPlan,
    OptionLine,
    QuestionLine,
    SpeakerLine,
)
from eventsapp.meetings.queries import meeting_for
from eventsapp.meetings.rules import Change
from tests.factories import (
    actor_of,
    make_cast,
    make_municipality,
    make_network,
    make_organisation,
    utc,
    wall,
)


@pytest.fixture
def cast(transaction):
    with transaction() as session:
        cast = make_cast()
        session.flush()
        yield cast
        session.rollback()


def a_plan(cast, **values):
    values.setdefault("title", "Netwerkbijeenkomst Noord")
    values.setdefault("starts_wall", wall(2027, 1, 12, 13, 30))
    values.setdefault("ends_wall", wall(2027, 1, 12, 16))
    values.setdefault("place_name", "Dorpshuis")
    return MeetingPlan(lead_region_id=values.pop("lead", cast.noord.id), **values)


def full_plan(cast):
    return a_plan(
        cast,
        agenda=(
            AgendaLine(
                title="Opening", starts=time(13, 30), speakers=(SpeakerLine(name="Petra de Wit"),)
            ),
            AgendaLine(title="Pauze"),
        ),
        questions=(
            QuestionLine(label="Wat wilt u bespreken?"),
            QuestionLine(
                label="Welke workshop?",
                kind=QuestionKind.WORKSHOP,
                options=(OptionLine(label="Vervoer", seats=10), OptionLine(label="Wonen")),
            ),
        ),
        co_organisers=(CoOrganiserLine(name="Zorgbelang"),),
        description="<p>Welkom<script>alert(1)</script></p>",
        answer_by=date(2027, 1, 5),
        mail_plan={"reminder_week": False, "nonsense": True},
    )


def test_a_plan_becomes_a_draft_of_the_advisor_with_utc_derived_from_the_wall_time(cast):
    meeting = planning.plan(actor_of(cast.anna), a_plan(cast))

    assert (meeting.status, meeting.organiser_person_id) == ("draft", cast.anna.person_id)
    assert meeting.starts_at == utc(2027, 1, 12, 12, 30)
    assert [region.name for region in meeting.regions] == ["Noord"]


def test_what_stands_in_a_plan_is_what_the_meeting_gives_back(cast):
    meant = full_plan(cast)

    meeting = planning.plan(actor_of(cast.anna), meant)

    kept = planning.plan_of(meeting)
    assert [line.title for line in kept.agenda] == ["Opening", "Pauze"]
    assert kept.agenda == meant.agenda
    assert [question.options for question in kept.questions][1][0].seats == 10
    assert kept.description == "<p>Welkom</p>"
    assert kept.mail_plan == {"reminder_week": False}


def test_an_advisor_plans_in_own_regions_only(cast):
    with pytest.raises(Forbidden):
        planning.plan(actor_of(cast.bram), a_plan(cast))


def test_a_coordinator_plans_everywhere_and_an_editor_nowhere(cast):
    planning.plan(actor_of(cast.kees), a_plan(cast))
    with pytest.raises(Forbidden):
        planning.plan(actor_of(cast.ilse), a_plan(cast))


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"title": "  "}, "title"),
        ({"title": "é" * 10_000}, "title"),
        ({"ends_wall": wall(2027, 1, 12, 12)}, "ends"),
        ({"starts_wall": wall(2027, 3, 28, 2, 30), "ends_wall": wall(2027, 3, 28, 9)}, "starts"),
        ({"starts_wall": wall(2027, 10, 31, 2, 30), "ends_wall": wall(2027, 10, 31, 9)}, "starts"),
        ({"answer_by": date(2027, 1, 13)}, "answer_by"),
        ({"capacity": 0}, "capacity"),
        ({"online_url": "javascript:alert(1)"}, "online_url"),
        ({"region_ids": frozenset({999})}, "lead_region_id"),
        ({"theme_ids": frozenset({999})}, "theme_ids"),
        ({"deputy_ids": frozenset({999})}, "deputy_ids"),
        ({"organiser_person_id": 999}, "organiser_person_id"),
        ({"questions": (QuestionLine(label="?"),) * 6}, "questions"),
        (
            {"questions": (QuestionLine(label="?", kind=QuestionKind.CHOICE),)},
            "questions-0-options",
        ),
        ({"agenda": (AgendaLine(title="x" * 201),)}, "agenda-0-title"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_with_its_field(cast, values, field):
    with pytest.raises(InputError) as refused:
        planning.plan(actor_of(cast.anna), a_plan(cast, **values))
    assert refused.value.field == field


def test_a_town_that_is_called_as_a_municipality_belongs_to_it(cast):
    assen = make_municipality("Assen", cast.noord)
    anna = actor_of(cast.anna)

    meeting = planning.plan(anna, a_plan(cast, town="assen"))
    assert meeting.municipality_id == assen.id
    planning.change(anna, meeting, a_plan(cast, town="Nergens"), meeting.version)
    assert meeting.municipality_id is None


def test_a_co_organiser_is_tied_to_the_organisation_that_is_called_exactly_so(cast):
    one = make_organisation("Zorgbelang")
    make_organisation("Ouderenbond")
    make_organisation("Ouderenbond")
    names = ("zorgbelang", "Ouderenbond", "Onbekend")

    meeting = planning.plan(
        actor_of(cast.anna),
        a_plan(cast, co_organisers=tuple(CoOrganiserLine(name=name) for name in names)),
    )

    assert [other.organisation_id for other in meeting.co_organisers] == [one.id, None, None]


def test_headers_cannot_be_smuggled_in_by_a_title(cast):
    meeting = planning.plan(actor_of(cast.anna), a_plan(cast, title="Dag\r\nBcc: x@y.example 🎉"))

    assert meeting.title == "Dag Bcc: x@y.example 🎉"


def test_a_new_time_raises_the_revision_and_a_new_text_does_not(cast):
    anna = actor_of(cast.anna)
    meeting = planning.plan(anna, a_plan(cast))

    told = planning.change(anna, meeting, a_plan(cast, title="Anders"), meeting.version)
    assert (told, meeting.revision) == ({Change.TEXT}, 0)
    later = a_plan(cast, title="Anders", ends_wall=wall(2027, 1, 12, 17))
    assert planning.change(anna, meeting, later, meeting.version) == {Change.TIME}
    assert meeting.revision == 1


def test_a_change_of_the_agenda_alone_raises_the_version(cast):
    anna = actor_of(cast.anna)
    meeting = planning.plan(anna, a_plan(cast))
    before = meeting.version

    planning.change(anna, meeting, a_plan(cast, agenda=(AgendaLine(title="Rondje"),)), before)

    assert meeting.version > before


def test_an_old_version_is_a_conflict_and_writes_nothing(cast):
    anna = actor_of(cast.anna)
    meeting = planning.plan(anna, a_plan(cast))

    with pytest.raises(Conflict):
        planning.change(anna, meeting, a_plan(cast, title="Laat"), meeting.version - 1)
    assert meeting.title == "Netwerkbijeenkomst Noord"


def test_a_question_that_stays_keeps_its_row_so_its_answers_stay(cast):
    anna = actor_of(cast.anna)
    meeting = planning.plan(anna, full_plan(cast))
    kept = planning.plan_of(meeting)
    second = replace(kept.questions[1], label="Welke workshop kiest u?")

    planning.change(anna, meeting, replace(kept, questions=(second,)), meeting.version)

    assert [(question.id, question.label) for question in meeting.questions] == [
        (second.id, "Welke workshop kiest u?")
    ]


def test_saving_the_same_again_changes_nothing_that_is_told(cast):
    anna = actor_of(cast.anna)
    meeting = planning.plan(anna, full_plan(cast))

    told = planning.change(anna, meeting, planning.plan_of(meeting), meeting.version)

    assert (told, meeting.revision) == (set(), 0)


def test_others_regions_can_be_read_not_changed(cast):
    meeting = planning.plan(actor_of(cast.anna), a_plan(cast))
    bram = actor_of(cast.bram)

    assert meeting_for(bram, meeting.id) is meeting
    with pytest.raises(Forbidden):
        meeting_for(bram, meeting.id, write=True)
    with pytest.raises(Forbidden):
        planning.change(bram, meeting, a_plan(cast), meeting.version)
    with pytest.raises(Forbidden):
        planning.publish(bram, meeting)
    with pytest.raises(Forbidden):
        planning.cancel_meeting(bram, meeting, "")
    with pytest.raises(Forbidden):
        planning.switch_mail(bram, meeting, PlannedMail.REMINDER_DAY, False)


def test_a_second_advisor_of_another_region_may_change_it(cast):
    anna, bram = actor_of(cast.anna), actor_of(cast.bram)
    meeting = planning.plan(anna, a_plan(cast, deputy_ids=frozenset({bram.person_id})))

    meant = replace(planning.plan_of(meeting), title="Samen")
    planning.change(bram, meeting, meant, meeting.version)

    assert meeting.title == "Samen"


def test_nobody_moves_a_meeting_to_a_region_of_others(cast):
    anna = actor_of(cast.anna)
    meeting = planning.plan(anna, a_plan(cast))

    with pytest.raises(Forbidden):
        planning.change(anna, meeting, a_plan(cast, lead=cast.zuid.id), meeting.version)


def test_a_closed_group_exists_for_its_organiser_only_not_for_the_coordinator(cast):
    meeting = planning.plan(actor_of(cast.anna), a_plan(cast, is_confidential=True))

    assert meeting_for(actor_of(cast.anna), meeting.id, write=True) is meeting
    for other in (cast.bram, cast.kees, cast.ilse):
        with pytest.raises(NotFound):
            meeting_for(actor_of(other), meeting.id)


def test_a_closed_network_makes_its_meetings_closed_and_not_public(cast):
    group = make_network(
        "Lotgenoten", is_confidential=True, organiser_person_id=cast.anna.person_id
    )

    meeting = planning.plan(actor_of(cast.anna), a_plan(cast, network_id=group.id, is_public=True))

    assert (meeting.is_confidential, meeting.is_public) == (True, False)


def test_a_closed_network_of_others_cannot_be_chosen(cast):
    group = make_network(
        "Lotgenoten", is_confidential=True, organiser_person_id=cast.bram.person_id
    )

    with pytest.raises(InputError):
        planning.plan(actor_of(cast.anna), a_plan(cast, network_id=group.id))


def test_a_meeting_without_place_or_link_stays_a_draft(cast):
    anna = actor_of(cast.anna)
    meeting = planning.plan(anna, a_plan(cast, place_name=""))

    with pytest.raises(InputError) as refused:
        planning.publish(anna, meeting)
    assert refused.value.field == "place_name"


def test_publishing_twice_is_publishing_once(cast):
    anna = actor_of(cast.anna)
    meeting = planning.plan(anna, a_plan(cast))

    planning.publish(anna, meeting)
    planning.publish(anna, meeting)

    assert meeting.status == "visible"


def test_a_cancelled_meeting_cannot_be_changed_or_made_visible(cast):
    anna = actor_of(cast.anna)
    meeting = planning.plan(anna, a_plan(cast))
    planning.cancel_meeting(anna, meeting, "De spreker is ziek.")

    assert (meeting.status, meeting.cancel_reason, meeting.revision) == (
        "cancelled", "De spreker is ziek.", 1,
    )  # fmt: skip
    with pytest.raises(Conflict):
        planning.publish(anna, meeting)
    with pytest.raises(Conflict):
        planning.change(anna, meeting, a_plan(cast), meeting.version)


def test_a_copy_takes_all_but_the_time_and_shifts_the_day_to_answer_by(cast):
    anna = actor_of(cast.anna)
    earlier = planning.plan(anna, full_plan(cast))
    planning.publish(anna, earlier)

    made = planning.copy(anna, earlier, wall(2027, 4, 13, 10), wall(2027, 4, 13, 12))

    assert (made.status, made.copied_from_id) == ("draft", earlier.id)
    assert made.answer_by == date(2027, 4, 6)
    assert [point.title for point in made.agenda] == ["Opening", "Pauze"]
    assert {question.id for question in made.questions}.isdisjoint(
        question.id for question in earlier.questions
    )


def test_a_copy_of_another_regions_meeting_needs_an_own_region(cast):
    earlier = planning.plan(actor_of(cast.anna), a_plan(cast))
    bram = actor_of(cast.bram)
    times = wall(2027, 4, 13, 10), wall(2027, 4, 13, 12)

    with pytest.raises(Forbidden):
        planning.copy(bram, earlier, *times)
    made = planning.copy(bram, earlier, *times, lead_region_id=cast.zuid.id)
    assert (made.lead_region_id, made.organiser_person_id) == (cast.zuid.id, bram.person_id)


def test_the_log_names_the_fields_that_changed_and_who_handed_over(cast):
    anna = actor_of(cast.anna)
    meeting = planning.plan(anna, a_plan(cast))
    meant = replace(planning.plan_of(meeting), capacity=40, organiser_person_id=cast.bram.person_id)

    planning.change(anna, meeting, meant, meeting.version)

    rows = {row.action: row.detail for row in db.session.scalars(select(AuditEntry))}
    assert set(rows["meeting_changed"]["fields"]) == {"capacity", "organiser_person_id"}
    assert rows["meeting_handed_over"] == {
        "before": cast.anna.person_id,
        "after": cast.bram.person_id,
    }
