"""
Signed webhooks, after the Standard Webhooks specification (standardwebhooks.com, 1.0).

One POST an attempt: `webhook-id` (the event's, the same at every attempt), `webhook-timestamp`, `webhook-signature`.
An answer of 2xx is the receipt; anything else, and no answer within the time limit, is a failure. Where it may go, and
that it goes nowhere else, is `pinned.py`'s.
"""

import base64
import binascii
import secrets
import ssl
import time
from datetime import datetime
from typing import ClassVar

from standardwebhooks import Webhook as Signer

from casework.delivery.closing import ClosedAtTheEnd
from casework.delivery.options import SendOptions
from casework.delivery.pinned import PinnedClient, Resolve
from casework.delivery.places import Place, read_place
from casework.delivery.target import TargetField
from casework.domain.errors import DeliveryFailedError, TargetError
from casework.domain.takedowns.propagation import Message, Receipt
from casework.ports.trace import TRACEPARENT
from casework.ports.unit_of_work import Clock

_SECRET_PREFIX = "whsec_"  # noqa: S105 - the prefix the specification gives to secrets, not one
_SECRET_BYTES = range(24, 65)


class Webhook(ClosedAtTheEnd):
    """
    A webhook; keeps its connections open between messages.

    Args:
        target: Its URL.

        secret: ``"whsec_…"``.

        options: What the operator allows.

        clock: For the timestamp of the signature.

        resolve: Name and port to addresses; the system's resolver if left out.

        ssl_context: What TLS trusts; the system's authorities if left out.

    Raises:
        TargetError: If URL or secret cannot be used, or are not allowed.
    """

    label: ClassVar[str] = "webhook"
    target_field: ClassVar[TargetField] = TargetField(
        "url", max_length=2_000, description="For a webhook.", example="https://photos.example.org/staydown"
    )
    signing: ClassVar[str | None] = "For a webhook: `whsec_` and base64; made if it is left out."
    credentials: ClassVar[str | None] = None

    def __init__(
        self,
        target: str,
        secret: str | None,
        *,
        options: SendOptions,
        clock: Clock,
        resolve: Resolve | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._place = _read_url(target, options)
        self._signer = Signer(_read_secret(secret))
        self._clock = clock
        self._client = PinnedClient(options, resolve=resolve, ssl_context=ssl_context)

    @staticmethod
    def make_secret() -> str:
        """Return a new secret: 32 random bytes in base64, after ``"whsec_"``."""
        return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"

    @classmethod
    def check(cls, target: str, secret: str | None, *, options: SendOptions) -> None:
        """
        Refuse what could never be sent to, before anything is stored.

        Raises:
            TargetError: If URL or secret cannot be used, or are not allowed.
        """
        _read_url(target, options)
        _read_secret(secret)

    async def send(self, message: Message) -> Receipt:
        """
        Send a message and wait for the receipt: the status, and how long it took.

        Raises:
            DeliveryFailedError: Saying which step failed.
        """
        begun = time.monotonic()
        headers = {"Content-Type": "application/json", **_traced(), **self._signed(message, self._clock.now())}
        answer = await self._client.post(self._place, message.body, headers)
        if not answer.is_success:
            failure = f"answered {answer.status}"
            raise DeliveryFailedError(failure, retry_after_s=answer.retry_after_s)
        return {"status": answer.status, "duration_ms": round((time.monotonic() - begun) * 1000)}

    async def close(self) -> None:
        """Close its connections."""
        await self._client.close()

    def _signed(self, message: Message, now: datetime) -> dict[str, str]:
        return {
            "webhook-id": message.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signer.sign(message.id, now, message.body.decode()),
        }


def _traced() -> dict[str, str]:
    """Hand the trace on, where traces are on: what the receiver does is then seen in it."""
    traceparent = TRACEPARENT.get()
    return {} if traceparent is None else {"traceparent": traceparent}


def _read_url(target: str, options: SendOptions) -> Place:
    return read_place(target, allow_private=options.allow_private, what="a webhook")


def _read_secret(secret: str | None) -> str:
    if secret is None:
        message = "a webhook needs a secret to sign with"
        raise TargetError(message)
    try:
        key = base64.b64decode(secret.removeprefix(_SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) not in _SECRET_BYTES:
        message = "the secret must be `whsec_` and 24 to 64 random bytes in base64; leave it out to have one made"
        raise TargetError(message)
    return secret
