"""
Hostile bytes made from good ones: what a seed of random numbers does to a file, the same each time.

Each mutation is one that broke a parser somewhere: a cut, a run of one byte, a number at its limits, a piece of the
file repeated, moved, or taken from another file.
"""

import random
from collections.abc import Callable, Sequence

Mutation = Callable[[bytearray, random.Random, Sequence[bytes]], None]

_EDGES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 2**63 - 1, 2**64 - 1)
_MOST_MUTATIONS = 6
_HEAD_BYTES = 512
"""Half of all mutations hit the first bytes, where formats keep their sizes."""


def mutated(seeds: Sequence[bytes], rng: random.Random) -> bytes:
    """
    Return one of the seeds, changed in one to six places.

    Args:
        seeds: At least one, not empty.

        rng: Decides all of it.
    """
    data = bytearray(rng.choice(seeds))
    for _ in range(rng.randint(1, _MOST_MUTATIONS)):
        if not data:
            break
        rng.choice(MUTATIONS)(data, rng, seeds)
    return bytes(data)


def _flip_bits(data: bytearray, rng: random.Random, _: Sequence[bytes]) -> None:
    for _ in range(rng.randint(1, 8)):
        data[_place(data, rng)] ^= 1 << rng.randrange(8)


def _write_an_edge(data: bytearray, rng: random.Random, _: Sequence[bytes]) -> None:
    width = rng.choice((1, 2, 4, 8))
    value = rng.choice(_EDGES) & ((1 << 8 * width) - 1)
    at = _place(data, rng)
    data[at : at + width] = value.to_bytes(width, rng.choice(("big", "little")))


def _cut(data: bytearray, rng: random.Random, _: Sequence[bytes]) -> None:
    del data[_place(data, rng) :]


def _drop(data: bytearray, rng: random.Random, _: Sequence[bytes]) -> None:
    at = _place(data, rng)
    del data[at : at + rng.randint(1, 64)]


def _repeat(data: bytearray, rng: random.Random, _: Sequence[bytes]) -> None:
    at = _place(data, rng)
    piece = data[at : at + rng.randint(1, 256)]
    data[at:at] = piece * rng.randint(1, 16)


def _fill(data: bytearray, rng: random.Random, _: Sequence[bytes]) -> None:
    at = _place(data, rng)
    data[at : at + rng.randint(1, 128)] = bytes([rng.randrange(256)]) * rng.randint(1, 128)


def _splice(data: bytearray, rng: random.Random, seeds: Sequence[bytes]) -> None:
    other = rng.choice(seeds)
    at = _place(data, rng)
    data[at:] = other[rng.randrange(len(other)) :]


def _swap(data: bytearray, rng: random.Random, _: Sequence[bytes]) -> None:
    length = rng.randint(1, 64)
    here, there = sorted((_place(data, rng), _place(data, rng)))
    if here + length <= there and there + length <= len(data):
        data[here : here + length], data[there : there + length] = (
            data[there : there + length],
            data[here : here + length],
        )


def _place(data: bytearray, rng: random.Random) -> int:
    return rng.randrange(min(len(data), _HEAD_BYTES) if rng.random() < 0.5 else len(data))


MUTATIONS: tuple[Mutation, ...] = (_flip_bits, _write_an_edge, _cut, _drop, _repeat, _fill, _splice, _swap)
