"""What the tests of repositories write into a record: reports, decisions, media, uploads, matches."""

import itertools

from casework.domain.actor import Actor, Role, policy_actor
from casework.domain.cases.decision import Decision, DecisionOutcome
from casework.domain.cases.report import Relation, ReportedContent, ReporterDetails, Statement
from casework.domain.facts import Conduct
from casework.domain.ids import UploadId
from casework.domain.media import Media, SubmittedMedia
from casework.domain.takedowns.upload import Match, Upload
from casework.domain.verdict import Verdict
from casework.handlers.deciding.decide import DecideCase, decide_case
from casework.handlers.reports.intake import FileReport, file_report
from casework.persistence.unit_of_work import SqlUnitOfWork
from casework.policy.automation.safeguards import SafeguardLimits
from casework.ports.unit_of_work import UnitOfWork
from matcher.signals.base import Signal
from matcher.strength import Strength
from tests.fakes import FakeSearch, FakeUnitOfWork

TESTER = policy_actor("tests")
REPORTER = Actor("key_form", "form", Role.INTAKE)
_numbers = itertools.count(1)


class _Nothing(FakeSearch):
    """A search that finds nothing, over whatever record."""

    def __init__(self) -> None:
        super().__init__(FakeUnitOfWork().index_log)


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
