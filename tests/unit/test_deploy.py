"""The files that an administrator copies hold settings that exist and together make a product."""

import re
from pathlib import Path

from config import Settings

DEPLOY = Path(__file__).parents[2] / "deploy"


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


def test_the_unit_starts_the_command_that_the_makefile_starts():
    unit = (DEPLOY / "eventsapp.service").read_text("utf-8")
    assert re.search(r"^ExecStart=\S+/\.venv/bin/flask --app eventsapp\.app serve$", unit, re.M)
