"""`staydown import`: a list of others, whatever is wrong with some of its lines."""

import json
import random
from pathlib import Path

import pytest

from api.bootstrap import open_service
from api.cli.commands.exchanging.taking_over import BATCH
from api.settings import read_settings
from casework.domain.media import Collection
from casework.domain.takedowns.takedown import TakedownState
from matcher.hashing.query import Query
from matcher.signals.base import Signal
from tests.api.cli.conftest import Shell

HASHES = [random.Random(number).randbytes(32).hex() for number in range(30)]


def test_a_list_is_taken_over_and_bad_lines_are_set_aside(shell: Shell, tmp_path: Path) -> None:
    """Each bad record is named by its line, in the answer and in a file; the others match."""
    lines = [*HASHES[:10], "bad", *HASHES[10:20], "ab" * 31, HASHES[0]]
    (tmp_path / "list.txt").write_text("\n".join(lines))
    ran = shell("import", "list.txt", "--source", "PARTNER", "--rejects", "rejects.ndjson", "--json")
    assert (ran.code, ran.err) == (0, "")
    done = ran.document
    assert (done["imported"], done["known"], done["rejected"]) == (20, 1, 2)
    assert [one["line"] for one in done["rejects"]] == [11, 22]
    aside = [json.loads(line) for line in (tmp_path / "rejects.ndjson").read_text().splitlines()]
    assert aside == done["rejects"]
    again = shell("import", "list.txt", "--source", "PARTNER")
    assert again.code == 0
    assert "known before   21" in again.out
    assert "line 11: a line is 64 hex digits" in again.err
    assert found(HASHES[5]) == ["PARTNER"]


def found(digits: str) -> list[str | None]:
    """Return the sources of what a hash finds, in a process that has just begun."""
    with open_service(read_settings()) as service:
        signals = [Signal("pdq/1", bytes.fromhex(digits))]
        (candidates,) = service.replica.find(Collection.TAKEDOWNS, [Query.of_signals(signals).codes()])
        with service.reading() as uow:
            owners = uow.index_log.owners(one.item_id for one in candidates.found)
            return [one.source for one in uow.takedowns.many(owners).values()]


def test_an_import_that_was_killed_goes_on(shell: Shell, tmp_path: Path) -> None:
    """What was committed before is passed over, and nothing is there twice."""
    rng = random.Random(1)
    digits = [rng.randbytes(32).hex() for _ in range(BATCH + 200)]
    (tmp_path / "list.pdq").write_text("\n".join(digits[:BATCH]))  # as far as the first run came
    assert shell("import", "list.pdq", "--source", "PARTNER", "--json").document["imported"] == BATCH
    (tmp_path / "list.pdq").write_text("\n".join(digits))
    done = shell("import", "list.pdq", "--source", "PARTNER", "--json").document
    assert (done["imported"], done["known"]) == (200, BATCH)
    with open_service(read_settings()) as service, service.reading() as uow:
        imported, _ = uow.takedowns.state_page(states=[TakedownState.IMPORTED], after=None, limit=50)
        assert sorted(len(uow.takedowns.references(one.id)) for one in imported) == [200, BATCH]
        assert uow.hash_lists.size("pdq/1")[0] == BATCH + 200


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["list.txt", "--source", "A,B"], "a list's name is 1 to 64 letters"),
        (["list.unknown", "--source", "A"], "ends like no format"),
        (["list.txt", "--source", "A", "--fact", "nudity"], "NAME=VALUE is expected"),
        (["list.txt", "--source", "A", "--fact", "nudity=perhaps"], "must be true or false"),
        (["list.txt", "--source", "A", "--format", "threatexchange-json"], "neither a document of JSON"),
    ],
)
def test_what_is_wrong_with_a_command_is_said_with_its_remedy(
    shell: Shell, tmp_path: Path, arguments: list[str], words: str
) -> None:
    """Nothing is stored then."""
    for name in ("list.txt", "list.unknown"):
        (tmp_path / name).write_text(HASHES[0])
    ran = shell("import", *arguments)
    assert ran.code == 1
    assert words in ran.err
    assert ran.err.startswith("error: ")


def test_a_file_of_nothing_but_errors_fails(shell: Shell, tmp_path: Path) -> None:
    """It is most likely of another format than was thought."""
    (tmp_path / "list.txt").write_bytes(b"\0\0\0\nno\n" + b"x" * 100_000)
    ran = shell("import", "list.txt", "--source", "A", "--json")
    assert (ran.code, ran.document["rejected"], ran.document["imported"]) == (1, 3, 0)


def test_signals_that_are_not_taken_here_are_set_aside(shell: Shell, tmp_path: Path) -> None:
    """Banked, nothing would ever be asked by them."""
    one = {"signals": [{"type": "imagehash-dhash/1", "value": "0" * 16}]}
    (tmp_path / "list.ndjson").write_text(json.dumps(one))
    ran = shell("import", "list.ndjson", "--source", "A", "--json")
    assert "STAYDOWN_SIGNALS" in ran.document["rejects"][0]["reason"]
