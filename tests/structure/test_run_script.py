"""`deploy/run.sh` runs a command as systemd runs the product: same user, same settings."""

import getpass
import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "deploy" / "run.sh"
ECHO = '#!/bin/sh\necho "$PWD" "$EVENTS_PROGRAMME_NAME" "$EVENTS_MODE" "$@"\n'


@pytest.fixture
def place(tmp_path):
    """A place where the product lies, with a command that says how it was called."""
    command = tmp_path / ".venv" / "bin" / "flask"
    command.parent.mkdir(parents=True)
    command.write_text(ECHO)
    command.chmod(0o755)
    (tmp_path / "deploy").mkdir()
    shutil.copy(SCRIPT, tmp_path / "deploy")
    return tmp_path


@pytest.fixture
def run(place):
    """`run(settings, "doctor")` types it elsewhere; gives exit code and all that was said."""

    def act(settings, *words):
        file = place / "settings"
        if settings is not None:
            file.write_text(settings)
        named = {"SETTINGS": str(file), "RUN_AS": getpass.getuser()}
        done = subprocess.run(
            [place / "deploy" / "run.sh", *words],
            cwd="/", capture_output=True, text=True, timeout=240, env=os.environ | named,
        )  # fmt: skip
        return done.returncode, (done.stdout + done.stderr).strip()

    return act


def test_a_value_is_taken_as_it_stands(run, place):
    settings = "# a note\n\nEVENTS_MODE=demo\nEVENTS_PROGRAMME_NAME=\"$(id) & `id` = 'samen'\""
    told = f"{place} $(id) & `id` = 'samen' demo --app eventsapp.app jobs list"
    assert run(settings, "jobs", "list") == (0, told)


def test_a_line_that_is_no_setting_is_told(run):
    code, said = run("EVENTS_MODE=demo\nrm everything\n", "doctor")
    assert (code, said.endswith("this line is no setting: rm everything")) == (1, True)


def test_settings_that_are_not_there_are_told(run):
    code, said = run(None, "doctor")
    assert (code, "cannot be read" in said) == (1, True)
