"""How many read a newsletter, where they belong, and that each figure agrees with its rows."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from eventsapp.background.jobs import count_readers
from eventsapp.contacts import reach_snapshots, subscriber_figures
from eventsapp.contacts.models import ReachSnapshot, ReaderCount, Subscription
from eventsapp.contacts.reading import reading
from eventsapp.contacts.subscriber_places import in_municipality, in_region, is_reader
from eventsapp.core.dates import now, today
from eventsapp.core.db import db
from eventsapp.directory.models import Municipality, Person, Region, RegionScheme
from tests import factories as make
from tests.newsletters import make_reader

LETTER = 1


@pytest.fixture
def story(transaction, cast):
    """Four towns; Petra lives in one, Riet has a function in another, Joop pauses, Wim left."""
    with transaction() as session:
        noord, zuid = session.merge(cast.noord), session.merge(cast.zuid)
        towns = {
            name: make.make_municipality(name, region)
            for name, region in (
                ("Ameland", noord), ("Bedum", noord), ("Cuijk", zuid), ("Deurne", zuid),
            )
        }  # fmt: skip
        petra = session.merge(cast.petra)
        petra.municipality_id = towns["Ameland"].id
        make_reader(petra, LETTER, reader_kind="council_member")
        riet = make.make_person("Riet van der Berg")
        make.make_role(riet, make.make_organisation("Raad Bedum", towns["Bedum"]))
        make_reader(riet, LETTER, reader_kind="council_member", regions=[zuid])
        joop = make.make_person("Joop Visser", municipality_id=towns["Cuijk"].id)
        make_reader(joop, LETTER, paused_until=today() + timedelta(days=30))
        wim = make.make_person("Wim Bos", municipality_id=towns["Deurne"].id)
        make_reader(wim, LETTER, ended_at=now())
        make_reader(make.make_person("Ali Kaya"), LETTER)
        make_reader(petra, LETTER + 1)
    return {"towns": towns, "noord": noord, "zuid": zuid}


def rows_behind(condition):
    """How many rows the list shows when a figure is pressed."""
    who = is_reader(LETTER, today())
    return db.session.scalar(
        select(func.count()).select_from(Subscription).join(Person).where(who, condition)
    )


def readers_by_region():
    return subscriber_figures.figures(LETTER, today()).by_region


def test_a_municipality_is_reached_by_who_lives_or_has_a_function_there(story, transaction):
    with transaction():
        reach = subscriber_figures.figures(LETTER, today()).reach
    assert (reach.readers, reach.municipalities, reach.of_municipalities) == (3, 2, 4)
    assert reach.share == 0.5


def test_readers_are_counted_by_kind_and_who_never_said_is_told_apart(story, transaction):
    with transaction():
        kinds = subscriber_figures.figures(LETTER, today()).by_kind
    assert kinds == {"council_member": 2, "": 1}


def test_a_chosen_region_goes_before_the_one_of_the_own_place(story, transaction):
    with transaction():
        regions = readers_by_region()
    assert [(row.name, row.readers) for row in regions] == [("Noord", 1), ("Zuid", 1)]


def test_every_figure_agrees_with_its_rows(story, transaction):
    with transaction():
        for row in readers_by_region():
            assert rows_behind(in_region(row.id, today())) == row.readers, row.name
        for row in subscriber_figures.municipalities_page(LETTER, today())[0].items:
            assert rows_behind(in_municipality(row.id, today())) == row.readers, row.name


def test_a_merged_municipality_counts_as_the_one_that_came_in_its_place(story, transaction):
    with transaction() as session:
        old = session.get(Municipality, story["towns"]["Ameland"].id)
        old.ended_on, old.successor_id = today(), story["towns"]["Cuijk"].id
    with transaction():
        page, _ = subscriber_figures.municipalities_page(LETTER, today())
        found = {row.name: row.readers for row in page.items}
        assert rows_behind(in_municipality(story["towns"]["Cuijk"].id, today())) == 1
    assert found == {"Bedum": 1, "Cuijk": 1, "Deurne": 0}


def test_who_works_for_a_whole_region_reads_about_it(story, transaction):
    with transaction():
        whole = make.make_organisation("Regioraad", region_id=story["noord"].id)
        nel = make.make_person("Nel Roos")
        make.make_role(nel, whole)
        make_reader(nel, LETTER)
    with transaction():
        counted = {one.name: one.readers for one in readers_by_region()}
        assert rows_behind(in_region(story["noord"].id, today())) == 2
    assert counted == {"Noord": 2, "Zuid": 1}


def test_an_edition_is_sent_by_the_regions_that_are_counted(story, transaction):
    with transaction():
        counted = {(str(one.id), one.readers) for one in readers_by_region()}
        sent = Counter(row.region_ids for row in db.session.execute(reading(LETTER, today())))
    assert counted == {(numbers, times) for numbers, times in sent.items() if numbers}


def test_a_place_outside_the_working_regions_gives_no_region(story, transaction):
    with transaction() as session:
        other = make.make_region(
            "Friesland", scheme=RegionScheme(code="province", name="Provincies")
        )
        other.municipalities.append(session.get(Municipality, story["towns"]["Ameland"].id))
    with transaction():
        names = [row.name for row in readers_by_region()]
        assert rows_behind(in_region(other.id, today())) == 0
    assert names == ["Noord", "Zuid"]


def test_municipalities_are_shown_with_or_without_readers(story, transaction):
    def names(**asked):
        page, _ = subscriber_figures.municipalities_page(LETTER, today(), **asked)
        return [row.name for row in page.items]

    with transaction():
        assert names(reached="yes") == ["Ameland", "Bedum"]
        assert names(reached="no") == ["Cuijk", "Deurne"]
        assert names(region_id=story["zuid"].id) == ["Cuijk", "Deurne"]
        assert names(sort="readers") == ["Ameland", "Bedum", "Cuijk", "Deurne"]


def test_who_was_erased_is_counted_no_more(story, transaction, cast):
    with transaction() as session:
        session.get(Person, cast.petra.id).erased_at = now()
    with transaction():
        assert subscriber_figures.figures(LETTER, today()).reach.readers == 2


def test_who_came_who_left_and_who_pauses_is_told(story, transaction):
    with transaction() as session:
        petra = session.scalars(select(Subscription).order_by(Subscription.id)).first()
        petra.started_at = now() - timedelta(days=100)
    with transaction():
        moved = subscriber_figures.movement(LETTER, now() - timedelta(days=30), today())
    assert (moved.came, moved.left, moved.paused) == (4, 1, 1)


def test_the_last_look_of_a_day_is_kept(story, transaction):
    for _ in range(2):
        with transaction():
            reach_snapshots.keep(reach_snapshots.look(today()))
    with transaction() as session:
        make_reader(make.make_person("Nel Roos"), LETTER)
        session.commit()
        count_readers()
        kept = session.scalars(
            select(ReachSnapshot).where(ReachSnapshot.newsletter_id == LETTER)
        ).one()
    assert (kept.readers, kept.municipalities, kept.of_municipalities) == (4, 2, 4)
    assert kept.by_kind == {"council_member": 2, "": 2}


def test_of_each_month_the_last_day_is_shown(transaction):
    days = [date(2026, 1, 5), date(2026, 1, 30), date(2026, 2, 28), date(2026, 3, 1)]
    with transaction() as session:
        for number, day in enumerate(days):
            session.add(
                ReachSnapshot(
                    newsletter_id=LETTER, on=day, readers=number, municipalities=number,
                    of_municipalities=342,
                )
            )  # fmt: skip
    with transaction():
        assert [one.on for one in reach_snapshots.months(LETTER, days[-1])] == days[1:]
        assert [one.on for one in reach_snapshots.months(LETTER, days[2], most=1)] == [days[2]]


def test_without_municipalities_nothing_is_divided_by_zero(transaction):
    with transaction():
        assert subscriber_figures.figures(LETTER, today()).reach.share == 0.0


def test_no_region_is_asked_for_each_reader_by_itself(story, transaction, statements):
    with transaction(), statements() as asked:
        subscriber_figures.figures(LETTER, today())
    questions = [one for one in asked if one.startswith(("SELECT", "WITH"))]
    assert len(questions) <= 9
    assert Region.__tablename__ in " ".join(questions)


def kept(readers, counted_at, **figures):
    counts = {"readers": readers, "by_kind": {"seniors": readers}, "by_region": {}, "by_town": {}}
    return ReaderCount(
        newsletter_id=LETTER, counted_at=counted_at, on=today(), readers=readers,
        figures=counts | figures,
    )  # fmt: skip


def test_of_very_many_readers_the_figures_are_those_that_the_clock_kept(story, transaction):
    moment = now() - timedelta(minutes=20)
    towns = {str(story["towns"]["Bedum"].id): 12_000}
    with transaction() as session:
        session.add(kept(12_000, moment, by_town=towns))
    with transaction():
        figures = subscriber_figures.figures(LETTER, today())
        anew = subscriber_figures.figures(LETTER, today(), anew=True)
        page, counted_at = subscriber_figures.municipalities_page(LETTER, today(), sort="readers")
    assert (figures.reach.readers, figures.reach.municipalities) == (12_000, 1)
    assert (figures.by_kind, figures.counted_at) == ({"seniors": 12_000}, moment)
    assert (anew.reach.readers, anew.counted_at) == (3, None)
    assert (page.items[0].name, page.items[0].readers, counted_at) == ("Bedum", 12_000, moment)


@pytest.mark.parametrize(("readers", "hours"), [(9_999, 0), (12_000, 7)])
def test_few_readers_are_counted_anew_and_so_are_many_when_the_clock_stood_still(
    story, transaction, readers, hours
):
    with transaction() as session:
        session.add(kept(readers, now() - timedelta(hours=hours)))
    with transaction():
        assert subscriber_figures.figures(LETTER, today()).reach.readers == 3


def test_what_the_clock_keeps_is_what_was_counted(story, transaction):
    with transaction():
        live = subscriber_figures.figures(LETTER, today())
        reach_snapshots.keep(reach_snapshots.look(today()))
    with transaction() as session:
        session.get(ReaderCount, LETTER).readers = 10_000
    with transaction():
        again = subscriber_figures.figures(LETTER, today())
    assert replace(again, counted_at=None) == live
    assert again.counted_at is not None
