"""
Several machines of a cluster on this one: each a Ray node with processes of its own, none with a network.

All of it runs in a network namespace of its own where the system allows that (`isolated`), so that nothing it listens
on can be reached and no process outlives it; else on the loopback address.
"""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import psutil

from benchmarks.cluster.record import Record
from index.cluster.client import GatewayClient
from index.errors import ClusterError

IP: Final = "127.0.0.1"
PORT: Final = 6391
_ISOLATED = "STAYDOWN_BENCHMARK_ISOLATED"
_ROOT: Final = Path(__file__).parents[2]
_STORE_BYTES: Final = 80_000_000
_READY_S: Final = 180.0
_HOLDER: Final = "ray::_Actor"
"""How the command line of a holder's process begins: Ray names it after the class."""

_NOT_NEEDED: Final = "rfc3987_syntax"
"""Loaded by a library of Ray's where some other package brought it: a second of processor in each of its processes."""

_ATTEMPTS: Final = 8
_BY_ITSELF: Final = ("setpriv", "--pdeathsig", "KILL", "unshare", "-n", "-p", "--fork", "--kill-child", "--mount-proc")
"""Without a network, in a tree of processes that ends with this one, however this one ends."""


def isolated(argv: Sequence[str]) -> int | None:
    """
    Run this program again where it has neither network nor company.

    Returns:
        Its exit status; None where it has to run here: it is there already, or the system does not allow it.
    """
    if os.environ.get(_ISOLATED) or None in (shutil.which("unshare"), shutil.which("setpriv")):
        return None
    allowed = subprocess.run([*_BY_ITSELF, "sh", "-c", "ip link set lo up"], capture_output=True, check=False)
    if allowed.returncode:
        return None
    inner = ["sh", "-c", 'ip link set lo up; exec "$@"', "sh", sys.executable, *argv]
    return subprocess.run([*_BY_ITSELF, *inner], env=os.environ | {_ISOLATED: "1"}, check=False).returncode


def ray_environment(folder: Path) -> dict[str, str]:
    """Return what Ray's processes need: a token of this run alone, no reports to its makers, the code's place."""
    without = folder / "without"
    without.mkdir()
    (without / f"{_NOT_NEEDED}.py").write_text("raise ImportError\n")
    return {
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_agent_register_timeout_ms": "300000",
        "RAY_gcs_rpc_server_reconnect_timeout_s": "4",
        "RAY_TMPDIR": str(folder),
        "PYTHONPATH": os.pathsep.join([str(without), str(_ROOT), str(_ROOT / "client")]),
    }


class Machines:
    """
    A cluster on this machine.

    Args:
        record: The logs and the placement.

        folder: For Ray's files and the gateway's socket; a short path.

        first: Name of the machine on which the head runs, too.
    """

    def __init__(self, record: Record, folder: Path, first: str) -> None:
        sys.modules.setdefault(_NOT_NEEDED, None)  # type: ignore[arg-type]  # as Python says that a module is not there
        from ray.cluster_utils import Cluster

        self._record = record
        self._folder = folder
        head = {"node_ip_address": IP, "gcs_server_port": PORT, **_node(first)}
        self._ray: Any = _patiently(partial(Cluster, initialize_head=True, head_node_args=head, shutdown_at_exit=False))
        self._nodes: dict[str, Any] = {first: self._ray.head_node}
        self._gateway: subprocess.Popen[bytes] | None = None
        self.client = GatewayClient(folder / "gateway.sock")

    def start(self, names: Sequence[str]) -> None:
        """Start machines of these names, one by one."""
        for name in names:
            self._nodes[name] = _patiently(partial(self._ray.add_node, node_ip_address=IP, **_node(name)))

    def start_gateway(self) -> None:
        """Start the gateway, and wait until it answers."""
        command = [
            sys.executable,
            "-m",
            "benchmarks.cluster.gateway_process",
            str(self._record.folder),
            self._record.backend,
        ]
        self._gateway = subprocess.Popen(
            [*command, f"{IP}:{PORT}", IP, str(self._folder / "gateway.sock")],
            cwd=_ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        wait_until(self._answers, _READY_S, "the gateway answers")

    def wait_until_served(self, slots: Mapping[str, int], *, replicas: int, within_s: float = _READY_S) -> None:
        """Wait until every replica of these slots serves, at least as of these versions."""

        def served() -> bool:
            try:
                rows = self.client.status().replicas
            except ClusterError:
                return False
            far = [
                row for row in rows if row.version is not None and row.version >= slots.get(row.slot, row.version + 1)
            ]
            return len(far) >= replicas * len(slots)

        wait_until(served, within_s, "every replica is there")

    def kill_holder(self, name: str) -> bool:
        """Kill the process that holds a machine's replicas, as a lack of memory would; return whether there was one."""
        holders = self.processes(name, _HOLDER)
        for one in holders:
            with suppress(psutil.NoSuchProcess):
                one.kill()
        return bool(holders)

    def processes(self, name: str, titled: str) -> list[psutil.Process]:
        """Return the processes of a machine whose command line begins like this."""
        return _processes_below(self._raylet(name), titled)

    def kill_machine(self, name: str) -> None:
        """Kill everything of a machine."""
        self._ray.remove_node(self._nodes.pop(name), allow_graceful=False)

    def kill_head(self) -> None:
        """Kill the head, which keeps nothing elsewhere."""
        server = self._ray.head_node.all_processes["gcs_server"][0].process
        os.kill(server.pid, signal.SIGKILL)

    @property
    def gateway_runs(self) -> bool:
        """Whether the gateway's process is there."""
        return self._gateway is not None and self._gateway.poll() is None

    def gateway_processor_s(self) -> float:
        """Return the processor time that the gateway has taken."""
        if self._gateway is None:
            return 0.0
        taken = psutil.Process(self._gateway.pid).cpu_times()
        return float(taken.user + taken.system)

    def memory_bytes(self) -> dict[str, int]:
        """Return the memory of each machine's holder."""
        return {name: sum(_own_bytes(one) for one in self.processes(name, _HOLDER)) for name in self._nodes}

    def close(self) -> None:
        """End every process that was started."""
        self.client.close()
        if self._gateway is not None:
            self._gateway.kill()
            self._gateway.wait()
        below = psutil.Process().children(recursive=True)
        with suppress(Exception):  # what is gone already was to end
            self._ray.shutdown()
        _end(below)

    def _raylet(self, name: str) -> int:
        return int(self._nodes[name].all_processes["raylet"][0].process.pid)

    def _answers(self) -> bool:
        if not self.gateway_runs:
            raise RuntimeError("the gateway ended before it answered")
        try:
            self.client.status()
        except ClusterError:
            return False
        return True


@contextmanager
def machines(record: Record, names: Sequence[str]) -> Iterator[Machines]:
    """Begin a cluster of these machines and its gateway, and end all of it."""
    before = dict(os.environ)
    with TemporaryDirectory(prefix="sd-", dir="/tmp") as temporary:  # a socket's path must be short
        os.environ.update(ray_environment(Path(temporary)))
        started = Machines(record, Path(temporary), names[0])
        try:
            started.start(names[1:])
            started.start_gateway()
            yield started
        finally:
            started.close()
            os.environ.clear()
            os.environ.update(before)


def _patiently(start: Callable[[], Any]) -> Any:  # noqa: ANN401
    """
    Start a node of Ray's; again, where it was not up in time.

    A node that does not hear of its helpers within 15 s ends itself. No setting changes that, and on a machine that is
    busy with other things two processes of Python take longer.
    """
    before = {one.pid for one in psutil.Process().children(recursive=True)}
    for _ in range(_ATTEMPTS - 1):
        with suppress(Exception):
            return start()
        _end([one for one in psutil.Process().children(recursive=True) if one.pid not in before])
    return start()


def _end(processes: Sequence[psutil.Process]) -> None:
    for one in processes:
        with suppress(psutil.NoSuchProcess):
            one.kill()
    psutil.wait_procs(processes, timeout=10)


def wait_until(true: Any, within_s: float, what: str) -> float:  # noqa: ANN401
    """Wait for something; return how many seconds it took."""
    begun = time.monotonic()
    while not true():
        if time.monotonic() - begun > within_s:
            raise TimeoutError(f"not within {within_s:.0f} s: {what}")
        time.sleep(0.02)
    return time.monotonic() - begun


def _node(name: str) -> dict[str, Any]:
    return {
        "num_cpus": 0,  # no workers are started that nobody asked for
        "object_store_memory": _STORE_BYTES,
        "include_dashboard": False,
        "include_log_monitor": False,
        "no_monitor": True,
        "resources": {f"staydown_{name}": 1},
    }


def _processes_below(pid: int, named: str) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        return [one for one in psutil.Process(pid).children(recursive=True) if _title(one).startswith(named)]
    return []


def _title(process: psutil.Process) -> str:
    with suppress(psutil.Error):
        return " ".join(process.cmdline())
    return ""


def _own_bytes(process: psutil.Process) -> int:
    with suppress(psutil.Error):
        return int(process.memory_info().rss)
    return 0
