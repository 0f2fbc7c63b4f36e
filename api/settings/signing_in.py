"""How people sign in to the console."""

from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode

from api.settings.words import PREFIX
from casework.domain.actor import CONSOLE_ROLES, Role

_LOCAL = ("localhost", "127.0.0.1", "::1")


class SigningIn(BaseModel):
    """How people sign in to the console."""

    session_idle_minutes: Annotated[float, Field(gt=0)] = Field(
        60.0, description="After how long without a request somebody has to sign in to the console again."
    )
    session_hours: Annotated[float, Field(gt=0, le=168)] = Field(
        12.0, description="After how long at most somebody has to sign in to the console again."
    )
    insecure_cookies: bool = Field(
        False,
        description="Whether the console works over plain HTTP from other machines; for a trial in your own network.",
    )
    oidc_issuer: str = Field(
        "",
        description="Address of an OpenID Connect provider that people sign in to the console with; "
        "needs `staydown[sso]`.",
    )
    oidc_client_id: str = Field("", description="What the provider calls this service.")
    oidc_client_secret: SecretStr = Field(
        SecretStr(""), description="What this service proves itself to the provider with; empty for a public client."
    )
    oidc_roles: Annotated[tuple[tuple[str, Role], ...], NoDecode] = Field(
        (),
        description="Which group there has which role here: `trust-leads=senior,trust=moderator`; the first that "
        "applies counts.",
    )
    oidc_groups_claim: str = Field("groups", description="Under which name the provider tells somebody's groups.")
    oidc_scopes: str = Field("openid profile email", description="What the provider is asked for.")
    oidc_label: str = Field("single sign-on", description="What the provider is called where people sign in.")
    passwords: bool = Field(
        True, description="Whether people may sign in with a password, beside single sign-on or without it."
    )

    @field_validator("oidc_roles", mode="before")
    @classmethod
    def _are_groups_with_roles(cls, given: object) -> object:
        if not isinstance(given, str):
            return given
        pairs = tuple(part.strip().rpartition("=")[::2] for part in given.split(",") if part.strip())
        for group, role in pairs:
            if not group or role not in CONSOLE_ROLES:
                message = (
                    f"group=role is expected, with one of the roles {', '.join(CONSOLE_ROLES)}, not {group}={role}"
                )
                raise ValueError(message)
        return pairs

    @field_validator("oidc_issuer")
    @classmethod
    def _is_reached_over_tls(cls, given: str) -> str:
        parts = urlsplit(given)
        if given and not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL)):
            message = f"an address beginning with https:// is expected, not {given!r}"
            raise ValueError(message)
        return given

    @model_validator(mode="after")
    def _says_all_of_single_sign_on(self) -> Self:
        wanted = [name for name in ("oidc_client_id", "oidc_roles") if not getattr(self, name)]
        if self.oidc_issuer and wanted:
            message = f"STAYDOWN_OIDC_ISSUER needs {' and '.join(PREFIX + name.upper() for name in wanted)} too"
            raise ValueError(message)
        if not (self.passwords or self.oidc_issuer):
            message = "STAYDOWN_PASSWORDS=false lets nobody sign in without STAYDOWN_OIDC_ISSUER"
            raise ValueError(message)
        return self
