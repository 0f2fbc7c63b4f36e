"""One transaction over the record, and the time it happens at."""

from datetime import datetime
from typing import Protocol

from casework.ports.cases import Appeals, AuditLog, Cases, Decisions, Reports
from casework.ports.media import MediaRecords, ProtectedMedia, Takedowns
from casework.ports.operations import Figures, KeptAnswers, Keys
from casework.ports.propagation import Deliveries, Destinations, IndexLog, Outbox, Sweeps
from casework.ports.uploads import Matches, UnfinishedSearches, Uploads


class Clock(Protocol):
    """What time it is."""

    def now(self) -> datetime:
        """Return the moment, in UTC, with its zone."""


class UnitOfWork(Protocol):
    """One transaction over the record. What is done through it happens wholly or not at all."""

    @property
    def now(self) -> datetime:
        """The moment this transaction began; one moment for all it writes."""

    @property
    def reports(self) -> Reports: ...
    @property
    def cases(self) -> Cases: ...
    @property
    def media(self) -> MediaRecords: ...
    @property
    def uploads(self) -> Uploads: ...
    @property
    def matches(self) -> Matches: ...
    @property
    def decisions(self) -> Decisions: ...
    @property
    def takedowns(self) -> Takedowns: ...
    @property
    def index_log(self) -> IndexLog: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def destinations(self) -> Destinations: ...
    @property
    def deliveries(self) -> Deliveries: ...
    @property
    def audit(self) -> AuditLog: ...
    @property
    def sweeps(self) -> Sweeps: ...
    @property
    def unfinished(self) -> UnfinishedSearches: ...
    @property
    def protected(self) -> ProtectedMedia: ...
    @property
    def appeals(self) -> Appeals: ...
    @property
    def keys(self) -> Keys: ...
    @property
    def kept_answers(self) -> KeptAnswers: ...
    @property
    def figures(self) -> Figures: ...
