"""The one family of errors: what every door may rely on."""

import pytest

from eventsapp.core import errors


def test_an_error_tells_its_sentence_with_the_values_filled_in():
    error = errors.InputError("Take at most %(most)s guests.", "guests", most=20)

    assert str(error) == "Take at most 20 guests."
    assert error.message == "Take at most %(most)s guests."
    assert (error.field, error.values) == ("guests", {"most": 20})


def test_a_sentence_without_values_may_hold_a_percent_sign():
    assert str(errors.Conflict("100% full")) == "100% full"


def test_an_error_without_a_sentence_has_one_of_its_own():
    assert str(errors.NotFound()).startswith("We can't find this page.")


def test_a_delivery_error_must_say_whether_it_is_permanent():
    assert errors.DeliveryError("Refused.", permanent=True).permanent
    with pytest.raises(TypeError):
        errors.DeliveryError("Refused.")


def test_every_kind_has_a_code_of_its_own_and_a_status_that_rolls_back():
    kinds = errors.EventsError.__subclasses__()

    assert len({kind.code for kind in kinds}) == len(kinds) == 9
    assert all(kind.status >= 400 for kind in kinds)
