"""What somebody filled in while the disk was full leaves with one press when there is room."""

import resource
from contextlib import contextmanager

import pytest

from tests.browsing import arrive, visit

REMARK = 'Ik kom "later" & breng <Piet> mee'


@contextmanager
def full_disk():
    """Let this process, which serves the pages, make no file longer."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("screen", ["page", "phone"])
def test_a_remark_that_could_not_be_kept_is_sent_once_more(screen, request, invited, axe):
    browser = request.getfixturevalue(screen)
    petra = invited(reply="accepted")
    visit(browser, petra.at())
    browser.get_by_text("Ik wil iets opmerken").click()
    browser.locator("[name=remark]").fill(REMARK)
    with full_disk():
        browser.get_by_role("button", name="Opslaan").click()
        arrive(browser, "Dit kan nu niet worden bewaard")
    axe(browser)
    browser.get_by_role("button", name="Verstuur het opnieuw").click()
    arrive(browser, "Wij weten dat u komt")
    assert petra.invitation().remark == REMARK
