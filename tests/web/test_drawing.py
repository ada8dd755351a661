"""What pages draw once and keep is the same as drawn anew."""

import pytest
from flask import render_template_string, url_for
from wtforms import Form, SelectField, StringField

from eventsapp.core import drawing
from eventsapp.core.language import speaking


class Narrow(Form):
    """A filter as the lists have it."""

    q = StringField("Words")
    town = SelectField("Town", choices=[], validate_choice=False)


def narrow(towns, **data):
    form = Narrow(data=data)
    form.town.choices = drawing.offer(towns, ("", "All"))
    return form


def drawn(form, name="town"):
    return render_template_string(
        "{{ draw_filter(form[name], optional=false) }}", form=form, name=name
    )


def drawn_anew(form, name="town"):
    return render_template_string(
        "{% from 'macros/field.html' import field %}{{ field(form[name], optional=false) }}",
        form=form,
        name=name,
    )


@pytest.mark.parametrize("endpoint", ["manage_people.show", "manage_meetings.show"])
def test_the_quick_address_of_a_page_is_its_address(app, endpoint):
    with app.test_request_context():
        (argument,) = next(app.url_map.iter_rules(endpoint)).arguments
        for number in (1, 42, 987654321):
            assert drawing.pages_of(endpoint)(number) == url_for(endpoint, **{argument: number})


def test_the_quick_address_keeps_the_path_of_a_proxy(app):
    with app.test_request_context():
        plain = drawing.pages_of("manage_people.show")(7)
    with app.test_request_context(environ_overrides={"SCRIPT_NAME": "/events"}):
        assert drawing.pages_of("manage_people.show")(7) == f"/events{plain}"


def test_a_filter_that_was_drawn_before_reads_as_one_that_is_drawn_anew(app):
    towns = [(1, "Aalten"), (2, "Zwolle <b>")]
    with app.test_request_context():
        for chosen in ("", "2", "", "2", "9"):
            form = narrow(towns, town=chosen)
            assert drawn(form) == drawn_anew(form)


def test_a_filter_shows_the_choices_of_today(app):
    with app.test_request_context():
        assert "Zwolle" not in drawn(narrow([(1, "Aalten")]))
        assert "Zwolle" in drawn(narrow([(1, "Aalten"), (2, "Zwolle")]))


def test_what_somebody_typed_in_a_filter_is_never_kept(app):
    with app.test_request_context():
        assert "secret" in drawn(narrow([], q="secret"), "q")
        assert "secret" not in drawn(narrow([], q=""), "q")


def test_a_filter_is_kept_for_each_language_apart(app):
    with app.test_request_context():
        dutch = drawn_anew(narrow([], q=""), "q")
        with speaking("en"):
            english = drawn_anew(narrow([], q=""), "q")
            assert drawn(narrow([], q=""), "q") == english
        assert drawn(narrow([], q=""), "q") == dutch
