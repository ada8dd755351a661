"""The archive: what anybody may read of the editions that left, its search and its feed."""

import re
from html import unescape
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree as ET

import pytest

from eventsapp.newsletters import archive
from tests.archived import article, block, frozen_blocks, make_sent_edition
from tests.checks import check_page
from tests.factories import make_region

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def send(transaction):
    """`send(blocks, …)` puts an edition in the archive."""

    def act(*blocks, **values):
        with transaction():
            return make_sent_edition(*blocks, **{"slug": "maart-2027", **values})

    return act


def test_without_an_edition_the_archive_says_so(client):
    assert "nog geen nieuwsbrief verstuurd" in check_page(client.get("/newsletters/"))


def test_the_last_edition_stands_on_top(client, send):
    send(subject="Oud nieuws", slug="januari", hours=900)
    send(subject="Vers nieuws", slug="maart")
    html = check_page(client.get("/newsletters/"))
    assert html.index("Vers nieuws") < html.index("Oud nieuws")
    assert 'href="/newsletters/maart"' in html


@pytest.mark.parametrize(
    "values",
    [
        {"status": "draft"},
        {"status": "signed_off"},
        {"status": "dropped"},
        {"is_archived": False},
        {"hours": -0.01},
    ],
)
def test_what_has_not_left_or_is_kept_out_is_not_there(client, send, values):
    send(subject="Geheim nieuws", **values)
    assert "Geheim nieuws" not in check_page(client.get("/newsletters/"))
    assert "Geheim nieuws" not in check_page(client.get("/newsletters/?q=samen"))
    assert b"Geheim nieuws" not in client.get("/newsletters/feed.atom").data
    check_page(client.get("/newsletters/maart-2027"), 404)
    check_page(client.get("/newsletters/maart-2027/samen-eten"), 404)


def test_an_edition_shows_the_beginning_of_an_article_and_leads_to_the_rest(client, send):
    send(article(intro="Wie kookt er vandaag?"))
    html = check_page(client.get("/newsletters/maart-2027"))
    assert "Wie kookt er vandaag?" in html
    assert "veertig" not in html
    assert 'href="/newsletters/maart-2027/samen-eten"' in html


def test_an_article_has_a_page_with_the_others_of_the_edition(client, send):
    send(article(), article("Vervoer op maat", "vervoer"))
    html = check_page(client.get("/newsletters/maart-2027/vervoer"))
    assert "<h1>Vervoer op maat</h1>" in html
    assert "<strong>veertig</strong>" in html
    assert 'href="/newsletters/maart-2027/samen-eten"' in html


def test_what_was_meant_for_one_region_says_so(client, send, transaction):
    with transaction():
        twente = make_region("Twente")
    send(block("text", html="<p>De bus rijdt weer.</p>", limits={"regions": [twente.id]}))
    html = check_page(client.get("/newsletters/maart-2027"))
    assert "Voor lezers van: Twente" in html
    assert "De bus rijdt weer." in html


def every_kind():
    picture = {"address": "http://localhost/static/logo.svg", "width": 600, "height": 400}
    return (
        block("text", html="<h2>Welkom</h2><p>Goed nieuws.</p>"),
        block("heading", text="Uit de regio"),
        article(picture=picture, alternative="Een lange tafel"),
        block("quote", text="Wij beslissen mee.", who="Riet Bos"),
        block("practice", title="De klusbus", html="<h3>Zo werkt het</h3><p>Bel.</p>",
              region="Twente"),
        block("blog", title="Op pad", html="<p>Ik fiets.</p>", author="Anna"),
        block("literature", title="Samen", authors="Bos", year="2026",
              note_html="<p>Mooi.</p>", url="https://boek.example/"),
        block("publication", title="Gids", html="", url="https://gids.example/",
              link_words="Lees de gids"),
        block("meetings", title="", meetings=[{
            "title": "Themamiddag", "when": {"nl": "dinsdag 12 januari", "en": "Tuesday"},
            "place": "Zutphen", "region": "Twente", "address": "/meetings/1"}]),
        block("picture", picture=picture, alternative="De zaal", caption="Vol huis", url=""),
        block("call", title="Doe mee", html="<p>Vul in.</p>", survey_id=3, url=""),
        block("divider"),
    )  # fmt: skip


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_kind_of_block_can_be_read(client, send, language):
    send(*every_kind())
    client.set_cookie("language", language)
    html = check_page(client.get("/newsletters/maart-2027"))
    for words in ("Goed nieuws.", "Uit de regio", "Riet Bos", "De klusbus", "Anna", "Lees de gids",
                  "Themamiddag", "Vol huis", "Doe mee"):  # fmt: skip
        assert words in html
    assert "own.invalid" not in html


def test_html_in_a_title_stays_text(client, send):
    send(article("<b>Vet</b>", "vet"), subject="<script>alert(1)</script>")
    html = check_page(client.get("/newsletters/maart-2027"))
    assert "<b>Vet" not in html
    assert "<script>alert" not in html


@pytest.mark.parametrize("words", ["dorpshuis", "WOENSDAG eten", "Zútphen", "veert"])
def test_words_are_found_within_articles(client, send, words):
    send()
    html = check_page(client.get("/newsletters/", query_string={"q": words}))
    assert 'href="/newsletters/maart-2027/samen-eten"' in html


@pytest.mark.parametrize("words", ["werkt er in de regio", "themamiddag", "Twente klusbus"])
def test_an_edition_is_found_by_its_preview_line_its_meetings_and_its_regions(client, send, words):
    send(*every_kind())
    html = check_page(client.get("/newsletters/", query_string={"q": words}))
    assert 'href="/newsletters/maart-2027"' in html


@pytest.mark.parametrize("words", ["fiets", "%", "' OR 1=1 --", "é" * 300, "\x00", "<b>"])
def test_what_is_not_there_is_not_found(client, send, words):
    send()
    html = check_page(client.get("/newsletters/", query_string={"q": words}))
    assert "samen-eten" not in html


def test_what_was_undone_is_gone(client, send, transaction):
    edition = send()
    with transaction() as session:
        archive.forget(session.merge(edition))
    check_page(client.get("/newsletters/maart-2027"), 404)


def test_keeping_twice_is_keeping_once(send, transaction, client):
    edition = send()
    with transaction() as session:
        again = session.merge(edition)
        archive.keep(again, archive.pages_of(again, frozen_blocks(again)))
    assert check_page(client.get("/newsletters/?q=zutphen")).count("/samen-eten") == 1


def test_the_feed_names_each_edition_once_and_for_good(client, send):
    send(subject="Eten & drinken")
    response = client.get("/newsletters/feed.atom")
    assert response.content_type.startswith("application/atom+xml")
    root = ET.fromstring(response.data)
    (entry,) = root.iter(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == "Eten & drinken"
    assert entry.findtext(f"{ATOM}id").endswith(":maart-2027")
    assert entry.find(f"{ATOM}link").get("href").endswith("/newsletters/maart-2027")
    for each in (root, entry):
        assert all(each.findtext(ATOM + name) for name in ("id", "title", "updated"))


def test_a_reader_of_the_feed_asks_only_for_what_is_new(client, send):
    send()
    tag = client.get("/newsletters/feed.atom").headers["ETag"]
    again = client.get("/newsletters/feed.atom", headers={"If-None-Match": tag})
    assert again.status_code == 304


def test_an_empty_feed_is_a_feed(client):
    assert not list(ET.fromstring(client.get("/newsletters/feed.atom").data).iter(f"{ATOM}entry"))


def test_the_archive_asks_the_database_as_often_for_one_edition_as_for_many(
    client, send, statements
):
    send()
    with statements() as few:
        client.get("/newsletters/")
    for number in range(12):
        send(slug=f"brief-{number}")
    with statements() as many:
        client.get("/newsletters/")
    assert len(many) == len(few)


RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
RELATED = {"alternate", "self"}


def faults_of_feed(root):
    """What RFC 4287 asks of a feed and of its entries, one line each."""
    entries = root.findall(f"{ATOM}entry")
    for each in (root, *entries):
        yield from faults_of_part(each)
    if not root.findtext(f"{ATOM}author/{ATOM}name"):
        yield "nobody wrote it"  # 4.1.1
    if "self" not in {link.get("rel") for link in root.findall(f"{ATOM}link")}:
        yield "it does not say where it is"  # 4.1.1
    if any(each.find(f"{ATOM}link[@rel='alternate']") is None for each in entries):
        yield "an entry leads nowhere"  # 4.1.2
    names = [each.findtext(f"{ATOM}id") for each in entries]
    if len(set(names)) != len(names):
        yield "two entries have one id"  # 4.1.1


def faults_of_part(each):
    """What it asks of both."""
    for name in ("id", "title", "updated"):
        if len(each.findall(ATOM + name)) != 1:
            yield f"{each.tag} has not one {name}"  # 4.1.1, 4.1.2
    for moment in (*each.findall(f"{ATOM}updated"), *each.findall(f"{ATOM}published")):
        if not RFC3339.fullmatch(moment.text):
            yield f"no moment: {moment.text}"  # 3.3
    for link in each.findall(f"{ATOM}link"):
        if link.get("rel") not in RELATED or not link.get("href").startswith("http"):
            yield f"link {link.attrib}"  # 4.2.7
    if not urlsplit(each.findtext(f"{ATOM}id")).scheme:
        yield "an id that is no IRI"  # 4.2.6


@pytest.mark.parametrize("count", [0, 1, 23])
def test_the_feed_is_a_feed_by_rfc_4287(client, send, count):
    for number in range(count):
        send(
            subject="<b>Eten</b> & \u2028drinken \x0b\ufffe",
            slug=f"brief-{number}",
            hours=number + 1,
        )
    root = ET.fromstring(client.get("/newsletters/feed.atom").data)
    assert list(faults_of_feed(root)) == []
    assert len(root.findall(f"{ATOM}entry")) == min(count, archive.IN_THE_FEED)


def test_there_is_one_feed_whatever_language_somebody_reads(client, send):
    send()
    dutch = client.get("/newsletters/feed.atom").data
    client.set_cookie("language", "en")
    assert client.get("/newsletters/feed.atom").data == dutch


def test_what_only_readers_of_english_got_is_said_to_be_english(client, send):
    send(
        block("text", html="<p>Welcome.</p>", limits={"languages": ["en"]}),
        block("text", html="<p>Welkom.</p>"),
    )
    html = check_page(client.get("/newsletters/maart-2027"))
    assert html.count('<section class="piece piece--text" lang="en">') == 1
    assert html.count('<section class="piece piece--text">') == 1


def test_a_browser_asks_only_whether_a_page_changed(client, send):
    send()
    for address in (
        "/newsletters/",
        "/newsletters/maart-2027",
        "/newsletters/maart-2027/samen-eten",
    ):
        first = client.get(address)
        assert first.headers["Cache-Control"] == "private, no-cache"
        assert "Cookie" in first.headers["Vary"]
        again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")


def test_after_another_language_was_chosen_the_page_is_another(client, send):
    send()
    tag = client.get("/newsletters/").headers["ETag"]
    client.set_cookie("language", "en")
    assert client.get("/newsletters/", headers={"If-None-Match": tag}).status_code == 200


def test_the_archive_is_paged_and_no_edition_is_missed(client, send):
    for number in range(60):
        send(slug=f"brief-{number}", subject=f"Brief nummer {number}.", hours=number + 1)
    page, seen = check_page(client.get("/newsletters/")), set()
    while True:
        seen |= set(re.findall(r"Brief nummer (\d+)\.", page))
        following = re.search(r'rel="next" href="([^"]+)"', page)
        if not following:
            break
        page = check_page(client.get(urljoin("/newsletters/", unescape(following[1]))))
    assert seen == {str(number) for number in range(60)}
