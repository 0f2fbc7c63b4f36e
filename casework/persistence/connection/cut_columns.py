"""
Many rows as one statement of SQLite: each column is passed whole, and cut into its values there.

    INSERT INTO signals (media_id, position, value)
    WITH RECURSIVE numbered(at) AS (SELECT 0 UNION ALL SELECT at + 1 FROM numbered WHERE at < :last)
    SELECT CAST(substr(:media_id, 30 * at + 1, 30) AS TEXT), :position, substr(:value, 32 * at + 1, 32) FROM numbered

A statement for each row opens the table and all its indexes anew, takes the interpreter's lock twice and hands every
value over by itself; that takes as long again as what is written. Here the lock is free until all are there.

Invariant: the same rows as by a statement for each, in the same order. A column that cannot be cut so, such as one of
texts of several lengths, is said, and whoever calls writes those rows one by one.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, TypeAlias

from sqlalchemy import Table
from sqlalchemy.dialects import sqlite

_WIDEST: Final = 1_024
"""Bytes of a value: handing a larger one over takes little beside writing it."""

_MOST_BYTES: Final = 64_000_000
"""Of one column: SQLite takes a value of at most a billion."""

_PREPARER: Final = sqlite.dialect().identifier_preparer

_SAME, _NEXT = ":{name}", ":{name} + at"
_BYTES = "substr(:{name}, {width} * at + 1, {width})"
_TEXT = f"CAST({_BYTES} AS TEXT)"

_KINDS: Final = {type(None), bool, int, str, bytes}
"""Of values whose equals are the same: 0.0 and -0.0 are not."""

_Cut: TypeAlias = tuple[str, int, object]
"""How a value is had from what is passed for its column, how many bytes it has, and what is passed."""


def one_statement(
    table: Table, each: Mapping[str, Sequence[Any]], same: Mapping[str, Any]
) -> tuple[str, dict[str, Any]] | None:
    """
    Return the statement that inserts all rows, and its values by name; None where a column cannot be cut.

    Args:
        table: Where.

        each: What differs from row to row, as the driver takes it: columns of equal length, of at least one row.

        same: What all rows have, as the driver takes it.
    """
    cuts: dict[str, _Cut] = {name: (_SAME, 0, value) for name, value in same.items()}
    for name, values in each.items():
        cut = _cut_of(values)
        if cut is None:
            return None
        cuts[name] = cut
    rows = len(next(iter(each.values())))
    text = _text(table, tuple((name, how, width) for name, (how, width, _) in cuts.items()))
    return text, {"last": rows - 1, **{_named(name): passed for name, (_, _, passed) in cuts.items()}}


def _cut_of(values: Sequence[Any]) -> _Cut | None:
    first, count = values[0], len(values)
    if isinstance(values, range) and values.step == 1:
        return _NEXT, 0, first
    kind = type(first)
    if kind not in _KINDS or {kind} != set(map(type, values)):  # 1 equals 1.0 and is not the same
        return None
    if values.count(first) == count:
        return _SAME, 0, first
    if kind is int:
        return (_NEXT, 0, first) if list(values) == list(range(first, first + count)) else None
    return _cut_by_width(values) if kind is str or kind is bytes else None


def _cut_by_width(values: Sequence[Any]) -> _Cut | None:
    width, count = len(values[0]), len(values)
    if width > _WIDEST or width * count > _MOST_BYTES or {width} != set(map(len, values)):
        return None
    if isinstance(values[0], bytes):
        return _BYTES, width, b"".join(values)
    text = "".join(values)
    return (_TEXT, width, text.encode()) if text.isascii() else None


@lru_cache(maxsize=512)
def _text(table: Table, columns: tuple[tuple[str, str, int], ...]) -> str:
    names = ", ".join(_PREPARER.format_column(table.c[name]) for name, _, _ in columns)
    values = ", ".join(how.format(name=_named(name), width=width) for name, how, width in columns)
    return (
        f"INSERT INTO {_PREPARER.format_table(table)} ({names}) "  # noqa: S608
        "WITH RECURSIVE numbered(at) AS (SELECT 0 UNION ALL SELECT at + 1 FROM numbered WHERE at < :last) "
        f"SELECT {values} FROM numbered"
    )


def _named(column: str) -> str:
    return f"of_{column}"
