"""Putting media on a list, newsworthy media or what is never to be banked, and taking it off."""

from dataclasses import dataclass

from casework.domain.actor import Actor
from casework.domain.errors import NotFoundError
from casework.domain.ids import ProtectedId, new_id
from casework.domain.media import Collection, SubmittedMedia
from casework.domain.takedowns.protected import Kept, Protected
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.journal import record

_ADDED = {Kept.PROTECTED: "media:protected", Kept.NEVER_BANK: "media:never_bank:added"}
_REMOVED = {Kept.PROTECTED: "media:unprotected", Kept.NEVER_BANK: "media:never_bank:removed"}


@dataclass(frozen=True, slots=True)
class ProtectMedia:
    """Somebody puts media on a list, with a reason, which stays with the entry: the audit log is in the clear."""

    actor: Actor
    media: SubmittedMedia
    reason: str
    kept_as: Kept = Kept.PROTECTED


def protect_media(command: ProtectMedia, uow: UnitOfWork) -> Protected:
    """Put media on a list; the next question that begins after the commit knows it."""
    media = uow.media.add(command.media, case_id=None, position=0)
    protected = Protected(
        id=ProtectedId(new_id(command.kept_as.prefix, uow.now)),
        media_id=media.id,
        reason=command.reason,
        added_by=command.actor.id,
        added_at=uow.now,
        kept_as=command.kept_as,
    )
    uow.protected.add(protected)
    uow.index_log.add(Collection.PROTECTED, protected.id, media)
    record(uow, command.actor, _ADDED[command.kept_as], protected.id)
    return protected


def unprotect_media(protected_id: str, actor: Actor, uow: UnitOfWork, *, kept_as: Kept = Kept.PROTECTED) -> Protected:
    """
    Take media off a list.

    Raises:
        NotFoundError, WrongStateError: If it is not on it, or was taken off before.
    """
    protected = uow.protected.get(protected_id, lock=True)
    if protected.kept_as is not kept_as:
        message = f"there is no {protected_id!r} on the list {kept_as.value}"
        raise NotFoundError(message)
    protected = protected.remove(uow.now)
    uow.protected.update(protected)
    uow.index_log.remove(Collection.PROTECTED, protected.id)
    record(uow, actor, _REMOVED[kept_as], protected.id)
    return protected
