"""Files are judged by their content, and get a name that does no harm."""

import io
import zipfile

import pytest

from eventsapp.core.errors import InputError
from eventsapp.meetings.files import document_type, image_type, safe_name

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def office(*names):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as parts:
        for name in names:
            parts.writestr(name, "x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "extension"),
    [
        (b"%PDF-1.7\n...", "pdf"),
        (b"\xef\xbb\xbf\n%PDF-1.4", "pdf"),
        (office("[Content_Types].xml", "word/document.xml"), "docx"),
        (office("[Content_Types].xml", "ppt/presentation.xml"), "pptx"),
        (PNG, "png"),
        (b"\xff\xd8\xff\xe0jfif", "jpg"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "webp"),
    ],
)
def test_a_paper_is_known_by_its_content(content, extension):
    assert document_type(content)[1] == extension


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"just text",
        b"<html><script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"MZ\x90\x00 a program",
        b"PK\x03\x04 cut off",
        office("a.txt"),
        office("[Content_Types].xml", "xl/workbook.xml"),
        office("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
    ],
)
def test_anything_else_is_refused(content):
    with pytest.raises(InputError):
        document_type(content)


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"<svg/>", b"GIF89a", b"RIFF\0\0\0\0WAVE"])
def test_a_logo_is_a_picture(content):
    assert image_type(PNG) == "image/png"
    with pytest.raises(InputError):
        image_type(content)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Verslag 12 mei.PDF", "Verslag 12 mei.pdf"),
        ("..\\..\\etc/passwd.exe", "passwd.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "a Set-Cookie x.pdf"),
        ("verslag.pdf.exe", "verslag.pdf.pdf"),
        ("", "stuk.pdf"),
        ("….pdf", "….pdf"),
        ("é" * 400 + ".pdf", "é" * 150 + ".pdf"),
        ('<b>"|?*.pdf', "b.pdf"),
    ],
)
def test_a_name_holds_no_path_and_no_tricks(name, kept):
    assert safe_name(name, "pdf") == kept
