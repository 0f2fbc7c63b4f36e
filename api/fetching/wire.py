"""
What the service and a fetching process say to each other, over a socket between them.

    request     one packet of JSON to the fork server, with the process's end of the socket: a `Hop`
    answer      frames:  | kind, 1 byte | length, 4 bytes, big-endian | content |
                D a piece of the file · E its end · M it is elsewhere: the URL · X there is none: JSON, why

Invariant: what comes from the fetching process is what a stranger may have made it say: kinds and lengths are checked,
and text is cut and cleaned.
"""

import json
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Final, Self

HEAD: Final = struct.Struct(">cI")
PIECE_BYTES: Final = 65_536
MAX_TEXT_BYTES: Final = 4_096
MAX_URL_CHARACTERS: Final = 2_000

_MAX_REASON_CHARACTERS = 300


class Kind(Enum):
    """What a frame holds."""

    DATA = b"D"
    END = b"E"
    MOVED = b"M"
    FAILED = b"X"


@dataclass(frozen=True, slots=True)
class Hop:
    """
    One request to one address.

    Args:
        url: What to fetch.

        max_bytes: Largest body that is read.

        timeout_s: Seconds until the process ends by itself.

        allow_private: Whether private and loopback addresses may be reached.

        walls_required: Whether nothing is read where a wall is missing that no other stands in for.
    """

    url: str
    max_bytes: int
    timeout_s: float
    allow_private: bool
    walls_required: bool = False

    def to_bytes(self) -> bytes:
        """Write it down."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def from_bytes(cls, packet: bytes) -> Self:
        """Read what `to_bytes` wrote."""
        return cls(**json.loads(packet))


@dataclass(frozen=True, slots=True)
class Failure:
    """
    Why there is no file.

    Args:
        reason: In words, without the names of inner addresses.

        too_large: Whether it is larger than what is read.
    """

    reason: str
    too_large: bool = False

    def to_bytes(self) -> bytes:
        """Write it down."""
        return json.dumps({"reason": self.reason[:_MAX_REASON_CHARACTERS], "too_large": self.too_large}).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """Read what may have been written by anybody."""
        try:
            said = json.loads(content)
        except (ValueError, RecursionError):
            said = None
        if not isinstance(said, Mapping):
            return cls("the process that fetches it said something odd")
        text = str(said.get("reason", ""))[:_MAX_REASON_CHARACTERS]
        return cls("".join(one for one in text if one.isprintable()), said.get("too_large") is True)


def frame(kind: Kind, content: bytes = b"") -> bytes:
    """Return a frame."""
    return HEAD.pack(kind.value, len(content)) + content
