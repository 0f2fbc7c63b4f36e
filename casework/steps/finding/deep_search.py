"""
Looking for parts: which references are seen in a picture, whole or in part, however it was changed.

    suspects   the index ranks references by keypoints that agree       `CandidateSearch.find_local`
    examined   each is aligned with the picture, and pixels compared    `matcher.local.evidence.examine`

Examining takes milliseconds a suspect, so it is done before a transaction begins and within a budget of time. Inside
the transaction `with_newer_references` examines what was banked since, so that no takedown slips through.

Invariant: findings are evidence alone; what they mean is for `matching.py` and the policy.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from casework.domain.media import Collection, Item
from casework.ports.search import CandidateSearch, Suspect
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.finding.common_parts import common_blocks
from matcher.hashing.query import Query
from matcher.local.evidence import LocalEvidence, examine
from matcher.local.views import Form, View, view
from matcher.signals.local import LocalFeatures, QueryFeatures, readings

SUSPECTS: Final = 12
"""References examined of a picture at most: a copy is nearly always first, a collage holds several."""

SUSPECTS_OF_ALL: Final = 192
"""The same of all scenes of a video together: of many each has fewer, and its neighbours show much the same."""

UPLOAD_SUSPECTS: Final = 5_000
"""Earlier uploads at most that are compared because parts of them look like a reference; hashes find any number."""

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

        examined: By part of the query (`Query.parts`; behind them the picture as it is read again) and `local/1` item:
            where it is seen, or None where it is not.

        left: Suspects that time did not suffice for, by the same.

        unknown: Suspects that are not in the record: removed since, or not yet in a copy that is older than it.
    """

    version: int
    examined: Mapping[tuple[int, int], LocalEvidence | None] = field(default_factory=dict)
    left: frozenset[tuple[int, int]] = frozenset()
    unknown: int = 0

    @property
    def seen(self) -> dict[int, list[tuple[int, LocalEvidence]]]:
        """By item, each part of the query in which it is seen."""
        found: dict[int, list[tuple[int, LocalEvidence]]] = {}
        for (part, item_id), evidence in self.examined.items():
            if evidence is not None:
                found.setdefault(item_id, []).append((part, evidence))
        return found


def search_deeply(
    query: Query,
    uow: UnitOfWork,
    search: CandidateSearch,
    *,
    out_of_time: OutOfTime = _never,
    known: DeepFindings | None = None,
) -> DeepFindings:
    """
    Examine the references that may be seen in a picture or in scenes of a video, the most suspicious first.

    Args:
        query: With its parts.

        uow: To read the references.

        search: Over the `takedowns` collection.

        out_of_time: Asked before each suspect.

        known: Findings of an earlier search for the same query, which are taken over.
    """
    parts = query.parts if query.features is None else (*query.parts, *readings(query.features)[1:])
    limit = min(SUSPECTS, SUSPECTS_OF_ALL // max(len(parts), 1))
    suspects = [search.find_local(Collection.TAKEDOWNS, part, limit=limit) for part in parts]
    examined = dict(known.examined) if known else {}
    left = set(known.left) if known else set()
    settled = examined.keys() | left
    fresh = [
        (part, [one for one in named.found if (part, one.item_id) not in settled])
        for part, named in enumerate(suspects)
    ]
    items = uow.index_log.items({one.item_id for _, named in fresh for one in named})
    references = _references(items, uow)
    for part, named in fresh:
        views: dict[Form, View] = {}
        for place, suspect in enumerate(named):
            if out_of_time():
                left |= {(part, one.item_id) for one in named[place:]}
                break
            if suspect.item_id in references:
                key, reference = (part, suspect.item_id), references[suspect.item_id]
                found = _examined(parts[part], views, suspect, reference)
                examined[key] = _surer(examined.get(key), found)
    return DeepFindings(
        version=min(one.version for one in suspects),
        examined=examined,
        left=frozenset(left),
        unknown=sum(one.item_id not in references for _, named in fresh for one in named),
    )


def votes_in_uploads(parts: Iterable[QueryFeatures], search: CandidateSearch) -> dict[int, float]:
    """
    Name the registered uploads' items in which parts of a reference may be seen, however they were changed.

    Args:
        parts: Of the reference: one for a picture, several for the scenes of a video.

        search: Over the `uploads` collection.

    Returns:
        By item, how many votes agree: `SUSPICIOUS_VOTES` are worth a comparison, `LIKELY_VOTES` are a copy's.
    """
    votes: dict[int, float] = {}
    for features in parts:
        for suspect in search.find_local(Collection.UPLOADS, features, limit=UPLOAD_SUSPECTS).found:
            votes[suspect.item_id] = max(suspect.score, votes.get(suspect.item_id, 0.0))
    return votes


def with_newer_references(
    findings: DeepFindings | None, query: Query, uow: UnitOfWork, search: CandidateSearch
) -> DeepFindings | None:
    """
    Examine what was banked since, inside the transaction that holds the counter of `takedowns`.

    Args:
        findings: As made before; None where no deep search was asked for.

        query: They were made with.

        uow: The transaction.

        search: Over the `takedowns` collection.
    """
    if findings is None or findings.version == uow.index_log.version(Collection.TAKEDOWNS):
        return findings
    return search_deeply(query, uow, search, known=findings)


def _references(items: Mapping[int, Item], uow: UnitOfWork) -> dict[int, LocalFeatures]:
    """Read references, and which parts of them are common."""
    learned = uow.common_parts.of({item.media_id for item in items.values()})
    found = {item_id: LocalFeatures.from_bytes(item.signal.value) for item_id, item in items.items()}
    return {
        item_id: replace(one, common=common_blocks(one, learned.get(items[item_id].media_id, ())))
        for item_id, one in found.items()
    }


def _examined(
    features: QueryFeatures, views: dict[Form, View], suspect: Suspect, reference: LocalFeatures
) -> LocalEvidence | None:
    if suspect.form not in views:
        views[suspect.form] = view(features, suspect.form)
    return examine(features, views[suspect.form], reference, suspect.pairs)


def _surer(before: LocalEvidence | None, found: LocalEvidence | None) -> LocalEvidence | None:
    """Of what a suspect looks like in several forms, keep the surest."""
    if before is None or found is None:
        return found if before is None else before
    return max(before, found, key=lambda one: one.score)
