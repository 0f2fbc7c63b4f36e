"""
RabbitMQ as a process of a test's own, from Debian's packages (`rabbitmq-server`), or wherever `TEST_AMQP_URL` says.

It has its own folder, ports and Erlang name server, so that nothing of the machine is touched and several can run.
"""

import asyncio
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiormq import connect

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
