"""
Makes the frozen index of the current format: `python -m tests.golden.make_index`.

Run it only for a new format version, into a new folder; an old folder is never made again, because it stands for the
files that are already out there. Beside the index lies the log it was made from, in plain hex.

    index_format_<n>/log.json   [[seq, "add", item id, type, hex] | [seq, "remove", item id, type], …]
    index_format_<n>/index/     a segment of every backend there was, with tombstones
"""

import json
from pathlib import Path

from index.changes import Add, Change, Remove
from index.hashes.backends import INDEX_BACKENDS
from index.hashes.kind import HashCollection, HashKind
from index.storage.manifest import MANIFEST_FORMAT_VERSION
from tests.index.oracle import Log, seeded_log

GOLDEN = Path(__file__).parent


def read_log(folder: Path) -> Log:
    """Read a frozen log."""
    changes: list[Change] = []
    for seq, op, item_id, signal_type, *value in json.loads((folder / "log.json").read_text()):
        if op == "add":
            changes.append(Add(seq, item_id, signal_type, bytes.fromhex(value[0])))
        else:
            changes.append(Remove(seq, item_id, signal_type))
    return Log(tuple(changes))


def write_log(folder: Path, log: Log) -> None:
    """Freeze a log."""
    rows = [
        [change.seq, "add", change.item_id, change.signal_type, change.value.hex()]
        if isinstance(change, Add)
        else [change.seq, "remove", change.item_id, change.signal_type]
        for change in log.changes
    ]
    (folder / "log.json").write_text("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")


def main() -> None:
    """Write the folder of the current format version."""
    folder = GOLDEN / f"index_format_{MANIFEST_FORMAT_VERSION}"
    folder.mkdir()
    log = seeded_log(1, 90, types=("pdq/1", "phash/1", "sha256/1"))
    write_log(folder, log)
    step = len(log) // len(INDEX_BACKENDS)
    for number, backend in enumerate(INDEX_BACKENDS, start=1):
        collection = HashCollection.open(folder / "index", HashKind(backend))
        collection.apply(log.changes[: number * step])
        collection.seal()
    (folder / "index" / "LOCK").unlink()


if __name__ == "__main__":
    main()
