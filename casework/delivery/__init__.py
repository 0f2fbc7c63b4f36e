"""
Ways to reach a destination: one class a kind, which says what it needs, checks it, and sends.

A new kind is one file here and one row below; the contract tests, the API, its reference and the ledger follow.
"""

from typing import Protocol

from casework.delivery.file_export import FileExport
from casework.delivery.options import SendOptions
from casework.delivery.queues.amqp import AmqpBroker
from casework.delivery.queues.sqs import SqsQueue
from casework.delivery.target import TargetField
from casework.delivery.webhook import Webhook
from casework.ports.records.propagation import Sender
from casework.ports.unit_of_work import Clock


class DestinationKind(Protocol):
    """
    What a row of `DESTINATIONS` is: a class whose instances are `ports.Sender`.

    Attributes:
        label: What people call it: ``"webhook"``.

        target_field: Which field of a request says where to send.

        signing: What the secret it signs with looks like, for the API's reference; None if it signs nothing.

        credentials: What a secret it signs in with looks like, which is never made here; None if it takes none.
    """

    label: str
    target_field: TargetField
    signing: str | None
    credentials: str | None

    def __call__(self, target: str, secret: str | None, *, options: SendOptions, clock: Clock) -> Sender:
        """
        Open a way to a target.

        Raises:
            TargetError: If target or secret cannot be used, or are not allowed.
        """

    def make_secret(self) -> str | None:
        """Return a new secret for a destination that was given none; None for a kind that takes none."""

    def check(self, target: str, secret: str | None, *, options: SendOptions) -> None:
        """
        Refuse what could never be sent to, before anything is stored.

        Raises:
            TargetError: As opening it would.
        """


DESTINATIONS: dict[str, DestinationKind] = {
    "webhook": Webhook,
    "file": FileExport,
    "sqs": SqsQueue,
    "amqp": AmqpBroker,
}
