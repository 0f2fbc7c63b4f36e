"""Every case of the policy, through HTTP."""

import json
from pathlib import Path

import pytest

from casework.domain.actor import Role
from casework.policy import POLICY_RULES
from tests.api.conftest import Staydown
from tests.helpers.media.pictures import photo_bytes

CASES = json.loads((Path(__file__).parents[3] / "casework" / "policy" / "policy_cases.json").read_text())["cases"]
PHOTO = photo_bytes(100)


def report(staydown: Staydown, facts: dict) -> dict:
    """File a report, have a moderator establish these facts, the context among them; return the case it opened."""
    given = {
        "reporter": {"relation": "subject"},
        "statement": {"non_consent": True, "good_faith": True, "signature": "A"},
    }
    response = staydown.http.post(
        "/v1/reports",
        headers=staydown.headers(Role.INTAKE),
        data={"report": json.dumps(given)},
        files={"media": ("photo.jpg", PHOTO)},
    )
    assert response.status_code == 201, response.text
    address = f"/v1/cases/{response.json()['case_id']}/facts"
    found = staydown.http.patch(
        address, headers=staydown.headers(Role.MODERATOR), json={"facts": {"context_assessed": True, **facts}}
    )
    assert found.status_code == 200, found.text
    return found.json()


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_case_is_recommended_as_the_policy_says(staydown: Staydown, case: dict) -> None:
    """The service recommends what the policy file expects, in its names."""
    recommendation = report(staydown, case["facts"])["recommendation"]
    assert {name: recommendation[name] for name in case["expected"]} == case["expected"]
    assert recommendation["reasons"]


def test_every_rule_is_reached() -> None:
    """A rule no case reaches is a rule nobody checks."""
    assert {case["expected"]["rule"] for case in CASES} == {rule.id for rule in POLICY_RULES}


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"nudity": "yes"}, "nudity"),
        ({"nudity": 1}, "nudity"),
        ({"safety_risk": "extreme"}, "safety_risk"),
        ({"harass_purpose": None}, "harass_purpose"),
        ({"hair_colour": "red"}, "hair_colour"),
    ],
)
def test_odd_fact_is_refused_by_name(staydown: Staydown, facts: dict, field: str) -> None:
    """A client must learn which fact is wrong, not just that something is."""
    case = report(staydown, {})
    response = staydown.http.patch(
        f"/v1/cases/{case['id']}/facts", headers=staydown.headers(Role.MODERATOR), json={"facts": facts}
    )
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["type"] == "urn:staydown:problem:invalid-facts"
    assert field in response.json()["detail"]
    assert [error["field"] for error in response.json()["errors"]] == [field]


def test_recommendation_follows_the_facts(staydown: Staydown) -> None:
    """A moderator who learns more sees at once what it means."""
    case = report(staydown, {"context_assessed": False})
    assert case["recommendation"]["rule"] == "R13"
    changed = staydown.http.patch(
        f"/v1/cases/{case['id']}/facts",
        headers=staydown.headers(Role.MODERATOR),
        json={"facts": {"context_assessed": True, "publicly_available": True}},
    ).json()
    bare = staydown.http.patch(
        f"/v1/cases/{case['id']}/facts", headers=staydown.headers(Role.MODERATOR), json={"safety_risk": "high"}
    ).json()
    assert bare["facts"]["safety_risk"] == "high"
    assert (changed["recommendation"]["rule"], changed["recommendation"]["outcome"]) == ("R17", "KEEP")
