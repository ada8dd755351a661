"""Absolute addresses of our own pages, for use in mails and calendars.

Works outside a request as well. Endpoints are named by text, since this floor may not import the
doors; a structure test checks that each of them exists.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from urllib.parse import urlsplit

from flask import current_app

from eventsapp.core import tokens
from eventsapp.core.settings import settings
from eventsapp.core.tokens import sign

ANSWER = "public_rsvp.show"
MEETING_PAGE = "public_meetings.show"
CONFIRM_SIGN_UP = "public_meetings.confirm"
RESET_PASSWORD = "public_signin.reset"  # noqa: S105 - the name of a page, not a password
MANAGE_MEETING = "manage_meetings.show"
MANAGE_POST = "manage_post.show"
MANAGE_CONTRIBUTION = "manage_contributions.show"
MANAGE_CONTRIBUTIONS = "manage_contributions.index"
MANAGE_EDITION = "manage_editions.show"
MANAGE_SIGN_OFF = "manage_sign_off.show"
PAPER = "public_papers.show"
LOGO = "public_papers.logo"
PICTURE = "public_pictures.show"
UNSUBSCRIBE = "public_unsubscribe.show"
READER = "public_reader.show"
SURVEY = "public_surveys.show"
SURVEY_PAGE = "public_surveys.look"
CONFIRM_SUBSCRIPTION = "public_subscribe.confirm"
DOSSIER = "public_dossier.show"

ENDPOINTS = (
    ANSWER,
    MEETING_PAGE,
    CONFIRM_SIGN_UP,
    RESET_PASSWORD,
    MANAGE_MEETING,
    MANAGE_POST,
    MANAGE_CONTRIBUTION,
    MANAGE_CONTRIBUTIONS,
    MANAGE_EDITION,
    MANAGE_SIGN_OFF,
    PAPER,
    LOGO,
    PICTURE,
    UNSUBSCRIBE,
    READER,
    SURVEY,
    SURVEY_PAGE,
    CONFIRM_SUBSCRIPTION,
    DOSSIER,
)


def absolute(endpoint: str, **values: object) -> str:
    """Give the full address of one of our pages, as it may stand in a mail."""
    base = urlsplit(settings().base_url)
    adapter = current_app.url_map.bind(
        base.netloc, script_name=base.path or "/", url_scheme=base.scheme
    )
    return adapter.build(endpoint, values, force_external=True)


def answer_token(invitation_id: int, generation: int) -> str:
    """Make the secret of a personal answer link; raising the generation revokes it."""
    return sign("answer", invitation_id, generation)


def answer_link(invitation_id: int, generation: int) -> str:
    """Give the personal address at which one invitee answers."""
    return absolute(ANSWER, token=answer_token(invitation_id, generation))


def unsubscribe_link(message_id: int) -> str:
    """Give the address at which the reader of one mail leaves the list that it was sent to."""
    return unsubscribe_links()(message_id)


def unsubscribe_links() -> Callable[[int], str]:
    """Give what does as `unsubscribe_link`, for who asks it for each mail of an edition."""
    before, numbered = (
        _before_token(settings().base_url, UNSUBSCRIBE),
        tokens.numberer(tokens.LEAVING),
    )
    return lambda message_id: before + numbered(message_id)


def reader_link(subscription_id: int, generation: int) -> str:
    """Give the address of the page on which one reader of a newsletter changes what they get."""
    return reader_links()(subscription_id, generation)


def reader_links() -> Callable[[int, int], str]:
    """Give what does as `reader_link`, for who asks it for each mail of an edition."""
    before = _before_token(settings().base_url, READER)
    paired = tokens.pairer(tokens.READING)
    return lambda subscription_id, generation: before + paired(subscription_id, generation)


def survey_link(token: str) -> str:
    """Give the address at which the holder of this token answers a survey."""
    return _before_token(settings().base_url, SURVEY) + token


@lru_cache(maxsize=8)
def _before_token(_base_url: str, endpoint: str) -> str:
    """Work out once what stands before the token: an edition has a link for every reader."""
    return absolute(endpoint, token="-").removesuffix("-")
