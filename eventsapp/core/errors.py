"""The one family of errors that a use case may raise.

Rooms raise them, doors translate them: a page or a field message, a JSON body, one line in the
terminal. Each carries a stable `code`, an HTTP `status` and an English sentence that is looked up
in the translations only at the door. Nothing here translates, logs or knows of HTTP requests.
"""

from typing import ClassVar


def N_(message: str) -> str:  # noqa: N802 (the name that gettext tools look for)
    """Mark a sentence for translation without translating it yet."""
    return message


class EventsError(Exception):
    """Something that we can explain to the person who asked for it.

    `message` is the untranslated sentence with `%(name)s` places, `values` fill them, and `field`
    names the form field that it belongs to, if there is one.
    """

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    sentence: ClassVar[str] = N_("Something went wrong here. Please try again in a moment.")

    def __init__(
        self, message: str | None = None, /, field: str | None = None, **values: object
    ) -> None:
        self.message = message or self.sentence
        self.field = field
        self.values = values
        super().__init__(self.message)

    def __str__(self) -> str:
        """Tell the sentence in English, for logs and the terminal."""
        return self.message % self.values if self.values else self.message


class InputError(EventsError):
    """What was typed or sent can't be used; the sentence says how to mend it."""

    code = "input"
    status = 422
    sentence = N_("This can't be used as it stands. Please look at it once more.")


class NotFound(EventsError):
    """What was asked for does not exist, or must look as if it does not."""

    code = "not_found"
    status = 404
    sentence = N_("We can't find this page. The link may be incomplete or too old.")


class Forbidden(EventsError):
    """The actor may not do this."""

    code = "forbidden"
    status = 403
    sentence = N_("You may look here, but this can only be changed by the advisor of the region.")


class Conflict(EventsError):
    """Somebody else changed the same thing in the meantime; nothing was overwritten."""

    code = "conflict"
    status = 409
    sentence = N_("Somebody else changed this in the meantime. Look at it, then save once more.")


class Expired(EventsError):
    """A link, a sign-in or a deadline has run out."""

    code = "expired"
    status = 410
    sentence = N_("This link no longer works. Ask for a new one.")


class TooMany(EventsError):
    """A limit was reached: too many tries, or more than we take at once."""

    code = "too_many"
    status = 429
    sentence = N_("This was tried too often. Please wait a quarter of an hour and try again.")


class DeliveryError(EventsError):
    """A mail was not taken; `permanent` tells whether trying again is of any use."""

    code = "delivery"
    status = 502
    sentence = N_("The mail could not be delivered.")

    def __init__(
        self,
        message: str | None = None,
        /,
        field: str | None = None,
        *,
        permanent: bool,
        **values: object,
    ) -> None:
        super().__init__(message, field, **values)
        self.permanent = permanent


class MailboxError(EventsError):
    """The mailbox for incoming mail can't be read now."""

    code = "mailbox"
    status = 502
    sentence = N_("The mailbox can't be reached. We try again by ourselves.")


class SettingsError(EventsError):
    """The product is not set up rightly; for the administrator, before it starts."""

    code = "settings"
    status = 500
    sentence = N_("The settings are not right. See docs/settings.md.")
