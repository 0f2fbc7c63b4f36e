"""API keys as rows. Only the hash of a key is stored, and nothing here reads it back."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, bindparam, exists, insert, or_, select, update

from casework.domain.actor import Role
from casework.domain.errors import NotFoundError
from casework.domain.ids import KeyId
from casework.domain.keys import ApiKey
from casework.persistence import tables
from casework.persistence.changed_records import ChangedRecords
from casework.persistence.rows import Rows

_BY_HASH = select(tables.api_keys).where(tables.api_keys.c.key_hash == bindparam("presented"))


class SqlKeys:
    """API keys, found by the hash of what is presented."""

    def __init__(self, connection: Connection, *, now: datetime, changed: ChangedRecords) -> None:
        self._connection = connection
        self._changed = changed
        self._rows = Rows(connection, tables.api_keys, ApiKey)
        self._now = now

    def add(self, key: ApiKey, *, key_hash: bytes) -> None:
        """Store a new one; `key_hash` is the SHA-256 of the key, 32 bytes."""
        self._connection.execute(insert(tables.api_keys).values({**self._rows.dump(key), "key_hash": key_hash}))

    def get(self, key_id: str, *, lock: bool = False) -> ApiKey:
        """
        Read one, whether or not it is in use.

        Raises:
            NotFoundError: If there is none.
        """
        try:
            return self._rows.get(key_id, lock=lock)
        except NotFoundError as error:
            message = f"there is no key {key_id!r}"
            raise NotFoundError(message) from error

    def revoke(self, key_id: str) -> bool:
        """Refuse a key from now on; return False if there is none with this id that was not revoked before."""
        columns = tables.api_keys.c
        in_use = update(tables.api_keys).where(columns.id == key_id, columns.revoked_at.is_(None))
        self._changed.note(key_id)
        return self._connection.execute(in_use.values(revoked_at=self._now)).rowcount > 0

    def revoke_all(self, principal: str) -> list[KeyId]:
        """Refuse every key in use that speaks for a person or a key, from now on; return which."""
        columns = tables.api_keys.c
        speaks = or_(columns.id == principal, columns.principal == principal)
        query = select(columns.id).where(speaks, columns.revoked_at.is_(None)).order_by(columns.id)
        spoken = [KeyId(one) for one in self._connection.execute(query).scalars()]
        return [one for one in spoken if self.revoke(one)]

    def pause(self, principal: str) -> None:
        """Refuse the questions of every key there is that speaks for this one, from now on."""
        columns = tables.api_keys.c
        speaks = update(tables.api_keys).where(or_(columns.id == principal, columns.principal == principal))
        self._connection.execute(speaks.where(columns.paused_at.is_(None)).values(paused_at=self._now))
        self._changed.note(principal)

    def replace(self, key_id: KeyId, *, by: KeyId, expires_at: datetime) -> None:
        """Note which key took another's place, and when that one ends."""
        replaced = update(tables.api_keys).where(tables.api_keys.c.id == key_id)
        self._connection.execute(replaced.values(replaced_by=by, expires_at=expires_at))
        self._changed.note(key_id)

    def find(self, key_hash: bytes) -> ApiKey | None:
        """Return the key with this hash, whether or not it is in use, or None if it is unknown."""
        row = self._connection.execute(_BY_HASH, {"presented": key_hash}).mappings().first()
        return None if row is None else self._rows.load(row)

    def has_admin(self) -> bool:
        """Tell whether a key of the role `admin` is in use."""
        usable = select(tables.api_keys.c.id).where(tables.api_keys.c.role == Role.ADMIN.value, *self._in_use())
        return bool(self._connection.execute(select(exists(usable))).scalar_one())

    def listed(self, *, after: str | None, limit: int) -> tuple[list[ApiKey], str | None]:
        """List keys by age, refused ones too; the second is the cursor of the next page, or None."""
        return self._rows.page(after=after, limit=limit)

    def newest(self, *, before: str | None, limit: int) -> tuple[list[ApiKey], str | None]:
        """List the latest first, refused ones too; the second is the id to go on before, or None."""
        return self._rows.newest(before=before, limit=limit)

    def note_uses(self, uses: Mapping[KeyId, datetime], *, apart: timedelta) -> None:
        """Write when keys were last used; those noted less than `apart` before are left as they are."""
        columns = tables.api_keys.c
        for key_id, used_at in uses.items():
            older = or_(columns.last_used_at.is_(None), columns.last_used_at <= used_at - apart)
            noted = update(tables.api_keys).where(columns.id == key_id, older)
            self._connection.execute(noted.values(last_used_at=used_at))

    def _in_use(self) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        columns = tables.api_keys.c
        return columns.revoked_at.is_(None), or_(columns.expires_at.is_(None), columns.expires_at > self._now)
