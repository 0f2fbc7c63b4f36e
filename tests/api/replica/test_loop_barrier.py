"""The barrier in the event loop: nothing that was committed before a question is missed, and waiting is shared."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import closing

import pytest

from api.replica.loop_barrier import LoopBarrier
from api.security.keys import KeyTerms, create_key, revoke_key
from casework.domain.actor import Role
from casework.domain.ids import KeyId
from casework.domain.media import Collection
from casework.persistence.connection.failures import DatabaseFailedError
from tests.api.conftest import TESTER, Staydown, running, settings_in
from tests.helpers.running.waiting import eventually


def revoked(service: Staydown, name: str) -> KeyId:
    """Make a key and revoke it: one commit that is followed."""
    with service.service.writing() as uow:
        made = create_key(uow, KeyTerms(name, Role.PIPELINE), actor=TESTER)
    with service.service.writing() as uow:
        revoke_key(uow, made.id, actor=TESTER)
    return made.id


def over(staydown: Staydown, forget: Callable[[Sequence[str]], None]) -> LoopBarrier:
    """Return a barrier of its own."""
    return LoopBarrier(staydown.service.follower, staydown.service.replica, forget)


@pytest.mark.parametrize("staydown", ["sqlite", "postgresql"], indirect=True)
def test_whoever_asks_after_a_commit_has_forgotten_what_it_changed(staydown: Staydown) -> None:
    """Many ask while another writes: each sees what was acknowledged before it asked."""
    forgotten: set[str] = set()
    missed: list[str] = []

    async def ask_often(barrier: LoopBarrier, acknowledged: list[KeyId], stop: threading.Event) -> int:
        asked = 0
        while not stop.is_set() or asked == 0:
            before = list(acknowledged)
            await asyncio.sleep(0)  # a question comes through the loop
            await barrier.pass_through()
            missed.extend(one for one in before if one not in forgotten)
            asked += 1
            await asyncio.sleep(0)
        return asked

    async def all_at_once(barrier: LoopBarrier) -> None:
        await barrier.pass_through()
        acknowledged: list[KeyId] = []
        stop = threading.Event()

        def write() -> None:
            acknowledged.extend(revoked(staydown, f"written {number}") for number in range(40))
            stop.set()

        writer = asyncio.get_running_loop().run_in_executor(None, write)
        await asyncio.gather(writer, *(ask_often(barrier, acknowledged, stop) for _ in range(16)))
        await barrier.pass_through()
        assert set(acknowledged) <= forgotten

    with closing(over(staydown, forgotten.update)) as barrier:
        asyncio.run(all_at_once(barrier))
    assert missed == []


def test_commits_about_nothing_that_is_followed_need_no_thread(staydown: Staydown) -> None:
    """Registering uploads goes on all day beside the questions; it must not send each of them to a thread."""
    if staydown.service.follower.dialect.name != "sqlite":
        pytest.skip("elsewhere a thread asks each time, for all that wait")
    names: list[str] = []

    async def ask() -> None:
        await barrier.pass_through()
        looks = _threads()
        with staydown.service.writing() as uow:
            create_key(uow, KeyTerms("nobody asks by it", Role.PIPELINE), actor=TESTER)
        await asyncio.create_task(barrier.pass_through())
        names.extend(_threads() - looks)

    def _threads() -> set[str]:
        return {thread.name for thread in threading.enumerate() if thread.name.startswith("loop-barrier")}

    with closing(over(staydown, list)) as barrier:
        asyncio.run(ask())
    assert names == []


def test_a_look_counts_for_those_that_were_due_when_it_began_and_no_others(staydown: Staydown) -> None:
    """Sixteen questions of one round need one look; the first that comes after it needs another."""
    if staydown.service.follower.dialect.name != "sqlite":
        pytest.skip("elsewhere a thread looks, for all that wait")
    forgotten: set[str] = set()

    async def ask() -> None:
        revoked(staydown, "makes whoever asks first begin to follow")
        await barrier.pass_through()
        await asyncio.sleep(0)
        await barrier.pass_through()  # looks
        changed = revoked(staydown, "committed in the same round")
        await barrier.pass_through()
        assert changed not in forgotten
        await asyncio.create_task(barrier.pass_through())
        assert changed in forgotten

    with closing(over(staydown, forgotten.update)) as barrier:
        asyncio.run(ask())


def test_takedowns_are_applied_before_a_question_goes_on(staydown: Staydown) -> None:
    """The index, too, is brought up to date by the one look."""

    async def ask() -> None:
        await barrier.pass_through()

    with closing(over(staydown, list)) as barrier:
        version = staydown.uphold(staydown.report_signals({"type": "pdq/1", "value": "5a" * 32})["case_id"])
        asyncio.run(ask())
        assert staydown.service.indexes[Collection.TAKEDOWNS].version >= version["index_version"] > 0


def was_passed(barrier: LoopBarrier) -> bool:
    """Tell whether a question goes on."""
    try:
        asyncio.run(barrier.pass_through())
    except DatabaseFailedError:
        return False
    return True


def test_a_database_that_is_gone_is_not_waited_for_by_everybody(tmp_path) -> None:
    """Who asks is sent on at once, to where it is known what to do without the database."""
    settings = settings_in(tmp_path)
    with running(settings) as service, closing(over(service, list)) as barrier:
        asyncio.run(barrier.pass_through())
        file = settings.data / "staydown.db"
        moved = file.rename(file.with_suffix(".away"))
        eventually(lambda: was_passed(barrier), lambda passed: not passed)
        with pytest.raises(DatabaseFailedError):
            asyncio.run(barrier.pass_through())
        moved.rename(file)
