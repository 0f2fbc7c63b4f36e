"""`staydown serve`: the HTTP service, in one process or several over one database."""

import os
import resource
import socket
import sys
from typing import Annotated

import typer
from uvicorn import Config, Server

from api.bootstrap import prepare_data
from api.cli.local import open_record
from api.cli.starting.kernels import prepare_kernels
from api.cli.starting.supervisor import Supervisor
from api.http.border.connections import GuardedProtocol
from api.logs import configure_logs
from api.settings import Settings, read_settings
from api.shell.errors import CommandError
from api.shell.output import write_line

APPLICATION = "api.cli.starting.application:create"

_START_TIMEOUT_S = 60
"""A worker that answers nothing for so long is replaced; a busy machine needs more than uvicorn's 5 s to start one."""

_BACKLOG = 2048

_DESCRIPTORS = 65_536

_LAST_REQUESTS_S = 20
"""How long requests that are under way at Ctrl-C may take."""


def serve(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for every network.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one and prints it.")] = 8080,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes; a takedown in one is known to all.")] = 1,
    access_log: Annotated[bool, typer.Option("--access-log", help="Log each request.")] = False,
) -> None:
    """
    Serve the API and its documentation until Ctrl-C; prepares the data folder first.

    Settings come from STAYDOWN_* variables or a .env file, in every process alike.

    For example:

        staydown serve

        STAYDOWN_DATA=/var/lib/staydown staydown serve --host 0.0.0.0 --port 80 --workers 4
    """
    settings = read_settings()
    configure_logs(settings.log_format)
    if access_log:  # read by each process that serves
        os.environ["STAYDOWN_ACCESS_LOG"] = "true"
    prepare_data(settings)
    prepare_kernels(settings)
    _take_all_descriptors()
    with _listening(host, port) as listener:
        address = _address(listener)
        config = Config(
            APPLICATION,
            factory=True,
            workers=workers,
            access_log=False,  # `RequestMetrics` writes it, by routes: paths hold ids and numbers of receipts
            proxy_headers=False,  # `create_app` believes them of the proxies that the operator trusts
            log_config=None,  # `configure_logs` writes uvicorn's lines like ours
            log_level="warning",
            http=GuardedProtocol,
            ws="none",
            timeout_worker_healthcheck=_START_TIMEOUT_S,
            timeout_graceful_shutdown=_LAST_REQUESTS_S,
        )
        write_line(f"Staydown serves on {address} (documentation: {address}/docs; Ctrl-C ends it)")
        if not _has_admin(settings):
            write_line("Nobody has a key yet: `staydown init` makes the first, in this folder and with these settings")
        sys.stdout.flush()
        if workers > 1:
            Supervisor(config, sockets=[listener]).run()
            return
        server = Server(config)
        server.run(sockets=[listener])
    if not server.started:
        message = "the service did not start; the lines above say why"
        raise CommandError(message)


def _has_admin(settings: Settings) -> bool:
    with open_record(settings, read_only=True) as uow:
        return uow.keys.has_admin()


def _take_all_descriptors() -> None:
    """Have as many descriptors as we are allowed: a thousand connections that do nothing must not use them up."""
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if now < _DESCRIPTORS:
        wanted = _DESCRIPTORS if most == resource.RLIM_INFINITY else min(_DESCRIPTORS, most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        # At once: until somebody listens, Linux lets a second server bind the same port. Early clients wait in line.
        listener.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        listener.close()
        message = f"cannot listen on {host} port {port}: {error}; choose another with --host or --port"
        raise CommandError(message) from error
    listener.set_inheritable(True)
    return listener


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
