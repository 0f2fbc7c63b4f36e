"""What the operator allows those who send: where to, for how long, how much comes back."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SendOptions:
    """
    Args:
        allow_private: Whether webhooks may reach private and loopback addresses, and those without TLS.

        timeout_s: Seconds one attempt may take from the first look at the name to the last byte of the answer.

        max_response_bytes: Largest answer that is read.

        export_folder: Where file exports with a relative path are written.

        rotate_bytes: Size from which an export goes on in a new file.
    """

    export_folder: Path
    allow_private: bool = False
    timeout_s: float = 15.0
    max_response_bytes: int = 65_536
    rotate_bytes: int = 100_000_000
