"""Uploads that are registered together are answered as if each had come alone."""

import asyncio
import threading
from collections.abc import Callable, Sequence

import pytest
from sqlalchemy.exc import OperationalError

from api.arrivals.registrations import MOST, Outcome, Registrations
from casework.domain.errors import UploadConflictError
from casework.handlers.uploads import RegisterUpload
from tests.casework.handlers.conftest import picture, registration


def upload(name: str) -> RegisterUpload:
    """Return what a pipeline asks."""
    return registration(name, picture(1))


class Desk:
    """
    Registers what it is given and notes in which batches; the first batch waits until it is let go.

    Args:
        outcome: What one comes to.
    """

    def __init__(self, outcome: Callable[[str], Outcome] = str.encode) -> None:
        self.batches: list[list[str]] = []
        self.first_is_let_go = threading.Event()
        self.has_begun = threading.Event()
        self._outcome = outcome

    def register_all(self, commands: Sequence[RegisterUpload]) -> Sequence[Outcome]:
        """Register several."""
        self.batches.append([one.platform_id for one in commands])
        self.has_begun.set()
        assert self.first_is_let_go.wait(60)
        return [self._outcome(one.platform_id) for one in commands]

    async def answers(self, names: Sequence[str]) -> list[Outcome]:
        """Send a first one, and the others while that is being registered; return all answers in order."""
        registrations = Registrations()
        loop = asyncio.get_running_loop()
        asked = [loop.create_task(registrations.answer(upload(names[0]), self.register_all))]
        await asyncio.to_thread(self.has_begun.wait, 60)
        asked += [loop.create_task(registrations.answer(upload(name), self.register_all)) for name in names[1:]]
        await asyncio.sleep(0)
        self.first_is_let_go.set()
        return await asyncio.gather(*asked, return_exceptions=True)


def test_those_that_come_meanwhile_are_the_next_batch() -> None:
    """Nothing waits for a batch to fill, and nothing waits longer than for the one before it."""
    desk = Desk()
    answers = asyncio.run(desk.answers(["a", "b", "c", "d"]))
    assert desk.batches == [["a"], ["b", "c", "d"]]
    assert answers == [b"a", b"b", b"c", b"d"]


def test_batch_is_not_endless() -> None:
    """Decisions wait for it."""
    names = [f"u{number}" for number in range(MOST + 3)]
    desk = Desk()
    assert asyncio.run(desk.answers(names)) == [name.encode() for name in names]
    assert [len(batch) for batch in desk.batches] == [1, MOST, 2]


def test_several_under_one_id_come_one_after_another() -> None:
    """The second is answered as the first was, or refused: that is known only once the first is stored."""
    desk = Desk()
    answers = asyncio.run(desk.answers(["a", "same", "b", "same", "c", "same"]))
    assert desk.batches == [["a"], ["same", "b", "c"], ["same"], ["same"]]
    assert answers == [b"a", b"same", b"b", b"same", b"c", b"same"]


def test_refusal_is_of_one_alone() -> None:
    """Its id names other bytes; that is no other's fault."""
    desk = Desk(lambda name: UploadConflictError(name) if name == "refused" else name.encode())
    answers = asyncio.run(desk.answers(["a", "b", "refused", "c"]))
    assert [answers[place] for place in (0, 1, 3)] == [b"a", b"b", b"c"]
    assert isinstance(answers[2], UploadConflictError)


def test_batch_that_fails_is_tried_one_by_one() -> None:
    """Whatever is wrong with one upload must not cost the others."""

    def outcome(name: str) -> Outcome:
        if name == "broken":
            raise ZeroDivisionError
        return name.encode()

    desk = Desk(outcome)
    answers = asyncio.run(desk.answers(["a", "b", "broken", "c"]))
    assert desk.batches == [["a"], ["b", "broken", "c"], ["b"], ["broken"], ["c"]]
    assert [answers[place] for place in (0, 1, 3)] == [b"a", b"b", b"c"]
    assert isinstance(answers[2], ZeroDivisionError)


def test_database_that_fails_is_not_asked_again_for_each() -> None:
    """It would fail again, and each would wait for that."""

    def outcome(name: str) -> Outcome:
        if name == "a":
            return b"a"
        raise OperationalError(None, None, Exception("disk I/O error"))

    desk = Desk(outcome)
    answers = asyncio.run(desk.answers(["a", "b", "c"]))
    assert desk.batches == [["a"], ["b", "c"]]
    assert [type(answer) for answer in answers] == [bytes, OperationalError, OperationalError]


@pytest.mark.parametrize("hangs_up", ["waiting", "under way"])
def test_client_that_hangs_up_holds_up_nobody(hangs_up: str) -> None:
    """One that is not begun is left out; one under way is registered all the same."""
    desk = Desk()

    async def scene() -> list[Outcome]:
        registrations = Registrations()
        loop = asyncio.get_running_loop()
        first = loop.create_task(registrations.answer(upload("first"), desk.register_all))
        await asyncio.to_thread(desk.has_begun.wait, 60)
        second = loop.create_task(registrations.answer(upload("second"), desk.register_all))
        third = loop.create_task(registrations.answer(upload("third"), desk.register_all))
        await asyncio.sleep(0)
        (second if hangs_up == "waiting" else first).cancel()
        await asyncio.sleep(0)
        desk.first_is_let_go.set()
        return await asyncio.gather(first, second, third, return_exceptions=True)

    answers = asyncio.run(scene())
    gone = 1 if hangs_up == "waiting" else 0
    assert isinstance(answers.pop(gone), asyncio.CancelledError)
    assert answers == [b"first" if gone else b"second", b"third"]
    assert desk.batches == [["first"], ["third"] if gone else ["second", "third"]]
