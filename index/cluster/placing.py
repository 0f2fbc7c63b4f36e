"""
Which machine gets which slot: rows of a placement, worked out and not written.

Invariant: two replicas of a slot are never on one machine, and none is planned to go before another serves its slot.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.cluster.home import Placed, Stage
from index.errors import PlacementError


@dataclass(frozen=True, slots=True)
class Change:
    """
    What is to be changed of a placement.

    Args:
        added: Rows that come.

        removed: Rows that go.
    """

    added: tuple[Placed, ...] = ()
    removed: tuple[Placed, ...] = ()


def spread(slots: Sequence[str], nodes: Sequence[str], *, replicas: int) -> list[Placed]:
    """
    Place so many replicas of each slot, on different machines, all of them serving: nothing is there that is older.

    Args:
        slots: Names of logs.

        nodes: Names of machines.

        replicas: Of each slot; fewer, where there are fewer machines.
    """
    return [
        Placed(slot, nodes[(number + copy) % len(nodes)], Stage.SERVING)
        for number, slot in enumerate(slots)
        for copy in range(min(replicas, len(nodes)))
    ]


def fitted(rows: Sequence[Placed], slots: Sequence[str], nodes: Sequence[str], *, replicas: int) -> Change:
    """
    Fit a placement to the slots that there are: those that were moved away go, those that lie nowhere are placed.

    Args:
        rows: The placement.

        slots: Names of the logs that there are.

        nodes: Machines that get what lies nowhere.

        replicas: Of each of those.
    """
    placed = {row.slot for row in rows}
    missing = [slot for slot in slots if slot not in placed]
    gone = tuple(row for row in rows if row.slot not in set(slots))
    return Change(tuple(spread(missing, nodes, replicas=replicas)) if missing and nodes else (), gone)


def moved(rows: Sequence[Placed], slot: str, node: str, to: str) -> Change:
    """
    Move one replica to another machine: it is copied there, serves, and then the old one goes.

    Args:
        rows: The placement.

        slot: Whose replica.

        node: Where it is.

        to: Where it is to be.

    Raises:
        PlacementError: If that cannot be.
    """
    there = {row.node: row for row in rows if row.slot == slot}
    if node not in there:
        held = ", ".join(there) or "no machine"
        message = f"{node} holds no replica of {slot}; held by {held}"
        raise PlacementError(message)
    if to in there:
        message = f"{to} holds a replica of {slot} already; choose a machine that holds none"
        raise PlacementError(message)
    _check_settled(there[node], there.values())
    return Change((Placed(slot, to, Stage.COMING, replaces=node),))


def drained(rows: Sequence[Placed], node: str, onto: Sequence[str], *, fewer: bool = False) -> Change:
    """
    Move everything off a machine, each slot to the one of the others that holds the fewest.

    Args:
        rows: The placement.

        node: The machine.

        onto: Where to; empty for all other machines of the placement.

        fewer: Whether a slot that no other machine can take may have one replica less, if another machine serves it.

    Raises:
        PlacementError: If that cannot be.
    """
    targets = [one for one in (onto or sorted({row.node for row in rows})) if one != node]
    mine = [row for row in rows if row.node == node]
    if not mine:
        message = f"{node} holds nothing; machines that do: {', '.join(sorted({row.node for row in rows})) or 'none'}"
        raise PlacementError(message)
    load = Counter(row.node for row in rows)
    added: list[Placed] = []
    removed: list[Placed] = []
    for row in mine:
        others = [one for one in rows if one.slot == row.slot and one.node != node]
        if any(one.replaces == node for one in others):
            continue  # it is on its way already
        free = [one for one in targets if one not in {other.node for other in others}]
        if free:
            _check_settled(row, others)
            to = min(free, key=lambda one: (load[one], one))
            load[to] += 1
            added.append(Placed(row.slot, to, Stage.COMING, replaces=node))
        elif fewer and any(one.stage is Stage.SERVING for one in others):
            removed.append(row)
        else:
            raise PlacementError(_no_room(row.slot, node, others))
    return Change(tuple(added), tuple(removed))


def _check_settled(row: Placed, all_of_slot: Iterable[Placed]) -> None:
    """A replica that is coming serves first: else the one it replaces would be forgotten."""
    if row.stage is Stage.COMING and row.replaces is not None:
        message = f"{row.slot} is being moved from {row.replaces} to {row.node}; wait until it serves there"
        raise PlacementError(message)
    coming = next((one for one in all_of_slot if one.replaces == row.node), None)
    if coming is not None:
        message = f"{row.slot} is being moved from {row.node} to {coming.node} already"
        raise PlacementError(message)


def _no_room(slot: str, node: str, others: Sequence[Placed]) -> str:
    held = ", ".join(sorted(one.node for one in others)) or "none"
    return (
        f"no machine can take {slot} from {node} (others that hold it: {held}); name a new one, or say that a slot may "
        "have fewer replicas"
    )
