"""What the settings promise: one error for all faults, safe defaults, secrets unseen."""

from dataclasses import fields
from pathlib import Path

import pytest

from config import Mailbox, MailServer, Settings, SettingsFault, variable

PRODUCTION = {
    "EVENTS_SECRET_KEY": "k" * 32,
    "EVENTS_BASE_URL": "https://bijeenkomsten.example/",
    "EVENTS_SMTP_URL": "smtp://relay.example:2587",
    "EVENTS_MAIL_FROM": "programma@programma.example",
    "EVENTS_PROGRAMME_NAME": "Programma",
    "EVENTS_PROGRAMME_PHONE": "070 000 00 00",
}


def refused(environ: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsFault) as caught:
        Settings.from_env(environ)
    return caught.value.faults


def names_in(faults: list[str]) -> set[str]:
    return {fault.partition(":")[0] for fault in faults}


def test_demo_needs_nothing_else():
    settings = Settings.from_env({"EVENTS_MODE": "demo", "EVENTS_PORT": "8123"})
    assert settings.is_demo
    assert settings.base_url == "http://127.0.0.1:8123"
    assert settings.demo_password == "welkom-bij-eventsapp"
    assert settings.undo_seconds == 0


def test_demo_mail_stays_in_the_built_in_post_office():
    settings = Settings(mode="demo", postoffice_port=2600)
    assert settings.mail_server == MailServer("127.0.0.1", 2600, security="never")


def test_production_is_the_default_and_knows_no_demo_password():
    settings = Settings.from_env(PRODUCTION)
    assert settings.mode == "production"
    assert settings.demo_password == ""
    assert settings.undo_seconds == 60
    assert settings.base_url == "https://bijeenkomsten.example"


def test_production_refuses_to_start_on_nothing():
    assert names_in(refused({})) == set(PRODUCTION)


@pytest.mark.parametrize("key", ["", "secret", "k" * 31])
def test_production_refuses_a_weak_secret_key(key):
    assert names_in(refused({**PRODUCTION, "EVENTS_SECRET_KEY": key})) == {"EVENTS_SECRET_KEY"}


def test_all_faults_come_in_one_error():
    environ = {
        "EVENTS_MODE": "demo",
        "EVENTS_PORT": "eighty",
        "EVENTS_MAIL_RATE": "0,5",
        "EVENTS_THREADS": "0",
        "EVENTS_DELIVER": "perhaps",
        "EVENTS_TIMEZONE": "Europe/Atlantis",
        "EVENTS_LOG_LEVEL": "loud",
        "EVENTS_MAIL_FROM": "nobody",
        "EVENTS_DATABASE_URL": "mysql://db.example/x",
    }
    assert names_in(refused(environ)) == set(environ) - {"EVENTS_MODE"}


def test_each_wrong_setting_is_reported_once():
    faults = refused({"EVENTS_MODE": "demo", "EVENTS_PORT": "many", "EVENTS_SMTP_URL": "relay"})
    assert len(faults) == 2


def test_a_misspelt_setting_is_a_fault():
    assert names_in(refused({"EVENTS_MODE": "demo", "EVENTS_PROT": "1"})) == {"EVENTS_PROT"}


def test_an_unknown_mode_is_refused():
    assert "EVENTS_MODE" in names_in(refused({**PRODUCTION, "EVENTS_MODE": "prod"}))


@pytest.mark.parametrize(
    "name", ["EVENTS_BASE_URL", "EVENTS_SMTP_URL", "EVENTS_PROGRAMME_PHONE", "EVENTS_MAIL_FROM"]
)
def test_production_refuses_what_mail_cannot_do_without(name):
    assert names_in(refused({**PRODUCTION, name: ""})) == {name}


def test_production_links_are_encrypted():
    plain = {**PRODUCTION, "EVENTS_BASE_URL": "http://bijeenkomsten.example"}
    assert names_in(refused(plain)) == {"EVENTS_BASE_URL"}


def test_a_secret_may_come_from_a_file(tmp_path):
    (tmp_path / "key").write_text("s" * 40 + "\n", encoding="utf-8")
    environ = {**PRODUCTION, "EVENTS_SECRET_KEY_FILE": str(tmp_path / "key")}
    del environ["EVENTS_SECRET_KEY"]
    assert Settings.from_env(environ).secret_key == "s" * 40


def test_a_secret_given_twice_is_refused(tmp_path):
    environ = {**PRODUCTION, "EVENTS_SECRET_KEY_FILE": str(tmp_path / "key")}
    assert names_in(refused(environ)) == {"EVENTS_SECRET_KEY"}


def test_a_secret_file_that_is_not_there_is_named(tmp_path):
    faults = refused({"EVENTS_MODE": "demo", "EVENTS_SMTP_URL_FILE": str(tmp_path / "gone")})
    assert str(tmp_path / "gone") in faults[0]


def test_only_secrets_have_a_file():
    faults = refused({"EVENTS_MODE": "demo", "EVENTS_PORT_FILE": "/dev/null"})
    assert names_in(faults) == {"EVENTS_PORT_FILE"}


def test_no_secret_shows_when_settings_are_printed():
    text = repr(Settings(mode="demo", secret_key="verborgen" * 4, smtp_url="smtp://u:geheim@h:25"))
    assert "verborgen" not in text
    assert "geheim" not in text


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_is_reached_by_psycopg(scheme):
    settings = Settings(mode="demo", database_url=f"{scheme}://user@/base?host=/run/db")
    assert settings.database_url == "postgresql+psycopg://user@/base?host=/run/db"


def test_the_database_stands_in_the_data_folder(tmp_path):
    settings = Settings(mode="demo", data_dir=tmp_path)
    assert settings.database_url == f"sqlite:///{tmp_path}/eventsapp.db"


def test_a_database_file_does_not_depend_on_who_opens_it():
    settings = Settings(mode="demo", database_url="sqlite:///some/file.db")
    assert settings.database_url == f"sqlite:///{Path.cwd()}/some/file.db"


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "postgresql://", "oracle://x"])
def test_a_database_that_cannot_serve_is_refused(url):
    assert names_in(refused({"EVENTS_MODE": "demo", "EVENTS_DATABASE_URL": url})) == {
        "EVENTS_DATABASE_URL"
    }


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://h", MailServer("h", 587)),
        ("smtps://h", MailServer("h", 465, security="tls")),
        ("smtp://h:25?starttls=optional", MailServer("h", 25, security="optional")),
        ("smtp://a%40b:p%2Fw@h:25", MailServer("h", 25, "a@b", "p/w")),
    ],
)
def test_a_mail_server_is_read_from_its_url(url, server):
    assert Settings(mode="demo", smtp_url=url).mail_server == server


@pytest.mark.parametrize(
    "url", ["h:25", "http://h", "smtp://", "smtp://h?starttls=maybe", "smtp://h:x", "smtps://h?a=b"]
)
def test_a_mail_server_that_cannot_be_read_is_refused(url):
    faults = refused({"EVENTS_MODE": "demo", "EVENTS_SMTP_URL": url})
    assert names_in(faults) == {"EVENTS_SMTP_URL"}


def test_a_line_break_cannot_enter_a_header():
    faults = refused({"EVENTS_MODE": "demo", "EVENTS_PROGRAMME_NAME": "P\nBcc: x@y.example"})
    assert names_in(faults) == {"EVENTS_PROGRAMME_NAME"}


def test_settings_given_by_hand_are_judged_as_well():
    with pytest.raises(SettingsFault, match=variable("threads")):
        Settings(mode="demo", threads=0)


def test_each_setting_says_what_it_is_for():
    assert all(each.metadata["text"] for each in fields(Settings))


def test_settings_are_changed_by_making_others():
    assert Settings(mode="demo").replace(port=9).port == 9


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EVENTS_BOUNCE_ADDRESS", "retour"),
        ("EVENTS_ADDRESS_SEPARATOR", "="),
        ("EVENTS_IMAP_URL", "imaps://mail.example"),
        ("EVENTS_IMAP_URL", "pop3://petra:x@mail.example"),
        ("EVENTS_IMAP_URL", "imap://petra:x@mail.example?starttls=never"),
        ("EVENTS_IMAP_URL", "imap://petra:x@mail.example?starttls=sometimes"),
        ("EVENTS_RECEIVER_PORT", "70000"),
    ],
)
def test_what_cannot_take_mail_in_is_named(name, value):
    assert names_in(refused(PRODUCTION | {name: value})) == {name}


def test_the_mailbox_is_taken_apart():
    url = "imaps://antwoord%40programma.example:p%2Fw@mail.example/Post/In"
    assert Settings.from_env(PRODUCTION | {"EVENTS_IMAP_URL": url}).mailbox == Mailbox(
        "mail.example", 993, "antwoord@programma.example", "p/w", "Post/In", "tls"
    )


def test_without_an_address_no_mailbox_is_read():
    assert Settings.from_env(PRODUCTION).mailbox is None


def test_workers_need_postgresql():
    with pytest.raises(SettingsFault, match="EVENTS_ENGINE: workers need PostgreSQL"):
        Settings(mode="demo", engine="workers")
    url = "postgresql://user@/base?host=/run/db"
    assert Settings(mode="demo", engine="workers", database_url=url).engine == "workers"


def test_newsletters_go_as_invitations_until_they_have_a_server_and_a_sender():
    settings = Settings.from_env(PRODUCTION)
    assert settings.mail_server_of("newsletters") == settings.mail_server
    assert settings.sender_of("newsletters") == settings.mail_from


def test_newsletters_have_their_own_server_and_sender_where_these_are_set():
    settings = Settings.from_env(
        PRODUCTION
        | {
            "EVENTS_NEWSLETTER_SMTP_URL": "smtp://letters.example:2525",
            "EVENTS_NEWSLETTER_FROM": "brief@letters.example",
        }
    )
    assert settings.mail_server_of("newsletters").host == "letters.example"
    assert settings.sender_of("newsletters") == "brief@letters.example"
    assert settings.mail_server_of("invitations") == settings.mail_server
    assert settings.sender_of("invitations") == settings.mail_from


def test_a_wrong_server_or_sender_of_newsletters_is_refused():
    wrong = {"EVENTS_NEWSLETTER_SMTP_URL": "https://x", "EVENTS_NEWSLETTER_FROM": "nobody"}
    assert names_in(refused(PRODUCTION | wrong)) == set(wrong)


def test_newsletters_have_the_rate_connections_and_signature_of_all_mail_unless_told_otherwise():
    settings = Settings(mode="demo", mail_rate=3, dkim_key="k", dkim_selector="nu")
    assert settings.rate_of("newsletters") == 3
    assert settings.connections_of("newsletters") == settings.smtp_connections
    assert settings.signature_of("newsletters") == settings.signature_of("invitations")


STREAMS = ("invitations", "newsletters")
OWN = {"newsletter_dkim_key": "own", "newsletter_dkim_selector": "brieven"}


def test_what_newsletters_have_of_their_own_leaves_invitations_as_they_are():
    settings = Settings(
        mode="demo", mail_rate=3, newsletter_mail_rate=9, newsletter_smtp_connections=2,
        dkim_key="k", dkim_selector="nu", dkim_domain="programma.example", **OWN,
    )  # fmt: skip
    assert [settings.rate_of(one) for one in STREAMS] == [3, 9]
    assert [settings.connections_of(one) for one in STREAMS] == [8, 2]
    assert [settings.signature_of(one).selector for one in STREAMS] == ["nu", "brieven"]


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"newsletter_dkim_key": "own"}, "_SELECTOR: and the key belong together"),
        ({"newsletter_dkim_selector": "brieven"}, "_SELECTOR: and the key belong together"),
        ({"newsletter_dkim_domain": "programma.example"}, "_DOMAIN: needs a key"),
        (OWN | {"newsletter_dkim_domain": "elsewhere.example"}, "_DOMAIN: must be programma.ex"),
        (OWN | {"newsletter_from": "a@b.test", "dkim_domain": "c.test"}, "_DOMAIN: must be b.test"),
    ],
)  # fmt: skip
def test_a_signature_of_newsletters_that_counts_for_nothing_is_refused(values, fault):
    with pytest.raises(SettingsFault) as refusal:
        Settings(mode="demo", mail_from="a@programma.example", **values)
    [told] = refusal.value.faults
    assert told.startswith("EVENTS_NEWSLETTER_DKIM" + fault)


def test_newsletters_may_be_signed_for_a_domain_beside_their_sender():
    kept = {"newsletter_from": "a@brieven.b.example", "newsletter_dkim_domain": "B.example"}
    Settings(mode="demo", **OWN, **kept)


def test_a_key_of_newsletters_is_not_shown_when_settings_are_printed():
    made = Settings(mode="demo", newsletter_dkim_key="geheim", newsletter_dkim_selector="nu")
    assert "geheim" not in f"{made} {made.signature_of('newsletters')}"
