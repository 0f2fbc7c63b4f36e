"""Reinstating many uploads: a worker lets them go, batch by batch, and nothing is lost with it."""

from datetime import timedelta

import pytest

from casework.domain.errors import LeaseLostError
from casework.domain.takedowns.sweep import SweepKind, SweepState
from casework.handlers.standing.reinstate import reinstate_batch, uploads_left
from casework.handlers.standing.reverse import WithdrawTakedown, withdraw_takedown
from casework.steps.sweeps import claim_sweep, give_back_sweep
from casework.steps.taking_back.reinstate import REINSTATED_AT_ONCE
from tests.casework.handlers.conftest import MODERATOR, Desk, picture

LEASE = timedelta(seconds=20)
MANY = REINSTATED_AT_ONCE + 5


@pytest.fixture
def blocked(desk: Desk) -> list[str]:
    """Block many copies of a picture, and take its takedown back."""
    takedown = desk.take_down(1).takedown_id
    desk.record.sweeps.rows.clear()  # the look-back, which has nothing to find
    uploads = [desk.upload(f"u{number}", picture(1, file=number)).upload for number in range(MANY)]
    withdraw_takedown(WithdrawTakedown(takedown, MODERATOR, "asked for"), desk.record)
    return sorted(one.id for one in uploads)


def verdicts(desk: Desk) -> list[str]:
    """Return the verdict of each upload, by its id."""
    return [one.verdict.value for _, one in sorted(desk.record.uploads.rows.items())]


def test_many_uploads_are_left_to_a_worker(desk: Desk, blocked: list[str]) -> None:
    """A reversal must not hold up every other decision while ten thousand uploads are written."""
    sweep = next(iter(desk.record.sweeps.rows.values()))
    assert (sweep.kind, sweep.candidates) == (SweepKind.REINSTATE, MANY)
    assert uploads_left(sweep, desk.record) == blocked
    assert verdicts(desk) == ["block"] * MANY


def test_each_batch_lets_its_uploads_go_and_notes_how_far_it_came(desk: Desk, blocked: list[str]) -> None:
    """Whoever comes after goes on there."""
    sweep = claim_sweep(desk.record, lease=LEASE)
    sweep = reinstate_batch(sweep, blocked[:20], desk.record, is_last=False, lease=LEASE)
    assert (sweep.checked, sweep.after, sweep.state) == (20, blocked[19], SweepState.RUNNING)
    assert verdicts(desk) == ["allow"] * 20 + ["block"] * (MANY - 20)
    assert uploads_left(sweep, desk.record) == blocked[20:]


def test_last_batch_ends_the_sweep(desk: Desk, blocked: list[str]) -> None:
    """The operator sees that everything came back, and downstream heard of each."""
    sweep = claim_sweep(desk.record, lease=LEASE)
    sweep = reinstate_batch(sweep, blocked, desk.record, is_last=True, lease=LEASE)
    assert (sweep.state, sweep.finished_at, sweep.lease) == (SweepState.DONE, desk.record.now, None)
    assert desk.told().count("upload.reinstated") == MANY


def test_sweep_is_one_workers_until_its_lease_runs_out(desk: Desk, blocked: list[str]) -> None:
    """Two workers at once would tell downstream twice."""
    assert claim_sweep(desk.record, lease=LEASE) is not None
    assert claim_sweep(desk.record, lease=LEASE) is None
    desk.record.clock.moment += LEASE
    assert claim_sweep(desk.record, lease=LEASE) is not None


def test_worker_that_was_too_slow_writes_nothing(desk: Desk, blocked: list[str]) -> None:
    """Its successor has gone on meanwhile."""
    slow = claim_sweep(desk.record, lease=LEASE)
    desk.record.clock.moment += LEASE
    claim_sweep(desk.record, lease=LEASE)
    with pytest.raises(LeaseLostError, match=slow.id):
        reinstate_batch(slow, blocked, desk.record, is_last=True, lease=LEASE)


def test_sweep_that_is_given_back_can_be_taken_at_once(desk: Desk, blocked: list[str]) -> None:
    """A server that is restarted does not hold up what it had begun."""
    sweep = claim_sweep(desk.record, lease=LEASE)
    give_back_sweep(sweep, desk.record)
    assert claim_sweep(desk.record, lease=LEASE).id == sweep.id
