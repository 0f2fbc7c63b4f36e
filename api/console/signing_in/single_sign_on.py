"""
`/console/sso` and `/console/sso/callback`: signing in with an identity provider.

What a try needs lies in a cookie that the provider's redirect brings along (`SameSite=Lax`) and that lasts minutes. The
session's own cookie is `Strict`, and a browser does not send it where another site led to: so whoever comes back is
shown a page of ours, which leads on.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, Final

from fastapi import Depends, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.console.door import HOME, keep_signed_in, safe_next
from api.console.signing_in.signing import login_form
from api.errors import TooManyRequestsError, UnauthenticatedError
from api.http.auth import Open, ServiceDep, host_of
from api.http.routers import Router
from api.pages.templates import page
from api.security.people.sessions import sign_in
from api.security.people.single_sign_on import Attempt, IdentityProvider, person_vouched_for
from api.service import Service
from casework.domain.errors import NotFoundError
from casework.domain.ids import new_secret

router = Router(include_in_schema=False)

SSO: Final = "/console/sso"
CALLBACK: Final = "/console/sso/callback"
_TRY_LASTS_S: Final = 600


@router.get(SSO, dependencies=[Depends(Open("it leads whoever is not signed in yet to where they prove who they are"))])
def begin(request: Request, service: ServiceDep, next: str | None = None) -> Response:  # noqa: A002
    """Send somebody to the provider."""
    provider, secret, after = _provider(service), new_secret("sso"), safe_next(next)
    try:
        address = provider.address_of(Attempt(secret), redirect_uri=_callback_of(request))
    except UnauthenticatedError as error:
        return login_form(request, service, after=after, error=error)
    answer = RedirectResponse(address, status_code=303)
    answer.set_cookie(
        _cookie_of(service),
        f"{secret}.{urlsafe_b64encode(after.encode()).decode()}",
        max_age=_TRY_LASTS_S,
        secure=not service.settings.insecure_cookies,
        httponly=True,
        samesite="lax",
        path="/",
    )
    return answer


@router.get(CALLBACK, dependencies=[Depends(Open("the provider leads here whoever proved who they are"))])
def come_back(
    request: Request,
    service: ServiceDep,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=10_000)] = "",
    error: Annotated[str, Query(max_length=1_000)] = "",
) -> Response:
    """Let somebody in whom the provider vouches for."""
    provider = _provider(service)
    secret, after = _begun(request, service)
    try:
        attempt = Attempt(secret)
        if not secret or not attempt.began(state):
            message = "this browser did not begin to sign in, or longer than ten minutes ago; begin anew"
            raise UnauthenticatedError(message)
        if error or not code:
            message = f"you did not sign in there ({error[:60] or 'no code'})"
            raise UnauthenticatedError(message)
        answer = _let_in(request, service, provider, attempt, code, after)
    except (UnauthenticatedError, TooManyRequestsError) as problem:
        answer = login_form(request, service, after=after, error=problem)
    answer.delete_cookie(_cookie_of(service), path="/", secure=not service.settings.insecure_cookies, httponly=True)
    return answer


def _let_in(
    request: Request, service: Service, provider: IdentityProvider, attempt: Attempt, code: str, after: str
) -> Response:
    host = host_of(request)
    tried = f"single sign-on from {host}"
    service.rate_limits.require_password_try(host, tried)
    try:
        identity = provider.identify(attempt, code, redirect_uri=_callback_of(request))
        with service.writing() as uow:
            person = person_vouched_for(uow, identity, settings=service.settings)
            who = sign_in(uow, person, settings=service.settings)
    except UnauthenticatedError:
        service.rate_limits.note_wrong_password(host, tried, code)
        raise
    answer = page(request, "console/signing_in/arrived.html", after=after)
    keep_signed_in(answer, who, service)
    return answer


def _provider(service: Service) -> IdentityProvider:
    if service.identity_provider is None:
        message = "single sign-on is not set up here (STAYDOWN_OIDC_ISSUER)"
        raise NotFoundError(message)
    return service.identity_provider


def _callback_of(request: Request) -> str:
    return str(request.url_for(come_back.__name__))


def _cookie_of(service: Service) -> str:
    return "staydown-sso" if service.settings.insecure_cookies else "__Host-staydown-sso"


def _begun(request: Request, service: Service) -> tuple[str, str]:
    """Return the secret of the try that this browser began, and the page it goes on to; an empty secret if none."""
    secret, _, coded = request.cookies.get(_cookie_of(service), "").partition(".")
    try:
        return secret, safe_next(urlsafe_b64decode(coded).decode())
    except ValueError:
        return "", HOME
