"""Slots are spread evenly, and moved so that each stays served."""

from collections import Counter

import pytest

from index.cluster.home import Placed, Stage
from index.cluster.placing import drained, fitted, moved, spread
from index.errors import PlacementError

SLOTS = [f"uploads.1.{number:03}" for number in range(12)]
NODES = ["a", "b", "c", "d"]


def test_slots_are_spread_evenly_and_no_machine_holds_one_twice() -> None:
    """A machine that is lost takes one replica of a slot at most."""
    rows = spread(SLOTS, NODES, replicas=2)
    assert set(Counter(row.node for row in rows).values()) == {6}
    assert set(Counter(row.slot for row in rows).values()) == {2}
    assert len({(row.slot, row.node) for row in rows}) == len(rows)
    assert len(spread(SLOTS, ["a"], replicas=2)) == len(SLOTS)


def test_a_placement_follows_the_slots_that_there_are() -> None:
    """After the log was moved to others, nobody would serve them."""
    rows = spread(["uploads"], ["a", "b"], replicas=2)
    change = fitted(rows, SLOTS, ["a", "b"], replicas=1)
    assert {row.slot for row in change.added} == set(SLOTS)
    assert set(change.removed) == set(rows)
    settled = fitted(list(change.added), SLOTS, [], replicas=1)
    assert (settled.added, settled.removed) == ((), ())


def test_a_replica_moves_by_one_row_that_names_the_old_one() -> None:
    """Until it serves there, it serves here."""
    rows = spread(["uploads"], ["a", "b"], replicas=2)
    assert moved(rows, "uploads", "a", "c").added == (Placed("uploads", "c", Stage.COMING, replaces="a"),)
    assert moved(rows, "uploads", "a", "c").removed == ()
    for slot, node, to, why in (
        ("uploads", "c", "d", "c holds no replica.*a, b"),
        ("uploads", "a", "b", "b holds a replica"),
        ("other", "a", "c", "held by no machine"),
    ):
        with pytest.raises(PlacementError, match=why):
            moved(rows, slot, node, to)
    coming = [*rows, Placed("uploads", "c", Stage.COMING, replaces="a")]
    with pytest.raises(PlacementError, match="moved from a to c already"):
        moved(coming, "uploads", "a", "d")
    with pytest.raises(PlacementError, match="wait until it serves"):
        moved(coming, "uploads", "c", "d")


def test_a_machine_is_drained_onto_those_that_hold_the_fewest() -> None:
    """And none of them gets a slot that it holds."""
    rows = spread(SLOTS, NODES, replicas=2)
    change = drained(rows, "a", [])
    assert {row.slot for row in change.added} == {row.slot for row in rows if row.node == "a"}
    assert all(row.replaces == "a" and row.stage is Stage.COMING for row in change.added)
    after = [*(row for row in rows if row.node != "a"), *change.added]
    assert len({(row.slot, row.node) for row in after}) == len(after) == len(rows)
    assert set(Counter(row.node for row in after).values()) <= {7, 8, 9}
    assert {row.node for row in drained(rows, "a", ["e"]).added} == {"e"}
    assert drained([*rows, *change.added], "a", []).added == ()
    with pytest.raises(PlacementError, match="holds nothing"):
        drained(rows, "e", [])


def test_a_machine_is_not_drained_where_no_other_can_take_its_slots_unless_fewer_may_hold_them() -> None:
    """What nobody else serves stays, whatever is said."""
    rows = spread(["uploads"], ["a", "b"], replicas=2)
    with pytest.raises(PlacementError, match="no machine can take uploads from a"):
        drained(rows, "a", [])
    assert drained(rows, "a", [], fewer=True).removed == (rows[0],)
    with pytest.raises(PlacementError, match="no machine"):
        drained(rows[:1], "a", [], fewer=True)
