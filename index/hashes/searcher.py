"""
A fixed view of one collection: segments ∪ delta − tombstones, stamped with one version.

Invariant: never mutated in place; the collection swaps the whole view. A view answers the same for ever, whatever is
applied, sealed, merged or deleted after it was taken, and its answer is that of a brute-force scan at its version.
"""

from dataclasses import dataclass

from index.base import Backend, Codes, Hits
from index.checks import check_codes, check_radius, code_bytes
from index.hashes.hits import NO_HITS, joined, ordered, selected
from index.hashes.rows import HashRows
from index.hashes.tables.few import scan_few
from index.storage.delta import DeltaView
from index.storage.segment import Segment
from index.storage.tombstones import Tombstones


@dataclass(frozen=True, slots=True, eq=False)
class HashSearcher:
    """
    The view that `Collection.searcher` returns for hashes; safe from any thread.

    Args:
        segments: Sealed hashes.

        delta: Hashes and removals since.

        tombstones: Items of the segments that were removed before they were sealed.
    """

    segments: tuple[Segment[Backend], ...]
    delta: DeltaView[HashRows]
    tombstones: Tombstones

    @property
    def version(self) -> int:
        """The `seq` of the last change this view contains."""
        return self.delta.version

    def search(self, signal_type: str, queries: Codes, radius: int, *, k: int | None = None) -> Hits:
        """
        Find the items of one signal type within `radius` bits (inclusive) of each query.

        Args:
            signal_type: With its version: ``"pdq/1"``. One that nothing was ever added for gives no hits.

            queries: uint8, shape (n, bits // 8).

            radius: Bits, 0..the width of the type, inclusive.

            k: Keep only the nearest k of each query (ties broken by item id); None keeps all.

        Returns:
            Ordered by query, distance, item id.

        Raises:
            SignalTypeError, WidthMismatchError, RadiusError: If an argument is none of these.
        """
        width = code_bytes(signal_type)
        check_codes(queries, width=width)
        check_radius(radius, k, width=width)
        parts = [segment.parts[signal_type] for segment in self.segments if signal_type in segment.parts]
        found = [part.search(queries, radius) for part in parts]
        found += [scan_few(*rows, queries, radius) for rows in self.delta.rows(signal_type)]
        if not any(len(each.item_ids) for each in found):
            return NO_HITS
        return ordered(self._without_removed(signal_type, joined(found)), k)

    def _without_removed(self, signal_type: str, hits: Hits) -> Hits:
        if len(hits.item_ids) == 0:
            return hits
        # Before the segments were sealed, and since.
        for removed in (self.tombstones.contain, self.delta.is_removed):
            mask = removed(signal_type, hits.item_ids)
            if mask is not None and mask.any():
                hits = selected(hits, ~mask)
        return hits
