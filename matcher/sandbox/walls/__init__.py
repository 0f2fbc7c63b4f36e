"""
The walls around a process that decodes what strangers sent, in the order in which they are raised.

A wall stays where it is until the process ends; one that this machine does not have is named with the reason, and the
next holds. Each is tried once it is raised: what is said to stand was seen to refuse.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from matcher.sandbox.walls.files import FILES
from matcher.sandbox.walls.layer import Layer, MissingLayerError
from matcher.sandbox.walls.limits import Allowance, limits
from matcher.sandbox.walls.network import NETWORK
from matcher.sandbox.walls.privileges import PRIVILEGES
from matcher.sandbox.walls.syscalls import SYSCALLS
from matcher.sandbox.walls.user import USER


@dataclass(frozen=True, slots=True)
class Walls:
    """
    What stands around a worker.

    Args:
        layers: Names of the walls that stand, in the order of the table.

        missing: Of those that do not: why, by name.
    """

    layers: tuple[str, ...] = ()
    missing: Mapping[str, str] = field(default_factory=dict)

    def __add__(self, later: "Walls") -> "Walls":
        """Return what stands after more were raised."""
        return Walls(self.layers + later.layers, {**self.missing, **later.missing})

    @property
    def lacking(self) -> tuple[str, ...]:
        """Names of the missing walls that no other stands in for."""
        return tuple(name for name in NEEDED if name not in self.layers)


def before_loading() -> tuple[Layer, ...]:
    """Return the walls that libraries can be loaded behind."""
    return (NETWORK,)


def before_strangers(allowance: Allowance) -> tuple[Layer, ...]:
    """Return those that are raised once everything is loaded, before the first byte of a stranger's."""
    become = (USER,) if os.geteuid() == 0 else ()
    return (*become, limits(allowance), PRIVILEGES, FILES, SYSCALLS)


def raise_walls(layers: Iterable[Layer]) -> Walls:
    """Raise each, try it, and say which stand."""
    standing: list[str] = []
    missing: dict[str, str] = {}
    for layer in layers:
        try:
            layer.raise_wall()
            if not layer.stands():
                raise MissingLayerError("it was raised, and what it forbids was not refused")
        except MissingLayerError as error:
            missing[layer.name] = str(error)
        except (OSError, ValueError) as error:
            missing[layer.name] = f"{type(error).__name__}: {error}"
        else:
            standing.append(layer.name)
    return Walls(tuple(standing), missing)


_ALL = (*before_loading(), USER, limits(Allowance(0, 0)), PRIVILEGES, FILES, SYSCALLS)
NEEDED = tuple(layer.name for layer in _ALL if layer.needed)
"""The walls that `STAYDOWN_SANDBOX=required` does not start without."""
