"""`staydown keys rotate-encryption`: one command, whatever was interrupted before; it says what it did."""

from collections.abc import Callable
from pathlib import Path

import pytest

from api.cli.local import open_record
from api.security.keyring import Keyring
from api.settings import read_settings
from tests.api.cli.conftest import Shell
from tests.helpers.records.databases import Databases


@pytest.fixture
def keyring(shell: Shell, picture: Callable[..., Path], tmp_path: Path) -> Keyring:
    """Prepare a data folder with a report in it."""
    file = picture("a.jpg", 1)
    assert shell("init").code == 0
    assert shell("report", file, "--relation", "subject", "--nudity", "--name", "Amelie", "--json").code == 0
    return Keyring(tmp_path / "data" / "keyring.json")


def test_one_new_key_is_left(shell: Shell, keyring: Keyring) -> None:
    """The old one opens nothing any more, so it goes."""
    before = keyring.ring.writing
    told = shell("keys", "rotate-encryption", "--json").document
    assert (told["before"], told["key"]) == (before, keyring.ring.writing)
    assert told["encrypted"] > 2
    assert told["unreadable"] == 0
    assert list(keyring.ring.keys) == [told["key"]] != [before]
    assert shell("doctor", "--json").document["ok"]


def test_key_that_is_prepared_is_used_next(shell: Shell, keyring: Keyring) -> None:
    """Several machines need it before the first of them writes with it."""
    before = keyring.ring.writing
    made = shell("keys", "rotate-encryption", "--prepare", "--json").document["key"]
    assert (keyring.ring.writing, list(keyring.ring.keys)) == (before, [before, made])
    assert shell("keys", "rotate-encryption", "--prepare", "--json").document["key"] == made
    assert "Copy" in shell("keys", "rotate-encryption", "--prepare").out
    assert shell("keys", "rotate-encryption", "--json").document["key"] == made
    assert list(keyring.ring.keys) == [made]


def test_interrupted_rotation_is_gone_on_with(shell: Shell, keyring: Keyring) -> None:
    """A second run makes no third key; and nothing else is begun before the first is at its end."""
    more = keyring.ring.with_new_key()
    newest = list(more.keys)[-1]
    keyring.replace(more.writing_with(newest))
    refused = shell("keys", "rotate-encryption", "--prepare")
    assert refused.code == 1
    assert "interrupted" in refused.err
    assert shell("keys", "rotate-encryption", "--json").document["key"] == newest
    assert list(keyring.ring.keys) == [newest]


def test_it_is_written_into_the_audit_log(shell: Shell, keyring: Keyring) -> None:
    """Who changed the keys, and when, belongs to the history."""
    told = shell("keys", "rotate-encryption")
    assert told.code == 0
    assert f"under key {keyring.ring.writing}" in told.out
    with open_record(read_settings()) as uow:
        assert [one.action for one in uow.audit.of([keyring.ring.writing])] == ["encryption:rotated"]


def test_open_modes_are_found_with_their_remedy(shell: Shell, keyring: Keyring, tmp_path: Path) -> None:
    """Another user of the machine could read the index, or the keyring."""
    data = tmp_path / "data"
    modes = {path: path.stat().st_mode & 0o777 for path in (data, *data.rglob("*"))}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}
    keyring.path.chmod(0o640)
    found = {one["name"]: one for one in shell("doctor", "--json").document["findings"] if not one["ok"]}
    assert set(found) == {"modes"}
    assert "keyring.json (mode 640)" in found["modes"]["detail"]
    assert "chmod -R go=" in found["modes"]["remedy"]


def test_lost_keyring_is_found_and_refuses_commands(shell: Shell, keyring: Keyring) -> None:
    """The remedy is the backup; nothing is made anew in its place."""
    keyring.path.unlink()
    found = {one["name"] for one in shell("doctor", "--json").document["findings"] if not one["ok"]}
    assert found == {"keyring"}
    for command in (("init",), ("keys", "list"), ("keys", "rotate-encryption")):
        ran = shell(*command)
        assert (ran.code, "keyring" in ran.err) == (1, True)
    assert not keyring.path.exists()


def test_old_key_is_removed_over_postgresql_by_a_step_of_its_own(
    shell: Shell, tmp_path: Path, postgresql: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other machines may still write with it when the first one has rotated."""
    with postgresql.fresh() as url:
        monkeypatch.setenv("STAYDOWN_DATABASE_URL", url)
        assert shell("init").code == 0
        keyring = Keyring(tmp_path / "data" / "keyring.json")
        before = keyring.ring.writing
        refused = shell("keys", "rotate-encryption", "--finish")
        assert (refused.code, "nothing is to be finished" in refused.err) == (1, True)
        made = shell("keys", "rotate-encryption", "--prepare", "--json").document["key"]
        refused = shell("keys", "rotate-encryption", "--finish")
        assert (refused.code, "not written with yet" in refused.err) == (1, True)
        told = shell("keys", "rotate-encryption")
        assert (told.code, "the old key is kept" in told.out, "--finish" in told.out) == (0, True, True)
        assert (keyring.ring.writing, list(keyring.ring.keys)) == (made, [before, made])
        assert shell("keys", "rotate-encryption", "--json").document["key"] == made
        refused = shell("keys", "rotate-encryption", "--prepare")
        assert (refused.code, "--finish" in refused.err) == (1, True)
        assert shell("keys", "rotate-encryption", "--finish").code == 0
        assert list(keyring.ring.keys) == [made]
        assert shell("init").code == 0


def test_first_and_last_step_are_not_one(shell: Shell, keyring: Keyring) -> None:
    """Both together would remove a key that is still written with."""
    before = keyring.ring
    assert shell("keys", "rotate-encryption", "--prepare", "--finish").code == 1
    assert keyring.ring == before
