"""
Millions of references at once: rows and segments written as the service itself would have left them.

A first takedown is made by the handlers. Those that are asked for are copies of its rows, each with one reference of
its own; the others belong to takedowns of 10,000 references, as an imported list would. Every reference is an item of
the record and a row of one sealed segment, so the index can be rebuilt from the record and nothing is missing that a
question reads. The log's rows of them are left out: no follower reads what is sealed.

Invariant: a folder is either whole or made anew; `ready.json` is written last.
"""

import json
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from sqlalchemy import update

from api.bootstrap import open_service, prepare_data
from api.security.keys import KeyTerms, create_key
from api.service import Service
from api.settings import Settings
from benchmarks.search.codes import random_codes
from benchmarks.service.deciding import ACTOR, settings_for, uphold_signal
from benchmarks.serving.records import Template, write_takedowns
from casework.domain.actor import Role
from casework.domain.media import Collection
from casework.persistence import tables
from casework.persistence.connection.database import open_database
from index.base import Codes, ItemIds
from index.collections.folder import LOCAL_FOLDER
from index.hashes.kind import HashKind
from index.hashes.rows import HashRows
from index.storage.manifest import replace_manifest
from index.storage.segment import write_segment
from index.storage.snapshot import SEGMENTS
from index.storage.upkeep import folder_locked, readable_manifest

TAKEDOWNS = 20_000
"""Takedowns with one reference each, which are asked for."""

_SIGNAL = "pdq/1"
_READY = "ready.json"
_PEOPLE = 8


@dataclass(frozen=True, slots=True, eq=False)
class Bank:
    """
    A folder with its references.

    Args:
        settings: Of the folder.

        keys: Of admins that are trusted: who reports must not be who decides.

        banked: uint8, shape (n, 32): the values of takedowns that are asked for.

        codes: uint8, shape (references, 32): all values.
    """

    settings: Settings
    keys: tuple[str, ...]
    banked: Codes
    codes: Codes

    @property
    def references(self) -> int:
        """How many values there are in all."""
        return len(self.codes)


def open_bank(
    folder: Path, database_url: str, *, references: int, seed: int, progress: Callable[[str], None], **others: object
) -> Bank:
    """
    Prepare a folder with so many references, or take it as an earlier run left it.

    Args:
        folder: A folder of its own for this number, seed and database.

        database_url: An empty database if the folder is new; empty for SQLite in the folder.

        references: How many PDQ values, uniform bits.

        seed: Decides them.

        progress: Told what is done.

        others: Further settings.
    """
    settings = settings_for(folder, database_url, **others)
    codes = random_codes(references, seed)
    if not is_prepared(folder):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True)
        prepare_data(settings)
        made = _fill(settings, codes, progress)
        (folder / _READY).write_text(json.dumps({"references": references, "seed": seed, "keys": made}))
    prepare_data(settings)
    keys = tuple(json.loads((folder / _READY).read_text())["keys"])
    return Bank(settings, keys, codes[:TAKEDOWNS], codes)


def is_prepared(folder: Path) -> bool:
    """Tell whether an earlier run left a whole folder there."""
    return (folder / _READY).is_file()


def _fill(settings: Settings, codes: Codes, progress: Callable[[str], None]) -> list[str]:
    progress("a first takedown")
    with open_service(settings) as service:
        decided = uphold_signal(service, secrets.token_bytes(32))
        assert decided.takedown_id is not None
        keys = _make_keys(service)
        seq = service.replica.version(Collection.TAKEDOWNS) + len(codes)
    engine = open_database(settings.url)
    try:
        with engine.connect() as connection, connection.begin():
            template = Template(connection, decided.takedown_id)
        item_ids = np.arange(1, len(codes) + 1, dtype=np.int64) + template.last_item
        for written in write_takedowns(engine, template, codes, item_ids, single=min(TAKEDOWNS, len(codes))):
            progress(f"{written:,} of {len(codes):,} references in the record")
        progress(f"{len(codes):,} references in the index")
        _seal(settings, codes, item_ids, seq)
        with engine.connect() as connection, connection.begin():
            counters = tables.index_counters
            of_takedowns = counters.c.collection == Collection.TAKEDOWNS.value
            connection.execute(update(counters).where(of_takedowns).values(seq=seq))
    finally:
        engine.dispose()
    return keys


def _make_keys(service: Service) -> list[str]:
    terms = [KeyTerms(f"benchmark {number}", Role.ADMIN, trusted=True) for number in range(_PEOPLE)]
    with service.writing() as uow:
        return [create_key(uow, one, actor=ACTOR).key for one in terms]


def _seal(settings: Settings, codes: Codes, item_ids: ItemIds, seq: int) -> None:
    """Write one segment beside the first takedown's, and say in both kinds of part that the log is followed so far."""
    folder = settings.index_folder / Collection.TAKEDOWNS.value
    with open_service(settings) as service:
        service.replica.catch_up()
        service.indexes[Collection.TAKEDOWNS].seal()
    kind = HashKind(settings.index_backend)
    for each in (folder, folder / LOCAL_FOLDER):
        with folder_locked(each, "benchmark", wait=True):
            old = readable_manifest(each)
            refs = old.segments
            if each == folder:
                refs = (*refs, write_segment(kind, each / SEGMENTS, {_SIGNAL: HashRows(codes, item_ids)}))
            new = replace(old, generation=old.generation + 1, applied_seq=seq, segments=refs)
            replace_manifest(each, new)
