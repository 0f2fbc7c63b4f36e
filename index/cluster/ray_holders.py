"""
Holders as Ray actors. Only a process that drives Ray imports this: the gateway, and what hashes a library on machines.

Each machine runs one actor. It is known by the machine's name, kept on that machine by a resource of that name
(`resource_of`), lives on without a gateway, and is started again by Ray wherever it was killed.

Invariant: whoever holds the cluster's token runs code where hashes lie. Nothing is sent to an actor but values, and
nothing that it returns is believed to be more.
"""

import asyncio
import logging
from collections.abc import Iterable
from typing import Any, Final

import ray
from ray.exceptions import RayError

from index.cluster.holder import Holder
from index.cluster.home import Home
from index.errors import HolderLostError, IndexStoreError

NAMESPACE: Final = "staydown"
_ACTOR_THREADS: Final = 32
_SHARE_OF_RESOURCE: Final = 0.001
_ASKED: Final = frozenset({"search", "near", "within", "erase", "states"})


def resource_of(node: str) -> str:
    """Return the resource that keeps a machine's actor on it; `ray start` announces it."""
    return f"staydown_{node}"


def join_ray(address: str, *, own_ip: str | None = None) -> None:
    """
    Have this process drive Ray. No code and no setting travels: machines have their own.

    Ray ends a process that drives it where its head stays away, so that must be no server.

    Args:
        address: Of Ray's head, ``host:port``.

        own_ip: Of this machine, as the others see it; None lets Ray choose.

    Raises:
        ConnectionError, RuntimeError, ValueError: As Ray says, if it cannot be joined.
    """
    ray.init(
        address=address,
        namespace=NAMESPACE,
        log_to_driver=False,
        logging_level=logging.WARNING,
        configure_logging=False,
        **({} if own_ip is None else {"_node_ip_address": own_ip}),
    )


def nodes_alive() -> list[str]:
    """Name the machines Ray knows to be alive."""
    prefix = resource_of("")
    return sorted(
        name.removeprefix(prefix)
        for one in ray.nodes()
        if one["Alive"]
        for name in one["Resources"]
        if name.startswith(prefix)
    )


class _Refused:
    """What an actor answers instead of raising: an error of ours crosses no process boundary whole."""

    def __init__(self, why: str) -> None:
        self.why = why


class _Actor:
    """A machine's holder inside its Ray process."""

    def __init__(self, home: Home, node: str) -> None:
        self._holder = Holder(home, node)

    def ask(self, method: str, *arguments: Any) -> Any:  # noqa: ANN401  (a method of `Holder`)
        """Call a method of the holder; return `_Refused` where it refuses."""
        if method not in _ASKED:
            return _Refused(f"{method} is no question")
        try:
            return getattr(self._holder, method)(*arguments)
        except IndexStoreError as error:
            return _Refused(f"{type(error).__name__}: {error}")


class RayHolders:
    """
    Machines of a cluster, reached through Ray; used in one event loop.

    Args:
        home: What holders are built from.

        address: Of Ray's head, ``host:port``.

        own_ip: Of this machine, as the others see it; None lets Ray choose.
    """

    def __init__(self, home: Home, address: str, *, own_ip: str | None = None) -> None:
        self._home = home
        self._actors: dict[str, Any] = {}
        join_ray(address, own_ip=own_ip)

    @property
    def nodes(self) -> list[str]:
        """Name the machines that have an actor of this process."""
        return list(self._actors)

    def ensure(self, nodes: Iterable[str]) -> None:
        """Have an actor on each of these machines; one that is not there yet starts once its machine is."""
        for node in nodes:
            if node not in self._actors:
                made: Any = ray.remote(_Actor)
                self._actors[node] = made.options(
                    name=f"holder-{node}",
                    namespace=NAMESPACE,
                    get_if_exists=True,
                    lifetime="detached",
                    num_cpus=0,
                    resources={resource_of(node): _SHARE_OF_RESOURCE},
                    max_concurrency=_ACTOR_THREADS,
                    max_restarts=-1,
                    max_task_retries=0,
                ).remote(self._home, node)

    def retire(self, nodes: Iterable[str]) -> None:
        """End the actors of machines that hold nothing any more."""
        for node in nodes:
            actor = self._actors.pop(node, None)
            if actor is not None:
                ray.kill(actor)

    async def ask(self, node: str, method: str, *arguments: Any) -> Any:  # noqa: ANN401
        """
        Call a method of the holder on a machine.

        Raises:
            HolderLostError: If it does not answer, or refuses.
        """
        actor = self._actors.get(node)
        if actor is None:
            raise HolderLostError(f"{node} is no machine of this cluster yet")
        try:
            answer = await asyncio.wrap_future(actor.ask.remote(method, *arguments).future())
        except RayError as error:
            raise HolderLostError(f"{node} does not answer: {type(error).__name__}") from error
        if isinstance(answer, _Refused):
            raise HolderLostError(f"{node} refuses: {answer.why}")
        return answer
