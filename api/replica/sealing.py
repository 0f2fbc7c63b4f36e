"""
Whose turn it is to write into an index folder, across machines that share it.

On one machine the folder's own lock suffices. A network file system may not pass such locks on, so over PostgreSQL the
database is asked too. Each folder has an id, made once: machines with folders of their own do not wait for each other.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from casework.domain.media import Collection
from casework.persistence.connection.advisory import advisory_lock
from casework.persistence.connection.database import Database
from index.errors import SealLockHeldError

_ID = "FOLDER-ID"


@contextmanager
def sealing(engine: Database, index_folder: Path, collection: Collection, *, wait: bool = False) -> Iterator[None]:
    """
    Be the only machine that seals, merges or rebuilds a collection's files.

    Args:
        engine: The engine of the database.

        index_folder: The folder of all collections' indexes.

        collection: Whose files are written.

        wait: Whether to wait for another machine to finish.

    Raises:
        SealLockHeldError: If another is at it and `wait` is false.
    """
    if engine.dialect.name != "postgresql":
        yield
        return
    with advisory_lock(engine, f"seal {_folder_id(index_folder)} {collection.value}", wait=wait) as held:
        if not held:
            message = f"another machine maintains {index_folder / collection.value}; try again when it is done"
            raise SealLockHeldError(message)
        yield


def _folder_id(folder: Path) -> str:
    path = folder / _ID
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        ours = folder / f"{_ID}.{secrets.token_hex(8)}"
        ours.write_text(secrets.token_hex(16))
        try:
            os.link(ours, path)  # whole or not at all, and of two who make one the first stays
        except FileExistsError:
            pass
        finally:
            ours.unlink()
    return path.read_text()
