"""`/q/…`: a reader answers a survey by a personal link; `/surveys/…`: what is asked, for everybody.

No account, no cookie: the link is the secret. Opening it changes nothing, because mail scanners
open links too; one press answers, and answering again replaces what was said. Of an anonymous
survey the page never shows what its reader answered before, nor who it is.
"""

from __future__ import annotations

from datetime import date, datetime

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from eventsapp.core.dates import HOME_ZONE, now, utc_to_local
from eventsapp.core.db import db, reading_first
from eventsapp.core.errors import Expired, InputError, NotFound
from eventsapp.core.http import SAFE, csrf
from eventsapp.core.language import use_language
from eventsapp.directory.models import Person
from eventsapp.public.forms.surveys import SurveyForm, answer_form
from eventsapp.public.secret_links import keep_to_yourself
from eventsapp.surveys import answering
from eventsapp.surveys.answering import Reader
from eventsapp.surveys.models import Survey
from eventsapp.surveys.queries import survey_by_slug
from eventsapp.surveys.rules import last_day, takes_answers

bp = Blueprint("public_surveys", __name__)
csrf.exempt(bp)
bp.after_request(keep_to_yourself)


@bp.errorhandler(NotFound)
def unknown(_fault: NotFound) -> ResponseReturnValue:
    """Say of a link that we can't read what may have happened to it, and what to do."""
    db.session.rollback()
    return render_template("public/surveys/unknown.html"), 404


@bp.get("/q/<token>")
def show(token: str) -> ResponseReturnValue:
    """Show the questions; or that they were answered, with the way to answer anew."""
    reader = _reader(token)
    survey = reader.survey
    if reader.is_trial:
        is_sent = "done" in request.args
        return _said_page(reader, token, now()) if is_sent else _form_page(reader, token)
    if not _takes_answers(survey):
        return _shut_page(reader)
    said = answering.answer_of(reader)
    if said is not None and "change" not in request.args:
        return _said_page(reader, token, said.answered_at)
    is_shown = said is not None and not survey.is_anonymous
    values = said.values if said is not None and is_shown else None
    return _form_page(reader, token, answer_form(survey, values=values), is_again=said is not None)


@bp.post("/q/<token>")
def answer(token: str) -> ResponseReturnValue:
    """Keep the answers; on a fault show them again with what is wrong."""
    reader = _reader(token)
    if not (reader.is_trial or _takes_answers(reader.survey)):
        return _shut_page(reader), Expired.status
    form = answer_form(reader.survey, formdata=request.form)
    if not form.validate():
        return _form_page(reader, token, form), 422
    try:
        answering.answer(reader, form.said())
    except InputError as fault:
        form.blame(fault)
        db.session.rollback()
        return _form_page(_reader(token), token, form), fault.status
    except Expired as fault:
        db.session.rollback()
        return _shut_page(_reader(token)), fault.status
    return redirect(url_for(".show", token=token, done=1 if reader.is_trial else None), 303)


@bp.get("/surveys/<survey_slug>")
def look(survey_slug: str) -> ResponseReturnValue:
    """Show what a survey asks to whoever has no link of their own; nobody answers here."""
    survey = survey_by_slug(survey_slug)
    return render_template(
        "public/surveys/look.html",
        survey=survey,
        is_open=_takes_answers(survey),
        until=_until(survey),
    )


def _reader(token: str) -> Reader:
    """Give who holds this link, and speak their language where it may be known."""
    if request.method in SAFE:
        reader = answering.reader_by_token(token)
    else:
        with reading_first():
            reader = answering.reader_by_token(token)
    if reader.person_id is not None:
        use_language(db.session.get_one(Person, reader.person_id).language)
    return reader


def _form_page(
    reader: Reader, token: str, form: SurveyForm | None = None, *, is_again: bool = False
) -> str:
    who = db.session.get(Person, reader.person_id) if reader.person_id is not None else None
    return render_template(
        "public/surveys/show.html",
        survey=reader.survey,
        token=token,
        form=form or answer_form(reader.survey),
        who=who,
        is_trial=reader.is_trial,
        is_again=is_again,
        until=_until(reader.survey),
    )


def _said_page(reader: Reader, token: str, moment: datetime) -> str:
    return render_template(
        "public/surveys/said.html",
        survey=reader.survey,
        token=token,
        is_trial=reader.is_trial,
        on=utc_to_local(moment, HOME_ZONE).date(),
        until=_until(reader.survey),
    )


def _shut_page(reader: Reader) -> str:
    return render_template("public/surveys/shut.html", survey=reader.survey)


def _takes_answers(survey: Survey) -> bool:
    return takes_answers(survey.status, survey.closes_at, now())


def _until(survey: Survey) -> date | None:
    """Give the last day on which answers are taken, None where there is none."""
    return last_day(survey.closes_at) if survey.closes_at is not None else None
