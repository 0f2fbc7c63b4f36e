"""
How a radius is shared out among the chunks, and when a scan is the better search.

A code is 16 chunks of 16 bits, read as big-endian words and arranged in a ring (`RING_STEP`). A chunk may differ from
the query's in `caps[c] - 1` bits, where the caps sum to radius + 1. Then two facts hold for a code within the radius:

    pigeonhole     some chunk differs in at most caps[c] - 1 bits, or the distance would be radius + 1 at least;
    pigeonring     some such chunk c, together with its successor s on the ring, differs in at most
                   caps[c] + caps[s] - 1 bits (cycle lemma: the excesses d - cap sum below zero, so the ring has a
                   start from which every partial sum is below zero. Qin and Xiao, "Pigeonring", PVLDB 12(1), 2018).

The first says which buckets to look into: radius 31 gives every chunk a cap of 2, so 16 × 17 = 272 buckets. The second
rejects 99.7 % of what lies in them from the successor's 16 bits alone, which the tables keep for each entry.

Why T = 16 chunks for every N. The textbook choice balances T·C(b,≤f) probes against T·C(b,≤f)·N/2^b candidates, each of
which costs a random read of its code; that gives T = 11..13 at 10 million. With the successors' bits stored in bucket
order an entry costs 2 bytes of a sequential read and a thirty-second of an instruction, so few long buckets beat
many short ones, and the offsets (4 MB) stay in the processor's cache. 16 bits are also what a vector lane holds. So N
and the radius decide only f, chunk by chunk (`caps_for`), and whether to use the tables at all (`tables_pay`).

Real PDQ bits are neither balanced nor independent. Codes drawn with the means and correlations of 3,600 photos cost
1.4 times the candidates of uniform ones and 1.07 times the time (3 million codes, radius 31): chunks stay as they come.
"""

from functools import cache

import numpy as np
import numpy.typing as npt

CHUNKS = 16
CHUNK_BITS = 16
CODE_BYTES = CHUNKS * CHUNK_BITS // 8
"""The one width the kernels are compiled for."""

BUCKETS = 1 << CHUNK_BITS
RING_STEP = 5
"""
Chunk c is followed by (c + RING_STEP) mod 16. Any odd step makes one ring; PDQ's neighbouring chunks are neighbouring
rows of one spectrum and agree too often: at step 5 a pair of 3,600 real photos passes the test 0.6 times as often.
"""

LARGEST_CAP = 4
MAX_TABLE_RADIUS = CHUNKS * LARGEST_CAP - 1

_VALUES = np.arange(BUCKETS, dtype=np.uint32)
_WEIGHTS = np.bitwise_count(_VALUES)

FLIPS: npt.NDArray[np.uint16] = _VALUES[np.argsort(_WEIGHTS, kind="stable")][:697].astype(np.uint16)
"""The patterns of up to 3 flipped bits of a chunk, fewest first."""
FLIP_ENDS: npt.NDArray[np.int64] = np.cumsum(np.bincount(_WEIGHTS))[:LARGEST_CAP].astype(np.int64)
"""How many patterns flip at most 0, 1, 2, 3 bits: 1, 17, 137, 697."""

PROBE_NS = 25.0
ENTRY_NS = 0.15
CANDIDATE_NS = 40.0
SCAN_NS = 0.7


@cache
def caps_for(radius: int) -> npt.NDArray[np.int64]:
    """
    Share radius + 1 out among the chunks as evenly as it goes.

    Returns:
        int64, shape (16,), read-only. A chunk of cap 0 is not probed.
    """
    caps = np.full(CHUNKS, (radius + 1) // CHUNKS, np.int64)
    caps[: (radius + 1) % CHUNKS] += 1
    caps.flags.writeable = False
    return caps


@cache
def tables_pay(row_count: int, radius: int) -> bool:
    """
    Say whether probing the tables beats scanning the codes.

    The model: probes, entries and candidates of uniform codes at the times measured on one core (AMD EPYC, 10 million
    codes), against a scan from cache. At radius 31 the tables win from 10,000 codes on, at 47 from 90,000, at 63 from
    700,000.
    """
    if radius > MAX_TABLE_RADIUS:
        return False
    return table_search_ns(row_count, radius) < SCAN_NS * row_count


def table_search_ns(row_count: int, radius: int) -> float:
    """Estimate what one query through the tables takes."""
    caps = caps_for(radius)
    probes = float(FLIP_ENDS[caps[caps > 0] - 1].sum())
    entries = probes * row_count / BUCKETS
    # Nearly all buckets are looked into at the most flips, which leaves the successor one flip more.
    passing = entries * float((caps.max() >= _WEIGHTS).mean())
    return PROBE_NS * probes + ENTRY_NS * entries + CANDIDATE_NS * passing
