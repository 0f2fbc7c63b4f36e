"""What a row of a list of cases shows, and the words for what stands in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from api.views.casework.people import People
from casework.domain.actor import Actor
from casework.domain.cases.case import Case, Queue
from casework.domain.cases.report import Report
from casework.domain.facts import Conduct
from casework.policy.minors import recommend_for
from casework.policy.recommendation import Outcome
from casework.ports.unit_of_work import UnitOfWork

OUTCOMES: Final[dict[Outcome, str]] = {
    Outcome.REMOVE: "Remove",
    Outcome.ABUSE_REVIEW: "Judge abuse",
    Outcome.NUDITY_REVIEW: "Judge nudity",
    Outcome.DISPUTE_REVIEW: "Judge consent",
    Outcome.BALANCE_REVIEW: "Weigh interests",
    Outcome.NEEDS_CONTEXT: "Look at the context",
    Outcome.KEEP: "Keep",
    Outcome.KEEP_DISCRETIONARY: "May keep",
    Outcome.REQUEST_VALID_REPORT: "Ask who reports",
    Outcome.REQUEST_AUTHORITY: "Ask for a mandate",
    Outcome.REQUEST_NON_CONSENT: "Ask for a statement",
    Outcome.REJECT_NOT_DEPICTED: "Reject",
    Outcome.LEAVE_ADULT_ROUTE: "Not as an adult",
}
"""What the policy recommends, in two or three words."""

CONDUCTS: Final[dict[Conduct, str]] = {
    Conduct.SHARED_MEDIA: "shared media",
    Conduct.PRIVATE_INFO: "private information",
    Conduct.THREAT_TO_EXPOSE: "a threat to expose",
    Conduct.INCENTIVISE_OTHERS: "a call on others to expose",
    Conduct.DEMAND_MONEY: "a demand for money",
    Conduct.OFFER_BOUNTY: "a bounty",
    Conduct.SHARE_CREDENTIALS: "credentials",
}

QUEUE_NAMES: Final[dict[Queue, str]] = {
    Queue.REPORTS: "Reports",
    Queue.MATCHES: "Copies found",
    Queue.APPEALS: "Appeals",
    Queue.CAMPAIGNS: "Campaigns",
    Queue.QUARANTINES: "Quarantines",
    Queue.MINORS: "Under 18",
    Queue.IMPORTS: "Imported",
}

RELATIONS: Final = {
    "subject": "the person depicted",
    "authorised_representative": "a representative",
    "third_party": "a third party",
}


@dataclass(frozen=True, slots=True)
class QueueRow:
    """
    A case in a list.

    Args:
        id: The case's.

        sentence: What it is about, in a line.

        strength: How sure the match is; None for a report.

        recommended: What the policy recommends, in two words.

        rule: The rule that recommends it.

        deadline: When an answer is due.

        left_s: Seconds until then; below zero where it is past.

        held_by: Who holds it now, or None.

        is_mine: Whether that is who looks.

        state: Where it stands, in words; None while it is open.
    """

    id: str
    sentence: str
    queue_name: str
    strength: str | None
    recommended: str
    rule: str
    deadline: datetime
    left_s: float
    held_by: str | None
    is_mine: bool
    state: str | None

    @property
    def is_closed(self) -> bool:
        """Whether it waits for nobody's work."""
        return self.state is not None


def queue_rows(cases: Sequence[Case], actor: Actor, uow: UnitOfWork) -> list[QueueRow]:
    """Show a page of cases, in their order."""
    people = People(uow)
    reports = uow.reports.many(one.report_id for one in cases if one.report_id is not None)
    matches = uow.matches.of_uploads([one.upload_id for one in cases if one.upload_id is not None])
    rows = []
    for case in cases:
        matched = matches[case.upload_id] if case.upload_id is not None else []
        match = next((one for one in matched if one.takedown_id == case.takedown_id), None)
        recommendation = recommend_for(case)
        held = case.claimed_until is not None and uow.now < case.claimed_until
        rows.append(
            QueueRow(
                id=case.id,
                sentence=_sentence(
                    case, None if match is None else match.explanation, reports.get(case.report_id or "")
                ),
                queue_name=QUEUE_NAMES[case.queue],
                strength=None if match is None else match.strength.value,
                recommended=OUTCOMES[recommendation.outcome],
                rule=recommendation.rule,
                deadline=case.deadline,
                left_s=(case.deadline - uow.now).total_seconds(),
                held_by=people.named(case.claimed_by).name if held and case.claimed_by else None,
                is_mine=held and case.claimed_by == actor.id,
                state=None if case.is_open else case.state.value.replace("_", " "),
            )
        )
    return rows


def _sentence(case: Case, explanation: str | None, report: Report | None) -> str:
    if case.asks_about_takedown:
        return "A takedown matches far more people than its like: does it act by itself?"
    if case.minor is not None:
        return "The person shown may be under 18"
    if explanation is not None:
        return explanation[:1].upper() + explanation[1:]
    if report is not None:
        return f"Report by {RELATIONS[report.reporter.relation.value]}: {CONDUCTS[case.facts.conduct]}"
    return "A post that somebody has to look at"
