"""Trying a policy on past cases, through HTTP: what is answered, who may ask, and that nothing is changed by it."""

from typing import Any

import pytest
from sqlalchemy import select

from api.routes.casework import policy
from casework.domain.actor import Role
from casework.handlers import replay as replaying
from casework.persistence import tables
from casework.policy import POLICY_RULES
from tests.api.conftest import Staydown
from tests.helpers.media.pictures import photo_bytes
from tests.helpers.running.waiting import eventually

REVIEWED = [
    {"id": rule.id, **({"outcome": "NUDITY_REVIEW", "hash_action": "hold_match_only"} if rule.id == "R07" else {})}
    for rule in POLICY_RULES
]
"""The table that runs, but intimate media goes to a person."""


@pytest.fixture(scope="module")
def story(staydown: Staydown) -> dict[str, Any]:
    """Take an intimate picture down, block a copy of it, and leave a second report open."""
    decision = staydown.take_down(photo_bytes(6_000), nudity=True)
    copy = staydown.upload("replayed copy", photo_bytes(6_000, quality=60))
    assert copy["verdict"] == "block"
    waiting = staydown.report(photo_bytes(6_001), facts={"nudity": True})
    return {"decision": decision, "copy": copy, "open": waiting}


def tried(staydown: Staydown, role: Role = Role.SENIOR, **asked: object) -> dict[str, Any]:
    """Try a policy."""
    response = staydown.http.post("/v1/policy/replay", headers=staydown.headers(role), json=asked)
    assert response.status_code == 200, response.text
    return response.json()


def record_of(staydown: Staydown) -> dict[str, list[tuple[object, ...]]]:
    """Read every row of every table but those that say who asked when."""
    with staydown.service.reader.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))]
            for table in tables.metadata.sorted_tables
            if table.name != "api_keys"
        }


def states_of_look_backs(staydown: Staydown) -> set[str]:
    """Read how far each is: an open report whose copies are restricted has one, too."""
    with staydown.service.reader.connect() as connection:
        return set(connection.execute(select(tables.lookbacks.c.state)).scalars())


def test_changed_table_says_which_decisions_cases_and_matches_come_out_otherwise(
    staydown: Staydown, story: dict[str, Any]
) -> None:
    """Before a policy is put in force, people see what it would have done."""
    found = tried(staydown, table={"version": "draft", "decision_table": REVIEWED})
    assert (found["policy_version"], found["tried_version"]) == ("private-media/1", "draft")
    assert found["changed"] == {"open_cases": 1, "decisions": 2, "matches": 1}
    assert (found["complete"], found["next"], found["notes"], found["changes_left_out"]) == (True, None, [], 0)
    lines = {(one["of"], one["by_policy"]): one for one in found["changes"]}
    before = {"rule": "R07", "outcome": "REMOVE", "hash_action": "bank_context_free"}
    after = {"rule": "R07", "outcome": "NUDITY_REVIEW", "hash_action": "hold_match_only"}
    waiting, person, blocked = lines["open_case", None], lines["decision", False], lines["match", None]
    assert (waiting["from"], waiting["to"], waiting["count"]) == (before, after, 1)
    assert [one["case_id"] for one in waiting["examples"]] == [story["open"]["case_id"]]
    assert (person["from"], person["to"], person["decided"], person["in_line"]) == (before, after, "uphold", True)
    assert [one["decision_id"] for one in person["examples"]] == [story["decision"]["decision_id"]]
    assert lines["decision", True]["examples"][0]["case_id"] == story["copy"]["case_id"]
    assert (blocked["from"]["outcome"], blocked["to"]["outcome"], blocked["case_state"]) == ("block", "hold", "decided")
    assert blocked["examples"] == [
        {
            "case_id": story["copy"]["case_id"],
            "decision_id": None,
            "upload": story["copy"]["upload"],
            "takedown_id": story["decision"]["takedown_id"],
        }
    ]


def test_stricter_threshold_says_which_matches_it_takes_away(staydown: Staydown, story: dict[str, Any]) -> None:
    """By the evidence that is on record with each match."""
    stricter = {"pdq/1": 0, "phash/1": 0, "local/1": 100}
    distances = {one["signal"]: one.get("distance") for one in story["copy"]["matches"][0]["evidence"]}
    found = tried(staydown, thresholds=stricter)
    assert found["changed"]["decisions"] == found["changed"]["open_cases"] == 0
    agreeing = [name for name in ("pdq/1", "phash/1") if distances[name] == 0]
    assert len(agreeing) < 2
    (line,) = found["changes"]
    assert line["to"]["outcome"] == ("hold" if agreeing else "no_match")
    assert line["examples"][0]["upload"] == story["copy"]["upload"]


def test_rule_of_trust_left_out_says_what_would_be_blocked(staydown: Staydown, story: dict[str, Any]) -> None:
    """An unsigned notice holds; an operator sees what asking for less would do."""
    unsigned = {"statement": {"non_consent": True, "good_faith": True}, "facts": {"nudity": True}}
    case_id = staydown.report(photo_bytes(6_010), **unsigned)["case_id"]
    staydown.look(case_id)
    takedown = staydown.uphold(case_id)["takedown_id"]
    copy = staydown.upload("unsigned copy", photo_bytes(6_010, quality=60))
    assert copy["verdict"] == "hold"
    found = tried(staydown, trust={"T01": False})
    assert (found["without"], found["changed"]["decisions"], found["changed"]["open_cases"]) == (["signature"], 0, 0)
    lines = [one for one in found["changes"] if (one["from"]["outcome"], one["to"]["outcome"]) == ("hold", "block")]
    assert [one["takedown_id"] for line in lines for one in line["examples"]] == [takedown]
    assert tried(staydown, trust={"T02": False})["changed"]["matches"] == 0


def test_table_that_runs_changes_nothing(staydown: Staydown, story: dict[str, Any]) -> None:
    """A replay that finds differences there would find them everywhere."""
    found = tried(staydown, table=[{"id": rule.id} for rule in POLICY_RULES])
    assert found["changes"] == []
    assert found["replayed"]["decisions"] >= 2


def test_nothing_in_the_record_is_changed(staydown: Staydown, story: dict[str, Any]) -> None:
    """Every row of every table is as it was, whatever was tried."""
    eventually(lambda: states_of_look_backs(staydown), lambda states: states == {"done"})
    staydown.headers(Role.SENIOR)  # makes the key
    before = record_of(staydown)
    tried(staydown, table=REVIEWED, thresholds={"pdq/1": 0})
    tried(staydown, thresholds={"pdq/1": 200, "phash/1": 5})
    assert record_of(staydown) == before


def test_replay_goes_on_where_the_time_of_a_request_ended(
    staydown: Staydown, story: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However large the record, each request is answered; together they say what one would have."""
    whole = tried(staydown, table=REVIEWED)
    monkeypatch.setattr(replaying, "PAGE", 1)
    monkeypatch.setattr(policy, "BUDGET_S", 0.0)
    parts = [tried(staydown, table=REVIEWED)]
    while not parts[-1]["complete"]:
        parts.append(tried(staydown, table=REVIEWED, after=parts[-1]["next"]))
    assert len(parts) > 3
    for name in ("replayed", "changed"):
        added = {kind: sum(part[name][kind] for part in parts) for kind in whole[name]}
        assert added == whole[name]


def test_since_leaves_out_what_is_older(staydown: Staydown, story: dict[str, Any]) -> None:
    """An operator asks about the last month."""
    found = tried(staydown, table=REVIEWED, since="2999-01-01T00:00:00Z")
    assert found["replayed"] == {"open_cases": 0, "decisions": 0, "matches": 0}


@pytest.mark.parametrize("role", [Role.SENIOR, Role.ADMIN, Role.AUDITOR])
def test_who_answers_for_the_policy_may_try_one(staydown: Staydown, role: Role) -> None:
    """Auditors look at what it would do as well."""
    tried(staydown, role, thresholds={"pdq/1": 31}, examples=0)


@pytest.mark.parametrize("role", [Role.PIPELINE, Role.INTAKE, Role.MODERATOR])
def test_nobody_else_may(staydown: Staydown, role: Role) -> None:
    """It shows cases of all reviewers at once."""
    asked = {"thresholds": {"pdq/1": 31}}
    refused = staydown.http.post("/v1/policy/replay", headers=staydown.headers(role), json=asked)
    assert refused.status_code == 403
    assert "policy:replay; these roles may: senior, admin, auditor" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("asked", "kind", "field"),
    [
        ({}, "invalid-policy", "table"),
        ({"thresholds": {"pdq": 3}}, "invalid-policy", "thresholds.pdq"),
        ({"trust": {"T09": False}}, "invalid-policy", "trust.T09"),
        ({"trust": {"T01": 0}}, "invalid-body", "trust.T01"),
        ({"thresholds": {"pdq/1": "3"}}, "invalid-body", "thresholds.pdq/1"),
        ({"table": []}, "invalid-policy", "decision_table"),
        ({"table": [{"id": "R07"}]}, "invalid-policy", "decision_table[0]"),
        ({"table": "R07"}, "invalid-body", "table"),
        ({"thresholds": {"pdq/1": 3}, "since": "2026-01-01T00:00:00"}, "invalid-body", "since"),
        ({"thresholds": {"pdq/1": 3}, "until": "x"}, "invalid-body", "until"),
        ({"thresholds": {"pdq/1": 3}, "examples": 101}, "invalid-body", "examples"),
    ],
)
def test_change_that_cannot_be_tried_is_refused_by_its_field(
    staydown: Staydown, asked: dict[str, Any], kind: str, field: str
) -> None:
    """Nothing else is tried in its place."""
    refused = staydown.http.post("/v1/policy/replay", headers=staydown.headers(Role.SENIOR), json=asked)
    problem = refused.json()
    assert (refused.status_code, problem["type"]) == (422, f"urn:staydown:problem:{kind}")
    assert problem["errors"][0]["field"].startswith(field)


@pytest.mark.parametrize("cursor", ["", "x", "match~x", "match~-1", "decision~" + "a" * 60, "report~rep_1"])
def test_cursor_of_something_else_is_refused(staydown: Staydown, cursor: str) -> None:
    """It would silently leave out what it skips."""
    asked = {"thresholds": {"pdq/1": 3}, "after": cursor}
    refused = staydown.http.post("/v1/policy/replay", headers=staydown.headers(Role.SENIOR), json=asked)
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:staydown:problem:invalid-cursor")
