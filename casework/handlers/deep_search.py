"""
Looking for parts: which references are seen in a picture, whole or in part, however it was changed.

    suspects   the index ranks references by keypoints that agree       `CandidateSearch.find_local`
    examined   each is aligned with the picture, and pixels compared    `matcher.local_evidence.examine`

Examining takes milliseconds a suspect, so it is done before a transaction begins and within a budget of time. Inside
the transaction `brought_up_to_date` examines what was banked meanwhile, so that no takedown slips through.

Invariant: findings are evidence alone; what they mean is for `matching.py` and the policy.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from casework.domain.media import Collection
from casework.ports import CandidateSearch, Suspect, UnitOfWork
from matcher.local_evidence import LocalEvidence, examine
from matcher.signals.local import LocalFeatures, QueryFeatures
from matcher.views import Form, View, view

SUSPECTS: Final = 12
"""References examined at most: a copy is nearly always first, a collage holds several."""

OutOfTime = Callable[[], bool]
"""Tells whether the time for a search is used up."""


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True, eq=False)
class DeepFindings:
    """
    What a deep search came to.

    Args:
        version: The `takedowns` version its suspects were named at.

        examined: By `local/1` item: where it is seen, or None where it is not.

        left: Suspects that time did not suffice for.
    """

    version: int
    examined: Mapping[int, LocalEvidence | None] = field(default_factory=dict)
    left: int = 0

    @property
    def seen(self) -> dict[int, LocalEvidence]:
        """What is seen, by item."""
        return {item_id: found for item_id, found in self.examined.items() if found is not None}


def search_deeply(
    features: QueryFeatures,
    uow: UnitOfWork,
    search: CandidateSearch,
    *,
    out_of_time: OutOfTime = _never,
    known: DeepFindings | None = None,
) -> DeepFindings:
    """
    Examine the references that may be seen in a picture, the most suspicious first.

    Args:
        features: Of the picture.

        uow: To read the references.

        search: Over the `takedowns` collection.

        out_of_time: Asked before each suspect.

        known: Findings of an earlier search for the same picture, which are taken over.
    """
    suspects = search.find_local(Collection.TAKEDOWNS, features, limit=SUSPECTS)
    examined = dict(known.examined) if known else {}
    left = known.left if known else 0
    fresh = [one for one in suspects.found if one.item_id not in examined]
    items = uow.index_log.items({one.item_id for one in fresh}) if fresh else {}
    views: dict[Form, View] = {}
    for place, suspect in enumerate(fresh):
        if out_of_time():
            left += len(fresh) - place
            break
        if suspect.item_id in items:
            reference = LocalFeatures.from_bytes(items[suspect.item_id].signal.value)
            _examine(features, views, suspect, reference, examined)
    return DeepFindings(version=suspects.version, examined=examined, left=left)


def brought_up_to_date(
    findings: DeepFindings | None, features: QueryFeatures | None, uow: UnitOfWork, search: CandidateSearch
) -> DeepFindings | None:
    """
    Examine what was banked since, inside the transaction that holds the counter of `takedowns`.

    Args:
        findings: As made before; None where no deep search was asked for.

        features: They were made with.

        uow: The transaction.

        search: Over the `takedowns` collection.
    """
    if findings is None or features is None or findings.version == uow.index_log.version(Collection.TAKEDOWNS):
        return findings
    return search_deeply(features, uow, search, known=findings)


def _examine(
    features: QueryFeatures,
    views: dict[Form, View],
    suspect: Suspect,
    reference: LocalFeatures,
    examined: dict[int, LocalEvidence | None],
) -> None:
    """Examine one suspect in one form; of several forms the surest stays."""
    if suspect.form not in views:
        views[suspect.form] = view(features, suspect.form)
    found, before = examine(features, views[suspect.form], reference, suspect.pairs), examined.get(suspect.item_id)
    if before is None or (found is not None and found.score > before.score):
        examined[suspect.item_id] = found
