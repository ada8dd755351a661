"""What the product keeps on disk is nobody else's to read, whatever the machine allows."""

import os

import pytest

from config import Settings
from eventsapp.app import with_secret
from eventsapp.background.leader import FileLeader
from eventsapp.background.liveness import Pulse
from eventsapp.core import folders
from eventsapp.mail.journal import Journal
from eventsapp.mail.postoffice import PostOffice


@pytest.fixture(autouse=True)
def usual_umask():
    """New files are for everybody to read, as on most machines."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def rights(folder):
    return folder.stat().st_mode & 0o777


def lead_once(folder):
    leader = FileLeader(folder / "clock.lock")
    leader.leads()
    leader.resign()


@pytest.mark.parametrize(
    "start",
    [
        lambda folder: with_secret(Settings(mode="demo", data_dir=folder)),
        lead_once,
        lambda folder: PostOffice(folder / "postoffice"),
        lambda folder: Journal(folder / "journal", "w"),
        Pulse,
    ],
)
def test_whoever_makes_the_data_folder_makes_it_private(tmp_path, start):
    folder = tmp_path / "above" / "data"
    start(folder)
    assert rights(folder) == 0o700


def test_a_folder_that_exists_stays_as_its_administrator_made_it(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir(mode=0o750)
    assert rights(folders.private(folder)) == 0o750
