"""Reads a table as people keep it: CSV of any sort, or an Excel sheet, into rows of text.

The import calls it with the bytes of an upload. It judges by what the file is, not by its name,
knows no database, and never lets a file cost more than its limits.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from eventsapp.core.errors import InputError
from eventsapp.core.labels import N_

MOST_LINES = 25_000
MOST_COLUMNS = 60
MOST_UNPACKED = 150 * 1024 * 1024
_SEPARATORS = (";", ",", "\t", "|")
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"
_ZIP = b"PK\x03\x04"
_UTF16 = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `number` is the one that Excel shows. A fault says what is wrong."""

    number: int
    cells: tuple[str, ...]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The names of the columns and the lines below them; empty lines are left out."""

    headers: tuple[str, ...]
    rows: tuple[Row, ...]


def read_rows(data: bytes) -> list[Row]:
    """Read all lines of a file, the line with the names of the columns among them.

    InputError when it is empty, too long, or no table that we can read.
    """
    if not data.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise InputError(N_("This file is empty."), "file")
    if data.startswith(_OLD_EXCEL):
        raise InputError(
            N_("This is an old Excel file. Open it in Excel, save it as XLSX and try again."),
            "file",
        )
    rows = _bounded(_read_excel(data) if data.startswith(_ZIP) else _read_csv(_decoded(data)))
    if not rows:
        raise InputError(N_("This file is empty."), "file")
    return rows


def _bounded(rows: Iterable[Row]) -> list[Row]:
    kept: list[Row] = []
    for row in rows:
        if not any(row.cells) and not row.fault:
            continue
        if len(kept) > MOST_LINES:
            raise InputError(
                N_("This file has more than %(limit)s lines. Split it and read the parts in."),
                "file",
                limit=MOST_LINES,
            )
        kept.append(row)
    return kept


def _decoded(data: bytes) -> str:
    """Tell the encoding by the bytes: UTF-16 and UTF-8 show themselves, the rest is Windows."""
    if data[:2] in _UTF16:
        return data.decode(_UTF16[data[:2]], errors="replace")
    start = data[:2000]
    if len(start) > 1 and start[1::2].count(0) > len(start) // 4:
        return data.decode("utf-16-le", errors="replace")
    if b"\x00" in data[:8000] or data.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8", b"GIF8")):
        raise InputError(
            N_("This is not a table. Save your list as CSV or XLSX and try again."), "file"
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _read_csv(text: str) -> Iterator[Row]:
    # Not str.splitlines, which also breaks at characters that stand inside a cell.
    lines = list(io.StringIO(text, newline=""))
    if lines and lines[0].lower().startswith("sep=") and len(lines[0].strip()) == 5:
        # Excel's own first line; without it counting goes on as Excel shows it.
        return _parsed(lines[1:], lines[0].strip()[4], first=2)
    return _parsed(lines, _separator(lines), first=1)


def _separator(lines: list[str]) -> str:
    """Choose the separator that cuts the first lines most often into the same number of cells."""

    def score(mark: str) -> tuple[int, int]:
        counts = Counter(len(row) for row in csv.reader(lines[:50], delimiter=mark) if any(row))
        width, often = max(counts.items(), key=lambda each: (each[0] > 1, each[1], each[0]))
        return (often if width > 1 else 0, width)

    try:
        return max(_SEPARATORS, key=score)
    except csv.Error:
        return ";"


def _parsed(lines: list[str], mark: str, first: int) -> Iterator[Row]:
    try:
        rows = list(csv.reader(lines, delimiter=mark, strict=True))
    except csv.Error:
        # A quotation mark that is never closed would swallow all that follows: one line at a time.
        yield from _parsed_one_by_one(lines, mark, first)
        return
    for number, cells in enumerate(rows, start=first):
        yield Row(number, _tidied(cells))


def _parsed_one_by_one(lines: list[str], mark: str, first: int) -> Iterator[Row]:
    for number, line in enumerate(lines, start=first):
        try:
            cells = next(csv.reader([line], delimiter=mark, strict=True), [])
        except csv.Error:
            yield Row(number, (), N_("A quotation mark in this line is not closed."))
            continue
        yield Row(number, _tidied(cells))


def _tidied(cells: Iterable[str]) -> tuple[str, ...]:
    return tuple(cell.strip() for _, cell in zip(range(MOST_COLUMNS), cells, strict=False))


def _read_excel(data: bytes) -> Iterator[Row]:
    # Here, because a process that reads no Excel files does well without these 10 MB.
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    fault = InputError(
        N_("This is not an Excel file that we can read. Save it as XLSX or CSV and try again."),
        "file",
    )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
            if not any(info.filename.startswith("xl/") for info in infos):
                raise fault
            if sum(info.file_size for info in infos) > MOST_UNPACKED:
                raise InputError(N_("This file is too large to read in at once."), "file")
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as broken:
        raise fault from broken
    try:
        sheet: Any = next((each for each in book.worksheets if each.sheet_state == "visible"), None)
        if sheet is None:
            raise fault
        sheet.reset_dimensions()  # some programs write a wrong size, and rows would be missed
        for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
            yield Row(number, _tidied(_cell(cell) for cell in cells))
            if number > 4 * MOST_LINES:
                return
    except (zipfile.BadZipFile, KeyError, ValueError, SyntaxError) as broken:
        raise fault from broken
    finally:
        book.close()


def _cell(value: Any) -> str:
    """Write a cell as it reads: a whole number without ".0", a day without midnight."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "ja" if value else "nee"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value)
