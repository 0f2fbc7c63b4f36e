"""
In how many slots the log of uploads lies: what the settings say, and what the record has.

Invariant: the record decides. The setting is taken over as long as nothing was ever registered; from then on a process
that is told another number does not start, and only `staydown index slots` moves the log.
"""

import structlog

from api.errors import SettingsError
from api.settings import Settings
from casework.domain.media import Collection
from casework.persistence.connection.database import Database, open_database
from casework.persistence.index_log.moving_slots import move_to_slots, split_if_empty
from casework.persistence.index_log.slots import layout_of

log = structlog.get_logger()


def take_slots(settings: Settings, writer: Database) -> None:
    """
    Split the log of uploads as the settings say, if it is empty.

    Args:
        settings: Of this process.

        writer: The record, for writing.

    Raises:
        SettingsError: If it is not, and lies in other slots.
    """
    if not split_if_empty(writer, Collection.UPLOADS, settings.upload_slots):
        require_slots(settings, writer)


def require_slots(settings: Settings, reader: Database) -> None:
    """
    Make sure that the log of uploads lies in as many slots as the settings say.

    Raises:
        SettingsError: If it does not.
    """
    with reader.connect() as connection, connection.begin():
        count = layout_of(connection, Collection.UPLOADS).count
    if count != settings.upload_slots:
        message = (
            f"STAYDOWN_UPLOAD_SLOTS: {settings.upload_slots} is set, but the log of uploads lies in {count}; set "
            f"{count}, or stop every process and run `staydown index slots {settings.upload_slots}`"
        )
        raise SettingsError(message)


def move_uploads(settings: Settings, count: int) -> None:
    """Move the log of uploads to so many slots, in the record; the files of the index are not touched."""
    engine = open_database(settings.url)
    try:
        moved = move_to_slots(engine, Collection.UPLOADS, count)
        log.info("the log of uploads was moved", slots=moved.count)
    finally:
        engine.dispose()
