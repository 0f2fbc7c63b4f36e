"""Counts of several processes in one file, whoever of them is gone."""

from pathlib import Path

from structlog.testing import capture_logs

from casework.persistence.machine_files.shared_totals import FORGET_AFTER_S, SharedTotals

ASKED = ("asked_total", ("a", 'b "quoted" ü'))
WAITING = ("waiting", ())


def test_counts_of_a_process_that_is_gone_stay_and_its_levels_do_not(tmp_path: Path) -> None:
    """A total that fell when a process died would look like a restart; a queue of a dead process holds nothing."""
    now = [1_000.0]
    one, two = (SharedTotals(tmp_path / "metrics.db", now=lambda: now[0]) for _ in range(2))
    assert one.add({ASKED: 2.0}, process="one", levels={WAITING: 5.0})
    assert two.add({ASKED: 3.0}, process="two", levels={WAITING: 1.0})
    assert sorted(level[WAITING] for level in two.read().levels) == [1, 5]
    one.close()  # as if it were killed: it says nothing more
    now[0] += FORGET_AFTER_S + 1
    assert two.add({}, process="two", levels={WAITING: 2.0})
    found = two.read()
    assert (found.totals, list(found.levels)) == ({ASKED: 5.0}, [{WAITING: 2.0}])
    two.close()


def test_process_that_ends_says_so_at_once(tmp_path: Path) -> None:
    """After an orderly stop nothing of it lingers."""
    totals = SharedTotals(tmp_path / "metrics.db")
    totals.add({}, process="one", levels={WAITING: 5.0})
    totals.add({ASKED: 1.0}, process="one", levels=None)
    found = totals.read()
    assert (found.totals, list(found.levels)) == ({ASKED: 1.0}, [])
    totals.close()


def test_file_that_is_no_database_is_made_anew(tmp_path: Path) -> None:
    """Metrics are no record: a damaged file costs the counts, never the service."""
    path = tmp_path / "metrics.db"
    path.write_bytes(b"no database, but long enough to be looked at " * 100)
    totals = SharedTotals(path)
    assert not totals.add({ASKED: 1.0}, process="one", levels=None)
    assert totals.add({ASKED: 1.0}, process="one", levels=None)
    assert totals.read().totals == {ASKED: 1.0}
    totals.close()


def test_what_cannot_be_written_is_refused_and_complained_of_once(tmp_path: Path) -> None:
    """The caller keeps what it counted; a log full of the same line would hide what matters."""
    totals = SharedTotals(tmp_path / "missing" / "metrics.db")
    with capture_logs() as said:
        for _ in range(3):
            assert not totals.add({ASKED: 1.0}, process="one", levels=None)
            assert totals.read().totals == {}
    assert len(said) == 1
    assert "metrics cannot be shared" in said[0]["event"]
