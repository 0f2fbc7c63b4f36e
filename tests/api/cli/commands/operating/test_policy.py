"""`staydown policy`: the table as a file, and what another one would do, from a shell."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.api.cli.conftest import Shell


@pytest.fixture
def decided(shell: Shell, picture: Callable[..., Path]) -> str:
    """Report an intimate picture and uphold it; return the case."""
    shell("init")
    reported = shell(
        "report", picture("one.png", 7_000), "--relation", "subject", "--nudity", "--non-consent", "--json"
    )
    assert reported.code == 0, reported.err
    case: str = reported.document["case_id"]
    made = shell("decide", case, "--uphold", "--json")
    assert made.code == 0, made.err
    return case


def test_table_is_printed_changed_and_tried(shell: Shell, decided: str, tmp_path: Path) -> None:
    """Three steps, and the file is what was printed with one word changed."""
    printed = shell("policy", "table", "--json")
    table = printed.document
    file = tmp_path / "table.json"
    file.write_text(printed.out)
    same = shell("policy", "replay", "--table", file, "--json")
    assert (same.code, same.document["changes"]) == (0, [])
    row = next(one for one in table["decision_table"] if one["id"] == "R07")
    row.update(outcome="KEEP", hash_action="none")
    file.write_text(json.dumps({**table, "version": "draft"}))
    tried = shell("policy", "replay", "--table", file, "--json").document
    (line,) = tried["changes"]
    assert (line["of"], line["from"]["outcome"], line["to"]["outcome"]) == ("decision", "REMOVE", "KEEP")
    assert (line["decided"], line["in_line"], line["examples"][0]["case_id"]) == ("uphold", False, decided)
    said = shell("policy", "replay", "--table", file).out
    assert "Tried table draft beside private-media/1; nothing was changed." in said
    assert "1 of 1 decisions" in said
    assert decided in said


def test_threshold_and_date_are_given_by_name(shell: Shell, decided: str) -> None:
    """`--threshold` may come again."""
    found = shell("policy", "replay", "--threshold", "pdq/1=20", "--threshold", "phash/1=40", "--since", "2999-01-01")
    assert found.code == 0, found.err
    assert "Tried pdq/1 20, phash/1 40 beside private-media/1" in found.out
    assert "phash/1 40 is looser than 31" in found.out
    assert "0 of 0 decisions" in found.out
    without = shell("policy", "replay", "--without", "T01", "--without", "look", "--json")
    assert (without.code, without.document["without"]) == (0, ["look", "signature"])


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "name what is to be tried: --table"),
        (["--threshold", "pdq/1"], 2, "is not NAME=VALUE"),
        (["--threshold", "hair=3"], 1, "there is no such threshold"),
        (["--without", "T09"], 1, "there is no such rule"),
        (["--threshold", "pdq/1=3", "--since", "yesterday"], 2, "is not a moment"),
        (["--table", "no such file"], 2, "does not exist"),
        (["--table", "odd.json"], 1, "is not JSON"),
        (["--table", "short.json"], 1, "the last rule must apply to every case"),
    ],
)
def test_what_cannot_be_tried_is_said_in_one_line(
    shell: Shell, tmp_path: Path, arguments: list[str], code: int, said: str
) -> None:
    """Exit 2 on wrong usage, 1 on a table that cannot be meant."""
    shell("init")
    (tmp_path / "odd.json").write_text("{")
    (tmp_path / "short.json").write_text('[{"id": "R07"}]')
    refused = shell("policy", "replay", *arguments)
    assert (refused.code, said in " ".join(refused.err.split())) == (code, True), refused.err


def test_table_is_shown_to_people(shell: Shell) -> None:
    """Without a data folder: it is the program's."""
    shown = shell("policy", "table")
    assert shown.code == 0
    assert "R21" in shown.out
    assert "NUDITY_REVIEW" in shown.out
