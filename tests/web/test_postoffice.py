"""The built-in post office: what the try-out sent can be read by who sits at the machine."""

import resource
import smtplib
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from eventsapp.mail.postoffice import PostOffice, open_postoffice

MAIL = (
    b"From: a@programma.example\r\nTo: petra@post.example\r\nSubject: =?utf-8?q?Caf=C3=A9?=\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n\r\nTot ziens in het dorpshuis.\r\n"
)


@pytest.fixture
def office(app: Flask) -> PostOffice:
    folder = app.extensions["eventsapp.settings"].data_dir / "postoffice"
    for old in Path(folder).glob("*.eml"):
        old.unlink()
    return PostOffice(folder)


def test_a_mail_is_listed_with_receiver_and_subject(
    client: FlaskClient, office: PostOffice
) -> None:
    number = office.keep("petra@post.example", MAIL)
    listed = client.get("/postoffice.json").get_json()
    assert [(one["id"], one["to"], one["subject"]) for one in listed] == [
        (number, "petra@post.example", "Café")
    ]


def test_the_raw_mail_is_what_came_in(client: FlaskClient, office: PostOffice) -> None:
    number = office.keep("petra@post.example", MAIL)
    assert client.get(f"/postoffice/{number}.eml").data == MAIL


def test_a_mail_can_be_read_on_a_page(client: FlaskClient, office: PostOffice) -> None:
    number = office.keep("petra@post.example", MAIL)
    assert "Tot ziens in het dorpshuis." in client.get(f"/postoffice/{number}").text


def test_who_is_not_at_the_machine_sees_no_post_office(
    client: FlaskClient, office: PostOffice
) -> None:
    page = client.get("/postoffice", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert page.status_code == 404


def test_mail_comes_in_by_smtp(office: PostOffice, free_port: int) -> None:
    counter = open_postoffice(office.folder, free_port)
    with smtplib.SMTP("127.0.0.1", free_port) as smtp:
        smtp.sendmail("a@programma.example", ["petra@post.example"], MAIL)
    counter.stop()
    assert [one.subject for one in office.newest()] == ["Café"]


def test_two_processes_never_give_the_same_number(office: PostOffice) -> None:
    other = PostOffice(office.folder)
    numbers = [office.keep("a@post.example", MAIL), other.keep("b@post.example", MAIL)]
    assert len(set(numbers)) == 2


def test_a_full_disk_lets_the_sender_try_again_and_leaves_nothing(
    office: PostOffice, free_port: int
) -> None:
    counter = open_postoffice(office.folder, free_port)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with smtplib.SMTP("127.0.0.1", free_port) as smtp:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1, before[1]))
        try:
            with pytest.raises(smtplib.SMTPDataError, match="No room") as refused:
                smtp.sendmail("a@programma.example", ["petra@post.example"], MAIL)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
    counter.stop()
    assert refused.value.smtp_code == 452
    assert list(office.folder.iterdir()) == []
