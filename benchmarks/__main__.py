"""
`python -m benchmarks NAME [options]`: the one table of benchmarks, each a module with a `main(argv)`.

Invariant: a benchmark is imported only when it is asked for, so that one need not pay for what another imports.
"""

import importlib
import sys
from collections.abc import Sequence

from api.logs import configure_logs

BENCHMARKS: dict[str, tuple[str, str]] = {
    "search": (
        "benchmarks.search.search",
        "exact search against other exact and approximate indexes, side by side",
    ),
    "robustness": (
        "benchmarks.copies.robustness",
        "which edited copies are found, by ours and by other matchers, and what is found wrongly",
    ),
    "attacks": (
        "benchmarks.copies.attacked",
        "which copies are found of somebody who has the code and does not want them to be",
    ),
    "local_scale": (
        "benchmarks.copies.scale",
        "how long a deep query takes as the bank of local features grows",
    ),
    "list_recall": (
        "benchmarks.copies.list_recall",
        "how much of what is near is in the lists that are probed, by how many lists there are",
    ),
    "local_lookback": (
        "benchmarks.copies.lookback",
        "which earlier uploads a look-back finds from stored local features alone",
    ),
    "clip_lookback": (
        "benchmarks.video.lookback",
        "which earlier edited clips a look-back finds from the scenes kept of uploads",
    ),
    "calibrate": (
        "benchmarks.copies.calibrate",
        "the operating points of local features, fitted on one half of the photos, reported on the other",
    ),
    "poisoning": (
        "benchmarks.copies.poisoning",
        "whom a takedown harms whose picture has a part in common with many, and what was foreseen",
    ),
    "serving": (
        "benchmarks.serving.serving",
        "questions a second over HTTP, beside a route that answers a constant and the peer's way",
    ),
    "hashing": (
        "benchmarks.hashing.hashing",
        "how long pictures and videos take to be decoded and hashed, by format and size, beside others",
    ),
    "freshness": (
        "benchmarks.service.freshness",
        "from an upheld decision to the first answer that knows it, here and in another process",
    ),
    "propagation": (
        "benchmarks.service.propagation",
        "from a decision to the last destination's receipt; throughput; after an outage",
    ),
    "registering": (
        "benchmarks.service.registering",
        "how many uploads a second are registered and matched when their signals are given",
    ),
    "slots": (
        "benchmarks.service.slots",
        "how many transactions a second register uploads, by the slots that their log lies in",
    ),
    "record_log": (
        "benchmarks.service.record_log",
        "how large pictures with local features lie in the record, and how fast its log is written, read and followed",
    ),
    "importing": (
        "benchmarks.service.importing",
        "how long a list of others takes to be taken over, and to be passed over once it is known",
    ),
    "many_cases": (
        "benchmarks.service.many_cases",
        "how long lists, groups and one decision about 500 cases take where 10,000 are open",
    ),
    "oracle": (
        "benchmarks.service.attacks.oracle",
        "how much of a banked hash an untrusted key finds out by 10,000 questions",
    ),
    "lookback": (
        "benchmarks.service.lookback",
        "from a decision to its last hit among a million uploads, and what others wait for meanwhile",
    ),
    "large_lookback": (
        "benchmarks.looking_back.large_lookback",
        "from a decision to its first cases among millions of uploads with local features in slots",
    ),
    "abuse": (
        "benchmarks.service.attacks.abuse",
        "what innocent clients notice while others attack: animations, hostile files, abuse without a key",
    ),
    "soak": (
        "benchmarks.service.soak",
        "whether memory or descriptors of a server grow under mixed load",
    ),
    "video": (
        "benchmarks.video.video",
        "which edited clips are found, where in time, and how fast videos are hashed",
    ),
    "video_speed": (
        "benchmarks.video.speed",
        "how fast videos are hashed and in how much memory, by size, encoder and distance of keyframes",
    ),
    "cluster": (
        "benchmarks.cluster.cluster",
        "uploads on several machines beside one process: right while machines are killed, how fast, how soon back",
    ),
    "cluster_model": (
        "benchmarks.cluster.model.model",
        "what a cluster larger than any that was run would take: machines, memory, latency, price, and the error",
    ),
    "scale": (
        "benchmarks.search.scale",
        "the growth curve of the exact index, 10^4 to 10^8 hashes",
    ),
}
"""Name → the module that measures, and what it measures."""


def main(argv: Sequence[str]) -> int:
    """
    Run one benchmark.

    Args:
        argv: Its name, then its options.

    Returns:
        The exit status: 0, or 2 for a name that is not in the table.
    """
    name, *options = argv or ["--help"]
    if name not in BENCHMARKS:
        asked = name in ("-h", "--help")
        lines = [f"  {known:14} {what}" for known, (_, what) in BENCHMARKS.items()]
        usage = "\n".join(["usage: python -m benchmarks NAME [options]", *lines, "NAME --help lists its options."])
        print(usage if asked else f"there is no benchmark {name!r}\n{usage}", file=sys.stdout if asked else sys.stderr)
        return 0 if asked else 2
    configure_logs("console")  # on standard error, so that results can be piped
    return int(importlib.import_module(BENCHMARKS[name][0]).main(options))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
