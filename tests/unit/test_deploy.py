"""The files that an administrator copies hold settings that exist and together make a product."""

import re
import subprocess
from fnmatch import fnmatch
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from flask.cli import FlaskGroup

from config import Settings, SettingsFault
from eventsapp.app import create_app
from eventsapp.background import serve_command, worker_command

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
COMPOSED = sorted(DEPLOY.glob("compose*.yaml"))
IMAGE = (DEPLOY / "Dockerfile").read_text("utf-8")


def example():
    lines = (DEPLOY / "settings.example").read_text("utf-8").splitlines()
    pairs = [line.split("=", 1) for line in lines if line and not line.startswith("#")]
    return {name: value.strip('"') for name, value in pairs}


def test_the_example_settings_are_all_that_production_needs(tmp_path):
    (tmp_path / "secret_key").write_text("k" * 48)
    (tmp_path / "smtp_url").write_text("smtp://user:word@relay.example:587")
    given = {
        name: value.replace("/etc/eventsapp", str(tmp_path)) for name, value in example().items()
    }
    settings = Settings.from_env(given)
    assert not settings.is_demo
    assert settings.mail_server.security == "required"


def test_what_the_example_offers_exists():
    text = (DEPLOY / "settings.example").read_text("utf-8")
    offered = set(re.findall(r"^#?(EVENTS_\w+?)(?:_FILE)?=", text, re.M))
    assert offered <= {f"EVENTS_{name.upper()}" for name in Settings.__dataclass_fields__}


def test_the_unit_starts_the_command_that_the_makefile_starts():
    unit = (DEPLOY / "eventsapp.service").read_text("utf-8")
    assert re.search(r"^ExecStart=\S+/\.venv/bin/flask --app eventsapp\.app serve$", unit, re.M)


@pytest.mark.parametrize(
    ("unit", "command"), [("eventsapp", serve_command), ("eventsapp-worker@", worker_command)]
)
def test_a_unit_starts_a_command_that_exists(unit, command):
    text = (DEPLOY / f"{unit}.service").read_text("utf-8")
    started = re.search(r"^ExecStart=.*--app eventsapp\.app(?::create_worker)? (\S+)$", text, re.M)
    assert started[1] == command.name
    assert isinstance(command, click.Command)


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_no_unit_has_more_rights_than_another(path):
    shields = [
        each.read_text("utf-8").partition("# It writes to its data folder")[2] for each in UNITS
    ]
    assert path.read_text("utf-8").endswith(shields[0])
    assert "ProtectSystem=strict" in shields[0]


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_command_tells_wrong_settings_in_words(command):
    flask = FlaskGroup(create_app=create_app)
    wrong = {"EVENTS_MODE": "demo", "EVENTS_MAIL_FORM": "programma@programma.example"}
    done = CliRunner().invoke(flask, [command], env=wrong)
    assert done.exit_code == SettingsFault.exit_code
    assert done.output.startswith("Error: These settings need attention:\n  EVENTS_MAIL_FORM")


@pytest.mark.parametrize("unit", ["eventsapp", "eventsapp-worker@"])
def test_a_unit_is_not_started_again_with_wrong_settings(unit):
    text = (DEPLOY / f"{unit}.service").read_text("utf-8")
    last = re.search(r"^RestartPreventExitStatus=(\d+)$", text, re.M)
    assert int(last[1]) == SettingsFault.exit_code


def test_a_worker_tells_systemd_that_it_lives_more_often_than_it_is_asked():
    from eventsapp.background.worker import PULSE_EVERY

    text = (DEPLOY / "eventsapp-worker@.service").read_text("utf-8")
    assert int(re.search(r"^WatchdogSec=(\d+)$", text, re.M)[1]) >= 3 * PULSE_EVERY
    assert re.search(r"^Type=notify$", text, re.M)


def test_a_composed_worker_is_started_with_what_its_unit_says():
    unit = (DEPLOY / "eventsapp-worker@.service").read_text("utf-8")
    [(name, value)] = re.findall(r"^Environment=(\w+)=(.*)$", unit, re.M)
    composed = (DEPLOY / "compose.yaml").read_text("utf-8").partition("\n  worker:\n")[2]
    assert f'{name}: "{value}"' in composed


@pytest.mark.parametrize("words", ["-o 0 -o 2", ".venv/lib config eventsapp migrations deploy"])
def test_the_image_and_a_server_compile_the_same_beforehand(words):
    recipe = (ROOT / "Makefile").read_text("utf-8").partition("\ncompile: ")[2]
    assert words in IMAGE
    assert words in recipe.partition("\n\n")[0].replace("$(VENV)", ".venv")


def test_the_image_copies_all_that_the_product_reads():
    copied = set(re.findall(r"^COPY (?!--from)(.+) \S+$", IMAGE, re.M))
    names = {name for line in copied for name in line.split()}
    assert {"config", "eventsapp", "templates", "migrations", "requirements.lock"} <= names
    assert [name for name in names if not (ROOT / name).exists()] == []


def test_nothing_but_what_the_image_copies_reaches_its_builder():
    lines = (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").split()
    allowed = {line[1:] for line in lines if line.startswith("!")}
    names = {name for line in re.findall(r"^COPY (?!--from)(.+) \S+$", IMAGE, re.M)
             for name in line.split()}  # fmt: skip
    assert lines[0] == "*"
    assert allowed == names
    kept = ["deploy/secrets/smtp_url", "deploy/eventsapp.env", ".git/config", "instance/x"]
    assert not any(fnmatch(name, rule) for name in kept for rule in allowed)


def test_the_image_checks_hashes_and_runs_without_rights():
    assert "--require-hashes" in IMAGE
    user = re.search(r"^USER (\S+)$", IMAGE, re.M)
    assert user[1] == "eventsapp"
    assert IMAGE.index("USER eventsapp") > IMAGE.rindex("RUN ")


@pytest.mark.parametrize("path", COMPOSED, ids=lambda path: path.name)
def test_composed_containers_have_settings_that_exist_and_secrets_that_are_given(path):
    text = path.read_text("utf-8")
    named = set(re.findall(r"\b(EVENTS_\w+?)(?:_FILE)?:", text))
    assert named <= {f"EVENTS_{name.upper()}" for name in Settings.__dataclass_fields__}
    read = set(re.findall(r"/run/secrets/(\w+)", text))
    given = set(re.findall(r"file: secrets/(\w+)", text))
    assert read == given


def test_only_postgresql_has_workers():
    for path in COMPOSED:
        text = path.read_text("utf-8")
        assert ("EVENTS_ENGINE: workers" in text) is ("image: postgres" in text)
        assert ('"worker"]' in text) is ("image: postgres" in text)


def test_the_shell_can_read_the_health_check():
    done = subprocess.run(["sh", "-n", DEPLOY / "healthcheck.sh"], check=False)
    assert done.returncode == 0
