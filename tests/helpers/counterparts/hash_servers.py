"""
A server of hashes on this machine that speaks as StopNCII, ThreatExchange and NCMEC do, and misbehaves on demand.

    /stopncii/…     FetchHashes, SubmitHashes, SubmitFeedback
    /graph/…        {group}/threat_updates, threat_descriptors, {descriptor}
    /ncmec/v2/…     entries, entries/{member}/{id}/PDQ/feedback

It keeps the newest state of each record, as these servers do. A set of pages is of one moment: what changes while it is
read comes with the next set.
"""

import json
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

GROUP = "1234567"
OPTIONS = {
    "stopncii": {"source": "us"},
    "threatexchange": {"privacy_group": GROUP},
    "ncmec": {"negative_reason": "g-1"},
}
SECRETS = {
    "stopncii": {
        "subscription_key": "subscription-secret",
        "fetch_key": "fetch-secret",
        "submit_key": "submit-secret",
        "feedback_key": "feedback-secret",
    },
    "threatexchange": {"access_token": "42|app-secret"},
    "ncmec": {"username": "member", "password": "member-secret"},
}
PATHS = {"stopncii": "/stopncii", "threatexchange": "/graph", "ncmec": "/ncmec"}


@dataclass
class Record:
    """A record as the server knows it."""

    number: int
    value: str
    updated: int
    withdrawn: bool = False


@dataclass
class HashServer:
    """
    What a server has, and what it noted.

    Args:
        url: Where it listens.

        page_size: Records a page, whatever is asked for.

        behave: How the next requests are answered, first to last: ``"429"``, ``"500"``, ``"nonsense"``, ``"drop"``,
            ``"redirect"``, ``"401"``, ``"huge"``; then all is well.

        shuffled: Whether the records of a set come in no order.
    """

    url: str
    page_size: int = 3
    behave: list[str] = field(default_factory=list)
    shuffled: bool = True
    records: dict[int, Record] = field(default_factory=dict)
    extra: list[dict[str, object]] = field(default_factory=list)
    submitted: list[dict[str, object]] = field(default_factory=list)
    feedback: list[dict[str, object]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    moment: int = 1_000
    sets: list[list[Record]] = field(default_factory=list)
    tokens_are_stale: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def address(self, kind: str) -> str:
        """Return where a kind of server is."""
        return self.url + PATHS[kind]

    def put(self, number: int, value: str, *, withdrawn: bool = False) -> None:
        """Add a record, or change it."""
        with self.lock:
            self.moment += 1
            self.records[number] = Record(number, value, self.moment, withdrawn)

    def withdraw(self, number: int) -> None:
        """Take a record back."""
        self.put(number, self.records[number].value, withdrawn=True)

    def forget(self, number: int) -> None:
        """Know nothing of a record any more, without having said so."""
        del self.records[number]

    def standing(self) -> set[str]:
        """Return the hashes that were not taken back."""
        return {one.value for one in self.records.values() if not one.withdrawn}

    def begin_set(self, start: int) -> int:
        """Freeze what changed since a moment, so that its pages stay as they are; return its number."""
        found = [one for _, one in sorted(self.records.items()) if start <= one.updated]
        if self.shuffled:
            random.Random(self.moment).shuffle(found)
        self.sets.append(found)
        return len(self.sets) - 1


@contextmanager
def hash_server(*, port: int = 0) -> Iterator[HashServer]:
    """Run one on a port of its own."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer("")

        def do_POST(self) -> None:
            self._answer(self._body())

        def do_PUT(self) -> None:
            self._answer(self._body())

        def _body(self) -> str:
            return self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()

        def _answer(self, body: str) -> None:
            self.close_connection = True
            with server.lock:
                server.asked.append(f"{self.command} {self.path}")
                how = server.behave.pop(0) if server.behave else "ok"
            if how == "drop":
                self.connection.close()
                return
            if how != "ok":
                self._misbehave(how)
                return
            with server.lock:
                status, answer = _routed(server, self.command, self.path, dict(self.headers.items()), body)
            self._send(status, answer)

        def _misbehave(self, how: str) -> None:
            if how == "nonsense":
                self._send(200, "<<<{")
            elif how == "huge":
                self._send(200, "x" * 200_000)
            elif how == "redirect":
                self._send(302, "", Location="http://127.0.0.1:1/elsewhere")
            elif how.startswith("429"):
                self._send(429, "slow down", **{"Retry-After": how.partition(" ")[2] or "7"})
            else:
                self._send(int(how), f"no, and your header was {dict(self.headers.items())}")

        def _send(self, status: int, text: str, **headers: str) -> None:
            data = text.encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(data)), "Connection": "close"}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    listening = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    listening.daemon_threads = True
    server = HashServer(f"http://127.0.0.1:{listening.server_address[1]}")
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()


def _routed(server: HashServer, method: str, path: str, headers: dict[str, str], body: str) -> tuple[int, str]:
    parts = urlsplit(path)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    kind, _, rest = parts.path.lstrip("/").partition("/")
    if kind == "stopncii":
        return _stopncii(server, rest, query, headers, body)
    if kind == "graph":
        return _graph(server, method, rest, query, body)
    return _ncmec(server, method, rest, query, headers, body)


def _page(server: HashServer, start: int, place: str | None) -> tuple[list[Record], str | None, list[Record]]:
    """Return a page of the set since `start`, the place of the next, and the whole set."""
    number, offset = (server.begin_set(start), 0) if place is None else map(int, place.split("-"))
    found, behind = server.sets[number], offset + server.page_size
    return found[offset:behind], f"{number}-{behind}" if behind < len(found) else None, found


def _stopncii(
    server: HashServer, path: str, query: dict[str, str], headers: dict[str, str], body: str
) -> tuple[int, str]:
    key = {"FetchHashes": "fetch", "SubmitHashes": "submit", "SubmitFeedback": "feedback"}[path]
    given = (headers.get("x-functions-key"), headers.get("Ocp-Apim-Subscription-Key"))
    if given != (f"{key}-secret", "subscription-secret"):
        return 401, "no"
    if key == "submit":
        server.submitted += json.loads(body)["hashRecords"]
        return 200, "{}"
    if key == "feedback":
        server.feedback += json.loads(body)["hashFeedbacks"]
        return 200, "{}"
    token = query.get("nextPageToken")
    if token is not None and server.tokens_are_stale:
        return 400, "that token is no longer valid"
    found, following, whole = _page(server, int(query["startTimestamp"]), token)
    newest = max((one.updated for one in whole), default=int(query["startTimestamp"]) - 1)
    records = [
        {
            "lastModtimestamp": one.updated,
            "signalType": "ImagePDQ",
            "hashValue": one.value,
            "hashStatus": "Withdrawn" if one.withdrawn else "Active",
            "caseNumbers": {str(one.number): "Active"},
        }
        for one in found
    ]
    records += server.extra if following is None else []
    return 200, json.dumps(
        {
            "count": len(records),
            "nextPageToken": following or "",
            "nextSetTimestamp": newest + 1,
            "hasMoreRecords": following is not None,
            "hashRecords": records,
        }
    )


def _graph(server: HashServer, method: str, path: str, query: dict[str, str], body: str) -> tuple[int, str]:
    if method == "POST":
        form = {name: values[0] for name, values in parse_qs(body).items()}
        if form.pop("access_token", None) != "42|app-secret":
            return 401, "no"
        if path == "threat_descriptors":
            server.submitted.append(form)
            return 200, json.dumps({"success": True, "id": str(900_000 + len(server.submitted))})
        (server.feedback if "reactions" in form else server.submitted).append({"descriptor": path, **form})
        return 200, '{"success": true}'
    if query.get("access_token") != "42|app-secret" or path != f"{GROUP}/threat_updates/":
        return 401, "no"
    start = int(query["start_time"])
    found, following, _ = _page(server, start, query.get("after"))
    data: list[dict[str, object]] = [
        {
            "id": str(one.number),
            "indicator": one.value,
            "type": "HASH_PDQ",
            "last_updated": one.updated,
            "should_delete": one.withdrawn,
            "descriptors": {"data": [{"id": str(500_000 + one.number)}]},
        }
        for one in found
    ]
    answer: dict[str, object] = {"data": data + (server.extra if following is None else [])}
    if following is not None:
        again = {"access_token": "42|app-secret", "start_time": start, "after": following}
        answer["paging"] = {"next": f"http://169.254.169.254/{path}?{urlencode(again)}"}  # as if it led elsewhere
    return 200, json.dumps(answer)


def _ncmec(
    server: HashServer, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: str
) -> tuple[int, str]:
    if headers.get("Authorization") != "Basic bWVtYmVyOm1lbWJlci1zZWNyZXQ=":
        return 401, "no"
    if method == "PUT":
        server.feedback.append({"path": path, "body": body})
        return 200, "<ok/>"
    found, following, _ = _page(server, 0, query.get("start"))
    images = "".join(
        f'<deletedImage><member id="7">M</member><id>e{one.number}</id></deletedImage>'
        if one.withdrawn
        else f'<image><member id="7">M</member><id>e{one.number}</id><fingerprints><md5>00</md5><pdq>{one.value}</pdq>'
        f"</fingerprints></image>"
        for one in found
    )
    link = "" if following is None else f"<next>/v2/entries?from=a&amp;to=b&amp;start={following}&amp;max=9</next>"
    return 200, (
        '<?xml version="1.0"?><queryResult xmlns="https://hashsharing.ncmec.org/hashsharing/v2">'
        f"<images count='{len(found)}' maxTimestamp='2026-01-01T00:00:00Z'>{images}</images>"
        f"<paging>{link}</paging></queryResult>"
    )
