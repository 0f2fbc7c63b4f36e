"""
RabbitMQ as a process of a test's own, from Debian's packages (`rabbitmq-server`), or wherever `TEST_AMQP_URL` says.

It has its own folder, ports and Erlang name server, so that nothing of the machine is touched and several can run.
"""

import asyncio
import os
import secrets
import shutil
import socket
import struct
import subprocess
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiormq import connect
from pamqp import commands, frame

_SCRIPTS = Path("/usr/lib/rabbitmq/bin")
_WAIT_S = 90


@contextmanager
def rabbitmq() -> Iterator[str]:
    """Run a broker; return its address, as ``"amqp://host:port"``. Skips the test where there is none."""
    if given := os.environ.get("TEST_AMQP_URL"):
        yield given
        return
    if not (_SCRIPTS / "rabbitmq-server").exists() or shutil.which("erl") is None:
        pytest.skip("RabbitMQ is not installed (Debian: rabbitmq-server), and TEST_AMQP_URL names none")
    with tempfile.TemporaryDirectory(prefix="rabbitmq-") as folder:
        port, distribution, names = _free_port(), _free_port(), _free_port()
        environment = _environment(Path(folder), port, distribution, names)
        server = subprocess.Popen(
            [_SCRIPTS / "rabbitmq-server"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            _ctl(environment, "await_startup")
            yield f"amqp://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(_WAIT_S)
            subprocess.run(["epmd", "-port", str(names), "-kill"], check=False, capture_output=True)


def _environment(folder: Path, port: int, distribution: int, names: int) -> dict[str, str]:
    plugins = folder / "enabled_plugins"
    plugins.write_text("[].")
    configuration = folder / "rabbitmq.conf"
    configuration.write_text(f"listeners.tcp.1 = 127.0.0.1:{port}\nloopback_users.guest = true\n")
    (folder / "home").mkdir()
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder / "home"),
        "LANG": "C.UTF-8",
        "RABBITMQ_NODENAME": f"test_{secrets.token_hex(4)}@localhost",
        "RABBITMQ_DIST_PORT": str(distribution),
        "RABBITMQ_CONFIG_FILE": str(configuration),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(plugins),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "ERL_EPMD_PORT": str(names),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
    }


def _ctl(environment: dict[str, str], *arguments: str) -> None:
    command = [_SCRIPTS / "rabbitmqctl", "--timeout", str(_WAIT_S), *arguments]
    for _ in range(20):  # before it is named, it cannot be asked
        ran = subprocess.run(command, env=environment, capture_output=True, timeout=_WAIT_S + 30, check=False)
        if ran.returncode == 0:
            return
    raise AssertionError(ran.stdout.decode() + ran.stderr.decode())


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def talking(broker: str, work: Callable[[Any], Awaitable[Any]]) -> Any:
    """Do something on a channel of the broker."""

    async def talk() -> Any:
        connection = await connect(f"{broker}/")
        try:
            return await work(await connection.channel())
        finally:
            await connection.close()

    return asyncio.run(talk())


def queue_in(broker: str, *, exchange: str | None = None, key: str = "#", **arguments: object) -> str:
    """Declare a queue; return its name."""
    name = f"q-{secrets.token_hex(4)}"

    async def declare(channel: Any) -> None:
        await channel.queue_declare(name, durable=True, arguments=arguments)
        if exchange is not None:
            await channel.exchange_declare(exchange, exchange_type="topic", durable=True)
            await channel.queue_bind(name, exchange, routing_key=key)

    talking(broker, declare)
    return name


def taken(broker: str, queue: str) -> list[Any]:
    """Take what is in a queue."""

    async def take(channel: Any) -> list[Any]:
        found = []
        while (one := await channel.basic_get(queue, no_ack=True)).delivery.name == "Basic.GetOk":
            found.append(one)
        return found

    return talking(broker, take)


class BrokerWithoutConfirmations:
    """
    A broker of before confirmations, as far as a publisher comes with it.

    Args:
        address: ``"amqp://host:port"``; empty before it serves.

        left: Set while nobody is connected.
    """

    def __init__(self) -> None:
        self.address = ""
        self.left = asyncio.Event()
        self._connections = 0

    async def __aenter__(self) -> "BrokerWithoutConfirmations":
        """Serve, in this event loop."""
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.address = f"amqp://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        """Serve nobody else."""
        self._server.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections += 1
        self.left.clear()
        answers = {
            "Connection.StartOk": commands.Connection.Tune(0, 131_072, 30),
            "Connection.Open": commands.Connection.OpenOk(),
            "Connection.Close": commands.Connection.CloseOk(),
        }
        try:
            await reader.readexactly(len(b"AMQP\0\0\x09\x01"))
            writer.write(frame.marshal(commands.Connection.Start(0, 9, {"capabilities": {}}), 0))
            while True:
                head = await reader.readexactly(7)
                rest = await reader.readexactly(struct.unpack(">BHI", head)[2] + 1)
                answer = answers.get(frame.unmarshal(head + rest)[2].name)
                if answer is not None:
                    writer.write(frame.marshal(answer, 0))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()
            self._connections -= 1
            if not self._connections:
                self.left.set()
