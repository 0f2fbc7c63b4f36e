"""
`syscalls`: a seccomp filter that knows what a decoder asks of the kernel; anything else is refused.

Allowed: to read and write what is open already, memory, threads, time, and its own signals. So no file is opened or
even looked at, no socket made, no program or process started, no limit changed, no other process looked into, whatever
else of this list of walls is missing. What is refused fails with "operation not permitted", and the decoder goes on; a
call newer than 2018 is said to be unknown, so that the C library takes the older one it can be held to.

Numbers: Linux' asm/unistd_64.h (x86-64) and asm-generic/unistd.h (aarch64).
"""

import ctypes
import errno
import os
import socket
import struct
from typing import Final

from matcher.sandbox.walls.layer import Layer, MissingLayerError, refused
from matcher.sandbox.walls.libc import PR_GET_NO_NEW_PRIVS, call, machine, prctl

_ARCHITECTURES: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

_ALLOWED: Final = {  # by name: the numbers on x86-64 and on aarch64; None where it has no such call
    "read": (0, 63), "write": (1, 64), "close": (3, 57), "lseek": (8, 62), "readv": (19, 65), "writev": (20, 66),
    "pread64": (17, 67), "preadv": (295, 69), "preadv2": (327, 286),
    "dup": (32, 23), "dup2": (33, None), "dup3": (292, 24),
    "poll": (7, None), "ppoll": (271, 73),
    "pselect6": (270, 72), "select": (23, None), "pause": (34, None),
    "sendto": (44, 206), "recvfrom": (45, 207), "sendmsg": (46, 211), "recvmsg": (47, 212), "shutdown": (48, 210),
    "mmap": (9, 222), "munmap": (11, 215), "mremap": (25, 216), "mprotect": (10, 226), "madvise": (28, 233),
    "brk": (12, 214),
    "futex": (202, 98), "set_robust_list": (273, 99), "rseq": (334, 293), "membarrier": (324, 283),
    "restart_syscall": (219, 128), "exit": (60, 93), "exit_group": (231, 94), "sched_yield": (24, 124),
    "sched_getaffinity": (204, 123), "sched_getparam": (143, 121), "sched_getscheduler": (145, 120),
    "sched_get_priority_max": (146, 125), "sched_get_priority_min": (147, 126), "getcpu": (309, 168),
    "gettid": (186, 178), "getpid": (39, 172), "set_tid_address": (218, 96),
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "sigaltstack": (131, 132),
    "alarm": (37, None), "setitimer": (38, 103), "getitimer": (36, 102),
    "clock_gettime": (228, 113), "clock_getres": (229, 114), "clock_nanosleep": (230, 115), "nanosleep": (35, 101),
    "gettimeofday": (96, 169), "times": (100, 153), "time": (201, None), "getrusage": (98, 165),
    "getrlimit": (97, 163), "sysinfo": (99, 179), "uname": (63, 160), "getrandom": (318, 278),
    "getuid": (102, 174), "geteuid": (107, 175), "getgid": (104, 176), "getegid": (108, 177),
    "getresuid": (118, 148), "getresgid": (120, 150),
}  # fmt: skip
_CLONE, _FCNTL, _IOCTL, _PRCTL, _TGKILL, _PRLIMIT, _SECCOMP = (
    (56, 220), (72, 25), (16, 29), (157, 167), (234, 131), (302, 261), (317, 277),
)  # fmt: skip
_NEWER_THAN_2018: Final = 424

_THREAD, _NAMESPACES = 0x00010000, 0x7E020000
_FCNTL_ALLOWED = (0, 1, 2, 3, 1030)
"""To copy a descriptor, and to ask for and set its flags; no locks, which the server takes on the same files."""

_PRCTL_ALLOWED = (15, 16, 21, 39, 0x53564D41)
"""Names of threads and of memory, and to ask which of these walls stand."""

_SET_FILTER, _ALL_THREADS = 1, 1
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16
_INSTRUCTION = struct.Struct("=HBBI")


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def raise_wall() -> None:
    """Put the filter over every thread of this process."""
    processor = machine()
    if processor not in _ARCHITECTURES:
        raise MissingLayerError(f"the numbers of system calls on {processor} are not known here")
    if prctl(PR_GET_NO_NEW_PRIVS) != 1:
        raise MissingLayerError("it needs the layer `privileges`")
    code = filter_for(processor, pid=os.getpid())
    program = _Program(len(code) // _INSTRUCTION.size, code)
    try:
        call(_of(_SECCOMP, processor), _SET_FILTER, _ALL_THREADS, ctypes.byref(program))
    except OSError as error:
        raise MissingLayerError(f"this kernel takes no seccomp filter ({error.strerror})") from error


def stands() -> bool:
    """Try to make a socket, and to open what everybody may open."""
    return refused(socket.socket) and refused(lambda: os.open("/", os.O_RDONLY))


def filter_for(processor: str, *, pid: int) -> bytes:
    """
    Return the filter, in the kernel's classic BPF.

    Args:
        processor: A key of the table of architectures.

        pid: The process it is for: the only one it may send signals to.
    """
    code = [
        _load(_ARCHITECTURE_AT),
        *_unless(_EQUAL, _ARCHITECTURES[processor], [_result(_KILL)]),
        _load(_NUMBER_AT),
    ]
    for numbers in _ALLOWED.values():
        number = numbers[processor == "aarch64"]
        if number is not None:
            code += _where(_EQUAL, number, [_result(_ALLOW)])
    for numbers, rule in (
        (_CLONE, [_load(_argument(0)), *_where(_ANY_BIT, _NAMESPACES, _REFUSED), *_where(_ANY_BIT, _THREAD, _GRANTED)]),
        (_FCNTL, [_load(_argument(1)), *_among(_FCNTL_ALLOWED)]),
        (_PRCTL, [_load(_argument(0)), *_among(_PRCTL_ALLOWED)]),
        (_TGKILL, [_load(_argument(0)), *_among((pid,))]),
        (_PRLIMIT, _only_asks(2)),
        (_IOCTL, [_result(_REFUSE | errno.ENOTTY)]),
    ):
        code += _where(_EQUAL, _of(numbers, processor), [*rule, *_REFUSED])
    code += [*_where(_AT_LEAST, _NEWER_THAN_2018, [_result(_REFUSE | errno.ENOSYS)]), *_REFUSED]
    return b"".join(code)


def _of(numbers: tuple[int, int], processor: str) -> int:
    return numbers[processor == "aarch64"]


def _argument(place: int, *, high: bool = False) -> int:
    """Return where half of an argument lies; both processors put the lower half first."""
    return _ARGUMENTS_AT + 8 * place + 4 * high


def _load(at: int) -> bytes:
    return _INSTRUCTION.pack(_LOAD, 0, 0, at)


def _result(action: int) -> bytes:
    return _INSTRUCTION.pack(_RETURN, 0, 0, action)


def _where(test: int, value: int, rule: list[bytes]) -> list[bytes]:
    """Do as a rule says where the test is met, and go on behind it where it is not."""
    return [_INSTRUCTION.pack(test, 0, len(rule), value), *rule]


def _unless(test: int, value: int, rule: list[bytes]) -> list[bytes]:
    return [_INSTRUCTION.pack(test, len(rule), 0, value), *rule]


def _among(values: tuple[int, ...]) -> list[bytes]:
    return [one for value in values for one in _where(_EQUAL, value, _GRANTED)]


def _only_asks(place: int) -> list[bytes]:
    """Allow a call whose pointer to what is to be set is null."""
    high = _where(_EQUAL, 0, _GRANTED)
    return [_load(_argument(place)), *_where(_EQUAL, 0, [_load(_argument(place, high=True)), *high])]


_GRANTED: Final = [_result(_ALLOW)]
_REFUSED: Final = [_result(_REFUSE | errno.EPERM)]

SYSCALLS = Layer(
    name="syscalls",
    keeps="it makes no socket, process or system call that decoding does not need",
    needed=True,
    raise_wall=raise_wall,
    stands=stands,
)
