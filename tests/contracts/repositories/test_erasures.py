"""Of erasures, and of what they take: the fake and SQL answer alike."""

from dataclasses import replace
from datetime import timedelta

from casework.domain.cases.appeal import AppealBy
from casework.domain.cases.decision import DecisionOutcome
from casework.domain.events import EventType
from casework.domain.ids import ErasureId, TakedownId
from casework.domain.keeping.erasure import Erasure, ErasureState, Removed
from casework.domain.keeping.retention import Dated
from casework.domain.media import Collection
from casework.domain.takedowns.takedown import TakedownState
from casework.domain.verdict import Verdict
from casework.domain.work.lease import Lease
from casework.handlers.standing.appeals import FileAppeal, file_appeal
from casework.persistence.index_log.reading import IndexLogReader
from casework.persistence.unit_of_work import SqlUnitOfWork
from casework.ports.records.operations import KeptAnswer
from casework.ports.unit_of_work import UnitOfWork
from tests.contracts.repositories.entries import (
    TESTER,
    decided,
    matched,
    picture,
    reported,
    uploaded,
    written,
)
from tests.fakes import START


def test_erased_media_has_neither_values_nor_preview(record: UnitOfWork) -> None:
    """What stays of a picture is that there was one, and how large."""
    decision, media = decided(record), picture(record)
    (reference,) = record.takedowns.references(decision.takedown_id)
    assert record.takedowns.standing_on([reference, media.id]) == {reference: decision.takedown_id}
    assert [one.id for one in record.takedowns.of_case(decision.case_id)] == [decision.takedown_id]
    assert record.media.erase([media.id]) == (1, 2)
    assert record.media.get(media.id) == replace(media, signals=(), has_preview=False)
    assert record.media.erase([media.id]) == (0, 0)
    assert len(record.media.get(reference).signals) == 2


def test_values_that_left_the_index_are_erased_and_live_ones_stay(record: UnitOfWork) -> None:
    """The places in the log stay: a reader that has yet to come to them skips nothing."""
    media, other = picture(record), picture(record)
    for owner, one in (("upl_gone", media), ("upl_other", other)):
        record.index_log.add(Collection.UPLOADS, owner, one)
    version = record.index_log.remove(Collection.UPLOADS, "upl_gone")
    record.index_log.erase(["upl_gone", "upl_other"], [media.id, other.id])
    assert record.index_log.version(Collection.UPLOADS) == version
    assert [one.signal for one in record.index_log.of_owner("upl_other")] == list(other.signals)
    if isinstance(record, SqlUnitOfWork):
        reader = IndexLogReader(record._connection)
        rows = reader.after(Collection.UPLOADS, 0, limit=9)
        left = [(row["seq"], row["op"], row["value"] is None) for row in rows]
        gone, live = [(1, "add", True), (2, "add", True)], [(3, "add", False), (4, "add", False)]
        assert left == [*gone, *live, (5, "remove", True), (6, "remove", True)]


def test_erasure_is_one_workers_and_found_by_what_it_is_about(record: UnitOfWork) -> None:
    """Asked for again, it is the same; killed, another goes on with it; completed, it is nobody's."""
    asked = Erasure(
        id=ErasureId("era_1"),
        scope_id="case_1",
        state=ErasureState.REQUESTED,
        requested_by="key_1",
        reason="asked for",
        requested_at=record.now,
    )
    record.erasures.add(asked)
    assert record.erasures.of_scope("case_1") == asked == record.erasures.next_due(record.now)
    assert record.erasures.of_scope("case_2") is None
    leased = asked.claimed(Lease.begin(record.now, until=record.now + timedelta(seconds=1)))
    record.erasures.update(leased)
    assert record.erasures.next_due(record.now) is None
    assert record.erasures.next_due(record.now + timedelta(seconds=1)) == leased
    assert record.erasures.last_from_index() is None
    erased = leased.with_more(Removed(signals=3), frozenset([TakedownId("tkd_2")]))
    erased = erased.moved_to(ErasureState.RECORD_ERASED, record.now)
    record.erasures.update(erased)
    assert record.erasures.get("era_1", lock=True) == erased
    assert record.erasures.last_from_index() is None
    record.erasures.update(erased.moved_to(ErasureState.INDEX_ERASED, record.now))
    assert record.erasures.last_from_index() == record.now
    record.erasures.update(erased.moved_to(ErasureState.COMPLETED, record.now))
    assert record.erasures.next_due(record.now + timedelta(days=1)) is None


def test_address_of_a_reported_post_leaves_the_messages_about_it(record: UnitOfWork) -> None:
    """It may name somebody; what was told, and when, stays."""
    first, second = decided(record), decided(record, url="https://example.org/2")
    written(record)
    assert record.outbox.erase_addresses([first.takedown_id]) == 2  # the takedown's, and the post's removal
    assert record.outbox.erase_addresses([first.takedown_id]) == 0
    events = [one for _, one in record.outbox.feed(types=[EventType.TAKEDOWN_CREATED], after=0, limit=9)]
    assert {one.takedown_id: one.data["url"] for one in events} == {
        first.takedown_id: None,
        second.takedown_id: "https://example.org/2",
    }


def test_kept_answers_are_listed_in_pages_and_forgotten_one_by_one(record: UnitOfWork) -> None:
    """An erasure looks through all of them."""
    kept = [
        KeptAnswer("key_1 POST /a", "1", bytes(32), 200, b"a"),
        KeptAnswer("key_1 POST /b", "0", bytes(32), 200, b"b"),
    ]
    for one in reversed(kept):
        record.kept_answers.keep(one)
    assert record.kept_answers.page(None, limit=1) == kept[:1]
    assert record.kept_answers.page(("key_1 POST /a", "1"), limit=9) == kept[1:]
    record.kept_answers.forget("key_1 POST /a", "1")
    assert record.kept_answers.page(None, limit=9) == kept[1:]


def test_search_of_an_erased_upload_is_forgotten_whoever_has_it(record: UnitOfWork) -> None:
    """What it asks shows what the picture shows."""
    upload = uploaded(record, "u1", picture(record))
    record.unfinished.add(upload.id, b"sealed")
    claimed = record.unfinished.claim(record.unfinished.next_due(record.now), Lease.begin(START, until=START))
    record.unfinished.erase([upload.id])
    assert not record.unfinished.has(upload.id)
    assert not record.unfinished.remove(claimed)


def test_what_is_past_its_date_is_listed_by_kind(record: UnitOfWork) -> None:
    """What stands, is undecided or has an open appeal is never among it."""
    standing, rejected = decided(record), decided(record, DecisionOutcome.REJECT)
    withdrawn = decided(record)
    taken_back = record.takedowns.get(withdrawn.takedown_id).reverse(
        TakedownState.WITHDRAWN, by="key_1", reason="asked for", now=record.now
    )
    record.takedowns.update(taken_back)
    reported(record)
    published, held = (uploaded(record, name, picture(record)) for name in ("u1", "u2"))
    record.uploads.update(replace(published, verdict=Verdict.ALLOW, post_text="hello"))
    matched(record, held, standing)
    written(record)
    later = record.now + timedelta(seconds=1)
    assert record.past_date.due(Dated.WITHDRAWN, later, limit=9) == [withdrawn.takedown_id]
    report = record.reports.of_case(rejected.case_id)
    assert record.past_date.due(Dated.REJECTED, later, limit=9) == [report.id]
    assert record.past_date.due(Dated.UPLOADS, later, limit=9) == [published.id]
    assert record.past_date.due(Dated.POST_TEXTS, later, limit=9) == [published.id]
    assert [record.past_date.count(kind, later) for kind in Dated] == [1, 1, 1, 1]
    assert [record.past_date.count(kind, record.now) for kind in Dated] == [0, 0, 0, 0]
    file_appeal(FileAppeal(rejected.id, AppealBy.REPORTER, "it is me", TESTER), record)
    assert record.past_date.due(Dated.REJECTED, later, limit=9) == []
