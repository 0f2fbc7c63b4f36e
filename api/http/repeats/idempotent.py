"""
One unsafe request: its transaction, its idempotency, its answer.

Doing (`do_once`) and writing the answer (`json_response`) are two things, so that a page can be the answer too.

Invariant: effect and kept answer commit together, and nothing is answered before the commit. What makes two
requests the same is known as soon as the body has arrived, so a repeat is answered before anything is decoded.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel

from api.errors import BodyError
from api.http.auth import service_of
from api.http.repeats.idempotency import RequestIdentity, StoredAnswer, find_answer, fingerprint, keep_answer, take_turn
from api.service import Service
from casework.domain.actor import PUBLIC, Actor
from casework.domain.media import Collection
from casework.persistence.unit_of_work import EVERY_COLLECTION, SqlUnitOfWork

_MAX_KEY_LENGTH = 255

AnswerT = TypeVar("AnswerT", bound=BaseModel | None)

IdempotencyKey = Annotated[
    str | None,
    Header(alias="Idempotency-Key", description="A repeat under the same key answers as the first did."),
]


@dataclass(frozen=True, slots=True)
class Answered:
    """
    How a request was answered, before it is written as JSON or as a page.

    Args:
        status: HTTP status.

        body: JSON; empty for an answer without content.

        repeated: Whether this is the answer to an earlier request under the same key, and nothing was done now.
    """

    status: int
    body: bytes
    repeated: bool


class IdempotentRequest:
    """
    An unsafe request, and what a route needs to do it once.

    Args:
        service: What this process holds.

        method: GET, POST and so on.

        path: The address without its query.

        key: Its `Idempotency-Key`, or None.

    Raises:
        BodyError: If the key is empty or too long.
    """

    def __init__(self, service: Service, *, method: str, path: str, key: str | None) -> None:
        if key is not None and not 0 < len(key) <= _MAX_KEY_LENGTH:
            message = f"a key of 1 to {_MAX_KEY_LENGTH} characters is expected, not {len(key)}"
            raise BodyError(message, field="Idempotency-Key")
        self.service = service
        self._method = method
        self._path = path
        self._key = key

    @property
    def is_repeatable(self) -> bool:
        """Whether it has a key under which a repeat is answered as it was."""
        return self._key is not None

    def part(self, name: str) -> "IdempotentRequest":
        """
        Return a part of the request that is done by itself, and once, under the request's key.

        Args:
            name: What tells it from the other parts, at most 80 characters.
        """
        return IdempotentRequest(self.service, method=self._method, path=f"{self._path} {name}", key=self._key)

    def earlier_answer(
        self, actor: Actor, content: Mapping[str, object], *, digests: Sequence[bytes] = ()
    ) -> Answered | None:
        """
        Look up how the same request was answered before, without doing anything.

        A route that decodes or searches asks this first. While the first request is still running there is no answer
        yet: both are worked at, and `do_once` commits one of them.

        Args:
            actor: Who asks; keys of different actors never meet.

            content: The request's JSON.

            digests: SHA-256 of each of the request's files, as they arrived.

        Returns:
            The earlier answer; None if there is none, or the request has no key.

        Raises:
            IdempotencyConflictError: If the key was used for another request.
        """
        identity = self._identity(actor, content, digests)
        if identity is None:
            return None
        with self.service.reading() as uow:
            return _as_repeated(find_answer(uow, identity))

    def do_once(
        self,
        actor: Actor,
        content: Mapping[str, object],
        work: Callable[[SqlUnitOfWork], AnswerT],
        *,
        digests: Sequence[bytes] = (),
        status: int = 200,
        kept: Callable[[AnswerT], AnswerT] | None = None,
        searches: Set[Collection] = EVERY_COLLECTION,
    ) -> Answered:
        """
        Do the work in one transaction; a repeat under the same key only returns the earlier answer.

        Args:
            actor: Who asks; keys of different actors never meet.

            content: The request's JSON.

            work: Makes the answer, or None for one without content; what it writes commits with it.

            digests: SHA-256 of each of the request's files.

            status: HTTP status of the answer.

            kept: Makes what repeats are answered of the answer, where it holds what is shown once.

            searches: The collections that the work asks the index about.

        Raises:
            IdempotencyConflictError: If the key was used for another request.
        """
        identity = self._identity(actor, content, digests)
        with self.service.writing(searches=searches) as uow:
            if identity is not None:
                take_turn(uow, identity)
                earlier = _as_repeated(find_answer(uow, identity))
                if earlier is not None:
                    return earlier
            made = work(uow)
            if identity is not None:
                again = _written(made if kept is None else kept(made))
                keep_answer(uow, identity, StoredAnswer(status=status, body=again))
        return Answered(status=status, body=_written(made), repeated=False)

    def once(
        self,
        actor: Actor,
        content: Mapping[str, object],
        work: Callable[[SqlUnitOfWork], AnswerT],
        *,
        digests: Sequence[bytes] = (),
        status: int = 200,
        kept: Callable[[AnswerT], AnswerT] | None = None,
        searches: Set[Collection] = EVERY_COLLECTION,
    ) -> Response:
        """Do it as `do_once` does, and answer in JSON."""
        return json_response(
            self.do_once(actor, content, work, digests=digests, status=status, kept=kept, searches=searches)
        )

    def _identity(
        self, actor: Actor, content: Mapping[str, object], digests: Sequence[bytes]
    ) -> RequestIdentity | None:
        if self._key is None:
            return None
        digest = fingerprint(content, digests)
        # Everybody without a key is one actor: only who knows the whole content may be the same one asking again.
        who = f"{actor.id} {digest.hex()}" if actor == PUBLIC else actor.id
        return RequestIdentity(scope=f"{who} {self._method} {self._path}", key=self._key, fingerprint=digest)


async def idempotent_request(request: Request, key: IdempotencyKey = None) -> IdempotentRequest:
    """Read what makes this request repeatable: its method, its path and its `Idempotency-Key`."""
    return IdempotentRequest(service_of(request), method=request.method, path=request.url.path, key=key)


IdempotentDep = Annotated[IdempotentRequest, Depends(idempotent_request)]


def json_response(answered: Answered) -> Response:
    """Write an answer as JSON; one to a repeat says so."""
    headers = {"Idempotent-Replayed": "true"} if answered.repeated else None
    media_type = "application/json" if answered.body else None
    return Response(answered.body or None, status_code=answered.status, media_type=media_type, headers=headers)


def _written(made: BaseModel | None) -> bytes:
    return b"" if made is None else made.model_dump_json().encode()


def _as_repeated(stored: StoredAnswer | None) -> Answered | None:
    return None if stored is None else Answered(status=stored.status, body=stored.body, repeated=True)
