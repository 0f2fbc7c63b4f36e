"""
Two machines of a cluster and their gateway as an operator starts it, in processes without a network: `python -m`.

It is told on standard input to start the gateway or to end it, answers `done`, and ends all that it started once
standard input is closed. Settings are those of its environment.
"""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.cluster.machines import IP, PORT, Machines, isolated, ray_environment
from benchmarks.cluster.record import Record

NODES = ("a", "b")
START, END = "start", "end"
_GATEWAY = ("-m", "api.cli", "cluster", "start", "--replicas", "1", "--address", f"{IP}:{PORT}", "--own-ip", IP)


def main() -> int:
    """Start the machines and do as told."""
    status = isolated(["-m", "tests.api.cluster.scenarios.ray_machines"])
    if status is not None:
        return status
    with TemporaryDirectory(prefix="sd-", dir="/tmp") as temporary:  # paths of sockets must be short
        folder = Path(temporary)
        os.environ.update(ray_environment(folder))
        machines = Machines(Record(folder), folder, NODES[0])
        gateway: subprocess.Popen[bytes] | None = None
        try:
            machines.start(NODES[1:])
            _say_done()
            for told in sys.stdin:
                if told.strip() == START:
                    nodes = [word for node in NODES for word in ("--node", node)]
                    gateway = subprocess.Popen([sys.executable, *_GATEWAY, *nodes], stdout=subprocess.DEVNULL)
                elif gateway is not None:
                    gateway.terminate()
                    gateway.wait()
                _say_done()
        finally:
            machines.close()
    return 0


def _say_done() -> None:
    sys.stdout.write("done\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
