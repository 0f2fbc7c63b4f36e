"""What a look-back shows: its sweeps, how far they came, and the uploads it found, as they stand now."""

from collections.abc import Sequence

from api.schemas.propagation import LookbackHit, LookbackOut, LookbackState, LookbackSweep
from casework.domain.ids import UploadId
from casework.domain.takedowns.sweep import Sweep, SweepKind, SweepState
from casework.domain.takedowns.takedown import Takedown
from casework.domain.takedowns.upload import Match
from casework.ports.unit_of_work import UnitOfWork


def lookback_out(takedown: Takedown, uow: UnitOfWork, *, after: int, limit: int) -> LookbackOut:
    """Show how far the sweeps of a takedown are, with a page of what they found."""
    sweeps = uow.sweeps.of_takedown(takedown.id)
    found = uow.matches.found_by_lookback(takedown.id, after=after, limit=limit + 1)
    shown = found[:limit]
    return LookbackOut(
        takedown_id=takedown.id,
        state=_together(sweeps),
        candidates=sum(one.candidates for one in sweeps),
        checked=sum(one.checked for one in sweeps),
        hits=sum(one.hits for one in sweeps),
        cases=sum(one.cases for one in sweeps),
        sweeps=[_sweep(one) for one in sweeps],
        items=_hits([(upload_id, match) for _, upload_id, match in shown], uow),
        next=str(shown[-1][0]) if len(found) > limit else None,
    )


def _together(sweeps: Sequence[Sweep]) -> LookbackState | None:
    """Return the state of the last sweep to end, or of one that has not."""
    unfinished = [one for one in sweeps if one.state in (SweepState.PENDING, SweepState.RUNNING)]
    return next((_state(one) for one in [*unfinished, *reversed(sweeps)]), None)


def _state(sweep: Sweep) -> LookbackState:
    """Name a sweep's state; that of one that reinstates or judges anew has words of its own."""
    is_done = sweep.state is SweepState.DONE
    match sweep.kind:
        case SweepKind.SEARCH:
            return LookbackState(sweep.state.value)
        case SweepKind.REINSTATE:
            return LookbackState.RELEASED if is_done else LookbackState.RELEASING
        case SweepKind.REJUDGE:
            return LookbackState.REJUDGED if is_done else LookbackState.REJUDGING


def _sweep(sweep: Sweep) -> LookbackSweep:
    return LookbackSweep(
        id=sweep.id,
        decision_id=sweep.decision_id,
        state=_state(sweep),
        created_at=sweep.created_at,
        started_at=sweep.started_at,
        finished_at=sweep.finished_at,
        candidates=sweep.candidates,
        checked=sweep.checked,
        hits=sweep.hits,
        cases=sweep.cases,
    )


def _hits(found: Sequence[tuple[UploadId, Match]], uow: UnitOfWork) -> list[LookbackHit]:
    uploads = uow.uploads.many(upload_id for upload_id, _ in found)
    return [
        LookbackHit(
            upload=upload.id,
            upload_id=upload.platform_id,
            uploader_id=upload.uploader_id,
            case_id=upload.case_id,
            strength=match.strength.value,
            explanation=match.explanation,
            verdict=upload.verdict.value,
        )
        for upload, match in ((uploads[upload_id], match) for upload_id, match in found)
    ]
