"""A repeat under an Idempotency-Key costs nothing: it is looked up before anything is decoded or searched."""

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from httpx2 import Response

from api.http.repeats.idempotent import IdempotentRequest
from api.replica.replica import Replica
from casework.domain.actor import Role
from casework.domain.media import Collection
from casework.persistence.unit_of_work import SqlUnitOfWork
from casework.ports.search import Candidates, Codes, NearItems, Suspects
from matcher.hashing.features import Features
from matcher.hashing.pictures import HashedImage
from matcher.hashing.videos import HashedVideo
from matcher.reading.keyframes import QUERY, Pace, Progress
from matcher.sandbox.hasher import GivenUp, MediaHasher
from matcher.sandbox.walls import Walls
from matcher.signals.local import QueryFeatures
from tests.api.conftest import SUBJECT, TESTER, Staydown, running, settings_in
from tests.helpers.media.pictures import photo_bytes
from tests.helpers.records.databases import KINDS
from tests.helpers.records.empty_records import record_url


@dataclass
class CountingHasher:
    """
    The real hasher, with a count of the files it was given.

    Args:
        real: What hashes.

        entered: Released by every file that arrives.

        gate: Open, or nothing is hashed until it is.
    """

    real: MediaHasher
    files: int = 0
    entered: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    gate: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        """Begin with the gate open."""
        self.gate.set()

    def hash_image(
        self,
        source: bytes | Path,
        *,
        preview_side_px: int | None = None,
        features: Features = Features.NONE,
        given_up: GivenUp | None = None,
    ) -> HashedImage:
        """Count, wait for the gate, hash."""
        self._count()
        return self.real.hash_image(source, preview_side_px=preview_side_px, features=features, given_up=given_up)

    def hash_video(
        self,
        path: Path,
        *,
        pace: Pace = QUERY,
        preview_side_px: int | None = None,
        features: Features = Features.NONE,
        progress: Progress | None = None,
        given_up: GivenUp | None = None,
    ) -> HashedVideo:
        """Count, wait for the gate, hash."""
        self._count()
        return self.real.hash_video(
            path, pace=pace, preview_side_px=preview_side_px, features=features, progress=progress, given_up=given_up
        )

    @property
    def walls(self) -> Walls:
        """Those of what hashes."""
        return self.real.walls

    def close(self) -> None:
        """Close the real one."""
        self.real.close()

    def _count(self) -> None:
        self.files += 1
        self.entered.release()
        assert self.gate.wait(60)


class CountingReplica(Replica):
    """A replica that counts the searches it was asked for."""

    searches = 0

    def find(self, collection: Collection, questions: Sequence[Mapping[str, Codes]]) -> list[Candidates]:
        """Count and search."""
        self.searches += 1
        return super().find(collection, questions)

    def near(self, collection: Collection, questions: Sequence[Mapping[str, Codes]]) -> NearItems:
        """Count and search."""
        self.searches += 1
        return super().near(collection, questions)

    def find_local(self, collection: Collection, features: QueryFeatures, *, limit: int) -> Suspects:
        """Count and search."""
        self.searches += 1
        return super().find_local(collection, features, limit=limit)


@dataclass
class Counted:
    """A service whose decoding and searching is counted."""

    staydown: Staydown
    hasher: CountingHasher
    replica: CountingReplica

    @property
    def cost(self) -> tuple[int, int]:
        """How many files were decoded and how often was searched so far."""
        return self.hasher.files, self.replica.searches


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counted]:
    """Open a service over the real hasher and the real index, both of which count."""
    with running(settings_in(tmp_path_factory.mktemp("counted"), decode_workers=2)) as staydown:
        service = staydown.service
        hasher, replica = CountingHasher(service.sandbox), CountingReplica(service.follower, service.indexes)
        staydown.service = replace(service, sandbox=hasher, replica=replica)
        staydown.http.app.state.service = staydown.service
        yield Counted(staydown, hasher, replica)
        staydown.http.app.state.service = service
        replica.close()


def send(counted: Counted, address: str, role: Role, key: str, **sent: object) -> Response:
    """Send something under a key."""
    headers = {**counted.staydown.headers(role), "Idempotency-Key": key}
    return counted.staydown.http.post(address, headers=headers, **sent)


def with_file(part: str, fields: dict, data: bytes) -> dict:
    """Make a form of a file and what is said about it."""
    return {"data": {part: json.dumps(fields)}, "files": {"media": ("a", data)}}


def upload(counted: Counted, name: str, data: bytes) -> Response:
    """Register an upload under the key of its name."""
    return send(counted, "/v1/uploads", Role.PIPELINE, name, **with_file("upload", {"upload_id": name}, data))


REQUESTS = {
    "an upload": ("/v1/uploads", Role.PIPELINE, with_file("upload", {"upload_id": "a"}, photo_bytes(970))),
    "a report": ("/v1/reports", Role.INTAKE, with_file("report", SUBJECT, photo_bytes(971))),
    "a protection": ("/v1/protected", Role.SENIOR, with_file("protected", {"reason": "news"}, photo_bytes(972))),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_a_repeat_costs_no_decoding_and_no_search(counted: Counted, name: str) -> None:
    """A client that retries after a lost answer must not double the load of a service that is slow already."""
    address, role, sent = REQUESTS[name]
    first = send(counted, address, role, name, **sent)
    assert first.status_code in (200, 201), first.text
    cost = counted.cost
    again = send(counted, address, role, name, **sent)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert counted.cost == cost


def test_a_repeat_by_signals_costs_no_search(counted: Counted) -> None:
    """Local features are searched for before the transaction: a repeat must be found before that."""
    pipeline = counted.staydown.headers(Role.PIPELINE)
    counted.staydown.take_down(photo_bytes(978))
    options = {"data": {"depth": "deep"}, "files": {"media": ("a", photo_bytes(978))}}
    hashed = counted.staydown.http.post("/v1/hash", headers=pipeline, **options).json()
    body = {"upload": {"upload_id": "signals"}, "signals": hashed["signals"]}
    first = send(counted, "/v1/uploads", Role.PIPELINE, "signals", json=body)
    assert first.status_code == 200, first.text
    cost = counted.cost
    again = send(counted, "/v1/uploads", Role.PIPELINE, "signals", json=body)
    assert (again.content, again.headers["Idempotent-Replayed"]) == (first.content, "true")
    assert counted.cost == cost


def test_another_body_under_the_same_key_is_refused_before_it_is_decoded(counted: Counted) -> None:
    """The bytes tell that it is another request; nobody need look at the picture."""
    assert upload(counted, "c", photo_bytes(973)).status_code == 200
    cost = counted.cost
    other = upload(counted, "c", photo_bytes(974))
    assert (other.status_code, other.json()["type"]) == (409, "urn:staydown:problem:idempotency-conflict")
    assert counted.cost == cost


def test_two_at_once_under_one_key_have_one_effect(counted: Counted) -> None:
    """While the first is still decoded there is no answer to repeat: both are decoded, one is committed."""
    counted.hasher.gate.clear()
    files = counted.hasher.files
    while counted.hasher.entered.acquire(blocking=False):
        pass
    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(upload, counted, "d", photo_bytes(975)) for _ in range(2)]
        counted.hasher.entered.acquire(timeout=60)
        counted.hasher.entered.acquire(timeout=60)
        counted.hasher.gate.set()
        answers = [one.result(60) for one in waiting]
    assert counted.hasher.files == files + 2
    assert len({one.content for one in answers}) == 1
    assert sorted("Idempotent-Replayed" in one.headers for one in answers) == [False, True]


@pytest.mark.parametrize("kind", KINDS)
def test_only_who_does_the_work_waits_for_who_does_it_already(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """A look for an earlier answer that waited would hold a thread and a connection as long as the first works."""
    calls = []
    with (
        record_url(kind, request) as url,
        running(settings_in(tmp_path, database_url=url)) as staydown,
        ThreadPoolExecutor(1) as pool,
    ):
        asked = IdempotentRequest(staydown.service, method="POST", path="/", key="once")

        def work(_: SqlUnitOfWork) -> None:
            assert pool.submit(asked.earlier_answer, TESTER, {}).result(30) is None
            calls.append(pool.submit(asked.do_once, TESTER, {}, work))

        assert not asked.do_once(TESTER, {}, work).repeated
        assert [one.result(30).repeated for one in calls] == [True]
