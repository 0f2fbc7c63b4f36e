"""`privileges`: nothing it may do grows again: no program with rights of its own, no capability, no look into it."""

import ctypes

from matcher.sandbox.walls.layer import Layer, MissingLayerError
from matcher.sandbox.walls.libc import (
    PR_GET_NO_NEW_PRIVS,
    PR_SET_DUMPABLE,
    PR_SET_NO_NEW_PRIVS,
    call,
    machine,
    prctl,
)

_CAPSET = {"x86_64": 126, "aarch64": 91}
_VERSION_3 = 0x20080522


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


def raise_wall() -> None:
    """Drop every capability, and the means to get one."""
    number = _CAPSET.get(machine())
    if number is None:
        raise MissingLayerError(f"its system calls on {machine()} are not known here")
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    none = (ctypes.c_uint32 * 6)()
    call(number, ctypes.byref(_Header(_VERSION_3, 0)), none)
    prctl(PR_SET_DUMPABLE, 0)


def stands() -> bool:
    """Ask the kernel."""
    return prctl(PR_GET_NO_NEW_PRIVS) == 1


PRIVILEGES = Layer(
    name="privileges",
    keeps="it gains no right it does not have",
    needed=True,
    raise_wall=raise_wall,
    stands=stands,
)
