"""
The system calls that Python has no function for.

Invariant: a failure is an `OSError` with the kernel's number.
"""

import ctypes
import os
import platform
import sys

from matcher.sandbox.walls.layer import MissingLayerError

PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS = 4, 38, 39


def machine() -> str:
    """
    Return the kernel's name of this processor.

    Raises:
        MissingLayerError: If this is not Linux.
    """
    if not sys.platform.startswith("linux"):
        raise MissingLayerError(f"{sys.platform} has no such wall; run the service on Linux")
    return platform.machine()


def call(number: int, *arguments: object) -> int:
    """
    Make a system call.

    Args:
        number: The call's on this processor.

        *arguments: Whole numbers and pointers.

    Raises:
        OSError: As the kernel says.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    result: int = libc.syscall(ctypes.c_long(number), *(_widened(one) for one in arguments))
    return _checked(result)


def prctl(option: int, value: int = 0) -> int:
    """
    Set or ask for a property of this process.

    Raises:
        OSError: As the kernel says.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    result: int = libc.prctl(ctypes.c_int(option), *(ctypes.c_ulong(one) for one in (value, 0, 0, 0)))
    return _checked(result)


def unshare(flags: int) -> None:
    """
    Leave namespaces for new ones.

    Raises:
        OSError: As the kernel says.
    """
    _checked(ctypes.CDLL(None, use_errno=True).unshare(ctypes.c_int(flags)))


def _widened(argument: object) -> object:
    return ctypes.c_long(argument) if isinstance(argument, int) else argument


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
