"""Optional signal types through the service: taken where the operator names them, refused where not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import ImageOps

from casework.domain.actor import Role
from tests.api.conftest import SUBJECT, Staydown, running, settings_in
from tests.helpers.media.pictures import encoded, photo

NAME = "imagehash-dhash/1"
VALUES = [{"type": NAME, "value": "00ff" * 4}]


@pytest.fixture(scope="module")
def taking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staydown]:
    """Run a service that takes one of them."""
    with running(settings_in(tmp_path_factory.mktemp("taking"), signals=NAME)) as service:
        yield service


def hashed(staydown: Staydown, data: bytes) -> dict[str, str]:
    """Ask for a file's signals: values by type."""
    answer = staydown.http.post("/v1/hash", headers=staydown.headers(Role.PIPELINE), files={"media": ("x", data)})
    return {one["type"]: one["value"] for one in answer.json()["signals"]}


def test_banked_value_finds_a_mirrored_file_weakly(taking: Staydown) -> None:
    """An operator's bank of such hashes is of use, and takes nothing down by itself."""
    picture = photo(31)
    value = hashed(taking, encoded(picture))[NAME]
    report = taking.report_signals({"type": NAME, "value": value}, facts={"nudity": True})
    taking.uphold(report["case_id"])
    answer = taking.upload("mirrored", encoded(ImageOps.mirror(picture)))
    assert (answer["verdict"], answer["matches"][0]["strength"]) == ("allow", "weak")
    assert answer["matches"][0]["evidence"][0]["transformation"] == "mirrored"
    assert answer["case_id"] is not None


@pytest.mark.parametrize(
    ("address", "role", "body"),
    [
        ("/v1/reports", Role.INTAKE, {"report": SUBJECT, "signals": VALUES}),
        ("/v1/uploads", Role.PIPELINE, {"upload": {"upload_id": "a"}, "signals": VALUES}),
        ("/v1/match", Role.PIPELINE, {"signals": VALUES}),
        ("/v1/match/batch", Role.PIPELINE, {"items": [{"id": "a", "signals": VALUES}]}),
    ],
)
def test_value_that_is_not_taken_is_refused(staydown: Staydown, address: str, role: Role, body: dict) -> None:
    """What is banked and never asked for, or asked for and never banked, would read like "allow"."""
    assert NAME not in hashed(staydown, encoded(photo(32)))
    answer = staydown.http.post(address, headers=staydown.headers(role), json=body)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:staydown:problem:signal-type-not-taken")
    assert "STAYDOWN_SIGNALS" in answer.json()["detail"]


def test_repeat_answers_as_the_first_did_whatever_is_taken_now(tmp_path: Path) -> None:
    """Who did not hear the answer has a report on file, and must learn its receipt after a restart, too."""
    body = {"report": SUBJECT, "signals": VALUES}
    with running(settings_in(tmp_path, signals=NAME)) as before:
        headers = {**before.headers(Role.INTAKE), "Idempotency-Key": "once"}
        first = before.http.post("/v1/reports", headers=headers, json=body)
        assert first.status_code == 201
    with running(settings_in(tmp_path)) as after:
        again = after.http.post("/v1/reports", headers=headers, json=body)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotent-Replayed"] == "true"


def test_value_that_is_taken_may_be_asked_by(taking: Staydown) -> None:
    """An operator's bank is asked in its own hashes, too."""
    headers = taking.headers(Role.PIPELINE)
    assert taking.http.post("/v1/match", headers=headers, json={"signals": VALUES}).status_code == 200
    batch = {"items": [{"id": "a", "signals": VALUES}]}
    assert taking.http.post("/v1/match/batch", headers=headers, json=batch).status_code == 200
