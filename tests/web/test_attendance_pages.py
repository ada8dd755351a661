"""Attendance on the advisors' pages: one press a person, walk-ins in one line, sheets to print."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from eventsapp.accounts.models import Account
from eventsapp.contacts.models import Consent
from eventsapp.directory.models import Person
from eventsapp.invitations.models import AccessNeed, Attendance
from eventsapp.mail.models import Suppression
from tests import factories as make
from tests.checks import check_page

Begin = Callable[[], AbstractContextManager[Session]]
SignIn = Callable[[FlaskClient, Account], FlaskClient]


@pytest.fixture
def story(transaction: Begin, cast: Any) -> dict[str, Any]:
    """A meeting of yesterday: Petra said yes, Joop no, Riet nothing."""
    with transaction() as session:
        petra = session.get_one(Person, cast.petra.id)
        meeting = make.make_meeting(cast.anna.person, cast.noord, days=-1)
        council = make.make_organisation()
        joop, riet = make.make_person("Joop Visser"), make.make_person("Riet van der Berg")
        first = make.make_invitation(meeting, petra, organisation=council, reply="accepted")
        make.make_invitation(meeting, joop, reply="declined")
        make.make_invitation(meeting, riet)
    return {
        "cast": cast,
        "meeting": meeting,
        "invitation": first,
        "council": council,
        "joop": joop,
        "riet": riet,
        "home": f"/manage/meetings/{meeting.id}/attendance",
        "walk_in": f"/manage/meetings/{meeting.id}/walk-in",
    }


def marks(transaction: Begin) -> dict[str, str]:
    with transaction() as session:
        return {row.person.given_name: row.presence for row in session.query(Attendance).all()}


def test_the_list_starts_from_the_answers(
    client: FlaskClient, story: dict[str, Any], sign_in: SignIn, transaction: Begin
) -> None:
    sign_in(client, story["cast"].anna)
    client.post(f"{story['home']}/start")
    assert marks(transaction) == {"Petra": "present", "Joop": "excused"}


def test_one_press_marks_somebody(
    client: FlaskClient, story: dict[str, Any], sign_in: SignIn, transaction: Begin
) -> None:
    sign_in(client, story["cast"].anna)
    client.post(f"{story['home']}/mark", data={"mark": f"{story['riet'].id}:present"})
    assert marks(transaction) == {"Riet": "present"}


def test_a_press_redraws_its_own_line(
    client: FlaskClient, story: dict[str, Any], sign_in: SignIn
) -> None:
    sign_in(client, story["cast"].anna)
    answer = client.post(
        f"{story['home']}/mark",
        data={"mark": f"{story['riet'].id}:absent"},
        headers={"HX-Request": "true"},
    )
    assert f'id="line-{story["riet"].id}" hx-swap-oob="true"' in answer.text


def test_the_page_shows_who_is_on_the_list(
    client: FlaskClient, story: dict[str, Any], sign_in: SignIn
) -> None:
    sign_in(client, story["cast"].anna)
    page = check_page(client.get(story["home"]))
    assert all(name in page for name in ("Petra de Wit", "Joop Visser", "Riet van der Berg"))


def test_an_advisor_of_another_region_marks_nobody(
    client: FlaskClient, story: dict[str, Any], sign_in: SignIn, transaction: Begin
) -> None:
    sign_in(client, story["cast"].bram)
    answer = client.post(f"{story['home']}/mark", data={"mark": f"{story['riet'].id}:present"})
    assert (answer.status_code, marks(transaction)) == (403, {})


def test_a_known_walk_in_is_found_while_typing(
    client: FlaskClient, story: dict[str, Any], sign_in: SignIn, transaction: Begin
) -> None:
    with transaction():
        make.make_person("Wim Postma")
    sign_in(client, story["cast"].anna)
    answer = client.get(f"{story['walk_in']}?name=postm", headers={"HX-Request": "true"})
    assert "Wim Postma" in answer.text


def test_a_new_walk_in_is_made_of_one_line(
    client: FlaskClient, story: dict[str, Any], sign_in: SignIn, transaction: Begin
) -> None:
    sign_in(client, story["cast"].anna)
    client.post(
        story["walk_in"],
        data={"name": "Wim van der Ploeg", "email": "wim@post.example", "form_key": "een"},
    )
    with transaction() as session:
        row = session.query(Attendance).one()
        assert (row.person.name, row.is_walk_in, row.may_invite) == (
            "Wim van der Ploeg",
            True,
            None,
        )


def test_both_permissions_come_into_the_log_of_consent(
    client: FlaskClient, story: dict[str, Any], sign_in: SignIn, transaction: Begin
) -> None:
    sign_in(client, story["cast"].anna)
    client.post(
        story["walk_in"],
        data={
            "name": "Wim Postma",
            "form_key": "een",
            "may_invite": "yes",
            "may_send_newsletter": "no",
        },
    )
    with transaction() as session:
        said = {row.purpose: row.is_given for row in session.query(Consent).all()}
        withheld = [row.purpose for row in session.query(Suppression).all()]
    assert (said, withheld) == ({"meetings": True, "newsletter": False}, ["newsletter"])


def test_a_double_click_adds_one_walk_in(
    client: FlaskClient, story: dict[str, Any], sign_in: SignIn, transaction: Begin
) -> None:
    sign_in(client, story["cast"].anna)
    for _ in range(2):
        client.post(story["walk_in"], data={"name": "Wim Postma", "form_key": "een"})
    with transaction() as session:
        assert session.query(Person).filter_by(given_name="Wim").count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("name", "x" * 10_000), ("email", "geen adres"), ("organisation", "Onbekend")],
)
def test_a_walk_in_that_cannot_be_kept_is_explained(
    client: FlaskClient, story: dict[str, Any], sign_in: SignIn, field: str, value: str
) -> None:
    sign_in(client, story["cast"].anna)
    data = {"name": "Wim Postma", "form_key": "een", field: value}
    page = check_page(client.post(story["walk_in"], data=data), 422)
    assert "field__error" in page


def test_closing_marks_who_said_yes_and_did_not_come(
    client: FlaskClient, story: dict[str, Any], sign_in: SignIn, transaction: Begin
) -> None:
    sign_in(client, story["cast"].anna)
    check_page(client.get(f"{story['home']}/close"))
    client.post(f"{story['home']}/close", data={"absent": "yes"})
    assert marks(transaction) == {"Petra": "absent"}


def test_a_substitute_counts_for_the_organisation(
    client: FlaskClient, story: dict[str, Any], sign_in: SignIn, transaction: Begin
) -> None:
    sign_in(client, story["cast"].anna)
    client.post(f"{story['home']}/mark", data={"mark": f"{story['riet'].id}:present"})
    place = f"{story['home']}/{story['cast'].petra.id}/represented"
    check_page(client.get(place))
    client.post(place, data={"by": story["riet"].id})
    assert marks(transaction) == {"Riet": "present", "Petra": "represented"}


def test_the_sheet_has_a_place_to_sign(
    client: FlaskClient, story: dict[str, Any], sign_in: SignIn
) -> None:
    sign_in(client, story["cast"].anna)
    page = check_page(client.get(f"{story['home']}/sheet"))
    assert "Petra de Wit" in page
    assert "Joop Visser" not in page


def test_the_venue_reads_needs_without_names(
    client: FlaskClient, story: dict[str, Any], sign_in: SignIn, transaction: Begin
) -> None:
    with transaction() as session:
        session.add(AccessNeed(invitation_id=story["invitation"].id, kinds=["ring_loop"]))
    sign_in(client, story["cast"].anna)
    page = check_page(client.get(f"{story['home']}/venue"))
    assert "Ringleiding" in page
    assert "Petra" not in page


def test_a_coordinator_does_not_see_what_participants_need(
    client: FlaskClient, story: dict[str, Any], sign_in: SignIn
) -> None:
    sign_in(client, story["cast"].kees)
    assert client.get(f"{story['home']}/venue").status_code == 403


def test_the_page_asks_little_of_the_database(
    client: FlaskClient, story: dict[str, Any], sign_in: SignIn, statements: Any
) -> None:
    sign_in(client, story["cast"].anna)
    with statements() as asked:
        client.get(story["home"])
    assert len([one for one in asked if one.startswith("SELECT")]) <= 12
