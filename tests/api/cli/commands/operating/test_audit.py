"""`staydown audit`: whoever doubts the log can check it."""

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.api.cli.conftest import Shell


def test_log_is_intact_until_somebody_writes_past_the_service(shell: Shell, tmp_path: Path) -> None:
    """Exit 1 is what a nightly job looks at."""
    shell("init")
    shell("keys", "create", "--role", "auditor", "--name", "a")
    checked = shell("audit", "verify", "--json")
    assert (checked.code, checked.document["intact"], checked.document["rows"]) == (0, True, 2)
    with closing(sqlite3.connect(tmp_path / "data" / "staydown.db")) as database, database:
        database.execute("DROP TRIGGER audit_log_keeps_values")
        database.execute("UPDATE audit_log SET actor_id = 'somebody else' WHERE position = 1")
    broken = shell("audit", "verify", "--json")
    assert (broken.code, broken.document["intact"]) == (1, False)
    assert broken.document["problems"] == ["row 1 (key:created): it, or the row before it, was changed"]
    said = shell("audit", "verify")
    assert said.code == 1
    assert "BROKEN: 2 rows" in said.out


def test_export_is_checked_elsewhere(shell: Shell, tmp_path: Path) -> None:
    """A copy away from the service is what shows rows that are cut off."""
    shell("init")
    shell("keys", "create", "--role", "auditor", "--name", "a")
    export = tmp_path / "audit.ndjson"
    assert shell("audit", "export", export).code == 0
    assert export.stat().st_mode & 0o777 == 0o600
    assert shell("audit", "verify", "--file", export).code == 0
    assert shell("audit", "export", export).code == 1
    newest = shell("audit", "verify", "--json").document
    cut = tmp_path / "cut.ndjson"
    cut.write_text(export.read_text().splitlines(keepends=True)[0])
    assert shell("audit", "verify", "--file", cut).code == 0
    noted = shell("audit", "verify", "--file", cut, "--noted", f"2:{newest['hash']}")
    assert (noted.code, "rows are missing" in noted.out) == (1, True)
    cut.write_text("{}\n")
    assert "line 1 is no row of an export" in shell("audit", "verify", "--file", cut).err
    assert shell("audit", "verify", "--noted", "x").code == 2


def test_export_goes_to_standard_output(shell: Shell) -> None:
    """So that it can be piped to wherever copies are kept."""
    shell("init")
    assert shell("audit", "export", "-").out.count('"key:created"') == 1
