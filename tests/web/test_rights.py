"""Who is refused what: every page and every act, asked by somebody who may not.

Each test goes over all addresses there are, so a new page is judged as soon as it exists. What is
open on purpose stands in a list here, with the reason.
"""

import pytest

from eventsapp.accounts.models import Account, Session
from eventsapp.core.dates import now
from eventsapp.directory.models import Network
from eventsapp.meetings.models import Meeting
from tests.checks import check_page
from tests.every_page import pages, rows_of_everything
from tests.signing_in import COOKIE

# Acts that any advisor may begin: they make something of one's own, which is judged by where it
# is to belong once that is filled in.
MAKE_SOMETHING_OWN = {
    "manage_functions.new", "manage_imports.index", "manage_lists.add", "manage_meetings.copy",
    "manage_meetings.new", "manage_networks.new", "manage_organisations.new", "manage_people.new",
    "manage_editions.new", "manage_pictures.add",
}  # fmt: skip
# Every advisor may read what was mailed; it is a POST because reading is written down.
READ_WITH_A_NOTE = {"manage_messages.open_mail"}
# What an editor may look at: meetings, without who is invited to them.
OPEN_TO_EDITORS = {
    "manage_accounts.index", "manage_contributions.index", "manage_contributions.show",
    "manage_home.show", "manage_mail_plan.index", "manage_meetings.day_warnings",
    "manage_meetings.index", "manage_meetings.month", "manage_meetings.show",
    "manage_papers.index", "manage_papers.show",
    "manage_checks.show", "manage_edition_figures.show", "manage_sending.progress",
    "manage_sending.show",
    "manage_sign_off.show", "manage_subscribers.index", "manage_subscribers.municipalities",
    "manage_surveys.answers", "manage_surveys.edit", "manage_surveys.index", "manage_surveys.new",
    "manage_surveys.show",
}  # fmt: skip
# What an editor is there for.
EDITORS_WORK = (
    "manage_blocks.", "manage_contributions.", "manage_editions.", "manage_newsletters.",
    "manage_edition_changes.", "manage_edition_readers.", "manage_edition_figures.",
    "manage_pictures.", "manage_pieces.", "manage_preview.", "manage_sending.",
    "manage_sign_off.", "manage_surveys.",
)  # fmt: skip
# A list that somebody reads in, a piece that somebody writes, somebody's work to hand over: they
# exist for that person only.
AS_IF_IT_IS_NOT_THERE = (
    "manage_accounts.hand_over", "manage_contributions.", "manage_imports.", "manage_pieces.",
)  # fmt: skip
OWN_BUSINESS = ("manage_own_account.",)


@pytest.fixture
def rows(transaction):
    """All rows but those of sessions: any act may note when a session was last used."""

    def rows():
        with transaction() as session:
            session.expire_all()
            found = rows_of_everything()
        return {name: found[name] for name in found if name not in {"session", "submitted_form"}}

    return rows


def filled(sample):
    """What a form must hold before rights are the question."""
    return {
        "manage_answers.answer_for": {"reply": "accepted"},
        "manage_attendance.mark": {"mark": f"{sample.numbers['person_id']}:present"},
        "manage_post.settle": {"as": "comes"},
    }


def acts(app, sample, but=()):
    """Every POST of the advisors' door with what it needs to be understood."""
    for rule, address in pages(app, "POST", sample, ("manage",)):
        if rule.endpoint not in but and not rule.endpoint.startswith(OWN_BUSINESS):
            yield rule.endpoint, address, filled(sample).get(rule.endpoint, {})


def test_an_advisor_of_another_region_changes_nothing_here(app, sample, sign_in, rows):
    bram = sign_in(app.test_client(), sample.cast.bram)
    before, let_in = rows(), {}
    for endpoint, address, data in acts(app, sample, but=MAKE_SOMETHING_OWN | READ_WITH_A_NOTE):
        status = bram.post(address, data=data).status_code
        hidden = status == 404 and endpoint.startswith(AS_IF_IT_IS_NOT_THERE)
        if status != 403 and not hidden:
            let_in[endpoint] = status
    assert let_in == {}
    assert rows() == before


def test_an_editor_reads_nothing_of_the_address_book(app, sample, sign_in):
    ilse = sign_in(app.test_client(), sample.cast.ilse)
    let_in = {
        rule.endpoint
        for rule, address in pages(app, "GET", sample, ("manage",))
        if not rule.endpoint.startswith((*OWN_BUSINESS, *EDITORS_WORK))
        and ilse.get(address).status_code not in {403, 404}
    }
    assert let_in <= OPEN_TO_EDITORS


def test_an_editor_changes_nothing(app, sample, sign_in, rows):
    ilse = sign_in(app.test_client(), sample.cast.ilse)
    before = rows()
    let_in = {
        endpoint
        for endpoint, address, filled_in in acts(app, sample)
        for data in ({}, filled_in)
        if not endpoint.startswith(EDITORS_WORK)
        and ilse.post(address, data=data).status_code not in {403, 404}
    }
    assert let_in == set()
    assert rows() == before


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_closed_group_is_not_there_for_others_coordinators_too(
    app, sample, sign_in, transaction, method
):
    with transaction() as session:
        session.get(Meeting, sample.numbers["meeting_id"]).is_confidential = True
        session.get(Network, sample.numbers["network_id"]).is_confidential = True
    kees = sign_in(app.test_client(), sample.cast.kees)
    found = {}
    for rule, address in pages(app, method, sample, ("manage",)):
        if {"meeting_id", "network_id", "mailing_id"} & rule.arguments:
            data = filled(sample).get(rule.endpoint, {})
            status = kees.open(address, method=method, data=data).status_code
            if status != 404:
                found[rule.endpoint] = status
    assert found == {}


def test_no_act_works_without_the_token_of_a_form(app, sample, sign_in, rows):
    kees = sign_in(app.test_client(), sample.cast.kees)
    del kees.environ_base["HTTP_X_CSRFTOKEN"]
    before = rows()
    let_in = {
        rule.endpoint
        for rule, address in pages(app, "POST", sample, ("manage",))
        if kees.post(address).status_code != 400
    }
    assert let_in == set()
    assert rows() == before


def test_a_token_of_somebody_elses_form_is_refused(app, cast, sign_in):
    anna, kees = (sign_in(app.test_client(), one) for one in (cast.anna, cast.kees))
    kees.environ_base["HTTP_X_CSRFTOKEN"] = anna.environ_base["HTTP_X_CSRFTOKEN"]
    check_page(kees.post("/manage/meetings/new", data={"title": "Overleg"}), 400)


def end(session):
    session.query(Session).one().ended_at = now()


def expire(session):
    session.query(Session).one().expires_at = now()


def close(session):
    session.query(Account).filter_by(level="coordinator").one().is_active = False


@pytest.mark.parametrize("what", [end, expire, close])
def test_a_session_that_is_over_opens_no_page_and_does_nothing(
    app, cast, sign_in, transaction, what
):
    kees = sign_in(app.test_client(), cast.kees)
    assert kees.get("/manage/").status_code == 200
    with transaction() as session:
        what(session)
    for response in (kees.get("/manage/"), kees.post("/manage/meetings/new", data={"title": "x"})):
        assert response.status_code == 303
        assert response.location.startswith("/sign-in?next=/manage/")


@pytest.mark.parametrize("secret", ["x", "1", "' OR 1=1 --", "é" * 40, "A" * 43, "\u0000"])
def test_a_forged_cookie_opens_nothing(client, cast, secret):
    client.set_cookie(COOKIE, secret)
    assert client.get("/manage/").location == "/sign-in?next=/manage/"


def test_the_hash_in_the_database_is_no_cookie(app, cast, sign_in, transaction):
    sign_in(app.test_client(), cast.kees)
    with transaction() as session:
        kept = session.query(Session).one().token_hash
    thief = app.test_client()
    thief.set_cookie(COOKIE, kept)
    assert thief.get("/manage/").status_code == 303


@pytest.mark.parametrize("referrer", ["https://evil.example/manage/", "//evil.example/manage/x"])
def test_the_way_back_after_signing_in_stays_on_this_site(client, cast, referrer, app):
    app.config["WTF_CSRF_ENABLED"] = False
    try:
        response = client.post("/manage/meetings/new", headers={"Referer": referrer})
    finally:
        app.config["WTF_CSRF_ENABLED"] = True
    assert response.location == "/sign-in?next=/manage/"
