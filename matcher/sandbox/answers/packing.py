"""The frame of an answer: a header in JSON, and pieces of bytes beside it that the header names by number."""

import json
import math
import re
from collections.abc import Callable, Collection
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt

T = TypeVar("T")
Scalar = TypeVar("Scalar", bound=np.generic)

MAX_HEADER_BYTES: Final = 2**20
_LENGTH_BYTES: Final = 4
_MOST_PIECES: Final = 4096


class UnfitAnswerError(Exception):
    """A worker's answer is not one. Stays inside the sandbox."""


class Packing:
    """An answer that is being written."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def piece(self, value: bytes | npt.NDArray[Any]) -> int:
        """Add bytes, or the bytes of an array; return their number."""
        self._pieces.append(value if isinstance(value, bytes) else np.ascontiguousarray(value).tobytes())
        return len(self._pieces) - 1

    def packed(self, content: object) -> bytes:
        """Return the answer, whole."""
        header = json.dumps([content, [len(piece) for piece in self._pieces]]).encode()
        return b"".join((len(header).to_bytes(_LENGTH_BYTES, "big"), header, *self._pieces))


class Unpacking:
    """
    An answer that is being read.

    Args:
        payload: As it came.

    Attributes:
        content: What the header says, of JSON's types.

    Raises:
        UnfitAnswerError: If it is no header with as many bytes as it says.
    """

    def __init__(self, payload: bytes) -> None:
        size = int.from_bytes(payload[:_LENGTH_BYTES], "big")
        begin = _LENGTH_BYTES + size
        if not 0 < size <= MAX_HEADER_BYTES or begin > len(payload):
            raise UnfitAnswerError(f"a header of {size:,} bytes in an answer of {len(payload):,}")
        try:
            self.content, lengths = json.loads(payload[_LENGTH_BYTES:begin])
        except (ValueError, TypeError, RecursionError) as error:
            raise UnfitAnswerError("the header cannot be read") from error
        self._pieces: list[memoryview] = []
        view = memoryview(payload)
        for length in items(lengths, most=_MOST_PIECES):
            end = begin + whole(length, 0, len(payload))
            self._pieces.append(view[begin:end])
            begin = end
        if begin != len(payload):
            raise UnfitAnswerError(f"{len(payload):,} bytes, where the header says {begin:,}")

    def bytes_of(self, number: object, *, most: int) -> bytes:
        """Return a piece of at most so many bytes."""
        piece = self._pieces[whole(number, 0, len(self._pieces) - 1)]
        if len(piece) > most:
            raise UnfitAnswerError(f"a piece of {len(piece):,} bytes; the most is {most:,}")
        return bytes(piece)

    def array_of(self, number: object, dtype: type[Scalar], shape: tuple[int, ...]) -> npt.NDArray[Scalar]:
        """Return a piece as an array of its own, which has to have exactly this shape."""
        piece = self._pieces[whole(number, 0, len(self._pieces) - 1)]
        size = math.prod(shape) * np.dtype(dtype).itemsize
        if len(piece) != size:
            raise UnfitAnswerError(f"a piece of {len(piece):,} bytes instead of {size:,}")
        return np.frombuffer(piece, dtype).reshape(shape).copy()


def whole(value: object, low: int, high: int) -> int:
    """Return a whole number in low..high."""
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise UnfitAnswerError(f"a number that is none in {low}..{high}")
    return value


def number(value: object, low: float, high: float) -> float:
    """Return a number in low..high; never infinite, never none."""
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not low <= value <= high:
        raise UnfitAnswerError(f"a number that is none in {low}..{high}")
    return float(value)


def maybe(value: object, read: Callable[[Any], T]) -> T | None:
    """Return what is read, or None where there is none."""
    return None if value is None else read(value)


def items(value: object, *, most: int) -> list[Any]:
    """Return a list of at most so many."""
    if not isinstance(value, list) or len(value) > most:
        raise UnfitAnswerError(f"no list of at most {most:,}")
    return value


def row(value: object, length: int) -> list[Any]:
    """Return a list of exactly so many."""
    if len(items(value, most=length)) != length:
        raise UnfitAnswerError(f"no list of {length}")
    return value  # type: ignore[return-value]


def fields(value: object, names: Collection[str]) -> dict[str, Any]:
    """Return an object with exactly these fields."""
    if not isinstance(value, dict) or set(value) != set(names):
        raise UnfitAnswerError(f"no object of {', '.join(names)}")
    return value


def text(value: object, pattern: "re.Pattern[str]") -> str:
    """Return a text that is all of a pattern."""
    if not isinstance(value, str) or pattern.fullmatch(value) is None:
        raise UnfitAnswerError(f"a text that is not {pattern.pattern}")
    return value


def one_of(value: object, known: Collection[T]) -> T:
    """Return one of what is known."""
    for one in known:
        if type(value) is type(one) and value == one:
            return one
    raise UnfitAnswerError("a value that is not known")
