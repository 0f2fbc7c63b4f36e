"""
What casework asks the index: which banked or seen media may be the same as what is asked.

Invariant: what is found says for which state of the index it is exact (`version`): a handler can bring it up to date.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from casework.domain.media import Collection
from matcher.local.alignment import Pairs
from matcher.local.views import Form
from matcher.signals.local import QueryFeatures

Codes = npt.NDArray[np.uint8]
"""Packed hashes: uint8, shape (n, bits // 8), most significant bit first."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One item near one of the question's values, inclusive of the search radius."""

    item_id: int
    signal_type: str
    distance: int


@dataclass(frozen=True, slots=True)
class Candidates:
    """
    What the index found.

    Args:
        version: The collection's version the answer is exact for.

        found: Each item once for each signal type, at its smallest distance.
    """

    version: int
    found: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class NearItems:
    """
    What the index found, without saying how near.

    Args:
        version: The collection's version the answer is exact for.

        item_ids: One set a question, in their order.
    """

    version: int
    item_ids: tuple[frozenset[int], ...]

    def of_any(self) -> frozenset[int]:
        """Return what is near any of the questions."""
        return frozenset().union(*self.item_ids)


@dataclass(frozen=True, slots=True, eq=False)
class Suspect:
    """
    A reference whose picture may be seen in another, whole or in part.

    Args:
        item_id: Its `local/1` item.

        form: The form of the question in which keypoints match.

        score: How many votes agree; chance gives about 1.

        pairs: int32, shape (n, 2): rows of the question's keypoints and of the reference's that are near.
    """

    item_id: int
    form: Form
    score: float
    pairs: Pairs


@dataclass(frozen=True, slots=True, eq=False)
class Suspects:
    """
    What the local features' index found.

    Args:
        version: The collection's version it was asked at.

        found: Most suspicious first; one item may come in several forms.
    """

    version: int
    found: tuple[Suspect, ...]


class CandidateSearch(Protocol):
    """
    Which known items are near this? Knows all that was committed before the call; exact as far as hashes go.

    Each question raises `SearchAwayError` where what holds the collection does not answer: `uploads` may lie on other
    machines. What takedowns are matched by lies in this process and always answers.
    """

    def find(self, collection: Collection, questions: Sequence[Mapping[str, Codes]]) -> list[Candidates]:
        """
        Search several questions at once, all at one version.

        Args:
            collection: Where.

            questions: For each, by signal type, its values and their variants: uint8, shape (n, bits // 8). The radius
                is the signal type's own threshold.

        Returns:
            One answer a question, in order.
        """

    def near(self, collection: Collection, questions: Sequence[Mapping[str, Codes]]) -> NearItems:
        """Search as `find` does, and say which items are found, alone: much the cheaper where they are many."""

    def find_local(self, collection: Collection, features: QueryFeatures, *, limit: int) -> Suspects:
        """
        Rank the items whose picture may be seen in another; which of them is, is for the matcher to say.

        Args:
            collection: Where.

            features: Of the picture that is asked about.

            limit: How many at most.
        """
