"""The delta grows; its views do not."""

import numpy as np
import pytest

from index.base import Codes, Hits
from index.changes import Add, Remove
from index.hashes.kind import DROP_AFTER_REMOVED, HashKind
from index.hashes.rows import HashRows
from index.hashes.scan import scan
from index.storage.delta import Delta, DeltaView
from tests.index.oracle import Log, as_found, random_codes, seeded_log


def grown(*changes) -> Delta:
    """Return a delta with these changes."""
    delta = Delta(HashKind())
    delta.append(changes)
    return delta


def search(view: DeltaView[HashRows], queries: Codes, radius: int) -> Hits:
    """Look through what was added, as a searcher does before it leaves out what was removed."""
    (rows,) = view.rows("pdq/1")
    return scan(*rows, queries, radius)


def test_a_view_does_not_see_what_comes_later():
    """Readers take no lock; a length and a version are all that protects them."""
    delta = grown(Add(1, 10, "pdq/1", bytes(32)))
    view = delta.view()
    delta.append([Remove(2, 10, "pdq/1"), Add(3, 11, "pdq/1", bytes(32))])
    assert search(view, np.zeros((1, 32), np.uint8), 0).item_ids.tolist() == [10]
    gone = view.is_removed("pdq/1", np.array([10]))
    assert gone is None or gone.tolist() == [False]
    assert view.removed_ids("pdq/1").tolist() == []
    assert (view.version, delta.view().version) == (1, 3)
    assert delta.view().removed_ids("pdq/1").tolist() == [10]


@pytest.mark.parametrize("count", [0, 1, 63, 64, 65, 1000])
def test_views_stay_right_while_buffers_double(count):
    """A buffer that moves under a reader would give it half a row."""
    log = seeded_log(count, count, removals=0)
    delta, views = Delta(HashKind()), []
    for change in log.changes:
        delta.append([change])
        if len(views) < 100:
            views.append(delta.view())
    queries = random_codes(np.random.default_rng(0), 1)
    for view in [*views, delta.view()]:
        ((codes, item_ids),) = view.rows("pdq/1") or [(np.empty((0, 32), np.uint8), np.empty(0, np.int64))]
        assert item_ids.tolist() == list(range(1, view.version + 1))
        assert [bytes(code) for code in codes] == [add.value for add in log.changes[: view.version]]
        assert not view.version or len(search(view, queries, 256).item_ids) == view.version


@pytest.mark.parametrize("seq", [0, 1, 50, 125, 126, 200])
def test_after_keeps_exactly_what_is_later(seq):
    """What was sealed must leave memory, and nothing else may."""
    log = seeded_log(1, 100)
    assert len(log) == 126
    delta = Delta(HashKind())
    delta.append(log.changes)
    rest = delta.after(seq)
    later = log.after(seq)
    view = rest.view()
    assert (rest.base_seq, rest.version) == (seq, max(seq, len(log)))
    assert view.item_ids("pdq/1").tolist() == [change.item_id for change in later if isinstance(change, Add)]
    before = {change.item_id for change in log.changes[:seq] if isinstance(change, Remove)}
    removed = {change.item_id for change in later if isinstance(change, Remove)}
    assert view.removed_ids("pdq/1").tolist() == sorted(removed - before)


def test_both_halves_grow_on_after_a_split():
    """The view before a seal is still searched while the delta after it takes new changes."""
    log = seeded_log(2, 100)
    delta = Delta(HashKind())
    delta.append(log.changes[:80])
    before = delta.view()
    rest = delta.after(60)
    rest.append(log.after(80))
    queries = np.array([np.frombuffer(add.value, np.uint8) for add in log.changes if isinstance(add, Add)][:5])
    rows = [change for change in log.changes[:80] if isinstance(change, Add)]
    everything = Log(tuple(Add(seq, add.item_id, add.signal_type, add.value) for seq, add in enumerate(rows, start=1)))
    hits = sorted(as_found(search(before, queries, 40)))
    assert hits == everything.find(len(rows), "pdq/1", queries, 40)
    assert rest.view().version == len(log)


def test_a_removal_is_known_from_its_first_row_on():
    """A repeated withdrawal must not make an older view forget the first."""
    delta = grown(Add(1, 10, "pdq/1", bytes(32)), Remove(2, 10, "pdq/1"))
    view = delta.view()
    delta.append([Remove(3, 10, "pdq/1")])
    gone = view.is_removed("pdq/1", np.array([10, 11]))
    assert gone is not None
    assert gone.tolist() == [True, False]


def test_removed_rows_leave_memory_once_they_are_half_of_all():
    """Takedowns that are taken back all day would fill memory until the next seal, and be searched meanwhile."""
    codes = random_codes(np.random.default_rng(0), DROP_AFTER_REMOVED + 10)
    delta = grown(*[Add(seq, seq, "pdq/1", code.tobytes()) for seq, code in enumerate(codes, start=1)])
    before, begun = delta.view(), len(codes)
    delta.append([Remove(begun + item, item, "pdq/1") for item in range(1, DROP_AFTER_REMOVED)])
    assert delta.view().row_count == begun
    delta.append([Remove(begun + DROP_AFTER_REMOVED, DROP_AFTER_REMOVED, "pdq/1")])
    after, gone = delta.view(), list(range(1, DROP_AFTER_REMOVED + 1))
    assert after.item_ids("pdq/1").tolist() == list(range(DROP_AFTER_REMOVED + 1, begun + 1))
    assert search(after, codes[-1:], 0).item_ids.tolist() == [begun]
    assert (after.removed_ids("pdq/1").tolist(), after.removed_elsewhere("pdq/1").tolist()) == (gone, [])
    assert search(before, codes[:1], 0).item_ids.tolist() == [1]
    assert before.removed_ids("pdq/1").tolist() == []


def test_few_removed_among_many_rows_are_not_looked_for_again_and_again():
    """Rows are copied when half of them go, so that each is copied a few times at most, however many there are."""
    codes = random_codes(np.random.default_rng(0), 4 * DROP_AFTER_REMOVED)
    delta = grown(*[Add(seq, seq, "pdq/1", code.tobytes()) for seq, code in enumerate(codes, start=1)])
    copies, rows = 0, delta.view().row_count
    for item in range(1, len(codes) + 1):
        delta.append([Remove(len(codes) + item, item, "pdq/1")])
        copies, rows = copies + (delta.view().row_count < rows), delta.view().row_count
    assert 1 <= copies <= 3
    assert rows <= DROP_AFTER_REMOVED


def test_a_dropped_item_that_lies_in_a_segment_gets_its_tombstone():
    """A process that lags behind may seal a segment that ends between an addition and its removal."""
    delta = grown(*[Add(seq, seq, "pdq/1", bytes(32)) for seq in range(1, DROP_AFTER_REMOVED + 1)])
    delta.append([Remove(DROP_AFTER_REMOVED + item, item, "pdq/1") for item in range(1, DROP_AFTER_REMOVED + 1)])
    assert delta.view().row_count == 0
    rest = delta.after(100)
    assert rest.view().removed_elsewhere("pdq/1").tolist()[:100] == list(range(1, 101))
    assert rest.view().is_removed("pdq/1", np.array([100])) is not None
