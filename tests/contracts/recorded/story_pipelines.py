"""Chapters about what pipelines ask: hashes, uploads, matches, films."""

from typing import Any

from tests.contracts.recorded.service import Service

Left = dict[str, Any]

PDQ = "f0e1d2c3b4a5968778695a4b3c2d1e0f" * 2
NEAR_PDQ = "f0e1d2c3b4a5968778695a4b3c2d1e00" + PDQ[32:]
FAR_PDQ = "0123456789abcdef" * 4


def pdq(value: str = PDQ, **more: object) -> dict[str, object]:
    """Return a hash as it is sent."""
    return {"type": "pdq/1", "value": value, **more}


def hashing(service: Service, left: Left) -> None:
    """Hash files, good and bad."""
    for name in ("coast.png", "coast.jpg", "portrait.png", "plain.png", "wide.png"):
        left[name] = service.post("pipeline", "/v1/hash", media=(name,))["signals"]
    left["features"] = service.post("moderator", "/v1/hash", form={"depth": "deep"}, media=("portrait.png",))["signals"]
    for name in ("note.txt", "empty.png", "cut-off.png", "huge.png", "not-a-film.mp4"):
        service.post("pipeline", "/v1/hash", media=(name,))
    service.post("pipeline", "/v1/hash", form={"depth": "deepest"}, media=("coast.png",))
    service.post("pipeline", "/v1/hash", form={"more": "1"}, media=("coast.png",))
    service.post("pipeline", "/v1/hash", media=("coast.png", "street.png"))
    service.post("pipeline", "/v1/hash", form={"depth": "fast"})
    service.post("pipeline", "/v1/hash", {"signals": [pdq()]})
    service.post("intake", "/v1/hash", media=("coast.png",))
    service.post(None, "/v1/hash", media=("coast.png",))


def uploading(service: Service, left: Left) -> None:
    """Register uploads while nothing is taken down yet."""
    whole = {
        "upload_id": "post-1",
        "uploader_id": "user-1",
        "post_text": "look at this",
        "url": "https://example.org/post/1",
        "created_at": "2026-01-02T03:04:05Z",
    }
    made = service.post("pipeline", "/v1/uploads", form={"upload": whole}, media=("coast.png",))
    left["post-1"] = made["upload"]
    service.post("pipeline", "/v1/uploads", form={"upload": whole}, media=("coast.png",))
    service.post("pipeline", "/v1/uploads", form={"upload": whole}, media=("street.png",))
    for number, name in ((2, "coast.jpg"), (3, "coast-cropped.png"), (4, "street.png"), (5, "plain.png")):
        form = {"upload": {"upload_id": f"post-{number}", "uploader_id": f"user-{number % 2}"}}
        left[f"post-{number}"] = service.post("pipeline", "/v1/uploads", form=form, media=(name,))["upload"]
    fast = {"upload": {"upload_id": "post-6", "depth": "fast"}}
    service.post("stranger", "/v1/uploads", form=fast, media=("garden.png",), Idempotency_Key="upl-1")
    service.post("stranger", "/v1/uploads", form=fast, media=("garden.png",), Idempotency_Key="upl-1")
    service.post("stranger", "/v1/uploads", form=fast, media=("coast.png",), Idempotency_Key="upl-1")
    by_signals = {"upload": {"upload_id": "post-7", "uploader_id": "user-7"}, "signals": [pdq(quality=90)]}
    left["post-7"] = service.post("pipeline", "/v1/uploads", by_signals)["upload"]
    service.post("pipeline", "/v1/uploads", by_signals)
    service.post("pipeline", "/v1/uploads", {**by_signals, "signals": [pdq(FAR_PDQ)]})
    service.post("pipeline", "/v1/uploads", {**by_signals, "signals": [pdq(), pdq(FAR_PDQ)]})
    for wrong in (
        {"upload": {}},
        {"upload": {"upload_id": ""}},
        {"upload": {"upload_id": "x", "colour": "red"}},
        {"upload": {"upload_id": "x", "created_at": "yesterday"}},
        {"upload": {"upload_id": "x", "created_at": "0001-01-01T00:00:00Z"}},
        {"upload": "not JSON"},
        {"upload": [1]},
        {},
    ):
        service.post("pipeline", "/v1/uploads", form=wrong, media=("coast.png",))
    service.post("pipeline", "/v1/uploads", form={"upload": {"upload_id": "x"}})
    service.post("pipeline", "/v1/uploads", form={"upload": {"upload_id": "x"}}, media=("note.txt",))
    service.get("pipeline", f"/v1/uploads/{left['post-1']}")
    for facts in ({"facts": {"harass_purpose": True}}, {"nudity": "yes"}, {"hair_colour": "red"}, {"nudity": True}):
        service.post("pipeline", f"/v1/uploads/{left['post-4']}", facts, method="PATCH")
    service.get("auditor", f"/v1/uploads/{left['post-4']}")


def asking(service: Service, left: Left) -> None:
    """Ask about media and signals while takedowns stand."""
    for name in ("coast.png", "coast.jpg", "coast-mirrored.png", "coast-cropped.png", "tower.png", "street-turned.png"):
        service.post("pipeline", "/v1/match", media=(name,))
        service.post("pipeline", "/v1/match", form={"depth": "fast"}, media=(name,))
    service.post("stranger", "/v1/match", media=("coast.jpg",))
    service.post("moderator", "/v1/match", media=("coast.jpg",))
    for signals in ([pdq()], [pdq(NEAR_PDQ, quality=80)], [pdq(FAR_PDQ)], [pdq(quality=10)], left["portrait.png"]):
        service.post("pipeline", "/v1/match", {"signals": signals})
    service.post("pipeline", "/v1/match", {"signals": left["features"], "depth": "deep"})
    service.post("pipeline", "/v1/match", {"signals": left["features"], "depth": "fast"})
    for wrong in (
        {"signals": []},
        {"signals": [{"type": "pdq/9", "value": PDQ}]},
        {"signals": [pdq("abc")]},
        {"signals": [pdq("z" * 64)]},
        {"signals": [pdq(quality=101)]},
        {"signals": [pdq(more=1)]},
        {"signals": [pdq()], "depth": "deepest"},
        {"signals": [{"type": "local/1", "value": "00"}]},
        {"signals": [one for one in left["features"] if one["type"] == "local/1"] * 2},
    ):
        service.post("pipeline", "/v1/match", wrong)
    items = [
        {"id": "a", "signals": [pdq()]},
        {"id": "b", "signals": [pdq(FAR_PDQ)]},
        {"id": "c", "signals": left["coast.png"]},
        {"id": "d", "signals": left["portrait.png"]},
    ]
    service.post("pipeline", "/v1/match/batch", {"items": items})
    service.post("stranger", "/v1/match/batch", {"items": items})
    service.post("pipeline", "/v1/match/batch", {"items": []})
    service.post("pipeline", "/v1/match/batch", {"items": [{"id": "a", "signals": left["features"]}]})
    service.post("pipeline", "/v1/match/batch", {"items": [{"id": "a", "signals": [pdq("abc")]}]})
    service.post("pipeline", "/v1/match/batch", {"items": [{"id": "a"}]})
    service.post("intake", "/v1/match/batch", {"items": items})
    for name in ("coast-mirrored.png", "tower.png"):
        form = {"upload": {"upload_id": f"late-{name}", "uploader_id": "user-9"}}
        left[f"late {name}"] = service.post("pipeline", "/v1/uploads", form=form, media=(name,))
    form = {"upload": {"upload_id": "late-untrusted", "uploader_id": "user-9"}}
    service.post("stranger", "/v1/uploads", form=form, media=("garden.jpg",))
    late = {"upload": {"upload_id": "late-signals"}, "signals": [pdq(NEAR_PDQ, quality=90)]}
    service.post("pipeline", "/v1/uploads", late)
    service.settle()
    for name in ("coast.jpg", "street.png", "tower.png"):
        service.post("pipeline", "/v1/check", media=(name,))
    service.post("stranger", "/v1/check", media=("coast.jpg",))
    service.post("pipeline", "/v1/check", {"signals": [pdq()]})
    service.post("pipeline", "/v1/check", {"signals": [pdq(FAR_PDQ)]})
    service.post("intake", "/v1/check", {"signals": [pdq()]})


def films(service: Service, left: Left) -> None:
    """Send films: a short one is answered at once, a long one by a job."""
    service.post("pipeline", "/v1/hash", media=("short.mp4",))
    service.post("pipeline", "/v1/match", media=("short.mp4",))
    form = {"upload": {"upload_id": "film-1", "uploader_id": "user-5"}}
    service.post("pipeline", "/v1/uploads", form=form, media=("short.mp4",))
    for path, form in (
        ("/v1/hash", None),
        ("/v1/match", {"depth": "fast"}),
        ("/v1/uploads", {"upload": {"upload_id": "film-2", "uploader_id": "user-5"}}),
    ):
        job = service.post("pipeline", path, form=form, media=("long.mp4",), Idempotency_Key=f"job {path}")
        address = f"/v1/jobs/{job['job']}"
        service.wait_for("pipeline", address, "state", "done", "failed")
        service.get("pipeline", address)
    service.post("pipeline", "/v1/hash", media=("long.mp4",), Idempotency_Key="job /v1/hash")
    service.post("pipeline", "/v1/hash", media=("short.mp4",), Idempotency_Key="job /v1/hash")
    service.get("stranger", address)
    service.get("intake", address)
    service.get(None, address)
