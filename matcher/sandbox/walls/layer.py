"""What a wall is: a name, a way to raise it, and a way to tell that it stands."""

from collections.abc import Callable
from dataclasses import dataclass


class MissingLayerError(Exception):
    """There is no such wall on this machine, and why. Stays inside the sandbox."""


@dataclass(frozen=True, slots=True)
class Layer:
    """
    One row of `LAYERS`.

    Args:
        name: As `readyz`, `doctor` and the log say it.

        keeps: What it keeps a taken-over decoder from, as `doctor` says it.

        needed: Whether `STAYDOWN_SANDBOX=required` refuses to start without it; another layer holds where one that is
            not needed is missing.

        raise_wall: Raises it in this process, for good; `MissingLayerError` or `OSError` where that cannot be.

        stands: Tries what it forbids, and tells whether it was refused.
    """

    name: str
    keeps: str
    needed: bool
    raise_wall: Callable[[], None]
    stands: Callable[[], bool]


def refused(action: Callable[[], object]) -> bool:
    """Tell whether the kernel refuses to do something."""
    try:
        action()
    except OSError:
        return True
    return False
