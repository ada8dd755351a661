"""A mail in the post office, and the ways to answer it, on a desk and on a phone."""

import os
from pathlib import Path

import pytest

from eventsapp.invitations.reply_address import reply_address_for
from eventsapp.mail.postoffice import PostOffice
from tests.browsing import visit

MAIL = """\
From: "Anna de Vries, Programma Samen Meedoen" <{sender}>
Message-ID: <1@programma.example>
Subject: Uitnodiging: Netwerkbijeenkomst Noord
Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/plain; charset=utf-8

Beste Riet, op dinsdag 12 januari is er een bijeenkomst in het dorpshuis.

--b
Content-Type: text/calendar; method=REQUEST

BEGIN:VCALENDAR
METHOD:REQUEST
BEGIN:VEVENT
UID:abc@programma.example
END:VEVENT
END:VCALENDAR
--b--
"""


@pytest.mark.parametrize("kind", ["page", "phone"])
def test_a_mail_can_be_read_and_answered(request, kind, app, settings, live_server, axe):
    page = request.getfixturevalue(kind)
    with app.app_context():
        mail = MAIL.format(sender=reply_address_for(7)).replace("\n", "\r\n").encode()
    number = PostOffice(settings.data_dir / "postoffice").keep("riet.bos@raad.example", mail)
    visit(page, f"/postoffice/{number}")
    axe(page)
    assert page.get_by_role("button", name="Ik kom", exact=True).is_visible()
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"postoffice-{kind}.png", full_page=True)
