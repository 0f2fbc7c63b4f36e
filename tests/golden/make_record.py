"""
Makes the frozen record of the current schema: `python -m tests.golden.make_record`.

Run it only for a new schema, into a new folder; an old one is never made again, because it stands for the databases
that are already out there. It holds every text that people write, as the version of that schema wrote it.

    record_<schema>/record.sql      the SQLite database, as its shell would dump it
    record_<schema>/keyring.json    what it is encrypted with; until 0004 `preview.key`, for previews, answers, secrets
"""

import sqlite3
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from api.security.keyring import Keyring
from casework.domain.actor import Actor, Role
from casework.domain.cases.appeal import AppealBy
from casework.domain.cases.decision import DecisionOutcome
from casework.domain.cases.report import Relation, Report, ReportedContent, ReporterDetails, Statement
from casework.domain.events import EventType
from casework.domain.facts import Conduct
from casework.domain.ids import JobId, UploadId
from casework.domain.media import SubmittedMedia
from casework.domain.takedowns.upload import Upload
from casework.domain.verdict import Verdict
from casework.domain.work.job import Job, JobState
from casework.handlers.deciding.decide import DecideCase, decide_case
from casework.handlers.destinations import AddDestination, add_destination
from casework.handlers.reports.intake import FileReport, file_report
from casework.handlers.standing.appeals import FileAppeal, file_appeal
from casework.handlers.standing.reverse import withdraw_report
from casework.persistence.connection.database import open_database, url_of_file
from casework.persistence.schema import migrate, newest_schema
from casework.persistence.unit_of_work import SqlUnitOfWork, transaction
from casework.policy.automation.safeguards import SafeguardLimits
from casework.ports.records.operations import KeptAnswer
from matcher.signals.base import Signal
from tests.fakes import FakeClock, FakeSearch, FakeUnitOfWork

GOLDEN = Path(__file__).parent
WORDS = {
    "name": "Amelie Distinctive-Person",
    "contact": "amelie.distinctive@example.org",
    "signature": "A. Distinctive-Signature",
    "reported text": "the distinctive words of the reported post",
    "upload's text": "the distinctive words of an upload's post",
    "address": "https://example.org/distinctive-address",
    "grounds": "these are distinctive grounds of an appeal",
    "note": "a distinctive note of a moderator",
    "reason": "a distinctive reason for withdrawing",
    "job": "the distinctive words beside a long video",
}
"""What is written into it, so that a test can look for each."""

_TESTER = Actor(id="key_tester", name="tester", role=Role.SENIOR)
_REVIEWER = Actor(id="key_reviewer", name="reviewer", role=Role.SENIOR)


def folder_of(schema: str) -> Path:
    """Return where the record of a schema is frozen."""
    return GOLDEN / f"record_{schema}"


def write_words(uow: SqlUnitOfWork) -> None:
    """Write every text that people write, once."""
    upheld = decide_case(
        DecideCase(
            case_id=_report(uow, 1).case_id,
            actor=_REVIEWER,
            outcome=DecisionOutcome.UPHOLD,
            note=WORDS["note"],
            override_reason=WORDS["note"],
        ),
        uow,
        search=FakeSearch(FakeUnitOfWork().index_log),
        limits=SafeguardLimits(),
    )
    file_appeal(FileAppeal(upheld.id, AppealBy.POSTER, WORDS["grounds"], _TESTER), uow)
    report = uow.reports.of_case(upheld.case_id)
    if report is not None:
        withdraw_report(report, WORDS["reason"], uow)
    case = uow.cases.get(_report(uow, 2).case_id)
    uow.cases.update(replace(case, note=WORDS["note"]))
    _register(uow)
    _begin_jobs(uow)
    uow.kept_answers.keep(KeptAnswer("scope", "key", bytes(32), 201, b"answer"))
    hook, secret = "https://example.org/hook", b"secret"
    add_destination(AddDestination(_TESTER, "one", "webhook", hook, secret, list(EventType)), uow)


def _report(uow: SqlUnitOfWork, number: int) -> Report:
    command = FileReport(
        actor=_TESTER,
        reporter=ReporterDetails(Relation.SUBJECT, name=WORDS["name"], contact=WORDS["contact"]),
        statement=Statement(non_consent=True, good_faith=True, signature=WORDS["signature"]),
        content=ReportedContent(url=WORDS["address"], post_text=WORDS["reported text"]),
        conduct=Conduct.SHARED_MEDIA,
        facts={"nudity": True},
        media=(_picture(number),),
    )
    return file_report(command, uow).report


def _register(uow: SqlUnitOfWork) -> None:
    media = uow.media.add(_picture(3), case_id=None, position=0)
    upload = Upload(
        id=UploadId("upl_one"),
        platform_id="post-1",
        uploader_id="user-1",
        post_text=WORDS["upload's text"],
        url=WORDS["address"],
        posted_at=None,
        registered_at=uow.now,
        media_id=media.id,
        sha256=bytes(32),
        verdict=Verdict.ALLOW,
        case_id=None,
        index_version=1,
    )
    uow.uploads.add(upload)
    uow.uploads.add(replace(upload, id=UploadId("upl_two"), platform_id="post-2", post_text=None, url=None))
    uow.unfinished.add(upload.id, b"features")


def _begin_jobs(uow: SqlUnitOfWork) -> None:
    fields = {"post_text": WORDS["job"]}
    job = Job(JobId("job_one"), "uploads", _TESTER, fields, "folder", "a", JobState.WAITING, 0.0, uow.now)
    uow.jobs.add(job)
    ended = replace(job, id=JobId("job_two"), file="b")
    uow.jobs.add(ended.ended(JobState.DONE, b"{}", uow.now))


def _picture(number: int) -> SubmittedMedia:
    signals = (Signal("sha256/1", number.to_bytes(32)), Signal("pdq/1", (number << 96).to_bytes(32), 100))
    return SubmittedMedia("image", 640, 480, None, signals, preview=b"preview")


def main() -> None:
    """Write the folder of the current schema."""
    folder = folder_of(newest_schema() or "")
    folder.mkdir()
    vault = Keyring.made(folder / "keyring.json", earlier=folder / "preview.key", proofs={})
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "record.db"
        engine = open_database(url_of_file(path))
        migrate(engine, vault)
        with transaction(engine, clock=FakeClock(), preview_retention=timedelta(days=36_500), vault=vault) as uow:
            write_words(uow)
        engine.dispose()
        with sqlite3.connect(path) as connection:
            (folder / "record.sql").write_text("\n".join(connection.iterdump()) + "\n")


if __name__ == "__main__":
    main()
