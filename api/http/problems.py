"""
Every error a client can meet, as one table: exception -> status and problem type (RFC 9457).

Invariant: domain errors know no status; this table alone does. `type` is stable, `detail` names the value and the
remedy. An exception without a row here is a bug and answers 500 without saying more.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from api.errors import (
    BodyError,
    FilesOnlyError,
    ForbiddenError,
    ForeignFormError,
    IdempotencyConflictError,
    KeyPausedError,
    MediaUrlError,
    NotReadyError,
    RestError,
    SignInNeededError,
    TooManyRequestsError,
    UnauthenticatedError,
)
from api.http.watching.metrics import REQUEST_ID_HEADER, route_of
from api.logs import REQUEST_ID, Recurring
from casework.domain import errors as casework
from casework.persistence.connection.failures import DatabaseBusyError, DatabaseInterfaceError, DatabaseUnreachableError
from casework.persistence.index_log.slots import SlotsMovedError
from index.errors import IndexStoreError
from matcher import errors as matcher

log = structlog.get_logger()

PROBLEM_JSON = "application/problem+json"

_unreachable = Recurring("the database is unreachable; requests are answered 503")
_busy = Recurring("the database is busy; requests are answered 503")


@dataclass(frozen=True, slots=True)
class Problem:
    """How an exception is answered to a client."""

    status: int
    slug: str
    title: str


# The first row whose class fits is used, so a subclass stands before its base.
PROBLEMS: tuple[tuple[type[Exception], Problem], ...] = (
    (SignInNeededError, Problem(401, "sign-in-needed", "Sign in first")),
    (UnauthenticatedError, Problem(401, "no-key", "A valid key is needed")),
    (ForbiddenError, Problem(403, "wrong-role", "The key's role may not do this")),
    (FilesOnlyError, Problem(403, "files-only", "This key asks with files, not with signals")),
    (KeyPausedError, Problem(403, "key-paused", "Questions under this key are refused")),
    (ForeignFormError, Problem(403, "foreign-form", "This form did not come from here")),
    (RestError, Problem(429, "rest", "Time for a pause")),
    (TooManyRequestsError, Problem(429, "too-fast", "Too many requests")),
    (IdempotencyConflictError, Problem(409, "idempotency-conflict", "Idempotency key used for another request")),
    (BodyError, Problem(422, "invalid-body", "The request is not valid")),
    (MediaUrlError, Problem(422, "media-url", "The file cannot be fetched")),
    (NotReadyError, Problem(503, "not-ready", "The service cannot answer now")),
    (casework.NotFoundError, Problem(404, "unknown-id", "There is no such thing")),
    (casework.CaseClaimedError, Problem(409, "case-claimed", "Somebody else works on this case")),
    (casework.UploadConflictError, Problem(409, "upload-conflict", "This upload id names other bytes")),
    (casework.WrongStateError, Problem(409, "wrong-state", "Not possible in this state")),
    (casework.SamePersonError, Problem(403, "same-person", "Another person is needed")),
    (casework.DecidedApartError, Problem(409, "decided-apart", "This case is decided by itself")),
    (casework.SampleNotSeenError, Problem(409, "sample-not-seen", "Look at some of the cases first")),
    (casework.MediaMissingError, Problem(422, "media-missing", "Media is needed")),
    (casework.OverrideReasonMissingError, Problem(422, "override-reason-missing", "Say why you decide otherwise")),
    (casework.FactsError, Problem(422, "invalid-facts", "A fact is unknown or of the wrong type")),
    (casework.PolicyChangeError, Problem(422, "invalid-policy", "This change of policy cannot be tried")),
    (casework.CursorError, Problem(422, "invalid-cursor", "Not a cursor of this list")),
    (casework.ListNameError, Problem(422, "invalid-list-name", "Not a name of a list")),
    (casework.TargetError, Problem(422, "invalid-target", "The destination cannot be used")),
    (casework.NotYoursToWithdrawError, Problem(403, "not-yours-to-withdraw", "Only the person depicted can withdraw")),
    (casework.ReceiptError, Problem(404, "unknown-receipt", "No such receipt")),
    (casework.SearchAwayError, Problem(503, "not-ready", "The service cannot answer now")),
    (casework.UnreadableError, Problem(503, "unreadable", "What is stored cannot be decrypted")),
    (casework.RetiredKeyError, Problem(503, "not-ready", "The service cannot answer now")),
    (matcher.EmptyFileError, Problem(422, "empty-file", "The file is empty")),
    (matcher.UnsupportedFormatError, Problem(415, "unsupported-format", "Not a supported kind of media")),
    (matcher.TooManyPixelsError, Problem(413, "too-many-pixels", "The picture is too large")),
    (matcher.TooManyFramesError, Problem(413, "too-many-frames", "The animation is too long")),
    (matcher.TooLongError, Problem(413, "too-long", "The video is too long")),
    (matcher.NoPictureError, Problem(415, "no-picture", "The file holds no moving picture")),
    (matcher.MissingCodecError, Problem(415, "missing-codec", "The video's codec cannot be decoded here")),
    (matcher.TooLargeError, Problem(413, "too-large", "The file is too large")),
    (matcher.DecodeTimeoutError, Problem(422, "decode-timeout", "Decoding took too long")),
    (matcher.DecoderCrashedError, Problem(422, "decoder-crashed", "The file made the decoder fail")),
    (matcher.UndecodableError, Problem(422, "undecodable", "The file cannot be decoded")),
    (matcher.SignalValueError, Problem(422, "invalid-signal", "A signal value is not valid")),
    (matcher.UnknownSignalTypeError, Problem(422, "unknown-signal-type", "There is no such signal type")),
    (matcher.SignalTypeNotTakenError, Problem(422, "signal-type-not-taken", "This signal type is not taken here")),
    (matcher.SandboxClosedError, Problem(503, "not-ready", "The service cannot answer now")),
    (matcher.MatcherError, Problem(422, "media-error", "The media cannot be used")),
    (DatabaseUnreachableError, Problem(503, "database-unreachable", "The database cannot be reached")),
    (DatabaseInterfaceError, Problem(503, "database-unreachable", "The database cannot be reached")),
    (DatabaseBusyError, Problem(503, "database-busy", "The database is busy")),
    (SlotsMovedError, Problem(503, "not-ready", "The service cannot answer now")),
    (IndexStoreError, Problem(503, "not-ready", "The service cannot answer now")),
)

CLIENT_HUNG_UP = 499
"""In the figures alone, as nginx counts it."""

INTERNAL_ERROR = Problem(500, "internal-error", "Something went wrong here")

_BY_STATUS: dict[int, Problem] = {
    404: Problem(404, "unknown-address", "There is nothing at this address"),
    405: Problem(405, "wrong-method", "This address does not take this method"),
    400: Problem(400, "invalid-request", "The request cannot be read"),
    413: Problem(413, "too-large", "The request is too large"),
}


def problem_of(error: Exception) -> Problem | None:
    """Look an exception up in the table."""
    return next((problem for kind, problem in PROBLEMS if isinstance(error, kind)), None)


def problem_document(problem: Problem, detail: str) -> dict[str, object]:
    """Write a problem document."""
    return {
        "type": f"urn:staydown:problem:{problem.slug}",
        "title": problem.title,
        "status": problem.status,
        "detail": detail,
    }


def problem_response(
    problem: Problem,
    detail: str,
    *,
    errors: list[dict[str, str]] | None = None,
    headers: dict[str, str] | None = None,
    more: Mapping[str, object] | None = None,
) -> JSONResponse:
    """Answer with a problem document; `more` are members of this problem's own."""
    body = problem_document(problem, detail) | dict(more or {})
    if errors is not None:
        body["errors"] = errors
    if (request_id := REQUEST_ID.get()) is not None:
        body["request_id"] = request_id
    return JSONResponse(body, status_code=problem.status, media_type=PROBLEM_JSON, headers=headers)


def install_error_handlers(app: FastAPI) -> None:
    """Answer every exception with a problem document."""
    for kind, _ in PROBLEMS:
        app.add_exception_handler(kind, answer_known)
    app.add_exception_handler(ClientDisconnect, _answer_hung_up)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(Exception, _answer_bug)


async def answer_known(request: Request, error: Exception) -> JSONResponse:
    """Answer an exception by the table."""
    problem = problem_of(error)
    if problem is None:
        return await _answer_bug(request, error)
    if isinstance(error, DatabaseUnreachableError | DatabaseInterfaceError):
        _unreachable.met(error=str(error.orig))
        detail = (
            "the database cannot be reached; try again (under an Idempotency-Key what was stored is not done twice)"
        )
        return problem_response(problem, detail)
    if isinstance(error, DatabaseBusyError):
        _busy.met(error=str(error))
        return problem_response(problem, "others have been writing for too long; nothing was stored, try again")
    errors = None
    if isinstance(error, casework.FactsError | casework.PolicyChangeError):
        errors = [{"field": one.field, "message": one.message} for one in error.errors]
    elif isinstance(error, BodyError):
        errors = [{"field": error.field, "message": str(error)}]
    more = {"to_look_at": list(error.to_look_at)} if isinstance(error, casework.SampleNotSeenError) else None
    return problem_response(problem, str(error), errors=errors, headers=_headers(error), more=more)


def _headers(error: Exception) -> dict[str, str] | None:
    match error:
        case UnauthenticatedError():
            return {"WWW-Authenticate": "Bearer"}
        case TooManyRequestsError(retry_after_s=seconds) | RestError(retry_after_s=seconds):
            return {"Retry-After": str(seconds)}
    return None


async def _answer_hung_up(request: Request, _: Exception) -> Response:
    """Finish a request whose client is gone: nobody reads this answer, and nothing went wrong here."""
    log.info("client hung up", route=route_of(request.scope))
    return Response(status_code=CLIENT_HUNG_UP)


async def _answer_invalid(_: Request, error: Exception) -> JSONResponse:
    problems = error.errors() if isinstance(error, RequestValidationError) else []
    errors = [
        {"field": ".".join(str(part) for part in problem["loc"] if part != "body"), "message": problem["msg"]}
        for problem in problems
    ]
    detail = "; ".join(f"{one['field'] or 'body'}: {one['message']}" for one in errors)
    return problem_response(Problem(422, "invalid-body", "The request is not valid"), detail, errors=errors)


async def _answer_http(_: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    detail = str(error.detail) if isinstance(error, HTTPException) else ""
    problem = _BY_STATUS.get(status, Problem(status, "http-error", "The request cannot be answered"))
    headers = dict(error.headers) if isinstance(error, HTTPException) and error.headers else None
    return problem_response(problem, detail, headers=headers)


async def _answer_bug(request: Request, error: Exception) -> JSONResponse:
    log.error("unhandled error", method=request.method, route=route_of(request.scope), exc_info=error)
    # Written outside all middleware, which would have added the header.
    headers = {REQUEST_ID_HEADER: request_id} if (request_id := REQUEST_ID.get()) is not None else None
    return problem_response(INTERNAL_ERROR, "the error was logged", headers=headers)
