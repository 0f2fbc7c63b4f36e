"""
How a database fails, in names that say which: SQLAlchemy's own exceptions, so that `api/` need not import SQLAlchemy.

    DatabaseFailedError                 anything that went wrong with it
    ├── DatabaseBusyError               other writers kept it for too long, or were in the way in a circle
    └── DriverError                     what the database's driver raised
        ├── DatabaseUnreachableError    it cannot be reached, or was lost on the way
        └── DatabaseInterfaceError      the connection to it is not usable any more
"""

from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError as DriverError
from sqlalchemy.exc import InterfaceError as DatabaseInterfaceError
from sqlalchemy.exc import OperationalError as DatabaseUnreachableError
from sqlalchemy.exc import SQLAlchemyError as DatabaseFailedError
from sqlalchemy.exc import TimeoutError as DatabaseBusyError

from casework.persistence.connection.database_file import DatabaseFileError, is_damage

__all__ = [
    "DatabaseBusyError",
    "DatabaseFailedError",
    "DatabaseInterfaceError",
    "DatabaseUnreachableError",
    "DriverError",
    "busy_if_deadlocked",
    "is_about_the_file",
    "is_database_away",
    "reason_for_everybody",
]


_DEADLOCK = "40P01"


def busy_if_deadlocked(context: ExceptionContext) -> DatabaseBusyError | None:
    """Turn what PostgreSQL's driver says of a deadlock into "busy": it was undone, and done again it succeeds."""
    if getattr(context.original_exception, "sqlstate", None) != _DEADLOCK:
        return None
    return DatabaseBusyError("a deadlock with another transaction; nothing was stored, try again")


def is_database_away(error: DriverError) -> bool:
    """Tell a database that cannot be reached, or was lost on the way, from one that refuses a statement."""
    return error.connection_invalidated or isinstance(error, DatabaseUnreachableError | DatabaseInterfaceError)


def reason_for_everybody(error: DatabaseFailedError) -> str:
    """Say why the database failed without naming a path, an address or a statement."""
    original = getattr(error, "orig", None)
    if isinstance(original, DatabaseFileError):
        return original.reason
    if is_damage(original) or "disk is full" in str(original):
        return str(original)
    return f"cannot be reached ({type(error).__name__}): the log says why; once it is back nothing need be restarted"


def is_about_the_file(error: DriverError) -> bool:
    """Tell whether the database's file is gone or replaced; the error says what to do."""
    return isinstance(error.orig, DatabaseFileError)
