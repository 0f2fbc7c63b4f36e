"""All slots of a cluster answer as one place does, whichever machines are slow, silent or gone."""

import asyncio
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmarks.cluster.equality import as_tuples, features_equal, hashes_equal
from benchmarks.cluster.made_up import Live, around
from benchmarks.cluster.record import Record
from index.cluster import asking
from index.cluster.asking import Slots, evenly
from index.cluster.coalescing import Coalescing
from index.cluster.home import serving
from index.cluster.placing import spread
from index.errors import ClusterUnreachableError
from tests.index.cluster.in_process import Holders, served

SLOTS = [f"uploads.1.{number:03}" for number in range(4)]
NODES = ["a", "b", "c"]
OPERATIONS = int(os.environ.get("STAYDOWN_TEST_ROUNDS", "2000"))
"""At random; a benchmark, `cluster --parts right`, carries out more of them against real machines."""


@pytest.fixture
def holders(tmp_path: Path) -> Iterator[Holders]:
    """Four slots, two replicas each, on three machines."""
    record = Record(tmp_path, "exact")
    record.prepare()
    record.place(spread(SLOTS, NODES, replicas=2))
    made = Holders(record, NODES)
    made.look()
    yield made
    made.close()


def filled(holders: Holders, count: int = 40) -> tuple[Live, np.ndarray]:
    """Commit hashes near each other; return what is there, and their centres."""
    rng = np.random.default_rng(1)
    centres = rng.integers(0, 256, (3, 32), dtype=np.uint8)
    live = Live(SLOTS)
    for slot, changes in live.add(around(centres, count, 12, rng)).items():
        holders.record.append(slot, changes)
    return live, centres


def found(slots: Slots, live: Live, queries: np.ndarray, radius: int = 31) -> list[tuple[int, int, int]]:
    """Ask, and return what was found."""
    return as_tuples(asyncio.run(slots.search(live.seqs, "pdq/1", queries, radius, None)).hits)


def test_four_slots_answer_as_a_scan_of_everything(holders: Holders) -> None:
    """Search is exact, wherever the values lie: operations at random, radius 0 to 31."""
    with served(holders) as client:
        result = hashes_equal(holders.record, client, SLOTS, count=OPERATIONS, seed=1)
    assert result["questions"] > OPERATIONS // 5
    assert result["hits"] > OPERATIONS // 5
    assert result["wrong"] == 0


def test_features_are_ranked_as_in_one_process_equals_included(holders: Holders) -> None:
    """Which machine a row lies on must not decide which reference a person sees first."""
    with served(holders) as client:
        result = features_equal(holders.record, client, SLOTS, references=120, queries=15, seed=1)
    assert result["candidates"] > 100
    assert result["wrong"] == 0


def test_a_machine_that_is_asked_twice_for_one_question_hands_out_the_rows_of_each(
    holders: Holders, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that answers for its own slots may be asked in place of a slow one, too: those are other rows."""
    monkeypatch.setattr(asking, "HEDGE_S", 0.0)
    monkeypatch.setattr(asking, "_HEDGE_AT_MOST_S", 0.0)
    with served(holders) as client:
        result = features_equal(holders.record, client, SLOTS, references=40, queries=15, seed=1)
    assert result["wrong"] == 0


@pytest.mark.parametrize("turn", range(4))
@pytest.mark.parametrize(("count", "machines", "replicas"), [(4, 3, 2), (512, 12, 2), (64, 7, 3), (16, 2, 2)])
def test_machines_are_asked_for_about_as_many_slots(turn: int, count: int, machines: int, replicas: int) -> None:
    """The last answer counts: one machine was asked for 85 of 512 slots, another for none."""
    nodes = [f"{number:02}" for number in range(machines)]
    choices = serving(spread([f"{number:03}" for number in range(count)], nodes, replicas=replicas))
    asked = Counter(evenly(choices, turn).values())
    assert sum(asked.values()) == count
    assert max(asked.values()) - min(asked.get(node, 0) for node in nodes) <= 1


def test_what_one_machine_alone_can_answer_counts_as_its_share() -> None:
    """The others are asked for the rest."""
    choices = {"1": ("a", "b"), "2": ("a", "b"), "3": ("a",), "4": ("a",)}
    assert [Counter(evenly(choices, turn).values()) for turn in (0, 1)] == 2 * [{"a": 2, "b": 2}]


def test_the_next_question_goes_to_the_other_replica() -> None:
    """Else one of two would serve for nothing."""
    assert [evenly({"1": ("a", "b")}, turn)["1"] for turn in range(3)] == ["a", "b", "a"]


def test_what_was_committed_is_in_the_next_answer_and_what_was_removed_in_none(holders: Holders) -> None:
    """Each slot is asked as of its own log's end."""
    slots = Slots(holders, holders.record.placement)
    live, centres = filled(holders)
    assert found(slots, live, centres) == live.near(centres, 31, None)
    for slot, changes in live.remove(7).items():
        holders.record.append(slot, changes)
    assert found(slots, live, centres) == live.near(centres, 31, None)


@pytest.mark.parametrize("node", NODES)
def test_a_machine_that_is_lost_costs_no_answer(node: str, holders: Holders) -> None:
    """Every slot has two replicas."""
    slots = Slots(holders, holders.record.placement)
    live, centres = filled(holders)
    holders.lost.add(node)
    for _ in range(4):
        assert found(slots, live, centres) == live.near(centres, 31, None)


def test_a_machine_that_is_silent_is_not_waited_for(holders: Holders) -> None:
    """A process that hangs answers no question, and refuses none."""
    slots = Slots(holders, holders.record.placement)
    live, centres = filled(holders)
    holders.silent.add("b")
    assert found(slots, live, centres) == live.near(centres, 31, None)
    assert slots.hedged > 0


def test_a_machine_that_failed_is_not_asked_first_for_a_while(holders: Holders) -> None:
    """Else every other question would begin with a failure."""
    now = [0.0]
    slots = Slots(holders, holders.record.placement, clock=lambda: now[0])
    live, centres = filled(holders)
    holders.lost.add("a")
    for _ in range(3):
        found(slots, live, centres)
    holders.asked.clear()
    found(slots, live, centres)
    assert "a" not in [node for node, _ in holders.asked]
    holders.lost.clear()
    now[0] += 10
    for _ in range(3):
        found(slots, live, centres)
    assert "a" in [node for node, _ in holders.asked]


def test_a_slot_that_nobody_answers_for_is_an_error_and_no_smaller_answer(
    holders: Holders, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer without a slot would let a removed picture through."""
    monkeypatch.setattr(asking, "GIVE_UP_S", 0.3)
    slots = Slots(holders, holders.record.placement)
    live, centres = filled(holders)
    holders.lost |= {"a", "b"}
    with pytest.raises(ClusterUnreachableError, match=r"no answer of uploads\.1\.00"):
        found(slots, live, centres)


def test_a_version_that_nobody_has_yet_is_an_error(holders: Holders, monkeypatch: pytest.MonkeyPatch) -> None:
    """A replica whose database lags behind must not answer as if it were not so."""
    monkeypatch.setattr(asking, "GIVE_UP_S", 0.3)
    slots = Slots(holders, holders.record.placement)
    live, centres = filled(holders)
    live.seqs[SLOTS[2]] += 1
    with pytest.raises(ClusterUnreachableError, match=r"VersionNotReachedError|lost|refuses"):
        found(slots, live, centres)


def test_a_machine_lost_between_the_phases_costs_no_answer(holders: Holders) -> None:
    """Its rows are asked of others, from the first phase on: their log may be further."""
    with served(holders) as client:
        features_equal(holders.record, client, SLOTS, references=20, queries=0, seed=1)
        holders.lost_at = {"b": "within"}
        again = holders.record.versions(SLOTS)
        for _ in range(4):
            versions, rows, near = client.near(again, np.zeros((3, 32), np.uint8), 3)
            assert versions == again
            assert rows == 18 * 60
            assert len(near) == 0
    assert "b" in holders.lost


def test_questions_that_wait_together_are_asked_together_and_answered_each(holders: Holders) -> None:
    """A call costs more than a search; and an answer belongs to its question alone."""
    slots = Slots(holders, holders.record.placement)
    live, centres = filled(holders)

    async def many() -> list[list[tuple[int, int, int]]]:
        coalescing = Coalescing(slots)
        questions = [
            coalescing.search(live.seqs, "pdq/1", centres[[place % 3, (place + 1) % 3]], 31, None)
            for place in range(60)
        ]
        return [as_tuples(answer.hits) for answer in await asyncio.gather(*questions)]

    answers = asyncio.run(many())
    for place, answer in enumerate(answers):
        assert answer == live.near(centres[[place % 3, (place + 1) % 3]], 31, None)
    assert len(holders.asked) < 60


def test_a_question_that_fails_fails_alone(holders: Holders, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that were asked with it hear of it, those after it are answered."""
    monkeypatch.setattr(asking, "GIVE_UP_S", 0.2)
    slots = Slots(holders, holders.record.placement)
    live, centres = filled(holders)

    async def both() -> list[object]:
        coalescing = Coalescing(slots)
        late = {**live.seqs, SLOTS[0]: 10**6}
        failed = await asyncio.gather(coalescing.search(late, "pdq/1", centres, 31, None), return_exceptions=True)
        return [*failed, await coalescing.search(live.seqs, "pdq/1", centres, 31, None)]

    failed, answered = asyncio.run(both())
    assert isinstance(failed, ClusterUnreachableError)
    assert as_tuples(answered.hits) == live.near(centres, 31, None)
