"""
The service under record: a real `serve` process over a fresh folder, and what was asked of it.

Nothing here or beside imports the project: what is known of it is `python -m api.cli` and its addresses, so no file of
it can be moved out from under the recording.
"""

import io
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
from PIL import Image

from tests.contracts.recorded.normal import Names

REPOSITORY = Path(__file__).parents[3]
CLI = (sys.executable, "-m", "api.cli")

SETTINGS = {
    "DECODE_WORKERS": "1",
    "DEEP_BUDGET_MS": "60000",  # a machine that is busy is no miss
    "MAX_IMAGE_BYTES": "400000",
    "MAX_IMAGE_PIXELS": "200000",
    "MAX_VIDEO_BYTES": "300000",
    "ASYNC_ABOVE_BYTES": "25000",
    "BLAST_RADIUS_LIMIT": "3",
    "BLAST_RADIUS_BUDGET_MS": "60000",
    "FLOOD_UPLOADERS": "8",
    "PUBLIC_REPORTS": "true",
    "PUBLIC_REPORTS_PER_HOUR": "5",
    "ALLOW_PRIVATE_DESTINATIONS": "true",
    "RETRY_ATTEMPTS": "1",
    "RETRY_FIRST_S": "0.01",
    "RETRY_CAP_S": "0.01",
}
"""Chosen so that every limit can be met with small files."""

_A_MINUTE_S = 60
_DIFFERING_HEADERS = {"content-length", "date", "x-request-id", "server", "connection", "transfer-encoding"}
_PATIENCE_S = 300.0
_ASK_AGAIN_S = 0.02


def environment(data: Path, **settings: str) -> dict[str, str]:
    """Return the variables of a process over a data folder: none of this machine's settings, a screen of one size."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("STAYDOWN_")}
    chosen = {f"STAYDOWN_{name}": value for name, value in settings.items()}
    screen = {"COLUMNS": "100", "TERM": "dumb", "NO_COLOR": "1", "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"}
    return {**inherited, **screen, **chosen, "STAYDOWN_DATA": str(data), "PYTHONPATH": str(REPOSITORY)}


class Service:
    """
    A running service that writes down what it is asked and what it answers.

    Args:
        address: Where it listens.

        admin: Key of an admin.

        files: What can be sent, by name.

        names: What replaces ids and places.
    """

    def __init__(self, address: str, admin: str, files: Mapping[str, bytes], names: Names) -> None:
        self.address = address
        self.keys: dict[str, str] = {"admin": admin}
        self.recorded: list[dict[str, object]] = []
        self._files = files
        self._names = names
        self._http = httpx2.Client(base_url=address, timeout=_PATIENCE_S)
        self._never = threading.Event()
        self._events_read = "0"

    def close(self) -> None:
        """Close the client."""
        self._http.close()

    def get(self, role: str | None, path: str, **headers: str) -> Any:
        """Read an address and record it; a role of None sends no key."""
        return self.ask("GET", role, path, headers=headers)

    def post(
        self,
        role: str | None,
        path: str,
        body: object = None,
        *,
        method: str = "POST",
        form: Mapping[str, object] | None = None,
        media: tuple[str, ...] = (),
        **headers: str,
    ) -> Any:
        """
        Send JSON, or a form of JSON parts and files, and record it.

        Args:
            role: Whose key; None sends none.

            path: The address.

            body: JSON.

            method: Another than POST.

            form: Parts of a form, by name; those that are no text are sent as JSON.

            media: Names of the files that go with it.

            headers: More, with _ for -.

        Returns:
            The answer's JSON as it came, or None.
        """
        sent: dict[str, Any] = {}
        if form is not None or media:
            texts = {name: part if isinstance(part, str) else json.dumps(part) for name, part in (form or {}).items()}
            sent["files"] = [(name, (None, text)) for name, text in texts.items()]
            sent["files"] += [("media", (name, self._files[name], "application/octet-stream")) for name in media]
        elif body is not None:
            sent["json"] = body
        told = {"json": body, "form": form, "media": list(media)}
        return self.ask(method, role, path, headers=headers, told=told, **sent)

    def send(self, role: str | None, path: str, content: bytes, kind: str, **headers: str) -> Any:
        """Send raw bytes as some content type, and record it."""
        told = {"content": content.decode("latin-1"), "content-type": kind}
        return self.ask("POST", role, path, headers={**headers, "content_type": kind}, told=told, content=content)

    def ask(
        self,
        method: str,
        role: str | None,
        path: str,
        *,
        headers: Mapping[str, str],
        told: Mapping[str, object] | None = None,
        **sent: Any,
    ) -> Any:
        """Ask, and record what was asked and answered."""
        self._name_events()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        authorised = named if role is None else {"Authorization": f"Bearer {self.keys.get(role, role)}", **named}
        response = self._http.request(method, path, headers=authorised, **sent)
        request = {"as": role, "headers": named, **(told or {})}
        request = {name: value for name, value in request.items() if value not in (None, {}, [])}
        kept = {name: value for name, value in response.headers.items() if name not in _DIFFERING_HEADERS}
        if int(kept.get("retry-after", 0)) > _A_MINUTE_S:
            kept["retry-after"] = "<what is left of an hour>"
        self.recorded.append(
            {
                "asked": self._names.text(f"{method} {path}"),
                "request": self._names.normal(request),
                "status": response.status_code,
                "headers": self._names.normal(dict(kept)),
                "body": self._names.normal(_body(response)),
            }
        )
        return response.json() if _is_json(response) else None

    def settle(self) -> None:
        """Wait until what is done in the background is done: look-backs, deliveries."""
        self._until(self._is_settled, f"{self.address} is at rest")

    def wait_for(self, role: str, path: str, field: str, *values: object) -> None:
        """Wait until a field of an address has one of some values."""
        self._until(lambda: self._read(role, path)[field] in values, f"{path}: {field} in {values}")

    def _until(self, holds: Callable[[], bool], what: str) -> None:
        give_up_at = time.monotonic() + _PATIENCE_S
        while not holds():
            assert time.monotonic() < give_up_at, f"did not come to hold within {_PATIENCE_S:.0f} s: {what}"
            self._never.wait(_ASK_AGAIN_S)

    def _is_settled(self) -> bool:
        takedowns = self._read("admin", "/v1/takedowns?limit=200")["items"]
        states = [self._read("admin", f"/v1/takedowns/{one['id']}/lookback")["state"] for one in takedowns]
        if {"pending", "running", "releasing"} & set(states):
            return False
        active = {one["id"] for one in self._read("admin", "/v1/destinations")["items"] if one["state"] == "active"}
        waiting = [
            one["destination_id"]
            for state in ("pending", "failed")
            for one in self._read("admin", f"/v1/deliveries?limit=200&state={state}")["items"]
        ]
        return not active & set(waiting)

    def _name_events(self) -> None:
        """Name events in the order they were committed: the ledger's lines about them are in none."""
        page = self._read("admin", f"/v1/events?limit=200&after={self._events_read}")
        for event in page["items"]:
            self._names.text(event["id"])
        self._events_read = page["cursor"]

    def _read(self, role: str, path: str) -> Any:
        """Read without recording."""
        response = self._http.get(path, headers={"Authorization": f"Bearer {self.keys[role]}"})
        response.raise_for_status()
        return response.json()


@contextmanager
def running(folder: Path, files: Mapping[str, bytes]) -> Iterator[Service]:
    """Run `serve` over a fresh data folder inside a folder, until the block ends."""
    variables = environment(folder / "data", **SETTINGS)
    init = subprocess.run(
        [*CLI, "init", "--json"], env=variables, cwd=folder, capture_output=True, text=True, check=True
    )
    admin = json.loads(init.stdout)["admin_key"]["key"]
    log = (folder / "serve.log").open("w")
    process = subprocess.Popen(
        [*CLI, "serve", "--port", "0"], env=variables, cwd=folder, stdout=subprocess.PIPE, stderr=log, text=True
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        address = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert address is not None, f"serve said {line!r}; {(folder / 'serve.log').read_text()}"
        service = Service(address[0], admin, files, Names({str(folder): "<folder>"}))
        service.wait_for("admin", "/readyz", "ready", True)
        yield service
        service.close()
    finally:
        process.terminate()
        process.wait(timeout=_PATIENCE_S)
        if process.stdout is not None:
            process.stdout.close()
        log.close()


def _is_json(response: httpx2.Response) -> bool:
    return bool(response.content) and "json" in response.headers.get("content-type", "")


def _body(response: httpx2.Response) -> object:
    """Return an answer's content as it is compared: of pictures and pages what they are, of figures their names."""
    kind = response.headers.get("content-type", "")
    if _is_json(response):
        return response.json()
    if kind.startswith("image/"):
        picture = Image.open(io.BytesIO(response.content))
        return f"<{picture.format} {picture.width}×{picture.height}>"
    if kind.startswith("text/html"):
        return "<page>"
    if response.request.url.path == "/metrics":
        lines = response.text.splitlines()
        return sorted(line for line in lines if line.startswith(("# TYPE staydown_", "# HELP staydown_")))
    return response.text
