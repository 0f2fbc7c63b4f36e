"""The API's reference says all there is: words, facts, evidence, events and errors; programs are generated from it."""

import ast
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from api.schemas.events import EVENT_DATA
from api.schemas.evidence import HashEvidenceOut, LocalEvidenceOut, VideoEvidenceOut
from api.settings import Settings
from casework.domain.events import EventType
from casework.domain.facts import FACT_FIELDS
from casework.policy.recommendation import Outcome
from matcher.comparing.hashes import HashEvidence
from matcher.local.evidence import LocalEvidence
from matcher.signals import SIGNAL_TYPES
from matcher.strength import Strength
from tests.helpers.media.evidence import VIDEO

ROOT = Path(__file__).parents[2]

HASHES = HashEvidence(
    signal="pdq/1", distance=12, threshold=31, query_quality=100, reference_quality=90, transformation="mirrored"
)
LOCAL = LocalEvidence(
    inliers=40,
    agreement=0.98,
    coverage=0.7,
    changed=0.0,
    share_of_query=1.0,
    region=((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)),
    transform=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)),
    score=6.0,
    strength=Strength.NEAR,
    transformation="cropped to 70 %",
)


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the OpenAPI document."""
    return create_app(Settings(_env_file=None, data=tmp_path_factory.mktemp("openapi"))).openapi()


def schema_of(document: dict[str, Any], name: str, field: str) -> dict[str, Any]:
    """Return how a field is described."""
    return document["components"]["schemas"][name]["properties"][field]


@pytest.mark.parametrize(
    ("name", "field", "words"),
    [
        ("MatchOut", "strength", [one.value for one in Strength]),
        ("MatchOut", "verdict", ["allow", "hold", "block"]),
        ("MediaInfo", "kind", ["image", "video", "unknown"]),
        ("SignalOut", "type", list(SIGNAL_TYPES)),
        ("SignalKind", "type", list(SIGNAL_TYPES)),
        ("RecommendationOut", "outcome", [one.value for one in Outcome]),
        ("CaseUpload", "verdict", ["allow", "hold", "block"]),
    ],
)
def test_a_field_that_takes_few_words_lists_them(
    document: dict[str, Any], name: str, field: str, words: list[str]
) -> None:
    """A generated client has a type for it, and not a text."""
    assert schema_of(document, name, field)["enum"] == words


@pytest.mark.parametrize(("name", "field"), [("CaseView", "facts"), ("DecisionOut", "facts"), ("FactsIn", "facts")])
def test_facts_are_described_one_by_one(document: dict[str, Any], name: str, field: str) -> None:
    """With what each accepts, and what it says."""
    described = schema_of(document, name, field)["properties"]
    assert list(described) == list(FACT_FIELDS)
    for fact, one in described.items():
        values = FACT_FIELDS[fact].values
        assert one["description"] == FACT_FIELDS[fact].description
        assert one.get("enum", [True, False]) == list(map(str, values)) or one["type"] == "boolean"


@pytest.mark.parametrize(
    ("model", "evidence"), [(HashEvidenceOut, HASHES), (LocalEvidenceOut, LOCAL), (VideoEvidenceOut, VIDEO)]
)
def test_evidence_is_described_as_it_is_written(document: dict[str, Any], model: Any, evidence: Any) -> None:
    """No field is left out, and none is there that is never written."""
    record = evidence.as_record()
    assert model.model_validate(record).model_dump() == record
    items = schema_of(document, "MatchOut", "evidence")["anyOf"][0]["items"]["anyOf"]
    assert sorted(record) == sorted(next(one for one in items if one["title"] == model.__name__)["properties"])


def test_every_event_is_described_as_a_webhook(document: dict[str, Any]) -> None:
    """With its type, and the headers by which it is verified."""
    assert list(document["webhooks"]) == [one.value for one in EventType]
    for name, one in document["webhooks"].items():
        headers = {each["name"] for each in one["post"]["parameters"]}
        assert headers == {"webhook-id", "webhook-timestamp", "webhook-signature"}
        reference = one["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        body = document["components"]["schemas"][reference.rpartition("/")[2]]
        assert body["properties"]["type"]["const"] == name
        assert set(body["properties"]) == {"id", "type", "timestamp", "data"}


def written(call: ast.Call) -> tuple[EventType, set[str], bool]:
    """Return what a call of `announce` writes: which event, the fields it names, and whether it adds others."""
    event = EventType[ast.unparse(call.args[1]).rpartition(".")[2]]
    names = {one.arg for one in call.keywords if one.arg is not None} - {"about"}
    return event, names | {"takedown_id"}, any(one.arg is None for one in call.keywords)


def test_every_field_of_an_event_is_described_and_no_other() -> None:
    """Read where events are written: a receiver that was generated finds each field, and misses none it must have."""
    ended = {"ended": (EventType.TAKEDOWN_REVERSED, EventType.TAKEDOWN_INTERIM_ENDED)}
    seen = set()
    for path in sorted((ROOT / "casework").rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "announce"):
                continue
            if ast.unparse(call.args[1]) in ended:
                seen.update(ended[ast.unparse(call.args[1])])
                continue
            event, names, adds_others = written(call)
            seen.add(event)
            fields = EVENT_DATA[event].model_fields
            assert names <= set(fields), (path.name, event, names - set(fields))
            lacks = {name for name, field in fields.items() if field.is_required()} - names
            assert adds_others or not lacks, (path.name, event, lacks)
    assert seen == set(EVENT_DATA) == set(EventType)


def test_a_form_is_described_as_one_of_two_that_are_whole(document: dict[str, Any]) -> None:
    """With the file, or with where it is: what has no fields of its own, generators read as anything."""
    for address in ("/v1/uploads", "/v1/match", "/v1/check", "/v1/hash", "/v1/reports"):
        forms = document["paths"][address]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]["anyOf"]
        assert [("media" in one["properties"], "media_url" in one["properties"]) for one in forms] == [
            (True, False),
            (False, True),
        ]
        assert all(set(one["required"]) <= set(one["properties"]) for one in forms)


def test_every_operation_says_what_it_answers_and_which_errors(document: dict[str, Any]) -> None:
    """An error that is not named is one that no program expects."""
    for address, operations in document["paths"].items():
        for verb, one in operations.items():
            assert one.get("summary"), (verb, address)
            assert {"401", "403", "404", "409", "413", "422", "429", "503"} <= set(one["responses"]), (verb, address)
            assert any(status.startswith("2") for status in one["responses"]), (verb, address)
