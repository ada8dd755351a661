"""How figures are printed: `name value unit`, one a line, with what is to be known behind it."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import click

from bench import machine


def tell_machine(folder: Path | None = None) -> None:
    """Say what it runs on, without names, and with the disk of a folder: usually that of /tmp."""
    for fact in machine.facts(folder or Path(tempfile.gettempdir())):
        figure(*fact)


def figure(name: str, value: str, unit: str, about: str = "") -> None:
    """Print one figure."""
    click.echo(f"{name} {value} {unit}" + (f"  ({about})" if about else ""))
    sys.stdout.flush()
