"""Animations for tests, and where the data of each frame lies in their bytes, so that one can be damaged."""

import struct

from PIL import Image

from tests.helpers.media.pictures import encoded

ANIMATED = ("GIF", "WEBP", "PNG", "AVIF")


def animation(frames: list[Image.Image], kind: str, *, stays_ms: int = 500) -> bytes:
    """Show each picture for some time."""
    options = {"lossless": True} if kind == "WEBP" else {}
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=stays_ms, **options)


def animation_of_dots(frames: int, *, side_px: int) -> bytes:
    """Make a GIF of which each frame draws one pixel: 23 bytes each, and a whole picture to whoever decodes it."""
    parts = [b"GIF89a", struct.pack("<HHBBB", side_px, side_px, 0xF0, 0, 0), bytes([0, 0, 0, 255, 255, 255])]
    for number in range(frames):
        shown = b"\x21\xf9\x04\x00\x05\x00\x00\x00"
        place = b"\x2c" + struct.pack("<HHHHB", number % side_px, number // side_px, 1, 1, 0)
        parts += [shown, place, b"\x02\x02", b"\x4c\x01" if number % 2 else b"\x44\x01", b"\x00"]
    return b"".join([*parts, b"\x3b"])


def damaged(data: bytes, kind: str, *, frame: int) -> bytes:
    """Overwrite the data of one frame, and leave its header as it is."""
    broken, (begin, end) = bytearray(data), _FRAMES[kind](data)[frame]
    broken[begin:end] = bytes(end - begin)
    return bytes(broken)


def gif_images(data: bytes) -> list[int]:
    """Return where the image descriptors of a GIF begin (GIF89a, section 20)."""
    at, found = 13 + _palette_bytes(data[10]), []
    while data[at] != 0x3B:
        if data[at] == 0x2C:
            found.append(at)
            at += 11 + _palette_bytes(data[at + 9])
        else:
            at += 2
        at = _after_blocks(data, at)
    return found


def gif_code_sizes(data: bytes) -> list[int]:
    """Return where each frame of a GIF says how wide its first codes are; more than 12 bits is invalid (appendix F)."""
    return [at + 10 + _palette_bytes(data[at + 9]) for at in gif_images(data)]


def _palette_bytes(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _after_blocks(data: bytes, at: int) -> int:
    while data[at]:
        at += 1 + data[at]
    return at + 1


def _gif_frames(data: bytes) -> list[tuple[int, int]]:
    begins = [at + 12 + _palette_bytes(data[at + 9]) for at in gif_images(data)]
    return [(begin, begin + data[begin - 1]) for begin in begins]


def _png_frames(data: bytes) -> list[tuple[int, int]]:
    at, found, before = 8, [], b""
    while at < len(data):
        (length,), kind = struct.unpack_from(">I", data, at), data[at + 4 : at + 8]
        before, first = kind, before == b"fcTL"
        if first:  # a large frame goes on in further chunks
            found.append((at + 8 + 4 * (kind == b"fdAT"), at + 8 + length))
        at += 12 + length
    return found


def _webp_frames(data: bytes) -> list[tuple[int, int]]:
    at, found = 12, []
    while at < len(data):
        kind, (length,) = data[at : at + 4], struct.unpack_from("<I", data, at + 4)
        if kind == b"ANMF":
            found.append((at + 8 + 16 + 8 + 5, at + 8 + length))
        at += 8 + length + length % 2
    return found


def _avif_frames(data: bytes) -> list[tuple[int, int]]:
    sizes, chunks = data.index(b"stsz"), data.index(b"stco")
    (count,) = struct.unpack_from(">I", data, sizes + 12)
    (begin,) = struct.unpack_from(">I", data, chunks + 12)
    found = []
    for length in struct.unpack_from(f">{count}I", data, sizes + 16):
        found.append((begin, begin + length))
        begin += length
    return found


_FRAMES = {"GIF": _gif_frames, "WEBP": _webp_frames, "PNG": _png_frames, "AVIF": _avif_frames}
