"""
Which requests are answered in the event loop, and handing all others on as if nothing had happened.

    head: the address, JSON, its length, a key   ──►  barrier  ──►  who asks  ──►  body  ──►  answer
                                                         │            │            │
                                                         └────────────┴────────────┴──►  the route, with the same bytes

Invariant: whatever is handed on finds its request as it came: the body is read again from what was read here, and who
asks is not counted twice. Nothing of a body is read before it is known who asks. What writes and was begun is
answered here, refused or not: tried again by the route it would wait for its turn, or be done, twice.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.by_signals.answering import HashAnswers
from api.by_signals.asker import who_asks_by_hashes
from api.by_signals.casework import case_decided_at, decide_by_id, file_by_hashes
from api.by_signals.reading import Reader
from api.by_signals.registering import HashRegistrations
from api.by_signals.writing import write_answers
from api.http.incoming.bodies import JSON_BYTES
from api.http.problems import PROBLEM_JSON, answer_known, problem_of
from api.http.repeats.idempotent import Answered
from api.security.permissions import Permission
from api.service import Service
from api.views.matches import STATUS_OF_VERDICT
from casework.domain.actor import Actor
from casework.persistence.connection.failures import DatabaseFailedError
from index.errors import IndexStoreError
from matcher.signals import taken_types


@dataclass(frozen=True, slots=True)
class _Address:
    """
    An address that is answered here.

    Args:
        path: What figures name it by.

        permission: What who asks must be allowed to do.
    """

    path: str
    permission: Permission = Permission.MATCH_ASK


MATCH: Final = _Address("/v1/match")
CHECK: Final = _Address("/v1/check")
BATCH: Final = _Address("/v1/match/batch")
UPLOADS: Final = _Address("/v1/uploads", Permission.UPLOAD_REGISTER)
REPORTS: Final = _Address("/v1/reports", Permission.REPORT_FILE)
DECISION: Final = _Address("/v1/cases/{case_id}/decision", Permission.CASE_DECIDE)

_ADDRESSES: Final = {one.path: one for one in (MATCH, CHECK, BATCH, UPLOADS, REPORTS)}

_Done: TypeAlias = Callable[[Service, Request, Actor, bytes], Awaitable[Answered | None]]
_DONE: Final[dict[_Address, _Done]] = {REPORTS: file_by_hashes, DECISION: decide_by_id}
"""What does, in a thread, what a request asks for; None where the route should."""


AT_ONCE_BYTES: Final = 32_768
"""Of a body that is read, and answered, in the event loop: some 300 questions, a third of a millisecond."""


class BySignals:
    """
    Middleware that answers questions by hashes itself.

    Args:
        app: What answers everything else.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._ready: _Ready | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a question, or pass a request on."""
        if scope["type"] != "http" or (head := _Head.of(scope)) is None:
            await self._app(scope, receive, send)
            return
        body = _Body(receive)
        try:
            answer = await self._ready_for(scope["app"].state.service).answer(scope, head, body)
        except (DatabaseFailedError, IndexStoreError):
            answer = None  # the route meets it too, and knows what to say
        if answer is None:
            await self._app(scope, body.again, send)
            return
        scope["route"] = head.address
        length = str(len(answer.body)).encode()
        headers = [(b"content-length", length), (b"content-type", answer.content_type), *answer.further]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    def _ready_for(self, service: Service) -> "_Ready":
        if self._ready is None or self._ready.service is not service:
            if self._ready is not None:
                self._ready.close()
            self._ready = _Ready(service)
        return self._ready


class _Written(NamedTuple):
    """An answer: its status, its JSON, what that is, and further headers."""

    status: int
    body: bytes
    content_type: bytes = b"application/json"
    further: tuple[tuple[bytes, bytes], ...] = ()


class _Ready:
    """What answers with one service, once that is open."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._reader = Reader({row.name for row in taken_types(service.settings.signals)})
        self._answers = HashAnswers(service)
        self._registrations = HashRegistrations(service)

    async def answer(self, scope: Scope, head: "_Head", body: "_Body") -> _Written | None:
        """Return the answer; None if the route should answer."""
        if self.service.standby.is_away:
            return None
        barrier = self.service.loop_barrier
        await barrier.pass_through()
        actor = await who_asks_by_hashes(self.service, head.authorization, head.address.permission)
        if actor is None:
            return None
        scope.setdefault("state", {})["actor"] = actor  # where `api/http/auth.py` looks first
        sent = await body.read(head.size_bytes)
        if sent is None:
            return None
        if head.address is UPLOADS:
            return await _unless_refused(scope, self._registered(actor, sent))
        if head.address in _DONE:
            return await _unless_refused(scope, self._done(_DONE[head.address], Request(scope), actor, sent))
        read = self._reader.batch if head.address is BATCH else self._reader.question
        large = head.size_bytes > AT_ONCE_BYTES
        asked = await self._answers.in_thread(read, sent) if large else read(sent)
        if asked is None:
            return None
        if large or body.was_waited_for:
            await barrier.pass_through()
        answers = await self._answers.of(asked)
        status = STATUS_OF_VERDICT[answers[0].verdict] if head.address is CHECK else 200
        if large:
            return _Written(status, await self._answers.in_thread(write_answers, asked, answers))
        return _Written(status, write_answers(asked, answers))

    async def _registered(self, actor: Actor, sent: bytes) -> _Written | None:
        asked = self._reader.registration(sent) if len(sent) <= AT_ONCE_BYTES else None
        return None if asked is None else _Written(200, await self._registrations.answer(actor, asked))

    async def _done(self, work: _Done, request: Request, actor: Actor, sent: bytes) -> _Written | None:
        answered = await work(self.service, request, actor, sent) if len(sent) <= AT_ONCE_BYTES else None
        return None if answered is None else _Written(answered.status, answered.body)

    def close(self) -> None:
        """End its threads."""
        self._answers.close()


async def _unless_refused(scope: Scope, work: Awaitable[_Written | None]) -> _Written | None:
    """Return what the work answers, or why it was refused."""
    try:
        return await work
    except Exception as error:
        if problem_of(error) is None:
            raise
        refused = await answer_known(Request(scope), error)
        further = tuple(one for one in refused.raw_headers if not one[0].startswith(b"content-"))
        return _Written(refused.status_code, bytes(refused.body), PROBLEM_JSON.encode(), further)


@dataclass(frozen=True, slots=True)
class _Head:
    """
    The head of a request that may be answered here.

    Args:
        address: Which question it asks.

        authorization: The header's value.

        size_bytes: How long its body says it is.
    """

    address: _Address
    authorization: bytes
    size_bytes: int

    @classmethod
    def of(cls, scope: Scope) -> "_Head | None":
        """Read it; None if the route should answer."""
        address = _ADDRESSES.get(scope["path"]) or (DECISION if case_decided_at(scope["path"]) else None)
        if address is None or scope["method"] != "POST" or scope["query_string"] or scope.get("root_path"):
            return None
        found = _wanted(scope["headers"])
        if found is None or b"idempotency-key" in found or b"transfer-encoding" in found:
            return None
        kind = found.get(b"content-type", b"").partition(b";")[0].strip().lower()
        length, authorization = found.get(b"content-length", b""), found.get(b"authorization")
        if kind != b"application/json" or authorization is None or not length.isdigit():
            return None
        size_bytes = int(length)
        return cls(address, authorization, size_bytes) if 0 < size_bytes <= JSON_BYTES else None


_WANTED: Final = frozenset(
    {b"authorization", b"content-type", b"content-length", b"idempotency-key", b"transfer-encoding"}
)


def _wanted(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes] | None:
    """Return the headers that matter here; None if one of them comes twice."""
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in _WANTED:
            if name in found:
                return None
            found[name] = value
    return found


class _Body:
    """
    A body that can be read here and, if need be, once more by whoever the request is handed to.

    Args:
        receive: Where it comes from.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._read: list[Message] = []

    @property
    def was_waited_for(self) -> bool:
        """Whether it came in more than one piece, so that time has passed since its request began."""
        return len(self._read) > 1

    async def read(self, size_bytes: int) -> bytes | None:
        """Read it to its end; None if it is cut short, or longer than it said."""
        pieces: list[bytes] = []
        left = size_bytes
        while True:
            message = await self._receive()
            self._read.append(message)
            if message["type"] != "http.request":
                return None
            pieces.append(message.get("body", b""))
            left -= len(pieces[-1])
            if left < 0:
                return None
            if not message.get("more_body", False):
                return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def again(self) -> Message:
        """Return what was read here, piece by piece, and then what comes after it."""
        return self._read.pop(0) if self._read else await self._receive()
