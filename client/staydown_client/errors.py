"""
What can go wrong, in one family.

    StaydownError
    ├── UnreachableError    no answer: the network, or a server that is away
    ├── ProblemError        an answer that says what is wrong (RFC 9457)
    ├── AnswerError         an answer that is none of Staydown's
    ├── JobFailedError      a long video could not be looked at
    └── WebhookError        a webhook that was not signed with this secret, or too long ago
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


class StaydownError(Exception):
    """Anything this package raises on purpose."""


class UnreachableError(StaydownError):
    """No answer came, however often it was asked."""


class AnswerError(StaydownError):
    """What answered is not Staydown, or something between that speaks for it."""


class WebhookError(StaydownError):
    """Do not believe this webhook: answer it with 401."""


class JobFailedError(StaydownError):
    """
    A long video could not be looked at.

    Args:
        problem: What the service says of it, as `ProblemError.document`.
    """

    def __init__(self, problem: Mapping[str, Any]) -> None:
        super().__init__(_sentence(problem))
        self.document = problem


@dataclass(frozen=True)
class FieldError:
    """
    A field that does not fit.

    Args:
        field: Its path, ``"upload.upload_id"``.

        message: What is wrong with it.
    """

    field: str
    message: str


class ProblemError(StaydownError):
    """
    The service refused, and says why.

    Args:
        status: HTTP status.

        document: The problem document.

        retry_after_s: When to ask again, where it says so.
    """

    def __init__(self, status: int, document: Mapping[str, Any], retry_after_s: float | None) -> None:
        super().__init__(f"{status}: {_sentence(document)}")
        self.status = status
        self.document = document
        self.retry_after_s = retry_after_s

    @property
    def type(self) -> str:
        """Which problem it is, the same for ever: ``"urn:staydown:problem:…"``."""
        return str(self.document.get("type", "about:blank"))

    @property
    def sentence(self) -> str:
        """What is wrong, without the status, for people."""
        return _sentence(self.document)

    @property
    def detail(self) -> str:
        """What is wrong, and often what to do, in a sentence."""
        return str(self.document.get("detail", ""))

    @property
    def errors(self) -> Sequence[FieldError]:
        """The fields that do not fit; empty where the problem is none of them."""
        return [FieldError(str(one.get("field")), str(one.get("message"))) for one in self.document.get("errors", ())]


def _sentence(document: Mapping[str, Any]) -> str:
    title, detail = document.get("title", "no reason given"), document.get("detail")
    return f"{title}: {detail}" if detail else str(title)
