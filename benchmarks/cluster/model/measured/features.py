"""
What it costs to rank references by local features for one picture, by how many there are and in how many slots.

The bank is filled as `benchmarks/copies/scale.py` does: real photos, and references synthesised from them. Slots are
asked as a machine of a cluster asks its own, and what they answer is counted as a server does.
"""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import faiss
import numpy as np

from benchmarks.cluster.model.fitting import Point
from benchmarks.cluster.model.measured.memory import Emptied, Memory
from benchmarks.cluster.model.work import asked, compared
from benchmarks.copies.photos import Photo
from benchmarks.copies.scale import filling, large
from index.local.nearest import nearest_rows
from index.local.part import LocalPart, NewReference
from index.local.votes import Ballot
from matcher.reading.decode import Limits, decode
from matcher.signals import local
from matcher.signals.local import LocalFeatures, QueryFeatures, extract_query, extract_reference

CANDIDATES: Final = 12
_NOTHING: Final = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class FeatureRun:
    """
    One size that was run.

    Args:
        references: In all slots.

        slots: How many.

        rows: Descriptors in all slots.

        seeds: Descriptors of a query that are looked for in a small bank, mean.

        slots_ms: Processor ms of each question in all slots together.

        server_ms: The same of counting what they answer.

        disk_bytes: Of all files, a reference.

        private_bytes: Memory that is no file's, a reference.

        found: Pictures whose own reference was named.

        of: Pictures that were asked.
    """

    references: int
    slots: int
    rows: int
    seeds: float
    slots_ms: tuple[float, ...]
    server_ms: tuple[float, ...]
    disk_bytes: float
    private_bytes: float
    found: int
    of: int

    def as_json(self) -> dict[str, Any]:
        """Return what results keep."""
        return asdict(self)

    def point(self) -> Point:
        """Return it as a point: what costs is choosing lists for each descriptor, slots, and comparing descriptors."""
        terms = asked(self.seeds, self.rows), float(self.slots), compared(self.seeds, self.rows)
        return Point(self.references, self.slots, terms, float(np.median(self.slots_ms)))


@dataclass(frozen=True, slots=True, eq=False)
class Bank:
    """
    Real references, and pictures to ask with.

    Args:
        real: The references; item n is of the n-th photo, from 1.

        queries: Item of each picture's own reference, and the picture.
    """

    real: LocalPart
    queries: tuple[tuple[int, QueryFeatures], ...]

    @classmethod
    def of(cls, photos: Sequence[Photo], *, questions: int) -> "Bank":
        """Extract references from photos, and queries from some of them, enlarged and saved again."""
        features = [LocalFeatures.from_bytes(extract_reference(photo.pixels()).to_bytes()) for photo in photos]
        real = LocalPart.build([NewReference(n, n, each) for n, each in enumerate(features, start=1)])
        chosen = range(0, len(photos), max(1, len(photos) // questions))
        return cls(real, tuple((n + 1, _query(photos[n])) for n in chosen))


def run_features(bank: Bank, references: int, slots: Sequence[int], *, seed: int) -> list[FeatureRun]:
    """Fill a bank up to so many references, deal it out to slots, once for each number of slots, and ask."""
    faiss.omp_set_num_threads(1)
    parts = [bank.real, *filling(bank.real, references - len(bank.real), seed)]
    return [_run(bank, parts, count) for count in slots]


def _run(bank: Bank, parts: Sequence[LocalPart], slots: int) -> FeatureRun:
    with TemporaryDirectory(prefix="sd-") as folder:
        for number in range(slots):
            (Path(folder) / str(number)).mkdir()
            _dealt(parts, slots, number).save(Path(folder) / str(number))
        memory = Memory.now()
        held = [LocalPart.load(Path(folder) / str(number)) for number in range(slots)]
        references, rows = sum(len(part) for part in held), sum(part.rows for part in held)
        ballots = [Ballot.of(query, bank_rows=0, limit=CANDIDATES) for _, query in bank.queries]
        asked_of = [_asked(held, item, query, rows) for item, query in bank.queries]  # once, so that all is loaded
        private = Memory.now().private_bytes - memory.private_bytes
        emptied, slots_ms, server_ms = Emptied(), list[float](), list[float]()
        for item, query in bank.queries:
            emptied.again()
            in_slots, in_server, _ = _asked(held, item, query, rows)
            slots_ms.append(in_slots)
            server_ms.append(in_server)
        return FeatureRun(
            references=references,
            slots=slots,
            rows=rows,
            seeds=float(np.mean([len(each.descriptors) for each in ballots])),
            slots_ms=tuple(slots_ms),
            server_ms=tuple(server_ms),
            disk_bytes=sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file()) / references,
            private_bytes=max(0, private) / references,
            found=sum(found for _, _, found in asked_of),
            of=len(asked_of),
        )


def _asked(held: Sequence[LocalPart], item: int, query: QueryFeatures, rows: int) -> tuple[float, float, bool]:
    """Ask; return processor ms in the slots and in the server, and whether the picture's own reference was named."""
    begun = time.thread_time_ns()
    ballot = Ballot.of(query, bank_rows=rows, limit=CANDIDATES)
    prepared = time.thread_time_ns()
    near = nearest_rows(held, _NOTHING, ballot.descriptors, ballot.count, bank_rows=rows)
    answered = time.thread_time_ns()
    candidates = ballot.counted(near)
    done = time.thread_time_ns()
    named = any(candidate.item_id == item for candidate in candidates)
    return (answered - prepared) / 1e6, (prepared - begun + done - answered) / 1e6, named


def _dealt(parts: Sequence[LocalPart], slots: int, number: int) -> LocalPart:
    """Return one slot's references, as one part."""
    items = np.concatenate([part.item_ids for part in parts])
    return LocalPart.merged(parts, np.sort(items[items % slots != number]))


def _query(photo: Photo) -> QueryFeatures:
    return extract_query(decode(large(photo.pixels()), limits=Limits(), working_side_px=local.QUERY_SIDE_PX).pixels)
