"""`/manage/erasures`: who asked to be erased, by when, what would happen; carry it out or refuse.

For coordinators only. Nothing is erased by opening a page; a press sets the moment, which can be
undone for two minutes, and the clock does it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from eventsapp.core.dates import now, today, utc_to_local
from eventsapp.core.db import db
from eventsapp.core.errors import Conflict, InputError
from eventsapp.core.settings import settings
from eventsapp.directory.queries import person_for
from eventsapp.directory.reach import addresses_of
from eventsapp.manage.forms.erasures import AgreeForm, EnterForm, ExtendForm, RefuseForm
from eventsapp.manage.forms.faults import sentence_of, show_fault
from eventsapp.manage.guard import current_actor
from eventsapp.manage.log_names import people_named
from eventsapp.privacy import erasing, erasure_requests
from eventsapp.privacy.kinds import Fate, Refusal, RequestState, Way
from eventsapp.privacy.models import ErasureRequest

bp = Blueprint("manage_erasures", __name__, url_prefix="/manage/erasures")

Page = str | tuple[str, int] | Response


@bp.get("/")
def index() -> str:
    """List the requests: those that wait, or those that were settled."""
    actor = current_actor()
    is_settled = request.args.get("state") == "settled"
    return render_template(
        "manage/erasures/index.html",
        page=erasure_requests.requests_page(
            actor,
            is_settled=is_settled,
            cursor=request.args.get("after") or request.args.get("before"),
        ),
        is_settled=is_settled,
        day=today(),
        local=_local,
        state_of=RequestState,
        way_of=Way,
    )


@bp.route("/people/<int:person_id>", methods=["GET", "POST"])
def enter(person_id: int) -> Page:
    """Write down that somebody asked us, and go to the request."""
    actor = current_actor()
    erasure_requests.demand_coordinator(actor)
    person = person_for(actor, person_id)
    waiting = erasure_requests.open_request(person_id)
    if waiting is not None:
        return redirect(url_for(".show", request_id=waiting.id), 303)
    form = EnterForm(data={"asked_on": today()})
    form.offer()
    if form.validate_on_submit():
        try:
            made = erasure_requests.enter(
                actor, person_id, form.how.data or "", form.asked_on.data or date.min
            )
            flash(gettext("The request is noted. The newsletter stops at once."), "success")
            return redirect(url_for(".show", request_id=made.id), 303)
        except (InputError, Conflict) as fault:
            db.session.rollback()
            show_fault(form, fault)
            person = person_for(actor, person_id)
    status = 422 if form.is_submitted() else 200
    return render_template("manage/erasures/enter.html", person=person, f=form), status


@bp.get("/<int:request_id>")
def show(request_id: int) -> Page:
    """Show a request: what is erased, what stays and why; and how it ended."""
    return _page(erasure_requests.request_for(current_actor(), request_id))


@bp.post("/<int:request_id>/begin")
def begin(request_id: int) -> Page:
    """Set the moment at which the erasing begins."""
    actor = current_actor()
    found = erasure_requests.request_for(actor, request_id)
    form = AgreeForm()
    if not form.validate():
        return _page(found, agree=form, status=422)
    return _done(request_id, lambda: erasure_requests.begin(actor, found))


@bp.post("/<int:request_id>/undo")
def undo(request_id: int) -> Page:
    """Let the request wait again."""
    actor = current_actor()
    found = erasure_requests.request_for(actor, request_id)
    return _done(
        request_id, lambda: erasure_requests.undo(actor, found), gettext("Nothing is erased.")
    )


@bp.post("/<int:request_id>/set-aside")
def set_aside(request_id: int) -> Page:
    """Note that who asked thinks better of it."""
    actor = current_actor()
    found = erasure_requests.request_for(actor, request_id)
    return _done(
        request_id,
        lambda: erasure_requests.set_aside(actor, found),
        gettext("The request is taken back. Nothing is erased."),
    )


@bp.post("/<int:request_id>/refuse")
def refuse(request_id: int) -> Page:
    """Refuse with a reason, and mail it."""
    actor = current_actor()
    found = erasure_requests.request_for(actor, request_id)
    form = RefuseForm()
    form.offer()
    if not form.validate():
        return _page(found, refusal=form, status=422)
    try:
        was_told = erasure_requests.refuse(
            actor, found, form.reason.data or "", form.words.data or ""
        )
    except InputError as fault:
        db.session.rollback()
        show_fault(form, fault)
        found = erasure_requests.request_for(actor, request_id)
        return _page(found, refusal=form, status=422)
    except Conflict as fault:
        return _refused(request_id, fault)
    if was_told:
        flash(gettext("The request is refused. The person gets a mail that says why."), "success")
    else:
        flash(gettext("The request is refused, but no mail can go. Ring or write."), "warning")
    return redirect(url_for(".show", request_id=request_id), 303)


@bp.post("/<int:request_id>/extend")
def extend(request_id: int) -> Page:
    """Take two months more to answer, and mail why."""
    actor = current_actor()
    found = erasure_requests.request_for(actor, request_id)
    form = ExtendForm()
    if not form.validate():
        return _page(found, delay=form, status=422)
    try:
        was_told = erasure_requests.extend(actor, found, form.words.data or "")
    except InputError as fault:
        db.session.rollback()
        show_fault(form, fault)
        found = erasure_requests.request_for(actor, request_id)
        return _page(found, delay=form, status=422)
    except Conflict as fault:
        return _refused(request_id, fault)
    if was_told:
        flash(gettext("You have two months more. The person gets a mail that says why."), "success")
    else:
        flash(
            gettext(
                "You have two months more, but no mail can go. Ring or write within the first "
                "month: the law asks that."
            ),
            "warning",
        )
    return redirect(url_for(".show", request_id=request_id), 303)


def _done(request_id: int, work: Callable[[], object], sentence: str = "") -> Page:
    try:
        work()
    except Conflict as fault:
        return _refused(request_id, fault)
    if sentence:
        flash(sentence, "success")
    return redirect(url_for(".show", request_id=request_id), 303)


def _refused(request_id: int, fault: Conflict) -> Page:
    """Show the request as it stands now, with why that could not be done."""
    db.session.rollback()
    flash(sentence_of(fault), "warning")
    return _page(erasure_requests.request_for(current_actor(), request_id), status=fault.status)


def _page(
    found: ErasureRequest,
    *,
    agree: AgreeForm | None = None,
    refusal: RefuseForm | None = None,
    delay: ExtendForm | None = None,
    status: int = 200,
) -> Page:
    state = RequestState(found.state)
    is_open = found.state in erasure_requests.OPEN
    refusal = refusal or RefuseForm(formdata=None)
    refusal.offer()
    person = found.person
    settler = people_named({found.settled_by}) if found.settled_by else {}
    body = render_template(
        "manage/erasures/show.html",
        request_=found,
        person=person,
        state=state,
        is_open=is_open,
        is_due=found.begins_at is not None and found.begins_at <= now(),
        day=today(),
        local=_local,
        way=Way(found.how),
        reason=Refusal(found.refusal) if found.refusal else None,
        settler=settler.get(found.settled_by or 0, ""),
        stands_in_the_way=erasing.obstacles(person) if is_open else [],
        lines=erasing.foresee(person) if is_open else {},
        named=erasing.named_in(person) if is_open else [],
        fate_of=Fate,
        address=addresses_of([person.id]).get(person.id) or "",
        earlier=erasure_requests.earlier(person.id, found.id),
        state_of=RequestState,
        agree=agree or AgreeForm(formdata=None),
        refusal=refusal,
        delay=delay or ExtendForm(formdata=None),
        may_extend=erasure_requests.may_extend(found),
        longest_day=erasure_requests.latest_answer(found),
    )
    return body, status


def _local(moment: datetime) -> datetime:
    """Give a moment on the programme's clocks, of which the page shows the day."""
    return utc_to_local(moment, settings().timezone)
