"""Hashes that came from others, through HTTP: they hold and name their source; only a person's decision blocks."""

from casework.domain.actor import Actor, Role
from casework.domain.media import SubmittedMedia
from casework.handlers.lists.banks import BankChange, change_bank
from casework.handlers.lists.import_hashes import ImportHashes, import_hashes
from casework.steps.exchanging.importing import ImportedHashes
from casework.steps.exchanging.listed_hashes import LISTED_FACTS
from matcher.signals.base import Signal
from tests.api.conftest import Staydown
from tests.helpers.media.pictures import photo_bytes
from tests.helpers.running.waiting import eventually

OPERATOR = Actor(id="cli", name="command line", role=Role.ADMIN)
INTIMATE = LISTED_FACTS.with_changes(
    {"reporter": "subject", "reporter_depicted": True, "nudity": True, "non_consent_stated": True}
)


def taken_over(staydown: Staydown, *pictures: bytes, source: str = "PARTNER", facts=LISTED_FACTS) -> ImportedHashes:
    """Import the PDQ hashes of pictures."""
    values = [{one["type"]: one["value"] for one in staydown.hashed(data)}["pdq/1"] for data in pictures]
    media = [SubmittedMedia("unknown", None, None, None, (Signal("pdq/1", bytes.fromhex(value)),)) for value in values]
    with staydown.service.writing() as uow:
        return import_hashes(ImportHashes(OPERATOR, source, media, facts), uow, staydown.service.replica)


def test_the_very_next_question_holds_and_its_case_names_the_source(staydown: Staydown) -> None:
    """Somebody else's finding is a reason to look, and never one to block; who posts it is told as much."""
    became = taken_over(staydown, photo_bytes(7_000), facts=INTIMATE)
    assert (became.imported, became.known) == (1, 0)
    upload = staydown.upload("imported 1", photo_bytes(7_000, quality=60))
    assert (upload["verdict"], upload["matches"][0]["takedown_id"]) == ("hold", became.takedown_id)
    case = staydown.get(f"/v1/cases/{upload['case_id']}")
    assert (case["state"], case["queue"]) == ("open", "matches")
    assert "the list PARTNER" in case["note"]
    assert "on a list that came from others" in upload["statement_of_reasons"]["facts"]
    takedown = staydown.get(f"/v1/takedowns/{became.takedown_id}")
    assert (takedown["state"], takedown["source"], takedown["automation"]) == ("imported", "PARTNER", "hold")
    found = staydown.match(pdq=pdq_of(staydown, photo_bytes(7_000)))
    assert (found["verdict"], found["matches"][0]["source"]) == ("hold", "PARTNER")
    assert upload["matches"][0]["source"] == "PARTNER"
    assert (case["matches"][0]["source"], case["lineage"]["source"]) == ("PARTNER", "PARTNER")


def test_a_match_names_its_list_as_it_is_called_now(staydown: Staydown) -> None:
    """A list that is renamed is one list, also in what it matched before."""
    taken_over(staydown, photo_bytes(7_005), source="OLD_NAME")
    upload = staydown.upload("imported 5", photo_bytes(7_005, quality=60))
    with staydown.service.writing() as uow:
        change_bank("OLD_NAME", BankChange(name="NEW_NAME"), OPERATOR, uow)
    case = staydown.get(f"/v1/cases/{upload['case_id']}")
    assert (case["matches"][0]["source"], case["lineage"]["source"]) == ("NEW_NAME", "NEW_NAME")
    assert staydown.match(pdq=pdq_of(staydown, photo_bytes(7_005)))["matches"][0]["source"] == "NEW_NAME"


def pdq_of(staydown: Staydown, data: bytes) -> str:
    """Return a picture's PDQ hash."""
    return next(one["value"] for one in staydown.hashed(data) if one["type"] == "pdq/1")


def test_upheld_by_a_person_it_becomes_a_takedown_that_blocks(staydown: Staydown) -> None:
    """What a moderator saw and upheld is theirs: it names no source, and copies are blocked from then on."""
    became = taken_over(staydown, photo_bytes(7_010), facts=INTIMATE)
    first = staydown.upload("imported 10", photo_bytes(7_010, quality=60))
    second = staydown.upload("imported 11", photo_bytes(7_010, quality=70))
    assert [first["verdict"], second["verdict"]] == ["hold", "hold"]
    staydown.look(first["case_id"])
    decision = staydown.uphold(first["case_id"])
    assert decision["takedown_id"] != became.takedown_id
    assert decision["blast_radius"] == {"uploads": 1, "uploaders": 1, "complete": True, "known": True}, (
        "the other one that is only held"
    )
    takedown = staydown.get(f"/v1/takedowns/{decision['takedown_id']}")
    assert (takedown["state"], takedown["source"], takedown["automation"]) == ("active", None, "block")
    assert staydown.verdict_of(first) == "block"
    assert staydown.upload("imported 12", photo_bytes(7_010, quality=75))["verdict"] == "block"
    eventually(lambda: staydown.verdict_of(second), "block".__eq__)
    assert staydown.get(f"/v1/takedowns/{became.takedown_id}")["state"] == "imported"


def test_rejected_by_a_person_a_copy_is_let_go_and_the_list_goes_on(staydown: Staydown) -> None:
    """The reviewer spoke of one post; another may be the media that the list is about."""
    taken_over(staydown, photo_bytes(7_020))
    upload = staydown.upload("imported 20", photo_bytes(7_020, quality=60))
    response = staydown.http.post(
        f"/v1/cases/{upload['case_id']}/decision",
        headers=staydown.headers(Role.MODERATOR),
        json={"outcome": "reject"},
    )
    assert response.status_code == 200, response.text
    assert staydown.verdict_of(upload) == "allow"
    assert staydown.upload("imported 21", photo_bytes(7_020, quality=65))["verdict"] == "hold"


def test_earlier_uploads_are_found_and_withdrawal_lets_them_go(staydown: Staydown) -> None:
    """A list is looked for in what is published already; taken back, it has changed nothing, and stays taken back."""
    earlier = staydown.upload("imported 30", photo_bytes(7_030, quality=60))
    assert earlier["verdict"] == "allow"
    became = taken_over(staydown, photo_bytes(7_030))
    staydown.looked_back(became.takedown_id)
    assert staydown.verdict_of(earlier) == "hold"
    withdrawn = staydown.http.post(
        f"/v1/takedowns/{became.takedown_id}/withdraw", headers=staydown.headers(Role.SENIOR), json={"reason": "wrong"}
    )
    assert withdrawn.status_code == 200, withdrawn.text
    assert staydown.verdict_of(earlier) == "allow"
    assert staydown.upload("imported 31", photo_bytes(7_030, quality=65))["verdict"] == "allow"
    again = taken_over(staydown, photo_bytes(7_030))
    assert (again.imported, again.known) == (0, 1)
    assert staydown.upload("imported 32", photo_bytes(7_030, quality=70))["verdict"] == "allow"


def test_what_is_imported_twice_is_there_once_and_lists_are_apart(staydown: Staydown) -> None:
    """An import that was stopped is run again; two partners may know the same."""
    pictures = [photo_bytes(7_040 + number) for number in range(3)]
    assert taken_over(staydown, *pictures[:2], pictures[0]).imported == 2
    again = taken_over(staydown, *pictures)
    assert (again.imported, again.known) == (1, 2)
    assert taken_over(staydown, *pictures, source="OTHER").imported == 3
    matches = staydown.match(pdq=pdq_of(staydown, pictures[0]))["matches"]
    sources = [staydown.get(f"/v1/takedowns/{one['takedown_id']}")["source"] for one in matches]
    assert sorted(sources) == ["OTHER", "PARTNER"]


def test_an_erased_import_is_gone_from_its_list(staydown: Staydown) -> None:
    """Erased means gone: what comes again is new."""
    became = taken_over(staydown, photo_bytes(7_050))
    response = staydown.http.post(
        "/v1/erasures",
        headers=staydown.headers(Role.ADMIN),
        json={"takedown_id": became.takedown_id, "reason": "asked for", "withdraw": True},
    )
    assert response.status_code == 202, response.text
    erasure = response.json()["erasure_id"]
    eventually(lambda: staydown.get(f"/v1/erasures/{erasure}")["state"], "completed".__eq__)
    assert staydown.match(pdq=pdq_of(staydown, photo_bytes(7_050)))["verdict"] == "allow"
    assert taken_over(staydown, photo_bytes(7_050)).imported == 1


def test_what_is_never_banked_is_not_taken_over(staydown: Staydown) -> None:
    """A list that holds a blank or a logo would hold everybody's."""
    headers = staydown.headers(Role.SENIOR)
    files = {"media": ("logo.jpg", photo_bytes(7_060), "image/jpeg")}
    added = staydown.http.post(
        "/v1/never-bank", headers=headers, files=files, data={"never_bank": '{"reason": "logo"}'}
    )
    assert added.status_code == 201, added.text
    became = taken_over(staydown, photo_bytes(7_060, quality=60), photo_bytes(7_061))
    assert (became.imported, became.never_banked) == (1, 1)
    assert staydown.upload("imported 60", photo_bytes(7_060, quality=50))["verdict"] == "allow"
