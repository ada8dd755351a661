"""Turns an uploaded file into a picture that mail programs show: judged, turned upright, scaled.

`pictures.py` keeps what comes out. It is slow, so never call it inside a transaction. Whatever a
camera hid in the file (place, time, owner) is left behind. Pillow takes 5 MB, so it is loaded with
the first picture: senders of mail never see one.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING

from eventsapp.core.errors import InputError
from eventsapp.core.labels import N_

if TYPE_CHECKING:
    from PIL import Image

MOST_PIXELS = 50_000_000
LARGE, SMALL = 1200, 360
_QUALITY = 82
_HEAVIEST_PNG = 400_000
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_DAMAGED = (
    OSError, SyntaxError, ValueError, EOFError, struct.error, IndexError, KeyError,
    ZeroDivisionError, OverflowError, TypeError,
)  # fmt: skip
# One at a time: a picture of 40 megapixels takes 160 MB while it is read.
_turn = Lock()


@dataclass(frozen=True, slots=True)
class Scaled:
    """A picture ready to be kept: `large` for mails and pages, `small` for lists."""

    digest: str
    type: str
    width: int
    height: int
    large: bytes
    small: bytes


def scaled(content: bytes, field: str = "file") -> Scaled:
    """Judge a file by what is in it and make a picture of it; InputError says how to mend it."""
    _demand_picture(content, field)
    from PIL import Image

    # We judge the number of pixels ourselves, before a single one is read.
    Image.MAX_IMAGE_PIXELS = None
    try:
        with _turn, Image.open(BytesIO(content), formats=_FORMATS) as source:
            _demand_size(source.size, field)
            source.draft("RGB", (2 * LARGE, 2 * LARGE))  # a large photograph is read in part
            upright = _upright(source)
            shrunk = _shrunk(upright, LARGE)
            width, height = shrunk.size
            large, kind = _written(shrunk, is_drawn=source.format in ("PNG", "GIF"))
            small, _ = _written(_shrunk(upright, SMALL), kind=kind)
    except _DAMAGED as fault:
        if isinstance(fault, InputError):
            raise
        raise InputError(
            N_("This picture is damaged. Save it once more and try again."), field
        ) from fault
    return Scaled(hashlib.sha256(large).hexdigest(), kind, width, height, large, small)


def _demand_picture(content: bytes, field: str) -> None:
    """Tell people with a telephone or a drawing program what to do instead."""
    if not content:
        raise InputError(N_("This file is empty. Choose another one."), field)
    head = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if content[4:8] == b"ftyp" and content[8:12] in (
        b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"heim", b"heis", b"avif",
    ):  # fmt: skip
        raise InputError(
            N_(
                "This is a HEIC picture of a telephone; most readers can't see it. Save it as "
                "JPEG first (on an iPhone: Settings, Camera, Formats, Most Compatible)."
            ),
            field,
        )
    if head.startswith((b"<svg", b"<?xml", b"<!doctype svg")) or b"<svg" in head:
        raise InputError(
            N_("SVG can't be used: mail programs do not show it. Save it as PNG first."), field
        )


def _demand_size(size: tuple[int, int], field: str) -> None:
    width, height = size
    if width * height > MOST_PIXELS:
        raise InputError(
            N_(
                "This picture is too large: at most %(most)s million pixels. Make it smaller first."
            ),
            field,
            most=MOST_PIXELS // 1_000_000,
        )
    if width < 16 or height < 16:
        raise InputError(N_("This picture is too small to be seen."), field)


def _upright(source: Image.Image) -> Image.Image:
    """Give the picture as it was held, twice as large as needed at most: all of it costs memory."""
    from PIL import Image, ImageOps

    exif = source.getexif()
    image = source.convert("RGBA") if source.mode in ("P", "PA", "1") else source
    image.thumbnail((2 * LARGE, 4 * LARGE), Image.Resampling.BOX)
    image.getexif().update(exif)
    return _plain(ImageOps.exif_transpose(image))


def _plain(image: Image.Image) -> Image.Image:
    """Give the pixels in red, green, blue, and transparency only where there is any."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        with_alpha = image.convert("RGBA")
        lowest = with_alpha.getchannel("A").getextrema()[0]
        return with_alpha if lowest < 255 else with_alpha.convert("RGB")  # type: ignore[operator]
    return image.convert("RGB")


def _shrunk(image: Image.Image, most: int) -> Image.Image:
    """Give a copy no wider, and not much higher, than this; a small picture stays as it is."""
    from PIL import Image

    copied = image.copy()
    copied.thumbnail((most, 2 * most), Image.Resampling.LANCZOS)
    return copied


def _written(image: Image.Image, is_drawn: bool = False, kind: str = "") -> tuple[bytes, str]:
    """Write a picture as JPEG, a drawing or what is transparent as PNG where that is not heavy."""
    from PIL import Image

    as_png = kind == "image/png" or (not kind and (is_drawn or image.mode == "RGBA"))
    if as_png:
        png = _bytes(image, "PNG", optimize=True)
        if kind or len(png) <= _HEAVIEST_PNG:
            return png, "image/png"
    if image.mode == "RGBA":
        paper = Image.new("RGB", image.size, "white")
        paper.paste(image, mask=image.getchannel("A"))
        image = paper
    return _bytes(image, "JPEG", quality=_QUALITY, optimize=True, progressive=True), "image/jpeg"


def _bytes(image: Image.Image, form: str, **options: object) -> bytes:
    """Write the file; the colour profile goes along, nothing else of what the camera wrote."""
    profile = image.info.get("icc_profile") if image.mode == "RGB" else None
    image.info = {}
    target = BytesIO()
    image.save(target, form, icc_profile=profile, **options)
    return target.getvalue()
