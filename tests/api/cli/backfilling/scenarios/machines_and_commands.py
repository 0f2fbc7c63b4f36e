"""
Two machines of a cluster, and commands beside them, in processes without a network: `python -m`.

It is told on standard input what to do, a JSON document a line, and answers each with one; all that it started ends
once standard input is closed. Settings of machines are those of its environment.

    {"begin": NAME, "arguments": [...], "variables": {...}, "folder": PATH}   a command, its output in files of PATH
    {"wait": NAME}            until a command has ended: its exit code
    {"kill": NAME}            SIGKILL for a command
    {"interrupt": NAME}       SIGINT for it
    {"hashers": true}         how many processes hash, on all machines
    {"decoders": true}        how many processes they fork theirs from, which decode
    {"kill_hashers": NODE}    SIGKILL for what hashes on a machine: how many there were
    {"kill_readers": PATH}    from now on, SIGKILL for whatever hashes and has this file open
    {"kill_machine": NODE}    everything of a machine
    {"kill_head": true}       Ray's head
"""

import json
import os
import select
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from benchmarks.cluster.machines import IP, PORT, Machines, isolated, ray_environment
from benchmarks.cluster.record import Record

NODES = ("a", "b")
HASHER = "ray::_HasherActor"
LOOK_EVERY_S = 0.005
LOOK_AGAIN_MS = 100


class Told:
    """What is told, done."""

    def __init__(self, machines: Machines) -> None:
        self._machines = machines
        self._nodes = list(NODES)
        self._commands: dict[str, subprocess.Popen[bytes]] = {}

    def done(self, told: dict[str, Any]) -> object:
        """Do it, and return the answer."""
        what, of = next(iter(told.items()))
        return getattr(self, f"_{what}")(of, **{name: value for name, value in told.items() if name != what})

    def close(self) -> None:
        """End the commands."""
        for command in self._commands.values():
            command.kill()
            command.wait()

    def _begin(self, name: str, *, arguments: list[str], variables: dict[str, str], folder: str) -> None:
        with (Path(folder) / f"{name}.out").open("wb") as out, (Path(folder) / f"{name}.err").open("wb") as err:
            self._commands[name] = subprocess.Popen(
                [sys.executable, "-m", "api.cli", *arguments, "--address", f"{IP}:{PORT}", "--own-ip", IP],
                env=os.environ | variables,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )

    def _wait(self, name: str) -> int:
        closed = select.poll()
        closed.register(sys.stdin, 0)  # that nobody writes to it any more is told in any case
        while self._commands[name].poll() is None:
            if closed.poll(LOOK_AGAIN_MS):
                sys.exit("who told this is gone")
        return self._commands[name].wait()

    def _kill(self, name: str) -> None:
        self._commands[name].kill()
        self._commands[name].wait()

    def _interrupt(self, name: str) -> None:
        self._commands[name].send_signal(signal.SIGINT)

    def _hashers(self, _: object) -> int:
        return len(self._all_hashers())

    def _decoders(self, _: object) -> int:
        below = [one for node in self._nodes for one in self._machines.processes(node, sys.executable)]
        return sum(_has_forked(one) for one in below)

    def _kill_hashers(self, node: str) -> int:
        hashers = self._machines.processes(node, HASHER)
        for one in hashers:
            one.kill()
        return len(hashers)

    def _kill_readers(self, path: str) -> None:
        threading.Thread(target=self._watch, args=(path,), daemon=True).start()

    def _watch(self, path: str) -> None:
        never = threading.Event()
        while not never.wait(LOOK_EVERY_S):
            for one in self._all_hashers():
                with suppress(psutil.Error):
                    if any(file.path == path for file in one.open_files()):
                        one.kill()

    def _kill_machine(self, node: str) -> None:
        self._nodes.remove(node)
        self._machines.kill_machine(node)

    def _kill_head(self, _: object) -> None:
        self._machines.kill_head()

    def _all_hashers(self) -> list[psutil.Process]:
        return [one for node in self._nodes for one in self._machines.processes(node, HASHER)]


def _has_forked(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return "matcher.sandbox.fork_server" in process.cmdline() and bool(process.children())
    return False


def main() -> int:
    """Start the machines and do as told."""
    status = isolated(["-m", "tests.api.cli.backfilling.scenarios.machines_and_commands"])
    if status is not None:
        return status
    # In the background of a script SIGINT is ignored, and what is started here would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with TemporaryDirectory(prefix="sd-", dir="/tmp") as temporary:  # paths of sockets must be short
        folder = Path(temporary)
        os.environ.update(ray_environment(folder))
        machines = Machines(Record(folder), folder, NODES[0])
        told = Told(machines)
        try:
            machines.start(NODES[1:])
            _say("ready")
            for line in sys.stdin:
                _say(told.done(json.loads(line)))
        finally:
            told.close()
            machines.close()
    return 0


def _say(answer: object) -> None:
    sys.stdout.write(f"answer {json.dumps(answer)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
