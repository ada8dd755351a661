"""Each page hangs in a door, the advisors' door demands sign-in, and no address leads nowhere."""

import ast
import re

import pytest

from eventsapp.core import links
from tests.structure.source import ROOT, files, named, tree_of

SAMPLES = {"IntegerConverter": 1, "UUIDConverter": "0" * 32, "FloatConverter": 1.0}
DOORS = ("manage", "public", "api", "background")
ENDPOINT = re.compile(r"(?:manage|public|api|background)_\w+\.\w+")


def endpoint_rules(app):
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]


def address_of(app, rule):
    values = {
        name: SAMPLES.get(type(converter).__name__, "x")
        for name, converter in rule._converters.items()
    }
    return app.url_map.bind("localhost").build(rule.endpoint, values, method=min(rule.methods))


def door_of(app, rule):
    return app.view_functions[rule.endpoint].__module__.split(".")[1]


def answers(app, method):
    """Whoever is not signed in asks each page of the advisors' door in this way."""
    visitor = app.test_client()
    for rule in endpoint_rules(app):
        if door_of(app, rule) == "manage" and method in rule.methods:
            yield rule, visitor.open(address_of(app, rule), method=method)


def is_turned_away(response):
    to_sign_in = response.status_code in {302, 303} and "next=" in response.location
    return to_sign_in or response.status_code in {401, 403}


def test_every_page_hangs_in_a_door(app):
    modules = {r.endpoint: app.view_functions[r.endpoint].__module__ for r in endpoint_rules(app)}
    strays = {endpoint: module for endpoint, module in modules.items() if not module.startswith(
        tuple(f"eventsapp.{door}" for door in DOORS))}  # fmt: skip
    assert strays == {}


def test_an_endpoint_is_named_after_its_file(app):
    wrong = []
    for rule in endpoint_rules(app):
        module = app.view_functions[rule.endpoint].__module__.removeprefix("eventsapp.")
        blueprint = rule.endpoint.partition(".")[0]
        if "." in rule.endpoint and blueprint != module.replace(".", "_"):
            wrong.append(f"{rule.endpoint} in {module}")
    assert wrong == []


def test_whoever_is_not_signed_in_reads_nothing_of_the_advisors(app):
    assert [str(r) for r, answer in answers(app, "GET") if not is_turned_away(answer)] == []


def test_whoever_is_not_signed_in_does_nothing_of_the_advisors(app):
    app.config["WTF_CSRF_ENABLED"] = False
    try:
        assert [str(r) for r, answer in answers(app, "POST") if not is_turned_away(answer)] == []
    finally:
        app.config["WTF_CSRF_ENABLED"] = True


def mentioned():
    """Endpoints by name wherever templates, code and core/links write them."""
    for path in files("templates/*.html", "templates/*.txt", "eventsapp/*.py"):
        for endpoint in ENDPOINT.findall(path.read_text("utf-8")):
            yield endpoint, named(path)


def has_file(endpoint):
    door, _, rest = endpoint.partition("_")
    module = rest.partition(".")[0]
    return any((ROOT / "eventsapp" / door / name).exists() for name in (f"{module}.py", module))


def test_every_address_that_is_written_down_exists(app):
    # While a page's file is not there yet, who links to it may be first.
    expected = [(endpoint, path) for endpoint, path in mentioned() if has_file(endpoint)]
    assert [pair for pair in expected if pair[0] not in app.view_functions] == []


def test_the_addresses_for_use_in_mail_are_listed():
    named_there = {v for k, v in vars(links).items() if k.isupper() and isinstance(v, str)}
    assert named_there <= set(links.PLACES)


def test_the_addresses_in_mail_are_those_of_the_pages(app):
    rules = [(rule.endpoint, rule.rule) for rule in app.url_map.iter_rules()]
    assert [pair for pair in links.PLACES.items() if pair not in rules] == []


def rendered(path):
    """The templates that a file of a door renders by name."""
    for node in ast.walk(tree_of(path)):
        is_call = isinstance(node, ast.Call) and ast.unparse(node.func).endswith("render_template")
        if is_call and node.args and isinstance(node.args[0], ast.Constant):
            yield node.args[0].value


@pytest.mark.parametrize(
    "path", files(*(f"eventsapp/{door}/*.py" for door in DOORS[:2])), ids=named
)
def test_a_page_renders_only_templates_of_its_own_folder(path):
    folder = f"{path.parent.name}/{path.stem}/"
    if path.parent.name not in DOORS:
        folder = f"{path.parent.parent.name}/{path.parent.name}/"
    names = set(rendered(path))
    assert [name for name in names if not name.startswith(folder)] == []
    assert [name for name in names if not (ROOT / "templates" / name).is_file()] == []
