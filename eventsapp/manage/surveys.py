"""Surveys of readers: make one, try it out, open and close it, read and download what came in.

Editors and the coordinator make them, everybody who signs in reads the results. Names stand beside
answers for the coordinator alone, and only where readers were told so beforehand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import format_decimal, gettext
from werkzeug.wrappers import Response as AnyResponse

from eventsapp.core import submissions
from eventsapp.core.dates import now, today
from eventsapp.core.db import db, reading_first
from eventsapp.core.errors import Conflict, InputError, NotFound
from eventsapp.core.labels import N_
from eventsapp.manage import reader_words
from eventsapp.manage.downloads import handed_out
from eventsapp.manage.forms.faults import sentence_of
from eventsapp.manage.forms.surveys import SurveyForm, SurveyQuestionRow, typed
from eventsapp.manage.guard import current_actor
from eventsapp.newsletters import survey_response
from eventsapp.newsletters.tiny_groups import FEWEST
from eventsapp.surveys import exports, links, making, queries, results
from eventsapp.surveys.kinds import AnswerKind, SurveyStatus
from eventsapp.surveys.models import Survey
from eventsapp.surveys.plan import MOST_QUESTIONS, QuestionLine, SurveyPlan, faults, tidy
from eventsapp.surveys.rules import is_over, last_day, options

bp = Blueprint("manage_surveys", __name__, url_prefix="/manage/surveys")

Page = str | tuple[str, int] | AnyResponse


@bp.get("/")
def index() -> str:
    """Show the surveys, the newest first."""
    page = queries.surveys_page(request.args.get("after") or request.args.get("before"))
    return render_template(
        "manage/surveys/index.html",
        page=page,
        may_make=current_actor().makes_newsletters,
        until=_until,
    )


@bp.route("/new", methods=["GET", "POST"])
def new() -> Page:
    """Make a survey; it is kept as a draft."""
    actor = current_actor()
    queries.demand_make(actor)
    form = SurveyForm(data={"questions": [SurveyQuestionRow.typed(QuestionLine(words=""))]})
    form.offer(has_promised=False, has_answers=False)
    if request.method != "POST":
        return _form_page(form)
    if form.rearrange(request.form.get("rows", "")):
        return _form_page(form, is_rearranged=True)
    plan = _judged(form)
    if plan is None:
        return _form_page(form), 422
    key = request.form.get("form_key", "")
    if (done := submissions.claim(key)) is not None:
        return redirect(done, 303)
    place = url_for(".show", survey_id=making.make(actor, plan).id)
    submissions.settle(key, place)
    flash(gettext("The survey is kept. It is not open yet."), "success")
    return redirect(place, 303)


@bp.get("/<int:survey_id>")
def show(survey_id: int) -> str:
    """Show how a survey stands, and what came in."""
    actor = current_actor()
    survey = queries.survey_for(actor, survey_id)
    found = results.results_of(survey)
    return render_template(
        "manage/surveys/show.html",
        survey=survey,
        results=found,
        may_be_told=queries.may_be_told(survey, found.count),
        response=survey_response.response_of(survey),
        kind_name=_kind_name,
        fewest=FEWEST,
        until=_until(survey),
        is_over=is_over(survey.closes_at, now()),
        may_make=actor.makes_newsletters,
        sees_names=queries.sees_names(actor, survey),
        decimal=lambda value: format_decimal(value, "0.0"),
        trial=links.link_for(survey.id, links.TRIAL),
        address=links.link_without_person(survey),
    )


@bp.route("/<int:survey_id>/edit", methods=["GET", "POST"])
def edit(survey_id: int) -> Page:
    """Change a survey; an older version is told, and nothing typed is lost."""
    actor = current_actor()
    survey = queries.survey_for(actor, survey_id, write=True)
    if survey.status == SurveyStatus.CLOSED:
        raise Conflict(N_("This survey is closed. Copy it to ask anew."))
    kept = making.plan_of(survey)
    form = SurveyForm(data={**typed(kept), "version": survey.version})
    # Who typed questions while the first answer came in is told, see `_refused`.
    typed_them = any(name.startswith("questions-") for name in request.form)
    form.offer(
        has_promised=survey.status != SurveyStatus.DRAFT,
        has_answers=making.has_answers(survey) and not typed_them,
    )
    if request.method != "POST":
        return _form_page(form, survey)
    if form.rearrange(request.form.get("rows", "")):
        return _form_page(form, survey, is_rearranged=True)
    plan = _judged(form, kept)
    if plan is None:
        return _form_page(form, survey), 422
    key, place = request.form.get("form_key", ""), url_for(".show", survey_id=survey_id)
    if (done := submissions.claim(key)) is not None:
        return redirect(done, 303)
    try:
        making.change(actor, survey, plan, _seen(form))
    except (Conflict, InputError) as fault:
        return _refused(form, survey_id, fault)
    submissions.settle(key, place)
    flash(gettext("The survey is changed."), "success")
    return redirect(place, 303)


@bp.post("/<int:survey_id>/open")
def open_survey(survey_id: int) -> Page:
    """Let readers answer from now on."""
    actor = current_actor()
    survey = queries.survey_for(actor, survey_id, write=True)
    done = gettext("The survey is open. Whoever has a link can answer now.")
    return _stays(survey, lambda: making.open_survey(actor, survey), done)


@bp.post("/<int:survey_id>/close")
def close(survey_id: int) -> Page:
    """Take no more answers."""
    actor = current_actor()
    survey = queries.survey_for(actor, survey_id, write=True)
    done = gettext("The survey is closed. No more answers are taken.")
    return _stays(survey, lambda: making.close(actor, survey), done)


@bp.post("/<int:survey_id>/copy")
def copy(survey_id: int) -> Page:
    """Make a draft that asks the same."""
    actor = current_actor()
    survey = queries.survey_for(actor, survey_id, write=True)
    key = request.form.get("form_key", "")
    if (done := submissions.claim(key)) is not None:
        return redirect(done, 303)
    place = url_for(".show", survey_id=making.copy(actor, survey).id)
    submissions.settle(key, place)
    flash(gettext("This is the copy. It is not open yet, and has no answers."), "success")
    return redirect(place, 303)


@bp.post("/<int:survey_id>/drop")
def drop(survey_id: int) -> Page:
    """Throw a survey away with its answers."""
    actor = current_actor()
    survey = queries.survey_for(actor, survey_id, write=True)
    try:
        making.drop(actor, survey)
    except Conflict as fault:
        return _told(survey, fault)
    flash(gettext("The survey is thrown away, with its answers."), "success")
    return redirect(url_for(".index"), 303)


@bp.get("/<int:survey_id>/questions/<int:asked_id>")
def answers(survey_id: int, asked_id: int) -> Page:
    """Show what was written to a question, or who chose an answer where names are kept."""
    actor = current_actor()
    survey = queries.survey_for(actor, survey_id)
    question = queries.question_of(survey, asked_id)
    cursor = request.args.get("after") or request.args.get("before")
    sees_names = queries.sees_names(actor, survey)
    if not queries.may_be_told(survey, queries.count_answers(survey)):
        return redirect(url_for(".show", survey_id=survey.id))
    page, chosen, words = None, "", request.args.get("q", "")[:100].replace("\0", "")
    if question.kind == AnswerKind.OPEN:
        page = results.texts_page(survey, question, cursor, words)
    else:
        number = request.args.get("answer", options(question)[0][0], type=int)
        chosen = dict(options(question)).get(number, "")
        if not chosen:
            raise NotFound
        page = results.people_page(survey, question, number, cursor) if sees_names else None
    return render_template(
        "manage/surveys/answers.html",
        survey=survey,
        question=question,
        page=page,
        chosen=chosen,
        words=words,
        sees_names=sees_names,
    )


@bp.post("/<int:survey_id>/export")
def export(survey_id: int) -> Response:
    """Hand out the answers as a file; written to the audit log."""
    actor = current_actor()
    kind = "xlsx" if request.form.get("kind") == "xlsx" else "csv"
    with reading_first():  # nobody waits while a large file is made
        survey = queries.survey_for(actor, survey_id, write=True)
        file = exports.file_of(actor, survey, kind, day=gettext("Day"), name=gettext("Name"))
    exports.note(actor, survey, kind, file.rows)
    return handed_out(file)


def _judged(form: SurveyForm, kept: SurveyPlan | None = None) -> SurveyPlan | None:
    """Give the tidy plan, or None when something is wrong with it; the fields tell what."""
    plan = tidy(form.plan(kept))
    form.validate()
    form.blame(faults(plan, today()))
    return None if form.errors else plan


def _seen(form: SurveyForm) -> int:
    text = form.version.data or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _refused(form: SurveyForm, survey_id: int, fault: Conflict | InputError) -> Page:
    """Show the form again, with what was typed, beside what holds now."""
    db.session.rollback()
    survey = queries.survey_for(current_actor(), survey_id, write=True)
    if isinstance(fault, InputError):
        form.blame([fault])
    else:
        form.form_errors.append(sentence_of(fault))
        if "questions" in form and making.has_answers(survey):
            del form.questions
        if _seen(form) != survey.version:
            form.form_errors.append(
                gettext("What you typed still stands here. Keep it once more to let yours hold.")
            )
        form.version.data = str(survey.version)
        form.version.raw_data = [form.version.data]
    return _form_page(form, survey), fault.status


def _stays(survey: Survey, work: Callable[[], None], done: str) -> AnyResponse:
    """Do what was asked and show the survey again; a refusal is told there."""
    try:
        work()
    except Conflict as fault:
        return _told(survey, fault)
    flash(done, "success")
    return redirect(url_for(".show", survey_id=survey.id), 303)


def _told(survey: Survey, fault: Conflict) -> AnyResponse:
    place = url_for(".show", survey_id=survey.id)
    db.session.rollback()
    flash(sentence_of(fault), "error")
    return redirect(place, 303)


def _form_page(
    form: SurveyForm, survey: Survey | None = None, *, is_rearranged: bool = False
) -> str:
    return render_template(
        "manage/surveys/form.html",
        f=form,
        survey=survey,
        most=MOST_QUESTIONS,
        is_rearranged=is_rearranged,
    )


def _until(survey: Survey) -> Any:
    """Give the last day on which a survey is open, None where there is none."""
    return last_day(survey.closes_at) if survey.closes_at is not None else None


def _kind_name(word: str) -> str:
    """Name a kind of reader as the list of readers does; "" for those too few to be told apart."""
    return reader_words.kind_name("" if word == survey_response.UNKNOWN else word) if word else ""
