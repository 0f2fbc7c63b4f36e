"""
Hashers as Ray actors, one on each machine; imported by the process that drives Ray for `staydown backfill`.

An actor belongs to the run: it is not detached, so Ray ends it when the process that drives it is gone, however that
ended. It is never started again by Ray: whoever dealt with it knows what it had, and starts another.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import ray
from ray.exceptions import RayError, RayTaskError

from api.cli.backfilling.hasher import Hasher, HasherLostError, Piece, Standing
from api.cli.backfilling.messages import FileToHash, Terms
from index.cluster.ray_holders import join_ray, nodes_alive, resource_of

START_S: Final = 300.0
"""A busy machine takes a minute to start processes, and another to compile what it has not compiled yet."""

_SHARE_OF_RESOURCE: Final = 0.001


class _HasherActor:
    """A hasher inside its Ray process."""

    def __init__(self, terms: Terms) -> None:
        self._hasher = Hasher(terms)

    def begin(self) -> Standing:
        """Do as `Hasher.begin` does."""
        return self._hasher.begin()

    def hashed(self, files: Sequence[FileToHash]) -> Iterator[Piece]:
        """Do as `Hasher.hashed` does."""
        yield from self._hasher.hashed(files)


class RayHasher:
    """
    The hasher on one machine, for one thread.

    Args:
        actor: Its actor.
    """

    def __init__(self, actor: Any) -> None:  # noqa: ANN401  (Ray has no types)
        self._actor = actor

    def begin(self) -> Standing:
        """
        Wait until it is ready.

        Raises:
            HasherLostError: If it does not start.
        """
        try:
            standing: Standing = ray.get(self._actor.begin.remote(), timeout=START_S)
        except RayError as error:
            raise HasherLostError(_said(error)) from error
        return standing

    def hashed(self, files: Sequence[FileToHash]) -> Iterator[tuple[int, bytes]]:
        """
        Have files hashed.

        Args:
            files: Those of a block.

        Returns:
            Number and answer of each, as they come.

        Raises:
            HasherLostError: If it is gone before it has answered about all.
        """
        begun: dict[int, list[bytes]] = {}
        try:
            for one in self._actor.hashed.options(num_returns="streaming").remote(files):
                number, is_last, piece = ray.get(one)
                begun.setdefault(number, []).append(piece)
                if is_last:
                    yield number, b"".join(begun.pop(number))
        except RayError as error:
            raise HasherLostError(_said(error)) from error

    def end(self) -> None:
        """End its process."""
        ray.kill(self._actor)


class RayHashers:
    """
    The machines of a cluster as places to hash.

    Args:
        address: Of Ray's head, ``host:port``.

        own_ip: Of this machine, as the others see it; None lets Ray choose.

    Raises:
        ConnectionError, RuntimeError, ValueError: As Ray says, if it cannot be joined.
    """

    def __init__(self, address: str, *, own_ip: str | None = None) -> None:
        join_ray(address, own_ip=own_ip)

    def alive(self) -> list[str]:
        """Name the machines that are alive; without a head this hangs."""
        return nodes_alive()

    def start(self, node: str, terms: Terms) -> RayHasher:
        """Begin to start a hasher on a machine."""
        made: Any = ray.remote(_HasherActor)
        return RayHasher(
            made.options(
                num_cpus=0,
                resources={resource_of(node): _SHARE_OF_RESOURCE},
                max_restarts=0,
                max_task_retries=0,
            ).remote(terms)
        )

    def close(self) -> None:
        """Leave Ray, and end every hasher."""
        ray.shutdown()


def _said(error: RayError) -> str:
    """Say in a line what happened: of a death what Ray calls it, of an error of ours that error."""
    name = type(error).__name__
    if isinstance(error, RayTaskError):
        return f"{name}: {error.cause!r}"
    text = str(error)
    # So Ray begins where a machine could not even make the actor, as one with another version of this program.
    return f"{name}: {text.strip().splitlines()[-1]}" if "creation task" in text else name
