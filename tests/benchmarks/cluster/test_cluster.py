"""A cluster of real Ray nodes on this machine is right while its processes are killed; nothing of it is left over."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psutil
import pytest

ROOT = Path(__file__).parents[3]
PATIENCE_S = 900
"""A quiet machine takes a minute, most of it to start three nodes."""

with_ray = pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed: staydown[cluster]")


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a Python of this environment over the tree."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "client")])
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True,
        timeout=PATIENCE_S, check=False,
    )  # fmt: skip


@pytest.mark.crash
@with_ray
def test_a_cluster_is_right_while_replicas_are_killed_one_is_moved_and_the_head_is_lost(tmp_path: Path) -> None:
    """Read your takedown, over machines: 0 wrong, 0 errors; and a server outlives its gateway."""
    done = python(
        "-m", "benchmarks", "cluster", "--parts", "right", "--operations", "200", "--pictures", "40",
        "--picture-queries", "3", "--rounds", "30", "--kills", "1", "--kill-every-s", "0", "--moves", "1",
        "--no-lose-machine", "--json", str(tmp_path / "result.json"),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    result: dict[str, Any] = json.loads((tmp_path / "result.json").read_text())
    hashes, features = result["equality"]["hashes"], result["equality"]["features"]
    assert hashes["questions"] > 20
    assert hashes["hits"] > 0
    assert features["candidates"] > 0
    assert (hashes["wrong"], features["wrong"]) == (0, 0)
    killed, moved, lost = (result["rounds"][name] for name in ("replicas_killed", "slot_moved", "head_lost"))
    assert (killed["kills"], moved["moves"]) == (1, 1)
    assert killed["rounds"] >= 30
    assert [part[name] for part in (killed, moved) for name in ("wrong", "errors")] == [0, 0, 0, 0]
    assert lost["gateway_ended"]
    assert "no gateway to the cluster" in lost["then"]
    assert result["isolated"] or not left_over()


@with_ray
def test_an_empty_machine_answers_alike_from_the_log_and_from_the_store(tmp_path: Path) -> None:
    """How long each takes says little, were they not the same."""
    target = tmp_path / "result.json"
    done = python("-m", "benchmarks", "cluster", "--parts", "empty", "--rows", "3000", "--json", str(target))
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(target.read_text())["empty_machine"]
    assert (found["hashes"], found["wrong"]) == (3_000, 0)
    assert found["stored_bytes"] > 3_000 * 32
    assert min(found[name] for name in ("record_cpu_s", "store_cpu_s", "publishing_s")) > 0


def left_over() -> list[str]:
    """Return which processes of Ray run as children of this one, or of nobody."""
    mine = psutil.Process().children(recursive=True)
    return [" ".join(one.cmdline()) for one in mine if "ray" in one.name()]


def test_the_default_neither_needs_nor_imports_ray() -> None:
    """It is a hundred megabytes, and an extra: `staydown[cluster]`."""
    done = python(
        "-c",
        "import sys; sys.modules['ray'] = None\n"
        "import api.app, api.bootstrap, api.cli.starting.application, api.background.worker\n"
        "import index.collections, index.cluster.client, index.cluster.gateway, benchmarks.cluster.cluster",
    )
    assert done.returncode == 0, done.stderr[-2000:]
    locked = (ROOT / "requirements" / "run.txt").read_text()
    assert "ray==" not in locked
