"""Pairs whose answer is known, and looks in between, as rows. Drawings that an operator gave are encrypted."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, select

from casework.domain.cases.known_pair import BlindLook, KnownAnswer, KnownPair
from casework.domain.errors import NotFoundError
from casework.domain.ids import CaseId, PairId
from casework.persistence import tables
from casework.persistence.connection.bulk import insert_into
from casework.persistence.encryption.sealed import open_row, seal_row
from casework.persistence.rows import Rows
from casework.ports.vault import Vault

_DRAWINGS = tables.known_pair_drawings


class SqlKnownPairs(Rows[KnownPair]):
    """Pairs whose answer is known."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        super().__init__(connection, tables.known_pairs, KnownPair)
        self._vault = vault

    def get(self, entity_id: str, *, lock: bool = False) -> KnownPair:
        """
        Read one, taken off or not.

        Raises:
            NotFoundError: If there is none.
        """
        try:
            return super().get(entity_id, lock=lock)
        except NotFoundError as error:
            message = f"there is no known pair {entity_id!r}"
            raise NotFoundError(message) from error

    def listed(self, *, after: str | None, limit: int) -> tuple[list[KnownPair], str | None]:
        """List those that somebody may be asked about, by age."""
        return self.page(self.table.c.removed_at.is_(None), after=after, limit=limit)

    def of_case(self, case_id: CaseId) -> KnownPair | None:
        """Return the one that shows the pictures of a case, and that somebody may be asked about; or None."""
        columns = self.table.c
        found, _ = self.page(columns.case_id == case_id, columns.removed_at.is_(None), after=None, limit=1)
        return found[0] if found else None

    def not_asked_of(self, person_id: str, *, limit: int) -> list[KnownPair]:
        """List those that somebody may be asked about and this person never was, by age."""
        columns, looks = self.table.c, tables.blind_looks.c
        asked = select(looks.id).where(looks.person_id == person_id, looks.pair_id == columns.id)
        found, _ = self.page(columns.removed_at.is_(None), ~asked.exists(), after=None, limit=limit)
        return found

    def keep_drawings(self, pair_id: PairId, drawings: Mapping[str, bytes]) -> None:
        """Keep the drawings of a pair that an operator gave, PNG files by name, encrypted."""
        for name, drawing in drawings.items():
            row = {"pair_id": pair_id, "name": name, "ciphertext": drawing}
            self.connection.execute(insert_into(_DRAWINGS), seal_row(_DRAWINGS, row, self._vault))

    def drawing(self, pair_id: PairId, name: str) -> bytes | None:
        """Return one of them, or None."""
        query = select(_DRAWINGS).where(_DRAWINGS.c.pair_id == pair_id, _DRAWINGS.c.name == name)
        row = self.connection.execute(query).mappings().first()
        return None if row is None else bytes(open_row(_DRAWINGS, row, self._vault)["ciphertext"])

    def erase_drawings(self, pair_id: PairId) -> None:
        """Erase them."""
        self.connection.execute(delete(_DRAWINGS).where(_DRAWINGS.c.pair_id == pair_id))


class SqlBlindLooks(Rows[BlindLook]):
    """Looks in between."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection, tables.blind_looks, BlindLook)

    def known_answers(
        self,
        since: datetime,
        *,
        limit: int,
        person_id: str | None = None,
        pair_ids: Iterable[PairId] | None = None,
    ) -> list[KnownAnswer]:
        """List what people said of known pairs since a moment: the latest, the earliest of them first."""
        columns = self.table.c
        query = (
            select(columns.person_id, columns.pair_id, columns.answered_at.label("at"), columns.is_copy, columns.known)
            .where(columns.answered_at >= since, columns.pair_id.is_not(None), columns.known.is_not(None))
            .order_by(columns.answered_at.desc(), columns.id.desc())
            .limit(limit)
        )
        if person_id is not None:
            query = query.where(columns.person_id == person_id)
        if pair_ids is not None:
            query = query.where(columns.pair_id.in_(list(pair_ids)))
        found = [KnownAnswer(**row) for row in self.connection.execute(query).mappings()]
        return found[::-1]
