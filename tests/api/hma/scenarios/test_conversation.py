"""
Conversations with HMA 1.1.7, held again with the drop-in: its clients find what they look for.

One recorded from HMA itself lies beside the project and is skipped where it is not; a shorter one, made by hand from
its sources, is always held.
"""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from casework.domain.actor import Role
from tests.api.conftest import Staydown, running, settings_in
from tests.helpers.media.pictures import photo_bytes

RECORDED = Path(__file__).parents[5] / "shared" / "hma" / "conversation.jsonl"
PICTURES = Path(__file__).parents[5] / "shared" / "data" / "vectors" / "pdq"
BY_HAND = Path(__file__).parent / "conversation.jsonl"

DIFFERS: dict[str, str] = {
    "GET /m/raw_lookup?signal_type=pdq&signal=f8f8": "its item is disabled: here no look-up finds it",
    "/c/exchanges/apis": "those of HMA that make hashes up are not here",
    "/c/exchanges/api/stop_ncii/schema": "what only Staydown asks for is in it, too: test_exchanges.py",
    "POST /c/exchanges": "it is of HMA's samples",
    "/c/exchange/EX_BANK": "it is of HMA's samples",
}
"""Where an answer must be another, and why."""

_HASH = re.compile(r"[0-9a-f]{64}")
_NEAR_BITS = 12
"""Hashes here are of reduced pictures, so they may differ by a few bits from HMA's; never by more."""


@pytest.fixture(scope="module")
def hma(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staydown]:
    """Run a service that answers at `/hma`."""
    with running(settings_in(tmp_path_factory.mktemp("hma"), hma=True)) as service:
        yield service


def exchanges(file: Path) -> list[dict]:
    """Read a conversation."""
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_the_recorded_conversation_is_answered_alike(tmp_path: Path) -> None:
    """Switching is changing an address."""
    if not RECORDED.is_file() or not PICTURES.is_dir():
        pytest.skip("the recorded conversation ../shared/hma, or its pictures, are not here")
    with running(settings_in(tmp_path, hma=True)) as service:
        differing = held(service, exchanges(RECORDED), lambda name: (PICTURES / name).read_bytes())
    assert differing == []


def test_a_short_conversation_is_answered_alike(hma: Staydown) -> None:
    """The same promise where the recorded one is not at hand."""
    differing = held(hma, exchanges(BY_HAND), lambda name: photo_bytes(int(name)))
    assert differing == []


def held(service: Staydown, conversation: list[dict], picture: Callable[[str], bytes]) -> list[str]:
    """Hold a conversation with the drop-in; return where an answer is another."""
    base = f"/hma/key/{service.key(Role.ADMIN)}"
    differing = []
    for one in conversation:
        asked, expected = one["request"], one["answer"]
        line = f"{asked['method']} {asked['path']}"
        if any(line.startswith(part) or part in line for part in DIFFERS) and "EX_BANK" not in str(expected["body"]):
            if not line.startswith("GET /m/raw_lookup"):
                continue
            expected = {**expected, "body": {"matches": []}}
        elif any(part in line for part in DIFFERS):
            continue
        answer = ask(service.http, base + asked["path"], asked, picture)
        is_json = answer.content and answer.headers["content-type"].startswith("application/json")
        said = {
            "status": answer.status_code,
            "type": answer.headers["content-type"].partition(";")[0],
            "body": answer.json() if is_json else answer.text,
        }
        if not alike(said["body"], expected["body"]) or (said["status"], said["type"]) != (
            expected["status"],
            expected["type"],
        ):
            differing.append(f"{line}: {said} instead of {expected}")
    return differing


def ask(http: TestClient, address: str, asked: dict, picture: Callable[[str], bytes]):
    """Ask one question as it was asked."""
    files = {field: (name, picture(name), "image/jpeg") for field, name in asked.get("files", {}).items()}
    return http.request(asked["method"], address, json=asked.get("json"), files=files or None)


def alike(said: Any, expected: Any, name: str = "") -> bool:
    """Compare two answers, values aside where they must differ: moments, a few bits of a hash, a library's version."""
    if isinstance(said, dict) and isinstance(expected, dict):
        return set(said) == set(expected) and all(alike(said[one], expected[one], one) for one in expected)
    if isinstance(said, list) and isinstance(expected, list):
        if len(said) == len(expected) == 2 and said[0] == {"enabled_ratio": 1.0, "name": "pdq"}:
            return [one["name"] for one in said] == [one["name"] for one in expected]  # MD5 is switched off here
        return len(said) == len(expected) and all(map(alike, said, expected))
    if isinstance(said, str) and isinstance(expected, str):
        if _HASH.fullmatch(said) and _HASH.fullmatch(expected):
            return (int(said, 16) ^ int(expected, 16)).bit_count() <= _NEAR_BITS
        if name == "distance":
            return abs(int(said) - int(expected)) <= _NEAR_BITS
        if name == "url" or expected.startswith("Failed to fetch URL: "):
            return said[:20] == expected[:20]
    if name in ("built_to", "index_built_to", "newest_db_item") and expected > 0:
        return isinstance(said, int) and said > 0
    return said == expected and type(said) in (type(expected), int, float)
