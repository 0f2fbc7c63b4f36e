"""Writers take turns: none is passed by another that came later."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as QueueTimeoutError

from casework.persistence.connection.database import open_database
from casework.persistence.connection.turns.fair_pool import FairPool, WaitingLine


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Engine]:
    """Open a record for writing."""
    engine = open_database(f"sqlite:///{tmp_path / 'record.db'}")
    yield engine
    engine.dispose()


def test_turns_come_in_the_order_they_were_asked_for() -> None:
    """A look-back must not starve because decisions come without a pause."""
    turns, order = WaitingLine(), []

    def wait_for_a_turn(name: int) -> None:
        assert turns.take(60)
        order.append(name)
        turns.hand_on()

    assert turns.take(0)
    threads = []
    for name in range(5):
        threads.append(threading.Thread(target=wait_for_a_turn, args=(name,)))
        threads[-1].start()
        while turns.waiting <= name:
            threading.Event().wait(0.001)
    turns.hand_on()
    assert turns.take(60)  # behind all who came before
    assert order == [0, 1, 2, 3, 4]
    for thread in threads:
        thread.join()


def test_turn_that_does_not_come_is_given_up() -> None:
    """And who gave up is not waited for."""
    turns = WaitingLine()
    assert turns.take(0)
    assert not turns.take(0.001)
    assert turns.waiting == 0
    turns.hand_on()
    assert turns.take(0)


def test_writer_who_waits_too_long_is_told(writer: Engine) -> None:
    """Answered 503, not held for ever."""
    pool = writer.pool
    assert isinstance(pool, FairPool)
    pool._timeout = 0.001
    with writer.connect(), pytest.raises(QueueTimeoutError), writer.connect():
        pass
    with writer.connect():
        pass


def test_connection_that_cannot_be_opened_keeps_nobody_out(tmp_path: Path) -> None:
    """A folder that is not there fails every time, and never hangs."""
    engine = open_database(f"sqlite:///{tmp_path / 'nowhere' / 'record.db'}")
    for _ in range(3):
        with pytest.raises(OperationalError), engine.connect():
            pass
    engine.dispose()
