"""`staydown init` and `staydown keys`: the first key, and those after it."""

from pathlib import Path

from api.cli.local import open_record
from api.security.keys import known_key
from api.settings import read_settings
from casework.domain.actor import Actor, Role
from tests.api.cli.conftest import Shell
from tests.helpers.media.pictures import photo_bytes


def actor(key: str) -> Actor | None:
    """Return whom the service takes the bearer of a key for."""
    with open_record(read_settings()) as uow:
        known = known_key(uow, key)
        return None if known is None or known.refused_because(uow.now) else known.actor


def test_first_init_shows_an_admin_key_once(shell: Shell) -> None:
    """Without a first key nobody could make the others; shown twice it would lie around twice."""
    first, second = shell("init", "--json"), shell("init", "--json")
    known = actor(first.document["admin_key"]["key"])
    assert known is not None
    assert known.role is Role.ADMIN
    assert second.document["admin_key"] is None
    assert first.document["admin_key"]["key"] not in shell("init").out


def test_init_makes_another_admin_key_once_the_last_is_revoked(shell: Shell) -> None:
    """Who locks themselves out must be able to get in again from the machine itself."""
    made = shell("init", "--json").document["admin_key"]
    assert shell("keys", "revoke", made["id"]).code == 0
    assert shell("init", "--json").document["admin_key"]["id"] != made["id"]


def test_made_key_opens_what_its_role_may(shell: Shell) -> None:
    """A key is what the command said it is."""
    shell("init")
    made = shell("keys", "create", "--role", "pipeline", "--name", "photos", "--trusted", "--json").document
    known = actor(made["key"])
    assert known == Actor(id=made["id"], name="photos", role=Role.PIPELINE, trusted=True)


def test_revoked_key_opens_nothing(shell: Shell) -> None:
    """A lost key must be worth nothing from now on."""
    shell("init")
    made = shell("keys", "create", "--role", "senior", "--name", "sam", "--json").document
    assert shell("keys", "revoke", made["id"]).code == 0
    assert actor(made["key"]) is None
    again = shell("keys", "revoke", made["id"])
    assert again.code == 1
    assert made["id"] in again.err


def test_list_shows_every_key_and_no_secret(shell: Shell) -> None:
    """A list is read over shoulders."""
    shell("init", "--no-key")
    made = [shell("keys", "create", "--role", "auditor", "--name", f"n{i}", "--json").document for i in range(3)]
    listed = shell("keys", "list", "--json")
    assert [one["id"] for one in listed.document] == [one["id"] for one in made]
    assert not any(one["key"] in listed.out for one in made)
    assert made[0]["id"] in shell("keys", "list").out


def test_key_without_a_name_is_not_made(shell: Shell) -> None:
    """Histories would show nobody."""
    shell("init", "--no-key")
    assert [shell("keys", "create", "--role", "auditor", "--name", name).code for name in ("", "  ", "n" * 121)] == [
        2
    ] * 3


def test_key_that_is_none_is_told_without_a_traceback(shell: Shell, tmp_path: Path) -> None:
    """A key with a letter that no header takes was mistyped."""
    file = tmp_path / "photo.jpg"
    file.write_bytes(photo_bytes(1))
    told = shell("match", str(file), "--server", "http://127.0.0.1:9", "--key", "é")
    assert told.code == 1
    assert "no key" in told.err


def test_rotated_key_takes_the_place_of_the_old_one(shell: Shell) -> None:
    """The same bearer with another secret; the old one is taken for the overlap, or not at all."""
    shell("init", "--no-key")
    old = shell("keys", "create", "--role", "pipeline", "--name", "p", "--expires", "90d", "--json").document
    new = shell("keys", "rotate", old["id"], "--json").document
    assert new["principal"] == old["id"]
    assert (actor(new["key"]) == actor(old["key"]), actor(old["key"]) is None) == (True, False)
    again = shell("keys", "rotate", old["id"])
    assert again.code == 1
    assert new["id"] in again.err
    last = shell("keys", "rotate", new["id"], "--overlap", "0", "--json").document
    assert (actor(new["key"]), actor(last["key"]) is None) == (None, False)
    states = {
        one["id"]: (one["replaced_by"], one["expires_at"] is None) for one in shell("keys", "list", "--json").document
    }
    assert states == {old["id"]: (new["id"], False), new["id"]: (last["id"], False), last["id"]: (None, False)}


def test_moment_or_span_that_is_none_makes_no_key(shell: Shell) -> None:
    """Wrong usage, said before anything is made."""
    shell("init", "--no-key")
    made = ("keys", "create", "--role", "auditor", "--name", "a")
    assert [shell(*made, "--expires", when).code for when in ("soon", "2020-01-01")] == [2, 2]
    assert [shell("keys", "rotate", "key_1", "--overlap", span).code for span in ("1w", "91d")] == [2, 2]
    assert shell("keys", "list", "--json").document == []
