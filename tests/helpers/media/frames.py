"""Frames of videos as hashes alone: random codes stand for pictures that look unlike."""

import numpy as np

from matcher.signals.video import ROW, VideoFrames


def frames(codes, times, until=None, quality=100):
    """Return frames with the given codes, appearing at the given seconds, each until the next."""
    rows = np.zeros(len(codes), ROW)
    rows["time_ms"] = np.rint(np.asarray(times) * 1000)
    rows["until_ms"] = np.rint(np.asarray(until if until is not None else [*times[1:], times[-1] + 1]) * 1000)
    rows["pdq"], rows["quality"] = codes, quality
    return VideoFrames(rows)


def codes(count, seed=0):
    """Return codes that have nothing to do with each other."""
    return np.random.default_rng(seed).integers(0, 256, (count, 32), np.uint8)


def noisy(values, bits, seed=11):
    """Return codes with that many bits of each turned over."""
    changed, random = np.unpackbits(values, axis=1), np.random.default_rng(seed)
    for row in changed:
        row[random.choice(256, bits, replace=False)] ^= 1
    return np.packbits(changed, axis=1)
