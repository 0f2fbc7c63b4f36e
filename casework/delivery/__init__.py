"""
Ways to reach a destination, one class a kind, each with the same constructor, `check`, `send` and `close`.

A new kind is one file here and one row below; the contract tests, the API and the ledger follow.
"""

from typing import Protocol

from casework.delivery.file_export import FileExport
from casework.delivery.options import SendOptions
from casework.delivery.webhook import Webhook
from casework.ports.propagation import Sender
from casework.ports.unit_of_work import Clock


class DestinationKind(Protocol):
    """What a row of `DESTINATIONS` is: a class whose instances are `ports.Sender`."""

    def __call__(self, target: str, secret: str | None, *, options: SendOptions, clock: Clock) -> Sender:
        """
        Open a way to a target.

        Raises:
            TargetError: If target or secret cannot be used, or are not allowed.
        """

    def check(self, target: str, secret: str | None, *, options: SendOptions) -> None:
        """
        Refuse what could never be sent to, before anything is stored.

        Raises:
            TargetError: As opening it would.
        """


DESTINATIONS: dict[str, DestinationKind] = {
    "webhook": Webhook,
    "file": FileExport,
}
