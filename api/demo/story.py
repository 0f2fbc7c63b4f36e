"""
The story: a report, a decision, copies that come back, innocent photographs, a withdrawal.

Invariant: everything the story says is an answer of the server. `failures` compares what happened with what was
promised, so a story that goes wrong says so.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from api.demo.edits import Edit
from api.demo.photos import Cast, Photo
from api.demo.platform import AnsweredUpload, Platform
from api.schemas.casework.cases import CaseView
from api.schemas.casework.decisions import DecisionOut
from api.schemas.casework.takedowns import TakedownOut
from api.schemas.reports import ReportAnswer
from api.shell.output import progress_bar

CONTEXT_FREE_RULE = "R07"
"""Intimate media shared without consent: the one rule under which a copy is blocked without a person's look."""


@dataclass(frozen=True, slots=True)
class Story:
    """
    What happened.

    Args:
        report: The answer to the report.

        case: As the moderator saw it.

        looked_at: Pictures the moderator looked at before deciding.

        decision: As the moderator made it.

        copies: The uploads of the reported photo and its edits.

        innocent: The uploads that have nothing to do with it.

        withdrawn: The takedown, taken back.

        afterwards: The reported photo, uploaded once more.
    """

    report: ReportAnswer
    case: CaseView
    looked_at: int
    decision: DecisionOut
    copies: tuple[AnsweredUpload, ...]
    innocent: tuple[AnsweredUpload, ...]
    withdrawn: TakedownOut
    afterwards: AnsweredUpload

    @property
    def uploads(self) -> tuple[AnsweredUpload, ...]:
        """Every upload, in order."""
        return (*self.copies, *self.innocent, self.afterwards)

    def failures(self) -> list[str]:
        """Say what went otherwise than promised."""
        recommended = self.case.recommendation
        found = [
            f"{upload.photo.name}: {upload.answer.verdict} instead of {upload.expected}"
            for upload in self.uploads
            if not upload.as_promised
        ]
        if recommended.rule != CONTEXT_FREE_RULE:
            found.append(f"the policy recommended by {recommended.rule} instead of {CONTEXT_FREE_RULE}")
        if not self.looked_at or self.decision.lacks:
            lacks = ", ".join(lack.reason for lack in self.decision.lacks)
            found.append(f"{self.looked_at} pictures were looked at, and it lacks: {lacks or 'nothing'}")
        if self.withdrawn.signals:
            found.append(f"signals are left after the withdrawal: {self.withdrawn.signals}")
        return found


def run_story(
    platform: Platform, cast: Cast, copies: Sequence[tuple[Edit, Photo]], *, say: Callable[[str], None]
) -> Story:
    """
    Make it happen.

    Args:
        platform: Who talks to the server.

        cast: The photographs.

        copies: Edits of the reported one; the first is the very file.

        say: Takes each sentence as soon as it is true.
    """
    report = platform.report(cast.reported)
    say(f"1  A person reports an intimate photo of theirs; here {cast.reported.name!r} stands in for it.")
    say(f"   Receipt {report.receipt.number}; an answer is due by {report.deadline:%A %H:%M} UTC.")
    case = platform.case(report.case_id)
    say(f"2  The policy recommends {case.recommendation.outcome} by rule {case.recommendation.rule}:")
    for reason in case.recommendation.reasons:
        say(f"   {reason}")
    looked_at = platform.look(case)
    decision = platform.uphold(case.id)
    say(f"3  A moderator looks at it and upholds it. From index version {decision.index_version} on, every process")
    say("   knows it.")
    say(f"4  It comes back {len(copies)} times, edited, among {len(cast.innocent)} other photos.")
    low_quality = platform.takedown(str(decision.takedown_id)).low_quality
    if low_quality:
        say("   The photo is too plain to be distinguished for sure: only the very file is blocked by itself.")
    promised = [edit.must_block and not (low_quality and number) for number, (edit, _) in enumerate(copies)]
    answered_copies, answered_innocent = _upload_all(platform, cast, copies, promised)
    withdrawn = platform.withdraw(str(decision.takedown_id))
    afterwards = platform.upload(cast.reported, expected="allow")
    say("5  The person withdraws. The takedown is un-indexed at once, and the same photo, uploaded again,")
    say(f"   is answered: {afterwards.answer.verdict}.")
    return Story(report, case, looked_at, decision, answered_copies, answered_innocent, withdrawn, afterwards)


def _upload_all(
    platform: Platform, cast: Cast, copies: Sequence[tuple[Edit, Photo]], promised: Sequence[bool]
) -> tuple[tuple[AnsweredUpload, ...], tuple[AnsweredUpload, ...]]:
    with progress_bar() as bar:
        task = bar.add_task("   Uploading", total=len(copies) + len(cast.innocent))

        def upload(photo: Photo, expected: str | None) -> AnsweredUpload:
            answered = platform.upload(photo, expected=expected)
            bar.advance(task)
            return answered

        return (
            tuple(
                upload(photo, "block" if blocked else None)
                for (_, photo), blocked in zip(copies, promised, strict=True)
            ),
            tuple(upload(photo, "allow") for photo in cast.innocent),
        )
