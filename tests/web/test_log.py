"""Who did what: what stands in the log, by which names, and what stays hidden."""

import pytest

from eventsapp.core import audit
from eventsapp.core.actor import Actor, Level
from eventsapp.directory.models import Person, Region
from tests.checks import check_page
from tests.factories import make_invitation, make_meeting, make_network

LOG = "/manage/log/"


@pytest.fixture
def kees(app, cast, sign_in):
    return sign_in(app.test_client(), cast.kees)


@pytest.fixture
def meeting(cast, transaction):
    """Anna organises a meeting; `meeting(is_confidential=True)` one of a closed group."""

    def make(**values):
        with transaction() as session:
            anna = session.get(Person, cast.anna.person_id)
            return make_meeting(anna, session.get(Region, cast.noord.id), **values)

    return make


@pytest.fixture
def record(transaction):
    def record(*told, **detail):
        with transaction():
            audit.record(*told, **detail)

    return record


def test_the_log_names_who_what_and_about_what(kees, cast, meeting, record):
    held = meeting(title="Overleg Noord")
    record(actor_of_anna(cast), "invite", "meeting", held.id, invited=34)
    html = check_page(kees.get(LOG))
    for words in ("Anna de Vries", "Uitnodigingen verstuurd", "34 mensen", "Overleg Noord"):
        assert words in html


def actor_of_anna(cast):
    return Actor(Level.ADVISOR, cast.anna.person_id, cast.anna.id, "Anna de Vries")


def test_what_is_gone_leaves_its_row(kees, cast, record):
    record(actor_of_anna(cast), "list.drop", "contact_list", 999)
    assert "Contactlijst weggegooid" in check_page(kees.get(LOG))


def test_a_closed_group_has_no_name_for_a_coordinator(kees, cast, meeting, record):
    held = meeting(title="Lotgenoten", is_confidential=True)
    record(actor_of_anna(cast), "invite", "meeting", held.id, invited=4)
    html = check_page(kees.get(LOG))
    assert "een besloten groep" in html
    assert "Lotgenoten" not in html
    assert f"/manage/meetings/{held.id}" not in html


def test_nor_do_the_participants_of_a_closed_group(kees, cast, meeting, transaction, record):
    held = meeting(is_confidential=True)
    with transaction() as session:
        petra = session.get(Person, cast.petra.id)
        invitation = make_invitation(session.merge(held), petra)
    petra = Actor(Level.LINK, cast.petra.id, None, "Petra de Wit")
    record(petra, "answer", "invitation", invitation.id, reply="accepted")
    html = check_page(kees.get(LOG))
    assert "Petra de Wit" not in html


def test_an_answer_of_an_open_meeting_says_who_gave_it(kees, cast, meeting, transaction, record):
    held = meeting(title="Overleg Noord")
    with transaction() as session:
        invitation = make_invitation(session.merge(held), session.get(Person, cast.petra.id))
    record(Actor(Level.LINK, cast.petra.id), "answer", "invitation", invitation.id)
    assert "Petra de Wit, Overleg Noord" in check_page(kees.get(LOG))


def test_a_closed_network_has_no_name_either(kees, cast, transaction, record):
    with transaction():
        network = make_network("Lotgenoten", is_confidential=True)
    record(actor_of_anna(cast), "network.added", "network", network.id)
    assert "Lotgenoten" not in check_page(kees.get(LOG))


def test_a_change_of_rights_is_spelled_out(kees, cast, record):
    record(
        actor_of_anna(cast), "account.changed", "account", cast.bram.id,
        level_before="advisor", level="coordinator",
        regions_before=[cast.zuid.id], regions=[cast.noord.id],
    )  # fmt: skip
    html = check_page(kees.get(LOG))
    assert "Regioadviseur → Coördinator" in html
    assert "+\u00a0Noord, −\u00a0Zuid" in html


@pytest.fixture
def monday(freeze):
    freeze("2027-01-11 20:00")
    return freeze


def test_the_log_is_narrowed_down_to_somebody_a_kind_and_a_period(
    monday, kees, cast, meeting, record
):
    held = meeting(title="Van Anna")
    record(actor_of_anna(cast), "invite", "meeting", held.id, invited=1)
    kees_acts = Actor(Level.COORDINATOR, cast.kees.person_id, cast.kees.id)
    monday("2027-01-12 02:00")
    record(kees_acts, "account.closed", "account", cast.bram.id)
    for query, is_there in {
        f"who={cast.anna.person_id}": True, f"who={cast.kees.person_id}": False,
        "kind=sent": True, "kind=accounts": False,
        "until=2027-01-11": True, "since=2027-01-12": False, "until=2027-01-10": False,
    }.items():  # fmt: skip
        html = check_page(kees.get(f"{LOG}?{query}"))
        assert ("<div>Uitnodigingen verstuurd" in html) is is_there, query


@pytest.mark.parametrize(
    "query",
    ["who=x", "who=99999999999999999999", "kind=x", "since=x", "since=0001-01-01",
     "until=9999-12-31", "after=x", "before=%00", "who=%00"],
)  # fmt: skip
def test_an_odd_address_shows_a_page_all_the_same(kees, query):
    check_page(kees.get(f"{LOG}?{query}"))


def test_the_log_comes_fifty_at_a_time_in_few_questions(kees, cast, meeting, record, statements):
    held = meeting()
    for number in range(60):
        record(actor_of_anna(cast), "invite", "meeting", held.id, invited=number)
        record(actor_of_anna(cast), "person.changed", "person", cast.petra.id)
    with statements() as asked:
        html = check_page(kees.get(LOG))
    assert html.count("<tr>") == 51
    assert "Ouder" in html
    assert len([line for line in asked if line.startswith("SELECT")]) <= 8


@pytest.mark.parametrize("who", ["anna", "ilse"])
def test_only_a_coordinator_reads_the_log(app, cast, sign_in, who):
    client = sign_in(app.test_client(), getattr(cast, who))
    assert client.get(LOG).status_code == 403
    assert "Wie deed wat" not in client.get("/manage/").text
