"""
`files`: Landlock without one rule: no path can be opened, made, renamed or removed, of whatever file.

What a decoder reads are its task's bytes and descriptors, which the server opened. Newer kernels also keep it from TCP,
from sockets without a path and from signals to anybody else.

Source: docs.kernel.org/userspace-api/landlock.html
"""

import ctypes
import os
from functools import partial
from pathlib import Path
from typing import Final

from matcher.sandbox.walls.layer import Layer, MissingLayerError, refused
from matcher.sandbox.walls.libc import call, machine

_CREATE_RULESET, _RESTRICT_SELF = 444, 446  # of every processor
_ASK_VERSION: Final = 1
_RIGHTS_OF_VERSION: Final = {1: 13, 2: 14, 3: 15, 5: 16}
"""By the version that brought the last of them: how many rights over files there are, from the lowest bit on."""

_NETWORK_SINCE, _SCOPES_SINCE = 4, 6
_BIND_AND_CONNECT_TCP, _SOCKETS_AND_SIGNALS = 0b11, 0b11


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


def raise_wall() -> None:
    """Forbid all that this kernel's Landlock can forbid."""
    machine()
    if len(list(Path("/proc/self/task").iterdir())) > 1:
        raise MissingLayerError("a library started a thread, which it would not hold for")
    try:
        version = call(_CREATE_RULESET, None, 0, _ASK_VERSION)
    except OSError as error:
        raise MissingLayerError(f"this kernel has no Landlock ({error.strerror}); it came with Linux 5.13") from error
    rights = max(count for since, count in _RIGHTS_OF_VERSION.items() if since <= version)
    ruleset = _Ruleset(
        (1 << rights) - 1,
        _BIND_AND_CONNECT_TCP if version >= _NETWORK_SINCE else 0,
        _SOCKETS_AND_SIGNALS if version >= _SCOPES_SINCE else 0,
    )
    size = 8 if version < _NETWORK_SINCE else 16 if version < _SCOPES_SINCE else 24
    descriptor = call(_CREATE_RULESET, ctypes.byref(ruleset), size, 0)
    call(_RESTRICT_SELF, descriptor, 0)
    os.close(descriptor)


def stands() -> bool:
    """Try to open what everybody may open."""
    return all(refused(partial(os.open, path, os.O_RDONLY)) for path in ("/", os.devnull))


FILES = Layer(
    name="files",
    keeps="it opens, makes and removes no file",
    needed=True,
    raise_wall=raise_wall,
    stands=stands,
)
