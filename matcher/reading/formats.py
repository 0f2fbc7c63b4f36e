"""
Which format bytes are, and how large a picture they promise, from their first bytes alone.

Invariant: a file's name and its sender's content type are never asked. Who serves a file may ask whether it is a video
or may move; all else only `decode.py` and `containers.py` ask.
"""

import struct

from matcher.errors import UnsupportedFormatError
from matcher.media import ImageFormat, VideoFormat

FORMAT_NAMES: dict[ImageFormat, str] = {
    "jpeg": "JPEG",
    "png": "PNG",
    "webp": "WebP",
    "gif": "GIF",
    "avif": "AVIF",
    "heic": "HEIC",
    "bmp": "BMP",
    "tiff": "TIFF",
}

VIDEO_FORMAT_NAMES: dict[VideoFormat, str] = {
    "mp4": "MP4",
    "mov": "QuickTime",
    "webm": "WebM",
    "mkv": "Matroska",
    "avi": "AVI",
}

_MAGIC: tuple[tuple[bytes, ImageFormat], ...] = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"II+\x00", "tiff"),
    (b"MM\x00+", "tiff"),
)
_AVIF_BRANDS = {b"avif", b"avis"}
_STILL_BRANDS = {b"avif", b"heic", b"heix", b"mif1"}
_SEQUENCE_BRANDS = {b"avis", b"hevc", b"hevx", b"msf1"}
_WEBP_ANIMATION = 0x02
_HEIC_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis"}
_MATROSKA_MAGIC = b"\x1a\x45\xdf\xa3"
_QUICKTIME_ATOMS = {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}
"""A QuickTime file may begin with any of these instead of `ftyp`."""

_BMP_HEADER_SIZES = {12, 40, 52, 56, 64, 108, 124}


def sniff(data: bytes) -> ImageFormat:
    """
    Name the format.

    Args:
        data: The whole file, or at least its first 512 bytes.

    Raises:
        UnsupportedFormatError: If it is none of those we read.
    """
    for magic, format_ in _MAGIC:
        if data.startswith(magic):
            return format_
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[:2] == b"BM" and int.from_bytes(data[14:18], "little") in _BMP_HEADER_SIZES:
        return "bmp"
    brands = _iso_brands(data)
    if brands & _AVIF_BRANDS:
        return "avif"
    if brands & _HEIC_BRANDS:
        return "heic"
    raise UnsupportedFormatError(
        f"the file begins with the bytes {data[:8].hex(' ')}, which is no format we read; send "
        f"{', '.join((*FORMAT_NAMES.values(), *VIDEO_FORMAT_NAMES.values()))}"
    )


def sniff_video(data: bytes) -> VideoFormat | None:
    """
    Name the container of a video, or None if the bytes are none we read.

    Args:
        data: At least the first 4,096 bytes of the file, or all of it.
    """
    if data.startswith(_MATROSKA_MAGIC):
        return "webm" if b"webm" in data[:64] else "mkv"
    if data[:4] == b"RIFF" and data[8:12] == b"AVI ":
        return "avi"
    brands = _iso_brands(data)
    if brands & (_AVIF_BRANDS | _HEIC_BRANDS):
        return None
    if brands:
        return "mov" if data[8:12] == b"qt  " else "mp4"
    return "mov" if data[4:8] in _QUICKTIME_ATOMS else None


def may_move(data: bytes) -> bool:
    """
    Tell whether a picture may hold many frames or pages, by its first bytes; where they do not say, it may.

    Args:
        data: At least the first 4,096 bytes of the file, or all of it.

    Source: RFC 9649 (WebP), section 2.7; PNG specification (third edition), section 11.3.6; ISO/IEC 23008-12 (HEIF).
    """
    if data.startswith((b"\xff\xd8\xff", b"BM")):
        return False
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return data[12:16] == b"VP8X" and bool(data[20:21] and data[20] & _WEBP_ANIMATION)
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        pixels = data.find(b"IDAT")  # an animation says that it is one before its first pixels
        return pixels < 0 or 0 <= data.find(b"acTL") < pixels
    return not _iso_brands(data) & _STILL_BRANDS or bool(_iso_brands(data) & _SEQUENCE_BRANDS)


def declared_size(data: bytes, format_: ImageFormat) -> tuple[int, int] | None:
    """
    Read width and height, in pixels, of a format whose codec allocates before it can be asked; None for the others.

    Source: RFC 9649 (WebP), sections 2.5 to 2.7.
    """
    if format_ != "webp":
        return None
    chunk, header = data[12:16], data[20:30]
    if len(header) < 10:
        return None
    if chunk == b"VP8X":
        return int.from_bytes(header[4:7], "little") + 1, int.from_bytes(header[7:10], "little") + 1
    if chunk == b"VP8L":
        packed = int.from_bytes(header[1:5], "little")
        return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
    width, height = struct.unpack("<HH", header[6:10])
    return width & 0x3FFF, height & 0x3FFF


def _iso_brands(data: bytes) -> set[bytes]:
    """List the brands of an ISO media file (ISO/IEC 14496-12, `ftyp`), the major one and the compatible ones."""
    if data[4:8] != b"ftyp":
        return set()
    end = min(int.from_bytes(data[:4], "big"), 512)
    return {data[8:12]} | {data[i : i + 4] for i in range(16, end, 4)}
