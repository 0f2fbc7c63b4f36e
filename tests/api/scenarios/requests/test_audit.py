"""Who looked at what, over HTTP."""

import pytest

from casework.domain.actor import Role
from tests.api.conftest import Staydown
from tests.helpers.media.pictures import photo_bytes


@pytest.fixture(scope="module")
def case_id(staydown: Staydown) -> str:
    """File a report that names somebody, with a picture."""
    return staydown.report(photo_bytes(4100), facts={"context_assessed": False})["case_id"]


def done(staydown: Staydown, subject_id: str) -> list[tuple[str, object]]:
    """Return what the log says was done to a thing, and why."""
    rows = staydown.get(f"/v1/audit?subject_id={subject_id}", Role.AUDITOR)["items"]
    return [(row["action"], row["detail"].get("why")) for row in rows]


def test_views_of_contact_and_media_are_on_record(staydown: Staydown, case_id: str) -> None:
    """Whoever holds the most sensitive pictures people have must be able to say who looked."""
    mine = {"headers": staydown.headers(Role.MODERATOR, "looking")}
    for _ in range(2):
        assert staydown.http.get(f"/v1/cases/{case_id}", params={"why": "queue check"}, **mine).status_code == 200
    assert staydown.http.get(f"/v1/cases/{case_id}/media/0", **mine).status_code == 200
    seen = [one for one in done(staydown, case_id) if one[0].endswith(":viewed")]
    assert seen == [("case:contact:viewed", "queue check"), ("case:media:viewed", None)]


def test_views_of_signal_values_are_on_record(staydown: Staydown) -> None:
    """Hashes are treated as sensitive, too."""
    takedown = staydown.take_down(photo_bytes(4101), nudity=True)["takedown_id"]
    staydown.get(f"/v1/takedowns/{takedown}", Role.MODERATOR)
    assert "takedown:values:viewed" not in dict(done(staydown, takedown))
    assert staydown.get(f"/v1/takedowns/{takedown}?why=quarter", Role.AUDITOR)["values"]
    assert dict(done(staydown, takedown))["takedown:values:viewed"] == "quarter"


def test_log_is_paged_to_its_end(staydown: Staydown, case_id: str) -> None:
    """A program that follows the log misses nothing and ends."""
    read: list[int] = []
    address = "/v1/audit?limit=2"
    while address:
        page = staydown.get(address, Role.AUDITOR)
        read += [row["position"] for row in page["items"]]
        address = page["next"] and f"/v1/audit?limit=2&after={page['next']}"
    assert read == list(range(1, len(read) + 1))
    assert len(read) >= 2


@pytest.mark.parametrize("role", [Role.PIPELINE, Role.INTAKE, Role.MODERATOR, Role.SENIOR])
def test_only_auditors_and_admins_read_the_log(staydown: Staydown, role: Role) -> None:
    """Who is watched does not choose what is seen."""
    assert staydown.http.get("/v1/audit", headers=staydown.headers(role)).status_code == 403
