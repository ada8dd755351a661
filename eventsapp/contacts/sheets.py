"""Rows of text as a file that a spreadsheet opens: CSV or XLSX, with no cell that acts.

Every export writes with it. It knows nothing of what the rows say, and whoever calls it writes
the export to the audit log.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_RISKY = ("=", "+", "-", "@", "\t", "\r")
_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class File:
    """A file to hand out."""

    name: str
    media_type: str
    content: bytes


def sheet(kind: str, name: str, headers: Sequence[str], rows: Iterable[Sequence[str]]) -> File:
    """Make a file of these rows below these headers: "xlsx", or CSV for any other kind."""
    safe = ([plain(value) for value in row] for row in rows)
    if kind == "xlsx":
        return File(f"{name}.xlsx", _EXCEL, _xlsx(headers, safe))
    return File(f"{name}.csv", "text/csv; charset=utf-8", _csv(headers, safe))


def plain(value: str) -> str:
    """Keep a cell from being run as a formula; telephone numbers keep their plus."""
    if value.startswith("+") and value[1:].replace(" ", "").isdigit():
        return value
    return f"'{value}" if value.startswith(_RISKY) else value


def _csv(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    out = io.StringIO()
    # Semicolons and a byte order mark: what a Dutch spreadsheet opens without asking.
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(headers)
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def _xlsx(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    import xlsxwriter  # 14 MB, which who never exports does not need

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        page = book.add_worksheet()
        bold = book.add_format({"bold": True})
        for column, header in enumerate(headers):
            page.write_string(0, column, header, bold)
        number = 0
        for number, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                page.write_string(number, column, value)
        page.freeze_panes(1, 0)
        page.autofilter(0, 0, number, len(headers) - 1)
        page.autofit()
    return out.getvalue()
