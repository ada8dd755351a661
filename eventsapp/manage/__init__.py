"""The advisors' door: sign-in is demanded for every page. `register(app)` hangs them."""

from __future__ import annotations

from flask import Flask

from eventsapp.manage import (
    accounts,
    answers,
    attendance,
    blocks,
    calls,
    checks,
    contributions,
    doctor,
    edition_figures,
    edition_tabs,
    editions,
    functions,
    guard,
    home,
    imports,
    invitations,
    letters,
    lists,
    log,
    mail,
    mail_plan,
    meeting_drafts,
    meetings,
    messages,
    navigation,
    networks,
    newsletters,
    notices,
    organisations,
    own_account,
    papers,
    people,
    pictures,
    post,
    preview,
    regions,
    search,
    sending,
    sign_off,
    subscriber_conditions,
    subscriber_import,
    subscribers,
    surveys,
    totals,
    waiting,
    walk_ins,
    withheld,
    words,
)

PAGES = (
    accounts,
    answers,
    attendance,
    blocks,
    calls,
    checks,
    contributions,
    doctor,
    edition_figures,
    editions,
    functions,
    home,
    imports,
    invitations,
    letters,
    lists,
    log,
    mail,
    mail_plan,
    meeting_drafts,
    meetings,
    messages,
    networks,
    newsletters,
    notices,
    organisations,
    own_account,
    papers,
    people,
    pictures,
    post,
    preview,
    regions,
    search,
    sending,
    sign_off,
    subscriber_conditions,
    subscriber_import,
    subscribers,
    surveys,
    totals,
    waiting,
    walk_ins,
    withheld,
)


def register(app: Flask) -> None:
    """Hang the pages of this door on the application, each behind the guard."""
    navigation.init_app(app)
    words.init_app(app)
    edition_tabs.init_app(app)
    for page in PAGES:
        app.before_request_funcs.setdefault(page.bp.name, []).append(guard.admit)
        app.after_request_funcs.setdefault(page.bp.name, []).append(guard.leave)
        app.register_blueprint(page.bp)
