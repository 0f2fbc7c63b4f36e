"""
The keys everything is encrypted with, and what is done with them: AES-256-GCM of `cryptography`.

    sealed value   1 byte: 1, the version | 8 bytes: the key's id | 12 bytes: nonce | ciphertext | 16 bytes: tag
    associated     the place the value is for, in UTF-8: table/column/row
    key's id       the first 8 bytes of a digest of the key: a key that was damaged is noticed by its own id

Nonces are random, so one key is good for 2^32 values; rotate long before. What versions before wrote with Fernet begins
with another byte, and is read as long as that key is in the ring.

Invariant: a ring never changes; a rotation makes another.
"""

import hashlib
import hmac
import json
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from casework.domain.errors import UnreadableError

_FORMAT = 1
_VERSION = b"\x01"
_KEY_BYTES = 32
_ID_BYTES = 8
_NONCE_BYTES = 12
_HEAD_BYTES = len(_VERSION) + _ID_BYTES
_PROOF = b"staydown"


class UnknownKeyError(UnreadableError):
    """A value was sealed under a key that is not in this ring."""


@dataclass(frozen=True, repr=False)
class Ring:
    """
    Keys, of which one is written with.

    Args:
        keys: Of 32 bytes, by id (16 hexadecimal digits), oldest first.

        writing: Id of the one that is written with.

        lookup: 32 bytes for digests. It stays when keys rotate, so that what was stored is still found by them.

        fernet: The key of versions before, or None.
    """

    keys: Mapping[str, bytes]
    writing: str
    lookup: bytes
    fernet: bytes | None = None

    @classmethod
    def made(cls) -> Self:
        """Make a ring of one new key."""
        key = secrets.token_bytes(_KEY_BYTES)
        return cls({id_of(key): key}, id_of(key), secrets.token_bytes(_KEY_BYTES))

    @classmethod
    def after(cls, fernet: bytes) -> Self:
        """Make the first ring of a folder of versions before: machines with the same old key get the same ring."""
        Fernet(fernet)
        key, lookup = (hmac.digest(fernet, purpose, "sha256") for purpose in (b"staydown key", b"staydown lookup"))
        return cls({id_of(key): key}, id_of(key), lookup, fernet)

    @classmethod
    def read(cls, text: str) -> Self:
        """
        Read a ring as `written` wrote it.

        Raises:
            ValueError: If it is none, or a key in it was damaged.
        """
        document = json.loads(text)
        if not isinstance(document, dict) or document.get("format") != _FORMAT:
            message = "no keyring of this version"
            raise ValueError(message)
        try:
            keys = {one["id"]: _decoded(one["key"]) for one in document["keys"]}
            ring = cls(keys, document["writing"], _decoded(document["lookup"]), _fernet_of(document))
        except (KeyError, TypeError) as error:
            message = f"an entry is missing or odd: {error}"
            raise ValueError(message) from error
        damaged = [name for name, key in keys.items() if id_of(key) != name]
        if damaged or ring.writing not in keys or {len(key) for key in [*keys.values(), ring.lookup]} != {_KEY_BYTES}:
            message = f"a key is damaged: {', '.join(damaged) or ring.writing}"
            raise ValueError(message)
        return ring

    def written(self) -> str:
        """Write it as JSON."""
        document: dict[str, Any] = {
            "format": _FORMAT,
            "writing": self.writing,
            "keys": [{"id": name, "key": b64encode(key).decode()} for name, key in self.keys.items()],
            "lookup": b64encode(self.lookup).decode(),
        }
        if self.fernet is not None:
            document["fernet"] = self.fernet.decode()
        return json.dumps(document, indent=2) + "\n"

    def with_new_key(self) -> Self:
        """Return the ring with one more key, which is not written with yet."""
        key = secrets.token_bytes(_KEY_BYTES)
        return replace(self, keys={**self.keys, id_of(key): key})

    def writing_with(self, name: str) -> Self:
        """Return the ring, writing with another of its keys."""
        return replace(self, writing=name)

    def alone(self) -> Self:
        """Return the ring with nothing but the key it writes with."""
        return replace(self, keys={self.writing: self.keys[self.writing]}, fernet=None)

    def with_keys_of(self, other: "Ring") -> Self:
        """Return the ring with another's keys, too, to open what was sealed under them."""
        return replace(self, keys={**other.keys, **self.keys}, fernet=self.fernet or other.fernet)

    def seal(self, plain: bytes, place: str) -> bytes:
        """Encrypt."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return self.mark() + nonce + self._ciphers[self.writing].encrypt(nonce, plain, place.encode())

    def open(self, sealed: bytes, place: str) -> bytes:
        """
        Decrypt.

        Raises:
            UnknownKeyError: If the key is not in the ring.
            UnreadableError: If it was sealed for another place, or was changed.
        """
        if sealed[:1] != _VERSION:
            return self._opened_as_before(sealed, place)
        name = sealed[1:_HEAD_BYTES].hex()
        cipher = self._ciphers.get(name)
        if cipher is None:
            message = f"{place} is encrypted under key {name}, which is not in the keyring; restore that keyring"
            raise UnknownKeyError(message)
        nonce, rest = sealed[_HEAD_BYTES : _HEAD_BYTES + _NONCE_BYTES], sealed[_HEAD_BYTES + _NONCE_BYTES :]
        try:
            return cipher.decrypt(nonce, rest, place.encode())
        except (InvalidTag, ValueError) as error:
            message = f"{place} cannot be decrypted: it was changed, or moved from where it was written"
            raise UnreadableError(message) from error

    def digest(self, value: str, purpose: str) -> str:
        """Return 32 hexadecimal digits of a value that only this ring can tell."""
        return hmac.digest(self.lookup, f"{purpose}\0{value}".encode(), "sha256").hex()[:32]

    def mark(self) -> bytes:
        """Return what everything begins with that is sealed now."""
        return self.mark_of(self.writing)

    @staticmethod
    def mark_of(name: str) -> bytes:
        """Return what everything begins with that was sealed under a key."""
        return _VERSION + bytes.fromhex(name)

    def proof(self, name: str) -> bytes:
        """Seal a known text under one of the keys, for `proves`."""
        return self.writing_with(name).seal(_PROOF, f"encryption_keys/proof/{name}")

    def proves(self, name: str, proof: bytes) -> bool:
        """Tell whether the key of this id is in the ring, and is the one the proof was made with."""
        try:
            return self.open(proof, f"encryption_keys/proof/{name}") == _PROOF and proof.startswith(self.mark_of(name))
        except UnreadableError:
            return False

    def _opened_as_before(self, sealed: bytes, place: str) -> bytes:
        try:
            if self.fernet is not None:
                return Fernet(self.fernet).decrypt(sealed)
        except InvalidToken:
            pass
        message = f"{place} is encrypted in the manner of an earlier version, under a key that is not in the keyring"
        raise UnreadableError(message)

    @cached_property
    def _ciphers(self) -> dict[str, AESGCM]:
        return {name: AESGCM(key) for name, key in self.keys.items()}


def id_of(key: bytes) -> str:
    """Return the id of a key: it tells nothing about it."""
    return hashlib.sha256(b"staydown key id\0" + key).hexdigest()[: 2 * _ID_BYTES]


def _decoded(text: str) -> bytes:
    return b64decode(text, validate=True)


def _fernet_of(document: Mapping[str, Any]) -> bytes | None:
    given = document.get("fernet")
    return None if given is None else str(given).encode()
