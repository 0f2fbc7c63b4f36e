"""
A fixed view of a collection's local features: parts on disk, parts in memory, minus removed items, at one version.

Invariant: a view never changes, and the next is only newer. A removed item is never named again; only how well a copy
is ranked is approximate.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np

from index.base import ItemIds, LocalCandidate
from index.local.part import LocalPart
from index.local.votes import find_candidates
from matcher.signals.local import QueryFeatures


@dataclass(frozen=True, slots=True, eq=False)
class LocalSearcher:
    """
    The view that `Collection.searcher` returns for local features; safe from any thread.

    Args:
        version: The `seq` of the last change it contains.

        sealed: Parts on disk, in the order of the manifest.

        growing: Parts in memory, oldest first.

        dead: Removed items, sorted.
    """

    version: int = 0
    sealed: tuple[LocalPart, ...] = ()
    growing: tuple[LocalPart, ...] = ()
    dead: ItemIds = field(default_factory=lambda: np.empty(0, np.int64))

    @classmethod
    def joined(cls, views: Sequence[Self]) -> Self:
        """Put views of different items together: ranked as one; their version is the sum of theirs."""
        return cls(
            sum(view.version for view in views),
            tuple(part for view in views for part in view.sealed),
            tuple(part for view in views for part in view.growing),
            np.unique(np.concatenate([np.empty(0, np.int64), *(view.dead for view in views)])),
        )

    @property
    def parts(self) -> tuple[LocalPart, ...]:
        """All parts, on disk and in memory."""
        return self.sealed + self.growing

    def candidates(self, query: QueryFeatures, *, limit: int = 12) -> list[LocalCandidate]:
        """
        Name the references that may be in a picture, most suspicious first.

        Args:
            query: What is asked.

            limit: How many at most. One reference may come in several forms.
        """
        return find_candidates(self.parts, self.dead, query, limit=limit)

    def __len__(self) -> int:
        """Return the number of references that can be found."""
        return sum(int(np.count_nonzero(part.alive(self.dead))) for part in self.parts)
