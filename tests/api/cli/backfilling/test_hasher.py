"""What hashes on a machine: behind the same walls, only what it sees as the command does, in small pieces."""

import pickle
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from api.cli.backfilling.hasher import PIECE_BYTES, Hasher, problem_with_walls, shared_settings
from api.cli.backfilling.messages import FileToHash, Probe, Terms
from api.settings import read_settings
from matcher.hashing.features import Features
from matcher.hashing.pictures import HashedImage, hash_media
from matcher.reading.decode import Limits
from matcher.sandbox.walls import Walls
from tests.helpers.counterparts.buckets import KINDS
from tests.helpers.media.pictures import photo_bytes

BOTH = Features.STORED | Features.ASKED


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be a machine with a data folder of its own."""
    monkeypatch.setenv("STAYDOWN_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("STAYDOWN_DECODE_WORKERS", "1")


@contextmanager
def begun(terms: Terms) -> Iterator[Hasher]:
    """Have one that is fit."""
    hasher = Hasher(terms)
    try:
        assert hasher.begin().problem is None
        yield hasher
    finally:
        hasher.close()


def terms(place: Path | str, *probes: Probe, **settings: object) -> Terms:
    """Return terms as the command of this machine would state them."""
    return Terms({**shared_settings(read_settings()), **settings}, BOTH, (), str(place), probes)


def answers(hasher: Hasher, *names: str) -> list[object]:
    """Have files hashed and put their answers together."""
    pieces: dict[int, list[bytes]] = defaultdict(list)
    for number, is_last, piece in hasher.hashed([FileToHash(number, name) for number, name in enumerate(names)]):
        assert len(piece) <= PIECE_BYTES
        pieces[number].append(piece)
        if is_last:
            pieces[number].append(b"")
    assert all(one[-1] == b"" for one in pieces.values())
    return [pickle.loads(b"".join(pieces[number])) for number in range(len(names))]


def test_files_come_out_as_they_do_in_this_process(tmp_path: Path) -> None:
    """Many pieces make one answer; of a file that cannot be hashed the answer says why."""
    (tmp_path / "good.jpg").write_bytes(photo_bytes(960))
    (tmp_path / "cut.jpg").write_bytes(photo_bytes(961)[:700])
    with begun(terms(tmp_path)) as hasher:
        good, cut, absent = answers(hasher, "good.jpg", "cut.jpg", "absent.jpg")
    here = hash_media(photo_bytes(960), limits=Limits(), features=BOTH)
    assert isinstance(good, HashedImage)
    assert good.signals == here.signals
    assert len(pickle.dumps(good)) > PIECE_BYTES
    assert good.query.features is not None
    assert here.query.features is not None
    assert good.query.features.to_bytes() == here.query.features.to_bytes()
    assert isinstance(cut, str)
    assert absent == "No such file or directory"


def test_what_is_taken_is_what_the_command_says(tmp_path: Path) -> None:
    """A machine with other limits of its own would leave out what the others take."""
    (tmp_path / "large.jpg").write_bytes(photo_bytes(962))
    with begun(terms(tmp_path, max_image_bytes=100)) as hasher:
        (refused,) = answers(hasher, "large.jpg")
    assert isinstance(refused, str)
    assert "the limit is 100" in refused


def test_a_machine_that_sees_no_such_file_says_which(tmp_path: Path) -> None:
    """A folder that is shared by all but one is found out before anything is hashed."""
    problem = Hasher(terms(tmp_path / "photos", Probe("1.jpg", 9))).begin().problem
    assert problem is not None
    assert f"{tmp_path}/photos/1.jpg: No such file" in problem


def test_a_machine_that_sees_another_folder_of_that_name_says_so(tmp_path: Path) -> None:
    """Its files would be registered under the names of others."""
    (tmp_path / "1.jpg").write_bytes(b"12345")
    problem = Hasher(terms(tmp_path, Probe("1.jpg", 9))).begin().problem
    assert problem is not None
    assert "another library" in problem


@pytest.mark.parametrize("kind", KINDS)
def test_a_machine_fetches_from_a_store_itself(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of it goes through the command, and nothing of it stays on the machine's disk."""
    with KINDS[kind](monkeypatch) as bucket:
        bucket.fill(**{"photos/1.jpg": photo_bytes(963), "photos/2.jpg": photo_bytes(964) + bytes(2_000_000)})
        size_bytes = len(photo_bytes(963))
        with begun(terms(f"{bucket.address}/photos", Probe("1.jpg", size_bytes))) as hasher:
            one, two, absent = answers(hasher, "1.jpg", "2.jpg", "3.jpg")
        assert Hasher(terms(f"{bucket.address}/photos", Probe("1.jpg", size_bytes + 1))).begin().problem is not None
    assert isinstance(one, HashedImage)
    assert isinstance(two, HashedImage)
    assert isinstance(absent, str)
    assert list((tmp_path / "data" / "incoming").glob("*.part")) == []


def test_what_a_killed_process_had_fetched_is_erased(tmp_path: Path) -> None:
    """A machine of a cluster may have no server that looks after what was left behind."""
    left = tmp_path / "data" / "incoming" / "x.part"
    left.parent.mkdir(parents=True)
    left.write_bytes(photo_bytes(965))
    with begun(terms(tmp_path)):
        assert not left.exists()


def test_a_machine_decodes_behind_the_walls_that_stand_here() -> None:
    """A stranger's file must not have more rights on a machine of the cluster than it has in the server."""
    there = Walls(("limits",), {"network": "no namespaces", "user": "not root"})
    problem = problem_with_walls(there, ("network", "limits"))
    assert problem is not None
    assert "network (no namespaces)" in problem
    assert "user" not in problem
    assert problem_with_walls(there, ("limits",)) is None
