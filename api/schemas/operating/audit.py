"""The audit log."""

from datetime import datetime

from pydantic import BaseModel, Field

from casework.domain.keeping.audit import AuditRow


class AuditRowOut(BaseModel):
    """One row of the audit log."""

    position: int = Field(description="1 for the first; each one more than the row before.")
    at: datetime
    actor_id: str
    action: str = Field(examples=["case:media:viewed"])
    subject_id: str
    detail: dict[str, str | int | float | bool | None] | None = Field(description="Null once it is erased.")
    salt: str | None = Field(description="Hex, 16 bytes. Null once the detail is erased.")
    digest: str = Field(description="Hex: SHA-256 over salt and detail.")
    hash: str = Field(description="Hex: SHA-256 over the hash of the row before and this row.")

    @classmethod
    def of(cls, row: AuditRow) -> "AuditRowOut":
        """Show a row."""
        return cls(
            position=row.position,
            at=row.at,
            actor_id=row.actor_id,
            action=row.action,
            subject_id=row.subject_id,
            detail=row.detail,
            salt=None if row.salt is None else row.salt.hex(),
            digest=row.digest.hex(),
            hash=row.hash.hex(),
        )

    def row(self) -> AuditRow:
        """
        Read a row that was exported.

        Raises:
            ValueError: If a field that should be hexadecimal is not.
        """
        return AuditRow(
            position=self.position,
            at=self.at,
            actor_id=self.actor_id,
            action=self.action,
            subject_id=self.subject_id,
            detail=self.detail,
            salt=None if self.salt is None else bytes.fromhex(self.salt),
            digest=bytes.fromhex(self.digest),
            hash=bytes.fromhex(self.hash),
        )


class AuditPage(BaseModel):
    """A page of the audit log, oldest first."""

    items: list[AuditRowOut]
    next: str | None
