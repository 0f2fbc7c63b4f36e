"""
Asking every slot once, whichever replica answers.

Slots that the same machine serves are asked of it together. A machine that takes too long is not waited for: the other
replicas of its slots are asked too, and the first answer counts. One that fails is not asked first for a while.

Invariant: an answer is whole. Each slot is in it once, at least as of the `seq` asked, or `ClusterUnreachableError` is
raised. Equal questions get equal answers from any replicas: what a slot answers depends on its version alone.
"""

import asyncio
import time
from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any, Final, Protocol, TypeVar

from index.base import Codes, ErasedFiles, Hits
from index.cluster.holder import AsOf, HashAnswer, LocalAnswer
from index.cluster.home import Placed, serving
from index.errors import ClusterError, ClusterUnreachableError
from index.hashes.hits import joined, ordered
from index.local.nearest import NearRows, kth_of
from index.local.quantiser import probes_for
from matcher.signals.points.descriptors import Descriptors

HEDGE_S: Final = 0.05
"""After so long a replica is not waited for alone; after twice its usual time, where that is more."""

GIVE_UP_S: Final = 10.0
"""How long is tried to get an answer of every slot."""

_HEDGE_AT_MOST_S = 1.0
_PAUSE_S = 0.05
_AVOIDED_S = 2.0
_TRIES = 5

AnswerT = TypeVar("AnswerT")


class Holders(Protocol):
    """How machines are reached."""

    async def ask(self, node: str, method: str, *arguments: Any) -> Any:  # noqa: ANN401  (a method of `Holder`)
        """
        Call a method of the holder on a machine.

        Raises:
            ClusterError: If it does not answer, or refuses.
        """


class Slots:
    """
    All slots of a collection, to be asked from one event loop.

    Args:
        holders: How machines are reached.

        placement: Returns the rows of the placement that concern it, as far as is known.

        clock: Seconds, never going back.
    """

    def __init__(
        self, holders: Holders, placement: Callable[[], Sequence[Placed]], *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._holders = holders
        self._placement = placement
        self._clock = clock
        self._turn = 0
        self._failed: dict[str, float] = {}
        self._usual_s: dict[str, float] = {}
        self._rows = 0
        self.hedged = 0
        """How often a second replica was asked."""

    async def search(self, at_least: AsOf, signal_type: str, queries: Codes, radius: int, k: int | None) -> HashAnswer:
        """Find the items of one signal type within `radius` bits of each query, in all slots; see `Searcher.search`."""
        answers: list[HashAnswer] = await self._all(at_least, "search", signal_type, queries, radius, k)
        hits: Hits = ordered(joined([each.hits for each in answers]), k)
        return HashAnswer(_together(answers), hits)

    async def near(self, at_least: AsOf, descriptors: Descriptors, count: int) -> tuple[dict[str, int], int, NearRows]:
        """
        Find the `count` nearest rows of each descriptor in all slots, in two phases.

        Args:
            at_least: By slot, the `seq` that an answer has to contain.

            descriptors: uint8, shape (n, 32).

            count: At least 1.

        Returns:
            By slot, as of which `seq`; how many live rows there are; the rows that are near.

        Raises:
            ClusterUnreachableError: If a slot does not answer.
        """
        for _ in range(_TRIES):
            rows = self._rows
            asked = await self._ask(at_least, "near", descriptors, count, rows)
            answers: list[LocalAnswer] = [answer for _, answer in asked]
            self._rows = sum(each.rows for each in answers)
            if probes_for(self._rows) != probes_for(rows):
                continue  # as many lists are probed as for one bank of all rows
            limits = kth_of([each.distances for each in answers])
            try:
                found = await asyncio.gather(
                    *(self._call(node, "within", answer.kept, limits) for node, answer in asked)
                )
            except ClusterError:  # a machine was lost between the phases
                continue
            return _together(answers), self._rows, NearRows.joined(found, count)
        raise ClusterUnreachableError("machines of the cluster are lost again and again")

    async def erase(self, at_least: AsOf) -> ErasedFiles:
        """
        Take what was removed off every replica, those that are coming too, and out of their store.

        Returns:
            Where it lay.

        Raises:
            ClusterUnreachableError: If a machine with a replica, or the store, does not answer: then it is not done.
        """
        nodes = sorted({row.node for row in self._placement() if row.slot in at_least})
        try:
            each = await asyncio.gather(*(self._call(node, "erase", dict(at_least)) for node in nodes))
        except ClusterError as error:
            raise ClusterUnreachableError(f"not every replica has erased what was removed: {error}") from error
        return sum(each, ErasedFiles())

    async def _all(self, at_least: AsOf, method: str, *arguments: object) -> list[Any]:
        return [answer for _, answer in await self._ask(at_least, method, *arguments)]

    async def _ask(self, at_least: AsOf, method: str, *arguments: object) -> list[tuple[str, Any]]:
        """Ask all slots; return answers with the machines they came from."""
        self._turn += 1
        give_up = self._clock() + GIVE_UP_S
        waiting, found = dict(at_least), list[tuple[str, Any]]()
        why: object = "no machine serves it"
        while True:
            groups = self._groups(waiting, without=set())
            asked = await asyncio.gather(
                *(self._group(node, group, method, arguments) for node, group in groups.items()), return_exceptions=True
            )
            for group, got in zip(groups.values(), asked, strict=True):
                if isinstance(got, ClusterError):
                    why = got
                elif isinstance(got, BaseException):
                    raise got
                else:
                    found += got
                    waiting = {slot: seq for slot, seq in waiting.items() if slot not in group}
            if not waiting:
                return found
            if self._clock() >= give_up:
                raise ClusterUnreachableError(f"no answer of {', '.join(waiting)}: {why}")
            await asyncio.sleep(_PAUSE_S)

    async def _group(self, node: str, group: AsOf, method: str, arguments: Sequence[Any]) -> list[tuple[str, Any]]:
        """Ask one machine for some slots; if it is slow or fails, the others that serve them."""
        first = asyncio.ensure_future(self._timed(node, method, group, arguments))
        done, _ = await asyncio.wait({first}, timeout=self._patience_s(method))
        if done and first.exception() is None:
            return [(node, first.result())]
        others = self._groups(group, without={node})
        if sum(map(len, others.values())) < len(group):
            return [(node, await first)]
        self.hedged += 1
        second = asyncio.ensure_future(self._each(others, method, arguments))
        try:
            return await _first_of(asyncio.ensure_future(self._named(node, first)), second)
        finally:
            for each in (first, second):
                each.cancel()

    async def _named(self, node: str, answer: "asyncio.Future[Any]") -> list[tuple[str, Any]]:
        return [(node, await answer)]

    async def _each(self, groups: Mapping[str, AsOf], method: str, arguments: Sequence[Any]) -> list[tuple[str, Any]]:
        answers = await asyncio.gather(*(self._timed(node, method, group, arguments) for node, group in groups.items()))
        return list(zip(groups, answers, strict=True))

    def _groups(self, at_least: AsOf, *, without: Container[str]) -> dict[str, dict[str, int]]:
        """Choose a machine for each slot: those that failed lately only where there is no other."""
        placement, now = serving(self._placement()), self._clock()
        choices: dict[str, Sequence[str]] = {}
        for slot in at_least:
            nodes = [node for node in placement.get(slot, ()) if node not in without]
            well = [node for node in nodes if self._failed.get(node, -_AVOIDED_S) + _AVOIDED_S <= now] or nodes
            if well:
                choices[slot] = well
        groups: dict[str, dict[str, int]] = {}
        for slot, node in evenly(choices, self._turn).items():
            groups.setdefault(node, {})[slot] = at_least[slot]
        return groups

    async def _timed(self, node: str, method: str, group: AsOf, arguments: Sequence[Any]) -> Any:  # noqa: ANN401
        begun = self._clock()
        answer = await self._call(node, method, dict(group), *arguments)
        took = self._clock() - begun
        self._usual_s[method] = 0.9 * self._usual_s.get(method, took) + 0.1 * took
        return answer

    async def _call(self, node: str, method: str, *arguments: Any) -> Any:  # noqa: ANN401
        try:
            return await self._holders.ask(node, method, *arguments)
        except ClusterError:
            self._failed[node] = self._clock()
            raise

    def _patience_s(self, method: str) -> float:
        return min(max(HEDGE_S, 2 * self._usual_s.get(method, 0.0)), _HEDGE_AT_MOST_S)


def evenly(choices: Mapping[str, Sequence[str]], turn: int) -> dict[str, str]:
    """
    Choose a machine for each slot, so that each is asked for about as many: the last one to answer counts.

    Args:
        choices: By slot, the machines that can be asked; one at least.

        turn: Of the question; which of two machines is asked that were asked for as many so far.
    """
    asked: dict[str, int] = {}
    chosen: dict[str, str] = {}
    for slot in sorted(choices, key=lambda one: len(choices[one])):  # first those that leave no choice
        nodes = choices[slot]
        best = nodes[turn % len(nodes)]
        least = asked.get(best, 0)
        for node in nodes:
            if asked.get(node, 0) < least:
                best, least = node, asked.get(node, 0)
        asked[best] = least + 1
        chosen[slot] = best
    return chosen


async def _first_of(*several: "asyncio.Future[AnswerT]") -> AnswerT:
    """Return what succeeds first; raise what failed last."""
    waiting = set(several)
    while True:
        done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for each in done:
            if each.exception() is None:
                return each.result()
        if not waiting:
            return done.pop().result()


def _together(answers: Sequence[HashAnswer] | Sequence[LocalAnswer]) -> dict[str, int]:
    return {slot: seq for each in answers for slot, seq in each.versions.items()}
