"""Processes over one file write in turns: none is kept out by another that writes without a pause."""

import threading
from pathlib import Path

from casework.persistence.connection.turns.process_turns import ProcessTurns


def test_one_at_a_time(tmp_path: Path) -> None:
    """What another has is waited for, and given up after a while."""
    ours, theirs = ProcessTurns(tmp_path / "record.db"), ProcessTurns(tmp_path / "record.db")
    assert ours.take(1)
    assert not theirs.take(0.01)
    ours.hand_on()
    assert theirs.take(1)
    theirs.hand_on()
    ours.close()
    theirs.close()


def test_who_has_just_written_lets_the_other_one_write(tmp_path: Path) -> None:
    """However fast it asks again."""
    ours, theirs = ProcessTurns(tmp_path / "record.db"), ProcessTurns(tmp_path / "record.db")
    order: list[str] = []
    waiting = threading.Event()

    def wait_for_a_turn() -> None:
        waiting.set()
        assert theirs.take(60)
        order.append("theirs")
        theirs.hand_on()

    assert ours.take(1)
    thread = threading.Thread(target=wait_for_a_turn)
    thread.start()
    assert waiting.wait(60)
    for _ in range(200):  # until they wait at the turnstile, we pass it
        ours.hand_on()
        assert ours.take(60)
        order.append("ours")
        if "theirs" in order:
            break
        threading.Event().wait(0.005)
    assert "theirs" in order
    ours.hand_on()
    thread.join()
    ours.close()
    theirs.close()


def test_files_that_cannot_be_made_keep_nobody_from_writing(tmp_path: Path) -> None:
    """SQLite's own lock is left, which is what keeps writers apart."""
    turns = ProcessTurns(tmp_path / "nowhere" / "record.db")
    assert turns.take(0)
    turns.hand_on()
    turns.close()


def test_lock_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    """They lie beside the database."""
    turns = ProcessTurns(tmp_path / "record.db")
    assert turns.take(1)
    assert {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {
        "record.db-next": 0o600,
        "record.db-turn": 0o600,
    }
    turns.hand_on()
    turns.close()
