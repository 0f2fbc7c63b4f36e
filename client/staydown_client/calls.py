"""
Every request this package makes, as values: what is sent, and how its answer is read. Nothing here touches the network,
so that both clients say the same.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import quote

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
from staydown_client.errors import AnswerError, JobFailedError
from staydown_client.files import Media, is_read_once

AnswerT = TypeVar("AnswerT")

ALLOW, HOLD, BLOCK = 200, 202, 451
"""What `POST /v1/check` says by its status alone."""

LATER = 202
"""Elsewhere: a long video is looked at after the answer."""


@dataclass(frozen=True)
class Call(Generic[AnswerT]):
    """
    A request.

    Args:
        method: ``"GET"``, …

        path: From the root of the service.

        read: Reads the answer's document; its bytes, where it is a file.

        params: Of the address.

        document: Sent as JSON; None for none.

        fields: Text parts of a form.

        media: Files of a form; None where it is no form.

        taken: Status codes that are answers, beside 200 and 201.

        asks: Whether it is a question, of which the service stores nothing.

        file: Whether the answer is a file, and no document.
    """

    method: str
    path: str
    read: Callable[[Any], AnswerT]
    params: Mapping[str, str] = field(default_factory=dict)
    document: Mapping[str, Any] | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    media: Sequence[Media] | None = None
    taken: frozenset[int] = frozenset()
    asks: bool = False
    file: bool = False

    @property
    def changes(self) -> bool:
        """Whether it changes something: it is then sent under a key, so that a repeat does nothing more."""
        return self.method != "GET" and not self.asks

    @property
    def repeatable(self) -> bool:
        """Whether it can be sent again."""
        return self.media is None or not is_read_once(self.media)


@dataclass(frozen=True)
class Page(Generic[AnswerT]):
    """
    A page of a list.

    Args:
        items: In order.

        after: Where the next one begins; None at the end.
    """

    items: Sequence[AnswerT]
    after: str | None


def check(media: Media | None, signals: Sequence[Signal] | None) -> Call[MatchAnswer]:
    """Ask what to do, with nothing stored."""
    return _about("/v1/check", MatchAnswer.of, media=media, signals=signals, taken=frozenset({HOLD, BLOCK}), options={})


def match(media: Media | None, signals: Sequence[Signal] | None, depth: str | None) -> Call[MatchAnswer | Job]:
    """Ask for matches, with nothing stored."""
    options = {} if depth is None else {"depth": depth}
    return _about("/v1/match", _or_job(MatchAnswer.of), media=media, signals=signals, taken=_LATER, options=options)


def match_batch(items: Mapping[str, Sequence[Signal]]) -> Call[list[BatchItem]]:
    """Ask up to 1,000 questions by hashes at once."""
    asked = [{"id": name, "signals": [one.sent() for one in signals]} for name, signals in items.items()]
    return Call(
        "POST", "/v1/match/batch", lambda raw: _each(BatchItem.of, raw["items"]), document={"items": asked}, asks=True
    )


def hashes(media: Media, depth: str | None) -> Call[Hashes | Job]:
    """Ask for a file's signals."""
    options = {} if depth is None else {"depth": depth}
    return _about("/v1/hash", _or_job(Hashes.of), media=media, signals=None, taken=_LATER, options=options)


def upload(
    media: Media | None, signals: Sequence[Signal] | None, described: Mapping[str, Any]
) -> Call[UploadAnswer | Job]:
    """Register an upload."""
    given = {name: value for name, value in described.items() if value is not None}
    if signals is not None:
        _one_of(media, signals)
        document = {"upload": given, "signals": [one.sent() for one in signals]}
        return Call("POST", "/v1/uploads", _or_job(UploadAnswer.of), document=document)
    return Call(
        "POST",
        "/v1/uploads",
        _or_job(UploadAnswer.of),
        fields={"upload": json.dumps(given)},
        media=_one_of(media, signals),
        taken=_LATER,
    )


def upload_state(upload: str) -> Call[UploadState]:
    """Ask how an upload stands."""
    return Call("GET", f"/v1/uploads/{_segment(upload)}", UploadState.of)


def report(report: Mapping[str, Any], media: Iterable[Media], signals: Sequence[Signal] | None) -> Call[Report]:
    """File a report, with files or without."""
    files = [*media]
    if files and signals is not None:
        message = "a report is sent with `media` or with `signals`, not with both"
        raise ValueError(message)
    if files:
        return Call("POST", "/v1/reports", Report.of, fields={"report": json.dumps(dict(report))}, media=files)
    document: dict[str, Any] = {"report": dict(report)}
    if signals is not None:
        document["signals"] = [one.sent() for one in signals]
    return Call("POST", "/v1/reports", Report.of, document=document)


def cases(filters: Mapping[str, str], after: str | None) -> Call[Page[CaseRow]]:
    """Ask for a page of cases."""
    return _page("/v1/cases", CaseRow.of, filters, after)


def case(case_id: str) -> Call[dict[str, Any]]:
    """Ask for a case, whole."""
    return Call("GET", f"/v1/cases/{_segment(case_id)}", dict)


def decide(case_id: str, decision: Mapping[str, Any]) -> Call[Decision]:
    """Decide a case."""
    given = {name: value for name, value in decision.items() if value is not None}
    return Call("POST", f"/v1/cases/{_segment(case_id)}/decision", Decision.of, document=given)


def withdraw(takedown_id: str, reason: str) -> Call[dict[str, Any]]:
    """Take a takedown back."""
    return Call("POST", f"/v1/takedowns/{_segment(takedown_id)}/withdraw", dict, document={"reason": reason})


def appeal(document: Mapping[str, Any]) -> Call[dict[str, Any]]:
    """Ask for a decision to be looked at again."""
    given = {name: value for name, value in document.items() if value is not None}
    return Call("POST", "/v1/appeals", dict, document=given)


def events(after: str | None, limit: int) -> Call["Feed"]:
    """Ask what happened since."""
    params = {"limit": str(limit)} | ({} if after is None else {"after": after})
    return Call("GET", "/v1/events", Feed.of, params=params)


def job(job_id: str) -> Call[Job]:
    """Ask how far a long video is."""
    return Call("GET", f"/v1/jobs/{_segment(job_id)}", Job.of)


def request(
    method: str, path: str, params: Mapping[str, str], document: Mapping[str, Any] | None
) -> Call[dict[str, Any]]:
    """Ask any address of the service that answers with a document."""
    return Call(method, _of_the_service(path), dict, params=params, document=document)


def download(path: str, params: Mapping[str, str]) -> Call[bytes]:
    """Ask any address of the service that answers with a file."""
    return Call("GET", _of_the_service(path), bytes, params=params, file=True)


@dataclass(frozen=True)
class Feed:
    """
    A page of the feed.

    Args:
        events: By age.

        after: Where the rest begins; None at the end.

        cursor: Where what will have happened later begins.
    """

    events: Sequence[Event]
    after: str | None
    cursor: str

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> "Feed":
        """Read one."""
        return cls(_each(Event.of, raw["items"]), raw.get("next"), raw["cursor"])


def answer_of_job(now: Job) -> MatchAnswer | UploadAnswer | Hashes | None:
    """
    Read what a job came to; None while it goes on.

    Raises:
        JobFailedError: If it could not be done.
        AnswerError: If it is no answer this version knows.
    """
    if now.problem is not None:
        raise JobFailedError(now.problem)
    if now.answer is None:
        return None
    for name, read in (("upload", UploadAnswer.of), ("verdict", MatchAnswer.of), ("media", Hashes.of)):
        if name in now.answer:
            found: MatchAnswer | UploadAnswer | Hashes = read(now.answer)
            return found
    message = f"job {now.job} is done, and its answer is none this version of staydown-client knows"
    raise AnswerError(message)


def expected(found: object, kind: type[AnswerT]) -> AnswerT:
    """
    Return an answer of the kind that was asked for.

    Raises:
        AnswerError: If it is another.
    """
    if not isinstance(found, kind):
        message = f"a {type(found).__name__} came where a {kind.__name__} was asked for"
        raise AnswerError(message)
    return found


def takes_longer(job_id: str, timeout_s: float) -> TimeoutError:
    """Say that a job goes on."""
    return TimeoutError(f"job {job_id} takes longer than {timeout_s:g} s; it goes on, wait for it again")


_LATER = frozenset({LATER})


def _about(
    path: str,
    read: Callable[[Any], AnswerT],
    *,
    media: Media | None,
    signals: Sequence[Signal] | None,
    taken: frozenset[int],
    options: Mapping[str, str],
) -> Call[AnswerT]:
    if signals is not None:
        _one_of(media, signals)
        document = {"signals": [one.sent() for one in signals], **options}
        return Call("POST", path, read, document=document, taken=taken, asks=True)
    return Call("POST", path, read, fields=options, media=_one_of(media, signals), taken=taken, asks=True)


def _one_of(media: Media | None, signals: Sequence[Signal] | None) -> list[Media]:
    if (media is None) == (signals is None):
        message = "send `media` or `signals`, one of the two"
        raise ValueError(message)
    return [] if media is None else [media]


def _page(path: str, read: Callable[[Any], AnswerT], filters: Mapping[str, str], after: str | None) -> Call[Any]:
    params = dict(filters) | ({} if after is None else {"after": after})
    return Call("GET", path, lambda raw: Page(_each(read, raw["items"]), raw.get("next")), params=params)


def _or_job(read: Callable[[Any], AnswerT]) -> Callable[[Any], "AnswerT | Job"]:
    return lambda raw: Job.of(raw) if "job" in raw else read(raw)


def _each(read: Callable[[Any], AnswerT], items: Iterable[Any]) -> list[AnswerT]:
    return [read(one) for one in items]


def _of_the_service(path: str) -> str:
    """Let no address lead the key to another service: one that an answer named could."""
    if not path.startswith("/") or path.startswith("//"):
        message = f"{path!r} is no path of the service: one begins with a single /"
        raise ValueError(message)
    return path


def _segment(text: str) -> str:
    """Write an id into an address; one with a slash names nothing else."""
    return quote(text, safe="")
