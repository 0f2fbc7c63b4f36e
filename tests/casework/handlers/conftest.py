"""A desk over an empty record in memory: what pipelines, reporters and moderators do, in one call each."""

from dataclasses import dataclass, field, replace

import pytest

from casework.domain.actor import Actor, Role
from casework.domain.cases.decision import Decision, DecisionOutcome
from casework.domain.cases.report import Relation, ReportedContent, ReporterDetails, Statement
from casework.domain.facts import Conduct
from casework.domain.media import SubmittedMedia
from casework.domain.takedowns.upload import Upload
from casework.handlers.deciding.decide import DecideCase, decide_case
from casework.handlers.deciding.look import preview_of
from casework.handlers.reports.intake import FiledReport, FileReport, file_report, foresee_report
from casework.handlers.uploads import RegisteredUpload, RegisterUpload, register_upload
from casework.policy.automation.flood import FloodLimits
from casework.policy.automation.interim import DEFAULT_INTERIM, InterimTerms
from casework.policy.automation.safeguards import SafeguardLimits
from casework.steps.judging_anew.flood import pictures_of
from casework.steps.taking_down.restrict_at_once import Restricting
from matcher.hashing.query import Query
from matcher.signals.base import Signal
from tests.fakes import FakeSearch, FakeUnitOfWork

PIPELINE = Actor("key_pipeline", "uploads", Role.PIPELINE)
PARTNER = Actor("key_partner", "uploads of a partner", Role.PIPELINE)
FORM = Actor("key_form", "form of the platform", Role.INTAKE)
MODERATOR = Actor("key_alex", "alex", Role.MODERATOR)
STATEMENT = Statement(non_consent=True, good_faith=True, signature="A")
PREVIEW = b"what a reviewer sees"
COLLEAGUE = Actor("key_kim", "kim", Role.MODERATOR)


def picture(number: int, *, flipped: int = 0, file: int = 0) -> tuple[Signal, ...]:
    """
    Return the signals of a picture.

    Args:
        number: Another number is another picture.

        flipped: Bits, of 256, in which its hashes differ from those of the unchanged picture.

        file: Another number is another file of the same picture.
    """
    code = (int.from_bytes(bytes([17 * number % 251, 91 * number % 241]) * 16) ^ ((1 << flipped) - 1)).to_bytes(32)
    return (
        Signal("sha256/1", bytes([number, file, flipped]).ljust(32, b"\x01")),
        Signal("pdq/1", code, 100),
        Signal("phash/1", code[::-1]),
    )


@dataclass
class Desk:
    """What people and pipelines do, over one record."""

    record: FakeUnitOfWork = field(default_factory=FakeUnitOfWork)
    limits: SafeguardLimits = field(default_factory=SafeguardLimits)
    flood: FloodLimits = field(default_factory=lambda: FloodLimits(uploaders=0))
    interim: InterimTerms = DEFAULT_INTERIM

    @property
    def search(self) -> FakeSearch:
        """Return an index that holds what the record's log says."""
        return FakeSearch(self.record.index_log)

    def report(
        self,
        number: int,
        *,
        relation: Relation = Relation.SUBJECT,
        account: str | None = None,
        media: SubmittedMedia | None = None,
        also: SubmittedMedia | None = None,
        actor: Actor = FORM,
        upload_id: str | None = None,
        uploader_id: str | None = None,
        statement: Statement = STATEMENT,
        contact: str | None = "a@example.org",
        **facts: object,
    ) -> FiledReport:
        """File a complete report of an intimate picture, or of other media."""
        command = FileReport(
            actor=actor,
            reporter=ReporterDetails(relation, name="A", contact=contact and f"{number}{contact}", uploader_id=account),
            statement=statement,
            content=ReportedContent(f"https://example.org/{number}", upload_id, uploader_id),
            conduct=Conduct.SHARED_MEDIA,
            facts={"nudity": True, **facts},
            media=(media or submitted(picture(number)), *filter(None, (also,))),
        )
        foreseen = foresee_report(command, self.record, self.search, self.interim)
        return file_report(
            command, self.record, restricting=Restricting(self.search, self.interim, self.limits, foreseen)
        )

    def look(self, case_id: str, actor: Actor = MODERATOR) -> int:
        """Look at all there is to see in a case; return at how many pictures."""
        shown = pictures_of(self.record.cases.get(case_id), self.record)
        kept = [place for place, one in enumerate(shown) if one.has_preview]
        for place in kept:
            preview_of(case_id, place, actor, self.record, search=self.search)
        return len(kept)

    def decide(
        self,
        case_id: str,
        outcome: str,
        actor: Actor = MODERATOR,
        *,
        because: str | None = None,
        looks: bool = True,
    ) -> Decision:
        """Decide a case; who upholds looks at it first, where nothing else is said."""
        if looks and outcome == "uphold" and case_id in self.record.cases.rows:
            self.look(case_id, actor)
        command = DecideCase(case_id, actor, DecisionOutcome(outcome), override_reason=because)
        return decide_case(command, self.record, search=self.search, limits=self.limits)

    def take_down(self, number: int, **changes: object) -> Decision:
        """Report a picture and uphold the report."""
        return self.decide(self.report(number, **changes).report.case_id, "uphold")

    def upload(
        self, upload_id: str, signals: tuple[Signal, ...], *, by: str | None = None, actor: Actor = PIPELINE
    ) -> RegisteredUpload:
        """Register an upload."""
        command = registration(upload_id, signals, by=by, actor=actor)
        return register_upload(command, self.record, self.search, flood=self.flood)

    def verdict(self, upload: Upload) -> str:
        """Return an upload's verdict as it is now."""
        return self.record.uploads.get(upload.id).verdict.value

    def told(self) -> list[str]:
        """Return the types of what downstream is told, in order."""
        return [one.type.value for one in self.record.outbox.events]


@pytest.fixture
def desk() -> Desk:
    """Open a desk over an empty record."""
    return Desk()


def submitted(signals: tuple[Signal, ...]) -> SubmittedMedia:
    """Return a picture as it is sent in."""
    return SubmittedMedia("image", 640, 480, None, signals, preview=PREVIEW, query=Query.of_signals(signals))


def registration(
    upload_id: str, signals: tuple[Signal, ...], *, by: str | None = None, actor: Actor = PIPELINE
) -> RegisterUpload:
    """Return what a pipeline asks."""
    return RegisterUpload(
        actor=actor,
        platform_id=upload_id,
        uploader_id=by,
        post_text=None,
        url=None,
        posted_at=None,
        media=replace(submitted(signals), preview=None),
        query=Query.of_signals(signals),
        sha256=signals[0].value,
        preview=PREVIEW,
    )
