"""
Asking an identity provider who somebody is: OpenID Connect's code flow, with PKCE, by authlib and joserfc.

Invariant: nothing the provider says counts before its signature, and that it was said by this provider, to us, for this
attempt and lately, were checked: `iss`, `aud`, `azp`, `nonce`, `exp`, `iat` (OpenID Connect Core 1.0, 3.1.3.7), by keys
that only the provider has: a signature by a shared secret is not taken.

Imported only where `STAYDOWN_OIDC_ISSUER` is set; needs `staydown[sso]`.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, cast

import httpx2
import structlog
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, KeySetSerialization
from joserfc.jws import JWSRegistry

from api.errors import UnauthenticatedError
from api.security.people.single_sign_on import Attempt, Identity
from api.settings import Settings

log = structlog.get_logger()

_ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_TIMEOUT_S: Final = 10.0
_LEEWAY_S: Final = 60
"""By how much the two clocks may differ."""

_KNOWN_FOR_S: Final = 3600.0
"""After which time the provider's addresses and keys are read anew; keys also where one is met that is not known."""

_NAMES: Final = ("name", "preferred_username", "email")
_LONGEST_SUBJECT: Final = 255
"""OpenID Connect Core 1.0, 2: `sub` has at most so many ASCII characters."""


class OpenIdConnect:
    """
    The provider that the settings name.

    Args:
        settings: As read by `read_settings`.
    """

    def __init__(self, settings: Settings) -> None:
        self._issuer = settings.oidc_issuer
        self._client_id = settings.oidc_client_id
        self._client_secret = settings.oidc_client_secret.get_secret_value()
        self._scopes = settings.oidc_scopes
        self._groups_claim = settings.oidc_groups_claim
        self._metadata: Mapping[str, Any] = {}
        self._keys: KeySet | None = None
        self._known_until = 0.0

    def address_of(self, attempt: Attempt, *, redirect_uri: str) -> str:
        """
        Return where somebody proves who they are.

        Args:
            attempt: Theirs.

            redirect_uri: Where they come back to; the provider has to know it.

        Raises:
            UnauthenticatedError: If the provider cannot be asked where that is.
        """
        with _said_plainly(), self._client(redirect_uri) as client:
            address, _ = client.create_authorization_url(
                self._described()["authorization_endpoint"],
                state=attempt.state,
                nonce=attempt.nonce,
                code_verifier=attempt.verifier,
            )
        return str(address)

    def identify(self, attempt: Attempt, code: str, *, redirect_uri: str) -> Identity:
        """
        Ask who came back with a code.

        Args:
            attempt: The one they began.

            code: As they brought it; good once.

            redirect_uri: As it was said when they were sent.

        Raises:
            UnauthenticatedError: If the provider does not vouch for them, or what it says does not hold.
        """
        with _said_plainly(), self._client(redirect_uri) as client:
            token = client.fetch_token(self._described()["token_endpoint"], code=code, code_verifier=attempt.verifier)
            claims = self._checked(token, attempt)
            told = {**self._told_besides(client, claims), **claims}
        return Identity(
            issuer=self._issuer,
            subject=_subject(claims),
            names=tuple(name for one in _NAMES if isinstance(name := told.get(one), str)),
            groups=_groups(told.get(self._groups_claim)),
        )

    def describe(self) -> Mapping[str, Any]:
        """
        Read what the provider says of itself; for `doctor`.

        Raises:
            UnauthenticatedError: If it cannot be asked, or is another than the settings name.
        """
        with _said_plainly():
            return self._described()

    def _checked(self, token: Mapping[str, Any], attempt: Attempt) -> Mapping[str, Any]:
        signed = token.get("id_token")
        if not isinstance(signed, str):
            message = "its answer has no id_token; is `openid` among STAYDOWN_OIDC_SCOPES?"
            raise ValueError(message)
        registry = JWSRegistry(algorithms=list(_ALGORITHMS), strict_check_header=False)
        try:
            decoded = jwt.decode(signed, self._known_keys(), registry=registry)
        except (JoseError, ValueError):  # it may sign with a key that is newer than what we know
            decoded = jwt.decode(signed, self._known_keys(anew=True), registry=registry)
        required = {
            "iss": {"essential": True, "values": [self._issuer]},
            "aud": {"essential": True, "values": [self._client_id]},
        }
        given = {"nonce": attempt.nonce, "client_id": self._client_id, "access_token": token.get("access_token")}
        claims = CodeIDToken(decoded.claims, decoded.header, required, given)
        claims.validate(leeway=_LEEWAY_S)
        return dict(claims)

    def _told_besides(self, client: OAuth2Client, claims: Mapping[str, Any]) -> Mapping[str, Any]:
        """Ask for names and groups where the signed answer has no groups: some providers tell them only there."""
        address = self._described().get("userinfo_endpoint")
        if self._groups_claim in claims or not address:
            return {}
        answer = client.get(address).raise_for_status().json()
        return answer if answer["sub"] == claims["sub"] else {}

    def _client(self, redirect_uri: str) -> OAuth2Client:
        taken = self._described().get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        method = "client_secret_basic" if "client_secret_basic" in taken else "client_secret_post"
        return OAuth2Client(
            self._client_id,
            self._client_secret or None,
            token_endpoint_auth_method=method if self._client_secret else "none",
            scope=self._scopes,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            timeout=_TIMEOUT_S,
        )

    def _described(self) -> Mapping[str, Any]:
        if time.monotonic() >= self._known_until:
            found = _read(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
            if found["issuer"] != self._issuer:
                message = f"it calls itself {found['issuer']!r}, and STAYDOWN_OIDC_ISSUER says {self._issuer!r}"
                raise ValueError(message)
            self._metadata, self._keys = found, None
            self._known_until = time.monotonic() + _KNOWN_FOR_S
        return self._metadata

    def _known_keys(self, *, anew: bool = False) -> KeySet:
        if self._keys is None or anew:
            self._keys = KeySet.import_key_set(cast("KeySetSerialization", _read(self._described()["jwks_uri"])))
        return self._keys


def _subject(claims: Mapping[str, Any]) -> str:
    subject = claims["sub"]
    if not (isinstance(subject, str) and 0 < len(subject) <= _LONGEST_SUBJECT and subject.isascii()):
        message = "its `sub` is not a text of 1 to 255 ASCII characters"
        raise ValueError(message)
    return subject


def _groups(told: object) -> frozenset[str]:
    """Groups as a list, or as one text with spaces between, as scopes are written."""
    listed = told.split() if isinstance(told, str) else told
    return frozenset(one for one in listed if isinstance(one, str)) if isinstance(listed, list) else frozenset()


def _read(address: str) -> dict[str, Any]:
    found = httpx2.get(address, timeout=_TIMEOUT_S).raise_for_status().json()
    if not isinstance(found, dict):
        message = f"{address} answers no JSON object"
        raise TypeError(message)
    return found


@contextmanager
def _said_plainly() -> Iterator[None]:
    """Turn what may go wrong between us and the provider into one error for whoever waits, with a line in the log."""
    try:
        yield
    except httpx2.HTTPError as error:
        log.warning("the identity provider could not be asked", error=repr(error))
        message = "the identity provider could not be asked; try again, or tell your administrator"
        raise UnauthenticatedError(message) from error
    except (OAuthError, JoseError, ValueError, KeyError, TypeError) as error:
        log.warning("the identity provider vouches for nobody", error=repr(error))
        message = "the identity provider does not vouch for you; begin anew, or tell your administrator"
        raise UnauthenticatedError(message) from error
