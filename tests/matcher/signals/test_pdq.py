"""`pdq/1` is the PDQ the industry exchanges."""

import json
from pathlib import Path

import pytest

from matcher.comparing.comparison import compare
from matcher.distance import hamming
from matcher.hashing.pictures import hash_media
from matcher.hashing.query import Query
from matcher.reading.decode import Limits
from matcher.signals.base import Signal


def published(shared_data: Path) -> list[dict]:
    """Read the published values."""
    return json.loads((shared_data / "vectors" / "pdq" / "expected.json").read_text())["files"]


def test_published_values_are_met(shared_data: Path):
    """Hash lists are exchanged; a hash of ours that differs finds nothing in them."""
    for entry in published(shared_data):
        hashed = hash_media(shared_data / "vectors" / "pdq" / entry["file"], limits=Limits())
        ours = next(signal for signal in hashed.signals if signal.type == "pdq/1")
        distance = hamming(ours.value, bytes.fromhex(entry["hash"]))
        assert distance <= (2 if "note" in entry else 16), entry["file"]
        assert entry["quality"] in (None, ours.quality), entry["file"]


@pytest.mark.parametrize("file", ["LA.png", "I16.png"])
def test_file_that_programs_show_differently_is_stored_as_each_shows_it(shared_data: Path, file: str):
    """The published value drops transparency or clips greys; a screenshot shows it on white. Both are copies."""
    hashed = hash_media(shared_data / "vectors" / "pdq" / file, limits=Limits())
    stored = [signal.value for signal in hashed.signals if signal.type == "pdq/1"]
    shown = hashed.query.variants["pdq/1"].codes[0].tobytes()
    assert shown in stored[1:]
    assert compare(Query.of_signals([Signal("pdq/1", shown, 100)]), hashed.signals).agreeing == 1
