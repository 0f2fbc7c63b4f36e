"""Optional signal types through the service: taken where the operator names them, refused where not."""

from collections.abc import Iterator

import pytest
from PIL import ImageOps

from casework.domain.actor import Role
from tests.api.conftest import SUBJECT, Staydown, running, settings_in
from tests.pictures import encoded, photo

NAME = "imagehash-dhash/1"


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


def test_value_that_no_file_would_find_is_refused(staydown: Staydown) -> None:
    """What is banked and never asked for would be a promise that is not kept."""
    assert NAME not in hashed(staydown, encoded(photo(32)))
    body = {"report": SUBJECT, "signals": [{"type": NAME, "value": "00ff" * 4}]}
    answer = staydown.http.post("/v1/reports", headers=staydown.headers(Role.INTAKE), json=body)
    assert answer.status_code == 422
    assert "STAYDOWN_SIGNALS" in answer.json()["detail"]
