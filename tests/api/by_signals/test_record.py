"""What is not remembered is read once for all that wait, and for none of them too late."""

import asyncio
from collections.abc import Iterator, Set
from dataclasses import replace

import pytest

from api.by_signals.record import FromRecord
from api.replica.memory import Memory
from api.service import Service
from casework.persistence.connection.failures import DatabaseFailedError
from casework.steps.finding.known import Known
from tests.api.conftest import Staydown, running, settings_in
from tests.helpers.media.pictures import photo_bytes


@pytest.fixture(scope="module")
def staydown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staydown]:
    """Open a service of its own, whose worker does not run."""
    with running(settings_in(tmp_path_factory.mktemp("record"), worker=False)) as service:
        yield service


class Counted(FromRecord):
    """Notes what it reads."""

    def __init__(self, service: Service, *, away: bool = False) -> None:
        super().__init__(replace(service, memory=Memory()))  # its own: the service reads ahead into its memory
        self.readings: list[set[int]] = []
        self.away = away

    def _read(self, item_ids: Set[int]) -> Known:
        self.readings.append(set(item_ids))
        if self.away:
            message = "the database went away"
            raise DatabaseFailedError(message)
        return super()._read(item_ids)


@pytest.fixture(scope="module")
def items(staydown: Staydown) -> list[int]:
    """Return items of some takedowns."""
    takedowns = [staydown.take_down(photo_bytes(seed))["takedown_id"] for seed in (821, 822, 823)]
    with staydown.service.reading() as uow:
        return [one.id for takedown in takedowns for one in uow.index_log.of_owner(takedown)]


def test_all_that_wait_share_the_next_reading(staydown: Staydown, items: list[int]) -> None:
    """The first is read for itself; whoever comes meanwhile is read for together."""
    record = Counted(staydown.service)

    async def all_at_once() -> list[Known]:
        first = asyncio.ensure_future(record.known({items[0]}))
        await asyncio.sleep(0)
        await asyncio.sleep(0)  # the first reading has begun
        others = asyncio.gather(*(record.known({one}) for one in items[1:]))
        return [await first, *await others]

    found = asyncio.run(all_at_once())
    assert [one.items.keys() >= {item} for one, item in zip(found, items, strict=True)] == [True] * len(items)
    assert len(record.readings) == 2


def test_one_who_hangs_up_takes_nobodys_answer_along(staydown: Staydown, items: list[int]) -> None:
    """Others wait for the same reading."""
    record = Counted(staydown.service)

    async def one_leaves() -> Known:
        leaving = asyncio.ensure_future(record.known({items[0]}))
        staying = asyncio.ensure_future(record.known({items[0]}))
        await asyncio.sleep(0)
        leaving.cancel()
        return await staying

    assert items[0] in asyncio.run(one_leaves()).items


def test_where_nothing_can_be_read_each_who_waits_learns_it(staydown: Staydown, items: list[int]) -> None:
    """The route then says what is wrong; and the next question is tried again."""
    record = Counted(staydown.service, away=True)

    async def all_at_once() -> list[Known | BaseException]:
        found = await asyncio.gather(*(record.known({one}) for one in items[:3]), return_exceptions=True)
        record.away = False
        return [*found, await record.known({items[0]})]

    *failed, last = asyncio.run(all_at_once())
    assert [type(one) for one in failed] == [DatabaseFailedError] * 3
    assert isinstance(last, Known)
