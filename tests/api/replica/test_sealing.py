"""Machines that share an index folder take turns; those with folders of their own do not wait for each other."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from api.replica.sealing import sealing
from casework.domain.media import Collection
from casework.persistence.connection.database import open_reader
from index.errors import SealLockHeldError
from tests.helpers.records.databases import Databases

FIRST, SECOND = Collection.TAKEDOWNS, Collection.UPLOADS


@pytest.fixture
def machines(postgresql: Databases) -> Iterator[tuple[Engine, Engine]]:
    """Connect two machines to one PostgreSQL."""
    with postgresql.fresh() as url:
        engines = open_reader(url), open_reader(url)
        yield engines
        for one in engines:
            one.dispose()


def may_seal(machine: Engine, folder: Path, collection: Collection) -> bool:
    """Tell whether it is a machine's turn now."""
    try:
        with sealing(machine, folder, collection):
            return True
    except SealLockHeldError:
        return False


def test_two_machines_never_maintain_one_collection_at_once(machines: tuple[Engine, Engine], tmp_path: Path) -> None:
    """A network file system may not pass file locks on; two that merge at once would delete each other's segments."""
    one, other = machines
    shared, own = tmp_path / "shared", tmp_path / "own"
    with sealing(one, shared, FIRST):
        assert not may_seal(other, shared, FIRST)
        assert may_seal(other, shared, SECOND)
        assert may_seal(other, own, FIRST)
    assert may_seal(other, shared, FIRST)


def test_turn_ends_with_a_failure(machines: tuple[Engine, Engine], tmp_path: Path) -> None:
    """A full disk on one machine must not keep the others from sealing."""
    one, other = machines
    with pytest.raises(OSError), sealing(one, tmp_path, FIRST):
        raise OSError
    assert may_seal(other, tmp_path, FIRST)


def test_turn_of_a_machine_that_is_gone_is_over(machines: tuple[Engine, Engine], tmp_path: Path) -> None:
    """Nobody has to clear up after a machine that lost its power."""
    one, other = machines
    with sealing(one, tmp_path, FIRST):
        with other.connect() as connection, connection.begin():
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            connection.execute(text(f"{others} AND datname = current_database()"))
        with sealing(other, tmp_path, FIRST, wait=True):
            pass


def test_sqlite_has_one_machine(tmp_path: Path) -> None:
    """There the folder's own lock is enough, and nothing is asked."""
    engine = open_reader(f"sqlite:///{tmp_path / 'record.db'}")
    with sealing(engine, tmp_path, FIRST):
        assert may_seal(engine, tmp_path, FIRST)
    engine.dispose()
