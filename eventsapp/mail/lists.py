"""The headers by which mail programmes offer to leave a list: RFC 2369, 2919 and 8058.

For mail that somebody subscribed to, never for single letters. Delivery asks this when it makes
the headers of a mail; who answers at the address stands in the visitors' door.
"""

from __future__ import annotations

from eventsapp.core.links import unsubscribe_link
from eventsapp.core.settings import settings
from eventsapp.mail import return_path

ONE_CLICK = "List-Unsubscribe=One-Click"
TRIAL = 0
"""The number of a link, and of a bounce address, that belongs to no mail: for trying ourselves."""
SUBJECT = "unsubscribe"
"""The subject of the mail that a mail programme sends in somebody's name to leave."""

Headers = tuple[tuple[str, str], ...]


def headers_of(list_id: str, message_id: int) -> Headers:
    """Give the headers of one mail to a list; none when it belongs to no list.

    The mail address stands beside the web address only where somebody reads what comes back.
    """
    if not list_id:
        return ()
    ways = [f"<{unsubscribe_link(message_id)}>"]
    if settings().bounce_address:
        ways.append(f"<mailto:{return_path.address_for(message_id)}?subject={SUBJECT}>")
    return (
        ("List-Id", f"<{list_id}>"),
        ("List-Unsubscribe", ", ".join(ways)),
        ("List-Unsubscribe-Post", ONE_CLICK),
    )
