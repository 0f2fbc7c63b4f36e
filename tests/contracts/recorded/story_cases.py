"""Chapters about reports, cases, decisions, takedowns, and taking them back."""

from typing import Any

from tests.contracts.recorded.service import Service
from tests.contracts.recorded.story_pipelines import FAR_PDQ, pdq

Left = dict[str, Any]

COMPLETE: dict[str, Any] = {
    "reporter": {"relation": "subject", "name": "A. Person", "contact": "a.person@example.org"},
    "statement": {"non_consent": True, "good_faith": True, "signature": "A. Person"},
    "content": {"url": "https://example.org/post/1", "upload_id": "post-1", "uploader_id": "user-1"},
    "facts": {"nudity": True},
}
"""A report that lacks nothing, of what is removed at once."""

UPHOLD, REJECT, ASK = {"outcome": "uphold"}, {"outcome": "reject"}, {"outcome": "request_information"}


def reporting(service: Service, left: Left) -> None:
    """File reports, with media and by signals, whole and with much missing."""

    def filed(name: str, report: dict[str, Any], *media: str, role: str | None = "intake", **headers: str) -> None:
        answer = service.post(role, "/v1/reports", form={"report": report}, media=media, **headers)
        left[f"{name} case"], left[f"{name} receipt"] = answer["case_id"], answer["receipt"]

    filed("coast", COMPLETE, "coast.png", Idempotency_Key="rep-1")
    service.post("intake", "/v1/reports", form={"report": COMPLETE}, media=("coast.png",), Idempotency_Key="rep-1")
    service.post("intake", "/v1/reports", form={"report": COMPLETE}, media=("street.png",), Idempotency_Key="rep-1")
    filed("two", {**COMPLETE, "content": {"url": "https://example.org/2"}}, "portrait.png", "harbour.png")
    filed("street", {**COMPLETE, "facts": {"context_assessed": False}}, "street.png", role="admin")
    filed("garden", {**COMPLETE, "facts": {}}, "garden.png")
    filed("public", {"reporter": {"relation": "third_party"}}, "tower.png", role=None)
    representative = {"relation": "authorised_representative", "authority_evidence": "a letter", "uploader_id": "u-8"}
    filed("mandate", {**COMPLETE, "reporter": representative}, "meadow.png")
    filed("plain", COMPLETE, "plain.png")
    filed("film", {**COMPLETE, "content": {"uploader_id": "user-5"}}, "short.mp4")
    filed("kept", {**COMPLETE, "facts": {"publicly_available": True}}, "meadow.png")
    by_signals = {"report": COMPLETE, "signals": [pdq(quality=90)]}
    answer = service.post("intake", "/v1/reports", by_signals)
    left["signals case"], left["signals receipt"] = answer["case_id"], answer["receipt"]
    service.post("intake", "/v1/reports", {**by_signals, "signals": [pdq(FAR_PDQ), pdq(FAR_PDQ[::-1])]})
    threat = {**COMPLETE, "conduct": "threat_to_expose"}
    service.post("intake", "/v1/reports", {"report": threat, "signals": [pdq(FAR_PDQ[::-1], quality=20)]})
    for wrong in (
        {},
        {"reporter": {"relation": "friend"}},
        {"reporter": {"relation": "subject"}, "colour": "red"},
        {"reporter": {"relation": "subject"}, "facts": {"hair_colour": "red", "nudity": "yes"}},
        {"reporter": {"relation": "subject"}, "statement": {"non_consent": "yes"}},
        {"reporter": {"relation": "subject"}, "conduct": "singing"},
    ):
        service.post("intake", "/v1/reports", form={"report": wrong}, media=("coast.png",))
    service.post("intake", "/v1/reports", form={"report": COMPLETE})
    service.post("intake", "/v1/reports", form={"report": COMPLETE}, media=("coast.png", "note.txt"))
    service.post("intake", "/v1/reports", {"report": COMPLETE})
    service.post("intake", "/v1/reports", {"report": COMPLETE, "signals": []})
    for _ in range(5):
        service.post(None, "/v1/reports", {"report": {"reporter": {"relation": "subject"}}, "signals": []})
    receipt = left["coast receipt"]
    service.get(None, f"/v1/receipts/{receipt['number']}", Receipt_Secret=receipt["secret"])
    service.get(None, f"/v1/receipts/{receipt['number']}", Receipt_Secret="wrong")
    service.get(None, f"/v1/receipts/{receipt['number']}")
    service.get(None, "/v1/receipts/SD-0000-0000-0000", Receipt_Secret=receipt["secret"])


def deciding(service: Service, left: Left) -> None:
    """Read, claim, learn about and decide cases."""
    coast, street, plain = left["coast case"], left["street case"], left["plain case"]
    first = service.get("moderator", "/v1/cases?limit=4")
    service.get("moderator", f"/v1/cases?limit=200&after={first['next']}")
    service.get("auditor", "/v1/cases?state=open&queue=reports&order=deadline&limit=2")
    service.get("moderator", "/v1/cases?uploader_id=user-5&order=newest")
    service.get("moderator", "/v1/cases?uploader=user-5")
    service.get("moderator", "/v1/case-groups?by=evidence&limit=2")
    service.post("moderator", "/v1/cases/decisions", {**UPHOLD, "case_ids": [coast], "group": "tkd_none"})
    service.post("moderator", "/v1/cases/decisions", {**UPHOLD, "group": "tkd_none"})
    service.post("moderator", "/v1/cases/decisions", {**REJECT, "case_ids": ["case_none", coast]})
    service.get("moderator", f"/v1/cases/{coast}")
    service.post("admin", f"/v1/cases/{street}/decision", UPHOLD)
    for role, verb in (
        ("moderator", "claim"),
        ("moderator", "claim"),
        ("other moderator", "claim"),
        ("other moderator", "release"),
        ("moderator", "release"),
        ("moderator", "release"),
        ("moderator", "claim"),
    ):
        service.post(role, f"/v1/cases/{coast}/{verb}")
    service.post("other moderator", f"/v1/cases/{coast}/decision", UPHOLD)
    service.post("other moderator", f"/v1/cases/{coast}/facts", {"nudity": False}, method="PATCH")
    for number in ("0", "1", "-1", "first"):
        service.get("moderator", f"/v1/cases/{coast}/media/{number}")
    for wrong in ({}, {"outcome": "shrug"}, {"outcome": "uphold", "more": 1}, REJECT):
        service.post("moderator", f"/v1/cases/{coast}/decision", wrong)
    decided = service.post("moderator", f"/v1/cases/{coast}/decision", UPHOLD, Idempotency_Key="dec-1")
    left["coast takedown"], left["coast decision"] = decided["takedown_id"], decided["decision_id"]
    service.settle()
    service.post("moderator", f"/v1/cases/{coast}/decision", UPHOLD, Idempotency_Key="dec-1")
    service.post("moderator", f"/v1/cases/{coast}/decision", REJECT, Idempotency_Key="dec-1")
    service.post("moderator", f"/v1/cases/{coast}/decision", UPHOLD)
    service.post("moderator", f"/v1/cases/{coast}/claim")
    service.post("moderator", f"/v1/cases/{coast}/facts", {"nudity": False}, method="PATCH")
    service.get("moderator", f"/v1/cases/{coast}")
    service.get("moderator", f"/v1/decisions/{left['coast decision']}")
    service.get("senior", f"/v1/takedowns/{left['coast takedown']}")
    service.get("auditor", f"/v1/takedowns/{left['coast takedown']}")
    service.get("senior", f"/v1/takedowns/{left['coast takedown']}/propagation")
    first = service.get("senior", f"/v1/takedowns/{left['coast takedown']}/lookback?limit=1")
    service.get("senior", f"/v1/takedowns/{left['coast takedown']}/lookback?limit=200&after={first['next']}")
    for post in ("post-1", "post-2", "post-3", "post-4"):
        service.get("moderator", f"/v1/uploads/{left[post]}")
    for changes in ({"facts": {"nudity": "yes", "hair_colour": "red"}}, {"facts": {}}, {"context_assessed": True}):
        service.post("moderator", f"/v1/cases/{street}/facts", changes, method="PATCH")
    service.post("moderator", f"/v1/cases/{street}/decision", {**UPHOLD, "note": "private picture"})
    service.settle()
    service.post("moderator", f"/v1/cases/{left['mandate case']}/decision", {**ASK, "note": "the mandate, please"})
    receipt = left["mandate receipt"]
    service.get(None, f"/v1/receipts/{receipt['number']}", Receipt_Secret=receipt["secret"])
    address, secret = f"/v1/receipts/{receipt['number']}", receipt["secret"]
    service.post("moderator", f"/v1/cases/{left['mandate case']}/messages", {"text": "Thank you for writing."})
    service.post(None, f"{address}/messages", {"text": "Here it is."}, Receipt_Secret=secret)
    service.post(None, f"{address}/messages", {}, Receipt_Secret=secret)
    service.post(None, f"{address}/appeal", {"grounds": "Nothing is decided yet."}, Receipt_Secret=secret)
    _about_a_minor(service)
    override = {**REJECT, "override_reason": "the picture shows a painting", "note": "a painting"}
    left["plain decision"] = service.post("moderator", f"/v1/cases/{plain}/decision", override)["decision_id"]
    service.post("moderator", f"/v1/cases/{left['kept case']}/decision", {**UPHOLD, "override_reason": "it is not"})
    service.post("moderator", f"/v1/cases/{left['public case']}/decision", ASK)
    garden = f"/v1/cases/{left['garden case']}/facts"
    service.post("moderator", garden, {"context_assessed": True}, method="PATCH")
    for number in (0, 1):
        service.get("moderator", f"/v1/cases/{left['two case']}/media/{number}")
    for name in ("two", "signals", "garden", "film"):
        decided = service.post("moderator", f"/v1/cases/{left[f'{name} case']}/decision", UPHOLD)
        left[f"{name} takedown"], left[f"{name} decision"] = decided["takedown_id"], decided["decision_id"]
        service.settle()
        service.get("moderator", f"/v1/takedowns/{decided['takedown_id']}/lookback")
    service.get("admin", f"/v1/takedowns/{left['two takedown']}")
    first = service.get("moderator", "/v1/takedowns?limit=2&state=active")
    service.get("moderator", f"/v1/takedowns?limit=200&after={first['next']}")
    matched = service.get("moderator", "/v1/cases?queue=matches&limit=200")["items"]
    for case in matched:
        service.get("moderator", f"/v1/cases/{case['id']}")
    for case, outcome in zip(matched, (UPHOLD, REJECT), strict=False):
        service.post("moderator", f"/v1/cases/{case['id']}/decision", outcome)
        service.settle()
    service.get("moderator", "/v1/cases?state=decided&limit=200")
    service.post("moderator", "/v1/cases/case_none/claim")
    receipt = left["coast receipt"]
    service.get(None, f"/v1/receipts/{receipt['number']}", Receipt_Secret=receipt["secret"])


def protecting(service: Service, left: Left) -> None:
    """Protect media, so that its removal needs a second person."""
    form = {"protected": {"reason": "on the front pages"}}
    made = service.post("senior", "/v1/protected", form=form, media=("tower.png",), Idempotency_Key="prt-1")
    service.post("senior", "/v1/protected", form=form, media=("tower.png",), Idempotency_Key="prt-1")
    for wrong in ({}, {"protected": {"reason": ""}}, {"protected": {}}):
        service.post("senior", "/v1/protected", form=wrong, media=("tower.png",))
    service.post("senior", "/v1/protected", form=form)
    service.post("senior", "/v1/protected", form=form, media=("note.txt",))
    service.post("moderator", "/v1/protected", form=form, media=("tower.png",))
    answer = service.post("intake", "/v1/reports", form={"report": COMPLETE}, media=("tower.png",))
    case, receipt = answer["case_id"], answer["receipt"]
    service.get("senior", f"/v1/cases/{case}/media/0")
    service.get("senior", f"/v1/cases/{case}/drawing")
    service.get("pipeline", f"/v1/cases/{case}/drawing")
    waiting = service.post("senior", f"/v1/cases/{case}/decision", UPHOLD)
    refuse = f"/v1/decisions/{waiting['decision_id']}/refuse"
    for role in ("moderator", "senior", "admin", "admin"):
        service.post(role, refuse, {"reason": "a newspaper shows it"})
    service.post("admin", refuse, {})
    service.get("moderator", f"/v1/cases/{case}")
    waiting = service.post("senior", f"/v1/cases/{case}/decision", UPHOLD)
    approve = f"/v1/decisions/{waiting['decision_id']}/approve"
    service.get("moderator", f"/v1/cases/{case}")
    service.get("moderator", "/v1/cases?state=awaiting_approval")
    service.get("moderator", "/v1/takedowns?state=pending")
    service.get(None, f"/v1/receipts/{receipt['number']}", Receipt_Secret=receipt["secret"])
    service.post("pipeline", "/v1/match", media=("tower.png",))
    for role in ("moderator", "senior", "admin", "admin"):
        service.post(role, approve)
        service.settle()
    service.post("pipeline", "/v1/match", media=("tower.png",))
    service.get("senior", f"/v1/takedowns/{waiting['takedown_id']}/lookback")
    service.get("auditor", "/v1/protected")
    for _ in range(2):
        service.ask("DELETE", "senior", f"/v1/protected/{made['id']}", headers={})
    service.ask("DELETE", "moderator", f"/v1/protected/{made['id']}", headers={})
    service.post("pipeline", "/v1/match", media=("tower.png",))
    left["tower receipt"] = receipt
    left["tower takedown"] = waiting["takedown_id"]


def _knowing(service: Service, case: str) -> None:
    """Plant a pair whose answer is known; a case about no copy is none."""
    service.post("senior", "/v1/known-pairs", {"case_id": case})
    form = {"known_pair": {"is_copy": False}}
    planted = service.post("senior", "/v1/known-pairs", form=form, media=("tower.png", "plain.png"))
    service.get("senior", "/v1/known-pairs")
    for _ in range(2):
        service.ask("DELETE", "senior", f"/v1/known-pairs/{planted['id']}", headers={})


def poisoning(service: Service, left: Left) -> None:
    """Keep a list of what is never banked, and have a takedown match so many people that somebody must look."""
    form = {"never_bank": {"reason": "our own template"}}
    service.post("moderator", "/v1/never-bank", form=form, media=("plain.png",))
    made = service.post("senior", "/v1/never-bank", form=form, media=("plain.png",))
    service.get("auditor", "/v1/never-bank")
    case = service.post("intake", "/v1/reports", form={"report": COMPLETE}, media=("plain.png",))["case_id"]
    service.post("senior", f"/v1/cases/{case}/decision", UPHOLD)
    for _ in range(2):
        service.ask("DELETE", "senior", f"/v1/never-bank/{made['id']}", headers={})
    _knowing(service, case)
    takedown = f"/v1/takedowns/{left['tower takedown']}"
    service.settle()
    for n in range(10):
        upload = {"upload_id": f"flood-{n}", "uploader_id": f"person-{n}"}
        service.post("pipeline", "/v1/uploads", form={"upload": upload}, media=("tower.png",))
    waiting = service.get("moderator", "/v1/cases?queue=quarantines")["items"][0]["id"]
    service.get("moderator", f"/v1/cases/{waiting}")
    service.post("moderator", f"/v1/cases/{waiting}/decision", UPHOLD)
    service.get("moderator", takedown)
    service.post("moderator", f"{takedown}/quarantine", {"lift": True})
    service.post("senior", f"{takedown}/quarantine", {"lift": False})
    for _ in range(2):
        service.post("senior", f"{takedown}/quarantine", {"lift": True, "reason": "all of them are copies"})
    service.settle()


def reversing(service: Service, left: Left) -> None:
    """Appeal, withdraw, and see everything come back."""
    appeals = "/v1/appeals"
    mine = {"by": "poster", "grounds": "it is my own picture"}
    against = {**mine, "decision_id": left["two decision"]}
    appeal = service.post("intake", appeals, against, Idempotency_Key="app-1")
    service.post("intake", appeals, against, Idempotency_Key="app-1")
    service.post("intake", appeals, against)
    service.post("intake", appeals, {**mine, "receipt": left["plain receipt"]})
    by_receipt = {"by": "reporter", "grounds": "it is no painting", "receipt": left["plain receipt"]}
    other = service.post("intake", appeals, by_receipt)
    for wrong in (
        mine,
        {**against, "receipt": left["plain receipt"]},
        {**mine, "decision_id": "dec_none"},
        {**by_receipt, "receipt": {"number": "SD-0000-0000-0000", "secret": "wrong"}},
        {**by_receipt, "receipt": left["mandate receipt"]},
        {**against, "by": "nobody"},
        {**against, "grounds": ""},
    ):
        service.post("intake", appeals, wrong)
    for_user = {**mine, "upload": left["post-3"]}
    for wrong in ({**for_user, "by": "reporter"}, {**for_user, "upload": left["post-4"]}, against):
        service.post("pipeline", appeals, wrong)
    for_user_filed = service.post("pipeline", appeals, for_user)
    service.get("pipeline", f"{appeals}/{for_user_filed.get('id', 'app_none')}")
    service.get("pipeline", f"/v1/uploads/{left['post-3']}")
    service.get("moderator", appeals)
    service.get("moderator", f"{appeals}?state=open&limit=1")
    service.get("auditor", f"{appeals}/{appeal['id']}")
    service.get("moderator", "/v1/cases?queue=appeals")
    service.post("senior", f"{appeals}/{appeal['id']}/decision", {"outcome": "shrug"})
    overturn = {"outcome": "overturn", "note": "it is theirs"}
    service.post("senior", f"{appeals}/{appeal['id']}/decision", overturn, Idempotency_Key="apd-1")
    service.settle()
    service.post("senior", f"{appeals}/{appeal['id']}/decision", overturn, Idempotency_Key="apd-1")
    service.post("senior", f"{appeals}/{appeal['id']}/decision", overturn)
    service.post("senior", f"{appeals}/{other['id']}/decision", {"outcome": "stand"})
    plain = left["plain receipt"]
    again = {"grounds": "Please look once more."}
    service.post(None, f"/v1/receipts/{plain['number']}/appeal", again, Receipt_Secret=plain["secret"])
    service.settle()
    dead = service.get("senior", "/v1/deliveries?state=dead&limit=200")["items"]
    service.get("senior", f"/v1/takedowns/{left['two takedown']}")
    service.get("senior", f"/v1/takedowns/{left['two takedown']}/propagation")
    service.post("pipeline", "/v1/match", media=("portrait.png",))
    service.post("senior", f"/v1/deliveries/{dead[0]['id']}/retry")
    service.settle()
    service.get("senior", f"/v1/deliveries/{dead[0]['id']}")
    delivered = service.get("senior", "/v1/deliveries?state=delivered&limit=200")["items"]
    created = next(one["id"] for one in delivered if one["type"] == "takedown.created")
    service.post("senior", f"/v1/deliveries/{created}/retry")
    coast = f"/v1/takedowns/{left['coast takedown']}/withdraw"
    service.post("senior", coast, {})
    service.post("senior", coast, {"reason": "the person depicted asked for it"}, Idempotency_Key="wdr-1")
    service.settle()
    service.post("senior", coast, {"reason": "the person depicted asked for it"}, Idempotency_Key="wdr-1")
    service.post("senior", coast, {"reason": "again"})
    for post in ("post-1", "post-2", "post-3"):
        service.get("moderator", f"/v1/uploads/{left[post]}")
    for name in ("coast.png", "coast-mirrored.png"):
        service.post("pipeline", "/v1/match", media=(name,))
    service.get("moderator", f"/v1/cases/{left['coast case']}")
    service.get("moderator", f"/v1/takedowns/{left['coast takedown']}/lookback")
    for name in ("signals", "mandate", "public"):
        receipt = left[f"{name} receipt"]
        address = f"/v1/receipts/{receipt['number']}"
        service.post(None, f"{address}/withdraw", {"reason": "I changed my mind"}, Receipt_Secret="wrong")
        service.post(None, f"{address}/withdraw", {"reason": "I changed my mind"}, Receipt_Secret=receipt["secret"])
        service.settle()
        service.post(None, f"{address}/withdraw", {"reason": "I changed my mind"}, Receipt_Secret=receipt["secret"])
        service.get(None, address, Receipt_Secret=receipt["secret"])
    for state in ("withdrawn", "overturned", "active"):
        service.get("moderator", f"/v1/takedowns?state={state}&limit=200")
    for name in ("two", "plain"):
        receipt = left[f"{name} receipt"]
        service.get(None, f"/v1/receipts/{receipt['number']}", Receipt_Secret=receipt["secret"])


def erasing(service: Service, left: Left) -> None:
    """Have a report and a takedown erased, and see what stays."""
    erasures, receipt = "/v1/erasures", left["mandate receipt"]
    own = f"/v1/receipts/{receipt['number']}"
    service.post(None, f"{own}/erase", Receipt_Secret="wrong")
    service.post("moderator", erasures, {"takedown_id": left["coast takedown"], "reason": "asked for"})
    service.post("senior", erasures, {"reason": "asked for"})
    asked = [service.post(None, f"{own}/erase", Receipt_Secret=receipt["secret"])]
    asked += [
        service.post("senior", erasures, {"takedown_id": left["coast takedown"], "reason": "asked for"})
        for _ in range(2)
    ]
    for one in asked:
        address = f"{erasures}/{one['erasure_id']}"
        service.wait_for("auditor", address, "state", "completed")
        service.get("auditor", address)
    service.get(None, own, Receipt_Secret=receipt["secret"])
    service.get("moderator", f"/v1/cases/{left['coast case']}")
    service.get("auditor", f"/v1/takedowns/{left['coast takedown']}")
    service.get("moderator", f"/v1/uploads/{left['post-1']}")


def _about_a_minor(service: Service) -> None:
    """Report what may show somebody under 18, refer it, and find that a word was mistaken."""
    content = {"url": "https://example.org/minor", "post_text": "she is 15 years old here"}
    filed = service.post(
        "intake", "/v1/reports", form={"report": {**COMPLETE, "content": content}}, media=("plain.png",)
    )
    case, receipt = filed["case_id"], filed["receipt"]
    service.get("moderator", f"/v1/cases/{case}")
    service.get("moderator", "/v1/cases?queue=minors")
    service.post("moderator", f"/v1/cases/{case}/decision", UPHOLD)
    service.get(None, f"/v1/receipts/{receipt['number']}", Receipt_Secret=receipt["secret"])
    service.post("moderator", f"/v1/cases/{case}/decision", {"outcome": "refer", "note": "number 1"})
    service.get(None, f"/v1/receipts/{receipt['number']}", Receipt_Secret=receipt["secret"])
    service.post("moderator", f"/v1/cases/{case}/minor", {"minor": False})
    service.post("moderator", f"/v1/cases/{case}/minor", {"minor": False, "why": "It is a cat."})
    service.post("moderator", f"/v1/cases/{case}/decision", {"outcome": "refer"})
