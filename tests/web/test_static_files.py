"""Styles and scripts: kept for a year by who has them, and never mixed with those of an upgrade."""

import re

import pytest

pytestmark = pytest.mark.databases("sqlite")

PAGE = "/sign-in"
PART = re.compile(r'(?:href|src)="(/static/[^"#]+)')


def parts(client):
    return PART.findall(client.get(PAGE).text)


def test_all_parts_of_a_page_name_the_same_state_in_their_path(client):
    states = {address.split("/")[2] for address in parts(client)}
    assert len(states) == 1
    assert re.fullmatch("[0-9a-f]{10}", states.pop())


def test_what_a_part_fetches_from_beside_it_has_the_state_too(client):
    (script,) = [address for address in parts(client) if address.endswith("/js/app.js")]
    inner = re.findall(r'"\./([a-z-]+\.js)"', client.get(script, buffered=True).text)
    assert len(inner) > 3
    for name in inner:
        answer = client.get(script.replace("app.js", name), buffered=True)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]


def test_a_part_is_kept_for_a_year(client):
    for address in parts(client):
        answer = client.get(address, buffered=True)
        assert answer.status_code == 200
        assert "max-age=31536000" in answer.headers["Cache-Control"]


def test_a_page_from_before_an_upgrade_gets_what_there_is_and_does_not_keep_it(client):
    answer = client.get("/static/0123456789/js/rich-text.js", buffered=True)
    assert answer.status_code == 200
    assert "immutable" not in answer.headers["Cache-Control"]
    assert (
        "max-age=0" in answer.headers["Cache-Control"]
        or "no-cache" in answer.headers["Cache-Control"]
    )


@pytest.mark.parametrize("path", ["../app.py", "%2e%2e/app.py", "js/none.js", "js", "/etc/passwd"])
def test_nothing_else_is_handed_out(client, path):
    (any_part, *_) = parts(client)
    state = any_part.split("/")[2]
    assert client.get(f"/static/{state}/{path}").status_code in {308, 404}


def test_the_state_changes_with_any_file(tmp_path):
    from eventsapp.core.static_files import _state

    (tmp_path / "a.js").write_text("1")
    before = _state(tmp_path)
    (tmp_path / "a.js").rename(tmp_path / "b.js")
    assert _state(tmp_path) != before
