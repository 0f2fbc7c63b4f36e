"""Many copies of one picture: grouped, looked at in samples, and decided at once, each by its own facts."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from casework.domain.actor import Role
from tests.api.conftest import Staydown, running, settings_in
from tests.helpers.media.pictures import photo_bytes
from tests.helpers.records.databases import KINDS
from tests.helpers.records.empty_records import record_url

ASSESSED = {"context_assessed": True}


@pytest.fixture(scope="module", params=KINDS)
def staydown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staydown]:
    """Open one service for the tests of this module; each takes down a picture of its own."""
    with (
        record_url(request.param, request) as url,
        running(settings_in(tmp_path_factory.mktemp("many"), database_url=url, sample_above=5)) as service,
    ):
        yield service


class Copies:
    """
    Copies of one picture whose context a person has to assess, by two people and by hashes alone.

    Args:
        staydown: The service.

        seed: Another is another picture.

        count: How many.
    """

    def __init__(self, staydown: Staydown, seed: int, count: int) -> None:
        self.staydown = staydown
        self.takedown_id = staydown.take_down(photo_bytes(seed))["takedown_id"]
        hashed = staydown.hashed(photo_bytes(seed, quality=50))
        self.uploads = [self._registered(f"copy {seed} {n}", hashed, f"poster {n % 2}") for n in range(count)]
        self.case_ids = [one["case_id"] for one in self.uploads]

    def _registered(self, upload_id: str, hashed: list[dict], uploader_id: str) -> dict:
        signals = [one for one in hashed if one["type"] != "sha256/1"]
        signals.append({"type": "sha256/1", "value": upload_id.encode().hex().ljust(64, "0")})
        body = {"upload": {"upload_id": upload_id, "uploader_id": uploader_id}, "signals": signals}
        response = self.staydown.http.post("/v1/uploads", headers=self.staydown.headers(Role.PIPELINE), json=body)
        assert response.status_code == 200, response.text
        assert response.json()["verdict"] == "hold"
        return response.json()

    def group(self, by: str = "takedown", name: str = "one") -> dict:
        """Return the group of these copies, as somebody is shown it."""
        headers = self.staydown.headers(Role.MODERATOR, name)
        after = ""
        while True:
            page = self.staydown.http.get(f"/v1/case-groups?by={by}&limit=2{after}", headers=headers).json()
            found = [one for one in page["items"] if one["takedown_id"] == self.takedown_id]
            if found:
                return found[0]
            after = f"&after={page['next']}"

    def look_at(self, case_id: str, name: str = "one") -> None:
        """Claim a case, which shows it, and give it back."""
        headers = self.staydown.headers(Role.MODERATOR, name)
        for act in ("claim", "release"):
            assert self.staydown.http.post(f"/v1/cases/{case_id}/{act}", headers=headers).status_code == 200

    def verdicts(self) -> list[str]:
        """Return what stands for each upload now."""
        return [self.staydown.verdict_of(one) for one in self.uploads]


def decide(staydown: Staydown, name: str = "one", *, key: str | None = None, status: int = 200, **body: object) -> dict:
    """Decide many as a moderator and return the answer."""
    headers = staydown.headers(Role.MODERATOR, name) | ({} if key is None else {"Idempotency-Key": key})
    response = staydown.http.post("/v1/cases/decisions", headers=headers, json={"outcome": "uphold", **body})
    assert response.status_code == status, response.text
    return response.json()


def decided(answer: dict) -> list[str]:
    return [one["case_id"] for one in answer["results"] if one["problem"] is None]


def test_fifty_copies_are_decided_in_three_calls(tmp_path: Path) -> None:
    """It once took 50 cases and 100 to 250 calls: somebody gave up, and the picture stayed."""
    with running(settings_in(tmp_path)) as staydown:
        copies = Copies(staydown, 900, 50)
        group = copies.group()
        assert (group["cases"], len(group["sample"]), group["evidence"]) == (50, 3, None)
        answer = decide(staydown, group=group["group"], facts=ASSESSED)
        assert [one["case_id"] for one in answer["results"]] == copies.case_ids
        assert [one["problem"] for one in answer["results"]] == [None] * 50
        assert (answer["left"], copies.verdicts()) == (0, ["block"] * 50)
        decision = staydown.get(f"/v1/decisions/{answer['results'][7]['decision_id']}")
        assert (decision["rule"], decision["takedown_id"], decision["facts"]["context_assessed"]) == (
            "R21",
            copies.takedown_id,
            True,
        )
        history = staydown.get(f"/v1/cases/{copies.case_ids[7]}")["history"]
        made = next(one for one in history if one["action"] == "case:decision:made")
        assert made["detail"]["with_others"] is True
        assert staydown.get("/v1/case-groups")["items"] == []


def test_copies_are_grouped_by_what_shows_them_to_be_copies(staydown: Staydown) -> None:
    """A file that is the same and one that was compressed anew are not looked at alike."""
    copies = Copies(staydown, 901, 3)
    same = staydown.upload("the same file", photo_bytes(901))
    by_evidence = [
        one
        for one in staydown.get("/v1/case-groups?by=evidence&limit=200")["items"]
        if one["takedown_id"] == copies.takedown_id
    ]
    assert [(one["evidence"]["strength"], one["cases"]) for one in by_evidence] == [("near", 3), ("exact", 1)]
    assert copies.group()["cases"] == 4
    answer = decide(staydown, group=by_evidence[1]["group"], facts=ASSESSED)
    assert decided(answer) == [same["case_id"]]


def test_a_post_that_is_exempt_is_not_decided_with_the_others(staydown: Staydown) -> None:
    """The exemption belongs to the post: news that shows the picture stays, whatever becomes of the rest."""
    copies = Copies(staydown, 902, 4)
    news = copies.uploads[2]
    platform = staydown.headers(Role.PIPELINE)
    changed = {"newsworthy_event": True}
    assert staydown.http.patch(f"/v1/uploads/{news['upload']}", headers=platform, json=changed).status_code == 200
    answer = decide(staydown, group=copies.group()["group"], facts={**ASSESSED, "newsworthy_event": False})
    problem = answer["results"][2]["problem"]
    assert (answer["results"][2]["decision_id"], problem["type"]) == (None, "urn:staydown:problem:decided-apart")
    assert "newsworthy_event is true" in problem["detail"]
    assert "KEEP_DISCRETIONARY (R18)" in problem["detail"]
    assert len(decided(answer)) == 3
    assert copies.verdicts() == ["block", "block", "hold", "block"]
    case = staydown.get(f"/v1/cases/{news['case_id']}")
    assert (case["state"], case["facts"]["context_assessed"]) == ("open", False)


def test_what_is_known_of_a_post_stays_where_it_changes_nothing(staydown: Staydown) -> None:
    """Saying it of all does not wipe out what somebody found out of one."""
    copies = Copies(staydown, 903, 2)
    address = f"/v1/cases/{copies.case_ids[0]}/facts"
    headers = staydown.headers(Role.MODERATOR)
    assert staydown.http.patch(address, headers=headers, json={"safety_risk": "high"}).status_code == 200
    answer = decide(staydown, case_ids=copies.case_ids, facts={**ASSESSED, "safety_risk": "low"})
    facts = [staydown.get(f"/v1/decisions/{one['decision_id']}")["facts"] for one in answer["results"]]
    assert [one["safety_risk"] for one in facts] == ["high", "low"]


def test_many_are_decided_once_some_were_looked_at(staydown: Staydown) -> None:
    """Nobody confirms six copies without having seen one: the first three that are named will do."""
    copies = Copies(staydown, 904, 6)
    group = copies.group()
    named = [one["case_id"] for one in group["sample"]]
    assert named == [copies.case_ids[n] for n in (0, 2, 4)]
    problem = decide(staydown, group=group["group"], facts=ASSESSED, status=409)
    assert (problem["type"], problem["to_look_at"]) == ("urn:staydown:problem:sample-not-seen", named)
    assert "6 cases are more than 5: look at 3 of them first" in problem["detail"]
    for case_id in named[:2]:
        copies.look_at(case_id)
    assert [one["looked_at"] for one in copies.group()["sample"]] == [True, True, False]
    assert decide(staydown, group=group["group"], facts=ASSESSED, status=409)["to_look_at"] == named[2:]
    assert len(decide(staydown, case_ids=copies.case_ids, status=409)["to_look_at"]) == 1
    copies.look_at(named[2], "another")  # what somebody else has seen is not what I have seen
    assert decide(staydown, group=group["group"], facts=ASSESSED, status=409)["to_look_at"] == named[2:]
    copies.look_at(named[2])
    assert len(decided(decide(staydown, group=group["group"], facts=ASSESSED))) == 6


def test_a_preview_that_was_looked_at_counts(staydown: Staydown) -> None:
    """Moderators look at pictures, not at claims."""
    takedown_id = staydown.take_down(photo_bytes(905))["takedown_id"]
    held = staydown.upload("with a preview", photo_bytes(905, quality=40))
    group = next(one for one in staydown.get("/v1/case-groups?limit=200")["items"] if one["takedown_id"] == takedown_id)
    headers = staydown.headers(Role.MODERATOR, "looker")
    assert staydown.http.get(group["sample"][0]["media"], headers=headers).status_code == 200
    groups = staydown.http.get("/v1/case-groups?limit=200", headers=headers).json()["items"]
    (shown,) = [one["sample"] for one in groups if one["takedown_id"] == takedown_id]
    assert [(one["case_id"], one["looked_at"]) for one in shown] == [(held["case_id"], True)]


def test_each_case_is_refused_as_it_would_be_alone(staydown: Staydown) -> None:
    """One that cannot be decided holds up no other, and nothing of it is half done."""
    copies = Copies(staydown, 906, 3)
    colleague = staydown.headers(Role.MODERATOR, "colleague")
    staydown.http.post(f"/v1/cases/{copies.case_ids[1]}/claim", headers=colleague)
    own = staydown.http.post(
        "/v1/reports",
        headers=staydown.headers(Role.MODERATOR),
        json={
            "report": {"reporter": {"relation": "subject"}, "facts": {"nudity": True}},
            "signals": [{"type": "pdq/1", "value": "5a" * 32, "quality": 100}],
        },
    ).json()["case_id"]
    asked = [*copies.case_ids, "case_none", own]
    answer = decide(staydown, case_ids=[*asked, asked[0]], facts=ASSESSED)
    assert [one["case_id"] for one in answer["results"]] == asked
    problems = [one["problem"] and one["problem"]["type"].rpartition(":")[2] for one in answer["results"]]
    assert problems == [None, "case-claimed", None, "unknown-id", "same-person"]
    claimed = staydown.get(f"/v1/cases/{copies.case_ids[1]}")
    assert (claimed["state"], claimed["decisions"], claimed["facts"]["context_assessed"]) == ("open", [], False)
    assert "case:facts:changed" not in [one["action"] for one in claimed["history"]]


def test_deciding_otherwise_needs_a_reason_for_each(staydown: Staydown) -> None:
    """Being many is no way around saying why."""
    copies = Copies(staydown, 907, 2)
    answer = decide(staydown, case_ids=copies.case_ids)
    refused = "urn:staydown:problem:override-reason-missing"
    assert [one["problem"]["type"] for one in answer["results"]] == [refused, refused]
    answer = decide(staydown, case_ids=copies.case_ids, override_reason="each is the same leak", note="seen")
    decisions = [staydown.get(f"/v1/decisions/{one['decision_id']}") for one in answer["results"]]
    assert [(one["override_reason"], one["note"]) for one in decisions] == [("each is the same leak", "seen")] * 2


def test_rejected_copies_are_let_go_together(staydown: Staydown) -> None:
    """A match that is none is none fifty times."""
    copies = Copies(staydown, 908, 3)
    answer = decide(staydown, group=copies.group()["group"], outcome="reject")
    assert len(decided(answer)) == 3
    assert copies.verdicts() == ["allow"] * 3


def test_a_repeat_answers_as_the_first_did(staydown: Staydown) -> None:
    """A client that did not hear the answer asks again; another request under its key is refused."""
    copies = Copies(staydown, 909, 3)
    group = copies.group()["group"]
    first = decide(staydown, group=group, facts=ASSESSED, key="nine")
    assert decide(staydown, group=group, facts=ASSESSED, key="nine") == first
    conflict = decide(staydown, group=group, outcome="reject", key="nine", status=409)
    assert conflict["type"] == "urn:staydown:problem:idempotency-conflict"
    without_key = decide(staydown, case_ids=copies.case_ids, facts=ASSESSED)
    assert without_key["results"] == first["results"]
    other = decide(staydown, "another", case_ids=copies.case_ids, facts=ASSESSED)
    assert [one["problem"]["type"] for one in other["results"]] == ["urn:staydown:problem:wrong-state"] * 3


def test_two_who_decide_overlapping_groups_decide_each_case_once(staydown: Staydown) -> None:
    """Of two moderators at once one wins each case, and the other is told so."""
    copies = Copies(staydown, 910, 5)
    group = copies.group()["group"]
    for name in "abc":
        staydown.key(Role.MODERATOR, name)

    def work(name: str) -> dict:
        return decide(staydown, name, group=group, facts=ASSESSED, key=f"ten {name}")

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(work, ["a", "b", "a", "c"]))
    assert answers[0]["results"] == answers[2]["results"]
    winners = [case_id for answer in (answers[0], answers[1], answers[3]) for case_id in decided(answer)]
    assert sorted(winners) == sorted(copies.case_ids)
    for case_id in copies.case_ids:
        assert len(staydown.get(f"/v1/cases/{case_id}")["decisions"]) == 1
    assert copies.verdicts() == ["block"] * 5


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"case_ids": [f"case_{n}" for n in range(501)]}, 422, "`case_ids` names 501 cases; give 1 to 500 at once"),
        ({"case_ids": []}, 422, "names 0 cases"),
        ({"case_ids": ["case_1"], "group": "tkd_1"}, 422, "give either `case_ids` or `group`; there are both"),
        ({}, 422, "give either `case_ids` or `group`; there are neither"),
        ({"group": "tkd_none"}, 404, "there is no group 'tkd_none'"),
        ({"case_ids": ["case_1"], "facts": {"nuditty": True}}, 422, "there is no such fact"),
        ({"case_ids": ["case_1"], "question": "who?"}, 422, "question"),
        ({"case_ids": ["case_1"], "outcome": "keep"}, 422, "uphold"),
    ],
)
def test_what_cannot_be_meant_is_refused_whole(
    staydown: Staydown, body: dict[str, object], status: int, said: str
) -> None:
    """Nothing is half done where the request itself is wrong."""
    assert said in decide(staydown, status=status, **body)["detail"]


def test_only_who_may_decide_decides_many(staydown: Staydown) -> None:
    """An auditor reads groups and changes nothing; a pipeline sees neither."""
    for role, seen in ((Role.AUDITOR, 200), (Role.PIPELINE, 403)):
        headers = staydown.headers(role)
        assert staydown.http.get("/v1/case-groups", headers=headers).status_code == seen
        body = {"case_ids": ["case_1"], "outcome": "reject"}
        assert staydown.http.post("/v1/cases/decisions", headers=headers, json=body).status_code == 403


def flipped(bits: int) -> list[dict]:
    """Return the hash of a picture, changed in so many bits."""
    value = int("5a" * 32, 16) ^ ((1 << bits) - 1)
    return [{"type": "pdq/1", "value": f"{value:064x}", "quality": 100}]


def test_wide_effects_wait_for_a_second_person_each(tmp_path: Path) -> None:
    """What confirming a copy would hit is counted for each: one is near a post that the removed picture is not near."""
    with running(settings_in(tmp_path, blast_radius_limit=0)) as staydown:
        staydown.uphold(staydown.report_signals(*flipped(0))["case_id"])

        def registered(upload_id: str, bits: int) -> dict:
            body = {"upload": {"upload_id": upload_id}, "signals": flipped(bits)}
            return staydown.http.post("/v1/uploads", headers=staydown.headers(Role.PIPELINE), json=body).json()

        assert registered("another picture", 60)["verdict"] == "allow"
        near, between = registered("copy", 4), registered("between both", 31)
        answer = decide(staydown, case_ids=[near["case_id"], between["case_id"]], facts=ASSESSED)
        assert [one["state"] for one in answer["results"]] == ["effective", "awaiting_approval"]
        waiting = staydown.get(f"/v1/decisions/{answer['results'][1]['decision_id']}")
        assert waiting["blast_radius"] == {"uploads": 1, "uploaders": 1, "complete": True, "known": True}
        again = decide(staydown, case_ids=[near["case_id"], between["case_id"]], facts=ASSESSED)
        assert again["results"] == answer["results"]
