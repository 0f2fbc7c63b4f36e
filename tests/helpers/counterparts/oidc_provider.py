"""A provider of OpenID Connect on loopback: it says who it was told is there, and lies as told."""

import base64
import hashlib
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import FastAPI, Form, Header, HTTPException
from fastapi.responses import RedirectResponse
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.helpers.running.servers import served

CLIENT_ID, CLIENT_SECRET = "staydown", "what only the two of them know"


@dataclass
class Provider:
    """
    What the provider holds, and how it lies.

    Args:
        issuer: Its address.

        who: Claims of who is there.

        told_besides: Claims that only the `userinfo` endpoint tells.

        lies: Claims of the signed answer that are other than they should be.

        calls_itself: In its description.

        signs_with: Another key than the one it shows.

        forge: Makes the signed answer of its claims.

        codes: What is known of each code that was not used yet.
    """

    issuer: str
    who: dict[str, Any] = field(default_factory=dict)
    told_besides: dict[str, Any] = field(default_factory=dict)
    lies: dict[str, Any] = field(default_factory=dict)
    calls_itself: str | None = None
    key: RSAKey = field(default_factory=lambda: new_key("first"))
    signs_with: RSAKey | None = None
    forge: Callable[[dict[str, Any]], str] | None = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def signed(self, nonce: str) -> str:
        """Say who is there, signed."""
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": nonce}
        key = self.signs_with or self.key
        told = {name: value for name, value in {**claims, **self.who, **self.lies}.items() if value is not None}
        return self.forge(told) if self.forge else jwt.encode({"alg": "RS256", "kid": key.kid}, told, key)


def new_key(kid: str) -> RSAKey:
    """Make a key to sign with."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


@contextmanager
def provider() -> Iterator[Provider]:
    """Run one."""
    app = FastAPI()
    with served(app) as server:
        held = Provider(server.url)
        _routes(app, held)
        yield held


def _routes(app: FastAPI, held: Provider) -> None:
    @app.get("/.well-known/openid-configuration")
    def described() -> dict[str, Any]:
        addresses = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
        return {
            "issuer": held.calls_itself or held.issuer,
            "jwks_uri": f"{held.issuer}/keys",
            **{f"{name}_endpoint": f"{held.issuer}/{path}" for name, path in addresses.items()},
        }

    @app.get("/keys")
    def keys() -> dict[str, Any]:
        return {"keys": [held.key.as_dict(private=False)]}

    @app.get("/authorize")
    def authorize(
        client_id: str, redirect_uri: str, state: str, nonce: str, code_challenge: str, scope: str
    ) -> RedirectResponse:
        assert (client_id, "openid" in scope.split()) == (CLIENT_ID, True)
        code = secrets.token_urlsafe()
        held.codes[code] = {"redirect_uri": redirect_uri, "nonce": nonce, "challenge": code_challenge}
        return RedirectResponse(f"{redirect_uri}?{urlencode({'code': code, 'state': state})}", status_code=302)

    @app.post("/token")
    def token(
        code: Annotated[str, Form()],
        redirect_uri: Annotated[str, Form()],
        code_verifier: Annotated[str, Form()],
        authorization: Annotated[str, Header()],
    ) -> dict[str, Any]:
        begun = held.codes.pop(code, None)
        sent = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        verified = base64.urlsafe_b64encode(hashlib.sha256(code_verifier.encode()).digest()).decode().rstrip("=")
        if begun is None or (begun["redirect_uri"], begun["challenge"]) != (redirect_uri, verified):
            raise HTTPException(400, "invalid_grant")
        if sent.replace("+", " ").replace("%20", " ") != f"{CLIENT_ID}:{CLIENT_SECRET}":
            raise HTTPException(401, "invalid_client")
        return {"access_token": "let me ask", "token_type": "Bearer", "id_token": held.signed(begun["nonce"])}

    @app.get("/userinfo")
    def userinfo(authorization: Annotated[str, Header()]) -> dict[str, Any]:
        assert authorization == "Bearer let me ask"
        return {**held.who, **held.told_besides}
