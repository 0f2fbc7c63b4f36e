"""
Bodies of questions and registrations by hashes, read by a compiled reader.

Invariant: what is returned is what the route would have read of the same bytes. Whatever else comes (another type,
another field, a value of another width, text that no column takes) is None: the route reads it again, and says what is
wrong with it. So this may take less than the route, never more.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal, TypeAlias, TypeVar

import msgspec
import numpy as np
from pydantic import TypeAdapter, ValidationError

from api.replica.replica import Rows
from api.schemas.uploads import Moment, UploadIn
from matcher.errors import MatcherError
from matcher.hashing.query import Query
from matcher.signals import SIGNAL_TYPES, is_hash
from matcher.signals.base import Signal
from matcher.signals.given import given_signal

_NUL: Final = rb"\u0000"

_StructT = TypeVar("_StructT", bound=msgspec.Struct)


class _Signal(msgspec.Struct, forbid_unknown_fields=True):
    type: str
    value: str
    quality: Annotated[int, msgspec.Meta(ge=0, le=100)] | None = None


_Signals: TypeAlias = Annotated[list[_Signal], msgspec.Meta(min_length=1, max_length=100)]


class _Question(msgspec.Struct, forbid_unknown_fields=True):
    signals: _Signals
    depth: Literal["fast", "deep"] = "deep"


class _Item(msgspec.Struct, forbid_unknown_fields=True):
    id: Annotated[str, msgspec.Meta(max_length=255)]
    signals: _Signals


class _Batch(msgspec.Struct, forbid_unknown_fields=True):
    items: Annotated[list[_Item], msgspec.Meta(min_length=1, max_length=1000)]


class UploadSent(msgspec.Struct, forbid_unknown_fields=True):
    """As `UploadIn`; `created_at` is still text."""

    upload_id: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
    uploader_id: Annotated[str, msgspec.Meta(max_length=255)] | None = None
    post_text: Annotated[str, msgspec.Meta(max_length=20_000)] | None = None
    url: Annotated[str, msgspec.Meta(max_length=2_000)] | None = None
    created_at: str | None = None
    depth: Literal["fast", "deep"] = "deep"


class _Registration(msgspec.Struct, forbid_unknown_fields=True):
    upload: UploadSent
    signals: _Signals


_QUESTION: Final = msgspec.json.Decoder(_Question)
_BATCH: Final = msgspec.json.Decoder(_Batch)
_REGISTRATION: Final = msgspec.json.Decoder(_Registration)
_MOMENT: Final = TypeAdapter(Moment)


@dataclass(frozen=True, slots=True)
class Asked:
    """
    One question or many, each by hashes.

    Args:
        ids: What the asker calls each; None for a question by itself.

        values: The signals of each, as they were sent: type, hex, quality.

        rows: All of them put together, as an index is asked.
    """

    ids: Sequence[str] | None
    values: Sequence[Sequence[_Signal]]
    rows: Mapping[str, Rows]

    @property
    def hashes(self) -> int:
        """How many values are searched for."""
        return sum(len(places) for _, places in self.rows.values())

    def signals(self, place: int) -> list[Signal]:
        """Return the signals of one question."""
        return [given_signal(one.type, one.value, one.quality) for one in self.values[place]]

    def query(self, place: int) -> Query:
        """Return one question as it is compared with what is found."""
        return Query.of_signals(self.signals(place))


@dataclass(frozen=True, slots=True)
class Registering:
    """
    An upload by its hashes.

    Args:
        upload: What the platform says about it.

        signals: One of each type.
    """

    upload: UploadIn
    signals: Sequence[Signal]


class Reader:
    """
    Reads bodies.

    Args:
        taken: Names of the signal types that are taken here; the hashes among them are read.
    """

    def __init__(self, taken: Collection[str]) -> None:
        self._digits = {name: SIGNAL_TYPES[name].bits // 4 for name in taken if is_hash(name)}

    def question(self, body: bytes) -> Asked | None:
        """Read what `POST /v1/match` and `POST /v1/check` are sent; None if the route should."""
        found = _decoded(_QUESTION, body)
        return None if found is None else self._asked(None, [found.signals])

    def batch(self, body: bytes) -> Asked | None:
        """Read what `POST /v1/match/batch` is sent; None if the route should."""
        found = _decoded(_BATCH, body)
        if found is None:
            return None
        return self._asked([one.id for one in found.items], [one.signals for one in found.items])

    def registration(self, body: bytes) -> Registering | None:
        """Read what `POST /v1/uploads` is sent without a file; None if the route should."""
        found = _decoded(_REGISTRATION, body)
        if found is None or any(len(one.value) != self._digits.get(one.type) for one in found.signals):
            return None
        if len({one.type for one in found.signals}) < len(found.signals):
            return None
        try:
            signals = [given_signal(one.type, one.value, one.quality) for one in found.signals]
            return Registering(_upload(found.upload), signals)
        except (MatcherError, ValidationError):
            return None

    def _asked(self, ids: Sequence[str] | None, values: Sequence[Sequence[_Signal]]) -> Asked | None:
        texts: dict[str, tuple[list[str], list[int]]] = {}
        for place, signals in enumerate(values):
            for one in signals:
                if len(one.value) != self._digits.get(one.type):
                    return None
                of_type, places = texts.setdefault(one.type, ([], []))
                of_type.append(one.value)
                places.append(place)
        try:
            rows = {name: (_codes(of_type), places) for name, (of_type, places) in texts.items()}
        except (ValueError, MatcherError):
            return None
        return Asked(ids, values, rows)


def _upload(sent: UploadSent) -> UploadIn:
    """
    Turn what was read into what the route reads.

    Raises:
        ValidationError: If its moment is none, or has no zone.
    """
    created_at = None if sent.created_at is None else _MOMENT.validate_python(sent.created_at)
    return UploadIn.model_construct(**{**msgspec.structs.asdict(sent), "created_at": created_at})


def _codes(values: Sequence[str]) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """
    Read hex values, all of one length.

    Raises:
        ValueError: If one is not hex, or has spaces, which make the bytes fewer.
    """
    packed = bytes.fromhex("".join(values))
    width = len(values[0]) // 2
    if len(packed) != width * len(values):
        message = "a value is not hex digits alone"
        raise ValueError(message)
    return np.frombuffer(packed, np.uint8).reshape(len(values), width)


def _decoded(decoder: msgspec.json.Decoder[_StructT], body: bytes) -> _StructT | None:
    if _NUL in body:
        return None
    try:
        return decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
