"""
What the model of a cluster takes for granted: each a number with a unit and where it is from, each an option.

Invariant: nothing the model did not measure in its own run is a number anywhere else. What was measured once, with
`--ray`, says in which file; what nobody measured says that it is assumed.
"""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from index.cluster.asking import HEDGE_S


@dataclass(frozen=True, slots=True)
class Assumption:
    """
    One number.

    Args:
        value: In `unit`.

        unit: What it counts.

        source: Where it is from, or that it is assumed.

        most: It may not be larger than this.
    """

    value: float
    unit: str
    source: str
    most: float = float("inf")


ASSUMPTIONS: Final[dict[str, Assumption]] = {
    "cores": Assumption(32, "cores a machine", "assumed: a common size"),
    "memory_gb": Assumption(256, "GB of memory a machine", "assumed: a common size"),
    "disk_gb": Assumption(4_000, "GB of NVMe a machine", "assumed: a common size"),
    "disk_gb_per_s": Assumption(3, "GB/s read from NVMe at random, 4 KB and more", "assumed: data sheets say 3 to 7"),
    "price_per_hour": Assumption(2, "money a machine and hour", "assumed; no provider's list was asked"),
    "replicas": Assumption(2, "replicas of each slot, on different machines", "the least that survives a machine"),
    "memory_used": Assumption(0.8, "share of memory or disk that data may fill", "assumed", most=1),
    "busy": Assumption(0.5, "share of the cores that are busy", "assumed: room for a lost machine", most=0.95),
    "network_ms": Assumption(0.5, "ms there and back between two machines", "assumed: one data centre; never measured"),
    "hop_p50_ms": Assumption(0.65, "ms, client to gateway to machine and back, median", "a call to a Ray actor, quiet"),
    "hop_p99_ms": Assumption(3.3, "the same, 99th percentile", "a call to a Ray actor, quiet"),
    "gateway_ms": Assumption(0.75, "processor ms of the gateway for each machine asked", "680 questions/s, 2 machines"),
    "hedge_ms": Assumption(1000 * HEDGE_S, "ms after which the other replica is asked, too", "index/cluster/asking.py"),
    "together": Assumption(100, "questions by one hash that wait together and are asked as one", "assumed, under load"),
}
"""Name on the command line, without dashes → what it is."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Offer each assumption as an option."""
    group = parser.add_argument_group("what is taken for granted")
    for name, each in ASSUMPTIONS.items():
        group.add_argument(
            f"--{name.replace('_', '-')}", type=float, metavar="NUMBER",
            help=f"{each.unit} ({each.value:g}; {each.source})",
        )  # fmt: skip


def chosen(parser: argparse.ArgumentParser, options: argparse.Namespace) -> dict[str, Assumption]:
    """Return the assumptions with what the command line says instead; an odd number ends the program."""
    found = {}
    for name, each in ASSUMPTIONS.items():
        given = getattr(options, name)
        if given is not None and not 0 < given <= each.most and not (given == 0 and name == "network_ms"):
            parser.error(f"--{name.replace('_', '-')} is {given:g}; it has to be above 0 and at most {each.most:g}")
        found[name] = each if given is None else replace(each, value=given, source="the command line")
    return found


def values(assumptions: Mapping[str, Assumption]) -> dict[str, float]:
    """Return the numbers alone."""
    return {name: each.value for name, each in assumptions.items()}
