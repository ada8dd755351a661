"""Contact lists: a question asked anew each time, shown on pages, handed out as files."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from io import BytesIO
from typing import Any

import openpyxl
import pytest
import vobject
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from eventsapp.accounts.models import Account
from eventsapp.contacts import lists, rules
from eventsapp.contacts.models import ContactList
from eventsapp.core.audit import AuditEntry
from tests import factories as make
from tests.checks import check_page

Begin = Callable[[], AbstractContextManager[Session]]
SignIn = Callable[[FlaskClient, Account], FlaskClient]


@pytest.fixture
def story(transaction: Begin, cast: Any) -> dict[str, Any]:
    """Three people of Noord: Petra came twice, Joop once, Riet was asked and never answered."""
    with transaction():
        town = make.make_municipality("Noordwolde", cast.noord)
        council = make.make_organisation("Adviesraad Noordwolde", town)
        people = {"petra": cast.petra}
        people["joop"] = make.make_person("Joop Visser", phone="06 0000 1234")
        people["riet"] = make.make_person("Riet van der Berg")
        for person, kind in zip(people.values(), ("chair", "secretary", "member"), strict=True):
            make.make_role(person, council, kind)
        meetings = [make.make_meeting(cast.anna.person, cast.noord, days=-30 * n) for n in (1, 14)]
        for meeting in meetings:
            make.make_attendance(meeting, cast.petra, organisation=council)
            make.make_invitation(meeting, people["riet"])
        make.make_attendance(meetings[1], people["joop"])
    return {**people, "cast": cast, "meetings": meetings, "town": town}


def names(
    transaction: Begin, cast: Any, criteria: dict[str, Any], reader: str = "anna"
) -> set[str]:
    with transaction() as session:
        actor = make.actor_of(session.merge(getattr(cast, reader)))
        plan = lists.ListPlan("Proef", region_id=None, criteria=criteria)
        found = lists.add_list(actor, plan)
        page = lists.members_page(found, actor)
        return {row[0].given_name for row in page.items}


def all_of(*leaves: dict[str, Any]) -> dict[str, Any]:
    return {"all": list(leaves)}


@pytest.mark.parametrize(
    ("leaf", "expected"),
    [
        ({"kind": "attended", "at_least": 1}, {"Petra", "Joop"}),
        ({"kind": "attended", "at_least": 2}, {"Petra"}),
        ({"kind": "attended", "since": "2090-01-01"}, set()),
        ({"kind": "not_attended_for", "months": 12}, {"Joop"}),
        ({"kind": "invited_never_answered"}, {"Riet"}),
        ({"kind": "role_kind", "word": "chair"}, {"Petra"}),
        ({"kind": "organisation_kind", "word": "social_council"}, {"Petra", "Joop", "Riet"}),
    ],
)
def test_a_condition_finds_who_answers_to_it(
    transaction: Begin, story: dict[str, Any], leaf: dict[str, Any], expected: set[str]
) -> None:
    assert names(transaction, story["cast"], all_of(leaf)) == expected


def test_region_follows_from_the_function(transaction: Begin, story: dict[str, Any]) -> None:
    leaf = {"kind": "in_region", "region": story["cast"].noord.id}
    assert names(transaction, story["cast"], all_of(leaf)) == {"Petra", "Joop", "Riet"}


def test_both_conditions_must_hold(transaction: Begin, story: dict[str, Any]) -> None:
    criteria = all_of({"kind": "attended"}, {"kind": "role_kind", "word": "secretary"})
    assert names(transaction, story["cast"], criteria) == {"Joop"}


def test_any_of_a_group_is_enough(transaction: Begin, story: dict[str, Any]) -> None:
    leaves = [{"kind": "role_kind", "word": word} for word in ("chair", "member")]
    assert names(transaction, story["cast"], all_of({"any": leaves})) == {"Petra", "Riet"}


def test_not_turns_a_condition_round(transaction: Begin, story: dict[str, Any]) -> None:
    criteria = all_of(
        {"kind": "organisation_kind", "word": "social_council"}, {"kind": "attended", "not": True}
    )
    assert names(transaction, story["cast"], criteria) == {"Riet"}


def test_attendance_of_a_closed_group_stays_with_its_organiser(
    transaction: Begin, story: dict[str, Any]
) -> None:
    with transaction() as session:
        for meeting in story["meetings"]:
            session.merge(meeting).is_confidential = True
    leaf = {"kind": "attended"}
    assert names(transaction, story["cast"], all_of(leaf), "kees") == set()


def test_by_hand_beats_the_conditions(transaction: Begin, story: dict[str, Any]) -> None:
    with transaction() as session:
        actor = make.actor_of(session.merge(story["cast"].anna))
        found = lists.add_list(
            actor, lists.ListPlan("Proef", criteria=all_of({"kind": "attended"}))
        )
        lists.choose_by_hand(actor, found, [story["riet"].id], is_added=True)
        lists.choose_by_hand(actor, found, [story["joop"].id], is_added=False)
        session.flush()
        there = {row[0].given_name for row in lists.members_page(found, actor).items}
    assert there == {"Petra", "Riet"}


def form(**more: str) -> dict[str, str]:
    return {
        "name": "Kwam vaak",
        "c-0-ask": "attended",
        "c-0-at_least": "2",
        "act": "keep",
        "form_key": "een",
        **more,
    }


def keep_list(client: FlaskClient, **more: str) -> str:
    return client.post("/manage/lists/new", data=form(**more)).location


def test_an_advisor_makes_a_list_and_sees_who_is_on_it(
    client: FlaskClient, story: dict[str, Any], sign_in: SignIn
) -> None:
    sign_in(client, story["cast"].anna)
    page = check_page(client.get(keep_list(client)))
    assert "Petra de Wit" in page
    assert "Joop Visser" not in page


def test_a_double_click_makes_one_list(
    client: FlaskClient, story: dict[str, Any], sign_in: SignIn, transaction: Begin
) -> None:
    sign_in(client, story["cast"].anna)
    assert keep_list(client) == keep_list(client)
    with transaction() as session:
        assert session.query(ContactList).count() == 1


def test_adding_a_condition_keeps_what_was_typed(
    client: FlaskClient, story: dict[str, Any], sign_in: SignIn
) -> None:
    sign_in(client, story["cast"].anna)
    page = check_page(client.post("/manage/lists/new", data=form(act="add", ask="in_region")))
    assert 'value="Kwam vaak"' in page
    assert 'name="c-1-region"' in page


def test_a_condition_that_is_not_filled_in_is_explained(
    client: FlaskClient, story: dict[str, Any], sign_in: SignIn
) -> None:
    sign_in(client, story["cast"].anna)
    answer = client.post("/manage/lists/new", data=form(**{"c-1-ask": "in_region"}))
    page = check_page(answer, 422)
    assert "Vul in waar" in page


def test_the_count_follows_the_conditions(
    client: FlaskClient, story: dict[str, Any], sign_in: SignIn
) -> None:
    sign_in(client, story["cast"].anna)
    answer = client.get("/manage/lists/count", query_string=form())
    assert "1 persoon" in answer.text


def test_the_second_of_two_editors_is_told(
    client: FlaskClient, story: dict[str, Any], sign_in: SignIn
) -> None:
    sign_in(client, story["cast"].anna)
    place = keep_list(client, region_id=str(story["cast"].noord.id))
    client.post(f"{place}/edit", data=form(name="Eerste", version="1"))
    answer = client.post(f"{place}/edit", data=form(name="Tweede", version="1"))
    assert answer.status_code == 409
    assert 'value="Tweede"' in answer.text


def test_an_advisor_of_another_region_reads_but_does_not_change(
    client: FlaskClient, story: dict[str, Any], sign_in: SignIn
) -> None:
    place = keep_list(sign_in(client, story["cast"].anna), region_id=str(story["cast"].noord.id))
    sign_in(client, story["cast"].bram)
    assert client.get(place).status_code == 200
    assert client.post(f"{place}/edit", data=form(version="1")).status_code == 403


def test_an_advisor_of_another_region_takes_nothing_out(
    client: FlaskClient, story: dict[str, Any], sign_in: SignIn
) -> None:
    place = keep_list(sign_in(client, story["cast"].anna))
    sign_in(client, story["cast"].bram)
    assert client.post(f"{place}/export", data={"kind": "csv"}).status_code == 403


def test_an_editor_sees_no_lists(
    client: FlaskClient, story: dict[str, Any], sign_in: SignIn
) -> None:
    sign_in(client, story["cast"].ilse)
    assert client.get("/manage/lists/").status_code == 403


def exported(client: FlaskClient, story: dict[str, Any], sign_in: SignIn, kind: str) -> bytes:
    sign_in(client, story["cast"].anna)
    place = keep_list(client, **{"c-0-at_least": "1"})
    return client.post(f"{place}/export", data={"kind": kind}).data


def test_csv_opens_in_a_dutch_spreadsheet(
    client: FlaskClient, story: dict[str, Any], sign_in: SignIn
) -> None:
    text = exported(client, story, sign_in, "csv").decode("utf-8-sig")
    assert text.splitlines()[1].startswith("Joop;;Visser;")


def test_xlsx_has_a_row_for_each_person(
    client: FlaskClient, story: dict[str, Any], sign_in: SignIn
) -> None:
    book = openpyxl.load_workbook(BytesIO(exported(client, story, sign_in, "xlsx")))
    rows = list(book.active.iter_rows(values_only=True))
    assert [row[0] for row in rows[1:]] == ["Joop", "Petra"]


def test_vcards_are_read_by_another_program(
    client: FlaskClient, story: dict[str, Any], sign_in: SignIn
) -> None:
    text = exported(client, story, sign_in, "vcard").decode()
    cards = list(vobject.readComponents(text))
    assert [card.fn.value for card in cards] == ["Joop Visser", "Petra de Wit"]


def test_an_export_is_written_to_the_audit_log(
    client: FlaskClient, story: dict[str, Any], sign_in: SignIn, transaction: Begin
) -> None:
    exported(client, story, sign_in, "csv")
    with transaction() as session:
        entry = session.query(AuditEntry).filter_by(action="list.export").one()
    assert entry.detail == {"kind": "csv", "count": 2}


@pytest.mark.parametrize("name", ["=cmd()", "+1+1", "@SUM(A1)", "-2"])
def test_a_name_is_never_a_formula(
    transaction: Begin, client: FlaskClient, story: dict[str, Any], sign_in: SignIn, name: str
) -> None:
    with transaction() as session:
        session.merge(story["joop"]).given_name = name
    text = exported(client, story, sign_in, "csv").decode("utf-8-sig")
    assert f"\n'{name};" in text


def test_the_page_of_a_list_asks_little_of_the_database(
    client: FlaskClient, story: dict[str, Any], sign_in: SignIn, statements: Any
) -> None:
    sign_in(client, story["cast"].anna)
    place = keep_list(client)
    with statements() as asked:
        client.get(place)
    assert len([one for one in asked if one.startswith("SELECT")]) <= 10


def test_criteria_that_were_tampered_with_are_refused(
    client: FlaskClient, story: dict[str, Any], sign_in: SignIn
) -> None:
    sign_in(client, story["cast"].anna)
    answer = client.get(
        "/manage/lists/count", query_string={"c-0-ask": "attended", "c-0-since": "x"}
    )
    assert answer.status_code == 200
    assert rules.Ask.ATTENDED.value not in answer.text
