"""
PostgreSQL databases that are used again: emptied between two tests, which takes a tenth of the time of a new one.

Invariant: who gets one finds what a new copy of its template would hold, rows, sequences and shape alike. Where a test
changed the shape, it is not used again.
"""

from dataclasses import dataclass, field
from typing import Self

import psycopg
from psycopg.sql import SQL, Composable, Identifier, Literal

_SHAPE = """
SELECT md5(string_agg(line, ' ' ORDER BY line)) FROM (
    SELECT concat_ws(' ', relname, relkind, attname, atttypid, attnotnull) AS line
    FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
    WHERE relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped
    UNION ALL SELECT concat_ws(' ', tgrelid::regclass, tgname, tgenabled) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT concat_ws(' ', conrelid::regclass, pg_get_constraintdef(oid)) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT concat_ws(' ', proname, prosrc) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT concat_ws(' ', adrelid::regclass, pg_get_expr(adbin, adrelid)) FROM pg_attrdef
    UNION ALL SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%'
    UNION ALL SELECT setconfig::text FROM pg_db_role_setting
    WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
) AS lines
"""
"""Of tables, triggers, constraints, functions, defaults, schemas and settings."""

_ALONE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> %s"


@dataclass(frozen=True, slots=True)
class Contents:
    """
    What a database holds.

    Args:
        shape: All but rows, in one value.

        tables: The names of all.

        rows: Of each table that has any, as `COPY` writes them.

        sequences: How far each is, and whether that was handed out.
    """

    shape: str
    tables: tuple[str, ...]
    rows: dict[str, bytes] = field(default_factory=dict)
    sequences: dict[str, tuple[int, bool]] = field(default_factory=dict)

    @classmethod
    def of(cls, url: str) -> Self:
        """Read them."""
        with psycopg.connect(url) as connection:
            names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            found = cls(_shape_of(connection), tuple(sorted(name for (name,) in names)))
            for table in found.tables:
                with connection.cursor().copy(SQL("COPY {} TO STDOUT").format(Identifier(table))) as copied:
                    if rows := b"".join(bytes(part) for part in copied):
                        found.rows[table] = rows
            for (name,) in connection.execute("SELECT sequencename FROM pg_sequences").fetchall():
                state = connection.execute(SQL("SELECT last_value, is_called FROM {}").format(Identifier(name)))
                found.sequences[name] = state.fetchone()  # type: ignore[assignment]
        return found

    def restore(self, url: str) -> bool:
        """
        Bring a database back to them, whoever is connected to it.

        Returns:
            Whether that could be done: not where its shape is another.
        """
        with psycopg.connect(url) as connection:
            connection.execute(_ALONE, [connection.info.backend_pid])
            if _shape_of(connection) != self.shape:
                return False
            # Neither foreign keys nor the log that refuses to be changed stand in the way.
            steps: list[Composable] = [SQL("SET session_replication_role = replica")]
            steps += [SQL("DELETE FROM {}").format(Identifier(table)) for table in self.tables]
            steps += [
                SQL("SELECT setval({}, {}, {})").format(Literal(name), Literal(last), Literal(is_called))
                for name, (last, is_called) in self.sequences.items()
            ]
            connection.execute(SQL("; ").join(steps))
            for table, rows in self.rows.items():
                with connection.cursor().copy(SQL("COPY {} FROM STDIN").format(Identifier(table))) as copied:
                    copied.write(rows)
        return True


def _shape_of(connection: psycopg.Connection) -> str:
    (found,) = connection.execute(_SHAPE).fetchone() or ("",)
    return str(found)
