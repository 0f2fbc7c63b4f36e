"""
The keyring's file: made once, readable by its owner alone, read again whenever it changes.

Every process of a data folder looks at the file before it encrypts, so after a rotation all write with the new key at
once; and before it gives up a value whose key it does not know.

Invariant: the file is replaced whole. What is encrypted now is under a key that was in the file, on the disk, before.
"""

import os
from collections.abc import Mapping
from pathlib import Path

import structlog

from api.errors import SettingsError
from api.security.ring import Ring, UnknownKeyError

log = structlog.get_logger()

PRIVATE_FILE = 0o600


class Keyring:
    """
    The keys in a file.

    Args:
        path: The file.

    Raises:
        SettingsError: If it is missing or holds something else.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen = _version(path)
        self._ring = read_ring(path)
        self._known = self._ring

    @classmethod
    def made(cls, path: Path, *, earlier: Path, proofs: Mapping[str, bytes]) -> "Keyring":
        """
        Make the file if there is none; of two processes that do at once, both use the first.

        Args:
            path: The file.

            earlier: Where versions before had their one key; the first ring follows from it where it is there.

            proofs: As of `require`: where there are some, a new ring would open nothing, and none is made.

        Raises:
            SettingsError: If the earlier file holds something else, or the file was there once and is lost.
        """
        if not path.exists():
            ring = _first_ring(earlier)
            if not all(ring.proves(name, proof) for name, proof in proofs.items()):
                message = (
                    f"the keyring {path} is missing, and the database is encrypted under key {', '.join(proofs)}; "
                    "restore it from a backup (STAYDOWN_ENCRYPTION_KEY_FILE says where it lies)"
                )
                raise SettingsError(message)
            _write_new(path, ring.written())
        return cls(path)

    @property
    def ring(self) -> Ring:
        """The keys as they are in the file now."""
        self._read_if_changed()
        return self._ring

    def replace(self, ring: Ring) -> None:
        """Write another ring; every process of this data folder uses it from now on."""
        write_ring(self.path, ring)
        self._read_again()

    def seal(self, plain: bytes, place: str) -> bytes:
        """Encrypt, under the key that is written with now."""
        return self.ring.seal(plain, place)

    def open(self, sealed: bytes, place: str) -> bytes:
        """
        Decrypt.

        Raises:
            UnreadableError: If it was sealed for another place, was changed, or its key is not there.
        """
        try:
            return self._known.open(sealed, place)
        except UnknownKeyError:
            self._read_if_changed()
            return self._known.open(sealed, place)

    def digest(self, value: str, purpose: str) -> str:
        """Return what a value is looked up by without being stored."""
        return self._ring.digest(value, purpose)

    def mark(self) -> bytes:
        """Return what everything begins with that is sealed now."""
        return self.ring.mark()

    def require(self, proofs: Mapping[str, bytes]) -> None:
        """
        Make sure that everything in a database can be decrypted.

        Args:
            proofs: Of each key that was ever written with and may still be in use, by its id.

        Raises:
            SettingsError: If a key is missing, or is another than the one that was used.
        """
        missing = [name for name, proof in proofs.items() if not self.ring.proves(name, proof)]
        if missing:
            message = (
                f"the database is encrypted under key {', '.join(missing)}, which {self.path} does not hold; "
                "restore the keyring that belongs to this database (STAYDOWN_ENCRYPTION_KEY_FILE says where it lies)"
            )
            raise SettingsError(message)

    def _read_if_changed(self) -> None:
        if _version(self.path) != self._seen:
            self._read_again()

    def _read_again(self) -> None:
        version = _version(self.path)
        try:
            self._ring = read_ring(self.path)
            # What was read from the database before a key went is decrypted after it: this process forgets none.
            self._known = self._ring.with_keys_of(self._known)
            self._seen = version  # not before: a file that could not be read is tried again
        except SettingsError as error:
            log.error("the keyring cannot be read; going on with the keys known so far", error=str(error))


def read_ring(path: Path) -> Ring:
    """
    Read a keyring.

    Raises:
        SettingsError: If it is missing, cannot be read, or holds something else.
    """
    try:
        return Ring.read(path.read_text())
    except OSError as error:
        message = f"the keyring {path} cannot be read: {error.strerror}; restore it, or run `staydown init`"
        raise SettingsError(message) from error
    except ValueError as error:
        message = f"{path} holds no keyring ({error}); restore it from a backup: without it nothing can be decrypted"
        raise SettingsError(message) from error


def _first_ring(earlier: Path) -> Ring:
    try:
        return Ring.after(earlier.read_bytes().strip()) if earlier.exists() else Ring.made()
    except ValueError as error:
        message = f"{earlier} holds no key; restore it from a backup, or remove it and lose the previews kept so far"
        raise SettingsError(message) from error


def write_ring(path: Path, ring: Ring) -> None:
    """Replace a keyring, wholly or not at all, and wait until it is on the disk."""
    draft = _draft(path, ring.written())
    draft.replace(path)
    _sync_folder(path.parent)


def _write_new(path: Path, content: str) -> None:
    """Write a file that did not exist, whole or not at all; keep the one that appears meanwhile."""
    draft = _draft(path, content)
    try:
        path.hardlink_to(draft)
        _sync_folder(path.parent)
    except FileExistsError:
        return
    finally:
        draft.unlink()


def _draft(path: Path, content: str) -> Path:
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE_FILE)
    with os.fdopen(descriptor, "w") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return draft


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _version(path: Path) -> tuple[int, int, int] | None:
    """Return what changes when the file is replaced; None while it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
