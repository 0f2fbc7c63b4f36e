"""
Reporter and moderator write to each other: questions, answers, files and what a notice still lacks.

An answer moves its case on by itself: facts, media, what the notice states, and so the recommendation. The clock: the
48 hours run from a *valid* notice (47 USC 223a(a)(3)): signed, made in good faith, naming the post and how the reporter
is reached. So the answer that completes a notice starts them; until then the deadline of receipt stands, and an answer
to a complete notice moves nothing.

A decided report takes one more thing: what its notice lacks, where its takedown waits for that to be trusted
(`casework/policy/automation/trust.py`).

Invariant: a reporter changes what they said themselves, never what a reviewer has established.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from casework.domain.actor import Actor, policy_actor
from casework.domain.cases.case import Case
from casework.domain.cases.handles import handles_of_report
from casework.domain.cases.message import MOST_ANSWERS, Message, Sender
from casework.domain.cases.minor import MINOR, MinorBy, split_minor
from casework.domain.cases.report import (
    MOST_OTHER_URLS,
    RESPONSE_TIME,
    Report,
    ReportedContent,
    missing_elements,
    reporter_key_of,
    target_of,
)
from casework.domain.errors import FactProblem, FactValueError, WrongStateError
from casework.domain.facts import FACT_FIELDS, Facts
from casework.domain.ids import TakedownId
from casework.domain.media import SubmittedMedia, is_low_quality
from casework.policy import POLICY_VERSION
from casework.policy.automation.interim import InterimTerms, restricted_at_once
from casework.policy.engine import recommend
from casework.ports.search import CandidateSearch
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.finding.looking_ahead.foreseeing import Foreseen, foresee_submitted
from casework.steps.judging_anew.trusting import awaits_notice, retrust
from casework.steps.lock_takedowns import lock_takedowns
from casework.steps.reports.conversation import write_from_reporter, write_to_reporter
from casework.steps.reports.linking import still_stands
from casework.steps.reports.minors import leave, says_under_age
from casework.steps.reports.reported_media import LOW_QUALITY_NOTE, as_submitted, reported_media, upload_named_by
from casework.steps.taking_back.reversal import holder_of
from casework.steps.taking_down.interim import reconsider_interim, was_interim
from casework.steps.taking_down.restrict_at_once import Restricting, restrict_at_once

NOT_A_REPORTERS = frozenset(
    {"reporter", "authority", "context_assessed", "reporter_depicted", "media_public_interest", "text_public_interest"}
)
"""Facts that a reviewer establishes: who may object, and how the public's interest weighs."""

OF_A_DECIDED_REPORT = frozenset({"signature", "good_faith", "contact", "name"})
"""What an answer may still add once the report is upheld: nothing that a decision rests on, only who stands for it."""

FACTS_CHANGED = "case:facts:changed"


def message_reporter(case_id: str, text: str, actor: Actor, uow: UnitOfWork) -> Message:
    """
    Write to who filed the report of a case.

    Raises:
        NotFoundError: If there is no such case.
        WrongStateError: If it is decided, or a match opened it: there is no reporter.
        CaseClaimedError: If somebody else works on it.
    """
    case = uow.cases.get(case_id, lock=True)
    case.require_open()
    case.require_unclaimed_by_others(actor.id, uow.now)
    report = uow.reports.of_case(case.id)
    if report is None:
        message = f"case {case.id} was opened by a match; nobody reported it, so nobody can be written to"
        raise WrongStateError(message)
    written = write_to_reporter(report, actor, text, uow, asks=False)
    assert written is not None
    return written


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What a reporter says and adds.

    Args:
        report: Its receipt was shown.

        text: What they say.

        facts: What they state, by the policy's names.

        statement: What they declare: fields of `Statement`.

        reporter: What they add about themselves: fields of `ReporterDetails` but `relation`.

        content: What they add about the post: fields of `ReportedContent` that were not given before.

        media: What they send.

        linked_takedown_id: That holds signals of it already, as it was looked for before the transaction.
    """

    report: Report
    text: str | None = None
    facts: Mapping[str, object] = field(default_factory=dict)
    statement: Mapping[str, Any] = field(default_factory=dict)
    reporter: Mapping[str, Any] = field(default_factory=dict)
    content: Mapping[str, Any] = field(default_factory=dict)
    media: tuple[SubmittedMedia, ...] = ()
    linked_takedown_id: TakedownId | None = None


def require_answerable(report: Report, uow: UnitOfWork, *, lock: bool = False, with_media: bool = False) -> Case:
    """
    Refuse an answer that nobody would read; asked before files are decoded, and again when they are stored.

    Args:
        report: Theirs.

        uow: To read.

        lock: Whether the case is written afterwards.

        with_media: Whether files come with it.

    Raises:
        WrongStateError: If the report is decided or erased, its holder has written too often, or files are sent of
            somebody who may be under 18.
    """
    case = uow.cases.get(report.case_id, lock=lock)
    if uow.erasures.of_scope(case.id) is not None:
        message = f"report {report.receipt_number} is erased; there is nothing left to answer to"
        raise WrongStateError(message)
    if not case.is_open and awaits_notice(case, uow) is None:
        message = (
            f"report {report.receipt_number} is {case.state.value.replace('_', ' ')} and takes no more answers; its "
            "receipt says what can be done now"
        )
        raise WrongStateError(message)
    if with_media and case.minor is not None:
        message = (
            f"report {report.receipt_number} may be about somebody under 18: please send no pictures or videos here, "
            "they are not kept; its receipt says where there is help"
        )
        raise WrongStateError(message)
    written = sum(one.sender is Sender.REPORTER for one in uow.messages.of_case(case.id))
    if written >= MOST_ANSWERS:
        message = f"report {report.receipt_number} has {written} answers already; no more are taken"
        raise WrongStateError(message)
    return case


def foresee_answer(
    command: Answer,
    uow: UnitOfWork,
    search: CandidateSearch,
    terms: InterimTerms,
    *,
    out_of_time: Callable[[], bool] = lambda: False,
) -> Foreseen:
    """
    Look ahead at what an answer would hold, if it makes the policy restrict at once; nothing, if it does not.

    Args:
        command: The answer.

        uow: To read, before the transaction that takes it in.

        search: Over the `uploads` and `takedowns` collections.

        terms: Whether anything is restricted at once, and what.

        out_of_time: Asked before each comparison but the first.

    Raises:
        FactsError, MediaMissingError: As `answer_as_reporter` says.
    """
    case = uow.cases.get(command.report.case_id)
    if not case.is_open or case.minor is not None or _minor(command, uow) is not None:
        return Foreseen()
    facts, stored = _facts(command, case, uow), uow.media.of_case(case.id)
    if not _restricts_now(case, facts, uow, terms, had_media=bool(stored)):
        return Foreseen()
    kept = [as_submitted(one, uow) for one in stored]
    content = replace(command.report.content, **_only_new(command.report, command.content))
    sent = command.media if kept else reported_media(command.media, content, facts.conduct, uow)
    return foresee_submitted([*kept, *sent], uow, search, out_of_time=out_of_time)


def answer_as_reporter(command: Answer, uow: UnitOfWork, *, restricting: Restricting | None = None) -> Message:
    """
    Take in what a reporter says and adds; the case moves on with it, and what it reports is restricted at once if the
    policy says so now.

    Args:
        command: The answer.

        uow: The transaction.

        restricting: What restricting at once needs; None where nothing ever is.

    Raises:
        WrongStateError: As `require_answerable` says, or if more is added to a decided report than its notice lacks.
        FactsError: If a fact is unknown, of the wrong type, or a reviewer's to establish, or a reviewer has.
        MediaMissingError: If media is said to be shared and there is none.
    """
    lock_takedowns(uow)  # what is restricted until a person decides may end with what is known
    case = require_answerable(command.report, uow, lock=True, with_media=bool(command.media))
    before = uow.reports.get(command.report.id, lock=True)
    if not case.is_open:
        return _complete_notice(before, case, command, uow, restricting)
    after = _completed(before, command)
    facts = _facts(command, case, uow)
    minor = _minor(command, uow)
    kept = uow.media.of_case(case.id)
    if minor is not None or case.minor is not None:
        media: tuple[SubmittedMedia, ...] = ()
    else:
        media = command.media if kept else reported_media(command.media, after.content, facts.conduct, uow)
    for position, one in enumerate(media, start=len(kept)):
        uow.media.add(one, case_id=case.id, position=position)
    moved = _moved_on(case.with_facts(facts), media, command, uow)
    if missing_of(before, case.facts) and not missing_of(after, facts):
        deadline = uow.now + RESPONSE_TIME
        after, moved = replace(after, deadline=deadline), replace(moved, deadline=deadline)
    uow.reports.update(after)
    if after.content != before.content:
        uow.cases.find_by(moved.id, handles_of_report(after.content))
    uow.cases.update(moved)
    if minor is not None and (case.minor is None or (case.minor, minor) == (MinorBy.WORDS, MinorBy.STATED)):
        by = policy_actor(POLICY_VERSION) if minor is MinorBy.WORDS else holder_of(after)
        leave(uow.cases.get(case.id, lock=True), minor, by, uow)
    else:
        reconsider_interim(moved, uow)
    written = write_from_reporter(after, holder_of(after), command.text, _added(command, media), uow)
    if restricting is None or minor is not None or case.minor is not None:
        return written
    if _restricts_now(case, facts, uow, restricting.terms, had_media=bool(kept)):
        restrict_at_once(after, uow.media.of_case(case.id), uow, restricting)
    return written


def _restricts_now(case: Case, facts: Facts, uow: UnitOfWork, terms: InterimTerms, *, had_media: bool) -> bool:
    """Tell whether the policy restricts at once with an answer what it did not without it: once, and not again."""
    did_before = had_media and restricted_at_once(recommend(case.facts), terms)
    return restricted_at_once(recommend(facts), terms) and not did_before and not was_interim(case.id, uow)


def _complete_notice(
    report: Report, case: Case, command: Answer, uow: UnitOfWork, restricting: Restricting | None
) -> Message:
    """Take in what the notice of an upheld report lacks; its takedown is trusted with it, if it lacks nothing else."""
    beside = [*split_minor(command.facts)[0], *command.content, *(["media"] if command.media else [])]
    beside += [name for name in (*command.statement, *command.reporter) if name not in OF_A_DECIDED_REPORT]
    if beside:
        message = (
            f"report {report.receipt_number} is decided and takes only what its notice lacks "
            f"({', '.join(sorted(OF_A_DECIDED_REPORT))}) and words, not {', '.join(beside)}"
        )
        raise WrongStateError(message)
    after = _completed(report, command)
    uow.reports.update(after)
    written = write_from_reporter(after, holder_of(after), command.text, _added(command, ()), uow)
    minor = _minor(command, uow)
    if minor is not None:  # then nothing of it is matched any more, whoever signs
        leave(case, minor, policy_actor(POLICY_VERSION) if minor is MinorBy.WORDS else holder_of(after), uow)
        return written
    waiting = awaits_notice(case, uow)
    if waiting is not None:
        search = None if restricting is None else restricting.search
        retrust(uow.takedowns.get(waiting.id, lock=True), uow, search)
    return written


def _minor(command: Answer, uow: UnitOfWork) -> MinorBy | None:
    """Say how an answer makes known that the person depicted may be under 18; None if it does not."""
    if split_minor(command.facts)[1]:
        return MinorBy.STATED
    content = ReportedContent(**command.content)
    named = upload_named_by(content, uow)
    said = (
        command.text,
        command.reporter.get("authority_evidence"),
        command.statement.get("explanation"),
        content.post_text,
        None if named is None else named.post_text,
    )
    return MinorBy.WORDS if says_under_age(said) else None


def missing_of(report: Report, facts: Facts) -> tuple[str, ...]:
    """Name what a report still lacks."""
    return missing_elements(report.reporter, report.statement, report.content, facts)


def _completed(report: Report, command: Answer) -> Report:
    reporter = replace(report.reporter, **command.reporter)
    content = replace(report.content, **_only_new(report, command.content))
    return replace(
        report,
        reporter=reporter,
        statement=replace(report.statement, **command.statement),
        content=content,
        target=target_of(content),
        reporter_key=reporter_key_of(reporter),
    )


def _only_new(report: Report, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is said of the post for the first time: what a reviewer looked at does not become another post."""
    new = dict(given)
    further = new.pop("other_urls", ())
    for name, value in new.items():
        known = getattr(report.content, name)
        if known not in (None, value):
            problem = FactProblem(f"content.{name}", "is another one in the report; report another post anew")
            raise FactValueError([problem])
    if further:
        new["other_urls"] = tuple(dict.fromkeys((*report.content.other_urls, *further)))
        if len(new["other_urls"]) > MOST_OTHER_URLS:
            problem = FactProblem("content.other_urls", f"are more than {MOST_OTHER_URLS}; report the others anew")
            raise FactValueError([problem])
    return new


def _facts(command: Answer, case: Case, uow: UnitOfWork) -> Facts:
    stated, minor = split_minor(command.facts)
    if minor is False and case.minor is not None:
        raise FactValueError([_refused(MINOR, set())])
    if "non_consent" in command.statement:
        stated.setdefault("non_consent_stated", command.statement["non_consent"])
    facts = case.facts.with_changes(stated)
    established = _established(case, uow)
    changed = [name for name in stated if getattr(facts, name) != getattr(case.facts, name)]
    problems = [_refused(name, established) for name in changed if name in NOT_A_REPORTERS | established]
    if problems:
        raise FactValueError(problems)
    return facts


def _established(case: Case, uow: UnitOfWork) -> set[str]:
    """Return the facts that a reviewer has changed in this case."""
    changes = (entry.detail for entry in uow.audit.of([case.id]) if entry.action == FACTS_CHANGED)
    return {name for detail in changes for name in detail if name in FACT_FIELDS}


def _refused(name: str, established: set[str]) -> FactProblem:
    if name in established:
        return FactProblem(f"facts.{name}", "a reviewer has established it; say in `text` why it is wrong")
    return FactProblem(f"facts.{name}", "is a reviewer's to establish; say in `text` what you know")


def _moved_on(case: Case, media: tuple[SubmittedMedia, ...], command: Answer, uow: UnitOfWork) -> Case:
    note, linked = case.note, case.linked_takedown_id
    if any(is_low_quality(one) for one in media) and LOW_QUALITY_NOTE not in (note or ""):
        note = f"{note} {LOW_QUALITY_NOTE}" if note else LOW_QUALITY_NOTE
    if linked is None:
        linked = still_stands(command.linked_takedown_id, uow)
    return replace(case, note=note, linked_takedown_id=linked)


def _added(command: Answer, media: tuple[SubmittedMedia, ...]) -> tuple[str, ...]:
    parts = [*command.statement, *command.reporter, *command.content]
    return (*(["media"] if media else []), *parts, *(f"fact:{name}" for name in command.facts))
