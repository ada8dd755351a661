"""The pages about readers: figures for who makes it, names for the address book only."""

import re
from datetime import timedelta
from io import BytesIO

import openpyxl
import pytest

from eventsapp.contacts.models import ReachSnapshot, ReaderCount
from eventsapp.contacts.reader_kinds import ReaderKind
from eventsapp.core.audit import AuditEntry
from eventsapp.core.dates import now, today
from eventsapp.directory.models import Person
from eventsapp.manage.reader_words import KINDS
from tests import factories as make
from tests.checks import check_page
from tests.newsletters import make_newsletter, make_reader

ALL = "/manage/subscribers/all"


@pytest.fixture
def story(transaction, cast):
    """Noordwolde is reached by Petra and Riet, Zuidhorn by nobody; Joop pauses, Wim left."""
    with transaction() as session:
        noord, zuid = session.merge(cast.noord), session.merge(cast.zuid)
        town = make.make_municipality("Noordwolde", noord)
        make.make_municipality("Zuidhorn", zuid)
        letter = make_newsletter("Nieuwsbrief Samen")
        theme, other = make.make_theme("Vervoer"), make.make_theme("Wonen")
        petra = session.merge(cast.petra)
        petra.municipality_id = town.id
        make_reader(
            petra, letter.id, reader_kind="official", how="walk_in", themes=[theme],
            started_at=now() - timedelta(days=400),
        )  # fmt: skip
        riet = make.make_person("Riet van der Berg", language="en")
        make.make_role(riet, make.make_organisation("Raad Noordwolde", town))
        make_reader(riet, letter.id, reader_kind="seniors", regions=[zuid])
        joop = make.make_person("Joop Visser")
        make_reader(joop, letter.id, paused_until=today() + timedelta(days=30))
        wim = make.make_person("Wim Bos")
        make_reader(wim, letter.id, ended_at=now())
    return {"letter": letter, "town": town, "theme": theme, "other": other, "zuid": zuid}


@pytest.fixture
def kees(client, sign_in, cast):
    return sign_in(client, cast.kees)


def names_on(page):
    return [name for name in ("Petra", "Riet", "Joop", "Wim") if f"{name} " in page]


def listed(client, **asked):
    return names_on(check_page(client.get(ALL, query_string=asked)))


def test_the_figures_tell_how_many_read_and_what_that_reaches(kees, story):
    page = check_page(kees.get("/manage/subscribers/"))
    assert '<span class="figure__number">2</span> <span class="figure__label">lezen nu' in page
    assert '<span class="figure__number">50%</span>' in page
    assert "1 van 2" in page
    assert "Medewerkers van een gemeente" in page


def test_every_figure_leads_to_as_many_rows(kees, story):
    assert listed(kees) == ["Petra", "Riet"]
    assert listed(kees, state="all", days="30") == ["Riet", "Joop", "Wim"]
    assert listed(kees, state="left", days="30") == ["Wim"]
    assert listed(kees, state="paused") == ["Joop"]
    assert listed(kees, kind="seniors") == ["Riet"]
    assert listed(kees, region=story["zuid"].id) == ["Riet"]
    assert listed(kees, municipality=story["town"].id) == ["Petra", "Riet"]


def test_a_theme_finds_who_chose_it_and_who_chose_none(kees, story):
    assert listed(kees, theme=story["theme"].id) == ["Petra", "Riet"]
    assert listed(kees, theme=story["other"].id) == ["Riet"]


def test_readers_are_found_by_name_and_language(kees, story):
    assert listed(kees, q="berg riet") == ["Riet"]
    assert listed(kees, language="en") == ["Riet"]
    page = check_page(kees.get(ALL, query_string={"q": "niemand"}))
    assert "Geen lezer gevonden" in page


def test_who_came_last_can_stand_on_top(kees, story):
    page = check_page(kees.get(ALL, query_string={"sort": "since"}))
    assert page.index("Riet van der Berg") < page.index("Petra de Wit")


def test_a_reader_without_a_name_is_shown_by_address(kees, story, transaction):
    with transaction():
        nobody = Person(sort_key="", search_key="x")
        nobody = make._kept(nobody)
        address = make._kept(make.PersonAddress(person=nobody, email="x@post.example"))
        make_reader(nobody, story["letter"].id, address=address)
    assert ">x@post.example</a>" in check_page(kees.get(ALL))


def test_of_who_was_erased_only_the_days_remain(kees, story, transaction):
    with transaction() as session:
        wim = session.query(Person).filter_by(given_name="Wim").one()
        wim.erased_at, wim.given_name, wim.family_name = now(), "", ""
    page = check_page(kees.get(ALL, query_string={"state": "left"}))
    assert "(naam gewist)" in page


def test_the_line_over_time_says_what_it_shows_and_stands_in_a_table(kees, story, transaction):
    with transaction() as session:
        for months, reached in ((5, 0), (3, 1)):
            session.add(
                ReachSnapshot(
                    newsletter_id=story["letter"].id, on=today() - timedelta(days=31 * months),
                    readers=1000 * months, municipalities=reached, of_municipalities=4,
                )
            )  # fmt: skip
    page = check_page(kees.get("/manage/subscribers/"))
    assert 'role="img" aria-label="Deel van de gemeenten dat we bereiken: van 0% in ' in page
    assert "naar 50% in " in page
    assert "5.000" in page
    assert "25%" in page


def test_an_editor_sees_counts_and_nobody(app, sign_in, cast, story):
    ilse = sign_in(app.test_client(), cast.ilse)
    for address in ("/manage/subscribers/", "/manage/subscribers/municipalities"):
        page = check_page(ilse.get(address))
        assert "/subscribers/all" not in page
        assert names_on(page) == []
    assert ilse.get(ALL).status_code == 403


def test_municipalities_without_readers_are_found(kees, story):
    page = check_page(kees.get("/manage/subscribers/municipalities?reached=no"))
    assert "Zuidhorn" in page
    assert "Noordwolde" not in page
    page = check_page(kees.get("/manage/subscribers/municipalities?sort=readers"))
    assert page.index("Noordwolde") < page.index("Zuidhorn")


def test_without_a_newsletter_the_pages_say_what_to_wait_for(kees):
    for address in ("/manage/subscribers/", ALL, "/manage/subscribers/municipalities"):
        assert "Er is nog geen nieuwsbrief" in check_page(kees.get(address))


def test_a_newsletter_without_readers_has_no_chart(kees, transaction):
    with transaction():
        make_newsletter()
    page = check_page(kees.get("/manage/subscribers/"))
    assert "Nog niemand leest de nieuwsbrief" in page
    assert "<path" not in page.partition("</header>")[2].partition("<nav")[0]


def test_of_several_newsletters_one_is_chosen(kees, story, transaction):
    with transaction():
        other = make_newsletter("Bericht voor gemeenten")
        make_reader(make.make_person("Nel Roos"), other.id)
    page = check_page(kees.get(f"{ALL}?newsletter={other.id}"))
    assert "Nel Roos" in page
    assert names_on(page) == []
    assert f"/manage/subscribers/municipalities?newsletter={other.id}" in page
    assert kees.get(f"{ALL}?newsletter=999999").status_code == 404


@pytest.mark.parametrize(
    "asked",
    [
        "kind=%3Cscript%3E&state=x&region=x&municipality=-1&theme=99999999999&days=31&language=zz",
        "q=" + "%F0%9F%A6%8A" * 500,
        "q=%25_%27--",
        "after=onzin&sort=niets",
    ],
)
def test_odd_questions_are_answered_calmly(kees, story, asked):
    page = check_page(kees.get(f"{ALL}?{asked}"))
    assert "<script>" not in page


def test_what_the_list_shows_can_be_taken_out_and_is_written_down(kees, story, transaction):
    answer = kees.post("/manage/subscribers/export", data={"kind": "official", "as": "csv"})
    assert "filename=lezers-nieuwsbrief-samen.csv" in answer.headers["Content-Disposition"]
    head, petra = answer.data.decode("utf-8-sig").splitlines()
    assert head.startswith("Naam;E-mailadres;Soort lezer;Gemeente;Taal;")
    assert petra.startswith("Petra de Wit;petra.de.wit")
    assert petra.endswith(";;Vervoer")
    assert "Noordwolde" in petra
    with transaction() as session:
        entry = session.query(AuditEntry).filter_by(action="subscribers.export").one()
        assert entry.detail == {"kind": "csv", "count": 1}


def test_a_spreadsheet_holds_every_state_and_no_formula(kees, story, transaction):
    with transaction():
        make_reader(make.make_person("=1+1 Roos"), story["letter"].id)
    answer = kees.post("/manage/subscribers/export", data={"state": "all", "as": "xlsx"})
    rows = list(openpyxl.load_workbook(BytesIO(answer.data)).active.values)
    assert len(rows) == 6
    assert "'=1+1 Roos" in {row[0] for row in rows}


def test_an_advisor_takes_out_readers_of_an_own_region_only(app, sign_in, cast, story):
    bram = sign_in(app.test_client(), cast.bram)
    region = {"region": story["zuid"].id}
    assert "download" in check_page(bram.get(ALL, query_string=region))
    assert bram.post("/manage/subscribers/export", data=region).status_code == 200
    assert "Kies een van je eigen regio" in check_page(bram.get(ALL))
    assert bram.post("/manage/subscribers/export").status_code == 403
    anna = sign_in(app.test_client(), cast.anna)
    assert anna.post("/manage/subscribers/export", data=region).status_code == 403


def test_markup_in_a_name_is_shown_as_text(kees, story, transaction):
    with transaction():
        make_reader(make.make_person("<b>Nel</b> Roos"), story["letter"].id)
    assert "<b>Nel" not in check_page(kees.get(ALL))


def test_every_kind_of_reader_has_a_name():
    assert set(KINDS) == {kind.value for kind in ReaderKind}


@pytest.mark.parametrize("sort", ["name", "since"])
def test_fifty_readers_are_shown_with_a_bounded_number_of_questions(
    kees, story, transaction, statements, sort
):
    with transaction():
        for number in range(60):
            make_reader(make.make_person(f"Ad Bos{number:02}"), story["letter"].id, address=None)
    with statements() as asked:
        page = check_page(kees.get(f"{ALL}?sort={sort}"))
    assert page.count('<th scope="row">') == 50
    assert len(asked) <= 16
    cursor = re.search(r"after=([\w-]+)", page)[1]
    rest = people_on(check_page(kees.get(f"{ALL}?sort={sort}&after={cursor}")))
    assert rest.isdisjoint(people_on(page))
    assert len(rest | people_on(page)) == 62


def people_on(page):
    return set(re.findall(r"/manage/people/(\d+)", page))


def test_figures_that_were_kept_say_when_they_were_counted(kees, story, transaction):
    with transaction() as session:
        session.add(
            ReaderCount(
                newsletter_id=story["letter"].id, counted_at=now(), on=today(), readers=12_000,
                figures={"readers": 12_000, "by_kind": {}, "by_region": {}, "by_town": {}},
            )
        )  # fmt: skip
    page = check_page(kees.get("/manage/subscribers/"))
    assert "12.000" in page
    assert "Stand van " in page
    assert "Stand van " in check_page(kees.get("/manage/subscribers/municipalities"))
    page = check_page(kees.get("/manage/subscribers/?anew=1"))
    assert '<span class="figure__number">2</span> <span class="figure__label">lezen nu' in page
    assert "Stand van " not in page
