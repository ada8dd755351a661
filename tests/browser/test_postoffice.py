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


@pytest.mark.parametrize(
    ("kind", "subject", "others"), [("page", 85, 85), ("phone", 110, 45)]
)  # pixels: two lines on a desk, three and one below another on a phone
def test_a_mail_in_the_list_takes_few_lines(
    request, kind, subject, others, settings, live_server, axe
):
    page = request.getfixturevalue(kind)
    office = PostOffice(settings.data_dir / "postoffice")
    mail = MAIL.format(sender="anna@programma.example").replace(
        "Noord", "Noord: zo doen we samen mee, ma 23 nov 2026"
    )
    office.keep("edith.van.der.ploeg@raad.example", mail.replace("\n", "\r\n").encode())
    visit(page, "/postoffice?q=edith.van.der.ploeg")
    axe(page)
    row = page.locator("tbody > tr").first
    heights = [cell.bounding_box()["height"] for cell in row.locator("th, td").all()]
    assert heights[0] < subject
    assert max(heights[1:]) < others
