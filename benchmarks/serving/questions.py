"""
What is asked by signals: requests with values that were banked, a few bits away, and with values that nobody banked.

Invariant: the same bank and seed ask the same questions of every contestant.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.hashing.files import numbered
from benchmarks.search.codes import random_codes
from benchmarks.serving.load.plan import NUMBER_BYTES, Request
from index.base import Codes

COPY_BITS = 12
"""Of 256, by which a copy that is asked for differs: a recompressed picture; 31 is the most that counts."""

_BOUNDARY = "benchmark-7f3a9c51d2e84b60"
_NUMBER = "n" * NUMBER_BYTES
_DISTINCT = 20_000
_DISTINCT_BATCHES = {100: 200, 1_000: 40}
_MIXED_COPIES = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """
    The values that are asked for.

    Args:
        copies: uint8, shape (n, 32); each `COPY_BITS` away from a banked one.

        strangers: uint8, shape (m, 32); near none.
    """

    copies: Codes
    strangers: Codes


def values_to_ask(banked: Codes, seed: int) -> Asked:
    """Draw them; each banked value is asked for once before any is again."""
    rng = np.random.default_rng(seed + 3)
    copies = banked[rng.permutation(len(banked))[:_DISTINCT]]
    bits = np.argsort(rng.random((len(copies), 256)), axis=1)[:, :COPY_BITS]
    for column in bits.T:
        copies[np.arange(len(copies)), column // 8] ^= np.left_shift(1, column % 8).astype(np.uint8)
    return Asked(copies, random_codes(_DISTINCT, seed + 4))


def head(path: str, key: str, *, length: int, content_type: str = "application/json") -> bytes:
    """Return the head of a request."""
    lines = (
        f"POST {path} HTTP/1.1",
        "Host: benchmark",
        f"Authorization: Bearer {key}",
        f"Content-Type: {content_type}",
        f"Content-Length: {length}",
    )
    return "\r\n".join((*lines, "", "")).encode()


def json_request(path: str, key: str, body: object, *, expected: bytes = b"") -> Request:
    """Return a request with a JSON body, written without spaces."""
    data = json.dumps(body, separators=(",", ":")).encode()
    return Request(head(path, key, length=len(data)) + data, expected=expected)


def file_request(
    path: str, key: str, data: bytes, *, kind: str, fields: Mapping[str, str], expected: bytes = b""
) -> Request:
    """
    Return a request with a file, which is another one each time it is sent: it carries the request's number.

    Args:
        path: Where it goes.

        key: Of who asks.

        data: A JPEG or an MP4.

        kind: Its media type.

        fields: Of the form, beside the file.

        expected: What a right answer contains.
    """
    before, after = numbered(data)
    parts = [
        f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    file = f'Content-Disposition: form-data; name="media"; filename="file"\r\nContent-Type: {kind}'
    before = f"{''.join(parts)}--{_BOUNDARY}\r\n{file}\r\n\r\n".encode() + before
    after += f"\r\n--{_BOUNDARY}--\r\n".encode()
    length = len(before) + NUMBER_BYTES + len(after)
    form = f"multipart/form-data; boundary={_BOUNDARY}"
    return Request(head(path, key, length=length, content_type=form) + before, after, expected)


def signal(value: bytes) -> dict[str, object]:
    """Return a PDQ value as the interface takes it."""
    return {"type": "pdq/1", "value": value.hex(), "quality": 100}


def signals_questions(path: str, key: str, values: Codes, *, expected: bytes = b"") -> list[Request]:
    """Ask for one value a request."""
    return [json_request(path, key, {"signals": [signal(value.tobytes())]}, expected=expected) for value in values]


def registrations(key: str, values: Codes) -> list[Request]:
    """Register an upload a request, by one value, under an id that is new each time."""
    requests = []
    for place, value in enumerate(values):
        upload = {"upload_id": _NUMBER, "uploader_id": f"user-{place % 5_000}"}
        body = {"upload": upload, "signals": [signal(value.tobytes())]}
        before, after = json.dumps(body, separators=(",", ":")).encode().split(_NUMBER.encode())
        length = len(before) + NUMBER_BYTES + len(after)
        requests.append(Request(head("/v1/uploads", key, length=length) + before, after, b'"upl_'))
    return requests


def mixed(copies: Sequence[Request], strangers: Sequence[Request], seed: int) -> list[Request]:
    """Put copies among strangers: 5 %, in no order."""
    rng = np.random.default_rng(seed + 5)
    is_copy = rng.random(len(strangers)) < _MIXED_COPIES
    return [
        copies[place % len(copies)] if copied else stranger
        for place, (copied, stranger) in enumerate(zip(is_copy, strangers, strict=True))
    ]


def batches(path: str, key: str, asked: Asked, *, size: int, seed: int, expected: bytes = b"") -> list[Request]:
    """Ask for so many values a request, 5 % of them copies."""
    rng = np.random.default_rng(seed + 6)
    requests = []
    for _ in range(_DISTINCT_BATCHES.get(size, 40)):
        chosen = asked.strangers[rng.integers(0, len(asked.strangers), size)]
        is_copy = rng.random(size) < _MIXED_COPIES
        chosen[is_copy] = asked.copies[rng.integers(0, len(asked.copies), int(is_copy.sum()))]
        items = [{"id": str(place), "signals": [signal(value.tobytes())]} for place, value in enumerate(chosen)]
        requests.append(json_request(path, key, {"items": items}, expected=expected))
    return requests
