"""
One transaction over the record, with every repository on it.

Invariant: leaving the `with` block normally commits once; leaving it by an exception writes nothing. The commit is the
moment a decision becomes true: index rows, messages and audit rows are in it or nothing is.
"""

from collections.abc import Iterator, Set
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property

from sqlalchemy import Connection, Engine

from casework.domain.media import Collection
from casework.persistence.changed_records import ChangedRecords
from casework.persistence.collected_writes import CollectedWrites
from casework.persistence.connection.turns.group_commit import Writer
from casework.persistence.encryption.proofs import refuse_retired
from casework.persistence.encryption.sealed import NotingVault
from casework.persistence.index_log.writing import SqlIndexLog
from casework.persistence.repositories.cases.cases import SqlAppeals, SqlCases, SqlDecisions, SqlReports
from casework.persistence.repositories.cases.messages import SqlMessages
from casework.persistence.repositories.cases.past import SqlPast
from casework.persistence.repositories.erasures import SqlErasures
from casework.persistence.repositories.exchanging.exchanges import SqlExchangeRecords, SqlExchanges, SqlSendings
from casework.persistence.repositories.exchanging.hash_lists import SqlHashLists
from casework.persistence.repositories.media import SqlMedia
from casework.persistence.repositories.media_views import SqlMediaViews
from casework.persistence.repositories.operations.audit import SqlAuditLog
from casework.persistence.repositories.operations.figures import SqlFigures
from casework.persistence.repositories.operations.idempotency import SqlKeptAnswers
from casework.persistence.repositories.operations.jobs import SqlJobs
from casework.persistence.repositories.operations.keys import SqlKeys
from casework.persistence.repositories.operations.people import SqlPeople, SqlSessions
from casework.persistence.repositories.operations.quality import SqlBlindLooks, SqlKnownPairs
from casework.persistence.repositories.operations.statistics import SqlStatistics
from casework.persistence.repositories.propagation.deliveries import SqlDeliveries, SqlDestinations
from casework.persistence.repositories.propagation.outbox import SqlOutbox
from casework.persistence.repositories.propagation.sweeps import SqlSweeps
from casework.persistence.repositories.propagation.unfinished import SqlUnfinishedSearches
from casework.persistence.repositories.retention import SqlPastDate
from casework.persistence.repositories.safeguards import SqlProtected
from casework.persistence.repositories.takedowns import SqlCommonParts, SqlTakedowns
from casework.persistence.repositories.uploads import SqlMatches, SqlUploads
from casework.ports.unit_of_work import Clock
from casework.ports.vault import Vault


class SqlUnitOfWork:
    """
    The repositories of one transaction.

    Args:
        connection: With its transaction begun.

        now: The moment it began.

        preview_retention: How long previews written in it are kept.

        vault: Encrypts what people wrote, and who they are.
    """

    def __init__(self, connection: Connection, *, now: datetime, preview_retention: timedelta, vault: Vault) -> None:
        self._connection = connection
        self.now = now
        self._preview_retention = preview_retention
        self._vault = vault
        self.changed = ChangedRecords(connection)
        self.writes = CollectedWrites(connection)

    @contextmanager
    def part(self) -> Iterator[None]:
        """
        Do a part of the work that may fail by itself: an exception undoes what the block wrote, and nothing else.

        Parts follow each other and never lie in each other.
        """
        collected = [self.audit.mark(), self.outbox.mark(), self.index_log.mark(), self.changed.mark()]
        try:
            with self.writes.part():
                yield
        except BaseException:
            for forget in collected:
                forget()
            for forgetful in (self.reports, self.cases, self.decisions, self.uploads, self.takedowns):
                forgetful.forget_read()
            self.media.forget_read()
            self.matches.forget_read()
            raise

    @cached_property
    def reports(self) -> SqlReports:
        """Reports, as received."""
        return SqlReports(self._connection, self._vault)

    @cached_property
    def cases(self) -> SqlCases:
        """Cases and their queues."""
        return SqlCases(self._connection, self._vault, self.changed, writes=self.writes)

    @cached_property
    def media(self) -> SqlMedia:
        """Media and previews."""
        return SqlMedia(
            self._connection,
            now=self.now,
            retention=self._preview_retention,
            vault=self._vault,
            changed=self.changed,
        )

    @cached_property
    def media_views(self) -> SqlMediaViews:
        """Who has looked at which media."""
        return SqlMediaViews(self._connection, now=self.now)

    @cached_property
    def uploads(self) -> SqlUploads:
        """Registered uploads."""
        return SqlUploads(self._connection, self._vault, writes=self.writes)

    @cached_property
    def matches(self) -> SqlMatches:
        """What uploads matched."""
        return SqlMatches(self._connection, now=self.now, writes=self.writes)

    @cached_property
    def decisions(self) -> SqlDecisions:
        """Decisions."""
        return SqlDecisions(self._connection, self._vault, writes=self.writes)

    @cached_property
    def takedowns(self) -> SqlTakedowns:
        """Takedowns and their references."""
        return SqlTakedowns(self._connection, self._vault, self.changed, writes=self.writes)

    @cached_property
    def hash_lists(self) -> SqlHashLists:
        """Lists of hashes that came from others."""
        return SqlHashLists(self._connection, self._vault, now=self.now)

    @cached_property
    def exchanges(self) -> SqlExchanges:
        """Servers that hashes are exchanged with."""
        return SqlExchanges(self._connection, self._vault)

    @cached_property
    def exchange_records(self) -> SqlExchangeRecords:
        """What became of what they sent."""
        return SqlExchangeRecords(self._connection)

    @cached_property
    def sendings(self) -> SqlSendings:
        """What they are told."""
        return SqlSendings(self._connection, self._vault)

    @cached_property
    def index_log(self) -> SqlIndexLog:
        """The log the index follows."""
        return SqlIndexLog(self._connection, self.changed, writes=self.writes)

    @cached_property
    def outbox(self) -> SqlOutbox:
        """Messages."""
        return SqlOutbox(self._connection, now=self.now, vault=self._vault)

    @cached_property
    def destinations(self) -> SqlDestinations:
        """Systems downstream."""
        return SqlDestinations(self._connection, self._vault)

    @cached_property
    def deliveries(self) -> SqlDeliveries:
        """The ledger."""
        return SqlDeliveries(self._connection)

    @cached_property
    def audit(self) -> SqlAuditLog:
        """The audit log."""
        return SqlAuditLog(self._connection)

    @cached_property
    def sweeps(self) -> SqlSweeps:
        """Sweeps over registered uploads."""
        return SqlSweeps(self._connection, writes=self.writes)

    @cached_property
    def jobs(self) -> SqlJobs:
        """Requests that were acknowledged before they were done."""
        return SqlJobs(self._connection, self._vault)

    @cached_property
    def unfinished(self) -> SqlUnfinishedSearches:
        """Deep searches that are finished in the background."""
        return SqlUnfinishedSearches(self._connection, now=self.now, vault=self._vault)

    @cached_property
    def common_parts(self) -> SqlCommonParts:
        """Parts of references that strangers have too."""
        return SqlCommonParts(self._connection, writes=self.writes)

    @cached_property
    def protected(self) -> SqlProtected:
        """Newsworthy media."""
        return SqlProtected(self._connection, self._vault, self.changed)

    @cached_property
    def appeals(self) -> SqlAppeals:
        """Appeals."""
        return SqlAppeals(self._connection, self._vault)

    @cached_property
    def messages(self) -> SqlMessages:
        """Messages between reporters and moderators."""
        return SqlMessages(self._connection, self._vault)

    @cached_property
    def keys(self) -> SqlKeys:
        """API keys."""
        return SqlKeys(self._connection, now=self.now, changed=self.changed)

    @cached_property
    def people(self) -> SqlPeople:
        """Who may sign in."""
        return SqlPeople(self._connection, self._vault)

    @cached_property
    def sessions(self) -> SqlSessions:
        """Who is signed in."""
        return SqlSessions(self._connection, now=self.now)

    @cached_property
    def known_pairs(self) -> SqlKnownPairs:
        """Pairs whose answer is known."""
        return SqlKnownPairs(self._connection, self._vault)

    @cached_property
    def blind_looks(self) -> SqlBlindLooks:
        """Looks in between."""
        return SqlBlindLooks(self._connection)

    @cached_property
    def kept_answers(self) -> SqlKeptAnswers:
        """Answers kept for repeated requests."""
        return SqlKeptAnswers(self._connection, now=self.now, vault=self._vault)

    @cached_property
    def erasures(self) -> SqlErasures:
        """What was, or is being, erased."""
        return SqlErasures(self._connection, self._vault)

    @cached_property
    def past_date(self) -> SqlPastDate:
        """What is past its date."""
        return SqlPastDate(self._connection)

    @cached_property
    def statistics(self) -> SqlStatistics:
        """What is counted of a stretch of time."""
        return SqlStatistics(self._connection)

    @cached_property
    def figures(self) -> SqlFigures:
        """Counts for operators."""
        return SqlFigures(self._connection)

    @cached_property
    def past(self) -> SqlPast:
        """What the policy can be asked about again."""
        return SqlPast(self._connection)


@contextmanager
def transaction(engine: Engine, *, clock: Clock, preview_retention: timedelta, vault: Vault) -> Iterator[SqlUnitOfWork]:
    """
    Begin a transaction, commit it at the end of the block, undo it on an exception.

    Args:
        engine: `database.open_database` to write, `database.open_reader` to read.

        clock: What time it is; asked once.

        preview_retention: How long previews written in it are kept.

        vault: Encrypts what people wrote, and who they are.

    Raises:
        RetiredKeyError: If something in it was encrypted under a key that was retired; nothing is written.
    """
    with (
        engine.connect() as connection,
        connection.begin(),
        _unit_of_work(connection, clock=clock, preview_retention=preview_retention, vault=vault) as uow,
    ):
        yield uow


EVERY_COLLECTION = frozenset(Collection)


@contextmanager
def unit_of_work(
    writer: Writer,
    *,
    clock: Clock,
    preview_retention: timedelta,
    vault: Vault,
    searches: Set[Collection] = EVERY_COLLECTION,
    gives_way: bool = False,
) -> Iterator[SqlUnitOfWork]:
    """
    Begin a unit of work that writes; once the block has ended it is on the disk, after an exception nothing of it is.

    On SQLite several share a transaction: `connection/turns/group_commit.py` says what that may do and may not.

    Args:
        writer: The record.

        clock: What time it is; asked once.

        preview_retention: How long previews written in it are kept.

        vault: Encrypts what people wrote, and who they are.

        searches: The collections that the block asks the index about.

        gives_way: For work in the background: requests go first.

    Raises:
        RetiredKeyError: If something in it was encrypted under a key that was retired; nothing is written.
    """
    with (
        writer.unit(searches=searches, gives_way=gives_way) as unit,
        _unit_of_work(unit.connection, clock=clock, preview_retention=preview_retention, vault=vault) as uow,
    ):
        yield uow
        unit.changed = uow.index_log.changed


@contextmanager
def _unit_of_work(
    connection: Connection, *, clock: Clock, preview_retention: timedelta, vault: Vault
) -> Iterator[SqlUnitOfWork]:
    """Collect what belongs to a transaction that was begun, and write what comes last in it."""
    noting = NotingVault(vault)
    uow = SqlUnitOfWork(connection, now=clock.now(), preview_retention=preview_retention, vault=noting)
    yield uow
    uow.index_log.flush()
    uow.audit.flush()
    uow.outbox.flush()
    uow.changed.flush()
    refuse_retired(connection, noting.marks)
