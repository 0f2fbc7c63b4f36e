"""
Who gets in to the console: `Depends(signed_in_with(Permission.CASE_READ))` in a route.

Invariant: the table of permissions is the API's; a form of a signed-in person carries the token of their session, and
whoever is not signed in is shown the way to sign in, and nothing else.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from api.console.navigation import NAVIGATION, Entry
from api.errors import ForeignFormError, SignInNeededError
from api.http.auth import Guard, ServiceDep, require_permission
from api.http.incoming.bodies import Body, read_body
from api.http.incoming.forms import FORM_TYPE
from api.http.problems import answer_known
from api.pages.errors import show_errors_in
from api.pages.same_origin import require_same_origin
from api.security.people.sessions import SEEN_APART, SignedIn, signed_in
from api.security.permissions import PERMISSIONS_OF, Permission
from api.service import Service

LOGIN: Final = "/console/login"
HOME: Final = "/console"
_SAFE = ("GET", "HEAD")


class Visitor:
    """
    Who asks for a page.

    Args:
        who: Their session.
    """

    def __init__(self, who: SignedIn) -> None:
        self.who = who
        self.actor = who.person.actor
        self.name = who.person.name
        self.role = who.person.role
        self.choices = who.person.choices
        self.form_token = who.form_token

    @property
    def navigation(self) -> list[Entry]:
        """The pages they may open."""
        return [one for one in NAVIGATION if self.may(one.permission)]

    def may(self, permission: str) -> bool:
        """Tell whether their role has a permission, named as in `api/security/permissions.py`."""
        return Permission(permission) in PERMISSIONS_OF[self.role]


class SignedInWith(Guard):
    """
    A dependency that returns who is signed in, if they may.

    Args:
        permission: What they must be allowed to do.

        with_files: Whether the form holds files: `read_sent` then reads it, and looks at its token.
    """

    def __init__(self, permission: Permission, *, with_files: bool = False) -> None:
        self.permission = permission
        self._with_files = with_files

    async def __call__(self, request: Request, service: ServiceDep) -> Visitor:
        """
        Return who is signed in.

        Raises:
            SignInNeededError: If nobody is.
            ForbiddenError: If their role may not do this.
            ForeignFormError: If a form does not come from their session.
        """
        await require_same_origin(request)
        who = await run_in_threadpool(who_is_signed_in, request, service)
        if who is None:
            message = "sign in to go on; after a while without a request you are signed out"
            raise SignInNeededError(message)
        visitor = Visitor(who)
        show_errors_in(request, "console/shell.html", visitor=visitor)
        require_permission(visitor.actor, self.permission)
        if self._with_files and _is_with_files(request):
            request.state.visitor, request.state.actor = visitor, visitor.actor
        elif request.method not in _SAFE:
            await _require_form_token(request, who)
        return visitor


def signed_in_with(permission: Permission, *, with_files: bool = False) -> SignedInWith:
    """Make a dependency that returns who is signed in, and refuses whom the permission is not given."""
    return SignedInWith(permission, with_files=with_files)


async def read_sent(request: Request) -> AsyncIterator[Body]:
    """
    Read a form with files; a dependency that stands after one `with_files`. Its files are erased with the request.

    Raises:
        ForeignFormError: If it does not come from the session of who sends it.
        BodyError, TooLargeError, TooManyRequestsError: As `read_body` does.
    """
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    async for body in read_body(request):
        if visitor is not None and "x-form-token" not in request.headers:
            _require_sent(visitor.who, str(body.fields.get("form_token", "")))
        # A browser sends a field without a chosen file as an empty one.
        yield replace(body, files=tuple(one for one in body.files if one.size_bytes))


Reading = Annotated[Visitor, Depends(signed_in_with(Permission.CASE_READ))]
Working = Annotated[Visitor, Depends(signed_in_with(Permission.CASE_WORK))]
Deciding = Annotated[Visitor, Depends(signed_in_with(Permission.CASE_DECIDE))]
Viewing = Annotated[Visitor, Depends(signed_in_with(Permission.CASE_MEDIA_VIEW))]


def cookie_of(service: Service) -> str:
    """Return the name of the cookie: browsers take `__Host-` only over TLS, for this host alone."""
    return "staydown" if service.settings.insecure_cookies else "__Host-staydown"


def keep_signed_in(answer: Response, who: SignedIn, service: Service) -> None:
    """Give the browser what proves its session: sent back to us alone, and by no page of another site."""
    answer.set_cookie(
        cookie_of(service),
        who.token,
        secure=not service.settings.insecure_cookies,
        httponly=True,
        samesite="strict",
        path="/",
    )


def who_is_signed_in(request: Request, service: Service) -> SignedIn | None:
    """Return whose session a request belongs to, or None; that they were here is written once a minute."""
    token = request.cookies.get(cookie_of(service))
    if not token:
        return None
    with service.reading() as uow:
        who, now = signed_in(uow, token, settings=service.settings), uow.now
    if who is not None and now - who.session.seen_at >= SEEN_APART:
        with service.writing() as uow:
            uow.sessions.note_seen(who.session, now)
    return who


def safe_next(wanted: str | None) -> str:
    """Return a page of the console to go on to: an address from outside leads nowhere else."""
    inside = wanted is not None and (wanted == HOME or wanted.startswith((f"{HOME}/", f"{HOME}?")))
    strange = wanted is None or "\\" in wanted or "//" in wanted or not wanted.isprintable()
    return wanted if inside and not strange and wanted is not None and not wanted.startswith(LOGIN) else HOME


def install_door(app: FastAPI) -> None:
    """Lead whoever is not signed in to where they sign in; call it after the handlers for JSON and pages."""
    app.add_exception_handler(SignInNeededError, _lead_to_login)


async def _lead_to_login(request: Request, error: Exception) -> Response:
    if request.headers.get("accept", "").startswith("application/json"):
        return await answer_known(request, error)
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    after = safe_next(wanted if request.method in _SAFE else None)
    query = "" if after == HOME else f"?{urlencode({'next': after})}"
    return RedirectResponse(f"{LOGIN}{query}", status_code=303)


def _is_with_files(request: Request) -> bool:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == FORM_TYPE


async def _require_form_token(request: Request, who: SignedIn) -> None:
    sent = request.headers.get("x-form-token")
    if sent is None:
        field = (await request.form()).get("form_token")
        sent = field if isinstance(field, str) else ""
    _require_sent(who, sent)


def _require_sent(who: SignedIn, form_token: str) -> None:
    if not who.sent(form_token):
        message = "this form belongs to an earlier session, or was not sent by a page of ours; open the page again"
        raise ForeignFormError(message)
