"""Hands out a file to take along, piece by piece; the pages with exports call it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO
from weakref import finalize

from flask import Response

from eventsapp.contacts.sheets import File

_PIECE = 1 << 16  # octets


def handed_out(file: File) -> Response:
    """Give a response that sends the file and closes it behind the last piece."""
    response = Response(_pieces(file.stream), content_type=file.media_type)
    # Whoever breaks off before the first piece leaves no open file behind either.
    finalize(response, file.stream.close)
    response.headers.set("Content-Disposition", "attachment", filename=file.name)
    return response


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    with stream:
        while piece := stream.read(_PIECE):
            yield piece
