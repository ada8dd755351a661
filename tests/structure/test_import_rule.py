"""Import only from the floors beneath you; the contracts stand in pyproject.toml."""

import pytest
from importlinter.cli import lint_imports

from tests.structure.source import ROOT, files, imports_of, named, tree_of

MAY_READ_CONFIG = {"eventsapp/app.py", "eventsapp/core/settings.py"}
DOORS = ("manage", "public", "api", "background", "demo")


def test_no_import_runs_upward(capsys, tmp_path):
    kept = lint_imports(str(ROOT / "pyproject.toml"), cache_dir=str(tmp_path), no_logo=True)
    assert kept == 0, capsys.readouterr().out


def test_only_the_roof_and_one_file_of_core_know_config():
    importers = {named(p) for p in files("eventsapp/*.py") if "config" in imports_of(p)}
    assert importers <= MAY_READ_CONFIG


def test_config_imports_nothing_of_the_product():
    names = {name for path in files("config/*.py") for name in imports_of(path)}
    assert "config.fields" in names
    assert not {name for name in names if name.startswith("eventsapp")}


def test_nothing_reads_the_environment_but_config():
    readers = {named(p) for p in files("eventsapp/*.py") if "os.environ" in p.read_text("utf-8")}
    # systemd says there where it listens for signs of life; that is no setting of the product
    assert readers == {"eventsapp/background/liveness.py"}


@pytest.mark.parametrize("path", files("eventsapp/**/__init__.py"), ids=named)
def test_importing_a_rule_loads_nothing_else(path):
    assert path.parent.name in DOORS or not tree_of(path).body


@pytest.mark.parametrize("path", files("eventsapp/*.py"), ids=named)
def test_no_file_has_a_name_that_says_nothing(path):
    words = {word for part in path.relative_to(ROOT).with_suffix("").parts for word in
             part.split("_")}  # fmt: skip
    assert not words & {"utils", "util", "helpers", "helper", "manager", "common", "misc"}
