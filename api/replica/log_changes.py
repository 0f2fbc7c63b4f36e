"""A row of the log, as the index sees it."""

from casework.persistence.index_log.reading import LogRow
from index.changes import Add, Change, Remove


def change_of(row: LogRow) -> Change:
    """
    Read a change.

    What was erased since it was added is passed over as a removal: its own comes later in the log, and may come twice.
    """
    seq, item_id, signal_type = row["seq"], row["item_id"], row["signal_type"]
    if row["op"] == "add" and row["value"] is not None:
        return Add(seq=seq, item_id=item_id, signal_type=signal_type, value=row["value"])
    return Remove(seq=seq, item_id=item_id, signal_type=signal_type)
