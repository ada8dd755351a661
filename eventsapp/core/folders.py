"""The folders in which the product keeps its data: nobody else on the machine looks into them.

Whoever keeps files beside the database asks here. A folder that exists is left as it is: its rights
are the administrator's.
"""

from __future__ import annotations

from pathlib import Path


def private(folder: Path) -> Path:
    """Give this folder; make it, and what is missing above it, for our own user alone."""
    if not folder.is_dir():
        if folder != folder.parent:
            private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder
