"""
The rest of a deep search that ran out of time at registration: finished in the background, and announced if
it changes the verdict.

    claim   (a transaction)              a worker takes the oldest
    search  (reads, asks the index)      `deep_search.search_deeply`, without a budget
    finish  (a transaction)              matches, a stricter verdict, cases, events for downstream

Invariant: what is left to do is written in the registration's transaction and forgotten in the one that finishes it,
so a worker that is killed is followed by another. A verdict only becomes stricter here.
"""

from dataclasses import replace
from datetime import timedelta

from casework.domain.actor import policy_actor
from casework.domain.errors import LeaseLostError
from casework.domain.takedowns.upload import Match, UnfinishedSearch, Upload
from casework.domain.work.lease import Lease
from casework.policy import POLICY_VERSION
from casework.policy.automation.flood import DEFAULT_FLOOD, FloodLimits
from casework.ports.search import CandidateSearch
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.finding.deep_search import DeepFindings, with_newer_references
from casework.steps.finding.judging import Judged
from casework.steps.finding.matching import Question, answer
from casework.steps.journal import record
from casework.steps.judging_anew.flood import note_spread
from casework.steps.lock_takedowns import lock_takedowns
from casework.steps.uploads.copies import UNFINISHED, note_copy
from matcher.hashing.query import Query


def claim_unfinished(uow: UnitOfWork, *, lease: timedelta) -> UnfinishedSearch | None:
    """Take the oldest search no worker has; None if there is none."""
    due = uow.unfinished.next_due(uow.now)
    if due is None:
        return None
    return uow.unfinished.claim(due, Lease.begin(uow.now, until=uow.now + lease))


def finish_search(
    unfinished: UnfinishedSearch,
    query: Query,
    findings: DeepFindings | None,
    uow: UnitOfWork,
    search: CandidateSearch,
    *,
    flood: FloodLimits = DEFAULT_FLOOD,
) -> int:
    """
    Write down what the rest of a search found.

    Args:
        unfinished: The search, as it was claimed.

        query: What was asked.

        findings: Of a search without a budget; None if nothing is left to ask with.

        uow: The transaction.

        search: Over the `takedowns` collection.

        flood: How many people a takedown may match before it goes into quarantine.

    Returns:
        How many matches are new, or surer than before.

    Raises:
        LeaseLostError: If another worker took it over.
    """
    lock_takedowns(uow)
    if not uow.unfinished.remove(unfinished):
        message = f"the search of upload {unfinished.upload_id} was taken over by another worker"
        raise LeaseLostError(message)
    upload = uow.uploads.get(unfinished.upload_id, lock=True)
    deep = with_newer_references(findings, query, uow, search)
    found = answer([Question(query, uploader_id=upload.uploader_id, deep=deep)], uow, search)[0]
    known = {match.takedown_id: match for match in uow.matches.of_upload(upload.id)}
    changed = [one for one in found.judged if _is_new_or_stricter(one, known.get(one.match.takedown_id))]
    for one in changed:
        note_copy(uow.uploads.get(upload.id), one, uow, again=one.match.takedown_id in known)
    note_spread(changed, uow, flood)
    _remove_note(uow.uploads.get(upload.id), uow)
    record(uow, policy_actor(POLICY_VERSION), "upload:search:finished", upload.id, matches=len(changed))
    return len(changed)


def _is_new_or_stricter(judged: Judged, known: Match | None) -> bool:
    if known is None:
        return True
    if known.confirmed_by is not None or known.dismissed_by is not None:
        return False  # a person looked
    return judged.result.verdict > known.verdict


def _remove_note(upload: Upload, uow: UnitOfWork) -> None:
    """Take the sentence about an unfinished search off the upload's case."""
    if upload.case_id is None:
        return
    case = uow.cases.get(upload.case_id)
    if case.note is not None and UNFINISHED in case.note:
        uow.cases.update(replace(case, note=case.note.replace(UNFINISHED, "").strip()))
