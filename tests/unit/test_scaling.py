"""Pictures that people upload: judged by what is in them, turned upright, made small."""

import struct
from io import BytesIO
from pathlib import Path
from zlib import crc32

import pytest
from PIL import Image

from eventsapp.core.errors import InputError
from eventsapp.newsletters.scaling import LARGE, SMALL, scaled

TURNED = 6  # EXIF 2.32, orientation: the camera was held upright


def _file(
    form: str, size: tuple[int, int] = (400, 200), mode: str = "RGB", **options: object
) -> bytes:
    target = BytesIO()
    Image.effect_noise(size, 60).convert(mode).save(target, form, **options)
    return target.getvalue()


def _opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_picture_becomes_what_every_mail_program_shows(form: str) -> None:
    made = scaled(_file(form))
    assert made.type in ("image/jpeg", "image/png")
    assert (made.width, made.height) == (400, 200)
    assert Image.MIME[str(_opened(made.large).format)] == made.type


def test_a_large_photograph_is_made_small() -> None:
    made = scaled(_file("JPEG", (2000, 1500)))
    assert (made.width, made.height) == (LARGE, 900)
    assert _opened(made.small).width == SMALL


def test_forty_megapixels_are_taken() -> None:
    target = BytesIO()
    Image.new("RGB", (8000, 5000), "navy").save(target, "JPEG")
    assert scaled(target.getvalue()).width == LARGE


def test_more_pixels_than_can_be_read_are_refused_unread() -> None:
    head = b"IHDR" + struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", crc32(head))
    with pytest.raises(InputError, match="too large"):
        scaled(bomb + struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", crc32(b"IDAT")))


def test_a_photograph_is_turned_as_it_was_held_and_tells_no_place() -> None:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = TURNED, "Geheime camera"
    made = scaled(_file("JPEG", exif=exif))
    assert (made.width, made.height) == (200, 400)
    assert b"Geheime" not in made.large
    assert not dict(_opened(made.large).getexif())


def test_what_is_transparent_stays_so() -> None:
    target = BytesIO()
    Image.new("RGBA", (300, 300), (200, 0, 0, 90)).save(target, "PNG")
    made = scaled(target.getvalue())
    assert (made.type, _opened(made.large).mode) == ("image/png", "RGBA")


def test_a_heavy_transparent_picture_is_put_on_white() -> None:
    noise = Image.effect_noise((600, 600), 90).convert("RGBA")
    noise.putalpha(200)
    target = BytesIO()
    noise.save(target, "PNG")
    assert scaled(target.getvalue()).type == "image/jpeg"


@pytest.mark.parametrize("mode", ["L", "P", "1", "CMYK", "I;16"])
def test_odd_kinds_of_colour_are_taken(mode: str) -> None:
    target = BytesIO()
    Image.new(mode, (300, 200)).save(
        target, "TIFF" if mode == "x" else "JPEG" if mode == "CMYK" else "PNG"
    )
    assert scaled(target.getvalue()).width == 300


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>x()</script></svg>', "SVG"),
        (b'\xef\xbb\xbf<?xml version="1.0"?><svg/>', "SVG"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00", "HEIC"),
        (b"\x00\x00\x00\x1cftypmif1\x00\x00", "HEIC"),
        (b"\xff\xd8\xff\xe0 not a picture", "damaged"),
        (b"MZ this is a program", "damaged"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
    ],
)
def test_what_is_no_picture_is_told_how_to_become_one(content: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words):
        scaled(content)


def test_half_a_picture_is_damaged() -> None:
    with pytest.raises(InputError, match="damaged"):
        scaled(_file("JPEG", (900, 900))[:20_000])


def test_the_name_of_a_file_proves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "foto.jpg"
    path.write_bytes(_file("PNG"))
    assert scaled(path.read_bytes()).type


def test_a_picture_too_small_to_see_is_refused() -> None:
    with pytest.raises(InputError, match="too small"):
        scaled(_file("PNG", (1, 1)))


def test_the_same_picture_has_the_same_name() -> None:
    content = _file("JPEG")
    assert scaled(content).digest == scaled(content).digest
