"""Every act that is recorded has words in the log "who did what"."""

import ast

from eventsapp.manage.log_names import LOOK_UP
from eventsapp.manage.log_words import WORDS
from tests.structure.source import files, named, tree_of


def texts_in(expression):
    return {
        node.value
        for node in ast.walk(expression)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def recorded(position):
    """The texts in one argument of each `audit.record(actor, action, object_type, …)`."""
    for path in files("eventsapp/*.py"):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "audit.record":
                argument = node.args[position]
                if isinstance(argument, ast.IfExp):
                    yield from ((text, named(path)) for text in texts_in(argument.body))
                    yield from ((text, named(path)) for text in texts_in(argument.orelse))
                else:
                    yield from ((text, named(path)) for text in texts_in(argument))


def test_every_act_has_words():
    assert [act for act in recorded(1) if act[0] not in WORDS] == []


def test_all_words_are_of_acts_that_happen():
    assert set(WORDS) - {text for text, _ in recorded(1)} == set()


def test_what_acts_are_about_is_looked_up_by_name():
    assert [about for about in recorded(2) if about[0] not in LOOK_UP] == []
