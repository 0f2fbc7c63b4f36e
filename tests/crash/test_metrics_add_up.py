"""A scrape of a server of four processes adds up, also once one of them was killed."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx2
import psutil
import pytest

from tests.crash.processes.servers import REPOSITORY, environment_for
from tests.helpers.running.scrapes import Series, scraped, total
from tests.helpers.running.waiting import eventually

ASKED = 40


@pytest.mark.crash
def test_scrape_of_four_processes_adds_up_also_after_one_is_killed(tmp_path: Path) -> None:
    """Whichever process answers the scrape, and whichever are gone: each request is counted once."""
    command = [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--workers", "4"]
    environment = environment_for(tmp_path / "data", {"STAYDOWN_DECODE_WORKERS": "1"})
    with subprocess.Popen(command, env=environment, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            url = re.search(r"http://\S+", server.stdout.readline()).group()
            eventually(lambda: live(url) == 4)
            ask(url)
            assert counted(eventually(lambda: scraped(url), lambda found: counted(found) >= ASKED)) == ASKED
            serving = {one for one in psutil.Process(server.pid).children() if "spawn_main" in " ".join(one.cmdline())}
            os.kill(min(one.pid for one in serving), signal.SIGKILL)
            ask(url)
            found = eventually(lambda: scraped(url), lambda found: counted(found) >= 2 * ASKED)
            assert (counted(found), total(found, "staydown_database_up")) == (2 * ASKED, 1)
        finally:
            server.terminate()


def ask(url: str) -> None:
    """Ask over a connection each, so that every process gets some."""
    for _ in range(ASKED):
        eventually(lambda: answered(url), again_s=0.2)


def answered(url: str) -> bool:
    """Tell whether a request was answered: one that a killed process had taken is asked again."""
    try:
        return httpx2.get(f"{url}/healthz", timeout=60).status_code == 200
    except httpx2.TransportError:
        return False


def live(url: str) -> float:
    """Return how many processes there are."""
    try:
        return total(scraped(url), "staydown_processes")
    except httpx2.TransportError:
        return 0


def counted(found: dict[Series, float]) -> float:
    """Return how many of the requests asked here were counted."""
    return total(found, "staydown_requests_total", route="/healthz")
