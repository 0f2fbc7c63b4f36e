"""
What the command and the process that drives Ray for it tell each other, over a socket that no other process has.

    command  ──►  Begin, then FileToHash …, as many at a time as it likes
    driving  ──►  for each file Hashed or GivenUp; LeftOut of a machine; Broken as the last, if it cannot go on

Invariant: each file that was sent is answered once, whatever becomes of the machines, or the process has ended.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from matcher.hashing.features import Features


@dataclass(frozen=True, slots=True)
class Probe:
    """
    A file that every machine has to see as this one does, before it is given any.

    Args:
        name: Of it.

        size_bytes: As it is here.
    """

    name: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Terms:
    """
    How files are hashed, the same on every machine: no secret, and nothing that is the machine's own affair.

    Args:
        settings: What may be taken and what is taken of it, by the names of settings.

        features: Which local features are taken.

        walls: Names of the walls that stand around decoding here, and so have to there.

        place: Where the library is, on every machine.

        probes: Files to look at first.
    """

    settings: Mapping[str, object]
    features: Features
    walls: tuple[str, ...]
    place: str
    probes: tuple[Probe, ...]


@dataclass(frozen=True, slots=True)
class FileToHash:
    """
    A file.

    Args:
        number: Tells it from all others of this run.

        name: Of it, in the library.
    """

    number: int
    name: str


@dataclass(frozen=True, slots=True)
class Begin:
    """
    What is sent first.

    Args:
        address: Of Ray's head, ``host:port``.

        own_ip: Of this machine, as the others see it; None lets Ray choose.

        terms: How files are hashed.
    """

    address: str
    own_ip: str | None
    terms: Terms


@dataclass(frozen=True, slots=True)
class Hashed:
    """
    What a machine made of a file.

    Args:
        number: Of the file.

        node: The machine's name.

        answer: Pickled: a `HashedMedia`, or a text that says why it cannot be hashed.
    """

    number: int
    node: str
    answer: bytes


@dataclass(frozen=True, slots=True)
class GivenUp:
    """
    A file that no machine lived to answer about.

    Args:
        number: Of the file.

        why: For whoever runs the command.
    """

    number: int
    why: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """
    A machine that is given no more files.

    Args:
        node: Its name.

        why: For whoever runs the command.
    """

    node: str
    why: str


@dataclass(frozen=True, slots=True)
class Broken:
    """
    Nothing more will be hashed.

    Args:
        why: For whoever runs the command.
    """

    why: str


Told: TypeAlias = Hashed | GivenUp | LeftOut | Broken
