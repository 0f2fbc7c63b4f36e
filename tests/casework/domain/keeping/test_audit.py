"""The audit log proves what was done: whatever is changed in it shows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.domain.keeping.audit import FIRST_LINK, AuditEntry, AuditRow, Chain, chained

START = datetime(2026, 11, 28, 12, tzinfo=UTC)
ROWS = 5


def rows(count: int = ROWS) -> list[AuditRow]:
    """Return a chain of so many rows."""
    made: list[AuditRow] = []
    for number in range(1, count + 1):
        entry = AuditEntry(START + timedelta(seconds=number), "key_a", "case:claimed", f"case_{number}", {"n": number})
        made.append(chained(entry, position=number, before=made[-1].hash if made else FIRST_LINK))
    return made


def problems(log: list[AuditRow], noted: dict[int, bytes] | None = None) -> list[str]:
    """Return what is wrong with a log that says it ends as `rows` does."""
    chain = Chain(noted)
    found = [problem for row in log if (problem := chain.follow(row)) is not None]
    end = chain.end(position=log[-1].position if log else 0, link=log[-1].hash if log else FIRST_LINK)
    return found + ([end] if end else [])


def test_untouched_log_is_intact() -> None:
    """An alarm without a cause would be switched off."""
    assert problems(rows()) == []


@pytest.mark.parametrize(
    "change",
    [
        {"at": START},
        {"actor_id": "key_b"},
        {"action": "case:released"},
        {"subject_id": "case_9"},
        {"detail": {"n": 7}},
        {"detail": {}},
        {"digest": bytes(32)},
        {"hash": bytes(32)},
        {"salt": bytes(16)},
    ],
    ids=lambda change: next(iter(change)),
)
@given(at=st.integers(0, ROWS - 1))
def test_any_changed_field_of_any_row_shows(change: dict[str, object], at: int) -> None:
    """Nobody can say later that somebody else looked, or that it was another case."""
    log = rows()
    log[at] = replace(log[at], **change)  # type: ignore[arg-type]
    assert problems(log) != []


@given(at=st.integers(0, ROWS - 2))
def test_a_row_taken_out_shows(at: int) -> None:
    """Also where the later rows are numbered anew."""
    log = rows()
    del log[at]
    assert problems(log) != []
    assert problems([replace(row, position=number) for number, row in enumerate(log, start=1)]) != []


def test_a_row_put_between_shows() -> None:
    """A row made well, but of another time, does not fit the one after it."""
    log = rows()
    between = chained(AuditEntry(START, "key_a", "case:claimed", "case_x"), position=3, before=log[1].hash)
    assert problems([*log[:2], between, *(replace(row, position=row.position + 1) for row in log[2:])]) != []


def test_rows_cut_off_the_end_show_by_a_noted_hash() -> None:
    """The rest is a chain like any other; only what was noted elsewhere tells."""
    log = rows()
    assert problems(log[:3]) == []
    assert problems(log[:3], {5: log[4].hash}) == [
        "the log ends at row 3, and row 5 was noted earlier: rows are missing"
    ]


def test_a_chain_written_anew_shows_by_a_noted_hash() -> None:
    """Whoever may write all of it can make it agree with itself, not with what others noted."""
    log = rows()
    assert problems(rows(), {2: log[1].hash}) != []


def test_erased_details_leave_the_chain_intact() -> None:
    """Erasing what names a person does not erase the proof of what was done."""
    log = [replace(row, detail=None, salt=None) for row in rows()]
    assert problems(log) == []


def test_the_same_detail_has_another_digest_each_time() -> None:
    """Else an erased reason of few words could be guessed from its digest."""
    entry = AuditEntry(START, "key_a", "takedown:withdrawn", "tkd_1", {"reason": "no"})
    digests = {chained(entry, position=1, before=FIRST_LINK).digest for _ in range(10)}
    assert len(digests) == 10
