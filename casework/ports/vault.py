"""What keeps texts and identities unreadable to whoever reads the database without the keyring."""

from typing import Protocol


class Vault(Protocol):
    """
    Encrypts what is written and decrypts what is read, under one of several keys.

    Each value is sealed for one place: table, column and row. Sealed for one place it does not open in another, so that
    nobody can move a value from row to row.
    """

    def seal(self, plain: bytes, place: str) -> bytes:
        """Encrypt, under the key that is written with now."""

    def open(self, sealed: bytes, place: str) -> bytes:
        """
        Decrypt.

        Raises:
            UnreadableError: If it was sealed for another place, was changed, or its key is not there.
        """

    def digest(self, value: str, purpose: str) -> str:
        """
        Return what a value is looked up by without being stored: 32 hexadecimal digits that only the keyring can tell.

        The same for the same value and purpose, whichever key is written with.
        """

    def mark(self) -> bytes:
        """Return the bytes that everything begins with that is sealed now: a version and the id of the key."""
