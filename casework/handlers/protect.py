"""Protecting newsworthy media, and ending the protection."""

from dataclasses import dataclass

from casework.domain.actor import Actor
from casework.domain.ids import ProtectedId, new_id
from casework.domain.media import Collection, SubmittedMedia
from casework.domain.takedowns.protected import Protected
from casework.ports.unit_of_work import UnitOfWork
from casework.steps.journal import record


@dataclass(frozen=True, slots=True)
class ProtectMedia:
    """Somebody protects media as newsworthy, with a reason for the history."""

    actor: Actor
    media: SubmittedMedia
    reason: str


def protect_media(command: ProtectMedia, uow: UnitOfWork) -> Protected:
    """Let nothing act by itself on copies of this media from the commit on."""
    media = uow.media.add(command.media, case_id=None, position=0)
    protected = Protected(
        id=ProtectedId(new_id("prt", uow.now)),
        media_id=media.id,
        reason=command.reason,
        added_by=command.actor.id,
        added_at=uow.now,
    )
    uow.protected.add(protected)
    uow.index_log.add(Collection.PROTECTED, protected.id, media)
    record(uow, command.actor, "media:protected", protected.id, reason=command.reason)
    return protected


def unprotect_media(protected_id: str, actor: Actor, uow: UnitOfWork) -> Protected:
    """
    End a protection.

    Raises:
        NotFoundError, WrongStateError: If there is none, or it ended before.
    """
    protected = uow.protected.get(protected_id, lock=True).remove(uow.now)
    uow.protected.update(protected)
    uow.index_log.remove(Collection.PROTECTED, protected.id)
    record(uow, actor, "media:unprotected", protected.id)
    return protected
