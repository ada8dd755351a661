"""Habits that no linter knows."""

import ast
import re

import pytest

from tests.structure.source import ROOT, files, imports_of, named, tree_of

CODE = files("config/*.py", "eventsapp/*.py")
TESTS = files("tests/*.py")
# The edge of a request registers its handler with Flask; the edges of a
# job and of a mail that comes in are these files.
EDGES = {
    "eventsapp/background/apart.py", "eventsapp/background/inbox.py",
    "eventsapp/background/jobs.py", "eventsapp/core/http.py",
}  # fmt: skip
CLOCK = {"eventsapp/core/dates.py"}
# The end of a request, of a job, of a command, and of each delivery, which says why.
COMMITTING = (
    "eventsapp/core/db.py", "eventsapp/core/turns.py", "eventsapp/core/http.py",
    "eventsapp/core/postgresql.py", "eventsapp/background/", "eventsapp/cli",
    "eventsapp/demo/commands.py", "eventsapp/mail/delivery.py", "eventsapp/mail/desk.py",
)  # fmt: skip
# Written so that this file does not find itself.
MACHINE_PATH = re.compile(r"(?<![\w.])/" + r"(?:home|root|work|Users|srv)/\w")
UNFINISHED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
CLOCK_CALLS = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time",
}  # fmt: skip


@pytest.mark.parametrize("path", CODE, ids=named)
def test_only_the_edges_catch_everything(path):
    caught = [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.ExceptHandler)]
    kinds = [ast.unparse(node.type) if node.type else "" for node in caught]
    assert named(path) in EDGES or not {"", "Exception", "BaseException"} & set(kinds)


@pytest.mark.parametrize("path", CODE, ids=named)
def test_the_time_comes_from_one_place(path):
    calls = {ast.unparse(node.func) for node in ast.walk(tree_of(path)) if
             isinstance(node, ast.Call)}  # fmt: skip
    assert named(path) in CLOCK or not calls & CLOCK_CALLS


@pytest.mark.parametrize("path", CODE, ids=named)
def test_use_cases_never_commit(path):
    assert named(path).startswith(COMMITTING) or ".commit()" not in path.read_text("utf-8")


@pytest.mark.parametrize("path", TESTS, ids=named)
def test_no_test_sleeps_or_fakes_our_own_code(path):
    text = path.read_text("utf-8")
    assert "unittest.mock" not in imports_of(path)
    assert not re.search(r"\bsl" + r"eep\(", text)
    assert not re.search(r"setattr\(\s*[\"']?eventsapp", text)


@pytest.mark.parametrize("path", TESTS, ids=named)
def test_no_test_is_skipped(path):
    assert not re.search(r"pytest\.(?:mark\.)?(?:sk" + r"ip|xf" + r"ail)", path.read_text("utf-8"))


def test_no_file_knows_the_machine_it_was_written_on():
    texts = files("*.py", "*.md", "*.toml", "*.yml", "*.sh", "*.html", "*.txt", "Makefile", ".ci/*")
    assert [named(p) for p in texts if MACHINE_PATH.search(p.read_text("utf-8"))] == []


def test_nothing_is_left_unfinished():
    texts = files("*.py", "*.html", "*.js", "*.css")
    assert [named(p) for p in texts if UNFINISHED.search(p.read_text("utf-8"))] == []


def test_the_two_commands_of_a_newcomer_are_there():
    assert {"run:", "test:"} <= set(re.findall(r"^\w+:", (ROOT / "Makefile").read_text(), re.M))
