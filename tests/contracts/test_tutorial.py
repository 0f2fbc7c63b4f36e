"""Every block of the tutorial does what the page says, in the order of the page, in one shell."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image

from tests.crash.processes.servers import free_port

REPOSITORY = Path(__file__).parents[2]
PAGE = (REPOSITORY / "docs" / "TUTORIAL.md").read_text()
END = "=== end of block {} ==="

BLOCKS = re.findall(r"```sh\n(.*?)```\n(?:```text\n(.*?)```)?", PAGE, flags=re.DOTALL)
"""What is run, and the lines of which each is printed by it, spaces and line ends aside."""


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """Run the page; what it started ends with it."""
    skimage = pytest.importorskip("skimage.data", reason="the photograph comes with scikit-image")
    folder = tmp_path_factory.mktemp("tutorial")
    Image.fromarray(skimage.coffee()).save(folder / "photo.jpg", quality=92)
    script = "set -eo pipefail\n"
    for number, (commands, _) in enumerate(BLOCKS):
        script += f"{commands}\necho\necho '{END.format(number)}'\n"
    ports = {"8080": str(free_port()), "8090": str(free_port())}
    for shown, free in ports.items():
        script = re.sub(rf"\b{shown}\b", free, script)
    (folder / "page.sh").write_text(script)
    ours = {name: value for name, value in os.environ.items() if not name.startswith("STAYDOWN_")}
    path = f"{Path(sys.executable).parent}:{ours['PATH']}"
    with subprocess.Popen(
        ["timeout", "600", "bash", "page.sh"],
        cwd=folder,
        env={**ours, "PATH": path, "PYTHONPATH": str(REPOSITORY), "STAYDOWN_DECODE_WORKERS": "1", "COLUMNS": "200"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        process_group=0,
    ) as shell:
        try:
            assert shell.stdout is not None
            told = ""
            for line in shell.stdout:
                told += line
                if line.startswith(END.format(len(BLOCKS) - 1)):
                    break
            yield re.split(r"=== end of block \d+ ===", told)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGTERM)


def test_page_has_blocks() -> None:
    """A pattern that matches nothing would prove nothing."""
    assert len(BLOCKS) >= 8
    assert sum(bool(shown) for _, shown in BLOCKS) >= 7


@pytest.mark.parametrize("number", range(len(BLOCKS)), ids=lambda number: BLOCKS[number][0].split()[0])
def test_block_prints_what_the_page_shows(printed: list[str], number: int) -> None:
    """Whoever copies it sees what was promised."""
    assert number < len(printed) - 1, f"the shell ended before this block did: {printed[-1]}"
    found = without_spaces(printed[number])
    missing = [line for line in BLOCKS[number][1].splitlines() if without_spaces(line) not in found]
    assert not missing, printed[number]


def without_spaces(text: str) -> str:
    """Let tables be as wide as they like."""
    return re.sub(r"\s+", "", text)
