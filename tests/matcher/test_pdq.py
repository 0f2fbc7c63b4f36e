"""`pdq/1` is the PDQ the industry exchanges."""

import json
from pathlib import Path

import pytest

from matcher.decode import Limits
from matcher.distance import as_codes, hamming, hamming_matrix
from matcher.hashing import hash_media

READ_DIFFERENTLY = {"LA.png": "without transparency", "I16.png": "16-bit greys clipped"}
"""Their published values drop transparency, and clip 16-bit greys: not what a viewer shows on white."""


def published(shared_data: Path) -> list[dict]:
    """Read the published values."""
    return json.loads((shared_data / "vectors" / "pdq" / "expected.json").read_text())["files"]


def test_published_values_are_met(shared_data: Path):
    """Hash lists are exchanged; a hash of ours that differs finds nothing in them."""
    for entry in published(shared_data):
        if entry["file"] in READ_DIFFERENTLY:
            continue
        hashed = hash_media(shared_data / "vectors" / "pdq" / entry["file"], limits=Limits())
        ours = next(signal for signal in hashed.signals if signal.type == "pdq/1")
        distance = hamming(ours.value, bytes.fromhex(entry["hash"]))
        assert distance <= (2 if "note" in entry else 16), entry["file"]
        assert entry["quality"] in (None, ours.quality), entry["file"]


@pytest.mark.parametrize(("file", "reading"), READ_DIFFERENTLY.items())
def test_published_values_of_files_read_differently_are_asked_for(shared_data: Path, file: str, reading: str):
    """A peer that drops transparency banks another hash of the same file; our query must still meet it."""
    entry = next(entry for entry in published(shared_data) if entry["file"] == file)
    variants = hash_media(shared_data / "vectors" / "pdq" / file, limits=Limits()).query.variants["pdq/1"]
    distances = hamming_matrix(variants.codes, as_codes(bytes.fromhex(entry["hash"])))[:, 0]
    assert variants.names[distances.argmin()] == reading
    assert distances.min() <= 2
    assert variants.qualities[distances.argmin()] == entry["quality"]
