"""Taking in a report: it becomes a case, a receipt and a running clock, whatever it lacks."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from casework.domain.actor import Actor, Role, policy_actor
from casework.domain.cases.case import Case, CaseState, Queue
from casework.domain.cases.handles import handles_of_report
from casework.domain.cases.minor import MinorBy, split_minor
from casework.domain.cases.report import (
    RESPONSE_TIME,
    Report,
    ReportedContent,
    ReporterDetails,
    Statement,
    derived_facts,
    missing_elements,
    reporter_key_of,
    target_of,
)
from casework.domain.errors import ReceiptError
from casework.domain.events import EventType
from casework.domain.facts import Authority, Conduct, Facts
from casework.domain.ids import CaseId, ReportId, TakedownId, new_id, new_receipt_number, new_secret
from casework.domain.media import Collection, SubmittedMedia, is_low_quality
from casework.domain.takedowns.takedown import Takedown
from casework.policy import POLICY_VERSION
from casework.policy.automation.interim import InterimTerms, restricted_at_once
from casework.policy.engine import recommend
from casework.ports.search import CandidateSearch
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.finding.looking_ahead.foreseeing import Foreseen, foresee_submitted
from casework.steps.journal import announce, record
from casework.steps.lock_takedowns import lock_takedowns
from casework.steps.reports.linking import still_stands, takedown_of_upload
from casework.steps.reports.minors import says_under_age, tell_of_minor, words_of
from casework.steps.reports.report_safeguards import gather_campaign, notice_about_reporter
from casework.steps.reports.reported_media import LOW_QUALITY_NOTE, NO_COPY_NOTE, reported_media, upload_named_by
from casework.steps.taking_down.restrict_at_once import Restricting, restrict_at_once

SEARCHED_BY_REPORTS: Final = frozenset({Collection.PROTECTED})
"""The collections that filing a report asks the index about, once what it would hold at once is foreseen."""

UNVERIFIED_MANDATE_NOTE = "The report states a verified mandate; a reviewer has yet to verify it."


@dataclass(frozen=True, slots=True)
class FileReport:
    """
    Somebody reports media.

    Args:
        actor: Whose key, or `PUBLIC`.

        reporter: Who reports.

        statement: What they declare.

        content: Where it was seen.

        conduct: What was done.

        facts: Facts stated explicitly, by name; they take precedence over those the form implies, but for who reports.

        linked_takedown_id: That holds signals of it already, as it was looked for before the transaction.

        media: What was sent, hashed; none where the wrong is in the words, or a registered upload is named.
    """

    actor: Actor
    reporter: ReporterDetails
    statement: Statement
    content: ReportedContent
    conduct: Conduct
    facts: Mapping[str, object]
    media: tuple[SubmittedMedia, ...]
    linked_takedown_id: TakedownId | None = None


@dataclass(frozen=True, slots=True)
class FiledReport:
    """
    What the reporter gets back; the secret is shown this once.

    Args:
        linked_takedown_id: That keeps the media down already; None without one.

        interim: The takedown by which it is restricted at once; None where a person decides first.
    """

    report: Report
    receipt_secret: str
    missing: tuple[str, ...]
    linked_takedown_id: TakedownId | None = None
    interim: Takedown | None = None


def may_be_restricted(command: FileReport, terms: InterimTerms) -> bool:
    """
    Tell, without reading anything, whether a report may be restricted at once.

    Raises:
        FactsError: If a stated fact is unknown or of the wrong type.
    """
    facts, _ = _facts(command)
    return restricted_at_once(recommend(facts), terms)


def foresee_report(
    command: FileReport,
    uow: UnitOfWork,
    search: CandidateSearch,
    terms: InterimTerms,
    *,
    out_of_time: Callable[[], bool] = lambda: False,
) -> Foreseen:
    """
    Look ahead at what a report would hold, if it is restricted at once; nothing, if it is not.

    Args:
        command: The report.

        uow: To read, before the transaction that files it.

        search: Over the `uploads` and `takedowns` collections.

        terms: Whether anything is restricted at once, and what.

        out_of_time: Asked before each comparison but the first.

    Raises:
        FactsError: If a stated fact is unknown or of the wrong type.
        MediaMissingError: As `file_report` says.
    """
    if not may_be_restricted(command, terms) or _minor(command, uow) is not None:
        return Foreseen()
    facts, _ = _facts(command)
    reported = reported_media(command.media, command.content, facts.conduct, uow)
    return foresee_submitted(reported, uow, search, out_of_time=out_of_time)


def file_report(command: FileReport, uow: UnitOfWork, *, restricting: Restricting | None = None) -> FiledReport:
    """
    Open a case for a report, and restrict at once what it reports where the policy says so.

    Args:
        command: The report.

        uow: The transaction.

        restricting: What restricting at once needs; None where nothing ever is.

    Raises:
        FactsError: If a stated fact is unknown or of the wrong type.
        MediaMissingError: If media was shared, none was sent, no registered upload is named, and it is not said that
            there is no copy of what is at an address.
    """
    facts, mandate_was_stated = _facts(command)
    minor = _minor(command, uow)
    if minor is not None:
        restricting = None
    if restricting is not None and restricted_at_once(recommend(facts), restricting.terms):
        lock_takedowns(uow)
    reported = reported_media(command.media, command.content, facts.conduct, uow)
    if minor is not None:
        reported = ()  # hashed to find a takedown of it that stands, and not kept
    case_id = CaseId(new_id("case", uow.now))
    secret = new_secret("rcpt")
    report = Report(
        id=ReportId(new_id("rep", uow.now)),
        case_id=case_id,
        receipt_number=new_receipt_number(),
        receipt_secret_hash=hashlib.sha256(secret.encode()).digest(),
        received_at=uow.now,
        deadline=uow.now + RESPONSE_TIME,
        filed_by=command.actor.id,
        reporter=command.reporter,
        statement=command.statement,
        content=command.content,
        target=target_of(command.content),
        reporter_key=reporter_key_of(command.reporter),
    )
    linked = _linked(command, uow)
    notes = [LOW_QUALITY_NOTE] if any(is_low_quality(media) for media in reported) else []
    if facts.conduct is Conduct.SHARED_MEDIA and not reported and minor is None:
        notes.append(NO_COPY_NOTE)
    if mandate_was_stated:
        notes.append(UNVERIFIED_MANDATE_NOTE)
    if (notice := notice_about_reporter(report, uow)) is not None:
        notes.append(notice)
    queue = Queue.REPORTS if minor is None else Queue.MINORS
    said_by = policy_actor(POLICY_VERSION) if minor is MinorBy.WORDS else command.actor
    uow.cases.add(
        Case(
            id=case_id,
            queue=queue,
            state=CaseState.OPEN,
            opened_at=uow.now,
            deadline=report.deadline,
            facts=facts,
            report_id=report.id,
            note=" ".join(notes) or None,
            linked_takedown_id=linked,
            minor=minor,
            minor_by=None if minor is None else said_by.id,
        )
    )
    uow.reports.add(report)
    uow.cases.find_by(case_id, handles_of_report(report.content))
    stored = uow.media.add_many([(media, case_id, position) for position, media in enumerate(reported)])
    announce(uow, EventType.REPORT_RECEIVED, None, report_id=report.id, case_id=case_id)
    announce(uow, EventType.CASE_OPENED, None, case_id=case_id, queue=queue.value)
    record(uow, command.actor, "report:filed", case_id, report_id=report.id, media=len(reported))
    if minor is not None:
        tell_of_minor(uow.cases.get(case_id), said_by, uow)
    gather_campaign(report, uow)
    missing = missing_elements(command.reporter, command.statement, command.content, facts)
    interim = None if restricting is None else restrict_at_once(report, stored, uow, restricting)
    return FiledReport(report, secret, missing, linked_takedown_id=linked, interim=interim)


def report_of_receipt(number: str, secret: str, uow: UnitOfWork) -> Report:
    """
    Find the report a receipt belongs to.

    Raises:
        ReceiptError: If number and secret do not belong together; it does not say which is wrong.
    """
    report = uow.reports.by_receipt(number)
    given = hashlib.sha256(secret.encode()).digest()
    # A receipt secret has 256 random bits: a slow hash would add nothing, and equal time is what matters here.
    if report is None or not hmac.compare_digest(report.receipt_secret_hash, given):
        message = f"no receipt {number!r} with this secret; both were shown once, when the report was filed"
        raise ReceiptError(message)
    return report


def _minor(command: FileReport, uow: UnitOfWork) -> MinorBy | None:
    """Say how it is known that the person depicted may be under 18; None if nothing says so."""
    if split_minor(command.facts)[1]:
        return MinorBy.ESTABLISHED if command.actor.is_reviewer else MinorBy.STATED
    words = words_of(command.content, command.reporter, command.statement, uow)
    return MinorBy.WORDS if says_under_age(words) else None


def _linked(command: FileReport, uow: UnitOfWork) -> TakedownId | None:
    """Return the takedown that keeps the media down already: as it was found, or as the named upload matched."""
    if command.media:
        return still_stands(command.linked_takedown_id, uow)
    upload = upload_named_by(command.content, uow) if command.conduct is Conduct.SHARED_MEDIA else None
    return None if upload is None else takedown_of_upload(upload, uow)


def _facts(command: FileReport) -> tuple[Facts, bool]:
    """Return the facts of a report, and whether it stated a mandate as verified which nobody has verified yet."""
    implied = derived_facts(command.reporter, command.statement, command.conduct)
    stated_facts, _ = split_minor(command.facts)
    facts = Facts.from_mapping({**implied, **stated_facts}).with_changes({"reporter": implied["reporter"]})
    # Who hands a report in has not assessed the context of a post by that, whoever they are.
    is_reviewer = command.actor.is_reviewer
    if not (is_reviewer and command.facts.get("context_assessed")):
        facts = facts.with_changes({"context_assessed": False})
    if is_reviewer:
        return facts, False
    stated = facts.authority is Authority.VERIFIED
    if stated or command.actor.role is Role.PUBLIC:  # nobody can establish a mandate for themselves
        facts = facts.with_changes({"authority": implied["authority"]})
    return facts, stated
