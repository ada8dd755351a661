"""How figures are printed: `name value unit`, one a line, with what is to be known behind it."""

from __future__ import annotations

import os
import platform
import sqlite3
import sys

import click


def tell_machine() -> None:
    """Say what it ran on, without names."""
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    figure("cores", str(os.cpu_count()), "count")
    figure("memory", f"{pages * size / 2**30:.0f}", "GiB")
    figure("python", platform.python_version(), "version")
    figure("sqlite", sqlite3.sqlite_version, "version")


def figure(name: str, value: str, unit: str, about: str = "") -> None:
    """Print one figure."""
    click.echo(f"{name} {value} {unit}" + (f"  ({about})" if about else ""))
    sys.stdout.flush()
