"""The pages of meetings as advisors use them, each by whoever may and by whoever may not."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from eventsapp.meetings.models import Meeting
from tests.checks import check_page
from tests.factories import make_meeting, make_theme, wall
from tests.meetings import MEETINGS, cursor, hidden, typed


@pytest.fixture(autouse=True)
def theme(transaction):
    with transaction():
        return make_theme("Wonen")


def plan_new(client, cast, **values):
    html = check_page(client.get(MEETINGS + "new"))
    values.setdefault("organiser", cast.anna.person_id)
    return client.post(MEETINGS + "new", data=typed(html, cast.noord, **values))


def only_meeting(transaction):
    with transaction() as session:
        return session.scalars(select(Meeting)).one_or_none()


def test_a_short_form_makes_a_draft_and_leads_to_its_page(anna, cast, transaction):
    answer = plan_new(anna, cast)

    made = only_meeting(transaction)
    assert (answer.status_code, made.status) == (303, "draft")
    page = check_page(anna.get(answer.location))
    assert "Themabijeenkomst vervoer" in page
    assert "dinsdag 12 januari 2027, 13.30 tot 16.00 uur" in page


def test_a_double_click_plans_one_meeting(anna, cast, transaction):
    html = check_page(anna.get(MEETINGS + "new"))
    data = typed(html, cast.noord, organiser=cast.anna.person_id)

    first, second = (anna.post(MEETINGS + "new", data=data) for _ in range(2))

    assert only_meeting(transaction) is not None
    assert first.location == second.location


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"title": ""}, "title-error"),
        ({"title": "🎉" * 10_000}, "title-error"),
        ({"ends": "12:00"}, "ends-error"),
        ({"day": "2027-03-28", "starts": "02:30", "ends": "05:00"}, "starts-error"),
        ({"day": "2027-10-31", "starts": "02:30", "ends": "05:00"}, "starts-error"),
        ({"day": "geen dag"}, "day-error"),
        ({"starts": "25:99"}, "starts-error"),
        ({"capacity": "veel"}, "capacity-error"),
        ({"capacity": "-3"}, "capacity-error"),
        ({"answer_by": "2027-02-01"}, "answer_by-error"),
        ({"online_url": "javascript:alert(1)"}, "online_url-error"),
        ({"lead_region_id": "999999"}, "lead_region_id-error"),
        ({"lead_region_id": "x"}, "lead_region_id-error"),
        ({"theme_ids": "9999"}, "theme_ids-error"),
        ({"kind": "feest"}, "kind-error"),
        ({"agenda-0-title": "", "agenda-0-speakers": "Petra"}, "agenda-0-title-error"),
        ({"questions-0-label": "Wat?", "questions-0-kind": "choice"}, "questions-0-options-error"),
    ],
)
def test_a_fault_stands_beside_its_field_and_what_was_typed_is_kept(
    anna, cast, transaction, values, said
):
    values.setdefault("street", "Kerkstraat <b>12</b>")
    answer = plan_new(anna, cast, **values)

    page = check_page(answer, 422, largest=120_000)
    assert f'id="{said}"' in page
    assert "Kerkstraat &lt;b&gt;12&lt;/b&gt;" in page
    assert only_meeting(transaction) is None


def test_a_fault_is_told_in_a_dutch_sentence(anna, cast):
    page = check_page(plan_new(anna, cast, title="", starts=""), 422)

    assert "Geef de bijeenkomst een titel." in page
    assert "Vul een tijd in." in page


def test_html_in_any_field_is_shown_as_text(anna, cast):
    evil = "<script>alert(1)</script>"
    answer = plan_new(
        anna, cast, title=evil, place_name=evil, directions=evil, opening=evil,
        description=f"<p>Welkom{evil}<img src=x onerror=alert(1)></p>",
        **{"agenda-0-title": evil, "agenda-0-speakers": evil, "questions-0-label": evil,
           "questions-0-kind": "text"},
    )  # fmt: skip

    page = check_page(anna.get(answer.location))
    assert "<script>alert" not in page
    assert "onerror" not in page


def test_a_form_with_all_its_empty_fields_is_sent_as_a_browser_does(anna, cast, transaction):
    empty = ("last_day", "street", "postcode", "town", "online_url", "directions", "capacity",
             "answer_by", "description", "opening", "network_id", "agenda-0-starts",
             "agenda-0-speakers", "agenda-0-description", "agenda-1-title", "agenda-1-starts",
             "questions-0-id", "questions-0-label", "questions-0-options", "rows")  # fmt: skip
    values = {**dict.fromkeys(empty, ""), "agenda-0-title": "Opening", "questions-0-kind": "text"}

    assert plan_new(anna, cast, **values).status_code == 303

    made = only_meeting(transaction)
    with transaction() as session:
        made = session.merge(made)
        assert [point.title for point in made.agenda] == ["Opening"]
        assert (made.questions, made.capacity, made.answer_by) == ([], None, None)


def test_adding_a_line_keeps_nothing_and_loses_nothing(anna, cast, transaction):
    answer = plan_new(
        anna, cast, rows="add:agenda", **{"agenda-0-title": "Opening", "agenda-0-starts": "13:30"}
    )

    page = check_page(answer)
    assert 'value="Opening"' in page
    assert 'name="agenda-1-title"' in page
    assert only_meeting(transaction) is None


def test_a_full_programme_still_makes_a_page_of_bearable_size(anna, cast):
    lines = {f"agenda-{number}-title": f"Punt {number}" for number in range(14)}

    check_page(plan_new(anna, cast, rows="add:agenda", **lines))


def test_more_lines_than_there_may_be_are_told(anna, cast):
    lines = {f"agenda-{number}-title": f"Punt {number}" for number in range(60)}
    lines |= {f"questions-{number}-label": f"Vraag {number}" for number in range(9)}
    lines |= {f"questions-{number}-kind": "text" for number in range(9)}

    page = check_page(plan_new(anna, cast, **lines), 422, largest=120_000)

    assert "hooguit 40" in page
    assert "hooguit 5" in page


def test_a_line_can_be_removed_and_raised(anna, cast):
    lines = {"agenda-0-title": "Een", "agenda-1-title": "Twee", "agenda-2-title": "Drie"}

    raised = check_page(plan_new(anna, cast, rows="up:agenda:2", **lines))
    removed = check_page(plan_new(anna, cast, rows="remove:agenda:0", **lines))

    order = re.compile(r'name="agenda-\d-title"[^>]*value="(\w+)"')
    assert order.findall(raised) == ["Een", "Drie", "Twee"]
    assert order.findall(removed) == ["Twee", "Drie"]


@pytest.mark.parametrize("asked", ["add:nonsense", "remove:agenda:9", "up:agenda:x", "::", "up"])
def test_a_forged_line_button_breaks_nothing(anna, cast, asked):
    assert plan_new(anna, cast, rows=asked).status_code in (200, 303)


def test_an_advisor_can_choose_only_own_regions_to_lead(anna, cast):
    page = check_page(anna.get(MEETINGS + "new"))
    lead = re.search(r'<select[^>]*name="lead_region_id".*?</select>', page, re.S)[0]

    assert "Noord" in lead
    assert "Zuid" not in lead


def test_a_meeting_of_another_region_is_refused(bram, cast, transaction):
    answer = plan_new(bram, cast, organiser=cast.bram.person_id)

    assert answer.status_code in (403, 422)
    assert only_meeting(transaction) is None


def test_an_editor_plans_nothing(app, cast, sign_in):
    ilse = sign_in(app.test_client(), cast.ilse)

    check_page(ilse.get(MEETINGS + "new"), 403)
    assert MEETINGS + "new" not in check_page(ilse.get(MEETINGS))


def test_others_can_read_a_meeting_and_see_why_they_cannot_change_it(bram, meeting):
    page = check_page(bram.get(f"{MEETINGS}{meeting.id}"))

    assert "Overleg Noord" in page
    assert f"{MEETINGS}{meeting.id}/edit" not in page
    for act in ("edit", "cancel"):
        check_page(bram.get(f"{MEETINGS}{meeting.id}/{act}"), 403)


@pytest.mark.parametrize("act", ["edit", "publish", "cancel"])
def test_others_cannot_act_on_it_by_hand_either(bram, cast, meeting, transaction, act):
    token = hidden(check_page(bram.get(MEETINGS + "new")))
    bram.post(f"{MEETINGS}{meeting.id}/{act}", data={**token, "title": "Weg", "version": "1"})

    kept = only_meeting(transaction)
    assert (kept.title, kept.status, kept.version) == ("Overleg Noord", "visible", meeting.version)


def test_a_closed_group_does_not_exist_for_others(anna, kees, bram, cast, transaction):
    with transaction():
        group = make_meeting(cast.anna.person, cast.noord, title="Lotgenoten", is_confidential=True)

    assert "Lotgenoten" in check_page(anna.get(MEETINGS))
    for other in (kees, bram):
        check_page(other.get(f"{MEETINGS}{group.id}"), 404)
        assert "Lotgenoten" not in check_page(other.get(MEETINGS + "?region=all&period=all"))
        month = f"{group.starts_wall:%Y-%m}"
        assert "Lotgenoten" not in check_page(
            other.get(f"{MEETINGS}month?region=all&month={month}")
        )
        day = f"{group.starts_wall:%Y-%m-%d}"
        told = other.get(f"{MEETINGS}warnings?day={day}&lead_region_id={cast.noord.id}")
        assert "Lotgenoten" not in told.text


def test_a_change_is_kept(anna, cast, meeting, transaction):
    place = f"{MEETINGS}{meeting.id}/edit"
    html = check_page(anna.get(place))
    data = typed(html, cast.noord, title="Anders", organiser=cast.anna.person_id)

    answer = anna.post(place, data=data)

    assert answer.status_code == 303
    assert only_meeting(transaction).title == "Anders"


def test_the_second_of_two_advisors_is_told_and_loses_nothing(
    anna, kees, cast, meeting, transaction
):
    place = f"{MEETINGS}{meeting.id}/edit"
    first, second = check_page(anna.get(place)), check_page(kees.get(place))
    own = {"organiser": cast.anna.person_id}
    kees.post(place, data=typed(second, cast.noord, title="Van Kees", **own))

    answer = anna.post(place, data=typed(first, cast.noord, title="Van Anna", **own))

    page = check_page(answer, 409)
    assert "Kees Smit" in page
    assert "Van Kees" in page
    assert 'value="Van Anna"' in page
    assert only_meeting(transaction).title == "Van Kees"
    again = anna.post(place, data=typed(page, cast.noord, title="Van beiden", **own))
    assert again.status_code == 303
    assert only_meeting(transaction).title == "Van beiden"


def test_a_draft_is_made_visible_without_mail(anna, cast, transaction):
    place = plan_new(anna, cast).location
    token = hidden(check_page(anna.get(place)))

    anna.post(place + "/publish", data=token, follow_redirects=True)

    assert only_meeting(transaction).status == "visible"


def test_a_draft_without_place_leads_to_the_field_that_is_missing(anna, cast, transaction):
    place = plan_new(anna, cast, place_name="").location
    token = hidden(check_page(anna.get(place)))

    answer = anna.post(place + "/publish", data=token)

    assert answer.location.endswith("/edit#place_name")
    assert only_meeting(transaction).status == "draft"


def test_a_copy_asks_only_when(anna, cast, meeting, transaction):
    place = f"{MEETINGS}{meeting.id}/copy"
    token = hidden(check_page(anna.get(place)))

    check_page(anna.post(place, data=token), 422)
    answer = anna.post(
        place, data={**token, "day": "2027-05-11", "starts": "10:00", "ends": "12:00"}
    )

    page = check_page(anna.get(answer.location))
    assert "Overleg Noord" in page
    assert "11 mei 2027" in page


def test_an_end_before_the_start_of_a_copy_is_told(anna, meeting):
    place = f"{MEETINGS}{meeting.id}/copy"
    token = hidden(check_page(anna.get(place)))

    answer = anna.post(
        place, data={**token, "day": "2027-05-11", "starts": "10:00", "ends": "9:00"}
    )

    assert 'id="ends-error"' in check_page(answer, 422)


def test_cancelling_is_shown_first_and_keeps_the_reason(anna, meeting, transaction):
    place = f"{MEETINGS}{meeting.id}/cancel"
    token = hidden(check_page(anna.get(place)))

    anna.post(place, data={**token, "reason": "De spreker is ziek."})

    assert only_meeting(transaction).status == "cancelled"
    page = check_page(anna.get(f"{MEETINGS}{meeting.id}"))
    assert "De spreker is ziek." in page
    assert "Fout:" not in page
    check_page(anna.get(f"{MEETINGS}{meeting.id}/edit"), 409)


def test_the_list_is_narrowed_down_by_what_the_address_says(anna, cast, transaction):
    with transaction():
        theme = make_theme("Vervoer")
        make_meeting(cast.anna.person, cast.noord, title="Over vervoer", themes=[theme])
        make_meeting(cast.anna.person, cast.noord, title="Iets van vroeger", days=-30)
        make_meeting(cast.bram.person, cast.zuid, title="In het zuiden", kind="training")
    shown = {
        "": {"Over vervoer"},
        "?region=all": {"Over vervoer", "In het zuiden"},
        "?period=past": {"Iets van vroeger"},
        f"?theme={theme.id}": {"Over vervoer"},
        "?region=all&kind=training": {"In het zuiden"},
        "?region=all&mine=y": {"Over vervoer"},
        "?region=%F0%9F%8E%89&kind=x&theme=x&after=x&day=x": {"Over vervoer"},
        f"?after={cursor('0001-01-01T00:00:00+14:00', 1)}": {"Over vervoer"},
        f"?after={cursor('2026-01-01T00:00:00', 1)}": {"Over vervoer"},
        f"?after={cursor('2026-01-01T00:00:00+00:00', 2**80)}": {"Over vervoer"},
    }
    titles = {"Over vervoer", "Iets van vroeger", "In het zuiden"}
    for query, wanted in shown.items():
        page = check_page(anna.get(MEETINGS + query))
        assert {title for title in titles if title in page} == wanted, query


def test_fifty_stand_on_a_page_and_the_next_is_reached_by_its_link(anna, cast, transaction):
    with transaction():
        for number in range(53):
            make_meeting(cast.anna.person, cast.noord, title=f"Nummer {number:02}", days=number + 1)

    first = check_page(anna.get(MEETINGS))
    following = re.search(r'rel="next" href="([^"]*)"', first)[1].replace("&amp;", "&")
    second = check_page(anna.get(MEETINGS + following))

    assert ("Nummer 49" in first, "Nummer 50" in first) == (True, False)
    assert ("Nummer 49" in second, "Nummer 52" in second) == (False, True)


def test_a_month_is_a_table_with_holidays(anna, cast, transaction):
    with transaction():
        make_meeting(
            cast.anna.person, cast.noord, title="Kerstoverleg",
            starts=wall(2026, 12, 22, 13, 30), ends=wall(2026, 12, 22, 15),
        )  # fmt: skip

    page = check_page(anna.get(MEETINGS + "month?month=2026-12"))

    assert "Kerstoverleg" in page
    assert "Eerste kerstdag" in page


@pytest.mark.parametrize("month", ["", "x", "2026-13", "0000-00", "99999-01"])
def test_a_month_that_is_none_gives_this_month(anna, month):
    check_page(anna.get(f"{MEETINGS}month?month={month}"))


def test_a_busy_day_of_the_month_leads_to_its_list(anna, cast, transaction):
    with transaction():
        for number in range(9):
            made = make_meeting(cast.anna.person, cast.noord, title=f"Nummer {number}")
    day = made.starts_wall.date()

    page = check_page(anna.get(f"{MEETINGS}month?month={day:%Y-%m}"))
    link = re.search(rf'href="([^"]*day={day}[^"]*)"', page)[1].replace("&amp;", "&")

    assert check_page(anna.get(link)).count("Nummer ") >= 9


def test_a_day_is_warned_about_and_never_forbidden(anna, cast, transaction):
    with transaction():
        other = make_meeting(
            cast.anna.person, cast.noord, title="Ander overleg",
            starts=wall(2027, 4, 27, 10), ends=wall(2027, 4, 27, 12),
        )  # fmt: skip
    told = anna.get(f"{MEETINGS}warnings?day=2027-04-27&lead_region_id={cast.noord.id}").text

    assert "Koningsdag" in told
    assert "Ander overleg" in told
    own = anna.get(
        f"{MEETINGS}warnings?day=2027-04-27&lead_region_id={cast.noord.id}&meeting_id={other.id}"
    ).text
    assert "Ander overleg" not in own
    page = check_page(anna.get(plan_new(anna, cast, day="2027-04-27").location))
    assert "Koningsdag" in page


@pytest.mark.parametrize(
    "query", ["", "day=x", "day=0001-01-01", "day=9999-12-31&lead_region_id=x"]
)
def test_a_day_that_is_none_gives_no_warning(anna, query):
    assert anna.get(f"{MEETINGS}warnings?{query}").status_code == 200


def test_pages_ask_the_database_a_bounded_number_of_times(
    anna, cast, meeting, transaction, statements
):
    with transaction():
        for number in range(30):
            make_meeting(cast.anna.person, cast.noord, days=number + 1)
    bounds = {
        MEETINGS: 10,
        MEETINGS + "month": 10,
        MEETINGS + "new": 12,
        f"{MEETINGS}{meeting.id}": 24,
        f"{MEETINGS}{meeting.id}/edit": 26,
    }
    counted = {}
    for page in bounds:
        with statements() as asked:
            anna.get(page)
        counted[page] = len(asked)

    assert {page: count for page, count in counted.items() if count > bounds[page]} == {}
