"""
Ask a Staydown service about uploads, file reports, decide cases, follow events, verify webhooks.

    from staydown_client import Client, Verdict

    with Client("https://staydown.example.org", key) as staydown:
        if staydown.check("photo.jpg").verdict is Verdict.BLOCK:
            ...

`AsyncClient` has the same methods. Nothing is imported for HTTP before a client is made.
"""

from staydown_client.answers import (
    BatchItem,
    CaseRow,
    Decision,
    Event,
    Evidence,
    Hashes,
    Job,
    Match,
    MatchAnswer,
    MediaInfo,
    Receipt,
    Report,
    Signal,
    Strength,
    UploadAnswer,
    UploadState,
    Verdict,
)
from staydown_client.async_client import AsyncClient
from staydown_client.attempts import Retrying
from staydown_client.client import Client
from staydown_client.errors import (
    AnswerError,
    JobFailedError,
    ProblemError,
    StaydownError,
    UnreachableError,
    WebhookError,
)
from staydown_client.files import Media
from staydown_client.webhooks import verify_webhook

__all__ = [
    "AnswerError",
    "AsyncClient",
    "BatchItem",
    "CaseRow",
    "Client",
    "Decision",
    "Event",
    "Evidence",
    "Hashes",
    "Job",
    "JobFailedError",
    "Match",
    "MatchAnswer",
    "Media",
    "MediaInfo",
    "ProblemError",
    "Receipt",
    "Report",
    "Retrying",
    "Signal",
    "StaydownError",
    "Strength",
    "UnreachableError",
    "UploadAnswer",
    "UploadState",
    "Verdict",
    "WebhookError",
    "verify_webhook",
]
