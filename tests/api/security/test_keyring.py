"""The keyring's file: made once, private, followed when it changes; a wrong or lost one refuses to start."""

import os
from pathlib import Path

import pytest

from api.bootstrap import open_service, prepare_data
from api.cli.local import open_record
from api.errors import SettingsError
from api.security.keyring import Keyring, write_ring
from api.security.ring import Ring
from api.settings import Settings
from tests.helpers.records.empty_records import prepare_empty

PLACE = "reports/statement/rep_1"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return the settings of a data folder that is prepared."""
    chosen = Settings(_env_file=None, data=tmp_path / "data", decode_workers=1)
    prepare_empty(chosen)
    return chosen


def made(path: Path) -> Keyring:
    """Make a keyring as a new data folder does."""
    return Keyring.made(path, earlier=path.with_name("preview.key"), proofs={})


def test_file_and_folder_are_their_owners_alone(settings: Settings) -> None:
    """Whoever reads the keyring reads everything."""
    assert settings.keyring_file.stat().st_mode & 0o777 == 0o600
    assert settings.data.stat().st_mode & 0o777 == 0o700


def test_keyring_is_made_once(tmp_path: Path) -> None:
    """A second start must not write with keys the first knows nothing of."""
    assert made(tmp_path / "keyring.json").ring == made(tmp_path / "keyring.json").ring


def test_lost_keyring_refuses_to_start(settings: Settings) -> None:
    """A new one would open nothing, and what is written since would open under no other."""
    settings.keyring_file.unlink()
    for begin in (prepare_data, lambda chosen: open_service(chosen).__enter__()):
        with pytest.raises(SettingsError, match=r"keyring .*keyring\.json .*restore it"):
            begin(settings)
    assert not settings.keyring_file.exists()


@pytest.mark.parametrize("begin", [prepare_data, lambda settings: open_record(settings).__enter__()])
def test_wrong_keyring_refuses_to_start(settings: Settings, begin) -> None:
    """The key that is missing is named, so that the right backup is found."""
    wanted = Keyring(settings.keyring_file).ring.writing
    write_ring(settings.keyring_file, Ring.made())
    with pytest.raises(SettingsError, match=f"encrypted under key {wanted}, which .* does not hold; restore"):
        begin(settings)


def test_damaged_keyring_refuses_to_start(settings: Settings) -> None:
    """It is not overwritten: a part of it may still be worth something."""
    settings.keyring_file.write_text("{")
    with pytest.raises(SettingsError, match="holds no keyring"):
        prepare_data(settings)
    assert settings.keyring_file.read_text() == "{"


def test_keyring_may_lie_elsewhere(tmp_path: Path) -> None:
    """Several machines over one database share it, or it lies on a disk of its own."""
    elsewhere = tmp_path / "secrets" / "ring.json"
    elsewhere.parent.mkdir()
    settings = Settings(_env_file=None, data=tmp_path / "data", encryption_key_file=elsewhere)
    prepare_data(settings)
    assert Ring.read(elsewhere.read_text())
    assert not (settings.data / "keyring.json").exists()


def test_folder_of_the_keyring_that_is_missing_is_said(tmp_path: Path) -> None:
    """A path that was misspelt is corrected at once."""
    settings = Settings(_env_file=None, data=tmp_path / "data", encryption_key_file=tmp_path / "none" / "ring.json")
    with pytest.raises(SettingsError, match="STAYDOWN_ENCRYPTION_KEY_FILE"):
        prepare_data(settings)


def test_other_processes_follow_a_new_ring(tmp_path: Path) -> None:
    """After a rotation all write with the new key at once, and read what the others wrote."""
    path = tmp_path / "keyring.json"
    one, other = made(path), Keyring(path)
    more = one.ring.with_new_key()
    newest = list(more.keys)[-1]
    one.replace(more.writing_with(newest))
    sealed = one.seal(b"words", PLACE)
    assert other.open(sealed, PLACE) == b"words"
    assert other.seal(b"", PLACE).startswith(Ring.mark_of(newest))
    assert other.mark() == one.mark() == Ring.mark_of(newest)


def test_ring_that_vanishes_under_a_process_stays_in_its_memory(tmp_path: Path) -> None:
    """Nothing is lost while somebody restores it."""
    path = tmp_path / "keyring.json"
    keyring = made(path)
    text = path.read_text()
    for odd in (path.unlink, lambda: path.write_text("{")):
        odd()
        assert keyring.open(keyring.seal(b"words", PLACE), PLACE) == b"words"
    path.write_text(text)
    assert keyring.open(keyring.seal(b"words", PLACE), PLACE) == b"words"


def test_ring_that_can_be_read_again_is_followed_without_another_change(tmp_path: Path) -> None:
    """A file whose modes were wrong for a minute holds the new key: who ignored it would go on with the old one."""
    path = tmp_path / "keyring.json"
    keyring = made(path)
    more = keyring.ring.with_new_key()
    newest = list(more.keys)[-1]
    good = more.writing_with(newest).written()
    path.write_text("{".ljust(len(good)))
    changed = path.stat()
    assert keyring.mark() != Ring.mark_of(newest)
    path.write_text(good)
    os.utime(path, ns=(changed.st_atime_ns, changed.st_mtime_ns))  # as chmod leaves it: nothing else has changed
    assert keyring.mark() == Ring.mark_of(newest)
