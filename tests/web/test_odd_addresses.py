"""Whatever somebody types in an address, a page comes: never a fault of the product."""

from base64 import urlsafe_b64encode

import pytest

from tests.every_page import pages

HUGE = "9" * 20
# What pages read from their address, with what they least expect.
NAMES = (
    "after", "before", "closed", "cursor", "day", "done", "ended", "from", "kind", "month",
    "municipality", "network", "next", "organisation", "period", "person", "place", "q", "region",
    "role", "scheme", "since", "sort", "start", "state", "status", "successor", "theme", "until",
    "who", "year",
)  # fmt: skip


@pytest.fixture
def kees(app, sample, sign_in):
    return sign_in(app.test_client(), sample.cast.kees)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_number_that_no_row_can_have_leads_nowhere(app, sample, kees, method):
    sample.numbers = dict.fromkeys(sample.numbers, int(HUGE))
    found = {}
    for rule, address in pages(app, method, sample):
        if HUGE in address:
            status = kees.open(address, method=method).status_code
            if status < 400:
                found[rule.endpoint] = status
    assert found == {}


@pytest.mark.parametrize("value", [HUGE, "²", "\x00", "0001-01-01"])
def test_odd_words_in_an_address_break_no_page(app, sample, kees, value):
    # The test client fails the test when a page breaks, and says which.
    for _, address in pages(app, "GET", sample):
        response = kees.get(address, query_string=dict.fromkeys(NAMES, value))
        assert response.status_code < 500


@pytest.mark.parametrize(
    "path", ["people/", "organisations/", "meetings/?period=past", "mail/", "log/", "colleagues/"]
)
def test_a_cursor_that_was_tampered_with_shows_a_page(cast, app, sign_in, path):
    kees = sign_in(app.test_client(), cast.kees)
    for raw in ('["after"]', '["after",{}]', '["after",1e400]', f'["after","x",{HUGE}]',
                f'["before",{HUGE}]', '["after",null,null]', "[]", "{", '["after","\\u0000",1]',
                f'["after","2027-01-01",{HUGE}]'):  # fmt: skip
        cursor = urlsafe_b64encode(raw.encode()).decode()
        mark = "&" if "?" in path else "?"
        assert kees.get(f"/manage/{path}{mark}after={cursor}").status_code in {200, 404}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("odd", ["%00", "a%00b"])
def test_a_nul_in_an_address_is_no_page(app, sample, client, method, odd):
    asked = {}
    for rule, address in pages(app, method, sample, ("public",)):
        for name in rule.arguments:
            is_text = type(rule._converters[name]).__name__ != "IntegerConverter"
            value = sample.texts.get(name, "x")
            if name == "token":
                value = address.strip("/").split("/")[1]
            if is_text and value in address:
                place = address.replace(value, odd, 1)
                asked[rule.endpoint, name] = client.open(place, method=method).status_code
    assert asked
    assert {place: status for place, status in asked.items() if status != 404} == {}
