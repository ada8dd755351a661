"""Compiles the Dutch texts when they are newer than what was compiled, for tests without make."""

import os
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

TRANSLATIONS = Path("eventsapp/translations")


def compile_texts() -> None:
    """Write each `messages.mo` that is missing or older than its `messages.po`."""
    for source in TRANSLATIONS.glob("*/LC_MESSAGES/messages.po"):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as text:
            catalog = read_po(text, locale=source.parts[-3])
        # The processes of a run begin together: none may read what another has half written.
        own = target.with_name(f"{target.name}.{os.getpid()}")
        with own.open("wb") as compiled:
            write_mo(compiled, catalog)
        own.rename(target)
