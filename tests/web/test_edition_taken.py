"""An edition as it is taken for its mails: what stands in it, and what never does."""

import json

import pytest

from eventsapp.core.db import db
from eventsapp.directory.models import Network
from eventsapp.newsletters.meetings_to_come import meetings_to_come
from eventsapp.newsletters.render import frozen
from tests.factories import make_cast, make_meeting, make_region
from tests.newsletters import make_picture
from tests.rendering import every_block, make_edition


@pytest.fixture
def cast(transaction):
    with transaction():
        yield make_cast()


@pytest.fixture
def plan(cast):
    """Plan a public meeting of Anna's in Noord; what is said of it may differ."""

    def make(**values):
        return make_meeting(cast.anna.person, cast.noord, **{"is_public": True} | values)

    return make


def test_what_is_taken_can_be_kept_as_json(cast, plan):
    plan()
    taken = frozen(make_edition(*every_block(make_picture())))
    assert json.loads(json.dumps(taken)) == taken
    assert [block["kind"] for block in taken["blocks"]] == [kind for kind, _ in every_block()]


def test_it_is_taken_with_few_questions_however_much_it_holds(cast, plan, statements):
    for _ in range(30):
        plan()
    edition = make_edition(*every_block(make_picture()) * 3)
    db.session.flush()
    db.session.expunge_all()
    edition = db.session.merge(edition, load=True)
    with statements() as asked:
        frozen(edition)
    assert len(asked) < 25


@pytest.mark.parametrize(
    "hidden",
    [{"is_public": False}, {"status": "draft"}, {"status": "cancelled"}, {"is_confidential": True},
     {"days": -3}, {"days": 90}],
)  # fmt: skip
def test_only_meetings_that_anybody_may_see_are_announced(plan, hidden):
    plan(title="Open dag")
    plan(title="Niet voor iedereen", **hidden)
    assert [one["title"] for one in meetings_to_come(60)] == ["Open dag"]


def test_a_meeting_in_every_region_is_national(cast, plan):
    plan(regions=[cast.noord, cast.zuid])
    plan()
    assert [one["is_national"] for one in meetings_to_come(60)] == [True, False]


def test_a_meeting_of_a_network_without_a_region_is_national(cast, plan):
    network = Network(name="Landelijk netwerk")
    db.session.add(network)
    plan(network=network)
    assert [one["is_national"] for one in meetings_to_come(60)] == [True]
    assert meetings_to_come(60, with_national=False) == []


def test_a_region_that_is_no_more_opens_a_block_to_nobody_else(cast):
    gone = make_region("Weg")
    blocks = [
        ("text", {"limits": {"regions": [gone.id, cast.noord.id]}}),
        ("text", {"limits": {"regions": [gone.id]}}),
        ("text", {}),
    ]
    edition = make_edition(*blocks)
    db.session.delete(gone)
    db.session.flush()
    limits = [block["limits"]["regions"] for block in frozen(edition)["blocks"]]
    assert limits == [[cast.noord.id], [0], []]


def test_rich_text_is_cleaned_whatever_was_kept(cast):
    bad = "<p onclick=x>Hallo<script>1</script><a href='javascript:1'>hier</a></p>"
    taken = frozen(make_edition(("text", {"html": bad})))
    assert taken["blocks"][0]["data"]["html"] == "<p>Hallohier</p>"
