"""A cluster as an operator runs it, with real Ray: machines, a service, and a gateway that goes and comes back."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import insert, update

from api.background import sweep
from api.cluster.changing import change_placement
from api.cluster.standing import ClusterStanding, cluster_standing
from api.settings import Settings
from casework.domain.actor import Role
from casework.persistence import tables
from casework.persistence.connection.database import open_database
from index.cluster.placing import moved
from tests.api.cluster.scenarios.ray_machines import END, START
from tests.api.conftest import Staydown, running, settings_in
from tests.helpers.media.pictures import jpeg, photo_bytes
from tests.helpers.media.textures import texture
from tests.helpers.running.told import told
from tests.helpers.running.waiting import eventually

pytestmark = pytest.mark.skipif(
    find_spec("ray") is None, reason="Ray is not installed: pip install 'staydown[cluster]'"
)


@dataclass
class Machines:
    """Two machines, and their gateway while it runs."""

    process: "subprocess.Popen[str]"

    def told(self, word: str) -> None:
        """Have something done, and wait until it is."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()
        self.answered()

    def answered(self) -> None:
        """Wait until what was asked is done."""
        assert self.process.stdout is not None
        while (line := self.process.stdout.readline()) != "done\n":
            assert line, "the machines ended"


@contextmanager
def machines(settings: Settings, log: Path) -> Iterator[Machines]:
    """Start machines whose settings are those of their environment."""
    own = {
        "STAYDOWN_DATA": str(settings.data),
        "STAYDOWN_UPLOAD_SLOTS": str(settings.upload_slots),
        "STAYDOWN_UPLOAD_INDEX": "clustered",
        "STAYDOWN_CLUSTER_SOCKET": str(settings.cluster_socket),
        "STAYDOWN_CLUSTER_STORE": settings.cluster_store,
    }
    with told("tests.api.cluster.scenarios.ray_machines", own, log) as process:
        started = Machines(process)
        started.answered()
        yield started


def standing(staydown: Staydown) -> ClusterStanding:
    """Look at the cluster as `staydown cluster status` does."""
    return cluster_standing(staydown.service.settings, staydown.service.reader)


def answered(staydown: Staydown) -> None:
    """Wait until every slot is answered about."""
    eventually(lambda: standing(staydown), lambda found: found.trouble is None and not found.silent)


def test_copies_uploaded_before_are_found_and_look_backs_outlive_the_gateway(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found on other machines; waited for while the gateway is away, and found once it is back, or moved."""
    monkeypatch.setattr(sweep, "LEASE", sweep.LEASE / 5)
    with tempfile.TemporaryDirectory(prefix="sd-", dir="/tmp") as short:
        settings = settings_in(
            tmp_path,
            upload_slots=2,
            upload_index="clustered",
            cluster_socket=Path(short) / "gateway.sock",
            cluster_store=f"file://{tmp_path}/store",
            blast_radius_budget_ms=60_000,
        )
        (tmp_path / "store").mkdir()
        with running(settings) as staydown, machines(settings, tmp_path / "machines.log") as around:
            slot = standing(staydown).slots[0]
            commit_hashes(settings, slot, 30_000)
            around.told(START)
            answered(staydown)
            whole = [staydown.upload(f"whole {n}", jpeg(texture(850)), uploader_id=f"u{n}") for n in range(4)]
            part = staydown.upload("part", jpeg(texture(850)[40:320, 60:440]), uploader_id="u9")
            decision = staydown.take_down(jpeg(texture(850)), nudity=True)
            assert decision["blast_radius"] == {"uploads": 5, "uploaders": 5, "complete": True, "known": True}
            found = staydown.looked_back(decision["takedown_id"])
            assert {one["upload"] for one in found["items"]} == {one["upload"] for one in (*whole, part)}

            around.told(END)
            earlier = staydown.upload("earlier", photo_bytes(851), uploader_id="u1")
            takedown = upheld_unseen(staydown, photo_bytes(851))
            assert staydown.upload("again", photo_bytes(851))["verdict"] == "block"
            assert staydown.http.get("/readyz").status_code == 200
            assert staydown.get(f"/v1/takedowns/{takedown}/lookback")["sweeps"][0]["state"] != "done"
            around.told(START)
            found = staydown.looked_back(takedown)
            assert [one["upload"] for one in found["items"]] == [earlier["upload"]]

            eventually(
                lambda: [one.slot for one in standing(staydown).stored if one.node == "a"], lambda in_: slot in in_
            )
            segments = files_of(settings.cluster_folder / "a" / slot)
            assert segments
            change_placement(settings, lambda rows, slots: moved(rows, slots[0], "a", "b"))
            eventually(lambda: standing(staydown), lambda now: {one.node for one in now.replicas} == {"b"})
            assert segments <= files_of(settings.cluster_folder / "b" / slot), "b began with what a had put there"
            later = staydown.upload("later", photo_bytes(852), uploader_id="u1")
            found = staydown.looked_back(staydown.take_down(photo_bytes(852), nudity=True)["takedown_id"])
            assert [one["upload"] for one in found["items"]] == [later["upload"]]
            left = settings.cluster_folder / "a"
            eventually(lambda: list(left.glob("uploads*")), lambda found: found == [])
            eventually(lambda: list((tmp_path / "store" / slot).glob("a/*")), lambda found: found == [])


def commit_hashes(settings: Settings, slot: str, count: int) -> None:
    """Commit so many hashes that machines finish files of them."""
    codes = np.random.default_rng(1).integers(0, 256, (count, 32), dtype=np.uint8)
    same = {"collection": slot, "op": "add", "signal_type": "pdq/1"}
    rows = [{**same, "seq": n, "item_id": 10**9 + n, "own_value": bytes(code)} for n, code in enumerate(codes, start=1)]
    engine, counters = open_database(settings.url), tables.index_counters
    with engine.begin() as connection:
        connection.execute(insert(tables.index_changes), rows)
        connection.execute(update(counters).where(counters.c.collection == slot).values(seq=count))
    engine.dispose()


def files_of(replica: Path) -> set[str]:
    """Return the files of all segments of a replica; their names are drawn at random."""
    return {str(path.relative_to(replica)) for path in replica.glob("**/segments/*/*")}


def upheld_unseen(staydown: Staydown, picture: bytes) -> str:
    """Take a picture down while nobody knows how many uploads that hits; return the takedown's id."""
    case_id = staydown.report(picture, facts={"nudity": True})["case_id"]
    staydown.look(case_id)
    decision = staydown.uphold(case_id)
    assert not decision["blast_radius"]["known"]
    headers = staydown.headers(Role.SENIOR, "second")
    agreed = staydown.http.post(f"/v1/decisions/{decision['decision_id']}/approve", headers=headers)
    assert agreed.status_code == 200, agreed.text
    return agreed.json()["takedown_id"]
