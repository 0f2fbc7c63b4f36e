"""Deep searches that are finished in the background, as rows: workers step over those that others hold."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, or_, select, update

from casework.domain.errors import UnreadableError
from casework.domain.ids import UploadId
from casework.domain.takedowns.upload import UnfinishedSearch
from casework.domain.work.lease import Lease
from casework.persistence.connection.direct import rows_of
from casework.persistence.encryption.sealed import open_row, seal_row
from casework.persistence.rows import lease_of, portions
from casework.persistence.tables import unfinished_searches
from casework.ports.vault import Vault

_COLUMNS = unfinished_searches.c
_DUE = (
    select(unfinished_searches)
    .where(or_(_COLUMNS.lease_until.is_(None), _COLUMNS.lease_until <= bindparam("now")))
    .order_by(_COLUMNS.upload_id)
    .limit(1)
    .with_for_update(skip_locked=True)
)


class SqlUnfinishedSearches:
    """What is left to do of searches that ran out of time."""

    def __init__(self, connection: Connection, *, now: datetime, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault
        self._now = now

    def add(self, upload_id: UploadId, features: bytes) -> None:
        """Store what is left to do."""
        values = {"upload_id": upload_id, "encrypted_features": features, "created_at": self._now}
        self._connection.execute(insert(unfinished_searches).values(seal_row(unfinished_searches, values, self._vault)))

    def has(self, upload_id: UploadId) -> bool:
        """Tell whether an upload's search is unfinished."""
        columns = unfinished_searches.c
        query = select(columns.upload_id).where(columns.upload_id == upload_id)
        return self._connection.execute(query).first() is not None

    def next_due(self, now: datetime) -> UnfinishedSearch | None:
        """Lock and read the oldest that no worker has."""
        return next((self._search(row) for row in rows_of(self._connection, _DUE, {"now": now})), None)

    def claim(self, search: UnfinishedSearch, lease: Lease) -> UnfinishedSearch:
        """Keep others from it; return it as it is now."""
        columns = unfinished_searches.c
        claimed = (
            update(unfinished_searches)
            .where(columns.upload_id == search.upload_id)
            .values(lease_id=lease.id, lease_until=lease.until)
            .returning(*columns)
        )
        return self._search(self._connection.execute(claimed).mappings().one())

    def erase(self, upload_ids: Iterable[UploadId]) -> None:
        """Forget what is left to do of these uploads, whoever has it."""
        for ids in portions(upload_ids):
            self._connection.execute(delete(unfinished_searches).where(unfinished_searches.c.upload_id.in_(ids)))

    def remove(self, search: UnfinishedSearch) -> bool:
        """Forget it, since it is done; return False if the lease was lost to another."""
        columns = unfinished_searches.c
        mine = columns.lease_id == (search.lease and search.lease.id)
        done = delete(unfinished_searches).where(columns.upload_id == search.upload_id, mine)
        return self._connection.execute(done).rowcount == 1

    def _search(self, row: Mapping[Any, Any]) -> UnfinishedSearch:
        try:
            features = open_row(unfinished_searches, row, self._vault)["encrypted_features"]
        except UnreadableError:
            features = b""  # the stored signals of the upload make up for it
        return UnfinishedSearch(
            upload_id=row["upload_id"], features=features, created_at=row["created_at"], lease=lease_of(row)
        )
