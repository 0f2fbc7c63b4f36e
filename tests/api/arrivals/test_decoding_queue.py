"""No key keeps another from having its files decoded, and nobody waits without end."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from api.arrivals.decoding_queue import LATELY_S, DecodingQueue
from api.errors import TooManyRequestsError


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Return what time it is."""
        return self.now


class File:
    """A file that waits, is decoded, and is done when the test says so."""

    def __init__(self, queue: DecodingQueue, key: str, *, slow: bool = False, trusted: bool = False) -> None:
        self._done = asyncio.Event()
        self.sits = False
        self._task = asyncio.ensure_future(self._decode(queue, key, slow=slow, trusted=trusted))

    async def finish(self) -> None:
        """Be decoded to the end."""
        self._done.set()
        await self._task

    async def hang_up(self) -> None:
        """Have its client go away."""
        self._task.cancel()
        await asyncio.wait([self._task])

    @property
    def refused(self) -> TooManyRequestsError | None:
        """Why it was not taken."""
        error = self._task.exception() if self._task.done() else None
        assert error is None or isinstance(error, TooManyRequestsError)
        return error

    async def _decode(self, queue: DecodingQueue, key: str, *, slow: bool, trusted: bool) -> None:
        async with queue.seat(key, slow=slow, trusted=trusted):
            self.sits = True
            await self._done.wait()
        self.sits = False


async def settled() -> None:
    """Let every task go on until it waits."""
    for _ in range(10):
        await asyncio.sleep(0)


Scene = Callable[[DecodingQueue, Clock], Awaitable[None]]


def play(scene: Scene) -> None:
    """Run a scene over a queue of two seats and a spare one, of five places a key and nine in all."""

    async def whole() -> None:
        clock = Clock()
        queue = DecodingQueue(seats=2, spare=1, waiting_per_key=5, waiting=9, clock=clock)
        await scene(queue, clock)
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    asyncio.run(whole())


def test_one_key_never_has_all_seats():
    """45 files of one key leave a seat for the first file of another."""

    async def scene(queue: DecodingQueue, _: Clock) -> None:
        many = [File(queue, "attacker") for _ in range(5)]
        await settled()
        assert [one.sits for one in many] == [True, True, False, False, False]
        other = File(queue, "other")
        await settled()
        assert other.sits

    play(scene)


def test_animations_of_whichever_keys_leave_two_seats_to_pictures():
    """Several keys could share an attack by files that take as long as is allowed."""

    async def scene(queue: DecodingQueue, _: Clock) -> None:
        slow = [File(queue, f"attacker {n}", slow=True) for n in range(3)]
        quick = [File(queue, "other") for _ in range(2)]
        await settled()
        assert [one.sits for one in slow] == [True, False, False]
        assert all(one.sits for one in quick)

    play(scene)


def test_key_that_is_alone_has_all_seats_for_its_animations():
    """Where nobody else is about, nothing is gained by keeping decoders idle."""

    async def scene(queue: DecodingQueue, clock: Clock) -> None:
        first = File(queue, "other")
        await settled()
        await first.finish()
        slow = [File(queue, "one", slow=True) for _ in range(3)]
        await settled()
        assert [one.sits for one in slow] == [True, False, False]
        clock.now += LATELY_S
        await slow[0].finish()
        await settled()
        assert [one.sits for one in slow] == [False, True, True]

    play(scene)


def test_key_that_used_less_goes_first():
    """Who sends few files does not stand behind who sends many, or such as take long."""

    async def scene(queue: DecodingQueue, clock: Clock) -> None:
        dear = [File(queue, "much") for _ in range(2)]
        await settled()
        clock.now += 10
        await dear[0].finish()
        dear += [File(queue, "much"), File(queue, "much")]
        blocking = File(queue, "third")
        await settled()
        cheap = File(queue, "little")
        await settled()
        assert [one.sits for one in [*dear, blocking, cheap]] == [False, True, True, False, True, False]
        await dear[1].finish()
        await settled()
        assert cheap.sits
        assert not dear[3].sits

    play(scene)


def test_too_many_of_one_key_are_told_when_to_come_again():
    """What cannot be decoded soon is refused at once, by the time files took so far."""

    async def scene(queue: DecodingQueue, clock: Clock) -> None:
        many = [File(queue, "one") for _ in range(8)]
        other = File(queue, "other")
        await settled()
        assert [one.refused is None for one in many] == [True] * 7 + [False]
        assert many[7].refused is not None
        assert many[7].refused.retry_after_s == 1
        assert other.sits
        clock.now += 100
        await many[0].finish()
        again = [File(queue, "one") for _ in range(2)]
        await settled()
        assert again[1].refused is not None
        assert again[1].refused.retry_after_s > 10

    play(scene)


def test_when_all_places_are_taken_the_key_with_the_most_gives_way():
    """A flood of a trusted key, or of many keys, must not refuse whoever comes with one file."""

    async def scene(queue: DecodingQueue, _: Clock) -> None:
        many = [File(queue, "trusted", trusted=True) for _ in range(11)]
        await settled()
        others = [File(queue, f"other {n}") for n in range(2)]
        await settled()
        assert others[0].sits
        assert others[1].refused is None
        assert [one.refused is None for one in many] == [True] * 10 + [False]
        assert File(queue, "trusted", trusted=True) is not None
        await settled()

    play(scene)


def test_file_whose_client_hung_up_gives_up_its_place():
    """The queue of clients that are gone must not keep others waiting."""

    async def scene(queue: DecodingQueue, _: Clock) -> None:
        async with AsyncExitStack() as seats:
            for _ in range(2):
                await seats.enter_async_context(queue.seat("one"))
            waiting = [File(queue, "one") for _ in range(5)]
            await settled()
            for file in waiting[:4]:
                await file.hang_up()
            new = [File(queue, "one") for _ in range(4)]
            await settled()
            assert all(file.refused is None for file in new)
        await settled()
        assert [file.sits for file in [waiting[4], *new]] == [True, True, False, False, False]

    play(scene)


def test_seat_that_comes_as_its_client_hangs_up_is_passed_on():
    """A seat lost in that moment would be lost for good."""

    async def scene(queue: DecodingQueue, _: Clock) -> None:
        first, second, third = (File(queue, "one") for _ in range(3))
        await settled()
        ending = asyncio.ensure_future(first.finish())
        await asyncio.sleep(0)
        await third.hang_up()
        await ending
        await second.finish()
        last = [File(queue, "one") for _ in range(2)]
        await settled()
        assert all(file.sits for file in last)

    play(scene)


def test_two_that_hang_up_as_a_seat_comes_free_are_no_error() -> None:
    """Both leave in one turn of the loop; whoever is called first may be forgotten before the other leaves."""

    async def scene() -> None:
        queue, done = DecodingQueue(seats=1, spare=0, waiting_per_key=8, waiting=64), asyncio.Event()

        async def decode(key: str, until: asyncio.Event | None) -> None:
            async with queue.seat(key):
                if until is not None:
                    await until.wait()

        first = asyncio.create_task(decode("first", done))
        await settled()
        others = [asyncio.create_task(decode(key, None)) for key in ("c", "a")]
        await settled()
        done.set()
        await asyncio.sleep(0)
        for one in others:
            one.cancel()
        ended = await asyncio.gather(first, *others, return_exceptions=True)
        assert {type(one) for one in ended} <= {type(None), asyncio.CancelledError}
        async with queue.seat("later"):
            pass

    asyncio.run(scene())


def test_file_that_may_take_long_lets_a_picture_of_its_key_pass() -> None:
    """A key with one animation that waits for its kind of seat has its pictures decoded meanwhile."""

    async def scene() -> None:
        queue = DecodingQueue(seats=2, spare=1, waiting_per_key=8, waiting=64)
        other = File(queue, "other", slow=True)
        await settled()
        animation, picture = File(queue, "key", slow=True), File(queue, "key")
        await settled()
        assert (other.sits, animation.sits, picture.sits) == (True, False, True)
        for one in (other, picture):
            await one.finish()
        await settled()
        assert animation.sits
        await animation.finish()

    asyncio.run(scene())
