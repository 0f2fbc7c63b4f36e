"""
Whether bytes are a preview: a plain JPEG of a known size, with nothing in it but the picture.

The server never decodes it; a person's browser will. So it has to have the few segments our own encoder writes, in
lengths that add up: no Exif, no comment, no second picture, nothing behind its end.

Source: ITU-T T.81, annex B.
"""

import re
import struct
from typing import Final

from matcher.sandbox.answers.packing import UnfitAnswerError

_BEGIN, _END = b"\xff\xd8", b"\xff\xd9"
_JFIF, _TABLES, _FRAMES, _SCAN = 0xE0, (0xDB, 0xC4), (0xC0,), 0xDA
_JFIF_BEGINS: Final = b"JFIF\0"
_JFIF_BYTES: Final = 14
_FRAME: Final = struct.Struct(">BHHB")
_MARKER_IN_SCAN: Final = re.compile(rb"\xff[^\x00\xd0-\xd7]")
_COLOURS: Final = (1, 3)


def most_preview_bytes(side_px: int) -> int:
    """Return how many bytes a preview may have."""
    return 4 * side_px * side_px + 2**16


def check_preview(preview: bytes, *, side_px: int) -> None:
    """
    Accept a JPEG that our own encoder could have written.

    Args:
        preview: The whole file.

        side_px: Its longest side at most.

    Raises:
        UnfitAnswerError: If it is anything else.
    """
    if not preview.startswith(_BEGIN):
        raise UnfitAnswerError("a preview that is no JPEG")
    at, size = len(_BEGIN), None
    while True:
        if len(preview) < at + 4 or preview[at] != 0xFF:
            raise UnfitAnswerError("a preview whose segments do not follow each other")
        kind, length = preview[at + 1], int.from_bytes(preview[at + 2 : at + 4], "big")
        content = preview[at + 4 : at + 2 + length]
        at += 2 + length
        if kind == _SCAN:
            break
        if kind in _FRAMES and size is None:
            size = _size(content)
        elif not (
            kind in _TABLES or (kind == _JFIF and content.startswith(_JFIF_BEGINS) and len(content) == _JFIF_BYTES)
        ):
            raise UnfitAnswerError(f"a preview with a segment {kind:#x}")
    if size is None or not 0 < min(size) <= max(size) <= side_px:
        raise UnfitAnswerError(f"a preview of {size} px, where {side_px} a side is the most")
    end = _MARKER_IN_SCAN.search(preview, at)
    if end is None or end.group() != _END or end.end() != len(preview):
        raise UnfitAnswerError("a preview that does not end with its picture")


def _size(content: bytes) -> tuple[int, int]:
    if len(content) < _FRAME.size:
        raise UnfitAnswerError("a preview without a size")
    bits, height, width, colours = _FRAME.unpack_from(content)
    if bits != 8 or colours not in _COLOURS:
        raise UnfitAnswerError(f"a preview of {colours} channels of {bits} bits")
    return width, height
