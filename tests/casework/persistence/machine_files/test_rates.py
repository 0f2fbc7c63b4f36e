"""Counters shared by the processes of a machine: exact for all of them together, and never in the way."""

import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import structlog

from casework.persistence.machine_files.rates import Rate, SharedRates, Tries

FIVE_A_MINUTE = Rate(count=5, per_s=60.0)
ROOT = Path(__file__).parents[4]


class Time:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.s = 1_000_000.0

    def __call__(self) -> float:
        """Return what it is."""
        return self.s


@pytest.fixture
def now() -> Time:
    """Stop the time."""
    return Time()


@pytest.fixture
def rates(tmp_path: Path, now: Time) -> SharedRates:
    """Open counters in an empty folder."""
    return SharedRates(tmp_path / "rates.db", now=now)


def taken(rates: SharedRates, count: int, name: str = "a") -> list[float]:
    """Take so many at once; return how long each would have to wait."""
    return [round(rates.take(name, FIVE_A_MINUTE), 3) for _ in range(count)]


def test_as_many_as_allowed_pass_and_the_next_is_told_when(rates: SharedRates, now: Time) -> None:
    """Who waits as long as was said is let in then, and not a moment before."""
    assert taken(rates, 7) == [0, 0, 0, 0, 0, 12, 12]
    now.s += 11.9
    assert taken(rates, 1) == [0.1]
    now.s += 0.1
    assert taken(rates, 2) == [0, 12]
    now.s += 600
    assert taken(rates, 6) == [0, 0, 0, 0, 0, 12]


def test_names_are_counted_apart(rates: SharedRates) -> None:
    """One greedy client must not use up what is another's."""
    taken(rates, 9)
    assert taken(rates, 1, name="b") == [0]


def test_a_clock_that_was_put_back_locks_nobody_out(rates: SharedRates, now: Time) -> None:
    """A moment that no allowance can have counts for nothing."""
    taken(rates, 9)
    now.s -= 1_000_000
    assert taken(rates, 6) == [0, 0, 0, 0, 0, 12]


def test_threads_together_take_what_is_there(rates: SharedRates) -> None:
    """Requests come in parallel."""
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: rates.take("a", FIVE_A_MINUTE), range(40)))
    assert waits.count(0.0) == 5


def test_whoever_waited_for_the_file_takes_no_allowance_of_its_own(rates: SharedRates, now: Time) -> None:
    """Its moment is of before those it waited for, so their row is ahead of what it may have: no clock was put back."""
    assert taken(rates, 5) == [0, 0, 0, 0, 0]
    now.s -= 0.25
    assert all(wait_s > 0 for wait_s in taken(rates, 6))


def test_whoever_waited_for_the_file_forgets_no_tries(rates: SharedRates, now: Time) -> None:
    """A guesser who asks with many connections at once would begin anew with each."""
    assert [rates.tried("x", secret, window_s=600).count for secret in (b"a", b"b")] == [1, 2]
    now.s -= 0.25
    assert rates.tries_of("x", window_s=600) == Tries(2, 0.0)
    assert rates.tried("x", b"c", window_s=600) == Tries(3, 0.0)


def test_processes_together_take_what_is_there(tmp_path: Path) -> None:
    """A limit for each process would be as many limits as processes."""
    program = (
        "import sys, pathlib; from casework.persistence.machine_files.rates import Rate, SharedRates\n"
        "rates = SharedRates(pathlib.Path(sys.argv[1]))\n"
        "print(sum(rates.take('a', Rate(50, 3600.0)) == 0 for _ in range(100)))\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "rates.db")]
    running = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert sum(int(one.communicate(timeout=60)[0]) for one in running) == 50


def test_only_new_secrets_are_tries(rates: SharedRates, now: Time) -> None:
    """A program that goes on with a key of before is misconfigured; who tries another each time is guessing."""
    secrets = [b"a", b"a", b"b", b"b", b"a"]
    assert [rates.tried("x", one, window_s=600).count for one in secrets] == [1, 1, 2, 2, 3]
    now.s += 5
    assert rates.tried("x", b"a", window_s=600) == Tries(3, 5)
    assert rates.tried("y", b"a", window_s=600) == Tries(1, 0)
    now.s += 600
    assert rates.tried("x", b"c", window_s=600) == Tries(1, 0)


def test_what_is_past_leaves_no_row(rates: SharedRates, now: Time, tmp_path: Path) -> None:
    """An attacker of many addresses must not fill the disk, and addresses are people's."""
    taken(rates, 9, name="an address")
    rates.tried("an address", b"secret", window_s=600)
    now.s += 601
    rates.forget_past(window_s=600)
    rates.close()
    assert b"an address" not in (tmp_path / "rates.db").read_bytes()


def test_file_is_its_owners_alone(rates: SharedRates, tmp_path: Path) -> None:
    """It says who asked, and when."""
    taken(rates, 1)
    assert {stat.S_IMODE(one.stat().st_mode) for one in tmp_path.iterdir()} == {0o600}


def test_counters_that_cannot_be_kept_allow_everything_and_say_so(tmp_path: Path) -> None:
    """A full disk or a wrong mode must not lock out every pipeline; who operates it must hear of it, once."""
    rates = SharedRates(tmp_path / "no such folder" / "rates.db")
    with structlog.testing.capture_logs() as logs:
        assert taken(rates, 9) == [0] * 9
        assert rates.tried("x", b"a", window_s=600) == Tries(1, 0)
        rates.forget_past(window_s=600)
    assert [one["event"] for one in logs] == ["rates cannot be counted; everything is allowed"]


def test_damaged_file_is_begun_anew(tmp_path: Path) -> None:
    """It holds nothing that is missed."""
    (tmp_path / "rates.db").write_bytes(b"not a database" * 1000)
    rates = SharedRates(tmp_path / "rates.db")
    assert taken(rates, 9)[-1] > 0
