"""A decoder that was taken over says what it likes: 201 or 422, and the service starts and rebuilds afterwards."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from api.app import create_app
from api.cli import main
from api.replica.unfit import unfit_items
from casework.domain.actor import Role
from casework.domain.media import Collection
from matcher.hashing.features import Features
from matcher.hashing.pictures import hash_media
from matcher.reading.decode import Limits
from matcher.sandbox.answers.writing import packed_result
from matcher.sandbox.pool import Sandbox
from matcher.signals import taken_types
from tests.api.conftest import SUBJECT, Staydown, settings_in
from tests.helpers.attackers.crafted import Answer, Liar, crafted
from tests.helpers.media.pictures import photo_bytes
from tests.helpers.records.empty_records import prepare_empty

DATA = photo_bytes(1)


def honest() -> Answer:
    """What a decoder says of the picture."""
    found = hash_media(DATA, limits=Limits(), preview_side_px=512, features=Features.STORED, types=taken_types())
    return Answer.of(packed_result(found))


def test_whatever_a_decoder_says_is_stored_or_refused_and_the_service_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One crafted answer was stored, and the next start failed for good."""
    chosen = settings_in(tmp_path)
    prepare_empty(chosen)
    app = create_app(chosen)
    liar, truth = Liar(), honest()
    seen: set[int] = set()
    with TestClient(app) as http, Sandbox(workers=1, start=liar.start) as lying:
        staydown = Staydown(http, app.state.service)
        headers = staydown.headers(Role.INTAKE)
        app.state.service = replace(app.state.service, sandbox=lying)

        @settings(
            max_examples=40,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        )
        @given(st.one_of(crafted(truth), st.just(truth.packed())))
        def tell(answer: bytes) -> None:
            liar.answer = answer
            response = http.post(
                "/v1/reports",
                headers=headers,
                data={"report": json.dumps({**SUBJECT, "facts": {"nudity": True}})},
                files=[("media", ("photo.jpg", DATA, "image/jpeg"))],
            )
            assert response.status_code in (201, 422), response.text
            seen.add(response.status_code)
            if response.status_code == 201:
                staydown.uphold(response.json()["case_id"])

        tell()
        assert all(not unfit_items(app.state.service.reader, one) for one in Collection)
    assert seen == {201, 422}
    monkeypatch.setenv("STAYDOWN_DATA", str(chosen.data))
    assert main(["index", "rebuild"]) == 0
    assert main(["index", "verify"]) == 0
    with TestClient(create_app(chosen)) as http:
        assert http.get("/readyz").json()["ready"]
