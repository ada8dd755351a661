"""Absolute addresses of our own pages, for use in mails and calendars.

Works outside a request as well. Endpoints are named by text, since this floor may not import the
doors; a structure test checks that each of them exists, and stands where it is said here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from urllib.parse import urlsplit

from werkzeug.routing import Map, Rule

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

ARCHIVED_EDITION = "public_archive.edition"
ARCHIVED_ARTICLE = "public_archive.article"
SUBSCRIBE = "public_subscribe.show"
FOLLOWED = "public_clicks.follow"

# Who only sends mail loads no pages (`create_worker`), so the application can't be asked.
PLACES = {
    ANSWER: "/a/<token>",
    MEETING_PAGE: "/meetings/<int:meeting_id>",
    CONFIRM_SIGN_UP: "/meetings/confirm/<token>",
    RESET_PASSWORD: "/reset/<token>",
    MANAGE_MEETING: "/manage/meetings/<int:meeting_id>",
    MANAGE_POST: "/manage/post/<int:inbound_id>",
    MANAGE_CONTRIBUTION: "/manage/contributions/<int:contribution_id>",
    MANAGE_CONTRIBUTIONS: "/manage/editions/<int:edition_id>/contributions",
    MANAGE_EDITION: "/manage/editions/<int:edition_id>",
    MANAGE_SIGN_OFF: "/manage/editions/<int:edition_id>/sign-off",
    PAPER: "/papers/<token>",
    LOGO: "/logos/<token>",
    PICTURE: "/pictures/<digest>/<size>",
    UNSUBSCRIBE: "/u/<token>",
    READER: "/r/<token>",
    SURVEY: "/q/<token>",
    SURVEY_PAGE: "/surveys/<survey_slug>",
    CONFIRM_SUBSCRIPTION: "/subscribe/confirm/<token>",
    DOSSIER: "/mine/<token>",
    ARCHIVED_EDITION: "/newsletters/<slug>",
    ARCHIVED_ARTICLE: "/newsletters/<slug>/<article>",
    SUBSCRIBE: "/subscribe/<int:newsletter_id>",
    FOLLOWED: "/l/<int:edition_id>/<int:number>",
}
_places = Map([Rule(place, endpoint=name, build_only=True) for name, place in PLACES.items()])


def absolute(endpoint: str, **values: object) -> str:
    """Give the full address of one of our pages, as it may stand in a mail."""
    base = urlsplit(settings().base_url)
    adapter = _places.bind(base.netloc, script_name=base.path or "/", url_scheme=base.scheme)
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
