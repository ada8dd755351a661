"""Papers and logos: added by who may, judged by content, read by who has the link."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from eventsapp.core.tokens import sign
from eventsapp.meetings.models import CoOrganiser, Paper
from eventsapp.meetings.papers import link_for
from tests.checks import check_page
from tests.meetings import MEETINGS, hidden

PDF = b"%PDF-1.7\n% a paper"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


@pytest.fixture
def place(meeting):
    return f"{MEETINGS}{meeting.id}/papers"


def add(client, place, content=PDF, name="verslag.pdf", token=None, **values):
    token = token or hidden(check_page(client.get(place)))
    data = {**token, "file": (io.BytesIO(content), name), **values}
    return client.post(place, data=data)


def papers_in(transaction):
    with transaction() as session:
        return list(session.scalars(select(Paper)))


def path_of(app, paper):
    with app.app_context():
        return "/" + link_for(paper).split("/", 3)[3]


def test_a_paper_is_added_listed_read_and_removed(app, anna, client, place, transaction):
    add(anna, place, title="Verslag van mei")
    (paper,) = papers_in(transaction)
    page = check_page(anna.get(place))
    assert "Verslag van mei" in page

    answer = client.get(path_of(app, paper))
    assert (answer.data, answer.mimetype) == (PDF, "application/pdf")
    assert "verslag.pdf" in answer.headers["Content-Disposition"]

    anna.post(f"{place}/{paper.id}/remove", data=hidden(page))
    assert papers_in(transaction) == []
    check_page(client.get(path_of(app, paper)), 404)


def test_a_paper_is_handed_out_so_that_nothing_in_it_can_run(app, anna, client, place, transaction):
    add(anna, place)

    headers = client.get(path_of(app, papers_in(transaction)[0])).headers

    assert headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "leeg.pdf"),
        (b"<html><script>alert(1)</script></html>", "verslag.pdf"),
        (b"MZ program", "verslag.docx"),
        (PDF, ""),
    ],
)
def test_what_is_no_paper_is_refused_beside_the_field(anna, place, transaction, content, name):
    page = check_page(add(anna, place, content, name), 422)

    assert 'id="file-error"' in page
    assert papers_in(transaction) == []


def test_a_file_that_is_too_large_is_refused_with_the_limit(anna, place, transaction):
    # What is said of the size is enough; nothing of it is read.
    answer = anna.post(
        place,
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": "50000000"},
    )

    assert "10 MB" in check_page(answer, 413)
    assert papers_in(transaction) == []


def test_a_name_with_tricks_reaches_no_header(app, anna, client, place, transaction):
    add(anna, place, name='../"x"\r\nSet-Cookie: y=1.pdf', title="<b>Kop</b>" + "é" * 150)

    (paper,) = papers_in(transaction)
    assert "Set-Cookie" not in client.get(path_of(app, paper)).headers
    assert "&lt;b&gt;Kop" in check_page(anna.get(place))


def test_a_title_that_is_too_long_is_told(anna, place):
    assert 'id="title-error"' in check_page(add(anna, place, title="x" * 10_000), 422)


def test_a_double_click_adds_one_paper(anna, place, transaction):
    token = hidden(check_page(anna.get(place)))

    for _ in range(2):
        add(anna, place, token=token)

    assert len(papers_in(transaction)) == 1


def test_others_read_papers_and_cannot_add_or_remove_them(anna, bram, place, transaction):
    add(anna, place)
    (paper,) = papers_in(transaction)
    page = check_page(bram.get(place))
    assert 'type="file"' not in page

    token = hidden(check_page(bram.get(MEETINGS + "new")))
    check_page(add(bram, place, token=token), 403)
    check_page(bram.post(f"{place}/{paper.id}/remove", data=token), 403)
    assert len(papers_in(transaction)) == 1


def test_a_paper_of_another_meeting_is_not_there(anna, place, transaction):
    add(anna, place)
    (paper,) = papers_in(transaction)

    check_page(anna.get(f"{place}/{paper.id + 1}"), 404)


@pytest.mark.parametrize("token", ["x", "🎉", "WzFd.forged", "a" * 5000])
def test_a_forged_link_gives_a_page_that_says_so(client, token):
    check_page(client.get(f"/papers/{token}"), 404)
    check_page(client.get(f"/logos/{token}"), 404)


def test_the_link_of_a_removed_paper_does_not_open_the_next_one(
    app, anna, client, place, transaction
):
    add(anna, place)
    (paper,) = papers_in(transaction)
    old = path_of(app, paper)
    with transaction() as session:
        session.delete(session.get_one(Paper, paper.id))
    with transaction() as session:
        kept = {"title": "Besloten", "filename": "b.pdf", "media_type": "application/pdf"}
        later = {"id": paper.id, "added_at": paper.added_at + timedelta(minutes=5)}
        session.add(Paper(**later, **kept, meeting_id=paper.meeting_id, size=4, content=PDF))
    check_page(client.get(old), 404)


def test_a_link_of_another_kind_opens_no_paper(app, anna, client, place, transaction):
    add(anna, place)
    (paper,) = papers_in(transaction)
    with app.app_context():
        token = sign("logo", paper.id)

    check_page(client.get(f"/papers/{token}"), 404)


@pytest.fixture
def other(meeting, transaction):
    with transaction() as session:
        other = CoOrganiser(meeting_id=meeting.id, name="Zorgbelang <i>")
        session.add(other)
    return other


def send_logo(client, place, other, content, **values):
    token = hidden(check_page(client.get(place)))
    data = {**token, "file": (io.BytesIO(content), "logo.png"), **values}
    return client.post(f"{place}/logos/{other.id}", data=data, follow_redirects=True)


def test_a_logo_is_kept_shown_and_removed(anna, client, place, other):
    page = check_page(send_logo(anna, place, other, PNG))
    address = re.search(r'<img class="logo" src="([^"]*)"', page)[1]
    answer = client.get(address)
    assert (answer.data, answer.mimetype) == (PNG, "image/png")
    assert "sandbox" in answer.headers["Content-Security-Policy"]

    page = check_page(send_logo(anna, place, other, b"", remove="1"))
    assert 'class="logo"' not in page
    check_page(client.get(address), 404)


@pytest.mark.parametrize("content", [b"", b"<svg onload='alert(1)'/>", PDF, PNG + b"\0" * 600_000])
def test_what_is_no_logo_is_refused(anna, place, other, content):
    assert 'class="logo"' not in check_page(send_logo(anna, place, other, content))


def test_others_cannot_change_a_logo(bram, place, other):
    token = hidden(check_page(bram.get(MEETINGS + "new")))

    check_page(bram.post(f"{place}/logos/{other.id}", data={**token, "remove": "1"}), 403)
