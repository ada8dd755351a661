"""Puts what a use case refused beside the field that it is about, in the reader's language."""

from __future__ import annotations

from flask_babel import gettext
from wtforms import Field, Form

from eventsapp.core.errors import EventsError


def sentence_of(fault: EventsError) -> str:
    """Give the translated sentence of a refusal."""
    return gettext(fault.message, **fault.values)


def show_fault(form: Form, fault: EventsError) -> None:
    """Put the sentence of a refusal beside its field, or above the form when it has none."""
    field = _field_named(form, fault.field) if fault.field else None
    if field is None:
        form.form_errors.append(sentence_of(fault))
    else:
        field.errors = [*field.errors, sentence_of(fault)]


def _field_named(form: Form, name: str) -> Field | None:
    """Find a field by its full name, also inside a list of forms ("addresses-0-email")."""
    if name in form:
        return form[name]
    head, _, rest = name.partition("-")
    index, _, inner = rest.partition("-")
    if head not in form or not index.isdigit():
        return None
    entries = getattr(form[head], "entries", [])
    if int(index) >= len(entries):
        return None
    return entries[int(index)].form[inner] if inner else entries[int(index)]
