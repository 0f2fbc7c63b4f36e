"""API keys as rows. Only the hash of a key is stored, and nothing here reads it back."""

from datetime import datetime

from sqlalchemy import Connection, exists, insert, select, update

from casework.domain.actor import Role
from casework.domain.keys import ApiKey
from casework.persistence import tables
from casework.persistence.rows import Rows


class SqlKeys:
    """API keys, found by the hash of what is presented."""

    def __init__(self, connection: Connection, *, now: datetime) -> None:
        self._connection = connection
        self._rows = Rows(connection, tables.api_keys, ApiKey)
        self._now = now

    def add(self, key: ApiKey, *, key_hash: bytes) -> None:
        """Store a new one; `key_hash` is the SHA-256 of the key, 32 bytes."""
        self._connection.execute(insert(tables.api_keys).values({**self._rows.dump(key), "key_hash": key_hash}))

    def revoke(self, key_id: str) -> bool:
        """Refuse a key from now on; return False if there is none in use with this id."""
        columns = tables.api_keys.c
        in_use = update(tables.api_keys).where(columns.id == key_id, columns.revoked_at.is_(None))
        return self._connection.execute(in_use.values(revoked_at=self._now)).rowcount > 0

    def in_use(self, key_hash: bytes) -> ApiKey | None:
        """Return the key with this hash, or None if it is unknown or revoked."""
        columns = tables.api_keys.c
        query = select(tables.api_keys).where(columns.key_hash == key_hash, columns.revoked_at.is_(None))
        row = self._connection.execute(query).mappings().first()
        return None if row is None else self._rows.load(row)

    def has_admin(self) -> bool:
        """Tell whether a key of the role `admin` is in use."""
        columns = tables.api_keys.c
        usable = select(columns.id).where(columns.role == Role.ADMIN.value, columns.revoked_at.is_(None))
        return bool(self._connection.execute(select(exists(usable))).scalar_one())

    def listed(self, *, after: str | None, limit: int) -> tuple[list[ApiKey], str | None]:
        """List keys by age, revoked ones too; the second is the cursor of the next page, or None."""
        return self._rows.page(after=after, limit=limit)
