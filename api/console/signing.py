"""`/console/login` and `/console/logout`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from api.console.door import HOME, LOGIN, Visitor, cookie_of, safe_next, signed_in_with, who_is_signed_in
from api.errors import TooManyRequestsError, UnauthenticatedError
from api.http.auth import Open, ServiceDep, host_of
from api.pages.same_origin import require_same_origin
from api.pages.templates import page
from api.security.people.sessions import check_password, sign_in, sign_out
from api.security.permissions import Permission

router = APIRouter(include_in_schema=False)

_LOCAL = ("localhost", "127.0.0.1", "::1")


@router.get(LOGIN, dependencies=[Depends(Open("whoever is not signed in yet; it shows two fields"))])
def show_login(request: Request, service: ServiceDep, next: str | None = None) -> Response:  # noqa: A002
    """Show the form; whoever is signed in goes on."""
    if who_is_signed_in(request, service) is not None:
        return RedirectResponse(safe_next(next), status_code=303)
    with service.reading() as uow:
        nobody = not uow.people.listed()
    return _form(request, service, after=safe_next(next), nobody=nobody)


@router.post(
    LOGIN, dependencies=[Depends(Open("a name and a password are what is asked for")), Depends(require_same_origin)]
)
def log_in(
    request: Request,
    service: ServiceDep,
    name: Annotated[str, Form(max_length=1_000)] = "",
    password: Annotated[str, Form(max_length=1_000)] = "",
    next: Annotated[str | None, Form()] = None,  # noqa: A002
) -> Response:
    """Sign in, and go on to the page that was asked for."""
    try:
        with service.reading() as uow:
            person = check_password(uow, name, password, host=host_of(request), limits=service.rate_limits)
    except (UnauthenticatedError, TooManyRequestsError) as error:
        return _form(request, service, after=safe_next(next), name=name, error=error)
    with service.writing() as uow:
        who = sign_in(uow, person, password=password, settings=service.settings)
    answer = RedirectResponse(safe_next(next), status_code=303)
    answer.set_cookie(
        cookie_of(service),
        who.token,
        secure=not service.settings.insecure_cookies,
        httponly=True,
        samesite="strict",
        path="/",
    )
    return answer


@router.post("/console/logout")
def log_out(
    service: ServiceDep, visitor: Annotated[Visitor, Depends(signed_in_with(Permission.CASE_READ))]
) -> Response:
    """Sign out, here."""
    with service.writing() as uow:
        sign_out(uow, visitor.who)
    answer = RedirectResponse(LOGIN, status_code=303)
    answer.delete_cookie(cookie_of(service), path="/", secure=not service.settings.insecure_cookies, httponly=True)
    return answer


def _form(
    request: Request,
    service: ServiceDep,
    *,
    after: str,
    name: str = "",
    error: Exception | None = None,
    nobody: bool = False,
) -> Response:
    plain = request.url.scheme == "http" and request.url.hostname not in _LOCAL
    answer = page(
        request,
        "console/login.html",
        status=200 if error is None else 429 if isinstance(error, TooManyRequestsError) else 401,
        after="" if after == HOME else after,
        name=name,
        error=None if error is None else str(error),
        nobody=nobody,
        cookie_refused=plain and not service.settings.insecure_cookies,
    )
    if isinstance(error, TooManyRequestsError):
        answer.headers["Retry-After"] = str(error.retry_after_s)
    return answer
