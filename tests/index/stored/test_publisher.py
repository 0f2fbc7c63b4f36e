"""The thread that keeps the store up to date outlives whatever happens to one replica, and gives way to erasures."""

from pathlib import Path
from threading import Thread

from structlog.testing import capture_logs

from index.errors import DamagedIndexError
from index.stored.publisher import Publisher
from tests.helpers.running.waiting import eventually


def test_one_replica_that_fails_keeps_no_other_from_the_store() -> None:
    """The next round tries it again, and says it once."""
    done: list[str] = []
    fails = [True]

    def publish(slot: str, _: object) -> None:
        if slot == "1" and fails[0]:
            message = "damaged"
            raise DamagedIndexError(Path("segments"), message)
        done.append(slot)

    publisher = Publisher(lambda: ["0", "1", "2"], publish, lambda: done.append("sweep"))
    try:
        with capture_logs() as lines:
            publisher.look()
            publisher.look()
            fails[0] = False
            publisher.look()
        assert done == ["0", "2", "sweep", "0", "2", "sweep", "0", "1", "2", "sweep"]
        assert [line["about"] for line in lines] == ["1"]
    finally:
        publisher.close()


def test_nothing_is_put_there_while_it_is_paused_and_then_it_looks_again() -> None:
    """Whoever erases leaves a gap in the store, which is filled as soon as may be."""
    done: list[str] = []
    publisher = Publisher(lambda: ["0"], lambda slot, _: done.append(slot), lambda: None)
    try:
        with publisher.paused():
            waiting = Thread(target=publisher.look)
            waiting.start()
            waiting.join(0.2)
            assert done == []
        waiting.join()
        eventually(lambda: "0" in done)
    finally:
        publisher.close()
