"""
One unsafe request: its transaction, its idempotency, its answer.

Invariant: effect and kept answer commit together, and nothing is answered before the commit.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel

from api.errors import BodyError
from api.http.auth import ServiceDep
from api.http.idempotency import RequestIdentity, StoredAnswer, find_answer, fingerprint, keep_answer
from api.service import Service
from casework.domain.actor import PUBLIC, Actor
from casework.persistence.unit_of_work import SqlUnitOfWork

_MAX_KEY_LENGTH = 255

IdempotencyKey = Annotated[
    str | None,
    Header(alias="Idempotency-Key", description="A repeat under the same key answers as the first did."),
]


class Exchange:
    """
    What a route needs to do something once.

    Args:
        service: The process's.

        method: Of the request.

        path: Of the request.

        key: Its `Idempotency-Key`, or None.

    Raises:
        BodyError: If the key is empty or too long.
    """

    def __init__(self, service: Service, *, method: str, path: str, key: str | None) -> None:
        if key is not None and not 0 < len(key) <= _MAX_KEY_LENGTH:
            message = f"a key of 1 to {_MAX_KEY_LENGTH} characters is expected, not {len(key)}"
            raise BodyError(message, field="Idempotency-Key")
        self.service = service
        self._target = f"{method} {path}"
        self._key = key

    def once(
        self,
        actor: Actor,
        content: Mapping[str, object],
        work: Callable[[SqlUnitOfWork], BaseModel | None],
        *,
        digests: Sequence[bytes] = (),
        status: int = 200,
    ) -> Response:
        """
        Do the work in one transaction and answer; a repeat under the same key only answers.

        Args:
            actor: Who asks; keys of different actors never meet.

            content: The request's JSON.

            work: Makes the answer, or None for one without content; what it writes commits with it.

            digests: SHA-256 of each of the request's files.

            status: Of the answer.

        Raises:
            IdempotencyConflictError: If the key was used for another request.
        """
        identity = self._identity(actor, content, digests)
        with self.service.writing() as uow:
            known = None if identity is None else find_answer(uow, identity, self.service.cipher)
            if known is not None:
                return _response(known, repeated=True)
            made = work(uow)
            answer = StoredAnswer(status=status, body=b"" if made is None else made.model_dump_json().encode())
            if identity is not None:
                keep_answer(uow, identity, answer, self.service.cipher)
        return _response(answer, repeated=False)

    def _identity(
        self, actor: Actor, content: Mapping[str, object], digests: Sequence[bytes]
    ) -> RequestIdentity | None:
        if self._key is None:
            return None
        digest = fingerprint(content, digests)
        # Everybody without a key is one actor: only who knows the whole content may be the same one asking again.
        who = f"{actor.id} {digest.hex()}" if actor == PUBLIC else actor.id
        return RequestIdentity(scope=f"{who} {self._target}", key=self._key, fingerprint=digest)


def exchange_of(request: Request, service: ServiceDep, key: IdempotencyKey = None) -> Exchange:
    """Make the exchange of this request."""
    return Exchange(service, method=request.method, path=request.url.path, key=key)


ExchangeDep = Annotated[Exchange, Depends(exchange_of)]


def _response(answer: StoredAnswer, *, repeated: bool) -> Response:
    headers = {"Idempotent-Replayed": "true"} if repeated else None
    media_type = "application/json" if answer.body else None
    return Response(answer.body or None, status_code=answer.status, media_type=media_type, headers=headers)
