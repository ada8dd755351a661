"""The invitees of the main job: each reads the own mail and answers by its link, without account.

`demo/play.py` calls it. Every invitee has a browser of its own, so that nothing but the link
tells who it is.
"""

from __future__ import annotations

from collections import Counter

from eventsapp.demo.letters import Letter, PostBox
from eventsapp.demo.pages import Trouble
from eventsapp.demo.visitor import Visitor

SUBSTITUTE = "Joke Prins"
# What they do, one after another; whoever is left over stays silent.
TURNS = ("yes", "yes", "yes with a guest", "no", "not sure yet", "a substitute instead", "yes")
REPLIES = {"no": "declined", "not sure yet": "tentative"}


def answer_all(base_url: str, post: PostBox, letters: list[Letter]) -> Counter[str]:
    """Let the first invitees answer; tells how often each thing was done. Raises `Trouble`."""
    if len(letters) < len(TURNS):
        raise Trouble(f"{len(letters)} people were invited; the play needs {len(TURNS)} or more.")
    for act, letter in zip(TURNS, letters, strict=False):
        _answer(Visitor(base_url), post.answer_link(letter), act)
    return Counter(TURNS)


def _answer(invitee: Visitor, link: str, act: str) -> None:
    page = invitee.open(link)
    if act == "a substitute instead":
        invitee.send(page.form("/substitute"), {"substitute_name": SUBSTITUTE})
        return
    page = invitee.send(page.form("/answer"), {"reply": REPLIES.get(act, "accepted")})
    if act == "yes with a guest":
        invitee.send(page.form("/extras"), {"guests": "1"})
