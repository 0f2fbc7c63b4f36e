"""
Opening the index of each collection over the record it is derived from.

Invariant: an index is never served that is ahead of the record: its segments would hold what the record never
decided. A missing or damaged one is rebuilt from the record, and the log says so.
"""

import re
import shutil
from pathlib import Path
from typing import Final

import structlog

from api.errors import SettingsError
from api.replica.sealing import sealing
from api.replica.unfit import fit_items
from api.settings import Settings
from casework.domain.media import Collection
from casework.persistence.connection.database import Database
from casework.persistence.index_log.reading import IndexLogReader, Log
from casework.persistence.index_log.slots import Layout, Slot, layout_of
from index.base import CollectionIndex, IndexOptions, SearchableIndex
from index.changes import Add, LiveItems, ReadLive
from index.collections import index_named
from index.errors import DamagedIndexError

log = structlog.get_logger()

LOG_FOLDER: Final = re.compile(r"[a-z]+(\.(?P<moves>[0-9]+)\.[0-9]{3})?")
"""Folders are named as the logs of slots are."""

_MOST_SHARES: Final = 16
"""However many slots there are, each seals no earlier than at a sixteenth: files of a few values would be many."""


def open_indexes(settings: Settings, reader: Database) -> dict[Collection, SearchableIndex]:
    """
    Open every collection.

    Raises:
        SettingsError: If an index is ahead of the record, as after a restored backup.
        MaintenanceError: If a damaged index could not be rebuilt.
        UnsupportedFormatVersionError: If a newer Staydown wrote the folder.
    """
    return {collection: open_index(settings, collection, reader) for collection in Collection}


def open_index(settings: Settings, collection: Collection, reader: Database) -> SearchableIndex:
    """Open one collection with all its slots; arguments and errors as for `open_indexes`."""
    layout, kind = layout_in(reader, collection), index_kind(settings, collection)
    if kind.is_local:
        forget_moved(settings.index_folder, layout)
    else:
        forget_local(settings.index_folder, collection)
    slots = [open_slot(settings, slot, reader) for slot in layout.slots]
    return slots[0] if len(slots) == 1 else kind.joined(slots)


def index_kind(settings: Settings, collection: Collection) -> type[CollectionIndex]:
    """Return what holds a collection: of uploads alone, other machines may."""
    return index_named(settings.upload_index if collection is Collection.UPLOADS else settings.collection_index)


def layout_in(reader: Database, collection: Collection) -> Layout:
    """Return how a collection is split, as the record has it."""
    with reader.connect() as connection, connection.begin():
        return layout_of(connection, collection)


def open_slot(settings: Settings, slot: Slot, reader: Database) -> CollectionIndex:
    """Open one slot; arguments and errors as for `open_indexes`."""
    kind, options = index_kind(settings, slot.collection), index_options(settings, slot)
    try:
        index = kind.open(options)
    except DamagedIndexError:
        with sealing(reader, settings.index_folder, slot.collection, wait=True):
            read_live = read_live_items(reader, slot)
            index = kind.open_or_rebuild(options, read_live)
    if index.rebuilt_because is not None:
        log.error("index rebuilt from the record", collection=str(slot), because=str(index.rebuilt_because))
    with reader.connect() as connection, connection.begin():
        committed = IndexLogReader(connection).version(slot)
    if index.newest_version > committed:
        message = (
            f"the index in {options.folder} is at version {index.newest_version}, the database at {committed}: it was "
            f"replaced or restored from a backup; stop every process and delete {options.folder}; it is rebuilt"
        )
        raise SettingsError(message)
    return index


def index_options(settings: Settings, slot: Slot) -> IndexOptions:
    """Return what the settings say of a slot's index."""
    return IndexOptions(
        folder=settings.index_folder / slot.log,
        backend=settings.index_backend,
        share=min(slot.of, _MOST_SHARES),
        log=slot.log,
        gateway=settings.gateway_socket,
    )


def forget_moved(folder: Path, layout: Layout) -> None:
    """
    Delete the folders of slots that a collection lay in before it was moved: they hold values, and nobody follows them.

    Raises:
        SettingsError: If there is one of slots that the record does not know, as after a restored backup.
    """
    current = {slot.log for slot in layout.slots}
    for path in sorted(folder.glob(f"{layout.collection.value}*")):
        found = LOG_FOLDER.fullmatch(path.name)
        if found is None or path.name in current:
            continue
        if int(found["moves"] or 0) >= layout.moves:
            message = (
                f"{path} is of slots that the database does not know: it was replaced or restored from a backup; "
                f"stop every process and delete {folder}; it is rebuilt"
            )
            raise SettingsError(message)
        shutil.rmtree(path)
        log.info("the index of slots that were moved is deleted", folder=path.name)


def forget_local(folder: Path, collection: Collection) -> None:
    """Delete the folders of a collection that other machines hold: they hold values, and nobody follows them."""
    for path in sorted(folder.glob(f"{collection.value}*")):
        if LOG_FOLDER.fullmatch(path.name) is not None:
            shutil.rmtree(path)
            log.info("the files of a collection that a cluster holds are deleted here", folder=path.name)


def read_live_items(reader: Database, of: Log) -> ReadLive:
    """
    Return what reads every live item of a slot, or of a collection in one, from the record, in one transaction.

    Args:
        reader: The record, for reading.

        of: What the items belong to.
    """
    collection = of.collection if isinstance(of, Slot) else of

    def read() -> LiveItems:
        with reader.connect() as connection, connection.begin():
            record = IndexLogReader(connection)
            version = record.version(of)
            live = (
                Add(seq=version, item_id=item.id, signal_type=item.signal.type, value=item.signal.value)
                for item in record.live_items(of)
            )
            items = list(fit_items(collection, live))
        return LiveItems(version=version, items=items)

    return read
