"""
The record: every table there is, by subject.

Invariant: the index, the console and every answer can be rebuilt from these rows. `index_changes`, `outbox` and
`audit_log` are append-only; `decisions` change state but keep what was decided. `deliveries` is the ledger: a line is
added with its event and only ever gains attempts and receipts.

Who may use it: the repositories beside it and the migrations; nobody else writes SQL.
"""

from casework.persistence.tables.base import Sealed, SealedBytes, UtcDateTime, metadata
from casework.persistence.tables.cases import appeals, case_handles, case_messages, cases, decisions, protected, reports
from casework.persistence.tables.cluster import cluster_replicas, cluster_stored
from casework.persistence.tables.erasures import erasures
from casework.persistence.tables.exchanging.exchanges import exchange_records, exchange_sendings, exchanges
from casework.persistence.tables.exchanging.hash_lists import hash_list_entries, hash_lists
from casework.persistence.tables.media import media, media_views, previews, signals, variants
from casework.persistence.tables.operations import (
    api_keys,
    audit_end,
    audit_log,
    encryption_keys,
    idempotency,
    jobs,
)
from casework.persistence.tables.people import people, sessions
from casework.persistence.tables.propagation import deliveries, destinations, outbox
from casework.persistence.tables.quality import blind_looks, known_pair_drawings, known_pairs
from casework.persistence.tables.takedowns import (
    changed_records,
    common_parts,
    index_changes,
    index_counters,
    index_slots,
    items,
    takedown_references,
    takedowns,
)
from casework.persistence.tables.uploads import lookbacks, matches, unfinished_searches, uploads

__all__ = [
    "Sealed",
    "SealedBytes",
    "UtcDateTime",
    "api_keys",
    "appeals",
    "audit_end",
    "audit_log",
    "blind_looks",
    "case_handles",
    "case_messages",
    "cases",
    "changed_records",
    "cluster_replicas",
    "cluster_stored",
    "common_parts",
    "decisions",
    "deliveries",
    "destinations",
    "encryption_keys",
    "erasures",
    "exchange_records",
    "exchange_sendings",
    "exchanges",
    "hash_list_entries",
    "hash_lists",
    "idempotency",
    "index_changes",
    "index_counters",
    "index_slots",
    "items",
    "jobs",
    "known_pair_drawings",
    "known_pairs",
    "lookbacks",
    "matches",
    "media",
    "media_views",
    "metadata",
    "outbox",
    "people",
    "previews",
    "protected",
    "reports",
    "sessions",
    "signals",
    "takedown_references",
    "takedowns",
    "unfinished_searches",
    "uploads",
    "variants",
]
