"""Gathers the fixtures of all tests; each subject has a file of its own beside this one."""

from tests.texts import compile_texts

# In this order: pytest must load each before another one imports it.
pytest_plugins = [
    "tests.databases",
    "tests.network",
    "tests.ports",
    "tests.application",
    "tests.serving",
    "tests.browsing",
    "tests.clock",
    "tests.signing_in",
    "tests.statements",
    "tests.properties",
    "tests.answering",
    "tests.meetings",
    "tests.every_page",
    "tests.pieces",
    "tests.subscribing",
    "tests.delivery.disk",
    "tests.delivery.fleet",
]


def pytest_sessionstart() -> None:
    """Have the Dutch texts ready before the first application is made."""
    compile_texts()
