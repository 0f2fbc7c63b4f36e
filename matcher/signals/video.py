"""
`video/1`: a video as the hashes of its frames, each with quality, when it appears and how long it stays.

A value is its frames, one after the other, 110 bytes each, in little-endian order:

    0        4         8          12        13      14            46             78             110
    | number | time ms | until ms | quality | flags | pdq         | vpdq         | phash        |
    |  u32   |   u32   |   u32    |   u8    |  u8   | 32 bytes    | 32 bytes     | 32 bytes     |

`pdq` is `pdq/1` of the frame, the very hash a photo of it has: it is searched together with photos. `vpdq` is PDQ of
the frame at its full size, the one vPDQ lists; the two differ by up to 40 bits, for PDQ's filter is a whole number of
pixels wide. `phash` is `phash/1`, the second opinion. Flag 1 says that pdq and phash are known: frames read from vPDQ
lines have the listed hash as both, and no second opinion. Neighbours that are nearly the same are one frame.

Source: github facebook/ThreatExchange, vpdq/README.md, for lines `frame,quality,hash,seconds`.

Invariant: quality is data: a plain frame is listed with what it is worth, never left out.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from matcher.distance import Codes
from matcher.errors import SignalValueError
from matcher.media import Image
from matcher.signals.base import Searched, Signal, SignalType
from matcher.signals.hexadecimal import parse_whole
from matcher.signals.pdq import Pdq
from matcher.signals.phash import PHash
from matcher.signals.turning.pdq_turns import pdq_turns_of_grey
from matcher.thresholds import PDQ_MAX_DISTANCE

NAME: Final = "video/1"

ROW: Final = np.dtype(
    [
        ("number", "<u4"),
        ("time_ms", "<u4"),
        ("until_ms", "<u4"),
        ("quality", "u1"),
        ("flags", "u1"),
        ("pdq", "u1", (32,)),
        ("vpdq", "u1", (32,)),
        ("phash", "u1", (32,)),
    ]
)
MAX_SENT_FRAMES: Final = 15_000
"""Four hours at one a second. Each is searched and stored by itself, and others wait for that."""

OWN_HASHES: Final = 1
"""Flag of a frame that was hashed here: `pdq` and `phash` are its own."""

_LINE = re.compile(r"(\d{1,9}),(\d{1,3}),([0-9a-fA-F]{64}),(\d{1,7}(?:\.\d{1,6})?)")
_LAST_FRAME_S = 0.04
_BEST_QUALITY = 100
_LATEST_S = 4_000_000
"""46 days: `time_ms` holds 49."""


@dataclass(frozen=True, slots=True, eq=False)
class VideoFrames:
    """
    The frames of a `video/1` value.

    Args:
        rows: Structured as `ROW`, at least one, times rising.
    """

    rows: npt.NDArray[np.void]

    @classmethod
    def from_bytes(cls, value: bytes) -> Self:
        """
        Read a value.

        Raises:
            SignalValueError: If it is empty, cut short, or its times do not rise.
        """
        if not value or len(value) % ROW.itemsize:
            raise SignalValueError(
                f"a {NAME} value is frames of {ROW.itemsize} bytes, not {len(value)} bytes; hash the video again"
            )
        frames = cls(np.frombuffer(value, ROW))
        times, until = frames.rows["time_ms"].astype(np.int64), frames.rows["until_ms"].astype(np.int64)
        if (np.diff(times) < 0).any() or (until < times).any() or (frames.rows["quality"] > 100).any():
            raise SignalValueError(f"the frames of a {NAME} value are not in order, or a quality is above 100")
        return frames

    def to_bytes(self) -> bytes:
        """Write the value."""
        return self.rows.tobytes()

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def times_s(self) -> npt.NDArray[np.float64]:
        """When each appears: float64, shape (n,), seconds, rising."""
        seconds: npt.NDArray[np.float64] = self.rows["time_ms"] / 1000.0
        return seconds

    @property
    def until_s(self) -> npt.NDArray[np.float64]:
        """When each ends: float64, shape (n,), seconds."""
        seconds: npt.NDArray[np.float64] = self.rows["until_ms"] / 1000.0
        return seconds

    @property
    def duration_s(self) -> float:
        """Seconds, from 0 to where the last frame ends."""
        return float(self.rows["until_ms"].max() / 1000.0)

    @property
    def qualities(self) -> npt.NDArray[np.uint8]:
        """PDQ quality of each: uint8, shape (n,), 0..100."""
        return np.ascontiguousarray(self.rows["quality"])

    @property
    def pdq(self) -> Codes:
        """`pdq/1` of each, as a photo has it: uint8, shape (n, 32)."""
        return np.ascontiguousarray(self.rows["pdq"])

    @property
    def vpdq(self) -> Codes:
        """PDQ of each at full size, as vPDQ lists it: uint8, shape (n, 32)."""
        return np.ascontiguousarray(self.rows["vpdq"])

    @property
    def phash(self) -> Codes | None:
        """`phash/1` of each: uint8, shape (n, 32); None where the frames came from vPDQ lines."""
        known = bool((self.rows["flags"] & OWN_HASHES).all())
        return np.ascontiguousarray(self.rows["phash"]) if known else None


class Video(SignalType):
    """A row of `SIGNAL_TYPES`. Widths and thresholds are those of one frame; a still picture is a video of one."""

    name = NAME
    bits = ROW.itemsize * 8
    threshold = PDQ_MAX_DISTANCE
    label = "Video frames (vPDQ)"
    searched = Searched.NONE

    def of_image(self, image: Image) -> Signal:
        """Treat a still picture as a video of one frame."""
        grey = np.rint(image.canonical @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)
        row = np.zeros(1, ROW)
        pdq = Pdq().of_image(image)
        whole = (image.info.height_px, image.info.width_px)
        row["quality"], row["flags"] = pdq.quality, OWN_HASHES
        row["pdq"] = np.frombuffer(pdq.value, np.uint8)
        reduced = whole != grey.shape
        row["vpdq"] = pdq_turns_of_grey(grey, whole=whole).codes[0] if reduced else row["pdq"]
        row["phash"] = np.frombuffer(PHash().of_image(image).value, np.uint8)
        return signal_of(VideoFrames(row))

    def parse(self, text: str) -> bytes:
        """
        Read a value as it is sent: hex of the whole, or vPDQ lines.

        Raises:
            SignalValueError: If it is neither, or out of order.
        """
        lines = text.splitlines() if "," in text else []
        if len(lines) > MAX_SENT_FRAMES or len(text) > 2 * MAX_SENT_FRAMES * ROW.itemsize:
            raise SignalValueError(
                f"a {NAME} value has at most {MAX_SENT_FRAMES:,} frames when it is sent; send fewer a second"
            )
        if lines:
            return from_vpdq_lines(lines).to_bytes()
        value = parse_whole(text, name=NAME, form="hex or vPDQ lines")
        return VideoFrames.from_bytes(value).to_bytes()

    def check(self, value: bytes) -> None:
        """
        Accept frames in order; as many as there are, for they are not sent but stored.

        Raises:
            SignalValueError: As `VideoFrames.from_bytes` says.
        """
        VideoFrames.from_bytes(value)

    def searched_as(self, signal: Signal) -> Sequence[Signal]:
        """Return `pdq/1` of each frame: a photo finds the video it was taken from. Frames too plain are left out."""
        frames = VideoFrames.from_bytes(signal.value)
        worth = frames.rows[frames.qualities >= self.minimum_quality]
        best = {row["pdq"].tobytes(): int(row["quality"]) for row in worth}
        return [Signal(Pdq.name, code, quality) for code, quality in best.items()]

    def shown(self, value: bytes) -> str:
        """Count the frames."""
        return f"{len(VideoFrames.from_bytes(value))} frames; --json has their hashes"


def signal_of(frames: VideoFrames) -> Signal:
    """Return frames as a signal; its quality is that of the best frame."""
    return Signal(NAME, frames.to_bytes(), int(frames.qualities.max()))


def duration_of(signals: Iterable[Signal]) -> float | None:
    """Return how long the video is that signals were taken of, in seconds; None where they are of a picture."""
    value = next((signal.value for signal in signals if signal.type == NAME), None)
    return None if value is None else VideoFrames.from_bytes(value).duration_s


def to_vpdq_lines(frames: VideoFrames) -> Iterator[str]:
    """Write frames as vPDQ does: ``frame,quality,hash,seconds``."""
    for row in frames.rows:
        yield f"{row['number']},{row['quality']},{row['vpdq'].tobytes().hex()},{row['time_ms'] / 1000:.3f}"


def from_vpdq_lines(lines: Iterable[str]) -> VideoFrames:
    """
    Read frames listed by vPDQ. Each stays until the next; empty lines are skipped.

    Raises:
        SignalValueError: Naming the first line that is not ``frame,quality,hash,seconds``, or if there is none.
    """
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        match = _LINE.fullmatch(line.strip())
        if match is None or int(match[2]) > _BEST_QUALITY or float(match[4]) > _LATEST_S:
            raise SignalValueError(
                f"line {number} is {line[:100]!r}; a {NAME} line is frame,quality,hash,seconds, its quality 0 to "
                f"{_BEST_QUALITY}, its seconds 0 to {_LATEST_S:,}"
            )
        found.append(match.groups())
    rows = np.zeros(len(found), ROW)
    for row, (frame, quality, digits, seconds) in zip(rows, found, strict=True):
        code = np.frombuffer(bytes.fromhex(digits), np.uint8)
        row["number"], row["quality"], row["time_ms"] = int(frame), int(quality), round(float(seconds) * 1000)
        row["pdq"] = row["vpdq"] = code
    if len(rows):
        last_ms = int(rows["time_ms"][-1]) + round(_LAST_FRAME_S * 1000)
        rows["until_ms"] = np.append(rows["time_ms"][1:], last_ms)
    return VideoFrames.from_bytes(rows.tobytes())
