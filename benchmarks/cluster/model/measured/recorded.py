"""
How wrong the fitted costs are at sizes that were run before: 10 and 100 million hashes, 100,000 references.

They were run on another day, one bank asked again and again: its caches are full of it, where the model's are
empty. So the model should say rather more, and how much more is told.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from benchmarks.cluster.model.costs import FeatureCosts, HashCosts
from benchmarks.cluster.model.work import shards

_RESULTS: Final = Path(__file__).parents[3] / "results"
HASHES: Final = "2026-11-21/scale.json"
REFERENCES: Final = "2026-11-21/local-scale.json"
_FROM_HASHES: Final = 1_000_000
_FROM_REFERENCES: Final = 10_000


def recorded_errors(hashes: HashCosts | None, references: FeatureCosts | None) -> list[dict[str, Any]]:
    """
    Compare with what was recorded.

    Returns:
        Of each size ``what``, ``source``, ``measured_ms``, ``model_ms``, ``error`` (model over measured, less 1).
    """
    found = []
    if hashes is not None:
        found += [_told(*one, HASHES) for one in _hashes(hashes)]
    if references is not None:
        found += [_told(*one, REFERENCES) for one in _references(references)]
    return found


def _hashes(costs: HashCosts) -> Iterator[tuple[str, float, float]]:
    for point in json.loads((_RESULTS / HASHES).read_text())["points"]:
        count, ours = point["hashes"], next(row for row in point["contestants"] if row["name"] == "staydown")
        if count >= _FROM_HASHES:
            held = count, shards(count, 1)
            yield f"one hash among {count:,}", ours["hit_p50_ms"], costs.one_ms(*held)
            yield f"a hash of many at once, among {count:,}", 1000 / ours["batch_per_s"], costs.among_ms(*held)


def _references(costs: FeatureCosts) -> Iterator[tuple[str, float, float]]:
    for row in json.loads((_RESULTS / REFERENCES).read_text())["rows"]:
        if row["references"] >= _FROM_REFERENCES:
            model = costs.machine_ms(row["references"], 1, 1.0, finer=False) + costs.server_ms
            yield f"a picture among {row['references']:,} references", row["search_p50_ms"], model


def _told(what: str, measured_ms: float, model_ms: float, source: str) -> dict[str, Any]:
    error = model_ms / measured_ms - 1
    return {"what": what, "source": source, "measured_ms": measured_ms, "model_ms": model_ms, "error": error}
