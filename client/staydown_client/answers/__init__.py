"""
What the service answers, typed.

Every answer keeps what was sent as `raw`: a newer service may say more than this version knows. Words this version does
not know (a new strength, a new state) stay strings; a new verdict is an error, for nobody could act on it.
"""

from staydown_client.answers.cases import CaseRow, Decision, Receipt, Report
from staydown_client.answers.events import Event
from staydown_client.answers.matches import BatchItem, Evidence, Match, MatchAnswer, Strength, Verdict
from staydown_client.answers.media import Hashes, MediaInfo, Signal
from staydown_client.answers.uploads import Job, UploadAnswer, UploadState

__all__ = [
    "BatchItem",
    "CaseRow",
    "Decision",
    "Event",
    "Evidence",
    "Hashes",
    "Job",
    "Match",
    "MatchAnswer",
    "MediaInfo",
    "Receipt",
    "Report",
    "Signal",
    "Strength",
    "UploadAnswer",
    "UploadState",
    "Verdict",
]
