"""The lines of a list that could not be read, to be mended and read in once more.

The pages of reading in call it while the file is still there, which is a day.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from eventsapp.contacts import import_files
from eventsapp.contacts.address_import import rows_of
from eventsapp.core.errors import Conflict
from eventsapp.core.labels import N_
from eventsapp.directory.matching import Doing
from eventsapp.directory.models import AddressImport
from eventsapp.directory.tables import Row


def refusals(record: AddressImport) -> Iterator[tuple[Row, list[dict[str, Any]]]]:
    """Give each line that could not be read as it was received, with the remarks that tell why.

    Raises Conflict when the file is gone.
    """
    if not import_files.is_there(record.id):
        raise Conflict(N_("The file was kept for a day and is gone. Choose it once more."))
    why = {
        line["number"]: line["remarks"]
        for line in import_files.read(record.id, "lines")
        if line["doing"] == Doing.FAULT
    }
    for row in rows_of(record):
        if row.number in why:
            yield row, why[row.number]
