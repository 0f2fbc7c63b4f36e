"""Which rows are nearest depends on what is live alone, and is what a scan of the probed lists says."""

import numpy as np
import pytest

from benchmarks.cluster.made_up import Pictures
from index.local.growing import read_reference
from index.local.nearest import NearRows, kth_of, live_rows, nearest_rows
from index.local.part import LocalPart, NewReference
from index.local.quantiser import lists_to_probe, nearest_list
from matcher.thresholds import NEAR_DESCRIPTOR_BITS

Plain = list[tuple[int, int, int, int]]
"""(descriptor, distance, item, place), in that order of sorting."""

NONE = np.empty(0, np.int64)


def references(count: int, *, copies: int = 1) -> list[NewReference]:
    """Make references, each with so many copies of it under ids of their own."""
    pictures, made = Pictures(3), list[NewReference]()
    for _ in range(count):
        value = pictures.add(1, 1)
        for _ in range(copies):
            made.append(NewReference(len(made) + 1, len(made) + 1, read_reference(value).features))
    return made


def scanned(of: list[NewReference], dead: set[int], descriptors: np.ndarray, count: int) -> Plain:
    """Look at every row of every probed list, bit by bit."""
    live = [each for each in of if each.item_id not in dead]
    bits = np.concatenate([each.features.descriptors for each in live])
    items = np.repeat([each.item_id for each in live], [len(each.features.descriptors) for each in live])
    places = np.concatenate([np.arange(len(each.features.descriptors)) for each in live])
    lists, (_, probed) = nearest_list(np.ascontiguousarray(bits)), lists_to_probe(descriptors, rows=len(bits))
    found: Plain = []
    for seed, descriptor in enumerate(descriptors):
        distances = np.bitwise_count(bits ^ descriptor).sum(axis=1, dtype=np.int64)
        near = np.flatnonzero((distances <= NEAR_DESCRIPTOR_BITS) & np.isin(lists, probed[seed]))
        found += sorted((seed, int(distances[row]), int(items[row]), int(places[row])) for row in near)[:count]
    return found


def plain(near: NearRows) -> Plain:
    """Return near rows as plain numbers, in the order they came."""
    return list(zip(near.seeds.tolist(), near.bits.tolist(), near.item_ids.tolist(), near.places.tolist(), strict=True))


def asked(parts: list[LocalPart], dead: np.ndarray, descriptors: np.ndarray, count: int) -> NearRows:
    """Ask a bank of these parts."""
    return nearest_rows(parts, dead, descriptors, count, bank_rows=live_rows(parts, dead))


def parted(of: list[NewReference], sizes: list[int]) -> list[LocalPart]:
    """Build parts of so many references each, the last of all others."""
    cuts = np.cumsum([0, *sizes, len(of)])
    return [LocalPart.build(of[a:b]) for a, b in zip(cuts, np.minimum(cuts[1:], len(of)), strict=False) if b > a]


@pytest.mark.parametrize("count", [1, 3, 12])
@pytest.mark.parametrize("copies", [1, 30])
@pytest.mark.parametrize("removed", [0, 25])
def test_rows_are_those_a_scan_finds_equals_in_order(count: int, copies: int, removed: int) -> None:
    """A picture uploaded often has more equally near rows than count: which ones do must not be chance."""
    of = references(60 // copies + 1, copies=copies)
    descriptors = np.concatenate([Pictures(3).query().descriptors, of[0].features.descriptors])
    dead = np.random.default_rng(1).choice(len(of), removed, replace=False) + 1
    expected = scanned(of, set(dead.tolist()), descriptors, count)
    assert len(expected) > len(descriptors) // 4
    for sizes in ([len(of)], [7, 20], [1, 2, 3, 30]):
        found = asked(parted(of, sizes), np.sort(dead).astype(np.int64), descriptors, count)
        assert plain(found) == expected


def test_what_was_removed_takes_no_place_of_what_is_live() -> None:
    """Before and after it is merged away, an answer is the same."""
    of = references(10, copies=4)
    dead = np.arange(1, 21)
    descriptors = of[0].features.descriptors
    kept = [each for each in of if each.item_id > 20]
    assert plain(asked([LocalPart.build(of)], dead, descriptors, 3)) == plain(
        asked([LocalPart.build(kept)], NONE, descriptors, 3)
    )
    assert live_rows([LocalPart.build(of)], dead) == live_rows([LocalPart.build(kept)], NONE)


def test_parts_of_an_earlier_version_whose_references_are_in_another_order_answer_the_same() -> None:
    """They are open until they are merged."""
    of = references(3, copies=20)
    descriptors = of[0].features.descriptors
    ordered = LocalPart.build(of)
    shuffled = LocalPart.build(of)
    shuffled.references["item_id"] = shuffled.references["item_id"][::-1].copy()
    mixed = LocalPart(shuffled.references, shuffled.points, shuffled.lists)
    assert (ordered.ascending, mixed.ascending) == (True, False)
    merged = LocalPart.merged([mixed], NONE)
    assert merged.ascending
    for dead in (NONE, np.array([3, 17])):
        before, after = (asked([part], dead, descriptors, 3) for part in (mixed, merged))
        assert plain(before) == plain(after)
        assert (before.points == after.points).all()
        assert mixed.rows_of(dead) == merged.rows_of(dead)


def test_two_phases_over_several_places_are_one_search_over_all() -> None:
    """Each place knows its own rows, and no place all of them."""
    of = references(30, copies=2)
    descriptors = Pictures(3).query().descriptors
    places = [[LocalPart.build(of[first::3])] for first in range(3)]
    rows = sum(live_rows(parts, NONE) for parts in places)
    near = [nearest_rows(parts, NONE, descriptors, 3, bank_rows=rows) for parts in places]
    limits = kth_of([each.distances(len(descriptors), 3) for each in near])
    handed_out = [each.within(limits) for each in near]
    whole = asked([LocalPart.build(of)], NONE, descriptors, 3)
    assert plain(NearRows.joined(handed_out, 3)) == plain(whole)
    assert sum(map(len, handed_out)) < sum(map(len, near))


def test_nothing_to_look_in_is_nothing_found() -> None:
    """An empty place of several must not be an error."""
    empty = nearest_rows([], NONE, np.zeros((2, 32), np.uint8), 3, bank_rows=0)
    assert (len(empty), empty.distances(2, 3).tolist()) == (0, [[73] * 3] * 2)
    assert kth_of([empty.distances(2, 3)]).tolist() == [72, 72]
