"""The client for programs that wait for each answer."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from staydown_client import calls
from staydown_client.answers import (
    BatchItem,
    CaseRow,
    Decision,
    Event,
    Hashes,
    Job,
    MatchAnswer,
    Report,
    Signal,
    UploadAnswer,
    UploadState,
)
from staydown_client.attempts import (
    CONNECT_S,
    POLL_S,
    READ_S,
    Retrying,
    answer_in,
    checked_address,
    headers_for,
    next_pause_s,
    no_answer,
)
from staydown_client.calls import Call, Feed, answer_of_job, expected, takes_longer
from staydown_client.files import Media, opened

if TYPE_CHECKING:
    import httpx2

AnswerT = TypeVar("AnswerT")

Depth = Literal["fast", "deep"]
Progress = Callable[[float], None]
Outcome = Literal["uphold", "reject", "request_information", "refer"]


class Client:
    """
    A Staydown service, asked from one program. Safe to share among threads; keeps its connections open.

    Every request that changes something carries an `Idempotency-Key`, so it may be sent again when no answer came, and
    is done once.

    Args:
        url: The service's address, ``"https://staydown.example.org"``.

        key: As `staydown keys create` showed it.

        retrying: When a request is sent again; as `Retrying()` says if left out.

        transport: Of httpx2, for tests or proxies; the network if left out.

        timeout_s: How long the service may say nothing before it counts as away.

    Raises:
        ValueError: If the address does not begin with https:// or http:// and a host.
    """

    def __init__(
        self,
        url: str,
        key: str,
        *,
        retrying: Retrying | None = None,
        transport: "httpx2.BaseTransport | None" = None,
        timeout_s: float = READ_S,
    ) -> None:
        from staydown_client.transport import http

        self._http = http.Client(
            base_url=checked_address(url),
            headers={"Authorization": f"Bearer {key}", "User-Agent": "staydown-client"},
            timeout=http.Timeout(timeout_s, connect=CONNECT_S),
            transport=transport,
        )
        self._network_errors = (http.TransportError,)
        self._retrying = retrying or Retrying()

    def __enter__(self) -> "Client":
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        """Close its connections."""
        self.close()

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def check(self, media: Media | None = None, *, signals: Sequence[Signal] | None = None) -> MatchAnswer:
        """
        Ask what to do with media; nothing is stored.

        Args:
            media: A path, bytes or an open file.

            signals: Instead of media: its signals; for keys that are marked trusted.

        Raises:
            ProblemError: If the service refuses.
            UnreachableError: If no answer comes.
        """
        return self._ask(calls.check(media, signals))

    def match(
        self,
        media: Media | None = None,
        *,
        signals: Sequence[Signal] | None = None,
        depth: Depth | None = None,
        progress: Progress | None = None,
    ) -> MatchAnswer:
        """
        Ask which takedowns media is a copy of; nothing is stored. A long video is waited for.

        Args:
            media: A path, bytes or an open file.

            signals: Instead of media: its signals.

            depth: ``"fast"`` by hashes alone, ``"deep"`` by parts of the picture too; the service's default if None.

            progress: Told the share of a long video that was read, 0..1, while it is waited for.

        Raises:
            ProblemError, JobFailedError: If the service refuses.
            UnreachableError: If no answer comes.
        """
        return self._awaited(self._ask(calls.match(media, signals, depth)), MatchAnswer, progress)

    def match_batch(self, items: Mapping[str, Sequence[Signal]]) -> list[BatchItem]:
        """
        Ask up to 1,000 questions by hashes at once.

        Args:
            items: The signals of each, by an id of your own.

        Raises:
            ProblemError: If the service refuses.
        """
        return self._ask(calls.match_batch(items))

    def hash(self, media: Media, *, depth: Depth | None = None) -> Hashes:
        """
        Ask for a file's signals; nothing is stored.

        Raises:
            ProblemError, JobFailedError: If the service refuses.
        """
        return self._awaited(self._ask(calls.hashes(media, depth)), Hashes)

    def upload(
        self,
        media: Media | None = None,
        *,
        upload_id: str,
        uploader_id: str | None = None,
        post_text: str | None = None,
        url: str | None = None,
        created_at: str | None = None,
        depth: Depth | None = None,
        signals: Sequence[Signal] | None = None,
    ) -> UploadAnswer:
        """
        Register an upload and ask whether it may be published. A long video is waited for.

        Args:
            media: A path, bytes or an open file.

            upload_id: The platform's own id; it names these bytes for ever.

            uploader_id: Who posted it.

            post_text: What was written beside it.

            url: Where it is.

            created_at: When it was posted, RFC 3339.

            depth: As of `match`.

            signals: Instead of media.

        Raises:
            ProblemError, JobFailedError: If the service refuses; 409 where the id names other bytes.
        """
        described = {"upload_id": upload_id, "uploader_id": uploader_id, "post_text": post_text, "url": url}
        described |= {"created_at": created_at, "depth": depth}
        return self._awaited(self._ask(calls.upload(media, signals, described)), UploadAnswer)

    def upload_later(
        self, media: Media, *, upload_id: str, uploader_id: str | None = None, post_text: str | None = None
    ) -> UploadAnswer | Job:
        """Register an upload as `upload` does, and return a job, not its answer, for a long video: see `wait`."""
        described = {"upload_id": upload_id, "uploader_id": uploader_id, "post_text": post_text}
        return self._ask(calls.upload(media, None, described))

    def upload_state(self, upload: str) -> UploadState:
        """Ask how a registered upload stands, by the service's id of it."""
        return self._ask(calls.upload_state(upload))

    def report(
        self,
        report: Mapping[str, Any],
        media: Iterable[Media] = (),
        *,
        signals: Sequence[Signal] | None = None,
        idempotency_key: str | None = None,
    ) -> Report:
        """
        File a report.

        Args:
            report: `reporter`, `statement`, `content`, `facts`, `conduct`, as the service's /docs describe them.

            media: The files; none where signals are sent, words are the wrong, or a registered upload is named.

            signals: Instead of files: the media stays where it is.

            idempotency_key: Your own, so that a report is filed once though your program is started again.

        Raises:
            ProblemError: If the service refuses.
        """
        return self._ask(calls.report(report, media, signals), idempotency_key)

    def cases(self, **filters: str) -> Iterator[CaseRow]:
        """
        List cases, page by page as they are read.

        Args:
            filters: `state`, `queue`, `takedown_id`, `uploader_id`, `strength`, `mine`, `text`, `order`.
        """
        after: str | None = None
        while True:
            page = self._ask(calls.cases(filters, after))
            yield from page.items
            after = page.after
            if after is None:
                return

    def case(self, case_id: str) -> dict[str, Any]:
        """Read a case, whole, as the service sends it."""
        return self._ask(calls.case(case_id))

    def decide(
        self,
        case_id: str,
        outcome: Outcome,
        *,
        note: str | None = None,
        question: str | None = None,
        override_reason: str | None = None,
        idempotency_key: str | None = None,
    ) -> Decision:
        """
        Decide a case. Once this returns, no question asked afterwards misses an upheld takedown.

        Args:
            case_id: Which.

            outcome: ``"uphold"``, ``"reject"``, ``"request_information"`` or ``"refer"``.

            note: For the history; the reporter never sees it.

            question: What the reporter is asked, with ``"request_information"``.

            override_reason: Why, where it differs from the recommendation.

            idempotency_key: Your own.

        Raises:
            ProblemError: If the service refuses.
        """
        given = {"outcome": outcome, "note": note, "question": question, "override_reason": override_reason}
        return self._ask(calls.decide(case_id, given), idempotency_key)

    def withdraw(self, takedown_id: str, reason: str) -> dict[str, Any]:
        """Take a takedown back, everywhere."""
        return self._ask(calls.withdraw(takedown_id, reason))

    def appeal(
        self,
        *,
        by: Literal["poster", "reporter"],
        grounds: str,
        decision_id: str | None = None,
        upload: str | None = None,
    ) -> dict[str, Any]:
        """Ask for a decision to be looked at again: by its id, or by the upload it restricts."""
        return self._ask(calls.appeal({"by": by, "grounds": grounds, "decision_id": decision_id, "upload": upload}))

    def feed(self, after: str | None = None, *, limit: int = 200) -> Feed:
        """Read a page of what happened; its `cursor` is where to go on later."""
        return self._ask(calls.events(after, limit))

    def events(self, after: str | None = None) -> Iterator[Event]:
        """Read what happened, up to now."""
        while True:
            page = self.feed(after)
            yield from page.events
            after = page.after
            if after is None:
                return

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        document: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        """
        Ask an address that has no method here, and return the document it answers.

        Args:
            method: ``"GET"``, ``"POST"``, …

            path: As the service's /docs list it, ids filled in: ``"/v1/takedowns"``.

            params: Of the address.

            document: Sent as JSON.

            idempotency_key: Your own.

        Raises:
            ValueError: If `path` leads to another service.
            ProblemError: If the service refuses.
            UnreachableError: If no answer comes.
        """
        return self._ask(calls.request(method, path, params or {}, document), idempotency_key)

    def download(self, path: str, *, params: Mapping[str, str] | None = None) -> bytes:
        """
        Ask an address that answers with a file, as a preview of a case, and return its bytes.

        Args:
            path: As the service's /docs list it, ids filled in: ``"/v1/cases/case_…/drawing"``.

            params: Of the address.

        Raises:
            ValueError: If `path` leads to another service.
            ProblemError: If the service refuses.
            UnreachableError: If no answer comes.
        """
        return self._ask(calls.download(path, params or {}))

    def wait(
        self, job: Job | str, *, timeout_s: float = 3600, progress: Progress | None = None
    ) -> MatchAnswer | UploadAnswer | Hashes:
        """
        Wait until a long video was looked at.

        Args:
            job: As `upload_later` returned it, or its id.

            timeout_s: How long to wait at most.

            progress: Told the share that was read, 0..1, each time it is asked.

        Raises:
            JobFailedError: If it could not be looked at.
            TimeoutError: If it takes longer; it goes on, and may be waited for again.
        """
        name = job if isinstance(job, str) else job.job
        until = time.monotonic() + timeout_s
        while True:
            now = self._ask(calls.job(name))
            if progress is not None:
                progress(now.progress)
            answer = answer_of_job(now)
            if answer is not None:
                return answer
            if time.monotonic() > until:
                raise takes_longer(name, timeout_s)
            time.sleep(POLL_S)

    def _awaited(self, answered: AnswerT | Job, kind: type[AnswerT], progress: Progress | None = None) -> AnswerT:
        return expected(self.wait(answered, progress=progress) if isinstance(answered, Job) else answered, kind)

    def _ask(self, call: Call[AnswerT], idempotency_key: str | None = None) -> AnswerT:
        headers = headers_for(call, idempotency_key)
        attempt = 0
        while True:
            attempt += 1
            response, failure = None, None
            try:
                response = self._sent(call, headers)
            except self._network_errors as error:
                failure = error
            pause_s = next_pause_s(self._retrying, call, attempt, response)
            if pause_s is not None:
                time.sleep(pause_s)
            elif response is not None:
                return answer_in(call, response)
            else:
                raise no_answer(call, attempt, failure) from failure

    def _sent(self, call: Call[Any], headers: Mapping[str, str]) -> "httpx2.Response":
        if call.media is None:
            return self._http.request(call.method, call.path, params=call.params, json=call.document, headers=headers)
        with opened(call.media) as files:
            return self._http.request(call.method, call.path, data=call.fields, files=files, headers=headers)
