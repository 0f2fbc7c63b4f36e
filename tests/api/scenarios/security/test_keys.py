"""Keys over HTTP: they end, are replaced, say when they were used, and are shown once."""

from datetime import timedelta

import pytest

from api.background.serving.maintenance import Maintenance
from api.security.keys import KeyTerms, create_key
from casework.domain.actor import Role
from tests.api.conftest import TESTER, Staydown
from tests.helpers.media.pictures import photo_bytes


def bearer(key: str) -> dict[str, str]:
    """Return the headers of a key."""
    return {"Authorization": f"Bearer {key}"}


def made(staydown: Staydown, **terms: object) -> dict:
    """Make a pipeline's key over HTTP."""
    body = {"name": "photos", "role": "pipeline", **terms}
    response = staydown.http.post("/v1/keys", headers=staydown.headers(Role.ADMIN), json=body)
    assert response.status_code == 201, response.text
    return response.json()


def rotated(staydown: Staydown, key_id: str, **terms: object) -> dict:
    """Replace a key over HTTP."""
    response = staydown.http.post(f"/v1/keys/{key_id}/rotate", headers=staydown.headers(Role.ADMIN), json=terms)
    assert response.status_code == 201, response.text
    return response.json()


def listed(staydown: Staydown, key_id: str) -> dict:
    """Return what the list says of a key."""
    return next(one for one in staydown.get("/v1/keys?limit=200")["items"] if one["id"] == key_id)


def asks(staydown: Staydown, key: str) -> int:
    """Ask something a pipeline may ask; return the status."""
    return staydown.http.get("/v1/events?limit=1", headers=bearer(key)).status_code


def test_expired_key_opens_nothing_and_says_why(staydown: Staydown) -> None:
    """Whoever runs a pipeline must read what to do, not guess whether the key was mistyped."""
    with staydown.service.writing() as uow:
        terms = KeyTerms("old", Role.PIPELINE, expires_at=uow.now + timedelta(microseconds=1))
        key = create_key(uow, terms, actor=TESTER).key
    refused = staydown.http.get("/v1/events", headers=bearer(key))
    assert refused.status_code == 401
    assert "expired at" in refused.json()["detail"]
    assert refused.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("expires_at", ["2020-01-01T00:00:00Z", "2100-01-01T00:00:00", "soon"])
def test_end_that_is_past_or_no_moment_makes_no_key(staydown: Staydown, expires_at: str) -> None:
    """A time without its zone could be hours off."""
    body = {"name": "photos", "role": "pipeline", "expires_at": expires_at}
    refused = staydown.http.post("/v1/keys", headers=staydown.headers(Role.ADMIN), json=body)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "expires_at"


def test_rotation_keeps_what_the_old_key_owned(staydown: Staydown) -> None:
    """An upload registered before belongs to the pipeline, not to a string of characters."""
    old = made(staydown)
    sent = {"data": {"upload": '{"upload_id": "rotated-1"}'}, "files": {"media": ("a", photo_bytes(1200))}}
    upload = staydown.http.post("/v1/uploads", headers=bearer(old["key"]), **sent).json()["upload"]
    new = rotated(staydown, old["id"], overlap_s=3600)
    assert (new["principal"], asks(staydown, old["key"]), asks(staydown, new["key"])) == (old["id"], 200, 200)
    assert staydown.http.get(f"/v1/uploads/{upload}", headers=bearer(new["key"])).status_code == 200
    assert staydown.http.post("/v1/uploads", headers=bearer(new["key"]), **sent).json()["upload"] == upload
    last = rotated(staydown, new["id"], overlap_s=0)
    assert (asks(staydown, new["key"]), asks(staydown, last["key"])) == (401, 200)
    assert listed(staydown, old["id"])["replaced_by"] == new["id"]


@pytest.mark.parametrize("rotates", [False, True])
def test_repeat_of_a_creation_shows_no_key(staydown: Staydown, rotates: bool) -> None:
    """Who learns an Idempotency-Key, from a log or a proxy, must not be handed the key it made."""
    address = f"/v1/keys/{made(staydown)['id']}/rotate" if rotates else "/v1/keys"
    body = {"overlap_s": 60} if rotates else {"name": "photos", "role": "pipeline"}
    headers = {**staydown.headers(Role.ADMIN), "Idempotency-Key": f"once-{rotates}"}
    first, again = (staydown.http.post(address, headers=headers, json=body) for _ in range(2))
    assert (first.status_code, again.status_code, again.headers["Idempotent-Replayed"]) == (201, 201, "true")
    assert asks(staydown, first.json()["key"]) == 200
    assert again.json() == {**first.json(), "key": None}


def test_list_says_when_a_key_was_last_used(staydown: Staydown) -> None:
    """A key that nobody uses is one to revoke."""
    key = made(staydown)
    assert listed(staydown, key["id"])["last_used_at"] is None
    asks(staydown, key["key"])
    assert listed(staydown, key["id"])["last_used_at"] is not None


def test_last_use_outlives_the_process(staydown: Staydown) -> None:
    """It is written by the minute, not by the request."""
    key = made(staydown)
    asks(staydown, key["key"])
    maintenance = Maintenance(staydown.service)
    maintenance.write_key_uses()
    with staydown.service.reading() as uow:
        written = uow.keys.get(key["id"]).last_used_at
    assert written is not None
    asks(staydown, key["key"])
    maintenance.write_key_uses()
    with staydown.service.reading() as uow:
        assert uow.keys.get(key["id"]).last_used_at == written
