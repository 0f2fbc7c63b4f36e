"""
`network`: a network of its own, without one interface: not even this machine can be reached.

A user may make one for a process where the kernel lets everybody make user namespaces; root, where containers leave it
the right to. Where it is missing, `syscalls` still refuses every socket. It is raised before libraries are loaded,
because a process with threads may not leave its user namespace.
"""

import os
from contextlib import suppress
from pathlib import Path

from matcher.sandbox.walls.layer import Layer, MissingLayerError
from matcher.sandbox.walls.libc import machine, unshare

_NEW_NETWORK, _NEW_IPC, _NEW_USER = 0x40000000, 0x08000000, 0x10000000


def raise_wall() -> None:
    """Move to a network, and to message queues and shared memory, that nobody else has."""
    machine()
    before = _network()
    if os.geteuid() == 0:
        with suppress(OSError):
            unshare(_NEW_NETWORK | _NEW_IPC)
    if _network() == before:
        try:
            unshare(_NEW_USER | _NEW_NETWORK | _NEW_IPC)
        except OSError as error:
            raise MissingLayerError(f"no namespace may be made here ({error.strerror})") from error


def stands() -> bool:
    """Tell whether no interface but an idle loopback is there."""
    lines = Path("/proc/self/net/dev").read_text().splitlines()[2:]
    return all(line.split(":")[0].strip() == "lo" for line in lines)


def _network() -> str:
    return Path("/proc/self/ns/net").readlink().name


NETWORK = Layer(
    name="network",
    keeps="it has no network interface",
    needed=False,
    raise_wall=raise_wall,
    stands=stands,
)
