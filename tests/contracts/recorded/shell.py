"""
What is typed, in order, and what is printed: over one fresh data folder, and for `--help` over none.

Loading the program takes seconds, so one process runs command after command, each as `python -m api.cli` would.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.contracts.recorded.normal import Names
from tests.contracts.recorded.service import environment
from tests.contracts.typed_commands import TypedCommands

HELPS = (
    "",
    "init",
    "serve",
    "worker",
    "demo",
    "hash",
    "match",
    "compare",
    "report",
    "decide",
    "backfill",
    "lookback",
    "doctor",
    "keys",
    "keys create",
    "keys list",
    "keys rotate",
    "keys revoke",
    "index",
    "index stats",
    "index verify",
    "index rebuild",
    "index compact",
    "index shrink",
)
"""Every command and subcommand."""

WRONG = (
    "",
    "keys",
    "index",
    "dance",
    "keys dance",
    "hash",
    "hash --depth coast.png",
    "hash absent.png",
    "compare coast.png",
    "compare coast.png coast.jpg --out picture.txt",
    "compare coast.png absent.png",
    "compare coast.png note.txt",
    "report coast.png",
    "report coast.png --relation friend",
    "report coast.png --relation subject --fact nudity",
    "report coast.png --relation subject --conduct singing",
    "report note.txt --relation subject --signals-only",
    "decide",
    "decide case_none",
    "decide case_none --uphold --reject",
    "decide case_none --uphold",
    "match coast.png --server http://127.0.0.1:1",
    "match coast.png --server http://127.0.0.1:1 --key sdk_none",
    "lookback",
    "lookback tkd_none",
    "keys create --role king --name x",
    "keys create --role admin",
    "keys create --role admin --name x --expires soon",
    "keys rotate key_none",
    "keys rotate key_none --overlap 1w",
    "keys revoke key_none",
    "index stats --collection cinema",
    "backfill absent",
    "serve --port 70000",
    "serve --workers 0",
)
"""Wrong usage, and what cannot be done: each with its exit code and its words."""

COMPLETE = "--relation subject --non-consent --good-faith --signature A --contact a@example.org --url https://e.org/1"

MAIN_JOB = (
    "--version",
    "index stats",
    "doctor --json",
    "init --json",
    "init",
    "init --json",
    "doctor --json",
    "keys create --role pipeline --name photos --trusted --json",
    "keys create --role auditor --name books",
    "keys create --role intake --name form --expires 90d",
    "hash coast.png",
    "hash coast.png coast.jpg note.txt short.mp4 --json",
    "hash short.mp4 plain.png",
    "hash coast.png --deep --json",
    "compare coast.png coast.jpg",
    "compare coast.png coast-mirrored.png --json",
    "compare coast.png coast-cropped.png",
    "compare coast.png street.png --json",
    "compare short.mp4 long.mp4",
    "backfill library --json",
    "backfill library --uploader user-1 --depth fast",
    f"report coast.png {COMPLETE} --nudity --json",
    "report street.png --relation third_party",
    f"report portrait.png {COMPLETE} --nudity --fact context_assessed=true --signals-only --json",
    f"report portrait.png {COMPLETE} --fact nuditty=true",
    f"report portrait.png note.txt {COMPLETE}",
)
CASES = (
    "look {case} --out previews --why deciding",
    "look {other} --out previews --json",
    "look case_none",
    "decide {case} --reject",
    "decide {case} --uphold --note intimate --json",
    "decide {case} --uphold",
    "decide {other} --reject --override-reason painting",
    "match coast.png coast.jpg coast-cropped.png street.png --json",
    "match coast-mirrored.png note.txt",
    "lookback {takedown}",
    "lookback {takedown} --json",
    "index compact",
    "index stats --json",
    "index stats --collection takedowns",
    "index verify --json",
    "index verify",
    "index rebuild --collection takedowns --json",
    "index stats --collection takedowns --json",
    "keys list",
    "keys list --json",
    "doctor --json",
    "policy table",
    "policy replay --threshold pdq/1=0 --examples 0 --json",
    "policy replay",
)


class Shell:
    """
    A process that runs one command after another, and writes down what each printed.

    Args:
        folder: Where commands are typed; the data folder is inside it.

        variables: Environment variables of the process.
    """

    def __init__(self, folder: Path, variables: Mapping[str, str]) -> None:
        self.recorded: list[dict[str, object]] = []
        self._names = Names({str(folder): "<folder>"})
        self._process = TypedCommands(folder, variables)

    def close(self) -> None:
        """End the process."""
        self._process.close()

    def run(self, command: str, **named: str) -> Any:
        """Run a command and record it; return what it printed, read as JSON where it is JSON."""
        typed = command.format(**named)
        ran = self._process.run(typed.split())
        printed = _as_json(ran.out)
        self.recorded.append(
            {
                "asked": self._names.text(typed).strip(),
                "exit": ran.code,
                "out": self._printed(printed),
                "err": self._printed(ran.err),
            }
        )
        return printed

    def _printed(self, printed: object) -> object:
        """Name what differs; of text the lines, without the spaces that fill them up."""
        if not isinstance(printed, str):
            return self._names.normal(_without_machine(printed))
        return [re.sub(r"[ ]{2,}", "  ", self._names.text(line)).rstrip() for line in printed.splitlines()]


def commands(folder: Path, files: Mapping[str, bytes]) -> list[dict[str, object]]:
    """Run every command over a fresh data folder; return each with its exit code and what it printed."""
    for name, data in files.items():
        (folder / name).write_bytes(data)
    (folder / "library").mkdir()
    for name in ("coast.jpg", "garden.png", "note.txt"):
        (folder / "library" / name).write_bytes(files[name])
    shell = Shell(folder, environment(folder / "data", DECODE_WORKERS="1", DEEP_BUDGET_MS="60000"))
    try:
        for command in HELPS:
            shell.run(f"{command} --help")
        printed = {command: shell.run(command) for command in MAIN_JOB}
        filed = [one for command, one in printed.items() if command.startswith("report") and isinstance(one, dict)]
        named = {"case": filed[0]["case_id"], "other": filed[1]["case_id"], "takedown": ""}
        for command in CASES:
            answer = shell.run(command, **named)
            if isinstance(answer, dict):
                named["takedown"] = answer.get("takedown_id") or named["takedown"]
        for command in WRONG:
            shell.run(command)
        return shell.recorded
    finally:
        shell.close()


def _as_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _without_machine(printed: object) -> object:
    """Leave out what `doctor` says of this machine: its disk, its versions, its walls."""
    if not isinstance(printed, dict) or "findings" not in printed:
        return printed
    machine = ("disk", "versions", "decoding")
    findings = [{**one, "detail": "<machine>"} if one["name"] in machine else one for one in printed["findings"]]
    return {**printed, "findings": findings}
