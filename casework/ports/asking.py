"""One request to a server of hashes, and its answer; who asks is handed in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Ask:
    """
    A request.

    Args:
        path: Below the exchange's address, without a slash in front.

        method: ``"GET"``, ``"POST"`` or ``"PUT"``.

        query: What stands in the URL. Never logged: some servers want their token there.

        headers: Beside those of every request.

        body: None without one.
    """

    path: str
    method: str = "GET"
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


class Asking(Protocol):
    """Who asks servers of hashes."""

    def ask(self, address: str, ask: Ask) -> bytes:
        """
        Ask, and return the body of an answer of 2xx.

        Args:
            address: The exchange's.

            ask: What.

        Raises:
            ExchangeFailedError: If there is no such answer.
        """
