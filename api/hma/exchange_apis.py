"""
Kinds of exchanges in HMA's words: its names for them, for what they ask, and how it describes that.

    fb_threatexchange  threatexchange      stop_ncii  stopncii      ncmec  ncmec

Invariant: a name that HMA has is used where it has one; what only Staydown asks for has its own name and is optional.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from api.hma.answers import Json
from api.hma.errors import HmaError
from api.settings import Settings
from casework.domain.errors import ExchangeOptionsError
from casework.domain.exchanges.exchange import Exchange
from casework.exchange.servers import EXCHANGES
from casework.exchange.servers.base import ExchangeServer, Field
from casework.exchange.servers.given import given

ADDRESS: Final = "base_url_override"
"""Where the server is, if not where it usually is; HMA has it for StopNCII alone, among its credentials."""

_BAD_CONFIG: Final = "Failed to parse `api_json` - did you provide all the fields needed for your api cls?"
_OFF: Final = "enabled"


@dataclass(frozen=True, slots=True)
class ExchangeApi:
    """
    One kind.

    Args:
        kind: A row of `EXCHANGES`.

        options: HMA's names of its options, by ours; others keep theirs.

        secrets: HMA's names of its secrets, by ours.

        numbers: Which options HMA sends as a number.
    """

    kind: str
    options: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    numbers: tuple[str, ...] = ()

    @property
    def row(self) -> ExchangeServer:
        """What it asks for."""
        return EXCHANGES[self.kind]

    def schema(self) -> Json:
        """Describe what it asks for, as HMA's forms are made from it."""
        where = Field(ADDRESS, f"Optional. Where the server is; leave blank to use {self.row.address}", needed=False)
        return {
            "config_schema": {"fields": [self._described(one, self.options) for one in self.row.options]},
            "credentials_schema": {
                "fields": [self._described(one, self.secrets) for one in (*self.row.secrets, where)]
            },
        }

    def options_in(self, config: Mapping[str, object]) -> dict[str, str]:
        """
        Read options from what a client sent.

        Raises:
            HmaError: If they are not what the kind asks for.
        """
        found = {name: value for name, value in config.items() if name not in ("name", "api", _OFF, ADDRESS)}
        texts = {name: str(value) for name, value in found.items() if _is_plain(value)}
        try:
            if len(texts) != len(found):
                message = "its values are texts or numbers"
                raise ExchangeOptionsError(message)
            return given(self.row.options, _renamed(texts, self.options), "option")
        except ExchangeOptionsError as error:
            raise HmaError(400, f"{_BAD_CONFIG} {error}") from error

    def secrets_in(self, credentials: object) -> tuple[dict[str, str], str]:
        """
        Read secrets from what a client sent, and where the server is.

        Raises:
            HmaError: If they are not what the kind asks for.
        """
        if credentials is None:
            credentials = {}
        if not isinstance(credentials, dict) or not all(isinstance(one, str) for one in credentials.values()):
            raise HmaError(400, "Field `credential_json` must be an object of texts")
        filled = {name: value for name, value in credentials.items() if value}
        address = filled.pop(ADDRESS, self.row.address)
        try:
            return given(self.row.secrets, _renamed(filled, self.secrets), "credential"), address
        except ExchangeOptionsError as error:
            message = f"{self.row.label} is asked with credentials of its own: send `credential_json`. {error}"
            raise HmaError(400, message) from error

    def config_of(self, exchange: Exchange) -> Json:
        """Describe an exchange of this kind, without its secrets."""
        options = {
            self.options.get(name, name): int(value) if name in self.numbers and value.isdecimal() else value
            for name, value in exchange.options.items()
        }
        return {"name": exchange.name, "api": name_of(exchange.kind), _OFF: exchange.state == "active", **options}

    def _described(self, one: Field, names: Mapping[str, str]) -> Json:
        return {
            "choices": None,
            "default": None,
            "help": one.description,
            "name": names.get(one.name, one.name),
            "required": one.needed,
            "type": "integer" if one.name in self.numbers else "string",
        }


EXCHANGE_APIS: Final = {
    "fb_threatexchange": ExchangeApi(
        "threatexchange", secrets={"access_token": "api_token"}, numbers=("privacy_group",)
    ),
    "stop_ncii": ExchangeApi("stopncii", secrets={"fetch_key": "fetch_function_key"}),
    "ncmec": ExchangeApi("ncmec", secrets={"username": "user"}),
}


def apis_of(settings: Settings) -> dict[str, ExchangeApi]:
    """Return the kinds that the operator allows."""
    return {name: one for name, one in EXCHANGE_APIS.items() if one.row.off_because is None or settings.ncmec}


def api_named(name: object, settings: Settings) -> ExchangeApi:
    """
    Return a kind by HMA's name.

    Raises:
        HmaError: If there is none, or it is off.
    """
    found = apis_of(settings).get(name) if isinstance(name, str) else None
    if found is None:
        off = EXCHANGE_APIS.get(name) if isinstance(name, str) else None
        why = f": it is off, since {off.row.off_because}" if off is not None else ""
        raise HmaError(400, f"No such exchange type '{str(name)[:80]}'{why}")
    return found


def name_of(kind: str) -> str:
    """Return HMA's name of a kind."""
    return next((name for name, one in EXCHANGE_APIS.items() if one.kind == kind), kind)


def api_of(exchange: Exchange) -> ExchangeApi:
    """Return the kind of an exchange, allowed or not."""
    return EXCHANGE_APIS[name_of(exchange.kind)]


def _renamed(found: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    ours = {theirs: one for one, theirs in names.items()}
    return {ours.get(name, name): value for name, value in found.items()}


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)
