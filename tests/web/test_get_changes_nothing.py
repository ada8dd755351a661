"""Opening a page never changes a row, whoever opens it; and no page breaks on what exists."""

import pytest

from tests.every_page import pages, rows_of_everything

NOT_THERE = {
    # The post office holds what was really mailed: nothing here.
    "public_postoffice.show", "public_postoffice.raw", "public_postoffice.html",
    # Nobody is chosen to be invited in this address, so there is no example to show.
    "manage_invitations.example",
    # Nor has anybody begun a letter.
    "manage_letters.example",
    # Nor has anybody opened a mail, which is noted.
    "manage_messages.html",
    # Nobody watches this machine.
    "public_metrics.show",
}  # fmt: skip


@pytest.fixture
def rows(transaction):
    def rows():
        with transaction() as session:
            session.expire_all()
            return rows_of_everything()

    return rows


def changed(before, after):
    return [name for name in before if before[name] != after[name]]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("who", ["anna", "kees"])
def test_no_page_changes_anything(app, sample, sign_in, rows, who, method):
    client = sign_in(app.test_client(), getattr(sample.cast, who))
    before = rows()
    # A page that breaks fails the test by itself, see Visitor in tests/application.py.
    statuses = {
        rule.endpoint: client.open(address, method=method).status_code
        for rule, address in pages(app, "GET", sample)
    }
    assert changed(before, rows()) == []
    faults = {endpoint: status for endpoint, status in statuses.items() if status in {400, 422}}
    assert faults == {}


def test_the_samples_lead_to_pages_that_exist(app, sample, sign_in):
    client = sign_in(app.test_client(), sample.cast.anna)
    missing = {
        rule.endpoint
        for rule, address in pages(app, "GET", sample)
        if client.get(address).status_code == 404
    }
    assert missing <= NOT_THERE


def test_a_visitor_without_account_changes_nothing_either(app, client, sample, rows):
    before = rows()
    for _, address in pages(app, "GET", sample):
        client.get(address)
    assert changed(before, rows()) == []
