"""A worker at rest stays small: what only some work needs is loaded by that work."""

import subprocess
import sys

import pytest

from tests.structure.source import ROOT

# Each is imported within the function that needs it; docs/performance.md tells what that saves.
WAIT_FOR_WORK = (
    "PIL", "aiosmtpd", "alembic", "apscheduler", "argon2", "cryptography", "dns",
    "email_validator", "flask_migrate", "flask_wtf", "flufl", "gunicorn", "holidays", "icalendar",
    "imapclient", "mjml", "nh3", "openpyxl", "phonenumbers", "waitress", "wtforms", "xlsxwriter",
)  # fmt: skip
NOT_A_WORKERS = ("eventsapp.manage", "eventsapp.public", "eventsapp.demo", "eventsapp.cli")
STARTING = """
import sys
from config import Settings
from eventsapp.app import create_worker
app = create_worker(Settings.from_env({
    "EVENTS_MODE": "demo", "EVENTS_ENGINE": "workers", "EVENTS_DATA_DIR": sys.argv[1],
    "EVENTS_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nowhere",
}))
with app.app_context():
    from eventsapp.background.worker import Worker
    from eventsapp.core.settings import settings
    Worker(app, settings())
    from eventsapp.core.text import html_to_text
    assert html_to_text("<p>Saved <em>clean</em></p>") == "Saved clean"
print(*sys.modules)
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    told = subprocess.run(
        [sys.executable, "-c", STARTING, tmp_path_factory.mktemp("worker")],
        cwd=ROOT, check=True, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    return set(told.stdout.split())


def test_a_worker_that_starts_has_loaded_what_sends_mail(loaded):
    assert {"eventsapp.mail.wire", "eventsapp.background.worker", "procrastinate"} <= loaded


@pytest.mark.parametrize("name", WAIT_FOR_WORK)
def test_a_worker_starts_without_what_only_some_work_needs(loaded, name):
    assert name not in loaded


@pytest.mark.parametrize("name", NOT_A_WORKERS)
def test_a_worker_has_no_pages(loaded, name):
    assert name not in loaded
