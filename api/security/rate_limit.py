"""
How often an address or the bearer of a key may ask, and what wrong secrets cost.

    the public form           an address   `STAYDOWN_PUBLIC_REPORTS_PER_HOUR`
    receipts                  an address   `STAYDOWN_RECEIPTS_PER_MINUTE`
    files                     a bearer     of keys not marked trusted, `STAYDOWN_UNTRUSTED_FILES_PER_HOUR`
    everything with a key     a bearer     the key's `requests_per_minute`, else `STAYDOWN_KEY_REQUESTS_PER_MINUTE`
    wrong keys and receipts   an address   after `STAYDOWN_WRONG_TRIES` different ones a pause, longer each time
    wrong passwords           a name from an address, an address, a name        the same; see `_PASSWORD_GUARDS`

All processes of a data folder count together, exactly (`casework/persistence/machine_files/rates.py`); machines that
share a database count each for itself.

Invariant: a right key or receipt always passes, whatever others behind the same address tried: it is looked up first,
and only a wrong one is made to wait. Passwords can be guessed, so there the pause comes first. Nobody is held: who must
wait is told for how long, and answered at once.
"""

import hashlib
import ipaddress
import math
from dataclasses import dataclass

import structlog

from api.errors import TooManyRequestsError
from api.metrics.catalogue import RATE_LIMIT_REFUSALS
from api.settings import Settings
from casework.domain.actor import Actor
from casework.domain.keys import ApiKey
from casework.persistence.machine_files.rates import Rate, SharedRates

log = structlog.get_logger()

TRIES_WINDOW_S = 600.0
"""So long after the last wrong secret that was new, an address begins anew."""

_LONGEST_PAUSE_S = 300.0
_MINUTE_S, _HOUR_S = 60.0, 3600.0
_NETWORK_BITS = 64
"""Of an IPv6 address: what a household or a rented machine is given; it may use any address in it."""


@dataclass(frozen=True, slots=True)
class _Guard:
    """
    Whose wrong passwords are counted together.

    Args:
        counted: Makes the name they are counted under, of a network and a person's name.

        times: How many times `STAYDOWN_WRONG_TRIES` are allowed.

        longest_pause_s: Seconds.
    """

    counted: str
    times: int
    longest_pause_s: float


_PASSWORD_GUARDS = (
    _Guard("password {network} {who}", times=1, longest_pause_s=_LONGEST_PAUSE_S),
    _Guard("passwords {network}", times=10, longest_pause_s=_LONGEST_PAUSE_S),
    # Short, for anybody can make somebody else wait here: 1,440 guesses a day do not find 12 characters.
    _Guard("password * {who}", times=10, longest_pause_s=60.0),
)


class RateLimits:
    """
    What is allowed, by the operator's settings.

    Args:
        rates: The counters.

        settings: As read by `read_settings`.
    """

    def __init__(self, rates: SharedRates, settings: Settings) -> None:
        self._rates = rates
        self._settings = settings

    def require_public(self, host: str) -> None:
        """
        Count one request to the public form.

        Raises:
            TooManyRequestsError: If the address had its share.
        """
        self._take("public", network_of(host), Rate(self._settings.public_reports_per_hour, _HOUR_S), "an hour")

    def require_receipt(self, host: str) -> None:
        """
        Count one request with a receipt.

        Raises:
            TooManyRequestsError: If the address had its share.
        """
        self._take("receipts", network_of(host), Rate(self._settings.receipts_per_minute, _MINUTE_S), "a minute")

    def require_key(self, key: ApiKey) -> None:
        """
        Count one request with a key.

        Raises:
            TooManyRequestsError: If its bearer had their share.
        """
        per_minute = self._per_minute(key)
        if per_minute:
            self._take("key", key.speaks_for, Rate(per_minute, _MINUTE_S), "a minute")

    def has_limit(self, key: ApiKey) -> bool:
        """Tell whether requests with a key are counted at all."""
        return bool(self._per_minute(key))

    def require_file(self, actor: Actor) -> None:
        """
        Count one file of a key that is not marked trusted.

        Raises:
            TooManyRequestsError: If its bearer had their share.
        """
        rate = Rate(self._settings.untrusted_files_per_hour, _HOUR_S)
        self._take("files", actor.id, rate, "an hour with a file under a key that is not marked trusted")

    def refuse(self, host: str, secret: str) -> None:
        """
        Note a key or a receipt that is none.

        Args:
            host: Where it came from.

            secret: As it was sent; a part of its hash is kept for minutes, to tell a new try from an old one.

        Raises:
            TooManyRequestsError: If too many different ones came from there; else its own error is for the caller.
        """
        network = network_of(host)
        digest = hashlib.sha256(secret.encode()).digest()[:8]
        tries = self._rates.tried(f"tries {network}", digest, window_s=TRIES_WINDOW_S)
        over = tries.count - self._settings.wrong_tries
        if over <= 0:
            return
        pause_s = min(2.0 ** min(over, 16), _LONGEST_PAUSE_S)
        if tries.since_s <= 0 and over & (over - 1) == 0:  # the first, and whenever they have doubled
            log.warning("wrong keys or receipts", address=network, tries=tries.count, pause_s=pause_s)
        if tries.since_s < pause_s:
            RATE_LIMIT_REFUSALS.add("wrong_secrets")
            again_s = _whole(pause_s - tries.since_s)
            message = (
                f"{tries.count} different keys or receipts from {network} were wrong; "
                f"try again in {again_s} s (a right one is taken at once)"
            )
            raise TooManyRequestsError(message, retry_after_s=again_s)

    def require_password_try(self, host: str, who: str) -> None:
        """
        Refuse to look at a password where too many wrong ones were tried.

        Args:
            host: Where it comes from.

            who: The name it is for.

        Raises:
            TooManyRequestsError: Saying when to come again.
        """
        for guard in _PASSWORD_GUARDS:
            name = guard.counted.format(network=network_of(host), who=who)
            tries = self._rates.tries_of(name, window_s=TRIES_WINDOW_S)
            over = tries.count - guard.times * self._settings.wrong_tries
            if over < 0:
                continue
            wait_s = min(2.0 ** min(over + 1, 16), guard.longest_pause_s) - tries.since_s
            if wait_s > 0:
                RATE_LIMIT_REFUSALS.add("wrong_secrets")
                again_s = _whole(wait_s)
                message = f"too many wrong passwords were tried; try again in {again_s} s"
                raise TooManyRequestsError(message, retry_after_s=again_s)

    def note_wrong_password(self, host: str, who: str, password: str) -> None:
        """Count a wrong password; the same again is no new one."""
        digest = hashlib.sha256(password.encode()).digest()[:8]
        for guard in _PASSWORD_GUARDS:
            name = guard.counted.format(network=network_of(host), who=who)
            tries = self._rates.tried(name, digest, window_s=TRIES_WINDOW_S)
            over = tries.count - guard.times * self._settings.wrong_tries
            if over >= 0 and tries.since_s <= 0 and (over + 1) & over == 0:
                log.warning("wrong passwords", address=network_of(host), tries=tries.count)

    def forget_wrong_passwords(self, host: str, who: str) -> None:
        """Begin anew for a name and an address: the right password came."""
        self._rates.clear_tries(_PASSWORD_GUARDS[0].counted.format(network=network_of(host), who=who))

    def forget_past(self) -> None:
        """Delete what says nothing any more."""
        self._rates.forget_past(window_s=TRIES_WINDOW_S)

    def _per_minute(self, key: ApiKey) -> int:
        return key.requests_per_minute or self._settings.key_requests_per_minute

    def _take(self, kind: str, who: str, rate: Rate, span: str) -> None:
        wait_s = self._rates.take(f"{kind} {who} {rate.count}", rate)
        if wait_s:
            RATE_LIMIT_REFUSALS.add(kind)
            again_s = _whole(wait_s)
            message = f"more than {rate.count} requests {span} from {who}; try again in {again_s} s"
            raise TooManyRequestsError(message, retry_after_s=again_s)


def network_of(host: str) -> str:
    """Return what is one party of an address: an IPv4 address, a /64 of IPv6, or what is no address as it is."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((int(address), _NETWORK_BITS), strict=False))


def _whole(seconds: float) -> int:
    return max(1, math.ceil(seconds))
