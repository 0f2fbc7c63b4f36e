"""What every record must do, whether it is the fake handlers are tested with or SQL: they answer alike."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from api.security.ring import Ring
from casework.domain.actor import Actor, Role, policy_actor
from casework.domain.audit import Chain
from casework.domain.banking import HashAction
from casework.domain.cases.appeal import AppealBy, AppealState
from casework.domain.cases.case import CaseState, Queue
from casework.domain.cases.decision import Decision, DecisionOutcome
from casework.domain.cases.report import Relation, ReportedContent, ReporterDetails, Statement
from casework.domain.erasure import Erasure, ErasureState, Removed
from casework.domain.errors import NotFoundError
from casework.domain.events import EventType
from casework.domain.facts import Conduct
from casework.domain.ids import ErasureId, KeyId, MediaId, TakedownId, UploadId
from casework.domain.keys import ApiKey
from casework.domain.lease import Lease
from casework.domain.media import Collection, Media, SubmittedMedia
from casework.domain.retention import Dated
from casework.domain.takedowns.common import CommonPart, Stranger
from casework.domain.takedowns.propagation import DeliveryState
from casework.domain.takedowns.sweep import SweepKind, SweepState
from casework.domain.takedowns.takedown import TakedownState
from casework.domain.takedowns.upload import Match, Upload
from casework.domain.verdict import Verdict
from casework.handlers.decide import DecideCase, decide_case
from casework.handlers.destinations import AddDestination, add_destination
from casework.handlers.intake import FileReport, file_report
from casework.handlers.reverse import FileAppeal, file_appeal
from casework.persistence.connection.database import migrate, open_database, url_of_file
from casework.persistence.index_log import IndexLogReader
from casework.persistence.unit_of_work import SqlUnitOfWork, transaction
from casework.policy.safeguards import SafeguardLimits
from casework.ports.operations import KeptAnswer
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.journal import announce
from casework.steps.sweeps import request_sweep
from matcher.signals.base import Signal
from matcher.strength import Strength
from tests.databases import KINDS, database_url
from tests.fakes import START, FakeClock, FakeSearch, FakeUnitOfWork

TESTER = policy_actor("tests")
REPORTER = Actor("key_form", "form", Role.INTAKE)
RECORDS = ["fake", *KINDS]

_numbers = itertools.count(1)


class _Nothing(FakeSearch):
    """A search that finds nothing, over whatever record."""

    def __init__(self) -> None:
        super().__init__(FakeUnitOfWork().index_log)


@pytest.fixture(params=RECORDS)
def record(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[UnitOfWork]:
    """Open one transaction over an empty record; nothing of it is kept."""
    if request.param == "fake":
        yield FakeUnitOfWork()
        return
    with database_url(request.param, request) as url:
        engine = open_database(url or url_of_file(tmp_path / "record.db"))
        try:
            vault = Ring.made()
            migrate(engine, vault)
            with transaction(engine, clock=FakeClock(), preview_retention=timedelta(days=1), vault=vault) as uow:
                yield uow
        finally:
            engine.dispose()


def written(record: UnitOfWork) -> None:
    """Write what SQL collects until the end of its transaction; a fake has written it."""
    if isinstance(record, SqlUnitOfWork):
        record.audit.flush()
        record.outbox.flush()


def reported(record: UnitOfWork, contact: str = "a@example.org", url: str = "https://example.org/1") -> str:
    """File a report; return its case's id."""
    command = FileReport(
        actor=REPORTER,
        reporter=ReporterDetails(Relation.SUBJECT, name="A", contact=contact),
        statement=Statement(non_consent=True, good_faith=True, signature="A"),
        content=ReportedContent(url=url),
        conduct=Conduct.SHARED_MEDIA,
        facts={"nudity": True},
        media=(submitted(),),
    )
    return file_report(command, record).report.case_id


def decided(record: UnitOfWork, outcome: DecisionOutcome = DecisionOutcome.UPHOLD, **report: str) -> Decision:
    """Decide a new report."""
    command = DecideCase(reported(record, **report), TESTER, outcome, override_reason="for a test")
    return decide_case(command, record, search=_Nothing(), limits=SafeguardLimits())


def submitted() -> SubmittedMedia:
    """Return a picture like no other, with a preview."""
    number = next(_numbers)
    signals = (Signal("sha256/1", number.to_bytes(32)), Signal("pdq/1", (number << 96).to_bytes(32), 100))
    return SubmittedMedia("image", 640, 480, None, signals, preview=b"sealed")


def uploaded(record: UnitOfWork, name: str, media: Media, *, by: str | None = None) -> Upload:
    """Store an upload."""
    upload = Upload(
        id=UploadId(f"upl_{name}"),
        platform_id=name,
        uploader_id=by,
        post_text=None,
        url=None,
        posted_at=None,
        registered_at=record.now,
        media_id=media.id,
        sha256=bytes(32),
        verdict=Verdict.HOLD,
        case_id=None,
        index_version=0,
        facts={"nudity": True},
    )
    record.uploads.add(upload)
    return upload


def matched(record: UnitOfWork, upload: Upload, decision: Decision) -> Match:
    """Store that an upload matched what a decision took down."""
    media_id = record.takedowns.reference_of_decision(decision.id)[0]
    match = Match(
        takedown_id=decision.takedown_id,
        case_id=decision.case_id,
        media_id=media_id,
        strength=Strength.NEAR,
        agreeing=1,
        evidence=(),
        explanation="a copy",
        verdict=Verdict.HOLD,
        rule="R07",
        reason="One signal.",
    )
    record.matches.add(upload.id, match)
    return match


def picture(record: UnitOfWork) -> Media:
    """Store media of an upload."""
    return record.media.add(submitted(), case_id=None, position=0)


def test_what_was_stored_is_read_as_it_was(record: UnitOfWork) -> None:
    """A field that is lost on the way would change what was decided."""
    decision = decided(record)
    upload = uploaded(record, "u1", picture(record), by="user-a")
    match = matched(record, upload, decision)
    assert record.decisions.get(decision.id) == decision
    assert record.uploads.get(upload.id) == upload
    assert record.matches.of_upload(upload.id) == [match]
    assert record.takedowns.get(decision.takedown_id).state is TakedownState.ACTIVE


def test_what_is_not_there_is_named_as_it_was_asked_for(record: UnitOfWork) -> None:
    """The person who mistyped an id sees what they typed."""
    for repository, noun in ((record.cases, "case"), (record.takedowns, "takedown"), (record.decisions, "decision")):
        with pytest.raises(NotFoundError, match=f"no {noun} 'none_such'"):
            repository.get("none_such", lock=True)
        assert repository.many(["none_such"]) == {}


def test_queue_is_read_by_deadline_page_by_page(record: UnitOfWork) -> None:
    """What is due first stands first, and no case is shown twice or skipped."""
    first, second, third = (reported(record) for _ in range(3))
    record.cases.update(replace(record.cases.get(third), deadline=START))
    record.cases.update(replace(record.cases.get(second), queue=Queue.CAMPAIGNS))
    states, seen, after = [CaseState.OPEN], [], None
    for _ in range(3):
        page, after = record.cases.queue_page(states=states, queue=None, after=after, limit=1)
        seen += [one.id for one in page]
    assert (seen, after) == ([third, *sorted([first, second])], None)
    campaigns, _ = record.cases.queue_page(states=states, queue=Queue.CAMPAIGNS, after=None, limit=9)
    assert [one.id for one in campaigns] == [second]


def test_reports_about_one_target_are_counted_by_people(record: UnitOfWork) -> None:
    """A campaign is many people, most of whom never reported before."""
    for contact in ("a@example.org", "b@example.org", "A@example.org "):
        reported(record, contact)
    target = "https://example.org/1"
    pattern = record.reports.pattern(target, since=START)
    assert (pattern.reports, pattern.reporters, pattern.newcomers) == (3, 2, 2)
    assert len(record.reports.cases_about(target, since=START)) == 3
    assert record.reports.cases_about(target, since=START + timedelta(seconds=1)) == []


def test_history_counts_what_became_of_a_reporters_reports(record: UnitOfWork) -> None:
    """Whoever reports falsely again and again is pointed out."""
    decided(record, DecisionOutcome.REJECT)
    upheld = decided(record)
    decided(record, DecisionOutcome.REQUEST_INFORMATION)
    report = record.reports.of_case(upheld.case_id)
    history = record.reports.history(report.reporter_key)
    assert (history.decided, history.rejected) == (2, 1)
    assert record.reports.by_receipt(report.receipt_number) == report


def test_media_is_shown_in_its_case_and_its_preview_ends(record: UnitOfWork) -> None:
    """A person sees what they decide on, for as long as the retention allows."""
    case_id, media = reported(record), picture(record)
    assert media.has_preview
    record.media.show_in_case(media.id, case_id)
    assert media.id in [one.id for one in record.media.of_case(case_id)]
    assert record.media.preview(media.id) == b"sealed"
    assert record.media.many([media.id]) == {media.id: media}


def test_uploads_without_a_known_person_count_one_each(record: UnitOfWork) -> None:
    """How many people a takedown would hit must not be counted too low."""
    media = picture(record)
    names = [uploaded(record, name, media, by=by).id for name, by in (("a", "x"), ("b", "x"), ("c", None), ("d", None))]
    assert record.uploads.uploaders_of(names) == 3
    assert record.uploads.by_platform_ids(["b", "z"]).keys() == {"b"}


def test_people_a_takedown_matched_are_counted_within_a_time(record: UnitOfWork) -> None:
    """Three posts by one person are one person; what the policy keeps is nobody's burden."""
    decision = decided(record)
    for name, by in (("one", "a"), ("two", "a"), ("three", "b"), ("four", None)):
        matched(record, uploaded(record, name, picture(record), by=by), decision)
    kept = uploaded(record, "kept", picture(record), by="c")
    record.matches.update(kept.id, replace(matched(record, kept, decision), verdict=Verdict.ALLOW))
    assert record.matches.uploaders(decision.takedown_id, since=record.now) == 3
    assert record.matches.uploaders(decision.takedown_id, since=record.now + timedelta(seconds=1)) == 0


def test_usual_spread_leaves_out_the_few_that_match_most(record: UnitOfWork) -> None:
    """One takedown that matches thousands must not make thousands usual."""
    takedowns = [record.takedowns.get(decided(record, url=f"https://example.org/{n}").takedown_id) for n in range(6)]
    for count, takedown in enumerate(takedowns[:5]):
        record.takedowns.update(replace(takedown, most_uploaders=1000 if count == 4 else 2 * count))
    alike = takedowns[0].hash_action
    assert record.takedowns.usual_uploaders(alike, but=takedowns[5].id, share=0.9) == 6
    assert record.takedowns.usual_uploaders(alike, but=takedowns[3].id, share=0.9) == 4
    assert record.takedowns.usual_uploaders(HashAction.NONE, but=takedowns[5].id, share=0.9) == 0


def test_match_is_changed_dismissed_and_forgotten(record: UnitOfWork) -> None:
    """Each takedown has one match with an upload, and what a reviewer said of it is kept with it."""
    decision = decided(record)
    upload = uploaded(record, "u1", picture(record))
    match = matched(record, upload, decision)
    record.matches.update(upload.id, replace(match, dismissed_by=decision.id, verdict=Verdict.BLOCK))
    assert record.matches.of_upload(upload.id)[0].dismissed_by == decision.id
    record.matches.undismiss(decision.id)
    assert record.matches.of_upload(upload.id) == [replace(match, verdict=Verdict.BLOCK)]
    assert record.matches.of_takedown(decision.takedown_id) == [upload.id]
    assert record.matches.resting_on_media(decision.takedown_id, match.media_id) == [upload.id]
    assert record.matches.known(["upl_other", upload.id], decision.takedown_id) == {upload.id}
    record.matches.remove(upload.id, decision.takedown_id)
    assert record.matches.of_uploads([upload.id]) == {upload.id: []}


def test_what_leaves_the_index_is_gone_from_its_log(record: UnitOfWork) -> None:
    """Versions only grow, and what was removed is found no more."""
    media, other = picture(record), picture(record)
    before = record.index_log.version(Collection.PROTECTED)
    record.index_log.add_many(Collection.PROTECTED, [("one", media), ("two", other)])
    ids = [one.id for one in record.index_log.of_owner("one")]
    assert [record.index_log.items(ids)[one].signal for one in ids] == list(media.signals)
    assert record.index_log.owners(ids) == {"one"}
    added = record.index_log.version(Collection.PROTECTED)
    assert added == before + 4
    assert record.index_log.remove(Collection.PROTECTED, "one", media.id) == added + 2
    assert (record.index_log.items(ids), record.index_log.of_owner("one")) == ({}, [])
    assert record.index_log.remove(Collection.PROTECTED, "one") == added + 2


def test_reference_belongs_to_the_decision_that_added_it(record: UnitOfWork) -> None:
    """Taken back, it takes nothing else along."""
    decision = decided(record)
    media_id = record.takedowns.reference_of_decision(decision.id)[0]
    assert record.takedowns.references(decision.takedown_id) == [media_id]
    record.takedowns.drop_reference(decision.takedown_id, media_id)
    assert record.takedowns.references(decision.takedown_id) == []
    assert [one.id for one in record.takedowns.state_page(states=[TakedownState.ACTIVE], after=None, limit=9)[0]] == [
        decision.takedown_id
    ]


@pytest.mark.parametrize("kind", SweepKind)
def test_sweep_keeps_its_kind_state_and_lease(record: UnitOfWork, kind: SweepKind) -> None:
    """A worker that goes on with it must know what is to be done, and whether it still may."""
    decision = decided(record)
    record.sweeps.update(replace(record.sweeps.next_due(record.now), state=SweepState.CANCELLED))
    request_sweep(kind, decision.takedown_id, decision.id, record, candidates=3)
    due = record.sweeps.next_due(record.now)
    assert (due.kind, due.state, due.candidates, due.lease) == (kind, SweepState.PENDING, 3, None)
    claimed = due.claimed(Lease.begin(record.now, until=record.now + timedelta(seconds=9)), record.now)
    record.sweeps.update(claimed)
    assert record.sweeps.get(due.id) == claimed
    assert record.sweeps.next_due(record.now) is None
    assert record.sweeps.next_due(record.now + timedelta(seconds=9)) == claimed
    assert record.sweeps.unfinished_searches() == ([claimed] if kind is SweepKind.SEARCH else [])
    record.sweeps.update(claimed.ended(SweepState.DONE, record.now))
    assert record.sweeps.get(due.id).state is SweepState.DONE
    assert record.sweeps.unfinished_searches() == []
    assert record.sweeps.next_due(record.now + timedelta(days=1)) is None


def test_common_parts_are_kept_by_reference_and_forgotten_by_stranger(record: UnitOfWork) -> None:
    """A copy that a reviewer confirms is no stranger any more, whatever was learned from it."""
    first, second = MediaId("med_1"), MediaId("med_2")
    record.common_parts.add([CommonPart(first, "upl_1", Stranger.UPLOAD, b"a")])
    record.common_parts.add(
        [
            CommonPart(first, "upl_1", Stranger.DISMISSED, b"b"),
            CommonPart(first, "tkd_2", Stranger.TAKEDOWN, b"c"),
            CommonPart(second, "upl_1", Stranger.UPLOAD, b"d"),
        ]
    )
    known = record.common_parts.of([first, second, MediaId("med_3")])
    assert {
        media_id: [(one.seen_in, one.stranger, one.blocks) for one in parts] for media_id, parts in known.items()
    } == {
        first: [("tkd_2", Stranger.TAKEDOWN, b"c"), ("upl_1", Stranger.DISMISSED, b"b")],
        second: [("upl_1", Stranger.UPLOAD, b"d")],
    }
    record.common_parts.forget("upl_1")
    assert list(record.common_parts.of([first, second])) == [first]
    record.common_parts.erase([first])
    assert record.common_parts.of([first]) == {}


def test_unfinished_search_is_one_workers_and_forgotten_once(record: UnitOfWork) -> None:
    """A worker whose lease was taken over must not say that it is done."""
    upload = uploaded(record, "u1", picture(record))
    record.unfinished.add(upload.id, b"sealed")
    due = record.unfinished.next_due(record.now)
    slow = record.unfinished.claim(due, Lease.begin(record.now, until=record.now))
    quick = record.unfinished.claim(due, Lease.begin(record.now, until=record.now + timedelta(seconds=9)))
    assert record.unfinished.next_due(record.now) is None
    assert not record.unfinished.remove(slow)
    assert record.unfinished.has(upload.id)
    assert record.unfinished.remove(quick)
    assert not record.unfinished.has(upload.id)


def test_destination_is_owed_what_it_wants_in_order(record: UnitOfWork) -> None:
    """Of one takedown only the earliest unfinished message is due, and one worker has it."""
    command = AddDestination(TESTER, "one", "file", "a.ndjson", None, [EventType.TAKEDOWN_CREATED])
    destination = add_destination(command, record)
    decision = decided(record)
    written(record)
    assert [one.id for one in record.destinations.owed_something(record.now)] == [destination.id]
    due = record.deliveries.due(destination.id, record.now, limit=9)
    assert [(one.event_type, one.takedown_id) for one in due] == [(EventType.TAKEDOWN_CREATED, decision.takedown_id)]
    lease = Lease.begin(record.now, until=record.now + timedelta(seconds=9))
    record.deliveries.lease(due, lease)
    assert record.destinations.owed_something(record.now) == []
    other = Lease.begin(record.now, until=record.now + timedelta(seconds=9))
    assert not record.deliveries.settle(replace(due[0], state=DeliveryState.DELIVERED), other)
    record.deliveries.give_back(due, lease)
    record.deliveries.lease(due, lease)
    assert record.deliveries.settle(replace(due[0], state=DeliveryState.DELIVERED), lease)
    [tally] = record.deliveries.tally(decision.takedown_id)
    assert (tally.destination_id, tally.state, tally.count) == (destination.id, DeliveryState.DELIVERED, 1)
    assert record.deliveries.give_up_all(destination.id, error="gone") == 0


def test_feed_gives_events_after_a_position(record: UnitOfWork) -> None:
    """A follower that has seen a position has missed nothing before it."""
    decided(record)
    written(record)
    feed = record.outbox.feed(types=list(EventType), after=0, limit=9)
    assert [event.type for _, event in feed] == [
        EventType.REPORT_RECEIVED,
        EventType.CASE_OPENED,
        EventType.TAKEDOWN_CREATED,
    ]
    rest = record.outbox.feed(types=[EventType.TAKEDOWN_CREATED], after=feed[0][0], limit=9)
    assert rest == feed[2:]
    assert record.outbox.many([feed[1][1].id]) == {feed[1][1].id: feed[1][1]}


def test_audit_log_says_who_did_what_to_a_thing(record: UnitOfWork) -> None:
    """Every effect explains itself."""
    decision = decided(record)
    written(record)
    told = record.audit.of([decision.case_id, decision.takedown_id])
    assert [one.action for one in told] == ["report:filed", "case:decision:made", "takedown:activated"]
    assert [one.actor_id for one in told] == [REPORTER.id, TESTER.id, TESTER.id]


def test_audit_log_is_one_chain_that_proves_itself(record: UnitOfWork) -> None:
    """Nobody who writes the database can say later that somebody else looked."""
    decision = decided(record)
    written(record)
    chain = Chain()
    rows = list(record.audit.rows())
    assert [chain.follow(row) for row in rows] == [None] * len(rows)
    assert record.audit.end() == (len(rows), rows[-1].hash)
    assert record.audit.page(after=1, limit=1) == rows[1:2]
    assert record.audit.page(after=0, limit=9, subject_id=decision.takedown_id) == [
        row for row in rows if row.subject_id == decision.takedown_id
    ]
    assert record.audit.page(after=0, limit=9, actor_id="nobody") == []


def test_erased_detail_leaves_who_did_what_and_when(record: UnitOfWork) -> None:
    """What stays after an erasure is the skeleton that proves the decision."""
    case_id = decided(record).case_id
    written(record)
    before = list(record.audit.rows())
    assert record.audit.erase_details([case_id], action_ends=":viewed") == 0
    erased = record.audit.erase_details([case_id])
    chain = Chain()
    after = list(record.audit.rows())
    assert [chain.follow(row) for row in after] == [None] * len(after)
    assert chain.erased == erased == sum(row.subject_id == case_id for row in after)
    assert after == [replace(row, detail=None, salt=None) if row.subject_id == case_id else row for row in before]
    assert record.audit.erase_details([case_id]) == 0


def test_audit_log_knows_what_somebody_did_lately(record: UnitOfWork) -> None:
    """A view of a contact is written once an hour, not at every step."""
    case_id = reported(record)
    written(record)
    asked = (REPORTER.id, "report:filed", case_id)
    assert record.audit.was_recorded(*asked, since=record.now)
    assert not record.audit.was_recorded(*asked, since=record.now + timedelta(seconds=1))
    assert not record.audit.was_recorded("nobody", *asked[1:], since=record.now)


def test_appeals_are_listed_by_state(record: UnitOfWork) -> None:
    """Whoever decides appeals finds the open ones."""
    filed = file_appeal(FileAppeal(decided(record).id, AppealBy.POSTER, "mine", TESTER), record)
    assert record.appeals.of_decision(filed.decision_id) == [filed]
    assert record.appeals.state_page(states=[AppealState.OPEN], after=None, limit=9) == ([filed], None)
    assert record.appeals.state_page(states=[AppealState.STANDS], after=None, limit=9) == ([], None)


def test_key_is_known_by_its_hash_until_it_is_revoked(record: UnitOfWork) -> None:
    """Nothing else of it is stored, so nothing else can be stolen."""
    key = ApiKey(KeyId("key_1"), "one", Role.ADMIN, trusted=False, created_at=record.now)
    assert not record.keys.has_admin()
    record.keys.add(key, key_hash=b"h" * 32)
    assert record.keys.find(b"h" * 32) == record.keys.get(key.id) == key
    assert record.keys.find(b"i" * 32) is None
    assert record.keys.has_admin()
    assert record.keys.revoke(key.id)
    assert not record.keys.revoke(key.id)
    assert not record.keys.has_admin()
    revoked = replace(key, revoked_at=record.now)
    assert record.keys.find(b"h" * 32) == revoked
    assert record.keys.listed(after=None, limit=1) == ([revoked], None)
    with pytest.raises(NotFoundError, match="key_2"):
        record.keys.get("key_2")


def test_key_ends_at_its_moment_and_says_what_took_its_place(record: UnitOfWork) -> None:
    """A key that has ended is no way back in: `init` makes another admin key then."""
    key = ApiKey(KeyId("key_1"), "one", Role.ADMIN, trusted=False, created_at=record.now)
    record.keys.add(replace(key, principal=KeyId("key_0"), requests_per_minute=5), key_hash=b"h" * 32)
    assert record.keys.has_admin()
    record.keys.replace(key.id, by=KeyId("key_2"), expires_at=record.now)
    ended = record.keys.get(key.id)
    assert (ended.replaced_by, ended.expires_at, ended.speaks_for) == ("key_2", record.now, "key_0")
    assert not record.keys.has_admin()


def test_use_of_a_key_is_written_once_it_is_far_enough_from_the_last(record: UnitOfWork) -> None:
    """Of many processes that note the same minute, one writes."""
    minute, key_id = timedelta(minutes=1), KeyId("key_1")
    record.keys.add(ApiKey(key_id, "one", Role.ADMIN, trusted=False, created_at=record.now), key_hash=b"h" * 32)
    assert record.keys.get(key_id).last_used_at is None
    for seconds, written in ((0, 0), (59, 0), (60, 60), (30, 60)):
        record.keys.note_uses({key_id: record.now + timedelta(seconds=seconds)}, apart=minute)
        assert record.keys.get(key_id).last_used_at == record.now + timedelta(seconds=written)


def test_feed_of_a_pipeline_holds_its_own_uploads_and_the_operators(record: UnitOfWork) -> None:
    """What happened to another platform's uploads, and who reported what, is not a pipeline's to know."""
    mine, theirs, nobodys = (
        replace(uploaded(record, name, record.media.add(submitted(), case_id=None, position=0)), registered_by=owner)
        for name, owner in (("a", "key_a"), ("b", "key_b"), ("c", None))
    )
    announce(record, EventType.REPORT_RECEIVED, None)
    for upload in (mine, theirs, nobodys):
        announce(record, EventType.UPLOAD_MATCHED, None, about=upload, upload=upload.id)
    announce(record, EventType.APPEAL_DECIDED, None, about=mine, upload=mine.id)
    written(record)
    followed = record.outbox.feed(types=list(EventType), after=0, limit=9, owner_id="key_a")
    assert [one.data.get("upload") for _, one in followed] == [mine.id, nobodys.id, mine.id]
    assert len(record.outbox.feed(types=list(EventType), after=0, limit=9)) == 5


def test_kept_answer_is_found_by_who_asked_and_their_key(record: UnitOfWork) -> None:
    """Two clients may use the same key for different things."""
    answer = KeptAnswer("key_1 POST /v1/reports", "once", bytes(32), 201, b"sealed")
    record.kept_answers.keep(answer)
    assert record.kept_answers.find(answer.scope, "once") == answer
    assert record.kept_answers.find("key_2 POST /v1/reports", "once") is None
    assert record.kept_answers.forget_before(record.now) == 0
    assert record.kept_answers.forget_before(record.now + timedelta(seconds=1)) == 1
    assert record.kept_answers.find(answer.scope, "once") is None


def test_figures_count_what_is_on_record(record: UnitOfWork) -> None:
    """An operator sees at a glance what waits."""
    decided(record)
    reported(record)
    uploaded(record, "u1", picture(record))
    assert record.figures.cases_by_state() == {"open": 1, "decided": 1}
    assert record.figures.takedowns_by_state() == {"active": 1}
    assert record.figures.uploads() == 1


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
    assert record.outbox.erase_addresses([first.takedown_id]) == 1
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
