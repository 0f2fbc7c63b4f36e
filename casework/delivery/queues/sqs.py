"""
Amazon SQS, and whatever speaks as it does: `SendMessage` over its JSON protocol, one request an attempt.

    POST /    X-Amz-Target: AmazonSQS.SendMessage     {"QueueUrl", "MessageBody", "MessageAttributes", …}
              Authorization: AWS4-HMAC-SHA256 …       by botocore, which also finds the credentials of a machine

Botocore signs, and does not send: it would resolve the name by itself, so that an address could be checked that is not
the one connected to. `pinned.py` sends.

The region that a request is signed for is in Amazon's names of hosts. Of others it is said behind the queue,
``?region=fr-par``; where nothing says one it is ``us-east-1``, which servers without regions take.

A queue whose name ends in ``.fifo`` is given the takedown as the group, whose order it keeps, and the event's id by
which it takes a repetition within five minutes as one. Other queues keep no order: `timestamp` is in each message.
"""

import asyncio
import hashlib
import json
import re
import ssl
import time
from typing import TYPE_CHECKING, ClassVar, Final

from casework.delivery.closing import ClosedAtTheEnd
from casework.delivery.options import SendOptions
from casework.delivery.pinned import Answer, PinnedClient, Resolve
from casework.delivery.places import Place, read_place
from casework.delivery.queues.extras import require_extra
from casework.delivery.target import TargetField
from casework.domain.errors import DeliveryFailedError, TargetError
from casework.domain.takedowns.propagation import Message, Receipt
from casework.ports.trace import TRACEPARENT
from casework.ports.unit_of_work import Clock

if TYPE_CHECKING:
    from botocore.credentials import Credentials

WHAT: Final = "an SQS queue"

_QUEUE: Final = re.compile(r"/(?:[A-Za-z0-9_.-]+/)*[A-Za-z0-9_-]{1,80}(?:\.fifo)?")
_REGION: Final = re.compile(r"[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}")
_DEFAULT_REGION: Final = "us-east-1"
_GIVEN_REGION: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_CREDENTIALS: Final = re.compile(r"([A-Za-z0-9]{3,128}):([\x21-\x7e]{3,150})")
_FIFO: Final = ".fifo"
_MOST_SHOWN: Final = 200


class SqsQueue(ClosedAtTheEnd):
    """
    A queue; keeps its connections open between messages.

    Args:
        target: Its URL, as `GetQueueUrl` answers it; with ``?region=NAME`` behind it where its host names none.

        secret: ``"ACCESS_KEY_ID:SECRET_ACCESS_KEY"``; None for the credentials of this machine.

        options: What the operator allows.

        clock: Not used: the signature carries the time of this machine.

        resolve: Name and port to addresses; the system's resolver if left out.

        ssl_context: What TLS trusts; the system's authorities if left out.

    Raises:
        TargetError: If URL or secret cannot be used, or are not allowed.
    """

    label: ClassVar[str] = "SQS queue"
    target_field: ClassVar[TargetField] = TargetField(
        "url",
        max_length=2_000,
        description="For an SQS queue: its URL.",
        example="https://sqs.eu-west-1.amazonaws.com/123456789012/staydown",
    )
    signing: ClassVar[str | None] = None
    credentials: ClassVar[str | None] = (
        "For an SQS queue: `ACCESS_KEY_ID:SECRET_ACCESS_KEY`; left out, the credentials of the machine are used."
    )

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
        self.check(target, secret, options=options)
        self._place = _read_url(target, options)
        self._url = target.partition("?")[0]
        self._region = self._place.url.params.get("region") or _region_in(self._place.host)
        self._given = None if secret is None else _CREDENTIALS.fullmatch(secret)
        self._found: Credentials | None = None
        self._client = PinnedClient(options, resolve=resolve, ssl_context=ssl_context)

    @staticmethod
    def make_secret() -> None:
        """Return none: nothing is signed for the receiver."""

    @classmethod
    def check(cls, target: str, secret: str | None, *, options: SendOptions) -> None:
        """
        Refuse what could never be sent to, before anything is stored.

        Raises:
            TargetError: If URL or secret cannot be used, or are not allowed.
        """
        require_extra("botocore", extra="aws", what=WHAT)
        place = _read_url(target, options)
        given = place.url.params.multi_items()
        if _QUEUE.fullmatch(place.url.path) is None or any(name != "region" for name, _ in given) or len(given) > 1:
            message = f"{target!r} names no queue; its URL is as in {cls.target_field.example}"
            raise TargetError(message)
        if any(_GIVEN_REGION.fullmatch(region) is None for _, region in given):
            message = f"{target!r} has a region that is none; it is as in ?region=fr-par"
            raise TargetError(message)
        if secret is not None and _CREDENTIALS.fullmatch(secret) is None:
            message = "the secret must be ACCESS_KEY_ID:SECRET_ACCESS_KEY; leave it out to use the machine's own"
            raise TargetError(message)

    async def send(self, message: Message) -> Receipt:
        """
        Send a message; the receipt has the id the queue gave it.

        Raises:
            DeliveryFailedError: Saying which step failed.
        """
        begun = time.monotonic()
        body = self._body(message)
        headers = await asyncio.to_thread(self._signed, body)
        answer = await self._client.post(self._root, body, headers)
        taken = _read(answer, message)
        return {**taken, "duration_ms": round((time.monotonic() - begun) * 1000)}

    async def close(self) -> None:
        """Close its connections."""
        await self._client.close()

    @property
    def _root(self) -> Place:
        url = self._place.url.copy_with(path="/", query=None)
        return Place(url, self._place.host, self._place.port, self._place.literal)

    def _body(self, message: Message) -> bytes:
        attributes = {"id": message.id, "type": message.event_type, "traceparent": TRACEPARENT.get()}
        sent: dict[str, object] = {
            "QueueUrl": self._url,
            "MessageBody": message.document().decode(),
            "MessageAttributes": {
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items() if value
            },
        }
        if self._url.endswith(_FIFO):
            sent["MessageGroupId"] = message.takedown_id or message.id
            sent["MessageDeduplicationId"] = message.id
        return json.dumps(sent, separators=(",", ":")).encode()

    def _signed(self, body: bytes) -> dict[str, str]:
        """Return the headers of a request; on a thread, since a machine's credentials may have to be asked for."""
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.exceptions import BotoCoreError

        headers = {
            "Host": self._place.url.netloc.decode(),
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": "AmazonSQS.SendMessage",
        }
        request = AWSRequest("POST", str(self._root.url), headers=headers, data=body)
        try:
            SigV4Auth(self._credentials(), "sqs", self._region).add_auth(request)
        except BotoCoreError as error:
            message = f"the request could not be signed: {type(error).__name__}"
            raise DeliveryFailedError(message) from error
        return dict(request.headers.items())

    def _credentials(self) -> "Credentials":
        from botocore.credentials import Credentials
        from botocore.session import Session

        if self._given is not None:
            return Credentials(self._given[1], self._given[2])
        if self._found is None:
            self._found = Session().get_credentials()  # they renew themselves
        if self._found is None:
            message = "this machine has no AWS credentials, and the destination was added without a secret"
            raise DeliveryFailedError(message)
        return self._found


def _read_url(target: str, options: SendOptions) -> Place:
    return read_place(target, allow_private=options.allow_private, what=WHAT)


def _region_in(host: str) -> str:
    """Read the region off a host's name; servers that have none take any."""
    return next((one for one in host.split(".") if _REGION.fullmatch(one)), _DEFAULT_REGION)


def _read(answer: Answer, message: Message) -> Receipt:
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        said = {}
    if not answer.is_success:
        code = str(said.get("__type", "")).rpartition("#")[2]
        reason = f"answered {answer.status}: {code} {said.get('message') or ''}".rstrip(": ")
        raise DeliveryFailedError(reason[:_MOST_SHOWN], retry_after_s=answer.retry_after_s)
    digest = hashlib.md5(message.document(), usedforsecurity=False).hexdigest()
    if not isinstance(said.get("MessageId"), str) or said.get("MD5OfMessageBody") != digest:
        reason = f"answered {answer.status}, and not that it took this message"
        raise DeliveryFailedError(reason)
    return {"message_id": said["MessageId"][:_MOST_SHOWN]}
