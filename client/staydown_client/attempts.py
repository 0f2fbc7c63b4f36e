"""
What both clients do alike around a request: its headers, when it is sent again, and what its answer means.

A request that changes something is sent under an `Idempotency-Key`, the same at every attempt: it is done once. A
question stores nothing and has none: with one, the service would write its answer down.
"""

import random
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from staydown_client.calls import Call
from staydown_client.errors import AnswerError, ProblemError, UnreachableError

if TYPE_CHECKING:
    import httpx2

AnswerT = TypeVar("AnswerT")

BUSY = frozenset({429, 502, 503, 504})
"""Answers that may be others a moment later."""

CONNECT_S, READ_S = 10.0, 120.0
"""How long a connection may take, and the service to say anything; a large picture is looked at in less."""

POLL_S = 0.5
"""Between two questions how far a long video is."""

_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 30.0


@dataclass(frozen=True)
class Retrying:
    """
    When a request is sent again.

    Args:
        attempts: How often it is sent at most; 1 for once.

        longest_s: A pause the service asks for that is longer is not waited out: its answer is the result.
    """

    attempts: int = 4
    longest_s: float = _LONGEST_PAUSE_S

    def pause_s(self, attempt: int, asked_s: float | None) -> float | None:
        """
        Return how long to wait before the next attempt.

        Args:
            attempt: How often it was sent.

            asked_s: What the service asked for, if it did.

        Returns:
            Seconds; None where it is not sent again.
        """
        if attempt >= self.attempts or (asked_s is not None and asked_s > self.longest_s):
            return None
        ours = min(_FIRST_PAUSE_S * 2.0 ** (attempt - 1), self.longest_s) * random.uniform(0.5, 1.5)  # noqa: S311
        return max(ours, asked_s or 0.0)


def next_pause_s(retrying: Retrying, call: Call[Any], attempt: int, response: "httpx2.Response | None") -> float | None:
    """
    Decide whether a request is sent again, and when.

    Args:
        retrying: How often.

        call: The request.

        attempt: How often it was sent.

        response: What was answered; None where the network failed.

    Returns:
        Seconds to wait; None where what came is the result.
    """
    if not call.repeatable or (response is not None and response.status_code not in BUSY):
        return None
    asked_s = None if response is None else retry_after_s(response.headers, time.time())
    return retrying.pause_s(attempt, asked_s)


def no_answer(call: Call[Any], attempts: int, failure: Exception | None) -> UnreachableError:
    """Say that no answer came."""
    return UnreachableError(f"{call.method} {call.path}: no answer after {attempts} attempts: {failure!r}")


def checked_address(url: str) -> str:
    """
    Return the address of a service if it is one.

    Args:
        url: As it was given, ``"https://staydown.example.org"``.

    Raises:
        ValueError: If it does not say http:// or https://, or names no host: no attempt would reach anything.
    """
    parts = urlsplit(url)
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        message = f"the address of a service begins with https:// or http:// and its host, not {url!r}"
        raise ValueError(message)
    return url


def headers_for(call: Call[Any], idempotency_key: str | None) -> dict[str, str]:
    """
    Return the headers of a request, for all its attempts.

    Args:
        call: The request.

        idempotency_key: The caller's own, or None for a new one.
    """
    if not call.changes:
        return {}
    return {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}


def retry_after_s(headers: Mapping[str, str], now: float) -> float | None:
    """
    Read `Retry-After`.

    Args:
        headers: Of an answer.

        now: Seconds since 1970.

    Returns:
        Seconds; None where it says nothing that can be read.
    """
    said = headers.get("retry-after", "")
    if said.isascii() and said.isdigit():
        return float(said)
    try:
        return max(parsedate_to_datetime(said).timestamp() - now, 0.0)
    except ValueError:
        return None


def answer_in(call: Call[AnswerT], response: "httpx2.Response") -> AnswerT:
    """
    Read an answer.

    Raises:
        ProblemError: If the service refused.
        AnswerError: If it is none of Staydown's.
    """
    if call.file and response.is_success:
        return call.read(response.content)
    try:
        document = response.json()
    except ValueError as error:
        raise AnswerError(_stranger(response)) from error
    if not isinstance(document, dict):
        raise AnswerError(_stranger(response))
    if response.status_code in call.taken or response.is_success:
        try:
            return call.read(document)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            message = f"{_stranger(response)}: {type(error).__name__} {error}"
            raise AnswerError(message) from error
    raise ProblemError(response.status_code, document, retry_after_s(response.headers, time.time()))


def _stranger(response: "httpx2.Response") -> str:
    return f"{response.request.method} {response.request.url.path}: {response.status_code}, and no answer of Staydown's"
