"""A form that is sent twice does its work once, on both databases."""

from eventsapp.core import submissions


def test_a_form_is_claimed_once_and_then_tells_where_it_led(transaction):
    with transaction():
        assert submissions.claim("a key") is None
        submissions.settle("a key", "/there")
    with transaction():
        assert submissions.claim("a key") == "/there"
        assert submissions.claim("another key") is None


def test_a_claim_is_rolled_back_with_the_work(transaction):
    with transaction() as session:
        submissions.claim("a key")
        session.rollback()
    with transaction():
        assert submissions.claim("a key") is None


def test_a_form_without_a_key_or_with_a_forged_one_breaks_nothing(transaction):
    with transaction():
        assert submissions.claim("") is None
        assert submissions.claim("\0") is None
        assert submissions.claim("k" * 10_000) is None
