"""`/console/login` and `/console/logout`."""

from typing import Annotated

from fastapi import Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from api.console.door import (
    HOME,
    LOGIN,
    Visitor,
    cookie_of,
    keep_signed_in,
    safe_next,
    signed_in_with,
    who_is_signed_in,
)
from api.errors import ForbiddenError, TooManyRequestsError, UnauthenticatedError
from api.http.auth import Open, ServiceDep, host_of
from api.http.routers import Router
from api.pages.same_origin import require_same_origin
from api.pages.templates import page
from api.security.people.sessions import check_password, sign_in, sign_out
from api.security.permissions import Permission
from api.service import Service

router = Router(include_in_schema=False)

_LOCAL = ("localhost", "127.0.0.1", "::1")


@router.get(LOGIN, dependencies=[Depends(Open("whoever is not signed in yet; it shows two fields"))])
def show_login(request: Request, service: ServiceDep, next: str | None = None) -> Response:  # noqa: A002
    """Show the form; whoever is signed in goes on."""
    if who_is_signed_in(request, service) is not None:
        return RedirectResponse(safe_next(next), status_code=303)
    with service.reading() as uow:
        nobody = not uow.people.listed()
    return login_form(request, service, after=safe_next(next), nobody=nobody)


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
    if not service.settings.passwords:
        message = "passwords are not taken here (STAYDOWN_PASSWORDS); sign in as the page offers"
        raise ForbiddenError(message)
    try:
        with service.reading() as uow:
            person = check_password(uow, name, password, host=host_of(request), limits=service.rate_limits)
    except (UnauthenticatedError, TooManyRequestsError) as error:
        return login_form(request, service, after=safe_next(next), name=name, error=error)
    with service.writing() as uow:
        who = sign_in(uow, person, password=password, settings=service.settings)
    answer = RedirectResponse(safe_next(next), status_code=303)
    keep_signed_in(answer, who, service)
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


def login_form(
    request: Request,
    service: Service,
    *,
    after: str,
    name: str = "",
    error: Exception | None = None,
    nobody: bool = False,
) -> Response:
    """
    Show where to sign in.

    Args:
        request: To answer.

        service: Whose settings say by what.

        after: The page to go on to.

        name: As it was typed.

        error: What went wrong.

        nobody: Whether nobody can sign in yet.
    """
    plain = request.url.scheme == "http" and request.url.hostname not in _LOCAL
    answer = page(
        request,
        "console/signing_in/login.html",
        status=200 if error is None else 429 if isinstance(error, TooManyRequestsError) else 401,
        after="" if after == HOME else after,
        name=name,
        error=None if error is None else str(error),
        nobody=nobody and service.identity_provider is None,
        passwords=service.settings.passwords,
        provider=service.settings.oidc_label if service.identity_provider else None,
        cookie_refused=plain and not service.settings.insecure_cookies,
    )
    if isinstance(error, TooManyRequestsError):
        answer.headers["Retry-After"] = str(error.retry_after_s)
    return answer
