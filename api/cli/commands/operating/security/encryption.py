"""
`staydown keys rotate-encryption`: a new key for everything that is encrypted, while servers go on.

An SQLite database has one keyring: the old key goes at the end of the run. Over PostgreSQL other machines may have
copies of the keyring and still write with the old key: it stays until `--finish` finds nothing under it.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from api.bootstrap import open_keyring, require_prepared
from api.cli.desk import shell_actor
from api.cli.local import open_record
from api.security.keyring import PRIVATE_FILE, Keyring
from api.settings import Settings, read_settings
from api.shell.errors import CommandError
from api.shell.output import AsJson, progress_bar, write_json, write_line
from casework.persistence.connection.database import Database, open_database
from casework.persistence.encryption.proofs import add_proof
from casework.persistence.encryption.rotation import count_outdated, encrypt_again, leave_other_keys
from casework.steps.journal import record

_REST_S = 0.005
"""After each batch, so that servers get their turn to write."""


def rotate_encryption(
    *,
    prepare: Annotated[
        bool, typer.Option("--prepare", help="Only make the key: copy the keyring to the other machines, then rotate.")
    ] = False,
    finish: Annotated[
        bool, typer.Option("--finish", help="Over PostgreSQL, when every machine has the keyring: remove the old key.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """
    Make a new key, encrypt everything under it, and remove the old one from the keyring.

    Over PostgreSQL the old one is removed by --finish: copy the keyring to the other machines before.

    Servers go on meanwhile. Interrupted, run it again: it goes on where it was. Copies of the database made before need
    the keyring of before: keep that one with them.

    For example:

        staydown keys rotate-encryption

        staydown keys rotate-encryption --prepare

        staydown keys rotate-encryption --finish
    """
    if prepare and finish:
        message = "--prepare is the first step and --finish the last; give one of them"
        raise CommandError(message)
    settings = read_settings()
    engine = open_database(settings.url)
    try:
        require_prepared(settings, engine)
        keyring = open_keyring(settings, engine)
        with _alone(keyring.path):
            before = keyring.ring.writing
            newest = _key_to_finish(keyring) if finish else _new_key(keyring, prepare=prepare)
            document: dict[str, object] = {"key": newest, "before": before}
            if finish:
                document |= {"encrypted": 0, "unreadable": _finish(settings, engine, keyring, newest, expect_none=True)}
                with open_record(settings) as uow:
                    record(uow, shell_actor(), "encryption:finished", newest)
            elif not prepare:
                document |= _rotate(settings, engine, keyring, newest)
            kept = not prepare and len(keyring.ring.keys) > 1
    finally:
        engine.dispose()
    if as_json:
        write_json(document)
    elif prepare:
        write_line(f"Key {newest} is made. Copy {keyring.path} to every machine, then run it again without --prepare.")
    else:
        if kept:
            write_line(f"Encrypted {document['encrypted']:,} records under key {newest}; the old key is kept.")
            write_line(f"Copy {keyring.path} to every machine, then run it again with --finish.")
        elif finish:
            write_line(f"Everything is under key {newest}; no other key is in the keyring.")
            write_line(f"Copy {keyring.path} to every machine.")
        else:
            write_line(
                f"Encrypted {document['encrypted']:,} records under key {newest}; no other key is in the keyring."
            )
        if document["unreadable"]:
            write_line(f"{document['unreadable']:,} records are left as they are: no key here opens them.", style="red")


def _new_key(keyring: Keyring, *, prepare: bool) -> str:
    """Return the key to write with: one that was made before and is not in use yet, or a new one."""
    ring = keyring.ring
    newest = list(ring.keys)[-1]
    unfinished = newest == ring.writing and len(ring.keys) > 1
    if newest != ring.writing or (unfinished and not prepare):
        return newest
    if unfinished:
        message = (
            "a rotation is not at its end, or was interrupted; run `staydown keys rotate-encryption`, and over "
            "PostgreSQL then with --finish, first"
        )
        raise CommandError(message)
    more = ring.with_new_key()
    keyring.replace(more)
    return list(more.keys)[-1]


def _key_to_finish(keyring: Keyring) -> str:
    ring = keyring.ring
    newest = list(ring.keys)[-1]
    if newest != ring.writing:
        message = f"key {newest} is not written with yet; run `staydown keys rotate-encryption` without --finish first"
        raise CommandError(message)
    if len(ring.keys) == 1:
        message = f"nothing is to be finished: {newest} is the only key in {keyring.path}"
        raise CommandError(message)
    return newest


def _rotate(settings: Settings, engine: Database, keyring: Keyring, newest: str) -> dict[str, object]:
    add_proof(engine, newest, keyring.ring.proof(newest))  # before the first value is under it
    if keyring.ring.writing != newest:
        keyring.replace(keyring.ring.writing_with(newest))
    done = 0
    with progress_bar() as bar:
        task = bar.add_task("Encrypting", total=count_outdated(engine, keyring))

        def after_batch(rows: int) -> None:
            nonlocal done
            done += rows
            bar.advance(task, rows)
            time.sleep(_REST_S)

        encrypt_again(engine, keyring, after_batch=after_batch)
    unreadable = None  # over PostgreSQL that is known when other machines no longer write with the old key
    if engine.dialect.name == "sqlite":
        unreadable = _finish(settings, engine, keyring, newest, expect_none=False)
    with open_record(settings) as uow:
        record(uow, shell_actor(), "encryption:rotated", newest, records=done)
    return {"encrypted": done, "unreadable": unreadable}


def _finish(settings: Settings, engine: Database, keyring: Keyring, newest: str, *, expect_none: bool) -> int:
    """Retire the other keys in the database, then remove them from the keyring; return what no key opens."""
    unreadable = leave_other_keys(engine, keyring, newest, expect_none=expect_none)
    keyring.replace(keyring.ring.alone())
    settings.preview_key_file.unlink(missing_ok=True)  # nothing is under it any more
    return unreadable


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep a second rotation away; a process that is killed lets go."""
    descriptor = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = "another rotation is under way; wait for its end"
            raise CommandError(message) from error
        yield
    finally:
        os.close(descriptor)
