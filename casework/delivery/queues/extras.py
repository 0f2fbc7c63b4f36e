"""Whether the library of an extra is there; it is imported where something is sent, and nowhere else."""

from importlib.util import find_spec

from casework.domain.errors import TargetError


def require_extra(module: str, *, extra: str, what: str) -> None:
    """
    Refuse what cannot be sent to, for want of a library.

    Args:
        module: That has to be there.

        extra: That brings it.

        what: What needs it, for the message: ``"an SQS queue"``.

    Raises:
        TargetError: If it is not there.
    """
    if find_spec(module) is None:
        message = f'{what} needs a library that is not installed: pip install "staydown[{extra}]"'
        raise TargetError(message)
