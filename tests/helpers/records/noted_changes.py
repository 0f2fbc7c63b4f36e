"""
Sees to it, in every test, that a repository which changes what others remember also notes that it did.

What is remembered of takedowns and keys rests on `changed_records`: one writer that forgets to note what it wrote, and
a process answers from what is no longer true. So in tests no unit of work may end in which a repository changed such
a row and nothing was noted.
"""

import sys
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from sqlalchemy import Connection, Delete, Engine, Update, event

from casework.persistence import changed_records, tables
from casework.persistence.encryption.sealed import sealed_columns

REMEMBERED = (
    tables.takedowns,
    tables.takedown_references,
    tables.cases,
    tables.protected,
    tables.signals,
    tables.api_keys,
)
NOT_REMEMBERED = {
    "takedowns": {*sealed_columns(tables.takedowns), "decision_id"},
    "takedown_references": {"decision_id"},
    "cases": set(sealed_columns(tables.cases)),
    "protected": set(sealed_columns(tables.protected)),
    "api_keys": {"last_used_at"},
}
"""Columns that no answer rests on."""

_REPOSITORIES = ("/casework/persistence/repositories/", "/casework/persistence/rows.py")
_expected: WeakKeyDictionary[Connection, set[str]] = WeakKeyDictionary()
_noted: WeakSet[Connection] = WeakSet()


def watch_every_engine() -> None:
    """Refuse, from now on, to commit what should have been noted and was not."""
    event.listen(Engine, "before_execute", _before_execute)
    event.listen(Engine, "before_cursor_execute", _before_statement)
    event.listen(Engine, "commit", _require_noted)
    event.listen(Engine, "rollback", _forget)


def _before_execute(connection: Connection, statement: Any, many: Any, one: Any, _: Any) -> None:
    if statement is changed_records._TAKEDOWNS_OF or statement is changed_records._ADVANCE:
        _noted.add(connection)
    elif isinstance(statement, Update | Delete) and statement.table in REMEMBERED and _by_a_repository():
        columns = {name for row in (one, *many) for name in row}
        columns |= {getattr(column, "name", column) for column in getattr(statement, "_values", None) or {}}
        if isinstance(statement, Delete) or columns & _remembered(statement.table):
            _expected.setdefault(connection, set()).add(statement.table.name)


def _remembered(table: Any) -> set[str]:
    return {column.name for column in table.columns} - NOT_REMEMBERED.get(table.name, set()) - {"id"}


def _by_a_repository() -> bool:
    frame = sys._getframe(1)
    while frame is not None:
        if any(one in frame.f_code.co_filename for one in _REPOSITORIES):
            return True
        frame = frame.f_back
    return False


def _before_statement(connection: Connection, _: Any, statement: str, *__: Any) -> None:
    """Look at each unit of a shared transaction by itself: one that is undone changed nothing."""
    if statement == "ROLLBACK TO unit":
        _forget(connection)
    elif statement == "RELEASE unit":
        _require_noted(connection)


def _require_noted(connection: Connection) -> None:
    expected, noted = _expected.get(connection), connection in _noted
    _forget(connection)
    assert not expected or noted, f"rows of {expected} were changed, and nothing noted in `changed_records`"


def _forget(connection: Connection) -> None:
    _expected.pop(connection, None)
    _noted.discard(connection)
