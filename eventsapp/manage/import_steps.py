"""What the pages that read in a list share: the file, the step of its columns, remarks, the bar.

`imports.py` (addresses) and `subscriber_import.py` (readers of a newsletter) call this; each has a
use case and words of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import jsonify, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from eventsapp.contacts import address_import
from eventsapp.contacts.address_import import Upload
from eventsapp.contacts.import_refusals import refusals
from eventsapp.contacts.sheets import sheet
from eventsapp.core.errors import InputError
from eventsapp.core.text import slug
from eventsapp.directory.kinds import ImportState
from eventsapp.directory.models import AddressImport
from eventsapp.manage.downloads import handed_out
from eventsapp.manage.forms.faults import sentence_of, show_fault
from eventsapp.manage.forms.imports import ColumnsForm, FileForm

BUSY = (ImportState.TO_CHECK, ImportState.TO_APPLY, ImportState.TO_TAKE_BACK)
"""The steps at which a long list is worked off by the job."""


def chosen_columns(record: AddressImport) -> list[str]:
    """Read what somebody said each column of a list is."""
    return [request.form.get(f"column-{index}", "") for index in range(len(record.headers))]


def opened(form: FileForm) -> Upload | None:
    """Read the file that was chosen; None when it is no list, which then stands beside the field.

    Takes seconds for a large file, so it is called before the turn to write is taken.
    """
    file = form.file.data
    try:
        return address_import.opened(file.filename or "", file.read())
    except InputError as fault:
        show_fault(form, fault)
        return None


def columns_page(
    kind: type[ColumnsForm],
    record: AddressImport,
    chosen: Sequence[str],
    fault: InputError | None = None,
) -> str:
    """Ask what each column is, with what is wrong beside its field, and examples of each."""
    form = kind.of(record.headers, chosen)
    if fault is not None:
        name = fault.field if fault.field in form else "column-0"
        form[name].errors = [sentence_of(fault)]
    sample = address_import.sample(record)
    examples = [
        [row.cells[index] for row in sample if index < len(row.cells) and row.cells[index]]
        for index in range(len(record.headers))
    ]
    return render_template(
        "manage/import_steps/columns.html", record=record, form=form, examples=examples
    )


def busy_page(record: AddressImport, place: str) -> str:
    """Show how far a long list is; `place` names the page where it is found again."""
    done, total = address_import.progress_of(record)
    return render_template(
        "manage/import_steps/busy.html", record=record, place=place, done=done, total=total
    )


def progress_of(record: AddressImport) -> Response:
    """Tell how far a long list is, for the bar."""
    done, total = address_import.progress_of(record)
    text = gettext("%(done)s of %(total)s lines", done=done, total=total)
    return jsonify(done=done, total=total, text=text, finished=record.state not in BUSY)


def refused_lines(record: AddressImport) -> Response:
    """Give the lines that could not be read back as a file, each with the reason behind it.

    No export that the log would tell of: nothing stands in it but what was handed in.
    """
    width = len(record.headers)
    rows = (
        [*(row.cells + ("",) * width)[:width], " ".join(map(sentence, remarks))]
        for row, remarks in refusals(record)
    )
    name = slug(record.file_name.rpartition(".")[0]) or "list"
    name = "-".join((name, slug(gettext("To mend"))))
    return handed_out(sheet("xlsx", name, [*record.headers, gettext("What is wrong")], rows))


def sentence(remark: dict[str, Any]) -> str:
    """Write a remark about a line in the reader's language."""
    values = dict(remark["values"])
    values |= {name: gettext(term) for name, term in remark.get("terms", {}).items()}
    return gettext(str(remark["sentence"]), **values)


def first_line() -> int:
    """Read from which line on the outcome is shown."""
    number = request.args.get("start", "0")
    is_number = number.isascii() and number.isdigit() and len(number) < 10
    return min(int(number), 100_000) if is_number else 0
