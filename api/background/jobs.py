"""
Running jobs: long videos that were answered 202, hashed and answered in the background.

    accept   `routes/pipelines/accept.py`: the file is synced and kept, then the job committed, then 202 is answered
    run      a thread here takes the lock of a kept file, hashes it, and commits the answer with its effect
    end      the file is erased; the answer is kept, encrypted, for the key that asked

Invariant: what was acknowledged ends in `done` or `failed`, whatever is killed. The worker that does a job holds the
lock of its file, which the kernel frees when a process dies: another process, or the same one started again, goes on.
"""

import json
import threading
import time
from pathlib import Path
from typing import Self

import structlog

from api.http.problems import INTERNAL_ERROR, Problem, problem_document, problem_of
from api.logs import Recurring
from api.media.answers import FILE_QUESTIONS, Work, answer_file, features_asked, keeps_preview
from api.media.hashing import hash_file
from api.metrics.catalogue import JOBS_ENDED
from api.service import Service
from api.telemetry import span
from casework.domain.work.job import UNFINISHED, Job, JobState
from casework.persistence.connection.failures import (
    DatabaseBusyError,
    DatabaseFailedError,
    DatabaseInterfaceError,
    DatabaseUnreachableError,
)
from casework.persistence.unit_of_work import SqlUnitOfWork
from index.errors import IndexStoreError
from matcher.errors import SandboxClosedError

log = structlog.get_logger()

POLL_S = 0.5
_WRITE_EVERY_S = 1.0
_PATIENCE_S = 2.0
"""How long a video that is being read may go on when the service stops; the job goes on with the next start."""

_AWAY = (DatabaseUnreachableError, DatabaseInterfaceError, DatabaseBusyError, IndexStoreError)
"""The record or the index cannot answer now: that says nothing about a job, which waits."""

_LOST = Problem(410, "file-lost", "The file is gone")


class JobRunner:
    """
    Works at jobs until the `with` block ends; what is not finished then is gone on with by the next.

    Args:
        service: What this process holds.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._stop = threading.Event()
        self._interrupted = Recurring("job interrupted; it is begun again")
        self._failed = Recurring("job failed in an unexpected way; it is begun again")
        self._unwritten = Recurring("job waits to be written down")
        self._threads = [
            threading.Thread(target=self._run, name=f"jobs-{number}")
            for number in range(service.settings.video_workers)
        ]

    def __enter__(self) -> Self:
        """Begin."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop; a video that is in the middle of being read is left."""
        self._stop.set()
        for thread in self._threads:
            thread.join(_PATIENCE_S)
        if any(thread.is_alive() for thread in self._threads):
            self._service.sandbox.close()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        with self._service.lookout.place(self._is_due, self._stop) as place:
            while not self._stop.is_set():
                if not self._work_at_one():
                    place.wait(POLL_S)

    def _is_due(self, uow: SqlUnitOfWork) -> bool:
        return uow.jobs.has_unfinished(self._service.spool.id)

    def _work_at_one(self) -> bool:
        """Work at the oldest job nobody works at; return whether there was one."""
        try:
            with self._service.reading() as uow:
                unfinished = uow.jobs.unfinished(self._service.spool.id)
            worked = any(self._attempt(job) for job in unfinished)
        except (_StoppedError, SandboxClosedError):
            return False
        except _AWAY as error:
            self._interrupted.met(error=str(error))
        except Exception as error:  # whatever it is, this thread must live for the jobs after it
            self._failed.met(exc_info=error)
        else:
            self._interrupted.over()
            return worked
        self._stop.wait(POLL_S)
        return False

    def _attempt(self, job: Job) -> bool:
        try:
            with self._service.spool.borrow(job.file) as path:
                if path is None:
                    return False
                self._work(job, path)
                return True
        except FileNotFoundError:
            return self._lose(job)

    def _work(self, job: Job, path: Path) -> None:
        with self._service.reading() as uow:
            is_finished = uow.jobs.get(job.id).state not in UNFINISHED
        if not is_finished:
            self._hash(job, path)
        self._service.spool.erase(job.file)

    def _hash(self, job: Job, path: Path) -> None:
        begun = time.monotonic()
        with span("job", parent=job.traceparent, job=job.id, kind=job.kind):
            self._answer(job, path)
        log.info("job ended", job=job.id, kind=job.kind, seconds=round(time.monotonic() - begun, 3))

    def _answer(self, job: Job, path: Path) -> None:
        try:
            question = FILE_QUESTIONS[job.kind].model_validate(job.fields)
            hashed = hash_file(
                self._service.sandbox,
                path,
                with_preview=keeps_preview(question),
                features=features_asked(self._service, question),
                progress=self._progress_writer(job),
            )
            self._end(job, answer_file(self._service, job.actor, question, hashed))
        except (_StoppedError, SandboxClosedError, *_AWAY):
            raise
        except Exception as error:
            problem = problem_of(error)
            if problem is None:
                log.exception("job failed", job=job.id)
            self._fail(job, problem or INTERNAL_ERROR, str(error) if problem else "the error was logged")

    def _end(self, job: Job, work: Work) -> None:
        """Commit the answer with its effect; nothing is hashed again because the database was away for a while."""
        while True:
            try:
                with self._service.writing() as uow:
                    outcome = work(uow).model_dump_json().encode()
                    uow.jobs.update(job.ended(JobState.DONE, outcome, uow.now))
                self._unwritten.over()
                JOBS_ENDED.add("done")
                return
            except _AWAY as error:
                self._unwritten.met(job=job.id, error=str(error))
                if self._stop.wait(POLL_S):
                    raise _StoppedError from error

    def _fail(self, job: Job, problem: Problem, detail: str) -> None:
        outcome = json.dumps(problem_document(problem, detail)).encode()
        with self._service.writing() as uow:
            uow.jobs.update(job.ended(JobState.FAILED, outcome, uow.now))
        JOBS_ENDED.add("failed")

    def _lose(self, job: Job) -> bool:
        """Tell that a job's file is gone, unless it was erased because the job ended."""
        with self._service.reading() as uow:
            if uow.jobs.get(job.id).state not in UNFINISHED:
                return True
        log.error("the file of a job is gone", job=job.id)
        self._fail(job, _LOST, "the file was removed before it was hashed; nothing was stored, send it again")
        return True

    def _progress_writer(self, job: Job) -> "_ProgressWriter":
        return _ProgressWriter(self._service, job, self._stop)


class _ProgressWriter:
    """Writes down how far a job is, now and then, and ends it when the service stops."""

    def __init__(self, service: Service, job: Job, stop: threading.Event) -> None:
        self._service = service
        self._job = job
        self._stop = stop
        self._written_at = 0.0

    def __call__(self, share: float) -> None:
        if self._stop.is_set():
            raise _StoppedError
        now = time.monotonic()
        if now - self._written_at < _WRITE_EVERY_S:
            return
        self._written_at = now
        try:
            with self._service.writing() as uow:
                uow.jobs.note_progress(self._job.id, share)
        except DatabaseFailedError as error:
            log.warning("progress not written down", job=self._job.id, error=str(error))


class _StoppedError(Exception):
    """The service stops."""
