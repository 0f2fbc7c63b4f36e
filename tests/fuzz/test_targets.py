"""A small part of `make fuzz`: no hostile bytes make anything but a value or an error that says what is wrong."""

import random

import pytest

from tests.fuzz.mutations import mutated
from tests.fuzz.targets import TARGETS

INPUTS = {"picture": 40, "video": 20, "form": 60, "json": 60}
"""Where a target costs more than a function: how many inputs fit a test run."""

OTHERWISE = 300


@pytest.mark.parametrize("name", TARGETS)
def test_hostile_bytes_are_read_or_refused(name: str) -> None:
    """What is let through here is an attacker's: a crash is an outage, and an odd value is stored for ever."""
    target = TARGETS[name]
    seeds = target.seeds()
    with target.opened() as run:
        assert any(is_read(run(data)) for data in seeds), "mutations of what is refused anyway find nothing"
        for number in range(INPUTS.get(name, OTHERWISE)):
            data = mutated(seeds, random.Random(f"{name} test {number}"))
            try:
                run(data)
            except target.allowed:
                continue


def is_read(answer: object) -> bool:
    """Tell a value, or a good status, from a status that refuses."""
    return not (isinstance(answer, int) and answer >= 400)
