"""Chapters about keys, destinations and figures, and about who may ask what."""

from typing import Any

from tests.contracts.recorded.service import Service

Left = dict[str, Any]

PEOPLE = {
    "pipeline": ("pipeline", True),
    "stranger": ("pipeline", False),
    "intake": ("intake", False),
    "moderator": ("moderator", False),
    "other moderator": ("moderator", False),
    "senior": ("senior", False),
    "auditor": ("auditor", False),
}
"""Who asks: role, and whether the key is trusted. An admin is there from the beginning."""

NOBODYS = "0" * 25
"""What an id that names nothing ends with."""

READ_BY = {
    "/v1/keys": "senior",
    "/v1/stats": "pipeline",
    "/v1/cases": "intake",
    "/v1/takedowns": "pipeline",
    "/v1/appeals": "pipeline",
    "/v1/protected": "moderator",
    "/v1/never-bank": "moderator",
    "/v1/known-pairs": "auditor",
    "/v1/destinations": "moderator",
    "/v1/deliveries": "moderator",
    "/v1/events": "intake",
}
"""Lists, with a role that may not read them."""


def starting(service: Service, _: Left) -> None:
    """Ask what needs no key."""
    for path in ("/healthz", "/readyz", "/openapi.json", "/docs", "/redoc", "/metrics", "/nowhere", "/v1/nowhere"):
        service.get(None, path)
    for method, path in (("POST", "/healthz"), ("DELETE", "/v1/cases"), ("PUT", "/v1/uploads"), ("GET", "/v1/match")):
        service.ask(method, "admin", path, headers={})
    service.get("admin", "/v1/stats")


def making_keys(service: Service, left: Left) -> None:
    """Make a key for everybody, and one that is revoked."""
    for name, (role, trusted) in PEOPLE.items():
        made = service.post("admin", "/v1/keys", {"name": name, "role": role, "trusted": trusted})
        service.keys[name] = made["key"]
        left[name] = made["id"]
    body = {"name": "soon revoked", "role": "pipeline"}
    made = service.post("admin", "/v1/keys", body, Idempotency_Key="key-1")
    service.keys["revoked"] = made["key"]
    service.post("admin", "/v1/keys", body, Idempotency_Key="key-1")
    service.post("admin", "/v1/keys", {**body, "trusted": True}, Idempotency_Key="key-1")
    service.post("admin", "/v1/keys", body, Idempotency_Key="k" * 256)
    rotating(service, service.post("admin", "/v1/keys", {**body, "expires_at": "2100-01-01T00:00:00Z"})["id"])
    service.post("admin", "/v1/keys", {**body, "expires_at": "2020-01-01T00:00:00Z"})
    for wrong in ({}, {"name": "x", "role": "king"}, {"name": "", "role": "admin"}, {**body, "more": 1}, ["list"]):
        service.post("admin", "/v1/keys", wrong)
    service.post("senior", "/v1/keys", body)
    service.post(None, "/v1/keys", body)
    service.ask("DELETE", "admin", f"/v1/keys/{made['id']}", headers={})
    service.ask("DELETE", "admin", f"/v1/keys/{made['id']}", headers={})
    service.ask("DELETE", "senior", f"/v1/keys/{made['id']}", headers={})
    service.get("revoked", "/v1/events")
    service.get("admin", "/v1/keys")
    first = service.get("admin", "/v1/keys?limit=3")
    service.get("admin", f"/v1/keys?limit=200&after={first['next']}")
    for query in ("limit=0", "limit=201", "limit=many"):
        service.get("admin", f"/v1/keys?{query}")


def rotating(service: Service, key_id: str) -> None:
    """Replace a key, in every way that is taken or refused."""
    address, ends = f"/v1/keys/{key_id}/rotate", "2100-01-01T00:00:00Z"
    service.post("senior", address, {})
    for wrong in ({"overlap_s": -1}, {"overlap_s": 10**9}, {"more": 1}, {"expires_at": "2020-01-01T00:00:00Z"}):
        service.post("admin", address, wrong)
    service.post("admin", "/v1/keys/key_none/rotate", {})
    body = {"overlap_s": 60, "expires_at": ends}
    made = service.post("admin", address, body, Idempotency_Key="rotate-1")
    service.post("admin", address, body, Idempotency_Key="rotate-1")
    service.post("admin", address, {})
    service.post("admin", f"/v1/keys/{made['id']}/rotate", {"overlap_s": 0, "expires_at": ends})
    service.post("admin", f"/v1/keys/{made['id']}/rotate", {})


def being_told(service: Service, left: Left) -> None:
    """Add destinations: a file that is told everything, a webhook nobody answers, one that is paused."""
    told = service.post("admin", "/v1/destinations", {"name": "ledger", "kind": "file", "path": "told.ndjson"})
    left["ledger"] = told["id"]
    hook = {"name": "nobody", "kind": "webhook", "url": "http://127.0.0.1:1/hook", "events": ["appeal.decided"]}
    left["nobody"] = service.post("admin", "/v1/destinations", hook)["id"]
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    hook = {"name": "photos", "kind": "webhook", "url": "https://198.51.100.7/hook", "secret": secret}
    hook["events"] = ["takedown.created", "upload.matched"]
    public = service.post("admin", "/v1/destinations", hook)
    service.post("admin", f"/v1/destinations/{public['id']}/pause")
    hook["url"] = "http://127.0.0.1:1/photos"
    paused = service.post("admin", "/v1/destinations", hook, Idempotency_Key="dst-1")
    service.post("admin", "/v1/destinations", hook, Idempotency_Key="dst-1")
    left["paused"] = paused["id"]
    service.post("admin", f"/v1/destinations/{paused['id']}/pause")
    service.post("admin", f"/v1/destinations/{paused['id']}/pause")
    passing = service.post("admin", "/v1/destinations", {"name": "passing", "kind": "file", "path": "passing.jsonl"})
    for verb in ("pause", "resume", "resume"):
        service.post("admin", f"/v1/destinations/{passing['id']}/{verb}")
    service.ask("DELETE", "admin", f"/v1/destinations/{passing['id']}", headers={})
    service.ask("DELETE", "admin", f"/v1/destinations/{passing['id']}", headers={})
    for wrong in (
        {"name": "x", "kind": "pigeon"},
        {"name": "x", "kind": "file", "path": "../escape.ndjson"},
        {"name": "x", "kind": "file", "path": "told.txt"},
        {"name": "x", "kind": "file", "url": "https://example.org"},
        {"name": "x", "kind": "file", "path": "a.ndjson", "secret": secret},
        {"name": "x", "kind": "webhook", "url": "ftp://example.org/hook"},
        {"name": "x", "kind": "webhook", "url": "https://169.254.169.254/hook"},
        {"name": "x", "kind": "webhook", "url": "https://198.51.100.7/hook", "secret": "short"},
        {"name": "x", "kind": "file", "path": "a.ndjson", "events": ["moon.rose"]},
        {"name": "x", "kind": "file", "path": "a.ndjson", "events": []},
    ):
        service.post("admin", "/v1/destinations", wrong)
    service.get("senior", "/v1/destinations")
    service.get("senior", f"/v1/destinations/{told['id']}")
    service.get("senior", f"/v1/destinations/dst_{NOBODYS}")
    service.post("senior", f"/v1/destinations/{told['id']}/pause")
    service.post("admin", f"/v1/destinations/dst_{NOBODYS}/resume")


def refusing(service: Service, left: Left) -> None:
    """Ask with the wrong key, for what is not there, and in ways that cannot be read."""
    for path, role in READ_BY.items():
        service.get(role, path)
        service.get(None, path)
    for path, role in (
        ("/v1/cases/case_", "moderator"),
        ("/v1/decisions/dec_", "moderator"),
        ("/v1/takedowns/tkd_", "moderator"),
        ("/v1/appeals/app_", "moderator"),
        ("/v1/uploads/upl_", "pipeline"),
        ("/v1/deliveries/dlv_", "senior"),
        ("/v1/jobs/job_", "pipeline"),
    ):
        service.get(role, f"{path}{NOBODYS}")
    for path in ("propagation", "lookback"):
        service.get("moderator", f"/v1/takedowns/tkd_{NOBODYS}/{path}")
    for path in (
        "/v1/cases?state=asleep",
        "/v1/cases?queue=cinema",
        "/v1/cases?order=beauty",
        "/v1/cases?after=nowhere",
        "/v1/takedowns?state=asleep",
        "/v1/appeals?state=asleep",
        "/v1/deliveries?state=asleep",
        "/v1/events?type=moon.rose",
        "/v1/events?after=first",
        f"/v1/takedowns/{left['coast takedown']}/lookback?after=first",
        "/v1/cases/a%00b",
    ):
        service.get("admin", path)
    service.ask("GET", None, "/v1/cases", headers={"Authorization": "Basic bW9kZXJhdG9yOg=="})
    service.get("sdk_made-up", "/v1/cases")
    for role, path, body in (
        ("pipeline", "/v1/reports", {}),
        ("intake", "/v1/match", {"signals": []}),
        ("moderator", "/v1/uploads", {}),
        ("intake", f"/v1/cases/{left['coast case']}/claim", None),
        ("auditor", f"/v1/cases/{left['coast case']}/decision", {"outcome": "uphold"}),
        ("moderator", f"/v1/takedowns/{left['coast takedown']}/withdraw", {"reason": "mine"}),
        ("moderator", f"/v1/appeals/app_{NOBODYS}/decision", {"outcome": "stand"}),
        ("moderator", f"/v1/decisions/dec_{NOBODYS}/approve", None),
        ("senior", f"/v1/decisions/dec_{NOBODYS}/approve", None),
        ("auditor", f"/v1/deliveries/dlv_{NOBODYS}/retry", None),
        ("senior", f"/v1/deliveries/dlv_{NOBODYS}/retry", None),
        ("senior", f"/v1/takedowns/tkd_{NOBODYS}/withdraw", {"reason": "none"}),
        ("senior", f"/v1/appeals/app_{NOBODYS}/decision", {"outcome": "stand"}),
    ):
        service.post(role, path, body)
    service.get("auditor", f"/v1/cases/{left['coast case']}/media/0")
    json = "application/json"
    for path in ("/v1/match", "/v1/match/batch", "/v1/uploads", "/v1/appeals", "/v1/keys"):
        service.send("admin", path, b'{"signals": [', json)
    service.send("admin", "/v1/match", b"[1, 2]", json)
    service.send("admin", "/v1/match", b"", json)
    service.send("admin", "/v1/match", b'{"signals": "\xff"}', json)
    service.send("admin", "/v1/keys", b'{"name": "a\\u0000b", "role": "admin"}', json)
    service.send("admin", "/v1/match", b"signals=none", "application/x-www-form-urlencoded")
    service.send("admin", "/v1/match", b"<signals/>", "text/xml")
    form = "multipart/form-data; boundary=line"
    service.send("admin", "/v1/hash", b"--line\r\nnot a form", form)
    service.send("admin", "/v1/hash", b"whatever", "multipart/form-data")
    nameless = b"--line\r\nContent-Disposition: form-data\r\n\r\nx\r\n--line--\r\n"
    service.send("admin", "/v1/hash", nameless, form)
    unended = b'--line\r\nContent-Disposition: form-data; name="media"; filename="a"\r\n\r\nx'
    service.send("admin", "/v1/hash", unended, form)


def closing(service: Service, left: Left) -> None:
    """Read the ledger, the feed and the figures at the end."""
    service.settle()
    for state in ("delivered", "dead", "pending", "failed"):
        service.get("senior", f"/v1/deliveries?limit=200&state={state}")
    service.get("auditor", "/v1/destinations")
    service.ask("DELETE", "admin", f"/v1/destinations/{left['paused']}", headers={})
    service.get("senior", "/v1/deliveries?limit=200&state=dead")
    service.get("auditor", f"/v1/destinations/{left['nobody']}")
    service.ask("DELETE", "admin", f"/v1/destinations/{left['nobody']}", headers={})
    service.get("auditor", f"/v1/destinations/{left['nobody']}")
    first = service.get("pipeline", "/v1/events?limit=5")
    service.get("pipeline", f"/v1/events?limit=200&after={first['next']}")
    service.get("auditor", "/v1/events?limit=200&type=takedown.created&type=takedown.reversed")
    service.get("auditor", "/v1/events?after=999999")
    service.get("auditor", "/v1/audit?after=999999")
    service.get("moderator", "/v1/stats")
    service.get(None, "/readyz")
    service.get(None, "/metrics")
    reviewed = [{"id": "R07", "outcome": "NUDITY_REVIEW", "hash_action": "hold_match_only"}, {"id": "R21"}]
    service.post("senior", "/v1/policy/replay", {"table": reviewed, "examples": 0})
    service.post("auditor", "/v1/policy/replay", {"thresholds": {"pdq/1": 0, "phash/1": 40}, "examples": 0})
    service.post("auditor", "/v1/policy/replay", {"trust": {"T01": False, "look": False}, "examples": 0})
    service.post("moderator", "/v1/policy/replay", {"thresholds": {"pdq/1": 0}})
    service.post("admin", "/v1/policy/replay", {"table": [{"id": "R99", "when": {"nudity": 1}}]})
