"""Keys that are remembered: until any key changes."""

from dataclasses import replace
from datetime import UTC, datetime

from api.security.known_keys import MOST, KnownKeys
from casework.domain.actor import Role
from casework.domain.ids import KeyId
from casework.domain.keys import ApiKey

KEY = ApiKey(KeyId("key_1"), "one", Role.PIPELINE, trusted=True, created_at=datetime(2026, 1, 1, tzinfo=UTC))


def test_a_key_is_found_by_its_secret_until_keys_change() -> None:
    """A revoked key must not be found again."""
    keys = KnownKeys()
    keys.keep("secret", KEY, as_of=keys.changes)
    assert keys.find("secret") == KEY
    assert keys.find("another") is None
    keys.forget()
    assert keys.find("secret") is None


def test_a_key_that_was_read_before_keys_changed_is_not_kept() -> None:
    """It may be the very one that was revoked meanwhile."""
    keys = KnownKeys()
    as_of = keys.changes
    keys.forget()
    keys.keep("secret", KEY, as_of=as_of)
    assert keys.find("secret") is None


def test_no_more_than_so_many_keys_are_held() -> None:
    """A bearer with ever new keys must not fill the memory."""
    keys = KnownKeys()
    for number in range(MOST + 1):
        keys.keep(str(number), replace(KEY, id=KeyId(f"key_{number}")), as_of=keys.changes)
    assert keys.find(str(MOST)) is not None
    assert keys.find("0") is None
