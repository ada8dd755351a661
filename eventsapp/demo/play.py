"""Plays the main job against the running product, through the same doors that people use.

`flask demo-play` calls it. An advisor plans, invites, reads the answers, marks who came and keeps
the contact list that follows from it. It may be played again and again: each time it plans a
meeting of its own. It never touches the database.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime, timedelta

from eventsapp.core.dates import HOME_ZONE, now, utc_to_local
from eventsapp.demo import invitees
from eventsapp.demo.letters import Letter, PostBox
from eventsapp.demo.pages import Page, Trouble
from eventsapp.demo.visitor import Visitor

ADVISOR = "anna@programma.example"
TITLE = "Netwerkbijeenkomst: zo doen we samen mee"
WALK_IN = {"name": "Toos van Wijk", "email": "toos.van.wijk@post.example"}
LASTS = timedelta(minutes=90)
MOST_TRIED = 20  # past meetings that are looked at when the one of today cannot be marked


class Play:
    """One playing of the main job, with what the later steps need of the earlier ones."""

    def __init__(self, base_url: str, password: str) -> None:
        self.anna = Visitor(base_url)
        self.base_url, self.password = base_url, password
        self.meeting = Page(base_url, 200, b"")
        self.region = ("", "")
        self.moment = utc_to_local(now(), HOME_ZONE).replace(second=0, microsecond=0, tzinfo=None)

    def steps(self) -> Iterator[str]:
        """Do everything in its order; gives a line for each step. Raises `Trouble`."""
        self.anna.open("/healthz")
        post = PostBox(self.anna)
        yield self.sign_in()
        yield self.plan()
        yield self.publish()
        invited = self.invite()
        yield f"Invited {invited} people: the contacts of the organisations in {self.region[1]}."
        letters = post.wait_for(invited, "invitations")
        yield self.look_into(post, letters)
        acts = invitees.answer_all(self.base_url, post, letters)
        yield (
            "Answered by their links: "
            + ", ".join(f"{count} {act}" for act, count in acts.items())
            + f"; {invited - acts.total()} are silent."
        )
        confirmations = post.wait_for(acts.total(), "confirmations")
        yield f"Received {len(confirmations)} confirmations in the post office."
        yield self.read_answers()
        yield self.mark()
        yield self.add_walk_in()
        yield self.keep_list()
        yield self.export()

    def sign_in(self) -> str:
        """Let the advisor in."""
        form = self.anna.open("/sign-in").form("/sign-in", asks="password")
        home = self.anna.send(form, {"email": ADVISOR, "password": self.password})
        self.home = self.anna.open(home.link("/manage/meetings/"))
        return f"Signed in as {ADVISOR}."

    def plan(self) -> str:
        """Plan a meeting in the first of the advisor's regions."""
        form = self.anna.open(self.home.link("/meetings/new")).form(asks="title")
        self.region = next(one for one in form.choices["lead_region_id"] if one[0])
        starts, ends = self._times()
        self.meeting = self.anna.send(
            form,
            {
                "title": TITLE,
                "lead_region_id": self.region[0],
                "day": starts.date().isoformat(),
                "starts": f"{starts:%H:%M}",
                "ends": f"{ends:%H:%M}",
                "place_name": "Dorpshuis De Linde",
                "street": "Kerkstraat 1",
                "access": [value for value, _ in form.choices["access"][:2]],
                "capacity": "120",
                "description": "<p>Wie doet wat in de regio, en waar helpen we elkaar?</p>",
            },
        )
        return f"Planned “{TITLE}” on {starts:%d-%m-%Y} at {starts:%H:%M}."

    def _times(self) -> tuple[datetime, datetime]:
        """Choose later today, so that attendance can be marked; late at night it is tomorrow."""
        starts = self.moment + timedelta(minutes=75 - self.moment.minute % 15)
        if (starts + LASTS).date() > self.moment.date():
            starts = self.moment.replace(hour=13, minute=30) + timedelta(days=1)
        return starts, starts + LASTS

    def publish(self) -> str:
        """Make the draft visible."""
        self.meeting = self.anna.send(self.meeting.form("/publish"))
        return "Made it visible; no mail has gone out yet."

    def invite(self) -> int:
        """Choose the organisations of the region, see what will happen, send; gives how many."""
        choose = self.anna.open(self.meeting.link("/invite"))
        chosen = self.anna.send(
            choose.form("/invite", method="get", asks="region"),
            {"region": self.region[0], "what": "organisations"},
        )
        preview = self.anna.send(chosen.form("/preview"))
        self.anna.send(preview.form("/send"))
        self.meeting = self.anna.open(self.meeting.url)
        return sum(self._count(reply) for reply in ("accepted", "needs_action"))

    def _count(self, reply: str) -> int:
        """Read how many gave this answer from the meeting's page; what is not told is none."""
        for href, words in self.meeting.links:
            if href.endswith(f"reply={reply}"):
                return _number_in(words)
        return 0

    def look_into(self, post: PostBox, letters: list[Letter]) -> str:
        """See that every mail goes to one person and count the calendar entries."""
        mails = [post.open(letter) for letter in letters]
        entries = [
            part
            for mail in mails
            for part in mail.walk()
            if part.get_content_type() == "text/calendar" and part.get_param("method") == "REQUEST"
        ]
        if any(len(mail["to"].addresses) != 1 for mail in mails) or not entries:
            raise Trouble("An invitation has no calendar entry, or goes to more than one person.")
        return f"Received {len(mails)} mails in the post office, {len(entries)} with an entry."

    def read_answers(self) -> str:
        """Read the answers as the advisor does."""
        self.meeting = self.anna.open(self.meeting.url)
        told = {reply: self._count(reply) for reply in ("accepted", "declined", "tentative")}
        self.anna.open(self.meeting.link("/answers"))
        return (
            f"The advisor reads: {told['accepted']} come, {told['declined']} do not come, "
            f"{told['tentative']} do not know yet."
        )

    def mark(self) -> str:
        """Mark who came, starting from the answers; where that is too early, on a past meeting."""
        page = self.anna.open(self.meeting.link("/attendance"))
        where = "the meeting of today"
        if not _can_be_marked(page):
            page, where = self._past_attendance(), "a meeting behind us"
        if any("/attendance/start" in form.action for form in page.forms):
            page = self.anna.send(page.form("/attendance/start"))
        form = page.form("/attendance/mark", asks="mark")
        last = next(value for _, value in reversed(form.buttons) if value.endswith(":present"))
        self.attendance = self.anna.send(form, press=last)
        return f"Marked attendance of {where}: {self._present()} present."

    def _past_attendance(self) -> Page:
        past = self.anna.open("/manage/meetings/?period=past")
        addresses = [href for href, _ in past.links if href.rpartition("/")[2].isdigit()]
        for address in addresses[:MOST_TRIED]:
            page = self.anna.open(f"{address}/attendance")
            # An earlier playing may have let the same person walk in there.
            if _can_be_marked(page) and WALK_IN["name"] not in page.words:
                return page
        raise Trouble("No meeting was found of which attendance can be marked.")

    def _present(self) -> int:
        return _number_in(
            next((words for href, words in self.attendance.links if "show=present" in href), "")
        )

    def add_walk_in(self) -> str:
        """Add somebody who came unannounced, and ask both permissions."""
        form = self.anna.open(self.attendance.link("/walk-in")).form("/walk-in")
        asked = {"may_invite": "yes", "may_send_newsletter": "no"}
        self.attendance = self.anna.send(form, {**WALK_IN, **asked})
        return (
            f"Added {WALK_IN['name']}, who came without an invitation: {self._present()} present."
        )

    def keep_list(self) -> str:
        """Keep the list of who came in this region in the last year."""
        form = self.anna.open("/manage/lists/").link("/lists/new")
        since = (self.moment - timedelta(days=365)).date()
        name = f"Kwam in {self.region[1]} sinds {since:%d-%m-%Y} ({self.moment:%d-%m %H:%M})"
        self.kept = self.anna.send(
            self.anna.open(form).form("/lists/new"),
            {
                "name": name,
                "region_id": self.region[0],
                "c-0-at_least": "1",
                "c-0-region": self.region[0],
                "c-0-since": since.isoformat(),
            },
            press="keep",
        )
        return f"Kept the contact list “{name}”."

    def export(self) -> str:
        """Hand the list out as CSV."""
        file = self.anna.send(self.kept.form("/export"), press="csv").body
        lines = list(csv.reader(io.StringIO(file.decode("utf-8-sig")), delimiter=";"))
        if len(lines) < 2:
            raise Trouble("The exported list is empty.")
        return f"Exported it as CSV: {len(lines) - 1} people, {len(lines[0])} columns."


def _can_be_marked(page: Page) -> bool:
    return any("/attendance/mark" in form.action and form.has("mark") for form in page.forms)


def _number_in(words: str) -> int:
    return next((int(word) for word in words.split() if word.isdigit()), 0)
