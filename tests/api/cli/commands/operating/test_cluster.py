"""`staydown cluster`: an operator sees what lies where, moves it, and is told what is missing before it begins."""

import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.cli import joining
from api.cluster.changing import change_placement
from api.settings import Settings
from api.stores.places import place_at
from casework.persistence.connection.database import open_database
from casework.persistence.index_log.stored import SqlStored, StoredRow
from index.cluster.placing import fitted
from tests.api.cli.conftest import Shell


@pytest.fixture
def placed(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """Place four slots on three machines, none of which runs."""
    monkeypatch.setenv("STAYDOWN_UPLOAD_SLOTS", "4")
    monkeypatch.setenv("STAYDOWN_UPLOAD_INDEX", "clustered")
    shell("init")
    settings = Settings(_env_file=None, data=tmp_path / "data")
    change_placement(settings, lambda rows, slots: fitted(rows, slots, ["a", "b", "c"], replicas=2))
    return shell


def held(shell: Shell) -> set[tuple[str, str, str]]:
    """Return what lies where, as `status` says it."""
    found = shell("cluster", "status", "--json").document["replicas"]
    return {(one["slot"][-3:], one["node"], one["stage"]) for one in found}


def test_status_shows_what_is_placed_and_that_nobody_answers(placed: Shell) -> None:
    """The record says what shall be; the gateway, what is."""
    ran = placed("cluster", "status")
    assert ran.code == 1
    assert "no gateway to the cluster" in ran.out
    assert [line.split("│")[1].strip() for line in ran.out.splitlines() if "│" in line] == ["a", "b", "c"]
    assert placed("cluster", "status", "--slots").out.count("uploads.1.") == 8
    document = placed("cluster", "status", "--json").document
    assert len(document["silent"]) == 4
    assert "no gateway" in document["gateway"]


def test_a_slot_is_moved_by_its_number_and_a_machine_drained(placed: Shell) -> None:
    """What an operator says of one row, and of one machine."""
    assert ("003", "a", "serving") in held(placed)
    ran = placed("cluster", "move", "3", "a", "c")
    assert (ran.code, ran.out) == (0, "uploads.1.003  coming on c, instead of a\n")
    assert {("003", "a", "serving"), ("003", "c", "coming")} <= held(placed)
    again = placed("cluster", "move", "uploads.1.003", "a", "d")
    assert again.code == 1
    assert "moved from a to c already" in again.err
    ran = placed("cluster", "drain", "b", "--to", "d", "--json")
    assert ran.code == 0
    assert [(one["node"], one["stage"], one["replaces"]) for one in ran.document["added"]] == [("d", "coming", "b")] * 3
    for wrong, why in (
        (("move", "9", "a", "b"), "no slot '9'"),
        (("move", "0", "z", "d"), "z holds no replica"),
        (("move", "0", "a", "../d"), "no name of a machine"),
        (("drain", "z"), "z holds nothing"),
    ):
        refused = placed("cluster", *wrong)
        assert refused.code == 1
        assert why in refused.err


def test_drop_asks_first_and_leaves_nothing_placed(placed: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """It deletes every replica."""
    assert placed("cluster", "drop").code == 1
    assert len(held(placed)) == 8
    assert placed("cluster", "drop", "--yes").out.count("leaves") == 8
    assert held(placed) == set()


def test_doctor_says_what_machines_still_hold_once_uploads_lie_here(
    placed: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No erasure reaches them any more."""

    def finding() -> dict:
        return next(one for one in placed("doctor", "--json").document["findings"] if one["name"] == "cluster")

    assert "matching goes on" in finding()["detail"]
    monkeypatch.setenv("STAYDOWN_UPLOAD_INDEX", "folder")
    assert "still on a, b, c" in finding()["detail"]
    placed("cluster", "drop", "--yes")
    assert finding()["ok"]


@pytest.mark.parametrize(
    ("found", "mode", "why"),
    [(None, "token", "pip install staydown[cluster]"), ("ray", "", "RAY_AUTH_MODE=token")],
    ids=["no extra", "no token"],
)
def test_start_says_what_is_missing(
    placed: Shell, monkeypatch: pytest.MonkeyPatch, found: str | None, mode: str, why: str
) -> None:
    """Without Ray there is no cluster; without its token anybody who reaches it runs code here."""

    def find(_name: str) -> str | None:
        return found

    monkeypatch.setattr(joining, "find_spec", find)
    monkeypatch.setenv("RAY_AUTH_MODE", mode)
    ran = placed("cluster", "start", "--node", "a")
    assert ran.code == 1
    assert why in ran.err


def test_start_needs_to_be_told_the_machines_once(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gateway over nothing would answer nothing, and not say why."""
    monkeypatch.setattr(joining, "find_spec", lambda _: "ray")
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    shell("init")
    with socket.create_server(("127.0.0.1", 0)) as head:
        ran = shell("cluster", "start", "--address", f"127.0.0.1:{head.getsockname()[1]}")
    assert ran.code == 1
    assert "--node a --node b" in ran.err


def test_start_says_at_once_that_there_is_no_head(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ray itself tries for minutes, and an operator who mistyped waits."""
    monkeypatch.setattr(joining, "find_spec", lambda _: "ray")
    monkeypatch.setenv("RAY_AUTH_MODE", "token")
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    for address, why in ((f"127.0.0.1:{port}", "ray start --head"), ("here", "a host and a port"), (":1", "a host")):
        ran = shell("cluster", "start", "--node", "a", "--address", address)
        assert ran.code == 1
        assert why in ran.err


STORED = StoredRow(
    slot="uploads.1.000",
    node="a",
    store="",
    document="0" * 64,
    version=0,
    generation=7,
    size_bytes=1_234,
    stored_at=datetime(2026, 1, 1, tzinfo=UTC),
)


@pytest.fixture
def stored(placed: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have machine a keep a replica in a store; return the folder."""
    folder = tmp_path / "store"
    folder.mkdir()
    address = f"file://{folder}"
    monkeypatch.setenv("STAYDOWN_CLUSTER_STORE", address)
    place_at(address).put(f"uploads.1.000/a/{STORED.document}", b"a document")
    engine = open_database(Settings(_env_file=None, data=tmp_path / "data").url)
    with engine.begin() as connection:
        ago = datetime.now(UTC) - timedelta(minutes=3)
        assert SqlStored(connection).note(replace(STORED, store=address, stored_at=ago))
    engine.dispose()
    return folder


def test_status_shows_what_lies_in_the_store(placed: Shell, stored: Path) -> None:
    """So that an operator knows with what an empty machine would begin."""
    assert "in the store: 1 of 4 slots, 1,234 bytes, the oldest 0:03:" in placed("cluster", "status").out
    shown = next(line for line in placed("cluster", "status", "--slots").out.splitlines() if "1,234" in line)
    assert [cell.strip() for cell in shown.split("│")[1:-2]] == ["uploads.1.000", "a", "0", "0", "7", "1,234"]
    (row,) = placed("cluster", "status", "--json").document["stored"]
    assert (row["node"], row["version"], row["placed"], row["store"]) == ("a", 0, True, f"file://{stored}")


def test_doctor_names_a_store_that_does_not_answer_and_what_was_left_there(placed: Shell, stored: Path) -> None:
    """Erasures wait for it; and what nobody holds any more is to go."""

    def finding() -> dict:
        return next(one for one in placed("doctor", "--json").document["findings"] if one["name"] == "store")

    assert finding()["ok"]
    stored.rename(stored.with_name("away"))
    assert str(stored) in finding()["detail"]
    assert "erasures of uploads wait" in finding()["detail"]
    ran = placed("cluster", "drop", "--yes")
    assert ran.code == 1
    assert "run this again" in ran.err
    stored.with_name("away").rename(stored)
    assert "a left files" in finding()["detail"]
    assert placed("cluster", "drop", "--yes").code == 0
    assert finding()["ok"]
    assert [path for path in stored.rglob("*") if path.is_file()] == []


def test_an_odd_address_of_a_store_stops_the_start(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what is accepted."""
    monkeypatch.setenv("STAYDOWN_CLUSTER_STORE", "ftp://host/store")
    ran = shell("init")
    assert ran.code == 1
    assert "STAYDOWN_CLUSTER_STORE" in ran.err
    assert "s3://" in ran.err
