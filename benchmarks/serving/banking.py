"""Photos that are taken down before they are asked for, through HTTP, so that local features are looked through too."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.copies.edits.base import Pixels
from benchmarks.hashing.files import SIZES, as_file, enlarged, originals
from benchmarks.serving.load.connection import ask_once
from benchmarks.serving.questions import file_request, json_request

_MARKER = "photos.json"
_STRANGERS = 12
_REPORT = {
    "reporter": {"relation": "subject", "contact": "a@example.org"},
    "statement": {"non_consent": True, "good_faith": True, "signature": "A"},
    "facts": {"nudity": True},
}


@dataclass(frozen=True, slots=True, eq=False)
class Photos:
    """
    Photos as they were found, before they are enlarged.

    Args:
        strangers: Asked for, nobody banked them.

        banked: To be taken down; the first one is asked for.
    """

    strangers: Sequence[Pixels]
    banked: Sequence[Pixels]


def choose(folder: Path | None, *, banked: int, seed: int) -> Photos:
    """Choose photos from a folder, or make some: so many to be banked, and a dozen strangers."""
    found = originals(folder, count=banked + _STRANGERS, seed=seed)
    return Photos(found[:_STRANGERS], found[_STRANGERS:])


def bank_photos(
    address: str, keys: Sequence[str], photos: Photos, data: Path, *, seed: int, progress: Callable[[str], None]
) -> int:
    """
    Report photos and uphold the reports, unless an earlier run did so in this folder.

    Args:
        address: Of the service.

        keys: The last one reports, the first one decides.

        photos: What to bank.

        data: The service's folder.

        seed: Of the grain.

        progress: Told how many are banked.

    Returns:
        How many are banked there.

    Raises:
        RuntimeError: If one is refused.
    """
    marker = data / _MARKER
    if marker.is_file():
        return int(json.loads(marker.read_text())["banked"])
    for number, original in enumerate(photos.banked):
        progress(f"{number} of {len(photos.banked)} photos banked")
        _take_down(address, keys, as_file(enlarged(original, SIZES["0.3"], seed), "JPEG"))
    marker.write_text(json.dumps({"banked": len(photos.banked)}))
    return len(photos.banked)


def _take_down(address: str, keys: Sequence[str], file: bytes) -> None:
    fields = {"report": json.dumps(_REPORT)}
    filed = file_request("/v1/reports", keys[-1], file, kind="image/jpeg", fields=fields)
    assert filed.after is not None
    case = _answer(address, [filed.before, b"0" * 16, filed.after])["case_id"]
    _look(address, keys[0], f"/v1/cases/{case}/media/0")
    decided = json_request(f"/v1/cases/{case}/decision", keys[0], {"outcome": "uphold"})
    if (answer := _answer(address, [decided.before]))["takedown_id"] is None:
        message = f"a photo could not be banked: {answer}"
        raise RuntimeError(message)


def _look(address: str, key: str, path: str) -> None:
    """See what is decided on: copies of what nobody has seen are held."""
    where = urlsplit(address)
    request = f"GET {path} HTTP/1.1\r\nHost: benchmark\r\nAuthorization: Bearer {key}\r\n\r\n"
    status, body = ask_once(str(where.hostname), int(where.port or 0), [request.encode()])
    if status != HTTPStatus.OK:
        message = f"a photo could not be looked at: {status} {body[:500]!r}"
        raise RuntimeError(message)


def _answer(address: str, pieces: Sequence[bytes]) -> dict[str, object]:
    where = urlsplit(address)
    status, body = ask_once(str(where.hostname), int(where.port or 0), pieces)
    if status not in (200, 201):
        message = f"a photo could not be banked: {status} {body[:500]!r}"
        raise RuntimeError(message)
    answer: dict[str, object] = json.loads(body)
    return answer
