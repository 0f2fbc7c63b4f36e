"""Who asks around one reference is noticed; a platform's own traffic is not."""

import random
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.security.probing import BORDERING, CLUSTERED, REFUSED, WINDOW, ProbeWatch
from casework.domain.ids import CaseId, MediaId, TakedownId
from casework.domain.takedowns.upload import Match
from casework.domain.verdict import Verdict
from casework.persistence.machine_files.rates import SharedRates
from matcher.comparing.hashes import HashEvidence
from matcher.hashing.query import Query
from matcher.signals.base import Signal
from matcher.strength import Strength

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TAKEDOWN = TakedownId("tkd_1")


class Clock:
    """What time it is, for whatever counts by it."""

    now = NOW

    def seconds(self) -> float:
        """Return it in seconds."""
        return self.now.timestamp()


@pytest.fixture
def clock() -> Clock:
    """Stand still."""
    return Clock()


@pytest.fixture
def rates(tmp_path: Path, clock: Clock) -> Iterator[SharedRates]:
    """Open what all processes of a data folder count in."""
    with closing(SharedRates(tmp_path / "rates.db", now=clock.seconds)) as opened:
        yield opened


@pytest.fixture
def watch(rates: SharedRates) -> ProbeWatch:
    """Watch nobody yet."""
    return ProbeWatch(rates)


def question(code: int) -> Query:
    """Ask about a PDQ."""
    return Query.of_signals([Signal("pdq/1", code.to_bytes(32))])


def match(distance: int, *, strength: Strength = Strength.NEAR) -> Match:
    """Return a match at a distance."""
    evidence = HashEvidence(
        signal="pdq/1",
        distance=distance,
        threshold=31,
        query_quality=100,
        reference_quality=100,
        transformation="as is",
    )
    return Match(
        TAKEDOWN, CaseId("case_1"), MediaId("med_1"), strength, 1, (evidence,), "a copy", Verdict.HOLD, "R07", "so"
    )


def test_flipping_one_bit_after_the_other_is_noticed(watch: ProbeWatch) -> None:
    """Each answer tells one bit, whether it is yes or no: before an eighth of them is told somebody knows."""
    assert watch.note("key", question(0), [match(31)], NOW) is None
    answers = [watch.note("key", question(1 << bit), [], NOW) for bit in range(CLUSTERED)]
    assert [one is not None for one in answers].index(True) == CLUSTERED - 1
    assert answers[-1].takedown_id == TAKEDOWN


def test_many_different_questions_at_the_border_are_noticed(watch: ProbeWatch) -> None:
    """Who takes another way to the border each time is told a bit each time too."""
    rng = random.Random(1)
    alarms = [watch.note("key", question(rng.getrandbits(256)), [match(30)], NOW) for _ in range(BORDERING)]
    assert alarms[-2] is None
    assert alarms[-1].questions == BORDERING


@pytest.mark.parametrize(
    ("distance", "strength"),
    [(12, Strength.NEAR), (0, Strength.NEAR), (31, Strength.EXACT)],
    ids=["near", "same", "file"],
)
def test_copies_that_spread_are_no_probing(watch: ProbeWatch, distance: int, strength: Strength) -> None:
    """A picture that thousands post again lies well inside the threshold, and must not silence a platform."""
    for n in range(500):
        assert watch.note("key", question(n), [match(distance, strength=strength)], NOW) is None


def test_the_same_question_again_tells_nothing_more(watch: ProbeWatch) -> None:
    """A client that repeats itself is no attacker."""
    for _ in range(500):
        assert watch.note("key", question(7), [match(31)], NOW) is None


def test_questions_are_forgotten_after_a_day(watch: ProbeWatch, clock: Clock) -> None:
    """What lies months apart is no attack, and is not kept."""
    for n in range(300):
        clock.now = NOW + n * WINDOW / (CLUSTERED - 8)
        assert watch.note("key", question(1 << (n % 256)), [match(31)], clock.now) is None


@pytest.mark.parametrize("processes", [2, 4, 16])
def test_questions_are_counted_in_all_processes_together(rates: SharedRates, processes: int) -> None:
    """Each of sixteen processes would tell an eighth of a hash before it noticed, all of them the whole."""
    watches = [ProbeWatch(rates) for _ in range(processes)]
    for one in watches:
        assert one.note("key", question(0), [match(31)], NOW) is None
    flips = enumerate(1 << bit for bit in range(2 * CLUSTERED))
    alarms = [watches[n % processes].note("key", question(flip), [], NOW) for n, flip in flips]
    assert [one is not None for one in alarms].index(True) == CLUSTERED


def test_keys_are_watched_one_by_one(watch: ProbeWatch) -> None:
    """What one key asks is not another's doing."""
    for bit in range(CLUSTERED - 2):
        for key in ("a", "b", "c"):
            assert watch.note(key, question(1 << bit), [match(31)], NOW) is None


def test_refused_questions_raise_the_alarm_once_each_so_many(watch: ProbeWatch) -> None:
    """Somebody who keeps asking by signals is seen, without a row in the log for each question."""
    alarms = [watch.note_refused("key", NOW + timedelta(seconds=n)) for n in range(3 * REFUSED)]
    assert sum(one is not None for one in alarms) == 3
    assert next(one for one in alarms if one is not None).takedown_id is None
