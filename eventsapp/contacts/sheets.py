"""Rows of text as a file that a spreadsheet opens: CSV or XLSX, with no cell that acts.

Every export writes with it, row by row into a file that goes to disk when it is large, so that
30,000 rows take no more memory than 300. It knows nothing of what the rows say, and whoever calls
it writes the export to the audit log.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, cast

_RISKY = ("=", "+", "-", "@", "\t", "\r")
_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_IN_MEMORY = 1 << 20  # octets; what is larger lies on disk
_NARROWEST, _WIDEST = 8, 60  # characters


@dataclass(frozen=True, slots=True)
class File:
    """A file to hand out, of so many rows; it is gone as soon as `stream` is closed."""

    name: str
    media_type: str
    stream: IO[bytes]
    rows: int


def sheet(kind: str, name: str, headers: Sequence[str], rows: Iterable[Sequence[str]]) -> File:
    """Make a file of these rows below these headers: "xlsx", or CSV for any other kind."""
    safe = ([plain(value) for value in row] for row in rows)
    out = cast(IO[bytes], SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115 - closed when handed out
    with ExitStack() as unless_made:
        unless_made.callback(out.close)
        if kind == "xlsx":
            file = File(f"{name}.xlsx", _EXCEL, out, _xlsx(out, headers, safe))
        else:
            file = File(f"{name}.csv", "text/csv; charset=utf-8", out, _csv(out, headers, safe))
        unless_made.pop_all()
    return file


def plain(value: str) -> str:
    """Keep a cell from being run as a formula; telephone numbers keep their plus."""
    if value.startswith("+") and value[1:].replace(" ", "").isdigit():
        return value
    return f"'{value}" if value.startswith(_RISKY) else value


def _csv(out: IO[bytes], headers: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    count = 0
    with _written_as_text(out) as text:
        # Semicolons and a byte order mark: what a Dutch spreadsheet opens without asking.
        writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
        writer.writerow(headers)
        for count, row in enumerate(rows, start=1):  # noqa: B007 - it is given back
            writer.writerow(row)
    out.seek(0)
    return count


@contextmanager
def _written_as_text(out: IO[bytes]) -> Iterator[io.TextIOWrapper]:
    text = io.TextIOWrapper(out, "utf-8-sig", newline="", write_through=True)
    try:
        yield text
    finally:
        text.detach()  # else it would close the file


def _xlsx(out: IO[bytes], headers: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    import xlsxwriter  # 14 MB, which who never exports does not need

    count = 0
    widths = [len(header) for header in headers]
    # Each row is written away as soon as the next one begins.
    options = {"constant_memory": True, "strings_to_formulas": False}
    with xlsxwriter.Workbook(out, options) as book:
        page = book.add_worksheet()
        bold = book.add_format({"bold": True})
        for column, header in enumerate(headers):
            page.write_string(0, column, header, bold)
        for count, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                page.write_string(count, column, value)
                widths[column] = max(widths[column], len(value))
        page.freeze_panes(1, 0)
        page.autofilter(0, 0, count, len(headers) - 1)
        for column, width in enumerate(widths):
            page.set_column(column, column, min(max(width + 2, _NARROWEST), _WIDEST))
    out.seek(0)
    return count
