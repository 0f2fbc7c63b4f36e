"""
What is stored encrypted: previews, and answers kept for repeated requests.

Fernet (AES-128-CBC with HMAC-SHA-256, `cryptography`) under one key a data folder. The key file is made on the first
start, readable by its owner alone; lose it and previews cannot be shown, nothing else is lost.
"""

import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from api.errors import SettingsError


class Cipher:
    """
    Encrypts and decrypts with one key.

    Args:
        key: As `Fernet.generate_key` makes it.
    """

    def __init__(self, key: bytes) -> None:
        self._fernet = Fernet(key)

    @classmethod
    def from_file(cls, path: Path) -> "Cipher":
        """
        Read the key, or make one if there is none; of two processes that make one at once, both use the first.

        Raises:
            SettingsError: If the file holds something else.
        """
        if not path.exists():
            _write_new(path, Fernet.generate_key())
        try:
            return cls(path.read_bytes())
        except ValueError as error:
            message = f"{path} holds no key; restore it from a backup, or remove it and lose the previews kept so far"
            raise SettingsError(message) from error

    def encrypt(self, plain: bytes) -> bytes:
        """Encrypt."""
        return self._fernet.encrypt(plain)

    def decrypt(self, token: bytes) -> bytes | None:
        """Decrypt, or return None if it was encrypted under another key."""
        try:
            return self._fernet.decrypt(token)
        except InvalidToken:
            return None


def _write_new(path: Path, content: bytes) -> None:
    """Write a file that did not exist, whole or not at all; keep the one that appears meanwhile."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_bytes(content)
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        return
    finally:
        draft.unlink()
