"""
`python -m benchmarks poisoning`: what strangers have in common with a reported picture, and whom the takedown harms.

For each part that many have in common (a logo, an app's frame, a caption card, a logo in the corner, a whole popular
photo) a service of its own registers what people posted before, takes one picture down, looks back, and is then asked
about copies of the removed picture and about strangers with the same part; of each that is held a reviewer then says
that it is no copy. Everything goes the way of a request: files are hashed, answered and registered by the functions
that routes call.

Invariant: a stranger that is held or blocked is harmed; a copy that is allowed is missed. What the decision said it
would hit is kept beside what its look-back hit.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from api.media.answers import answer_file, features_asked
from api.media.deep import foresee_within_budget
from api.media.hashing import hash_file, submitted
from api.schemas.uploads import UploadAnswer, UploadIn
from api.service import Service
from benchmarks.copies.edits import Pixels
from benchmarks.copies.photos import photos, save
from benchmarks.copies.poison_scenes import app_frame, caption_card, logo, with_logo
from benchmarks.environment import environment
from benchmarks.report import progress_line, publish
from benchmarks.service.deciding import ACTOR, temporary_service
from casework.domain.actor import Actor, Role
from casework.domain.cases.decision import Decision, DecisionOutcome, DecisionState
from casework.domain.cases.report import Relation, ReportedContent, ReporterDetails, Statement
from casework.domain.facts import Conduct
from casework.domain.verdict import Verdict
from casework.handlers.deciding.decide import DecideCase, approve_decision, decide_case
from casework.handlers.deciding.look import preview_of
from casework.handlers.lookback import apply_batch, compare_batch, survey
from casework.handlers.reports.intake import FileReport, file_report
from casework.steps.sweeps import claim_sweep
from matcher.hashing.features import Features

PLATFORM: Final = Actor(id="key_platform", name="platform", role=Role.PIPELINE)
SECOND: Final = Actor(id="key_second", name="second", role=Role.ADMIN)
LEASE: Final = timedelta(minutes=10)
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Scene:
    """
    One part that many have in common.

    Args:
        name: What it is called.

        reported: The picture that is taken down.

        earlier: What strangers posted before, each by another person.

        later: What strangers post afterwards.

        copies: What shows the removed picture, by name.
    """

    name: str
    reported: Pixels
    earlier: Sequence[Pixels]
    later: Sequence[Pixels]
    copies: dict[str, Pixels] = field(default_factory=dict)


def main(argv: Sequence[str]) -> int:
    """Measure, print or write, and return the exit status."""
    options = _parser().parse_args(argv)
    pictures = [photo.pixels() for photo in photos(options.photos)[: options.earlier + options.later + 1]]
    rng = np.random.default_rng(options.seed)
    wanted = [one for one in scenes(pictures, rng, options.earlier) if not options.scenes or one.name in options.scenes]
    with progress_line() as progress:
        rows = [measured(scene, progress) for scene in wanted]
    result = {"benchmark": "poisoning", "seed": options.seed, "scenes": rows, "environment": environment()}
    publish(result, options.json, show=lambda: _print(rows))
    return 0


def scenes(pictures: Sequence[Pixels], rng: np.random.Generator, earlier: int) -> Iterator[Scene]:
    """Make the scenes of photos: the first is removed, `earlier` of them are posted before, the others after."""
    removed, before, after = pictures[0], pictures[1 : earlier + 1], pictures[earlier + 1 :]
    frame, other, card, mark = app_frame(rng), app_frame(rng), caption_card(rng), logo(rng)

    def marked(some: Sequence[Pixels]) -> list[Pixels]:
        return [with_logo(one, mark, rng, area=float(rng.uniform(0.05, 0.15))) for one in some]

    for name, window in (("app frame", frame), ("caption card", card)):
        shown = window.showing(removed)
        elsewhere = {"shown alone": removed, "in another app": other.showing(removed)}
        few = after[: len(after) // 3]
        yield Scene(
            name,
            shown,
            [window.showing(p) for p in before],
            [window.showing(p) for p in few],
            copies_of(shown) | elsewhere,
        )
        yield Scene(f"{name}, nobody before", shown, (), [window.showing(p) for p in few], copies_of(shown) | elsewhere)
    corner = with_logo(removed, mark, rng, area=0.08)
    yield Scene("logo in the corner", corner, marked(before), marked(after), copies_of(corner))
    yield Scene("logo", mark, marked(before), marked(after))
    yield Scene("popular photo", removed, list(copies_of(removed).values()) * 4, list(after))


def copies_of(picture: Pixels) -> dict[str, Pixels]:
    """Return copies of a picture as people make them."""
    height, width = picture.shape[:2]
    barred = picture.copy()
    barred[height // 2 : height // 2 + height // 8] = 0
    darker = np.clip(picture * 0.7 + 20, 0, 255).astype(np.uint8)
    small = cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    return {
        "half its size": small,
        "mirrored": np.ascontiguousarray(picture[:, ::-1]),
        "cut above": picture[height // 10 :],
        "cut around": picture[height // 6 : height * 5 // 6, width // 12 :],
        "darker": darker,
        "with a bar": barred,
    }


def measured(scene: Scene, progress: Progress) -> dict[str, Any]:
    """Play one scene in a service of its own."""
    with temporary_service(deep_budget_ms=60_000, blast_radius_budget_ms=60_000) as service:
        platform = _Platform(service, scene.name, progress)
        earlier = [platform.posted(picture) for picture in scene.earlier]
        begun = time.perf_counter()
        decision = platform.taken_down(scene.reported)
        decided_s = time.perf_counter() - begun
        hits = platform.looked_back()
        harmed_before = sum(platform.verdict_now(one) is not Verdict.ALLOW for one in earlier)
        copies = {name: platform.posted(picture) for name, picture in scene.copies.items()}
        later = [platform.posted_and_looked_at(picture) for picture in scene.later]
        quarantined = platform.is_quarantined(decision)
    return {
        "name": scene.name,
        "earlier": len(earlier),
        "earlier_harmed": harmed_before,
        "later": len(later),
        "later_harmed": sum(_harms(one) for one in later),
        "last_harmed": max((number for number, one in enumerate(later, 1) if _harms(one)), default=0),
        "later_cases": len({one.case_id for one in later if one.case_id is not None}),
        "quarantined": quarantined,
        "copies": {name: one.verdict for name, one in copies.items()},
        "copies_found": sum(_harms(one) for one in copies.values()),
        "blast_radius": decision.blast_radius.uploads,
        "lookback_hits": hits,
        "second_person": decision.approved_by is not None,
        "decided_s": decided_s,
    }


class _Platform:
    """A platform before one service: people post, somebody reports, others decide."""

    def __init__(self, service: Service, name: str, progress: Progress) -> None:
        self._service, self._name, self._progress = service, name, progress
        self._count = 0

    def posted(self, picture: Pixels) -> UploadAnswer:
        """Register a picture by a person of its own."""
        self._count += 1
        self._progress(f"{self._name}: upload {self._count}")
        upload = UploadIn(upload_id=f"post {self._count}", uploader_id=f"person {self._count}")
        hashed = hash_file(self._service.sandbox, save(picture), features=features_asked(self._service, upload))
        work = answer_file(self._service, PLATFORM, upload, hashed)
        with self._service.writing() as uow:
            answer = work(uow)
        if not isinstance(answer, UploadAnswer):
            raise TypeError(f"an upload is answered by an UploadAnswer, not {answer!r}")
        return answer

    def posted_and_looked_at(self, picture: Pixels) -> UploadAnswer:
        """Register a stranger's picture; where a case is opened, a reviewer says that it is no copy."""
        answer = self.posted(picture)
        if answer.case_id is None or answer.verdict != Verdict.HOLD.value:
            return answer
        service = self._service
        with service.writing() as uow:
            if uow.cases.get(answer.case_id).upload_id == answer.upload:  # else it is the case of a quarantine
                command = DecideCase(answer.case_id, SECOND, DecisionOutcome.REJECT, note="not a copy")
                decide_case(command, uow, search=service.replica, limits=service.limits)
        return answer

    def taken_down(self, picture: Pixels) -> Decision:
        """Report a picture as intimate, look at it and uphold it, with a second person where one is asked for."""
        hashed = hash_file(self._service.sandbox, save(picture), with_preview=True, features=Features.STORED)
        report = FileReport(
            actor=PLATFORM,
            reporter=ReporterDetails(Relation.SUBJECT, contact="a@example.org"),
            statement=Statement(non_consent=True, good_faith=True, signature="A"),
            content=ReportedContent(),
            conduct=Conduct.SHARED_MEDIA,
            facts={"nudity": True},
            media=(submitted(self._service, hashed, keep_preview=True),),
        )
        with self._service.writing() as uow:
            case_id = file_report(report, uow).report.case_id
            preview_of(case_id, 0, ACTOR, uow, search=self._service.replica)
        foreseen = foresee_within_budget(self._service, case_id)
        command = DecideCase(case_id=case_id, actor=ACTOR, outcome=DecisionOutcome.UPHOLD)
        service = self._service
        with service.writing() as uow:
            decision = decide_case(command, uow, search=service.replica, limits=service.limits, foreseen=foreseen)
        if decision.state is DecisionState.AWAITING_APPROVAL:
            with service.writing() as uow:
                decision = approve_decision(decision.id, SECOND, uow)
        return decision

    def looked_back(self) -> int:
        """Do the look-backs that wait; return what they hit."""
        hits = 0
        while True:
            with self._service.writing() as uow:
                sweep = claim_sweep(uow, lease=LEASE)
            if sweep is None:
                return hits
            replica = self._service.replica
            with self._service.reading() as uow:
                found = survey(sweep, uow, replica)
                ids, judged = compare_batch(found, found.upload_ids, uow, replica, out_of_time=lambda: False)
            with self._service.writing() as uow:
                hits += apply_batch(sweep, found, ids, judged, uow, lease=LEASE).hits

    def is_quarantined(self, decision: Decision) -> bool:
        """Tell whether the takedown matched so many that a person is asked about all of it."""
        with self._service.reading() as uow:
            takedowns = uow.takedowns.many([decision.takedown_id] if decision.takedown_id else [])
        return any(one.quarantined_at is not None for one in takedowns.values())

    def verdict_now(self, upload: UploadAnswer) -> Verdict:
        """Return how an upload is held now."""
        with self._service.reading() as uow:
            return uow.uploads.get(upload.upload).verdict


def _harms(answer: UploadAnswer) -> bool:
    return answer.verdict != Verdict.ALLOW.value


def _print(rows: Sequence[dict[str, Any]]) -> None:
    table = Table("part in common", "earlier harmed", "later harmed", "copies found", "foreseen", "hit", "quarantined")
    for row in rows:
        table.add_row(
            row["name"],
            f"{row['earlier_harmed']} of {row['earlier']}",
            f"{row['later_harmed']} of {row['later']}",
            f"{row['copies_found']} of {len(row['copies'])}",
            str(row["blast_radius"]),
            str(row["lookback_hits"]),
            "yes" if row["quarantined"] else "",
        )
    Console().print(table)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks poisoning", description=__doc__)
    parser.add_argument("--photos", type=Path, nargs="+", required=True, help="folders of photos")
    parser.add_argument("--earlier", type=int, default=15, help="strangers with the part before the takedown")
    parser.add_argument("--later", type=int, default=45, help="and after it; of frames and cards a third of them")
    parser.add_argument("--scenes", nargs="*", default=[], metavar="NAME", help="only these")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", metavar="PATH", help="write the result there; - for standard output")
    return parser
