"""
Deep searches: during the request for as long as its budget lasts; `background/finish.py` does the rest. And what a
decision would hit, for as long as that may take.

Keypoints are found in the sandbox's processes; the index and the comparison of pixels are compiled code that lets other
threads run. What the budget was too short for is kept with the upload, encrypted, until a worker has finished it.
"""

import time
from typing import Final

import numpy as np

from api.media.foreseen_lately import Basis, ForeseenLately
from api.service import Service
from casework.handlers.reports.converse import Answer, foresee_answer
from casework.handlers.reports.intake import FileReport, foresee_report, may_be_restricted
from casework.ports.search import CandidateSearch
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.finding.deep_search import DeepFindings, search_deeply
from casework.steps.finding.looking_ahead.foreseeing import Foreseen, foresee
from casework.steps.taking_down.restrict_at_once import Restricting
from index.local.part import LocalPart, NewReference
from index.local.searcher import LocalSearcher
from matcher.hashing.query import Query
from matcher.local.alignment import near_pairs
from matcher.local.evidence import examine
from matcher.local.views import view
from matcher.near_codes import near_codes
from matcher.signals.local import LocalFeatures, QueryFeatures, extract_query, extract_reference

_foreseen_lately: Final = ForeseenLately()


def warm_up() -> None:
    """
    Compile or load what a search for parts, of pictures or in time, runs, so that no request waits for it.

    Takes some seconds the first time on a machine and half a second after, by way of a small search.
    """
    noise = np.random.default_rng(1).integers(0, 256, (30, 40), dtype=np.uint8)
    picture = noise.repeat(4, axis=0).repeat(4, axis=1)
    asked, known = extract_query(picture), extract_reference(picture)
    stored = LocalFeatures.from_bytes(known.to_bytes())
    part = LocalPart.build([NewReference(item_id=1, seq=1, features=known)])
    near_codes(np.zeros((1, 32), np.uint8), np.zeros((1, 32), np.uint8), radius=1, most=1)
    for candidate in LocalSearcher(version=1, growing=(part,)).candidates(asked):
        # As they come from a file, and as they come from the record and the sandbox: Numba compiles for each.
        for one, other in ((asked, known), (asked, stored), (QueryFeatures.from_bytes(asked.to_bytes()), stored)):
            seen = view(one, candidate.form)
            examine(one, seen, other, candidate.pairs)
            near_pairs(seen, other)


def search_within_budget(service: Service, query: Query) -> DeepFindings | None:
    """
    Examine what may be seen in a picture, for as long as `STAYDOWN_DEEP_BUDGET_MS` allows.

    Returns:
        What was found; None where the query has no local features.
    """
    if not query.parts:
        return None
    with service.reading() as uow:
        return search_over(uow, service.replica, query, budget_ms=service.settings.deep_budget_ms)


def search_over(uow: UnitOfWork, search: CandidateSearch, query: Query, *, budget_ms: int) -> DeepFindings | None:
    """Examine what may be seen in a picture, over a record and a search that are open already."""
    if not query.parts:
        return None
    if query.scenes:  # what moves is waited for anyway: there is nothing to be gained by an answer that is not complete
        return search_deeply(query, uow, search)
    deadline = time.monotonic() + budget_ms / 1000
    return search_deeply(query, uow, search, out_of_time=lambda: time.monotonic() >= deadline)


def foresee_within_budget(service: Service, case_id: str) -> Foreseen:
    """
    Look ahead at what happens if a case is upheld, for as long as `STAYDOWN_BLAST_RADIUS_BUDGET_MS` allows.

    What was foreseen when the case was opened counts where nothing has changed since that it could depend on.

    Raises:
        NotFoundError: If there is no such case.
    """
    deadline = time.monotonic() + service.settings.blast_radius_budget_ms / 1000
    with service.reading() as uow:
        case = uow.cases.get(case_id)
        basis = Basis.of(case, uow)
        known = _foreseen_lately.find(basis)
        if known is not None:
            return known
        foreseen = foresee(case, uow, service.replica, out_of_time=lambda: time.monotonic() >= deadline)
    if foreseen.blast_radius.known:
        _foreseen_lately.keep(basis, foreseen)
    return foreseen


def restricting(service: Service, report: FileReport) -> Restricting:
    """
    Look ahead at what a report would hold at once, for as long as `STAYDOWN_BLAST_RADIUS_BUDGET_MS` allows.

    Raises:
        FactsError: If a stated fact is unknown or of the wrong type.
    """
    if not may_be_restricted(report, service.interim):
        return Restricting(service.replica, service.interim, service.limits)
    deadline = time.monotonic() + service.settings.blast_radius_budget_ms / 1000
    with service.reading() as uow:
        foreseen = foresee_report(
            report, uow, service.replica, service.interim, out_of_time=lambda: time.monotonic() >= deadline
        )
    return Restricting(service.replica, service.interim, service.limits, foreseen)


def restricting_answer(service: Service, answer: Answer) -> Restricting:
    """
    Look ahead at what an answer of a reporter would hold at once, within the same budget.

    Raises:
        FactsError: If a stated fact is unknown, of the wrong type, or not the reporter's to state.
    """
    deadline = time.monotonic() + service.settings.blast_radius_budget_ms / 1000
    with service.reading() as uow:
        foreseen = foresee_answer(
            answer, uow, service.replica, service.interim, out_of_time=lambda: time.monotonic() >= deadline
        )
    return Restricting(service.replica, service.interim, service.limits, foreseen)


def rest_of(service: Service, query: Query, findings: DeepFindings | None) -> bytes | None:
    """Return what the rest of a search needs, encrypted; None if there is no rest."""
    if findings is None or not findings.left or query.features is None:
        return None
    return query.features.to_bytes()
