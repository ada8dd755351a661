"""What others wrote stands here unchanged, with its licence, as its lock says."""

import json
from hashlib import sha256
from itertools import chain

import pytest

from tests.structure.source import ROOT

FOLDERS = [ROOT / "eventsapp/static/vendor", ROOT / "tests/vendor"]
LOCK = "vendor.lock.json"


def packages(folder):
    return json.loads((folder / LOCK).read_text("utf-8"))["packages"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.parent.name)
def test_every_file_is_in_the_lock_and_as_it_was(folder):
    locked = {
        file["path"]: file["sha256"]
        for file in chain.from_iterable(package["files"] for package in packages(folder))
    }
    there = {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != LOCK
    }
    assert there == locked


@pytest.mark.parametrize("package", [p for folder in FOLDERS for p in packages(folder)],
                         ids=lambda package: package["name"])  # fmt: skip
def test_every_package_says_what_it_is_and_brings_its_licence(package):
    said = {"name", "version", "licence", "for", "integrity"}
    assert all(package.get(key) for key in said)
    assert any("LICENSE" in file["path"] for file in package["files"])
