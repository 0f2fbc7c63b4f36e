"""Of uploads and what they match: the fake and SQL answer alike."""

from dataclasses import replace
from datetime import timedelta

from casework.domain.banking import HashAction
from casework.domain.verdict import Verdict
from casework.ports.unit_of_work import UnitOfWork
from tests.contracts.repositories.entries import decided, matched, picture, uploaded


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
