"""What people and pipelines do over a service without HTTP, step by step; `story.py` tells the same without it."""

import itertools
import random
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from api.http.repeats.idempotent import IdempotentRequest
from api.schemas.casework.decisions import DecisionsIn, DecisionsOut
from api.service import Service
from api.steps.together import decide_together
from casework.domain.actor import Actor, Role
from casework.domain.cases.appeal import AppealBy, AppealOutcome
from casework.domain.cases.decision import Decision, DecisionOutcome, DecisionState
from casework.domain.cases.listing import GroupKey
from casework.domain.cases.report import Relation, Report, ReportedContent, ReporterDetails, Statement
from casework.domain.errors import CaseworkError
from casework.domain.facts import Conduct
from casework.domain.ids import CaseId, DecisionId, TakedownId
from casework.domain.media import SubmittedMedia
from casework.handlers.deciding.decide import DecideCase, approve_decision, decide_case
from casework.handlers.deciding.look import preview_of
from casework.handlers.deciding.review import change_facts
from casework.handlers.lookback import apply_batch, compare_batch, survey
from casework.handlers.reports.converse import Answer, answer_as_reporter
from casework.handlers.reports.intake import FileReport, file_report
from casework.handlers.reports.minors import SayMinor, say_minor
from casework.handlers.standing.appeals import DecideAppeal, FileAppeal, decide_appeal, file_appeal, file_poster_appeal
from casework.handlers.standing.interim import end_past_interim
from casework.handlers.standing.reverse import WithdrawTakedown, withdraw_report, withdraw_takedown
from casework.handlers.uploads import RegisterUpload, register_upload
from casework.persistence.unit_of_work import SqlUnitOfWork
from casework.policy.automation.interim import NO_INTERIM, InterimTerms
from casework.policy.automation.safeguards import SafeguardLimits
from casework.policy.together import MOST_TOGETHER
from casework.steps.judging_anew.flood import pictures_of
from casework.steps.sweeps import claim_sweep
from casework.steps.taking_down.restrict_at_once import Restricting
from casework.steps.uploads.standing import restriction_of
from matcher.hashing.query import Query
from matcher.signals.base import Signal
from tests.api.scenarios.story import Story

PEOPLE = [Actor(id=f"key_{n}", name=f"person {n}", role=Role.SENIOR) for n in range(2)]
REPORTER = Actor(id="key_form", name="form", role=Role.INTAKE)
PICTURES = 2
LEASE = timedelta(minutes=1)
LIMITS = SafeguardLimits(uploads=2)
AT_ONCE = InterimTerms(limit=timedelta(microseconds=1))
"""Every interim takedown is past its limit at once, and ends when a step says so."""

REPORTS: list[tuple[Relation, dict[str, str | bool]]] = [
    (Relation.SUBJECT, {"nudity": True}),
    (Relation.SUBJECT, {"nudity": False}),
    (Relation.THIRD_PARTY, {"nudity": True}),
    (Relation.SUBJECT, {"nudity": True, "permission_evidence": "claimed_by_poster"}),
    (Relation.SUBJECT, {"nudity": True}),
]
UNSIGNED, HASHES_ONLY = {4}, {3}
"""Which of them lack a signature, and of which only signals were sent."""

PREVIEW = b"what a reviewer sees"
_EXAMPLES = itertools.count()


class World:
    """
    One example: a few pictures, and what was made of them.

    Args:
        service: The service that acts.
    """

    def __init__(self, service: Service) -> None:
        rng = random.Random(next(_EXAMPLES))  # never the pictures of an example before: they share a database
        self.service = service
        self.values = [rng.randbytes(32) for _ in range(PICTURES)]
        self.name = rng.randbytes(8).hex()
        self.cases: list[str] = []
        self.decisions: list[str] = []
        self.takedowns: list[str] = []
        self.uploads: list[str] = []
        self.reports: list[Report] = []
        self.reported: dict[str, int] = {}
        self.shown: list[int] = []
        self.pictures: dict[str, str] = {}
        self.story = Story()

    def act(self, step: str, number: int) -> None:
        """Take a step; one that is not possible now changes nothing."""
        with suppress(CaseworkError):
            getattr(self, step.replace(" ", "_"))(number)

    def report(self, number: int) -> None:
        """
        Report a picture: an intimate one or not, signed or not, by its signals alone or not; a stranger's report and a
        disputed one are restricted at once.
        """
        kind = number % len(REPORTS)
        relation, facts = REPORTS[kind]
        command = FileReport(
            actor=REPORTER,
            reporter=ReporterDetails(relation, contact="a@example.org"),
            statement=Statement(non_consent=True, good_faith=True, signature=None if kind in UNSIGNED else "A"),
            content=ReportedContent(upload_id=f"{self.name} {number}"),
            conduct=Conduct.SHARED_MEDIA,
            facts=facts,
            media=(self._media(number, claimed=kind in HASHES_ONLY),),
        )
        restricting = Restricting(self.service.replica, AT_ONCE, LIMITS)
        with self.service.writing() as uow:
            filed = file_report(command, uow, restricting=restricting)
            change_facts(filed.report.case_id, {"context_assessed": True}, PEOPLE[0], uow)
            (picture,) = uow.media.of_case(filed.report.case_id)
        self.cases.append(filed.report.case_id)
        self.reports.append(filed.report)
        self.reported[filed.report.case_id] = number
        self.pictures[filed.report.case_id] = picture.id
        if kind not in UNSIGNED:
            self.story.signed.add(filed.report.case_id)
        if filed.interim is not None:
            self.story.restricted(filed.report.case_id, filed.interim.id, filed.interim.decision_id)
            self.takedowns.append(filed.interim.id)
            self.decisions.append(filed.interim.decision_id)

    def look(self, number: int) -> None:
        """Look at all there is to see in a case."""
        if not self.cases:
            return
        case_id, person = self.cases[number // 2 % len(self.cases)], PEOPLE[number % 2]
        with self.service.writing() as uow:
            shown = pictures_of(uow.cases.get(case_id), uow)
            seen = {place: one.id for place, one in enumerate(shown) if one.has_preview}
            for place in seen:
                preview_of(case_id, place, person, uow, search=self.service.replica)
        self.story.looked(person.id, seen.values())

    def sign(self, number: int) -> None:
        """Sign a report with its receipt, as long as that is taken."""
        if self.reports:
            report = self.reports[number % len(self.reports)]
            with self.service.writing() as uow:
                command = Answer(uow.reports.get(report.id), statement={"signature": "A"})
                answer_as_reporter(command, uow, restricting=Restricting(self.service.replica, NO_INTERIM))
            self.story.signed.add(report.case_id)

    def learn(self, number: int) -> None:
        """Learn that a picture is not intimate."""
        if self.reports:
            report = self.reports[number % len(self.reports)]
            with self.service.writing() as uow:
                change_facts(report.case_id, {"nudity": False}, PEOPLE[0], uow)
            self.story.learned.add(report.case_id)
            self.story.reconsidered(report.case_id)

    def expire(self, number: int) -> None:
        """Let the time of something that was restricted at once be over."""
        interim = sorted((case, one) for case, one in self.story.interim.items() if one in self.story.standing)
        if interim:
            case_id, takedown_id = interim[number % len(interim)]
            with self.service.writing() as uow:
                assert end_past_interim(TakedownId(takedown_id), uow)
            self.story.released(case_id)

    def take_back(self, number: int) -> None:
        """Withdraw a report with its receipt."""
        if self.reports:
            report = self.reports[number % len(self.reports)]
            with self.service.writing() as uow:
                withdraw_report(report, "no", uow)
                gone = [one.id for one in uow.takedowns.of_case(report.case_id)]
            for one in gone:
                self.story.taken_back(one)

    def upload(self, number: int) -> None:
        """Register a copy."""
        media = replace(self._media(number), preview=None)
        command = RegisterUpload(
            actor=PEOPLE[0],
            platform_id=f"{self.name} {len(self.uploads)}",
            uploader_id=None,
            post_text=None,
            url=None,
            posted_at=None,
            media=media,
            query=Query.of_signals(media.signals),
            sha256=bytes(32),
            preview=PREVIEW,
        )
        with self.service.writing() as uow:
            registered = register_upload(command, uow, self.service.replica)
        self.uploads.append(registered.upload.id)
        self.shown.append(number % PICTURES)
        self.pictures[registered.upload.id] = registered.media.id
        if registered.upload.case_id is not None:
            self.cases.append(registered.upload.case_id)

    def uphold(self, number: int) -> None:
        """Uphold a case; a wide one waits for approval."""
        self._decide(number, DecisionOutcome.UPHOLD)

    def reject(self, number: int) -> None:
        """Reject a case."""
        self._decide(number, DecisionOutcome.REJECT)

    def decide_group(self, number: int) -> None:
        """Decide all open copies of a takedown at once: as such, or as none."""
        if not self.takedowns:
            return
        outcome = ("uphold", "reject")[number % 2]
        body = {"group": self.takedowns[number % len(self.takedowns)], "outcome": outcome, "override_reason": "because"}
        request = IdempotentRequest(self.service, method="POST", path="/v1/cases/decisions", key=None)
        with self.service.reading() as uow:
            members, _ = uow.cases.members(GroupKey.read(body["group"]), limit=MOST_TOGETHER)
            about = {case_id: self._about(case_id, uow) for case_id in members}
        answered = decide_together(request, PEOPLE[0], DecisionsIn.model_validate(body))
        results = DecisionsOut.model_validate_json(answered.body).results
        assert [one.case_id for one in results] == members
        for one in results:
            if one.decision_id is not None:
                with self.service.reading() as uow:
                    self._decided(uow.decisions.get(one.decision_id), *about[CaseId(one.case_id)])

    def approve(self, number: int) -> None:
        """Approve a decision as the other person."""
        if self.decisions:
            with self.service.writing() as uow:
                upload_id, matched = self._about(uow.decisions.get(self._decision(number)).case_id, uow)
                approved = approve_decision(self._decision(number), PEOPLE[1], uow, search=self.service.replica)
            self.story.took_effect(approved, upload_id, matched, named=self._named(approved.case_id))
            if approved.takedown_id not in self.takedowns:  # it outlived what was restricted at once
                self.takedowns.append(approved.takedown_id)

    def overturn(self, number: int) -> None:
        """Appeal against a decision, and overturn it."""
        if not self.decisions:
            return
        decision = DecisionId(self._decision(number))
        with self.service.writing() as uow:
            before = uow.decisions.get(decision)
            appeal = file_appeal(FileAppeal(decision, AppealBy.POSTER, "no", REPORTER), uow)
            judge = Actor(id="key_judge", name="judge", role=Role.SENIOR)
            command = DecideAppeal(appeal.id, judge, AppealOutcome.OVERTURN)
            decide_appeal(command, uow, search=self.service.replica)
            upload_id = uow.cases.get(before.case_id).upload_id
        self.story.overturned(before, upload_id)

    def object(self, number: int) -> None:
        """Appeal for who posted an upload, against whatever restricts it, and be right."""
        if not self.uploads:
            return
        upload_id = self.uploads[number % len(self.uploads)]
        with self.service.writing() as uow:
            restriction = restriction_of(uow.uploads.get(upload_id), uow)
            filed = file_poster_appeal(upload_id, "no", REPORTER, uow)
            judge = Actor(id="key_judge", name="judge", role=Role.SENIOR)
            command = DecideAppeal(filed.id, judge, AppealOutcome.OVERTURN)
            decided = decide_appeal(command, uow, search=self.service.replica)
            before = uow.decisions.get(decided.decision_id)
            about, matched = self._about(decided.case_id, uow)
            assert about in (upload_id, None)
        if about is not None and decided.case_id not in self.cases:
            self.cases.append(decided.case_id)
        if restriction is not None and restriction.is_held:
            self.story.let_go(upload_id, matched)
        else:
            self.story.overturned(before, about)

    def minor(self, number: int) -> None:
        """Find that somebody who is shown may be under age."""
        self._say_minor(number, minor=True)

    def adult(self, number: int) -> None:
        """Find that this was mistaken."""
        self._say_minor(number, minor=False)

    def _say_minor(self, number: int, *, minor: bool) -> None:
        if not self.reports:
            return
        case_id = self.reports[number % len(self.reports)].case_id
        person = PEOPLE[0] if minor else PEOPLE[1]
        with self.service.writing() as uow:
            say_minor(SayMinor(case_id, person, minor=minor, why="seen"), uow)
            takedowns = [one.id for one in uow.takedowns.of_case(case_id)]
        if minor:
            self.story.leaves(takedowns)
        else:
            self.story.comes_back(takedowns)
            self.story.reconsidered(case_id)

    def withdraw(self, number: int) -> None:
        """Take a takedown back."""
        if self.takedowns:
            takedown = self.takedowns[number % len(self.takedowns)]
            with self.service.writing() as uow:
                withdraw_takedown(WithdrawTakedown(takedown, PEOPLE[0], "no"), uow)
            self.story.taken_back(takedown)

    def look_back(self, _: int) -> None:
        """Do every look-back that waits."""
        while True:
            with self.service.writing() as uow:
                lookback = claim_sweep(uow, lease=LEASE)
            if lookback is None:
                return
            with self.service.reading() as uow:
                found = survey(lookback, uow, self.service.replica)
                _, judged = compare_batch(found, found.upload_ids, uow, self.service.replica, out_of_time=lambda: False)
            with self.service.writing() as uow:
                apply_batch(lookback, found, found.upload_ids, judged, uow, lease=LEASE)

    def _decide(self, number: int, outcome: DecisionOutcome) -> None:
        if not self.cases:
            return
        with self.service.writing() as uow:
            waiting = [one for one in self.cases if uow.cases.get(one).is_open] or self.cases
            case_id = waiting[number % len(waiting)]
            command = DecideCase(case_id, PEOPLE[0], outcome, override_reason="because")
            upload_id, matched = self._about(command.case_id, uow)
            decision = decide_case(command, uow, search=self.service.replica, limits=LIMITS)
        self._decided(decision, upload_id, matched)

    def _decided(self, decision: Decision, upload_id: str | None, matched: list[str]) -> None:
        if decision.state is DecisionState.EFFECTIVE:
            self.story.took_effect(decision, upload_id, matched, named=self._named(decision.case_id))
        self.decisions.append(decision.id)
        if decision.takedown_id is not None and decision.takedown_id not in self.takedowns:
            self.takedowns.append(decision.takedown_id)

    def _decision(self, number: int) -> str:
        return self.decisions[number % len(self.decisions)]

    def _named(self, case_id: str) -> str | None:
        """Return the upload that a case's report names, if it shows what was reported."""
        number = self.reported.get(case_id)
        if number is None or number >= len(self.uploads) or self.shown[number] != number % PICTURES:
            return None
        return self.uploads[number]

    @staticmethod
    def _about(case_id: str, uow: SqlUnitOfWork) -> tuple[str | None, list[str]]:
        """Return the upload a case is about, and what that matches now."""
        upload_id = uow.cases.get(case_id).upload_id
        return upload_id, [] if upload_id is None else [one.takedown_id for one in uow.matches.of_upload(upload_id)]

    def _media(self, number: int, *, claimed: bool = False) -> SubmittedMedia:
        value = self.values[number % PICTURES]
        signals = (Signal("pdq/1", value, 100), Signal("phash/1", value[::-1]))
        if claimed:
            return SubmittedMedia(kind="unknown", width=None, height=None, duration_s=None, signals=signals)
        query = Query.of_signals(signals)
        return SubmittedMedia("image", 640, 480, None, signals, preview=PREVIEW, query=query)
