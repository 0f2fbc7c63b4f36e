"""
Opening the index of each collection over the record it is derived from.

Invariant: an index is never served that is ahead of the record: its segments would hold what the record never
decided. A missing or damaged one is rebuilt from the record, and the log says so.
"""

import structlog

from api.errors import SettingsError
from api.replica.sealing import sealing
from api.replica.unfit import fit_items
from api.settings import Settings
from casework.domain.media import Collection
from casework.persistence.connection.database import Database
from casework.persistence.index_log import IndexLogReader
from index.base import CollectionIndex, IndexOptions
from index.changes import Add, LiveItems, ReadLive
from index.collections import index_named
from index.errors import DamagedIndexError

log = structlog.get_logger()


def open_indexes(settings: Settings, reader: Database) -> dict[Collection, CollectionIndex]:
    """
    Open every collection.

    Raises:
        SettingsError: If an index is ahead of the record, as after a restored backup.
        MaintenanceError: If a damaged index could not be rebuilt.
        UnsupportedFormatVersionError: If a newer Staydown wrote the folder.
    """
    return {collection: open_index(settings, collection, reader) for collection in Collection}


def open_index(settings: Settings, collection: Collection, reader: Database) -> CollectionIndex:
    """Open one collection; arguments and errors as for `open_indexes`."""
    kind, options = index_named(settings.collection_index), index_options(settings, collection)
    try:
        index = kind.open(options)
    except DamagedIndexError:
        with sealing(reader, settings.index_folder, collection, wait=True):
            read_live = read_live_items(reader, collection)
            index = kind.open_or_rebuild(options, read_live)
    if index.rebuilt_because is not None:
        log.error("index rebuilt from the record", collection=collection.value, because=str(index.rebuilt_because))
    with reader.connect() as connection, connection.begin():
        committed = IndexLogReader(connection).version(collection)
    if index.newest_version > committed:
        message = (
            f"the index in {options.folder} is at version {index.newest_version}, the database at {committed}: it was "
            f"replaced or restored from a backup; stop every process and delete {options.folder}; it is rebuilt"
        )
        raise SettingsError(message)
    return index


def index_options(settings: Settings, collection: Collection) -> IndexOptions:
    """Return what the settings say of a collection's index."""
    return IndexOptions(folder=settings.index_folder / collection.value, backend=settings.index_backend)


def read_live_items(reader: Database, collection: Collection) -> ReadLive:
    """
    Return what reads every live item of a collection from the record, in one transaction.

    Args:
        reader: The record, for reading.

        collection: What the items belong to.
    """

    def read() -> LiveItems:
        with reader.connect() as connection, connection.begin():
            record = IndexLogReader(connection)
            version = record.version(collection)
            live = (
                Add(seq=version, item_id=item.id, signal_type=item.signal.type, value=item.signal.value)
                for item in record.live_items(collection)
            )
            items = list(fit_items(collection, live))
        return LiveItems(version=version, items=items)

    return read
