"""
`user`: where the service is root, each worker is a user that owns nothing, of a number of its own.

Numbers are of the range that systemd keeps for users that come and go. Two workers with one number are still kept from
each other by `syscalls`.
"""

import os
from pathlib import Path
from typing import Final

from matcher.sandbox.walls.layer import Layer, MissingLayerError, refused

OWN_NUMBERS: Final = range(61_184, 65_520)
_NOBODY: Final = 65_534
_CAPABILITY_KILL: Final = 1 << 5


def raise_wall() -> None:
    """Become somebody else for good."""
    if os.geteuid() != 0:
        raise MissingLayerError("the service is not root, so a worker is the same user as the service")
    if not _capabilities() & _CAPABILITY_KILL:
        raise MissingLayerError("root may not end processes of others here (CAP_KILL is dropped)")
    number = OWN_NUMBERS[os.getpid() % len(OWN_NUMBERS)]
    os.setgroups([])
    try:
        _become(number)
    except OSError:  # a container has fewer users
        _become(_NOBODY)


def stands() -> bool:
    """Tell whether it is somebody else, and may not be root again."""
    return 0 not in os.getresuid() and refused(lambda: os.setuid(0))


def _become(number: int) -> None:
    os.setresgid(number, number, number)
    os.setresuid(number, number, number)


def _capabilities() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("CapEff")).split()[1], 16)


USER = Layer(
    name="user",
    keeps="it is a user who owns nothing",
    needed=False,
    raise_wall=raise_wall,
    stands=stands,
)
