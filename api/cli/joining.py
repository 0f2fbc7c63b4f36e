"""What a command asks for, and makes sure of, before a process of its own drives Ray."""

import os
import socket
from importlib.util import find_spec
from typing import Annotated, Final, TypeAlias

import typer

from api.shell.errors import CommandError

DEFAULT_ADDRESS: Final = "127.0.0.1:6379"
_HEAD_TIMEOUT_S: Final = 5.0

Address: TypeAlias = Annotated[str, typer.Option(metavar="HOST:PORT", help="Of Ray's head.")]
OwnIp: TypeAlias = Annotated[
    str | None, typer.Option(metavar="IP", help="Of this machine, as the others see it; else Ray chooses.")
]


def require_ray() -> None:
    """
    Make sure that Ray is installed, and asks whoever reaches it for its token.

    Raises:
        CommandError: If not, with what to do.
    """
    if find_spec("ray") is None:
        message = "Ray is not installed; run `pip install staydown[cluster]` on every machine of the cluster"
        raise CommandError(message)
    if os.environ.get("RAY_AUTH_MODE") != "token":
        message = (
            "whoever reaches Ray runs code where hashes lie: set RAY_AUTH_MODE=token and RAY_AUTH_TOKEN_PATH for `ray "
            "start` and for this command, on every machine"
        )
        raise CommandError(message)


def require_head(address: str) -> None:
    """
    Make sure that Ray's head is there: Ray itself tries for minutes to reach one that is not.

    Args:
        address: ``host:port``.

    Raises:
        CommandError: If the address is none, or nothing answers there.
    """
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        message = f"--address {address}: a host and a port are expected, such as ray-head:6379"
        raise CommandError(message)
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_HEAD_TIMEOUT_S).close()
    except (OSError, OverflowError) as error:
        message = f"Ray's head at {address} cannot be reached: {error}; start it with `ray start --head`"
        raise CommandError(message) from error
