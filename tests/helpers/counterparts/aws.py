"""A server that speaks as Amazon's SQS and S3 do (moto), in this process, and what asks it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2

KEY_ID, KEY = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
SECRET = f"{KEY_ID}:{KEY}"
REGION = "us-east-1"


@contextmanager
def aws_server() -> Iterator[str]:
    """Run a server of its own port, empty; return where."""
    from moto.server import ThreadedMotoServer  # half a second, which every process of a run would take

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    try:
        httpx2.post(f"{url}/moto-api/reset").raise_for_status()  # what it holds outlives it in this process
        yield url
    finally:
        server.stop()


def asking(service: str, url: str) -> Any:
    """Return Amazon's own client of a service."""
    from botocore.config import Config
    from botocore.session import Session

    return Session().create_client(
        service,
        region_name=REGION,
        endpoint_url=url,
        aws_access_key_id=KEY_ID,
        aws_secret_access_key=KEY,
        config=Config(retries={"total_max_attempts": 1}),
    )


class Queue:
    """
    A queue, as whoever takes messages sees it.

    Args:
        server: Where.

        name: Unique there; one that ends in ``.fifo`` keeps an order.
    """

    def __init__(self, server: str, name: str) -> None:
        self._sqs = asking("sqs", server)
        kind = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
        self.url = self._sqs.create_queue(QueueName=name, Attributes=kind)["QueueUrl"]

    def taken(self) -> list[dict]:
        """Take what is there, message by message, with attributes."""
        found: list[dict] = []
        while True:
            asked = {"MessageAttributeNames": ["All"], "AttributeNames": ["All"], "MaxNumberOfMessages": 10}
            messages = self._sqs.receive_message(QueueUrl=self.url, **asked).get("Messages", [])
            if not messages:
                return found
            for one in messages:
                found.append(one)
                self._sqs.delete_message(QueueUrl=self.url, ReceiptHandle=one["ReceiptHandle"])
