"""Opening a folder that another process is just changing."""

import shutil

import pytest

from index.errors import DamagedIndexError
from index.hashes.kind import HashCollection, HashKind
from index.storage import snapshot
from index.storage.disk import faults
from index.storage.segment import open_segment
from tests.index.hash_collections import TYPES, check_equals_log
from tests.index.oracle import seeded_log

LOG = seeded_log(50, 100, types=TYPES)


def test_a_segment_deleted_after_its_manifest_was_read_is_no_damage(tmp_path):
    """A merge replaces the manifest and deletes old segments while another process opens them."""
    keeper = HashCollection.open(tmp_path, HashKind())
    keeper.apply(LOG.changes[:60])
    keeper.seal()
    keeper.apply(LOG.changes)

    def lose_the_race(point: str) -> None:
        if point == "snapshot:manifest-read":
            faults.set_hook(None)
            keeper.compact()

    faults.set_hook(lose_the_race)
    late = HashCollection.open(tmp_path, HashKind())
    assert late.version == len(LOG)
    check_equals_log(late, LOG)


def test_a_segment_that_is_merged_away_while_it_is_verified_is_no_damage(tmp_path, monkeypatch):
    """`staydown index verify` reads for minutes beside a server that seals and merges."""
    keeper = HashCollection.open(tmp_path, HashKind())
    keeper.apply(LOG.changes[:60])
    keeper.seal()
    keeper.apply(LOG.changes)
    opened: list[str] = []

    def merged_meanwhile(kind, folder, ref, **budget):
        opened.append(ref.name)
        if len(opened) == 1:
            keeper.compact()
        return open_segment(kind, folder, ref, **budget)

    late = HashCollection.open(tmp_path, HashKind())
    monkeypatch.setattr(snapshot, "open_segment", merged_meanwhile)
    late.verify()
    assert len(set(opened)) > 1


@pytest.mark.parametrize("lost", ["segments", "tombstones"])
def test_a_file_missing_under_an_unchanged_manifest_is_damage(tmp_path, lost):
    """Waiting for it would be waiting for ever."""
    keeper = HashCollection.open(tmp_path, HashKind())
    for end in (60, len(LOG)):
        keeper.apply(LOG.changes[:end])
        keeper.seal()
    victim = next(tmp_path.glob(f"{lost}*"))
    shutil.rmtree(victim) if victim.is_dir() else victim.unlink()
    with pytest.raises(DamagedIndexError):
        snapshot.open_snapshot(HashKind(), tmp_path, known={})
