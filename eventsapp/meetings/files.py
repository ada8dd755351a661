"""Judges files by what is in them, not by what they are called. Pure.

For `papers.py`. A name and a browser's word about a type prove nothing; the first bytes, and for
office files the parts inside, do. Nothing is ever unpacked.
"""

from __future__ import annotations

import io
import re
import zipfile

from eventsapp.core.errors import N_, InputError
from eventsapp.core.text import one_line

PDF = "application/pdf"
OFFICE = {
    "word/document.xml": (
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    "ppt/presentation.xml": (
        "pptx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ),
}
LARGEST_LOGO = 500_000
_EXTENSIONS = {PDF: "pdf", "image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}
_MOST_PARTS = 5_000


def image_type(content: bytes, field: str = "file") -> str:
    """Tell the media type of a picture: PNG, JPEG or WebP; InputError for anything else."""
    found = _picture(content)
    if found is None:
        raise InputError(
            N_("This is not a picture that we can show. Use PNG, JPEG or WebP."), field
        )
    return found


def document_type(content: bytes, field: str = "file") -> tuple[str, str]:
    """Tell the media type of a paper and the extension that belongs to it.

    PDF, DOCX, PPTX and pictures; InputError for an empty file, for programs inside it, and for
    anything else.
    """
    if not content:
        raise InputError(N_("This file is empty. Choose another one."), field)
    found = PDF if b"%PDF-" in content[:1024] else _picture(content)
    if found is not None:
        return found, _EXTENSIONS[found]
    if content.startswith(b"PK\x03\x04"):
        return _office(content, field)
    raise InputError(
        N_("Choose a PDF, a Word or PowerPoint file (.docx, .pptx) or a picture."), field
    )


def safe_name(filename: str, extension: str) -> str:
    """Make a name under which a file can be handed out: no path, one line, the right extension."""
    name = one_line(re.split(r"[/\\]", filename)[-1], 400)
    stem = re.sub(r'[<>:"|?*\x00-\x1f]', "", name.rpartition(".")[0] or name).strip(" .")
    return f"{stem[:150].rstrip() or 'stuk'}.{extension}"


def _picture(content: bytes) -> str | None:
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return None


def _office(content: bytes, field: str) -> tuple[str, str]:
    """Read only the table of contents, so that a file that swells when unpacked does no harm."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            names = parts.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, OSError) as fault:
        raise InputError(
            N_("This file is damaged. Save it once more and try again."), field
        ) from fault
    if any(name.endswith("vbaProject.bin") for name in names[:_MOST_PARTS]):
        raise InputError(N_("There are macros in this file. Save it without macros first."), field)
    for part, (extension, media_type) in OFFICE.items():
        if part in names and "[Content_Types].xml" in names:
            return media_type, extension
    raise InputError(
        N_("Choose a PDF, a Word or PowerPoint file (.docx, .pptx) or a picture."), field
    )
