"""
Uploads by their hashes: read in the event loop, matched and stored in a thread together with those that come meanwhile.

Invariant: each is answered as the route would answer it, or refuse it, after the commit that holds it.
"""

from functools import partial

from api.by_signals.reading import Registering
from api.by_signals.writing import write_registered
from api.media.answers import register_all, registration
from api.media.hashing import pieces_of
from api.service import Service
from casework.domain.actor import Actor
from matcher.hashing.query import Query


class HashRegistrations:
    """
    Registers uploads by their hashes, from one event loop.

    Args:
        service: What this process holds.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._register_all = partial(register_all, service, write=write_registered)

    async def answer(self, actor: Actor, asked: Registering) -> bytes:
        """
        Register one and return its answer as JSON.

        Args:
            actor: Who asks; they see evidence.

            asked: With one signal of each type.

        Raises:
            UploadConflictError: If its id names other bytes already, or is another pipeline's.
            DatabaseFailedError: If it could not be stored.
        """
        (media,) = pieces_of(asked.signals)
        command = registration(self._service, actor, asked.upload, media, Query.of_signals(asked.signals))
        return await self._service.registrations.answer(command, self._register_all)
