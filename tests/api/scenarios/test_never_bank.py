"""`/v1/never-bank`, as a senior keeps it."""

from casework.domain.actor import Role
from tests.api.conftest import Staydown
from tests.helpers.media.pictures import photo_bytes


def test_a_senior_keeps_what_is_never_banked(staydown: Staydown) -> None:
    """Put on the list a picture is not banked; taken off again it is."""
    senior = staydown.headers(Role.SENIOR)
    files = {"media": ("logo.jpg", photo_bytes(800), "image/jpeg")}
    why, moderator = {"never_bank": '{"reason": "logo"}'}, staydown.headers(Role.MODERATOR)
    refused = staydown.http.post("/v1/never-bank", headers=moderator, files=files, data=why)
    assert refused.status_code == 403
    added = staydown.http.post("/v1/never-bank", headers=senior, files=files, data=why)
    assert added.status_code == 201, added.text
    entry = added.json()["id"]
    assert [one["id"] for one in staydown.get("/v1/never-bank")["items"]] == [entry]
    assert staydown.get("/v1/protected")["items"] == []
    decision = staydown.take_down(photo_bytes(800, quality=60), nudity=True)
    assert [one["never_bank_id"] for one in decision["not_banked"]] == [entry]
    assert staydown.upload("stranger's logo", photo_bytes(800, quality=70))["verdict"] == "allow"
    assert staydown.http.delete(f"/v1/protected/{entry}", headers=senior).status_code == 404
    assert staydown.http.delete(f"/v1/never-bank/{entry}", headers=senior).status_code == 200
    assert staydown.take_down(photo_bytes(800, quality=65), nudity=True)["not_banked"] == []
